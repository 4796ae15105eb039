/* Rows from anywhere: the table of formats and the walk over several files.
 * Room: data. */
#include "data/source.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/suggest.h"

enum { BLOCK_VALUES = 1 << 19, MAX_BLOCK_ROWS = 4096 };

/* Formats are tried in this order; the more special ones come first. */
static const bf_format *const formats[] = {&bf_format_hdf5, &bf_format_npy, &bf_format_arff,
                                           &bf_format_csv};

enum { N_FORMATS = sizeof formats / sizeof formats[0] };

bf_status bf_block_init(size_t n_features, bf_block *block)
{
  bf_status status = BF_OK;
  size_t n_rows = BLOCK_VALUES / n_features;
  n_rows = n_rows > MAX_BLOCK_ROWS ? MAX_BLOCK_ROWS : n_rows;
  bf_block made = {.capacity = n_rows, .n_features = n_features};
  made.features = bf_alloc(n_rows * n_features, sizeof *made.features);
  made.labels = bf_alloc(n_rows, sizeof *made.labels);
  made.hashes = bf_alloc(n_rows, sizeof *made.hashes);
  made.places = bf_alloc(n_rows, sizeof *made.places);
  BF_CHECK_MEMORY(made.features);
  BF_CHECK_MEMORY(made.labels);
  BF_CHECK_MEMORY(made.hashes);
  BF_CHECK_MEMORY(made.places);
  *block = made;
done:
  if (status != BF_OK)
    bf_block_release(&made);
  return status;
}

void bf_block_release(bf_block *block)
{
  free(block->features);
  free(block->labels);
  free(block->hashes);
  free(block->places);
  *block = (bf_block){0};
}

/* "hdf5, npy, ..." */
static const char *list_formats(char *text, size_t n_bytes)
{
  size_t n = 0;
  for (size_t i = 0; i < N_FORMATS && n < n_bytes; i++)
    n += (size_t)snprintf(text + n, n_bytes - n, "%s%s", i > 0 ? ", " : "", formats[i]->name);
  return text;
}

bf_status bf_format_find(const char *name, const bf_format **format)
{
  char known[128];
  const char *names[N_FORMATS];
  if (strcmp(name, "auto") == 0) {
    *format = NULL;
    return BF_OK;
  }
  for (size_t i = 0; i < N_FORMATS; i++) {
    names[i] = formats[i]->name;
    if (strcmp(name, names[i]) == 0) {
      *format = formats[i];
      return BF_OK;
    }
  }
  const char *nearest = bf_suggest(name, names, N_FORMATS);
  return bf_fail(BF_ERR_USAGE, "unknown format '%s'; known: auto, %s%s%s%s", name,
                 list_formats(known, sizeof known), nearest != NULL ? " (did you mean '" : "",
                 nearest != NULL ? nearest : "", nearest != NULL ? "'?)" : "");
}

/* Data are read more than once, and a pipe would be waited for. */
static bf_status check_regular(const char *path)
{
  struct stat info;
  if (stat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))
    return BF_OK;
  return bf_fail(BF_ERR_DATA, "cannot read source '%s': it is no regular file", path);
}

static bf_status check_readable(const char *path)
{
  FILE *file = fopen(path, "rb");
  errno = file != NULL ? 0 : errno;
  bool has_bytes = file != NULL && fgetc(file) != EOF;
  int cause = errno;
  if (file != NULL)
    fclose(file);
  if (has_bytes)
    return BF_OK;
  return bf_fail(BF_ERR_DATA, "%s", cause != 0 ? strerror(cause) : "the file is empty");
}

/* What people have data in that is not read here, by its first bytes. */
static const char *name_foreign(const char *path)
{
  static const struct {
    const char *start;
    const char *name;
  } kinds[] = {
      {"PAR1", "Parquet: pandas.read_parquet(...).to_csv(..., index=False) makes CSV of it"},
      {"ARROW1", "Feather: pandas.read_feather(...).to_csv(..., index=False) makes CSV of it"},
      {"PK\x03\x04", "a ZIP archive (.npz, .pt): unpack it, or save its arrays as .npy"},
      {"\x80", "a Python pickle: save its arrays as .npy, or its table as CSV"},
      {"root", "a ROOT file: save its table as CSV or HDF5"},
      {"\x1f\x8b", "packed with gzip: unpack it"},
      {"BZh", "packed with bzip2: unpack it"},
      {"\xfd"
       "7zXZ",
       "packed with xz: unpack it"},
      {"\x28\xb5\x2f\xfd", "packed with zstd: unpack it"},
  };
  char bytes[8] = "";
  FILE *file = fopen(path, "rb");
  size_t n_bytes = file != NULL ? fread(bytes, 1, sizeof bytes, file) : 0;
  if (file != NULL)
    fclose(file);
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    size_t n = strlen(kinds[i].start);
    if (n_bytes >= n && memcmp(bytes, kinds[i].start, n) == 0)
      return kinds[i].name;
  }
  return NULL;
}

