/* HDF5 files: opening, closing, sealing, and what is inside.
 * Room: data. */
#include "data/h5_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

/* The seal: a last line that HDF5 ignores, because it lies behind the end noted in the superblock.
 * HDF5's own checksums leave out the heap of variable-length texts, and a damaged heap can crash
 * the library, so a file with a seal is checked before HDF5 sees it. */
#define SEAL_WORD "bitfront xxh64 "
enum { SEAL_BYTES = 32 };

static herr_t keep_first(unsigned n, const H5E_error2_t *error, void *first)
{
  if (n == 0)
    *(const char **)first = error->desc;
  return 0;
}

bf_status bf_h5_fail(bf_status status, const char *format, ...)
{
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  const char *cause = NULL;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, (void *)&cause);
  bf_fail(status, "%s%s%s", line, cause != NULL ? ": " : "", cause != NULL ? cause : "");
  H5Eclear2(H5E_DEFAULT);
  return status;
}

void bf_h5_drop(hid_t id)
{
  if (id >= 0)
    H5Idec_ref(id);
}

const char *bf_h5_shape_text(size_t n_rows, size_t n_columns, char text[BF_H5_SHAPE_BYTES])
{
  if (n_columns > 0)
    snprintf(text, BF_H5_SHAPE_BYTES, "%zu x %zu", n_rows, n_columns);
  else
    snprintf(text, BF_H5_SHAPE_BYTES, "%zu", n_rows);
  return text;
}

/* Access properties of every file: 1.10 format, no lock, no identifier outlives the file. */
static hid_t access_properties(void)
{
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5Pset_file_locking(access, false, true);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  return access;
}

static hid_t create_file(const char *path)
{
  hid_t access = access_properties();
  hid_t creation = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_obj_track_times(creation, false);
  hid_t id = H5Fcreate(path, H5F_ACC_EXCL, creation, access);
  bf_h5_drop(creation);
  bf_h5_drop(access);
  return id;
}

static hid_t open_file(const char *path)
{
  hid_t access = access_properties();
  hid_t id = H5Fopen(path, H5F_ACC_RDONLY, access);
  bf_h5_drop(access);
  return id;
}

/* Whether the file ends with a seal; one that does not fit the bytes before it is an error. */
static bf_status check_seal(const char *path, bool *is_sealed)
{
  char seal[SEAL_BYTES + 1] = "";
  char expected[SEAL_BYTES + 1];
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return bf_fail(BF_ERR_DATA, "cannot open '%s': %s", path, strerror(errno));
  bool is_long_enough = fseek(file, -SEAL_BYTES, SEEK_END) == 0;
  long n_before = is_long_enough ? ftell(file) : 0;
  size_t n_read = is_long_enough ? fread(seal, 1, SEAL_BYTES, file) : 0;
  fclose(file);
  if (n_read != SEAL_BYTES || memcmp(seal, SEAL_WORD, strlen(SEAL_WORD)) != 0)
    return BF_OK;
  uint64_t hash = 0;
  bf_status status = bf_file_hash_head(path, (size_t)n_before, &hash);
  if (status != BF_OK)
    return status;
  snprintf(expected, sizeof expected, SEAL_WORD "%016" PRIx64 "\n", hash);
  if (memcmp(seal, expected, SEAL_BYTES) != 0)
    return bf_fail(BF_ERR_DATA, "'%s' is damaged: its checksum line does not fit its bytes", path);
  *is_sealed = true;
  return BF_OK;
}

static bf_status write_seal(const char *path)
{
  uint64_t hash;
  bf_status status = bf_file_hash(path, &hash);
  if (status != BF_OK)
    return status == BF_ERR_DATA ? BF_ERR_IO : status;
  FILE *file = fopen(path, "ab");
  if (file == NULL)
    return bf_fail(BF_ERR_IO, "cannot write '%s': %s", path, strerror(errno));
  bool is_written = fprintf(file, SEAL_WORD "%016" PRIx64 "\n", hash) == SEAL_BYTES;
  if (fclose(file) != 0 || !is_written)
    return bf_fail(BF_ERR_IO, "cannot write '%s': %s", path, strerror(errno));
  return BF_OK;
}

