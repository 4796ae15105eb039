/* HDF5 tables, read by field name: one-dimensional datasets of compound rows, and two-dimensional
 * ones whose columns another dataset names. Room: data. */
#include "data/h5_table.h"

#include "base/memory.h"
#include "data/h5_private.h"

/* The largest number type (long double); the cache holds one chunk of the file up to the limit; of
 * rows of many columns so many are read at a time. */
enum {
  MAX_FIELD_BYTES = 16,
  MAX_FIELDS = 1 << 16,
  MAX_CACHE_BYTES = 1 << 27,
  PIECE_BYTES = 1 << 20
};

struct bf_h5_table {
  const bf_h5 *file;
  char *path;
  hid_t dataset;
  hid_t type;     /* of the file: of a row, or of an element if there are columns */
  bool is_matrix; /* two-dimensional, n_fields columns */
  size_t n_rows;
  size_t n_fields;
  char **names;
  size_t n_chosen;
  hid_t *field_types; /* (n_chosen) of the file */
  size_t *offsets;    /* (n_chosen + 1) in a raw row */
  size_t *columns;    /* (n_chosen) of a matrix */
  hid_t raw_type;     /* the chosen fields, packed */
};

bool bf_h5_applies(const char *path)
{
  static const unsigned char magic[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  enum { LAST_START = 1 << 20 };
  unsigned char bytes[sizeof magic];
  bool applies = false;
  FILE *file = fopen(path, "rb");
  /* The signature stands at 0 or at 512 times a power of two. */
  for (long at = 0; file != NULL && !applies && at <= LAST_START; at = at > 0 ? 2 * at : 512)
    applies = fseek(file, at, SEEK_SET) == 0 &&
              fread(bytes, 1, sizeof bytes, file) == sizeof bytes &&
              memcmp(bytes, magic, sizeof magic) == 0;
  if (file != NULL)
    fclose(file);
  return applies;
}

/* What the visit of a file collects. */
typedef struct visit {
  size_t n;
  char **paths;
  bf_status status;
} visit;

static bool is_table(hid_t dataset)
{
  hid_t type = H5Dget_type(dataset);
  hid_t space = H5Dget_space(dataset);
  bool is = type >= 0 && space >= 0 && H5Tget_class(type) == H5T_COMPOUND &&
            H5Sget_simple_extent_ndims(space) == 1;
  bf_h5_drop(space);
  bf_h5_drop(type);
  return is;
}

static bf_status add_path(visit *found, const char *name)
{
  char **grown = bf_grow(found->paths, found->n, found->n + 1, sizeof *grown);
  if (grown == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a list of datasets");
  found->paths = grown;
  found->paths[found->n] = bf_copy_text(name);
  if (found->paths[found->n] == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for the name of a dataset");
  found->n++;
  return BF_OK;
}

static herr_t visit_object(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
  visit *found = context;
  if (info->type != H5O_TYPE_DATASET)
    return 0;
  hid_t dataset = H5Dopen2(root, name, H5P_DEFAULT);
  if (dataset >= 0 && is_table(dataset))
    found->status = add_path(found, name);
  bf_h5_drop(dataset);
  return found->status == BF_OK ? 0 : -1;
}

bf_status bf_h5_tables(const bf_h5 *file, size_t *n, char ***paths)
{
  visit found = {.status = BF_OK};
  herr_t result =
      H5Ovisit2(file->id, H5_INDEX_NAME, H5_ITER_INC, visit_object, &found, H5O_INFO_BASIC);
  bf_status status = found.status;
  if (result < 0 && status == BF_OK)
    status = bf_h5_fail(BF_ERR_DATA, "cannot list the datasets");
  H5Eclear2(H5E_DEFAULT);
  if (status != BF_OK) {
    bf_h5_free_texts(found.n, found.paths);
    return status;
  }
  *n = found.n;
  *paths = found.paths;
  return BF_OK;
}

static void release_choice(bf_h5_table *table)
{
  for (size_t i = 0; table->field_types != NULL && i < table->n_chosen; i++)
    bf_h5_drop(table->field_types[i]);
  free(table->field_types);
  free(table->offsets);
  free(table->columns);
  bf_h5_drop(table->raw_type);
  table->field_types = NULL;
  table->offsets = NULL;
  table->columns = NULL;
  table->raw_type = H5I_INVALID_HID;
  table->n_chosen = 0;
}

void bf_h5_table_close(bf_h5_table *table)
{
  if (table == NULL)
    return;
  release_choice(table);
  bf_h5_free_texts(table->n_fields, table->names);
  bf_h5_drop(table->type);
  bf_h5_drop(table->dataset);
  free(table->path);
  free(table);
}

static bf_status read_names(bf_h5_table *table)
{
  bf_status status = BF_OK;
  int n = H5Tget_nmembers(table->type);
  BF_CHECK(n > 0 && n <= MAX_FIELDS, BF_ERR_DATA, "dataset '%s' has %d fields", table->path, n);
  table->names = bf_alloc((size_t)n, sizeof *table->names);
  BF_CHECK_MEMORY(table->names);
  table->n_fields = (size_t)n;
  for (int i = 0; i < n; i++) {
    char *name = H5Tget_member_name(table->type, (unsigned)i);
    BF_CHECK(name != NULL, BF_ERR_DATA, "dataset '%s' has a field without a name", table->path);
    table->names[i] = bf_copy_text(name);
    H5free_memory(name);
    BF_CHECK_MEMORY(table->names[i]);
  }
done:
  return status;
}

/* HDF5 trusts the layout of a row that it has read: a damaged one makes it read out of bounds. */
static bf_status check_layout(const bf_h5_table *table)
{
  size_t row_bytes = H5Tget_size(table->type);
  for (size_t i = 0; i < table->n_fields; i++) {
    hid_t type = H5Tget_member_type(table->type, (unsigned)i);
    size_t size = type < 0 ? 0 : H5Tget_size(type);
    size_t offset = H5Tget_member_offset(table->type, (unsigned)i);
    bf_h5_drop(type);
    if (size == 0 || size > row_bytes || offset > row_bytes - size)
      return bf_fail(BF_ERR_DATA, "field '%s' of dataset '%s' lies outside of its row",
                     table->names[i], table->path);
  }
  return BF_OK;
}

/* Whether the bits that HDF5's conversion will touch lie inside the number. */
static bool is_sound(hid_t type)
{
  size_t n_bits = 8 * H5Tget_size(type);
  int offset = H5Tget_offset(type);
  size_t precision = H5Tget_precision(type);
  if (offset < 0 || precision == 0 || precision > n_bits || (size_t)offset > n_bits - precision)
    return false;
  if (H5Tget_class(type) == H5T_INTEGER)
    return true;
  size_t sign = 0;
  size_t exponent = 0;
  size_t n_exponent = 0;
  size_t mantissa = 0;
  size_t n_mantissa = 0;
  return H5Tget_fields(type, &sign, &exponent, &n_exponent, &mantissa, &n_mantissa) >= 0 &&
         sign < n_bits && n_exponent > 0 && n_exponent <= n_bits &&
         exponent <= n_bits - n_exponent && n_mantissa > 0 && n_mantissa <= n_bits &&
         mantissa <= n_bits - n_mantissa;
}

/* The default cache of 1 MiB may be smaller than a chunk, which would then be unpacked again for
 * every block of rows read from it. */
static hid_t open_cached(const bf_h5 *file, const char *path, size_t n_columns)
{
  hid_t dataset = H5Dopen2(file->id, path, H5P_DEFAULT);
  if (dataset < 0)
    return dataset;
  hsize_t chunk[2] = {0, 0};
  hid_t creation = H5Dget_create_plist(dataset);
  hid_t type = H5Dget_type(dataset);
  bool is_chunked = H5Pget_layout(creation) == H5D_CHUNKED && H5Pget_chunk(creation, 2, chunk) > 0;
  size_t row_bytes = n_columns * H5Tget_size(type);
  bf_h5_drop(type);
  bf_h5_drop(creation);
  if (!is_chunked || row_bytes == 0 || chunk[0] > MAX_CACHE_BYTES / row_bytes)
    return dataset;
  bf_h5_drop(dataset);
  hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
  H5Pset_chunk_cache(access, H5D_CHUNK_CACHE_NSLOTS_DEFAULT, 2 * chunk[0] * row_bytes + (1 << 20),
                     H5D_CHUNK_CACHE_W0_DEFAULT);
  dataset = H5Dopen2(file->id, path, access);
  bf_h5_drop(access);
  return dataset;
}

static bf_status begin_table(const bf_h5 *file, const char *path, bf_h5_table **out)
{
  bf_status status = BF_OK;
  bf_h5_table *table = bf_alloc(1, sizeof *table);
  BF_CHECK_MEMORY(table);
  *table = (bf_h5_table){.file = file,
                         .dataset = H5I_INVALID_HID,
                         .type = H5I_INVALID_HID,
                         .raw_type = H5I_INVALID_HID};
  *out = table;
  table->path = bf_copy_text(path);
  BF_CHECK_MEMORY(table->path);
done:
  return status;
}

bf_status bf_h5_table_open(const bf_h5 *file, const char *path, bf_h5_table **out)
{
  bf_status status = BF_OK;
  size_t dims[2] = {0, 0};
  bf_h5_table *table = NULL;
  BF_TRY(begin_table(file, path, &table));
  BF_TRY(bf_h5_shape(file, path, dims));
  table->n_rows = dims[0];
  table->dataset = open_cached(file, path, 1);
  table->type = table->dataset < 0 ? H5I_INVALID_HID : H5Dget_type(table->dataset);
  BF_CHECK(table->type >= 0 && is_table(table->dataset), BF_ERR_DATA,
           "dataset '%s' is no one-dimensional compound dataset", path);
  BF_TRY(read_names(table));
  BF_TRY(check_layout(table));
  *out = table;
  table = NULL;
done:
  bf_h5_table_close(table);
  return status;
}

bf_status bf_h5_table_open_named(const bf_h5 *file, const char *path, const char *names,
                                 bf_h5_table **out)
{
  bf_status status = BF_OK;
  size_t dims[2] = {0, 0};
  bf_h5_table *table = NULL;
  BF_TRY(begin_table(file, path, &table));
  table->is_matrix = true;
  BF_TRY(bf_h5_shape(file, path, dims));
  table->n_rows = dims[0];
  BF_TRY(bf_h5_read_texts(file, names, &table->n_fields, &table->names));
  BF_CHECK(dims[1] == table->n_fields && dims[1] > 0, BF_ERR_DATA,
           "dataset '%s' has %zu columns, but '%s' names %zu", path, dims[1], names,
           table->n_fields);
  table->dataset = open_cached(file, path, dims[1]);
  table->type = table->dataset < 0 ? H5I_INVALID_HID : H5Dget_type(table->dataset);
  if (table->type < 0)
    status = bf_h5_fail(BF_ERR_DATA, "cannot open dataset '%s'", path);
  if (status == BF_OK) {
    *out = table;
    table = NULL;
  }
done:
  bf_h5_table_close(table);
  return status;
}

const char *bf_h5_table_path(const bf_h5_table *table)
{
  return table->path;
}

size_t bf_h5_table_rows(const bf_h5_table *table)
{
  return table->n_rows;
}

const char *const *bf_h5_table_fields(const bf_h5_table *table, size_t *n)
{
  *n = table->n_fields;
  return (const char *const *)table->names;
}

static bf_status choose_field(bf_h5_table *table, size_t field)
{
  hid_t type =
      table->is_matrix ? H5Tcopy(table->type) : H5Tget_member_type(table->type, (unsigned)field);
  H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
  size_t size = type < 0 ? 0 : H5Tget_size(type);
  if ((class != H5T_INTEGER && class != H5T_FLOAT) || size > MAX_FIELD_BYTES || !is_sound(type)) {
    bf_h5_drop(type);
    return bf_fail(BF_ERR_DATA, "field '%s' of dataset '%s' is neither integer nor floating point",
                   table->names[field], table->path);
  }
  table->field_types[table->n_chosen] = type;
  table->columns[table->n_chosen] = field;
  table->offsets[table->n_chosen + 1] = table->offsets[table->n_chosen] + size;
  table->n_chosen++;
  return BF_OK;
}

bf_status bf_h5_table_select(bf_h5_table *table, size_t n, const size_t *fields)
{
  bf_status status = BF_OK;
  release_choice(table);
  table->field_types = bf_alloc(n, sizeof *table->field_types);
  table->offsets = bf_alloc(n + 1, sizeof *table->offsets);
  BF_CHECK_MEMORY(table->field_types);
  table->columns = bf_alloc(n, sizeof *table->columns);
  BF_CHECK_MEMORY(table->offsets);
  BF_CHECK_MEMORY(table->columns);
  for (size_t i = 0; i < n; i++)
    BF_TRY(choose_field(table, fields[i]));
  if (table->is_matrix)
    return BF_OK;
  table->raw_type = H5Tcreate(H5T_COMPOUND, table->offsets[n]);
  for (size_t i = 0; i < n; i++)
    if (H5Tinsert(table->raw_type, table->names[fields[i]], table->offsets[i],
                  table->field_types[i]) < 0) {
      status = bf_h5_fail(BF_ERR_DATA, "cannot choose field '%s'", table->names[fields[i]]);
      goto done;
    }
done:
  if (status != BF_OK)
    release_choice(table);
  return status;
}

size_t bf_h5_table_bytes(const bf_h5_table *table, size_t n)
{
  return table->offsets[n];
}

/* Rows from @p first on, whole ones, in the type of memory given. */
static bf_status read_rows(const bf_h5_table *table, size_t first, size_t n, hid_t type,
                           uint8_t *rows)
{
  hsize_t start[2] = {first, 0};
  hsize_t count[2] = {n, table->n_fields};
  hid_t whole = H5Dget_space(table->dataset);
  hid_t part = H5Screate_simple(table->is_matrix ? 2 : 1, count, NULL);
  herr_t result = H5Sselect_hyperslab(whole, H5S_SELECT_SET, start, NULL, count, NULL);
  if (result >= 0)
    result = H5Dread(table->dataset, type, part, whole, H5P_DEFAULT, rows);
  bf_h5_drop(part);
  bf_h5_drop(whole);
  if (result < 0)
    return bf_h5_fail(BF_ERR_DATA, "cannot read rows %zu to %zu of dataset '%s'", first,
                      first + n - 1, table->path);
  return BF_OK;
}

/* All columns of some rows, of which the chosen ones are kept: HDF5 picks columns far more slowly.
 */
static bf_status read_columns(const bf_h5_table *table, size_t first, size_t n, uint8_t *raw)
{
  bf_status status = BF_OK;
  size_t size = H5Tget_size(table->type);
  size_t row_bytes = table->n_fields * size;
  size_t most = row_bytes < PIECE_BYTES ? PIECE_BYTES / row_bytes : 1;
  uint8_t *rows = bf_alloc(n < most ? n : most, row_bytes);
  BF_CHECK_MEMORY(rows);
  for (size_t at = 0; at < n; at += most) {
    size_t n_now = n - at < most ? n - at : most;
    BF_TRY(read_rows(table, first + at, n_now, table->type, rows));
    for (size_t r = 0; r < n_now; r++)
      for (size_t i = 0; i < table->n_chosen; i++, raw += size)
        memcpy(raw, rows + r * row_bytes + table->columns[i] * size, size);
  }
done:
  free(rows);
  return status;
}

/* Column @p i of the raw rows as double, converted by HDF5 in @p scratch, which it needs packed. */
static bf_status convert_column(const bf_h5_table *table, size_t i, size_t n, const uint8_t *raw,
                                uint8_t *scratch, double *values)
{
  size_t stride = table->offsets[table->n_chosen];
  size_t size = table->offsets[i + 1] - table->offsets[i];
  for (size_t r = 0; r < n; r++)
    memcpy(scratch + r * size, raw + r * stride + table->offsets[i], size);
  if (H5Tconvert(table->field_types[i], H5T_NATIVE_DOUBLE, n, scratch, NULL, H5P_DEFAULT) < 0)
    return bf_h5_fail(BF_ERR_DATA, "cannot convert a field of dataset '%s'", table->path);
  for (size_t r = 0; r < n; r++)
    memcpy(&values[r * table->n_chosen + i], scratch + r * sizeof(double), sizeof(double));
  return BF_OK;
}

bf_status bf_h5_table_read(const bf_h5_table *table, size_t first, size_t n, uint8_t *raw,
                           double *values)
{
  bf_status status = BF_OK;
  uint8_t *scratch = bf_alloc(n, MAX_FIELD_BYTES);
  BF_CHECK_MEMORY(scratch);
  BF_TRY(table->is_matrix ? read_columns(table, first, n, raw)
                          : read_rows(table, first, n, table->raw_type, raw));
  for (size_t i = 0; i < table->n_chosen; i++)
    BF_TRY(convert_column(table, i, n, raw, scratch, values));
done:
  free(scratch);
  return status;
}
