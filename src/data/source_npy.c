/* Pairs of NumPy arrays: X_train_val.npy holds features, y_train_val.npy the labels of its rows.
 * Room: data. */
#include "data/source.h"

#include <math.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/npy.h"

/* What an array is to a request, by its shape and type. */
typedef enum role { FEATURES, LABELS, NAMES } role;

typedef struct npy {
  const bf_request *request;
  bf_npy features; /* none is open for a path without rows of its own: labels, names */
  bf_npy labels;
  uint8_t *raw;        /* (block rows) features as in the file */
  uint8_t *raw_labels; /* (block rows) */
  double *values;      /* (block rows, columns of the labels) */
  size_t block_rows;
  size_t at; /* next row */
} npy;

static void npy_close(void *reader)
{
  npy *self = reader;
  bf_npy_close(&self->features);
  bf_npy_close(&self->labels);
  free(self->raw);
  free(self->raw_labels);
  free(self->values);
  free(self);
}

/* Texts, as they are or in Python objects: one a class is the list of the classes' names. */
static bf_status check_names(const bf_request *request, const bf_npy *array, role *out)
{
  *out = NAMES;
  if (array->n_dims == 1 && array->dims[0] == request->n_classes)
    return BF_OK;
  if (array->kind == 'O')
    return bf_fail(BF_ERR_DATA, "it holds Python objects, which only a program could make; save it "
                                "as numbers");
  return bf_fail(BF_ERR_DATA, "it holds texts; save labels as numbers");
}

static bf_status find_role(const bf_request *request, const bf_npy *array, role *out)
{
  bool is_table = array->n_dims == 2;
  if (array->kind == 'O' || array->kind == 'U' || array->kind == 'S')
    return check_names(request, array, out);
  if (!bf_npy_is_numeric(array))
    return bf_fail(BF_ERR_DATA, "its type '%c%zu' is no known type of numbers", array->kind,
                   array->size);
  if (is_table && array->dims[1] == request->n_features) {
    *out = FEATURES;
    return BF_OK;
  }
  if (array->n_dims == 1 || (is_table && array->dims[1] == request->n_classes) ||
      (is_table && array->dims[1] == 1)) {
    *out = LABELS;
    return BF_OK;
  }
  return bf_fail(BF_ERR_DATA,
                 "its array has %zu dimensions and %zu columns, expected rows of %zu features, of "
                 "%zu classes, or of one label",
                 array->n_dims, bf_npy_columns(array), request->n_features, request->n_classes);
}

/* The role of path @p i without keeping it open; whether it is an array at all. */
static bool has_role(const bf_request *request, size_t i, role wanted)
{
  role found = NAMES;
  bf_npy array = {0};
  bool has = bf_npy_applies(request->paths[i]) && bf_npy_open(request->paths[i], &array) == BF_OK &&
             find_role(request, &array, &found) == BF_OK && found == wanted;
  bf_npy_close(&array);
  return has;
}

/* Where the X of "data/X_test.npy" stands; the length of the path if its name begins with another
 * letter. */
static size_t find_x(const char *path)
{
  const char *slash = strrchr(path, '/');
  const char *name = slash != NULL ? slash + 1 : path;
  return *name == 'X' || *name == 'x' ? (size_t)(name - path) : strlen(path);
}

/* Whether @p path is "data/y_test.npy" for @p features "data/X_test.npy". */
static bool is_named_after(const char *path, const char *features)
{
  size_t at = find_x(features);
  return features[at] != '\0' && strncmp(path, features, at) == 0 && path[at] == 'y' &&
         strcmp(path + at + 1, features + at + 1) == 0;
}

/* The path with the labels of features @p i by name; n_paths if it is not among them. */
static size_t find_named(const bf_request *request, size_t i)
{
  size_t found = 0;
  while (found < request->n_paths && !is_named_after(request->paths[found], request->paths[i]))
    found++;
  return found;
}

/* The path with the labels of features @p i: that of its name, else the next one; n_paths if there
 * is none. */
static size_t find_labels(const bf_request *request, size_t i)
{
  size_t found = find_named(request, i);
  if (found < request->n_paths)
    return found;
  bool is_next = i + 1 < request->n_paths && has_role(request, i + 1, LABELS);
  return is_next ? i + 1 : request->n_paths;
}

static bf_status check_claims(const bf_request *request, size_t labels)
{
  size_t n_claims = 0;
  for (size_t i = 0; i < request->n_paths; i++)
    n_claims += i != labels && has_role(request, i, FEATURES) && find_labels(request, i) == labels;
  if (n_claims == 1)
    return BF_OK;
  if (n_claims == 0)
    return bf_fail(BF_ERR_DATA, "it holds labels, but the features they belong to are not given "
                                "(X_test.npy for y_test.npy)");
  return bf_fail(BF_ERR_DATA, "it is the nearest file of labels to %zu files of features",
                 n_claims);
}

/* Numbers say nothing of their order, and the hls4ml tutorial's is another than the default. */
static void tell_classes(const bf_request *request, const char *path)
{
  bf_text text = {0};
  for (size_t c = 0; c < request->n_classes; c++)
    bf_text_printf(&text, "%s%zu = %s", c > 0 ? ", " : "", c, request->classes[c]);
  bf_info("classes of '%s' (--classes): %s", path, bf_text_view(&text));
  bf_text_release(&text);
}