static bf_status wrap(const char *path, hid_t id, bf_h5 **out)
{
  bf_status status = BF_OK;
  bf_h5 *file = bf_alloc(1, sizeof *file);
  BF_CHECK_MEMORY(file);
  file->path = bf_copy_text(path);
  BF_CHECK_MEMORY(file->path);
  file->id = id;
  *out = file;
done:
  if (status != BF_OK) {
    bf_h5_drop(id);
    free(file);
  }
  return status;
}

bf_status bf_h5_create(const char *path, bf_h5 **out)
{
  errno = 0;
  hid_t id = create_file(path);
  if (id < 0)
    return bf_h5_fail(BF_ERR_IO, "cannot create '%s'%s%s", path, errno != 0 ? ": " : "",
                      errno != 0 ? strerror(errno) : "");
  bf_status status = wrap(path, id, out);
  if (status == BF_OK)
    (*out)->is_writable = true;
  else
    unlink(path);
  return status;
}

bf_status bf_h5_open(const char *path, bf_h5 **out)
{
  bool is_sealed = false;
  bf_status status = check_seal(path, &is_sealed);
  if (status != BF_OK)
    return status;
  hid_t id = open_file(path);
  if (id < 0)
    return bf_h5_fail(BF_ERR_DATA, "cannot open HDF5 file '%s'", path);
  status = wrap(path, id, out);
  if (status == BF_OK)
    (*out)->is_sealed = is_sealed;
  return status;
}

bf_status bf_h5_close(bf_h5 *file)
{
  if (file == NULL)
    return BF_OK;
  bf_status status = BF_OK;
  if (H5Fclose(file->id) < 0)
    status = bf_h5_fail(BF_ERR_IO, "cannot write '%s'", file->path);
  if (status == BF_OK && file->is_writable)
    status = write_seal(file->path);
  free(file->path);
  free(file);
  return status;
}

bool bf_h5_is_sealed(const bf_h5 *file)
{
  return file->is_sealed;
}

bool bf_h5_has(const bf_h5 *file, const char *path)
{
  if (strcmp(path, "/") == 0)
    return true;
  /* H5Lexists fails, rather than says no, when a group on the way is absent. */
  bool has = H5Lexists(file->id, path, H5P_DEFAULT) > 0 &&
             H5Oexists_by_name(file->id, path, H5P_DEFAULT) > 0;
  H5Eclear2(H5E_DEFAULT);
  return has;
}

bool bf_h5_has_attribute(const bf_h5 *file, const char *path, const char *name)
{
  bool has = bf_h5_has(file, path) && H5Aexists_by_name(file->id, path, name, H5P_DEFAULT) > 0;
  H5Eclear2(H5E_DEFAULT);
  return has;
}

bf_status bf_h5_make_group(bf_h5 *file, const char *path)
{
  hid_t creation = H5Pcreate(H5P_GROUP_CREATE);
  H5Pset_obj_track_times(creation, false);
  hid_t group = H5Gcreate2(file->id, path, H5P_DEFAULT, creation, H5P_DEFAULT);
  bf_h5_drop(creation);
  if (group < 0)
    return bf_h5_fail(BF_ERR_IO, "cannot make group '%s' in '%s'", path, file->path);
  bf_h5_drop(group);
  return BF_OK;
}

const char *bf_h5_version(void)
{
  static _Thread_local char text[64];
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  snprintf(text, sizeof text, "%d.%d.%d (linked %u.%u.%u)", H5_VERS_MAJOR, H5_VERS_MINOR,
           H5_VERS_RELEASE, major, minor, release);
  return text;
}
