/* HDF5 files: opening, closing, sealing, and what is inside.
 * Room: data. */
#include "data/h5_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/stat.h>
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

/* Access properties of every file: 1.10 format, no identifier outlives the file, no lock. Locks
 * fail on some network file systems, and what we write is whole when it gets its name and is
 * checked by its seal. The user's HDF5_USE_FILE_LOCKING has the last word in the library. */
static hid_t access_properties(void)
{
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5Pset_file_locking(access, false, true);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  return access;
}

/* A file is made in memory and written by bf_h5_close: a library that cannot write (a full disk)
 * cannot close either, keeps the file open, and crashes when the process ends. HDF5 lends its image
 * only while the file is open, when it is not final; so the memory is ours, and stays. */
struct bf_h5_image {
  uint8_t *bytes;
  size_t n; /* allocated */
};

static void *image_resize(void *bytes, size_t n, H5FD_file_image_op_t op, void *udata)
{
  struct bf_h5_image *image = udata;
  (void)op;
  void *grown = realloc(bytes, n);
  if (grown != NULL)
    *image = (struct bf_h5_image){.bytes = grown, .n = n};
  return grown;
}

static void *image_allocate(size_t n, H5FD_file_image_op_t op, void *udata)
{
  return image_resize(NULL, n, op, udata);
}

static void *image_copy(void *to, const void *from, size_t n, H5FD_file_image_op_t op, void *udata)
{
  (void)op;
  (void)udata;
  return memcpy(to, from, n);
}

static herr_t image_keep(void *bytes, H5FD_file_image_op_t op, void *udata)
{
  (void)bytes;
  (void)op;
  (void)udata;
  return 0;
}

static void *image_share(void *udata)
{
  return udata;
}

static herr_t image_unshare(void *udata)
{
  (void)udata;
  return 0;
}

static void image_free(struct bf_h5_image *image)
{
  if (image != NULL)
    free(image->bytes);
  free(image);
}

static hid_t create_file(const char *path, struct bf_h5_image *image)
{
  enum { GROWTH = 1 << 16 };
  H5FD_file_image_callbacks_t callbacks = {image_allocate, image_copy,    image_resize, image_keep,
                                           image_share,    image_unshare, image};
  hid_t access = access_properties();
  H5Pset_fapl_core(access, GROWTH, false);
  H5Pset_file_image_callbacks(access, &callbacks);
  hid_t creation = H5Pcreate(H5P_FILE_CREATE);
  H5Pset_obj_track_times(creation, false);
  hid_t id = H5Fcreate(path, H5F_ACC_EXCL, creation, access);
  bf_h5_drop(creation);
  bf_h5_drop(access);
  return id;
}

/* Dropping the properties would empty the library's stack of errors, which says why it failed. */
static hid_t open_with(const char *name, hid_t access)
{
  hid_t id = H5Fopen(name, H5F_ACC_RDONLY, access);
  hid_t errors = H5Eget_current_stack();
  bf_h5_drop(access);
  H5Eset_current_stack(errors);
  return id;
}

static hid_t open_file(const char *path)
{
  return open_with(path, access_properties());
}

/* The library wants a name under which there is no file, and looks; in this place there is none,
 * and no disk is asked. */
static hid_t open_bytes(const void *bytes, size_t n)
{
  enum { GROWTH = 1 << 16 };
  static atomic_uint n_opened;
  char name[32];
  union {
    const void *borrowed;
    void *taken;
  } image = {bytes};
  snprintf(name, sizeof name, "/dev/null/%u", atomic_fetch_add(&n_opened, 1));
  hid_t access = access_properties();
  H5Pset_fapl_core(access, GROWTH, false);
  H5Pset_file_image(access, image.taken, n);
  return open_with(name, access);
}

/* @p seal is the last line, @p hash that of the bytes before it. */
static bf_status compare_seal(const char *path, const char seal[SEAL_BYTES], uint64_t hash)
{
  char expected[SEAL_BYTES + 1];
  snprintf(expected, sizeof expected, SEAL_WORD "%016" PRIx64 "\n", hash);
  if (memcmp(seal, expected, SEAL_BYTES) != 0)
    return bf_fail(BF_ERR_DATA, "'%s' is damaged: its checksum line does not fit its bytes", path);
  return BF_OK;
}

static bool is_seal(const char *line)
{
  return memcmp(line, SEAL_WORD, strlen(SEAL_WORD)) == 0;
}

/* Whether the file ends with a seal; one that does not fit the bytes before it is an error. */
static bf_status check_seal(const char *path, bool *is_sealed)
{
  char seal[SEAL_BYTES + 1] = "";
  struct stat info;
  /* To open a pipe is to wait for who fills it. */
  if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
    return bf_fail(BF_ERR_DATA, "'%s' is no regular file", path);
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return bf_fail(BF_ERR_DATA, "cannot open '%s': %s", path, strerror(errno));
  bool is_long_enough = fseek(file, -SEAL_BYTES, SEEK_END) == 0;
  long n_before = is_long_enough ? ftell(file) : 0;
  size_t n_read = is_long_enough ? fread(seal, 1, SEAL_BYTES, file) : 0;
  fclose(file);
  if (n_read != SEAL_BYTES || !is_seal(seal))
    return BF_OK;
  uint64_t hash = 0;
  bf_status status = bf_file_hash_head(path, (size_t)n_before, &hash);
  if (status == BF_OK)
    status = compare_seal(path, seal, hash);
  *is_sealed = status == BF_OK;
  return status;
}

