/* A scratch folder per test.
 * Room: data (tests). */
#include "unit.h"

#include "folder.h"

#include <dirent.h>
#include <unistd.h>

#include "base/file.h"

enum { PATH_BYTES = 512, N_PATHS = 8 };

static char folder[PATH_BYTES];

int folder_make(void **state)
{
  const char *root = getenv("TMPDIR");
  (void)state;
  snprintf(folder, sizeof folder, "%s/bitfront-data-XXXXXX", root != NULL ? root : "/tmp");
  return mkdtemp(folder) != NULL ? 0 : -1;
}

int folder_remove(void **state)
{
  (void)state;
  bf_folder_remove(folder);
  return bf_file_exists(folder) ? -1 : 0;
}

const char *folder_path(void)
{
  return folder;
}

const char *folder_file(const char *name)
{
  static char paths[N_PATHS][PATH_BYTES + 64];
  static size_t next;
  char *path = paths[next++ % N_PATHS];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

size_t folder_count(const char *path)
{
  size_t n = 0;
  DIR *opened = opendir(path);
  assert_non_null(opened);
  for (struct dirent *entry = readdir(opened); entry != NULL; entry = readdir(opened))
    n += entry->d_name[0] != '.';
  closedir(opened);
  return n;
}

const char *folder_write(const char *name, const char *text)
{
  const char *path = folder_file(name);
  folder_write_bytes(path, (const unsigned char *)text, strlen(text));
  return path;
}

unsigned char *folder_read(const char *path, size_t *n)
{
  bf_text text = {0};
  assert_ok(bf_file_read(path, &text));
  *n = text.length;
  return (unsigned char *)text.data;
}

void folder_write_bytes(const char *path, const unsigned char *bytes, size_t n)
{
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, n, file), n);
  assert_int_equal(fclose(file), 0);
}
