/* ZIP archives, by libzip: the one file that includes it.
 * Room: base. */
#include "base/zip.h"

#include <errno.h>
#include <sys/stat.h>

#include <zip.h>

#include "base/file.h"
#include "base/memory.h"

/* What a byte of deflate can stand for at most. */
enum { MOST_INFLATED = 1032 };

struct bf_zip {
  zip_t *archive;
  uint64_t n_bytes;
};

/* A pipe would be waited for. */
static bf_status check_file(const char *path, uint64_t *n_bytes)
{
  bf_status status = BF_OK;
  struct stat info;
  BF_CHECK(stat(path, &info) == 0, BF_ERR_DATA, "cannot open '%s': %s", path, strerror(errno));
  BF_CHECK(S_ISREG(info.st_mode), BF_ERR_DATA, "cannot open '%s': it is no regular file", path);
  *n_bytes = (uint64_t)info.st_size;
done:
  return status;
}

static bf_status fail_to_open(const char *path, int code)
{
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  bf_status status = code == ZIP_ER_MEMORY ? BF_ERR_NOMEM : BF_ERR_DATA;
  bf_fail(status, "cannot open '%s' as a ZIP archive: %s", path, zip_error_strerror(&error));
  zip_error_fini(&error);
  return status;
}

bf_status bf_zip_open(const char *path, bf_zip **out)
{
  bf_status status;
  int code = 0;
  bf_zip *zip = bf_alloc(1, sizeof *zip);
  BF_CHECK_MEMORY(zip);
  BF_TRY(check_file(path, &zip->n_bytes));
  zip->archive = zip_open(path, ZIP_RDONLY, &code);
  if (zip->archive == NULL)
    BF_TRY(fail_to_open(path, code));
  *out = zip;
  zip = NULL;
done:
  free(zip);
  return status;
}

void bf_zip_close(bf_zip *zip)
{
  if (zip == NULL)
    return;
  zip_discard(zip->archive);
  free(zip);
}

uint64_t bf_zip_n_bytes(const bf_zip *zip)
{
  return zip->n_bytes;
}

size_t bf_zip_n_entries(const bf_zip *zip)
{
  const zip_int64_t n = zip_get_num_entries(zip->archive, 0);
  return n > 0 ? (size_t)n : 0;
}

const char *bf_zip_name(const bf_zip *zip, size_t entry)
{
  const char *name = zip_get_name(zip->archive, entry, ZIP_FL_ENC_RAW);
  return name != NULL ? name : "";
}

bool bf_zip_find(const bf_zip *zip, const char *name, size_t *entry)
{
  const zip_int64_t found = zip_name_locate(zip->archive, name, ZIP_FL_ENC_RAW);
  if (found >= 0 && entry != NULL)
    *entry = (size_t)found;
  return found >= 0;
}

/* The size that the directory says, if it can be true. */
static bf_status check_size(const bf_zip *zip, size_t entry, size_t most, size_t *n)
{
  bf_status status = BF_OK;
  const zip_uint64_t wanted = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
  zip_stat_t about;
  BF_CHECK(zip_stat_index(zip->archive, entry, 0, &about) == 0 && (about.valid & wanted) == wanted,
           BF_ERR_DATA, "the directory does not describe it");
  BF_CHECK(about.comp_method == ZIP_CM_STORE || about.comp_method == ZIP_CM_DEFLATE, BF_ERR_DATA,
           "it is compressed by method %u, expected 0 (stored) or 8 (deflated)",
           (unsigned)about.comp_method);
  BF_CHECK(about.size <= most, BF_ERR_DATA, "it has %llu bytes, expected at most %zu",
           (unsigned long long)about.size, most);
  BF_CHECK(about.comp_size <= zip->n_bytes &&
               about.size / (about.comp_method == ZIP_CM_STORE ? 1 : MOST_INFLATED) <=
                   about.comp_size,
           BF_ERR_DATA, "it cannot have %llu bytes in an archive of %llu",
           (unsigned long long)about.size, (unsigned long long)zip->n_bytes);
  *n = (size_t)about.size;
done:
  return status;
}

static bf_status fail_to_read(zip_error_t *error)
{
  return bf_fail(zip_error_code_zip(error) == ZIP_ER_MEMORY ? BF_ERR_NOMEM : BF_ERR_DATA, "%s",
                 zip_error_strerror(error));
}

/* libzip compares the checksum when it meets the end, so one byte more than there is is asked for.
 */
static bf_status read_all(zip_file_t *file, uint8_t *data, size_t n)
{
  bf_status status = BF_OK;
  size_t n_read = 0;
  zip_int64_t got = 0;
  do {
    n_read += (size_t)got;
    got = zip_fread(file, data + n_read, n + 1 - n_read);
    if (got < 0)
      BF_TRY(fail_to_read(zip_file_get_error(file)));
  } while (got > 0 && n_read + (size_t)got <= n);
  BF_CHECK(got == 0 && n_read == n, BF_ERR_DATA, "it does not have the %zu bytes that are said", n);
done:
  return status;
}

