/* Files and folders: whole reads, atomic writes, exclusive creation, hashes.
 * Room: base. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "base/memory.h"

/* Far more than any job file; /dev/zero is longer. */
enum { MOST_READ = 256 << 20 };

bool bf_file_exists(const char *path)
{
  struct stat info;
  return lstat(path, &info) == 0;
}

char *bf_path_join(const char *folder, const char *name)
{
  size_t n = strlen(folder);
  while (n > 1 && folder[n - 1] == '/')
    n--;
  size_t n_bytes = n + strlen(name) + 2;
  char *path = bf_alloc(n_bytes, 1);
  if (path != NULL)
    snprintf(path, n_bytes, "%.*s/%s", (int)n, folder, name);
  return path;
}

/* Devices and pipes may never end, a pipe may not even open. */
static bool may_be_endless(const char *path)
{
  struct stat info;
  return stat(path, &info) == 0 && !S_ISREG(info.st_mode);
}

size_t bf_file_head(const char *path, void *bytes, size_t n)
{
  FILE *file = may_be_endless(path) ? NULL : fopen(path, "rb");
  if (file == NULL)
    return 0;
  n = fread(bytes, 1, n, file);
  fclose(file);
  return n;
}

bf_status bf_file_read(const char *path, bf_text *text)
{
  char block[65536];
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return bf_fail(BF_ERR_USAGE, "cannot open '%s': %s", path, strerror(errno));
  size_t n;
  errno = 0;
  while (text->length < MOST_READ && (n = fread(block, 1, sizeof block, file)) > 0)
    bf_text_append_bytes(text, block, n);
  int failed = ferror(file);
  int cause = errno;
  fclose(file);
  if (failed)
    return bf_fail(BF_ERR_USAGE, "cannot read '%s': %s", path, strerror(cause));
  if (text->length >= MOST_READ)
    return bf_fail(BF_ERR_USAGE, "cannot read '%s': it is longer than %d MiB", path,
                   MOST_READ >> 20);
  return bf_text_status(text);
}

static bf_status sync_file(const char *path)
{
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return bf_fail(BF_ERR_IO, "cannot open '%s': %s", path, strerror(errno));
  int failed = fsync(fd) != 0;
  int cause = errno;
  close(fd);
  return failed ? bf_fail(BF_ERR_IO, "cannot sync '%s': %s", path, strerror(cause)) : BF_OK;
}

/* Makes the name @p path durable, where the file system can: some network ones refuse to sync a
 * folder, and the name itself has been given by now. */
static void sync_folder_of(const char *path)
{
  char *folder = bf_copy_text(path);
  if (folder == NULL)
    return;
  for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/'; n--)
    folder[n - 1] = '\0';
  char *slash = strrchr(folder, '/');
  if (slash != NULL)
    slash[slash == folder ? 1 : 0] = '\0';
  int fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
  free(folder);
}

bf_status bf_file_publish(const char *from, const char *to)
{
  bf_status status = sync_file(from);
  if (status != BF_OK)
    return status;
  if (rename(from, to) != 0)
    return bf_fail(BF_ERR_IO, "cannot rename '%s' to '%s': %s", from, to, strerror(errno));
  sync_folder_of(to);
  return BF_OK;
}

/* A rename would put a file in the place of a device, or of the link /dev/stdout; it refuses
 * folders by itself. */
static bf_status check_target(const char *path)
{
  struct stat info;
  if (lstat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))
    return BF_OK;
  return bf_fail(BF_ERR_IO, "cannot write '%s': it is no regular file", path);
}

struct bf_file_writer {
  char *path;
  char *temporary;
  FILE *file;  /* NULL: it is closed */
  bool exists; /* of the temporary file */
};

static bf_status fail_to_write(const bf_file_writer *writer, int cause)
{
  return bf_fail(BF_ERR_IO, "cannot write '%s': %s", writer->temporary, strerror(cause));
}

static bf_status open_temporary(bf_file_writer *writer)
{
  writer->file = fopen(writer->temporary, "wb");
  writer->exists = writer->file != NULL;
  return writer->exists ? BF_OK : fail_to_write(writer, errno);
}

bf_status bf_file_writer_create(const char *path, bf_file_writer **out)
{
  bf_status status = BF_OK;
  bf_text temporary = {0};
  bf_file_writer *writer = NULL;
  BF_TRY(check_target(path));
  writer = bf_alloc(1, sizeof *writer);
  BF_CHECK_MEMORY(writer);
  bf_text_printf(&temporary, "%s.tmp.%ld", path, (long)getpid());
  BF_TRY(bf_text_status(&temporary));
  writer->temporary = temporary.data;
  temporary.data = NULL;
  writer->path = bf_copy_text(path);
  BF_CHECK_MEMORY(writer->path);
  BF_TRY(open_temporary(writer));
  *out = writer;
  writer = NULL;
done:
  bf_file_writer_free(writer);
  bf_text_release(&temporary);
  return status;
}