bf_status bf_format_detect(const char *path, const bf_format **format)
{
  char known[128];
  bf_status status = check_readable(path);
  if (status != BF_OK)
    return status;
  for (size_t i = 0; i < N_FORMATS; i++)
    if (formats[i]->applies(path)) {
      *format = formats[i];
      return BF_OK;
    }
  const char *foreign = name_foreign(path);
  return bf_fail(BF_ERR_DATA, "its format is none of those known: %s%s%s",
                 list_formats(known, sizeof known), foreign != NULL ? "; it is " : "",
                 foreign != NULL ? foreign : "");
}

void bf_source_free_paths(size_t n, char **paths)
{
  for (size_t i = 0; paths != NULL && i < n; i++)
    free(paths[i]);
  free(paths);
}

bf_status bf_source_paths(const bf_request *request, const bf_format *wanted, size_t *n,
                          char ***paths)
{
  bf_status status = BF_OK;
  size_t n_paths = request->n_paths;
  /* A path brings at most one more along. */
  char **all = bf_alloc(2 * n_paths, sizeof *all);
  BF_CHECK_MEMORY(all);
  for (size_t i = 0; i < request->n_paths; i++) {
    const bf_format *format = wanted;
    char *companion = NULL;
    BF_TRY(check_regular(request->paths[i]));
    all[i] = bf_copy_text(request->paths[i]);
    BF_CHECK_MEMORY(all[i]);
    if (format == NULL && bf_format_detect(request->paths[i], &format) != BF_OK)
      continue;
    if (format->complete != NULL)
      BF_TRY(format->complete(request, i, &companion));
    if (companion != NULL)
      all[n_paths++] = companion;
  }
  *n = n_paths;
  *paths = all;
  all = NULL;
done:
  bf_source_free_paths(n_paths, all);
  return status;
}

bf_source bf_source_begin(const bf_request *request, const bf_format *wanted)
{
  return (bf_source){.request = request, .wanted = wanted};
}

static void close_reader(bf_source *source)
{
  if (source->reader != NULL)
    source->format->close(source->reader);
  source->reader = NULL;
}

static bf_status open_reader(bf_source *source)
{
  bf_status status = BF_OK;
  const bf_format *format = source->wanted;
  if (format == NULL)
    status = bf_format_detect(source->request->paths[source->i], &format);
  if (status != BF_OK || format == NULL)
    return status;
  source->format = format;
  return format->open(source->request, source->i, &source->reader);
}

bf_status bf_source_next(bf_source *source, bf_block *block)
{
  bf_status status = BF_OK;
  const bf_request *request = source->request;
  block->n = 0;
  while (source->i < request->n_paths) {
    if (source->reader == NULL)
      BF_TRY(open_reader(source));
    BF_TRY(source->format->next(source->reader, block));
    if (block->n > 0)
      break;
    close_reader(source);
    source->i++;
  }
done:
  return status == BF_OK ? BF_OK
                         : bf_because(status, "cannot read source '%s'", request->paths[source->i]);
}

void bf_source_end(bf_source *source)
{
  close_reader(source);
  source->i = 0;
}

static bool is_prefixed(const char *candidate, const char *name)
{
  return strncmp(candidate, "j_", 2) == 0 && strcmp(candidate + 2, name) == 0;
}

size_t bf_column_find(const char *name, size_t n, const char *const *names)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(names[i], name) == 0)
      return i;
  for (size_t i = 0; i < n; i++)
    if (is_prefixed(names[i], name))
      return i;
  return n;
}

bool bf_one_hot_find(size_t n_classes, const double *values, uint8_t *label)
{
  double greatest = 0;
  for (size_t c = 0; c < n_classes; c++)
    if (values[c] > greatest) {
      greatest = values[c];
      *label = (uint8_t)c;
    }
  return greatest > 0;
}