bf_status bf_zip_read(const bf_zip *zip, size_t entry, size_t most, uint8_t **data, size_t *n)
{
  bf_status status;
  zip_file_t *file = NULL;
  uint8_t *bytes = NULL;
  size_t n_bytes = 0;
  BF_TRY(check_size(zip, entry, most, &n_bytes));
  bytes = bf_alloc_bytes(n_bytes + 1);
  BF_CHECK_MEMORY(bytes);
  file = zip_fopen_index(zip->archive, entry, 0);
  if (file == NULL)
    BF_TRY(fail_to_read(zip_get_error(zip->archive)));
  BF_TRY(read_all(file, bytes, n_bytes));
  *data = bytes;
  *n = n_bytes;
  bytes = NULL;
done:
  if (file != NULL)
    zip_fclose(file);
  free(bytes);
  return status;
}

struct bf_zip_writer {
  zip_t *archive;       /* NULL: it was closed */
  zip_source_t *source; /* the bytes that the archive becomes */
};

bf_status bf_zip_writer_create(bf_zip_writer **out)
{
  bf_status status = BF_OK;
  bf_zip_writer *writer = bf_alloc(1, sizeof *writer);
  BF_CHECK_MEMORY(writer);
  writer->source = zip_source_buffer_create(NULL, 0, 0, NULL);
  BF_CHECK_MEMORY(writer->source);
  writer->archive = zip_open_from_source(writer->source, ZIP_TRUNCATE, NULL);
  BF_CHECK_MEMORY(writer->archive);
  /* The archive drops its hold on the bytes when it is closed, which is before they are read. */
  zip_source_keep(writer->source);
  *out = writer;
  writer = NULL;
done:
  bf_zip_writer_free(writer);
  return status;
}

void bf_zip_writer_free(bf_zip_writer *writer)
{
  if (writer == NULL)
    return;
  if (writer->archive != NULL)
    zip_discard(writer->archive);
  zip_source_free(writer->source);
  free(writer);
}

/* A source that owns a copy of the bytes; NULL when memory is short. One of no bytes would not free
 * them. */
static zip_source_t *copy(bf_zip_writer *writer, const void *data, size_t n)
{
  if (n == 0)
    return zip_source_buffer(writer->archive, NULL, 0, 0);
  void *bytes = bf_alloc_bytes(n);
  if (bytes == NULL)
    return NULL;
  memcpy(bytes, data, n);
  zip_source_t *source = zip_source_buffer(writer->archive, bytes, n, 1);
  if (source == NULL)
    free(bytes);
  return source;
}

bf_status bf_zip_writer_add(bf_zip_writer *writer, const char *name, const void *data, size_t n)
{
  enum { FIRST_DATE = 1 << 5 | 1 }; /* 1980-01-01, as MS-DOS wrote it */
  bf_status status = BF_OK;
  zip_source_t *source = NULL;
  zip_int64_t entry;
  BF_CHECK(zip_name_locate(writer->archive, name, 0) < 0, BF_ERR_USAGE,
           "there are two entries called '%s'", name);
  source = copy(writer, data, n);
  BF_CHECK_MEMORY(source);
  entry = zip_file_add(writer->archive, name, source, ZIP_FL_ENC_UTF_8);
  if (entry < 0)
    BF_TRY(fail_to_read(zip_get_error(writer->archive)));
  source = NULL; /* the archive's */
  zip_set_file_compression(writer->archive, (zip_uint64_t)entry, ZIP_CM_STORE, 0);
  zip_file_set_dostime(writer->archive, (zip_uint64_t)entry, 0, FIRST_DATE, 0);
done:
  zip_source_free(source);
  return status;
}

static bf_status save(zip_source_t *source, const char *path)
{
  bf_status status = BF_OK;
  uint8_t *bytes = NULL;
  zip_stat_t about;
  zip_stat_init(&about);
  BF_CHECK(zip_source_stat(source, &about) == 0 && (about.valid & ZIP_STAT_SIZE) != 0 &&
               zip_source_open(source) == 0,
           BF_ERR_NOMEM, "out of memory for a ZIP archive");
  bytes = bf_alloc_bytes((size_t)about.size);
  if (bytes == NULL || zip_source_read(source, bytes, about.size) != (zip_int64_t)about.size)
    status = bf_fail(BF_ERR_NOMEM, "out of memory for a ZIP archive");
  zip_source_close(source);
  if (status == BF_OK)
    status = bf_file_write(path, bytes, (size_t)about.size);
done:
  free(bytes);
  return status;
}

bf_status bf_zip_writer_save(bf_zip_writer *writer, const char *path)
{
  if (zip_close(writer->archive) != 0)
    return fail_to_read(zip_get_error(writer->archive));
  writer->archive = NULL;
  return save(writer->source, path);
}
