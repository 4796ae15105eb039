/* HDF5 tables: one compound row a jet, as on CERNBox, or a matrix with names for its columns, as in
 * Zenodo 3602260; features by name, labels one-hot. Room: data. */
#include "data/source.h"

#include "base/memory.h"
#include "base/text.h"
#include "data/h5.h"
#include "data/h5_table.h"

static const char table_name[] = "t_allpar_new";
static const char matrix_name[] = "jets";
static const char matrix_columns[] = "jetFeatureNames";

typedef struct hdf5 {
  const bf_request *request;
  bf_h5 *file;
  bf_h5_table *table;
  size_t n_chosen; /* features, classes, then "undef" if there is one */
  uint8_t *raw;    /* one block of rows */
  size_t raw_rows;
  double *values; /* (raw_rows, n_chosen) */
  size_t at;      /* next row */
} hdf5;

static void hdf5_close(void *reader)
{
  hdf5 *self = reader;
  bf_h5_table_close(self->table);
  bf_h5_close(self->file);
  free(self->raw);
  free(self->values);
  free(self);
}

/* The first name that the table lacks; NULL if it has them all. */
static const char *find_absent(const bf_h5_table *table, size_t n, const char *const *names)
{
  size_t n_fields = 0;
  const char *const *fields = bf_h5_table_fields(table, &n_fields);
  for (size_t i = 0; i < n; i++)
    if (bf_column_find(names[i], n_fields, fields) == n_fields)
      return names[i];
  return NULL;
}

static const char *first_absent(const bf_request *request, const bf_h5_table *table)
{
  const char *absent = find_absent(table, request->n_features, request->features);
  return absent != NULL ? absent : find_absent(table, request->n_classes, request->classes);
}

/* Index of the only table of several that holds the fields. */
static bf_status find_fitting(const hdf5 *self, size_t n, char *const *paths, size_t *fitting)
{
  bf_status status = BF_OK;
  bf_h5_table *table = NULL;
  size_t n_fitting = 0;
  for (size_t i = 0; i < n; i++) {
    BF_TRY(bf_h5_table_open(self->file, paths[i], &table));
    if (first_absent(self->request, table) == NULL) {
      *fitting = i;
      n_fitting++;
    }
    bf_h5_table_close(table);
    table = NULL;
  }
  BF_CHECK(n_fitting == 1, BF_ERR_DATA,
           "%zu of its %zu compound datasets hold the fields; one must, or be called '%s'",
           n_fitting, n, table_name);
done:
  return status;
}

/* The compound dataset of the known name, else the only one, else the only fitting one. */
static bf_status open_compound(hdf5 *self, size_t n, char *const *paths)
{
  bf_status status = BF_OK;
  size_t chosen = 0;
  BF_CHECK(n > 0, BF_ERR_DATA,
           "it holds no one-dimensional compound dataset such as '%s', and no '%s' with '%s'",
           table_name, matrix_name, matrix_columns);
  while (chosen < n && strcmp(paths[chosen], table_name) != 0)
    chosen++;
  if (chosen == n && n > 1)
    BF_TRY(find_fitting(self, n, paths, &chosen));
  chosen = chosen < n ? chosen : 0;
  BF_TRY(bf_h5_table_open(self->file, paths[chosen], &self->table));
done:
  return status;
}

static bool has_matrix(const bf_h5 *file)
{
  size_t dims[2] = {0, 0};
  return bf_h5_has(file, matrix_name) && bf_h5_has(file, matrix_columns) &&
         bf_h5_shape(file, matrix_name, dims) == BF_OK && dims[1] > 0;
}

static bf_status open_table(hdf5 *self)
{
  bf_status status = BF_OK;
  size_t n_paths = 0;
  char **paths = NULL;
  bool is_matrix = !bf_h5_has(self->file, table_name) && has_matrix(self->file);
  if (!is_matrix)
    BF_TRY(bf_h5_tables(self->file, &n_paths, &paths));
  BF_TRY(is_matrix ? bf_h5_table_open_named(self->file, matrix_name, matrix_columns, &self->table)
                   : open_compound(self, n_paths, paths));
  const char *absent = first_absent(self->request, self->table);
  BF_CHECK(absent == NULL, BF_ERR_DATA, "dataset '%s' lacks field '%s' (or 'j_%s')",
           bf_h5_table_path(self->table), absent, absent);
done:
  bf_h5_free_texts(n_paths, paths);
  return status;
}

