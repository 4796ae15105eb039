/* Where results go: standard output, and names that must be free.
 * Room: cli. */
#include "cli/output.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

bf_status bf_output_print(const bf_text *text)
{
  bf_status status = bf_text_status(text);
  if (status != BF_OK)
    return status;
  if (fwrite(bf_text_view(text), 1, text->length, stdout) != text->length || fflush(stdout) != 0)
    return bf_fail(BF_ERR_IO, "cannot write to standard output: %s", strerror(errno));
  return BF_OK;
}

bf_status bf_output_print_json(bf_json *json)
{
  bf_text text = {0};
  bf_status status = bf_json_print(json, &text);
  if (status == BF_OK)
    status = bf_output_print(&text);
  bf_text_release(&text);
  bf_json_free(json);
  return status;
}

/* "a/b/" -> "a", "b" -> ".", "/b" -> "/". */
static char *parent_of(const char *path)
{
  char *parent = bf_copy_text(path);
  if (parent == NULL)
    return NULL;
  size_t n = strlen(parent);
  while (n > 0 && parent[n - 1] == '/')
    n--;
  while (n > 0 && parent[n - 1] != '/')
    n--;
  while (n > 1 && parent[n - 1] == '/')
    n--;
  if (n == 0) {
    free(parent);
    return bf_copy_text(".");
  }
  parent[n] = '\0';
  return parent;
}

bf_status bf_output_check(const char *path)
{
  bf_status status = BF_OK;
  struct stat info;
  char *parent = parent_of(path);
  BF_CHECK_MEMORY(parent);
  BF_CHECK(!bf_file_exists(path), BF_ERR_USAGE, "'%s' exists; choose another name or remove it",
           path);
  BF_CHECK(stat(parent, &info) == 0, BF_ERR_IO, "cannot write '%s': folder '%s': %s", path, parent,
           strerror(errno));
  BF_CHECK(S_ISDIR(info.st_mode), BF_ERR_IO, "cannot write '%s': '%s' is no folder", path, parent);
  BF_CHECK(access(parent, W_OK | X_OK) == 0, BF_ERR_IO, "cannot write '%s': folder '%s': %s", path,
           parent, strerror(errno));
done:
  free(parent);
  return status;
}

static bool ends_with(const char *path, const char *suffix)
{
  size_t n = strlen(path), n_suffix = strlen(suffix);
  return n >= n_suffix && strcmp(path + n - n_suffix, suffix) == 0;
}

bf_status bf_output_check_net(const char *path)
{
  static const char *const others[] = {".pt", ".pth", ".ckpt", ".safetensors"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (ends_with(path, others[i]))
      return bf_fail(BF_ERR_USAGE,
                     "'%s' would be an HDF5 file: name it .h5; 'bitfront checkpoint convert' makes "
                     "a %s of it",
                     path, strcmp(others[i], ".ckpt") == 0 ? ".pt" : others[i]);
  return bf_output_check(path);
}