bf_status bf_file_writer_append(bf_file_writer *writer, const void *data, size_t n)
{
  return fwrite(data, 1, n, writer->file) == n ? BF_OK : fail_to_write(writer, errno);
}

bf_status bf_file_writer_publish(bf_file_writer *writer)
{
  FILE *file = writer->file;
  writer->file = NULL;
  if (fclose(file) != 0)
    return fail_to_write(writer, errno);
  bf_status status = bf_file_publish(writer->temporary, writer->path);
  writer->exists = status != BF_OK;
  return status;
}

void bf_file_writer_free(bf_file_writer *writer)
{
  if (writer == NULL)
    return;
  if (writer->file != NULL)
    fclose(writer->file);
  if (writer->exists)
    unlink(writer->temporary);
  free(writer->path);
  free(writer->temporary);
  free(writer);
}

bf_status bf_file_write(const char *path, const void *data, size_t n)
{
  bf_file_writer *writer = NULL;
  bf_status status = bf_file_writer_create(path, &writer);
  if (status == BF_OK)
    status = bf_file_writer_append(writer, data, n);
  if (status == BF_OK)
    status = bf_file_writer_publish(writer);
  bf_file_writer_free(writer);
  return status;
}

bf_status bf_file_write_text(const char *path, const bf_text *text)
{
  bf_status status = bf_text_status(text);
  return status == BF_OK ? bf_file_write(path, bf_text_view(text), text->length) : status;
}

bf_status bf_file_hash(const char *path, uint64_t *hash)
{
  return bf_file_hash_head(path, SIZE_MAX, hash);
}

/* Reads the file's first bytes into the hash and, unless it is NULL, into the writer. */
static bf_status pour(const char *path, size_t n_bytes, bf_file_writer *writer, uint64_t *hash)
{
  bf_status status = BF_OK;
  if (may_be_endless(path))
    return bf_fail(BF_ERR_DATA, "cannot read '%s': it is no regular file", path);
  XXH64_state_t *state = XXH64_createState();
  char *block = bf_alloc(1 << 18, 1);
  FILE *file = fopen(path, "rb");
  int cause = errno;
  BF_CHECK_MEMORY(state);
  BF_CHECK_MEMORY(block);
  BF_CHECK(file != NULL, BF_ERR_DATA, "cannot open '%s': %s", path, strerror(cause));
  XXH64_reset(state, 0);
  for (size_t n = 1; n > 0 && n_bytes > 0; n_bytes -= n) {
    n = fread(block, 1, n_bytes < 1 << 18 ? n_bytes : 1 << 18, file);
    XXH64_update(state, block, n);
    if (writer != NULL)
      BF_TRY(bf_file_writer_append(writer, block, n));
  }
  BF_CHECK(!ferror(file), BF_ERR_DATA, "cannot read '%s': %s", path, strerror(errno));
  *hash = XXH64_digest(state);
done:
  if (file != NULL)
    fclose(file);
  free(block);
  XXH64_freeState(state);
  return status;
}

bf_status bf_file_hash_head(const char *path, size_t n_bytes, uint64_t *hash)
{
  return pour(path, n_bytes, NULL, hash);
}

bf_status bf_file_copy(const char *from, const char *to, uint64_t hash)
{
  bf_status status = BF_OK;
  bf_file_writer *writer = NULL;
  uint64_t found = 0;
  BF_TRY(bf_file_writer_create(to, &writer));
  BF_TRY(pour(from, SIZE_MAX, writer, &found));
  BF_CHECK(found == hash, BF_ERR_DATA,
           "cannot copy '%s': its XXH64 is %016" PRIx64 ", expected %016" PRIx64, from, found,
           hash);
  BF_TRY(bf_file_writer_publish(writer));
done:
  bf_file_writer_free(writer);
  return status;
}

uint64_t bf_hash(const void *data, size_t n, uint64_t seed)
{
  return XXH64(data, n, seed);
}

bf_hash128 bf_hash_wide(const void *data, size_t n)
{
  XXH128_hash_t hash = XXH3_128bits(data, n);
  return (bf_hash128){.low = hash.low64, .high = hash.high64};
}

bf_status bf_folder_create(const char *path)
{
  if (mkdir(path, 0777) == 0) {
    sync_folder_of(path);
    return BF_OK;
  }
  if (errno == EEXIST)
    return bf_fail(BF_ERR_USAGE, "'%s' exists; choose another name or remove it", path);
  return bf_fail(BF_ERR_IO, "cannot create folder '%s': %s", path, strerror(errno));
}

void bf_folder_remove(const char *path)
{
  /* Not through a link, whose target is not ours. */
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
  if (folder == NULL) {
    if (fd >= 0)
      close(fd);
    return;
  }
  for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    char *inner = bf_path_join(path, entry->d_name);
    struct stat info;
    if (inner != NULL && lstat(inner, &info) == 0) {
      if (S_ISDIR(info.st_mode))
        bf_folder_remove(inner);
      else
        unlink(inner);
    }
    free(inner);
  }
  closedir(folder);
  rmdir(path);
}