/* A file of features brings its labels along, if their name tells that they belong to it. */
static bf_status npy_complete(const bf_request *request, size_t i, char **companion)
{
  const char *path = request->paths[i];
  if (has_role(request, i, NAMES))
    bf_info("left out '%s': it names classes and holds no rows", path);
  if (has_role(request, i, LABELS))
    tell_classes(request, path);
  size_t at = find_x(path);
  if (path[at] == '\0' || !has_role(request, i, FEATURES) ||
      find_named(request, i) < request->n_paths)
    return BF_OK;
  char *name = bf_copy_text(path);
  if (name == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for the name of the labels of '%s'", path);
  name[at] = 'y';
  if (!bf_file_exists(name)) {
    free(name);
    return BF_OK;
  }
  tell_classes(request, name);
  *companion = name;
  return BF_OK;
}

static bf_status open_labels(npy *self, size_t i)
{
  bf_status status = BF_OK;
  const bf_request *request = self->request;
  const char *path = "";
  role found = NAMES;
  size_t labels = find_labels(request, i);
  BF_CHECK(labels < request->n_paths, BF_ERR_DATA,
           "it holds features, but no file of their labels is given (y_test.npy for X_test.npy)");
  path = request->paths[labels];
  BF_TRY(bf_npy_open(path, &self->labels));
  BF_TRY(find_role(request, &self->labels, &found));
  BF_CHECK(found == LABELS, BF_ERR_DATA, "it holds no labels");
  BF_CHECK(bf_npy_rows(&self->labels) == bf_npy_rows(&self->features), BF_ERR_DATA,
           "it has %zu labels, for %zu rows of features", bf_npy_rows(&self->labels),
           bf_npy_rows(&self->features));
done:
  return status == BF_OK ? BF_OK : bf_because(status, "labels '%s'", path);
}

static bf_status npy_open(const bf_request *request, size_t i, void **reader)
{
  bf_status status = BF_OK;
  role found = NAMES;
  npy *self = bf_alloc(1, sizeof *self);
  BF_CHECK_MEMORY(self);
  self->request = request;
  BF_TRY(bf_npy_open(request->paths[i], &self->features));
  BF_TRY(find_role(request, &self->features, &found));
  if (found == LABELS)
    BF_TRY(check_claims(request, i));
  if (found == FEATURES)
    BF_TRY(open_labels(self, i));
  else
    bf_npy_close(&self->features);
  *reader = self;
  self = NULL;
done:
  if (self != NULL)
    npy_close(self);
  return status;
}

static bf_status make_room(npy *self, size_t n_rows)
{
  bf_status status = BF_OK;
  size_t n_columns = bf_npy_columns(&self->labels);
  if (self->block_rows >= n_rows)
    return BF_OK;
  free(self->raw);
  free(self->raw_labels);
  free(self->values);
  self->block_rows = 0;
  self->raw = bf_alloc(n_rows, self->request->n_features * self->features.size);
  self->raw_labels = bf_alloc(n_rows, n_columns * self->labels.size);
  self->values = bf_alloc(n_rows, n_columns * sizeof *self->values);
  BF_CHECK_MEMORY(self->raw);
  BF_CHECK_MEMORY(self->raw_labels);
  BF_CHECK_MEMORY(self->values);
  self->block_rows = n_rows;
done:
  return status;
}

static bf_status find_label(const npy *self, size_t row, const double *values, uint8_t *label)
{
  size_t n_classes = self->request->n_classes;
  if (bf_npy_columns(&self->labels) > 1) {
    if (bf_one_hot_find(n_classes, values, label))
      return BF_OK;
    return bf_fail(BF_ERR_DATA, "row %zu has no label: none of its %zu class columns is set", row,
                   n_classes);
  }
  if (values[0] >= 0 && values[0] < (double)n_classes && values[0] == floor(values[0])) {
    *label = (uint8_t)values[0];
    return BF_OK;
  }
  return bf_fail(BF_ERR_DATA, "row %zu: label %g is no index below %zu", row, values[0], n_classes);
}

/* The label's byte behind the features' own ones. */
static bf_hash128 hash_row(const uint8_t *raw, size_t n_bytes, uint8_t label)
{
  bf_hash128 hash = bf_hash_wide(raw, n_bytes);
  struct {
    bf_hash128 hash;
    uint64_t label;
  } both = {hash, label};
  return bf_hash_wide(&both, sizeof both);
}

static bf_status npy_next(void *reader, bf_block *block)
{
  bf_status status = BF_OK;
  npy *self = reader;
  size_t left = bf_npy_rows(&self->features) - self->at;
  size_t n = left < block->capacity ? left : block->capacity;
  if (n == 0)
    return BF_OK;
  size_t n_columns = bf_npy_columns(&self->labels);
  size_t row_bytes = self->request->n_features * self->features.size;
  BF_TRY(make_room(self, n));
  BF_TRY(bf_npy_read(&self->features, self->at, n, self->raw, block->features));
  BF_TRY(bf_npy_read(&self->labels, self->at, n, self->raw_labels, self->values));
  for (size_t r = 0; r < n; r++, self->at++) {
    BF_TRY(find_label(self, self->at, self->values + r * n_columns, &block->labels[r]));
    block->hashes[r] = hash_row(self->raw + r * row_bytes, row_bytes, block->labels[r]);
    block->places[r] = self->at;
  }
  block->n = n;
done:
  return status;
}

const bf_format bf_format_npy = {.name = "npy",
                                 .place = "row",
                                 .applies = bf_npy_applies,
                                 .complete = npy_complete,
                                 .open = npy_open,
                                 .next = npy_next,
                                 .close = npy_close};