/* As check_seal, of a file in memory. */
static bf_status check_seal_of(const char *path, const char *bytes, size_t n, bool *is_sealed)
{
  if (n < SEAL_BYTES || !is_seal(bytes + n - SEAL_BYTES))
    return BF_OK;
  const char *seal = bytes + n - SEAL_BYTES;
  bf_status status = compare_seal(path, seal, bf_hash(bytes, n - SEAL_BYTES, 0));
  *is_sealed = status == BF_OK;
  return status;
}

/* Nothing but the lock of its writer tells that a file without a seal is still being written. Where
 * the file system has no locks, nothing can be told. */
static bf_status check_writer(const char *path)
{
  const char *wish = getenv("HDF5_USE_FILE_LOCKING");
  if (wish != NULL && (strcmp(wish, "FALSE") == 0 || strcmp(wish, "0") == 0))
    return BF_OK;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  bool is_held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  if (fd >= 0)
    close(fd);
  return is_held ? bf_fail(BF_ERR_DATA,
                           "'%s' is locked: another program has it open for writing; wait for its "
                           "end, or set HDF5_USE_FILE_LOCKING=FALSE to read it as it is",
                           path)
                 : BF_OK;
}

/* The end of the file as its superblock (of version 2 or 3) notes it: the image is longer. */
static size_t end_of_file(const struct bf_h5_image *image)
{
  enum { END_AT = 28, N_BYTES = 8 };
  uint64_t end = 0;
  for (size_t i = 0; i < N_BYTES && END_AT + i < image->n; i++)
    end |= (uint64_t)image->bytes[END_AT + i] << (8 * i);
  return end < image->n ? (size_t)end : image->n;
}

static bf_status write_image(bf_h5 *file)
{
  const struct bf_h5_image *image = file->image;
  size_t n = end_of_file(image);
  bool is_written = fwrite(image->bytes, 1, n, file->output) == n &&
                    fprintf(file->output, SEAL_WORD "%016" PRIx64 "\n",
                            bf_hash(image->bytes, n, 0)) == SEAL_BYTES &&
                    fflush(file->output) == 0;
  return is_written ? BF_OK
                    : bf_fail(BF_ERR_IO, "cannot write '%s': %s", file->path, strerror(errno));
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
  if (status != BF_OK)
    free(file);
  return status;
}

bf_status bf_h5_create(const char *path, bf_h5 **out)
{
  bf_status status = BF_OK;
  struct bf_h5_image *image = NULL;
  FILE *output = NULL;
  hid_t id = -1;
  BF_CHECK(!bf_file_exists(path), BF_ERR_IO, "cannot create '%s': %s", path, strerror(EEXIST));
  image = bf_alloc(1, sizeof *image);
  BF_CHECK_MEMORY(image);
  id = create_file(path, image);
  if (id < 0)
    status = bf_h5_fail(BF_ERR_IO, "cannot create '%s'", path);
  BF_TRY(status);
  output = fopen(path, "wbx");
  BF_CHECK(output != NULL, BF_ERR_IO, "cannot create '%s': %s", path, strerror(errno));
  BF_TRY(wrap(path, id, out));
  (*out)->output = output;
  (*out)->image = image;
  return BF_OK;
done:
  bf_h5_drop(id);
  image_free(image);
  if (output != NULL) {
    fclose(output);
    unlink(path);
  }
  return status;
}

/* Takes over @p id; negative: the library could not open the file. */
static bf_status wrap_opened(const char *path, hid_t id, bool is_sealed, bf_h5 **out)
{
  if (id < 0)
    return bf_h5_fail(BF_ERR_DATA, "cannot open HDF5 file '%s'", path);
  bf_status status = wrap(path, id, out);
  if (status == BF_OK)
    (*out)->is_sealed = is_sealed;
  else
    bf_h5_drop(id);
  return status;
}

bf_status bf_h5_open(const char *path, bf_h5 **out)
{
  bool is_sealed = false;
  bf_status status = check_seal(path, &is_sealed);
  if (status == BF_OK && !is_sealed)
    status = check_writer(path);
  return status == BF_OK ? wrap_opened(path, open_file(path), is_sealed, out) : status;
}

bf_status bf_h5_open_known(const char *path, bf_h5 **out)
{
  return wrap_opened(path, open_file(path), false, out);
}

bf_status bf_h5_open_bytes(const char *path, const void *bytes, size_t n, bf_h5 **out)
{
  bool is_sealed = false;
  bf_status status = check_seal_of(path, bytes, n, &is_sealed);
  return status == BF_OK ? wrap_opened(path, open_bytes(bytes, n), is_sealed, out) : status;
}

bf_status bf_h5_close(bf_h5 *file)
{
  if (file == NULL)
    return BF_OK;
  bf_status status = BF_OK;
  if (H5Fclose(file->id) < 0)
    status = bf_h5_fail(BF_ERR_IO, "cannot close '%s'", file->path);
  if (file->output != NULL) {
    if (status == BF_OK)
      status = write_image(file);
    if (fclose(file->output) != 0 && status == BF_OK)
      status = bf_fail(BF_ERR_IO, "cannot write '%s': %s", file->path, strerror(errno));
  }
  image_free(file->image);
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

bool bf_h5_is_thread_safe(void)
{
  hbool_t is_safe = false;
  return H5is_library_threadsafe(&is_safe) >= 0 && is_safe;
}