/* The field called @p name, which must be the only one of its name. */
static bf_status find_field(const bf_h5_table *table, const char *name, size_t *field)
{
  size_t n_fields = 0;
  const char *const *fields = bf_h5_table_fields(table, &n_fields);
  size_t found = bf_column_find(name, n_fields, fields);
  for (size_t i = found + 1; i < n_fields; i++)
    if (strcmp(fields[i], fields[found]) == 0)
      return bf_fail(BF_ERR_DATA, "dataset '%s' has two columns '%s'", bf_h5_table_path(table),
                     fields[i]);
  *field = found;
  return BF_OK;
}

static bf_status choose_fields(hdf5 *self)
{
  bf_status status = BF_OK;
  const bf_request *request = self->request;
  size_t n = request->n_features + request->n_classes;
  size_t n_fields = 0;
  const char *const *fields = bf_h5_table_fields(self->table, &n_fields);
  size_t *chosen = bf_alloc(n + 1, sizeof *chosen);
  BF_CHECK_MEMORY(chosen);
  for (size_t i = 0; i < n; i++)
    BF_TRY(find_field(self->table,
                      i < request->n_features ? request->features[i]
                                              : request->classes[i - request->n_features],
                      &chosen[i]));
  chosen[n] = bf_column_find("undef", n_fields, fields);
  self->n_chosen = chosen[n] < n_fields ? n + 1 : n;
  BF_TRY(bf_h5_table_select(self->table, self->n_chosen, chosen));
done:
  free(chosen);
  return status;
}

static bf_status hdf5_open(const bf_request *request, size_t i, void **reader)
{
  bf_status status = BF_OK;
  hdf5 *self = bf_alloc(1, sizeof *self);
  BF_CHECK_MEMORY(self);
  self->request = request;
  BF_TRY(bf_h5_open(request->paths[i], &self->file));
  BF_TRY(open_table(self));
  BF_TRY(choose_fields(self));
  *reader = self;
  self = NULL;
done:
  if (self != NULL)
    hdf5_close(self);
  return status;
}

static bf_status find_label(const hdf5 *self, size_t row, const double *values, uint8_t *label)
{
  const bf_request *request = self->request;
  const double *one_hot = values + request->n_features;
  if (self->n_chosen > request->n_features + request->n_classes && one_hot[request->n_classes] > 0)
    return bf_fail(BF_ERR_DATA, "row %zu is labelled undefined ('j_undef' is set)", row);
  if (!bf_one_hot_find(request->n_classes, one_hot, label))
    return bf_fail(BF_ERR_DATA, "row %zu has no label: none of its %zu class fields is set", row,
                   request->n_classes);
  return BF_OK;
}

static bf_status make_room(hdf5 *self, size_t n_rows)
{
  bf_status status = BF_OK;
  if (self->raw_rows >= n_rows)
    return BF_OK;
  free(self->raw);
  free(self->values);
  self->raw_rows = 0;
  self->raw = bf_alloc(n_rows, bf_h5_table_bytes(self->table, self->n_chosen));
  self->values = bf_alloc(n_rows * self->n_chosen, sizeof *self->values);
  BF_CHECK_MEMORY(self->raw);
  BF_CHECK_MEMORY(self->values);
  self->raw_rows = n_rows;
done:
  return status;
}

static bf_status hdf5_next(void *reader, bf_block *block)
{
  bf_status status = BF_OK;
  hdf5 *self = reader;
  size_t n_features = self->request->n_features;
  size_t n = bf_h5_table_rows(self->table) - self->at;
  n = n < block->capacity ? n : block->capacity;
  if (n == 0)
    return BF_OK;
  BF_TRY(make_room(self, n));
  BF_TRY(bf_h5_table_read(self->table, self->at, n, self->raw, self->values));
  /* "undef" is no part of a row: it stands last and is left out of the hash. */
  size_t n_bytes = bf_h5_table_bytes(self->table, n_features + self->request->n_classes);
  size_t stride = bf_h5_table_bytes(self->table, self->n_chosen);
  for (size_t r = 0; r < n; r++, self->at++) {
    const double *values = self->values + r * self->n_chosen;
    BF_TRY(find_label(self, self->at, values, &block->labels[r]));
    memcpy(block->features + r * n_features, values, n_features * sizeof(double));
    block->hashes[r] = bf_hash_wide(self->raw + r * stride, n_bytes);
    block->places[r] = self->at;
  }
  block->n = n;
done:
  return status;
}

const bf_format bf_format_hdf5 = {.name = "hdf5",
                                  .place = "row",
                                  .is_fragile = true,
                                  .applies = bf_h5_applies,
                                  .open = hdf5_open,
                                  .next = hdf5_next,
                                  .close = hdf5_close};
