/* HDF5 datasets of float32 and uint8, plain or virtual.
 * Room: data. */
#include "data/h5_private.h"

#include "base/memory.h"

/* Twice HDF5's sieve buffer, through which smaller reads are copied once more; larger pieces are no
 * faster. */
enum { PIECE_BYTES = 1 << 17 };

/* More than the texts of any dataset of ours; a damaged size must not take all memory. */
enum { MAX_TEXTS = 1 << 16, MAX_TEXT_BYTES = 1 << 12 };

/* A dataset's shape in HDF5's terms; columns 0 means one dimension. */
typedef struct shape {
  int rank;
  hsize_t dims[2];
} shape;

static shape shape_of(size_t n_rows, size_t n_columns)
{
  return (shape){.rank = n_columns > 0 ? 2 : 1, .dims = {n_rows, n_columns}};
}

static bf_status write_values(bf_h5 *file, const char *path, shape whole, hid_t type,
                              const void *values)
{
  bf_status status = BF_OK;
  hid_t space = H5Screate_simple(whole.rank, whole.dims, NULL);
  hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_obj_track_times(creation, false);
  hid_t dataset = H5Dcreate2(file->id, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  if (dataset < 0 ||
      (whole.dims[0] > 0 && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0))
    status = bf_h5_fail(BF_ERR_IO, "cannot write dataset '%s' of '%s'", path, file->path);
  bf_h5_drop(dataset);
  bf_h5_drop(creation);
  bf_h5_drop(space);
  return status;
}

bf_status bf_h5_write_floats(bf_h5 *file, const char *path, size_t n_rows, size_t n_columns,
                             const float *values)
{
  return write_values(file, path, shape_of(n_rows, n_columns), H5T_NATIVE_FLOAT, values);
}

bf_status bf_h5_write_u8(bf_h5 *file, const char *path, size_t n, const uint8_t *values)
{
  return write_values(file, path, shape_of(n, 0), H5T_NATIVE_UINT8, values);
}

static bf_status open_dataset(const bf_h5 *file, const char *path, hid_t *out)
{
  if (!bf_h5_has(file, path))
    return bf_fail(BF_ERR_DATA, "'%s' lacks dataset '%s'", file->path, path);
  hid_t dataset = H5Dopen2(file->id, path, H5P_DEFAULT);
  if (dataset < 0)
    return bf_h5_fail(BF_ERR_DATA, "cannot open dataset '%s' of '%s'", path, file->path);
  *out = dataset;
  return BF_OK;
}

static bf_status read_shape(const bf_h5 *file, const char *path, hid_t dataset, size_t dims[2])
{
  hsize_t found[2] = {0, 0};
  hid_t space = H5Dget_space(dataset);
  int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
  if (rank == 1 || rank == 2)
    H5Sget_simple_extent_dims(space, found, NULL);
  bf_h5_drop(space);
  if (rank != 1 && rank != 2)
    return bf_h5_fail(BF_ERR_DATA, "dataset '%s' of '%s' has %d dimensions, expected 1 or 2", path,
                      file->path, rank);
  dims[0] = found[0];
  dims[1] = rank == 2 ? found[1] : 0;
  return BF_OK;
}

bf_status bf_h5_shape(const bf_h5 *file, const char *path, size_t dims[2])
{
  hid_t dataset = H5I_INVALID_HID;
  bf_status status = open_dataset(file, path, &dataset);
  if (status == BF_OK)
    status = read_shape(file, path, dataset, dims);
  bf_h5_drop(dataset);
  return status;
}

static bf_status check_shape(const bf_h5 *file, const char *path, hid_t dataset,
                             const size_t expected[2])
{
  size_t found[2] = {0, 0};
  bf_status status = read_shape(file, path, dataset, found);
  if (status != BF_OK || (found[0] == expected[0] && found[1] == expected[1]))
    return status;
  if (found[0] == expected[0] && found[1] > 0 && expected[1] > 0)
    return bf_fail(BF_ERR_DATA, "dataset '%s' of '%s' has %zu columns, expected %zu", path,
                   file->path, found[1], expected[1]);
  char is[BF_H5_SHAPE_BYTES];
  char should_be[BF_H5_SHAPE_BYTES];
  return bf_fail(BF_ERR_DATA, "dataset '%s' of '%s' has shape %s, expected %s", path, file->path,
                 bf_h5_shape_text(found[0], found[1], is),
                 bf_h5_shape_text(expected[0], expected[1], should_be));
}

/* Any floating point type converts to float32, but integers outside 0..255 would be clipped. */
static bf_status check_type(const bf_h5 *file, const char *path, hid_t dataset, hid_t wanted)
{
  hid_t type = H5Dget_type(dataset);
  bool wants_float = H5Tget_class(wanted) == H5T_FLOAT;
  bool fits =
      type >= 0 && (wants_float ? H5Tget_class(type) == H5T_FLOAT : H5Tequal(type, wanted) > 0);
  bf_h5_drop(type);
  if (fits)
    return BF_OK;
  return bf_fail(BF_ERR_DATA, "dataset '%s' of '%s' does not hold %s", path, file->path,
                 wants_float ? "floating point numbers" : "unsigned 8-bit integers");
}

/* Opens a dataset of this type and shape; the caller drops @p out, even of a failure. */
static bf_status open_checked(const bf_h5 *file, const char *path, const size_t dims[2], hid_t type,
                              hid_t *out)
{
  bf_status status = BF_OK;
  BF_TRY(open_dataset(file, path, out));
  BF_TRY(check_type(file, path, *out, type));
  BF_TRY(check_shape(file, path, *out, dims));
done:
  return status;
}

static bf_status read_values(const bf_h5 *file, const char *path, const size_t dims[2], hid_t type,
                             void *values)
{
  hid_t dataset = H5I_INVALID_HID;
  bf_status status = open_checked(file, path, dims, type, &dataset);
  if (status == BF_OK && dims[0] > 0 &&
      H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
    status = bf_h5_fail(BF_ERR_DATA, "cannot read dataset '%s' of '%s'", path, file->path);
  bf_h5_drop(dataset);
  return status;
}

size_t bf_h5_piece_rows(size_t n_columns)
{
  size_t row_bytes = n_columns * sizeof(float);
  return row_bytes < PIECE_BYTES ? PIECE_BYTES / row_bytes : 1;
}

bf_status bf_h5_read_floats(const bf_h5 *file, const char *path, size_t n_rows, size_t n_columns,
                            float *values)
{
  const size_t dims[2] = {n_rows, n_columns};
  return read_values(file, path, dims, H5T_NATIVE_FLOAT, values);
}

bf_status bf_h5_read_u8(const bf_h5 *file, const char *path, size_t n, uint8_t *values)
{
  const size_t dims[2] = {n, 0};
  return read_values(file, path, dims, H5T_NATIVE_UINT8, values);
}

static bf_status read_texts(const bf_h5 *file, const char *path, hid_t dataset, hid_t type,
                            size_t n, char ***texts)
{
  bf_status status = BF_OK;
  bool is_variable = H5Tis_variable_str(type) > 0;
  size_t stride = is_variable ? sizeof(char *) : H5Tget_size(type);
  void *read = NULL;
  BF_CHECK(n <= MAX_TEXTS && stride <= MAX_TEXT_BYTES, BF_ERR_DATA,
           "dataset '%s' of '%s' holds %zu texts of %zu bytes", path, file->path, n, stride);
  read = bf_alloc(n, stride);
  BF_CHECK_MEMORY(read);
  if (n > 0 && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, read) < 0)
    BF_TRY(bf_h5_fail(BF_ERR_DATA, "cannot read dataset '%s' of '%s'", path, file->path));
  status = bf_h5_copy_texts(n, is_variable ? read : NULL, read, stride, texts);
  if (is_variable && n > 0) {
    hid_t space = H5Dget_space(dataset);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, read);
    bf_h5_drop(space);
  }
done:
  free(read);
  return status;
}

bf_status bf_h5_read_texts(const bf_h5 *file, const char *path, size_t *n, char ***texts)
{
  bf_status status = BF_OK;
  size_t dims[2] = {0, 0};
  hid_t dataset = H5I_INVALID_HID;
  hid_t type = H5I_INVALID_HID;
  BF_TRY(open_dataset(file, path, &dataset));
  BF_TRY(read_shape(file, path, dataset, dims));
  type = H5Dget_type(dataset);
  BF_CHECK(type >= 0 && H5Tget_class(type) == H5T_STRING && dims[1] == 0, BF_ERR_DATA,
           "dataset '%s' of '%s' does not hold texts in one dimension", path, file->path);
  BF_TRY(read_texts(file, path, dataset, type, dims[0], texts));
  *n = dims[0];
done:
  bf_h5_drop(type);
  bf_h5_drop(dataset);
  return status;
}

/* The rows from @p first on. */
static herr_t read_piece(hid_t dataset, hid_t whole, size_t first, shape piece, float *rows)
{
  hsize_t start[2] = {first, 0};
  hid_t memory = H5Screate_simple(piece.rank, piece.dims, NULL);
  herr_t result = H5Sselect_hyperslab(whole, H5S_SELECT_SET, start, NULL, piece.dims, NULL);
  if (result >= 0)
    result = H5Dread(dataset, H5T_NATIVE_FLOAT, memory, whole, H5P_DEFAULT, rows);
  bf_h5_drop(memory);
  return result;
}

bf_status bf_h5_visit_floats(const bf_h5 *file, const char *path, size_t n_rows, size_t n_columns,
                             bf_h5_visit visit, void *context)
{
  bf_status status = BF_OK;
  BF_ASSERT(n_columns > 0);
  const size_t dims[2] = {n_rows, n_columns};
  size_t piece_rows = bf_h5_piece_rows(n_columns);
  hid_t dataset = H5I_INVALID_HID;
  hid_t whole = H5I_INVALID_HID;
  float *rows = bf_alloc(piece_rows * n_columns, sizeof *rows);
  BF_CHECK_MEMORY(rows);
  BF_TRY(open_checked(file, path, dims, H5T_NATIVE_FLOAT, &dataset));
  whole = H5Dget_space(dataset);
  for (size_t first = 0; first < n_rows; first += piece_rows) {
    size_t n = n_rows - first < piece_rows ? n_rows - first : piece_rows;
    if (read_piece(dataset, whole, first, shape_of(n, n_columns), rows) < 0)
      BF_TRY(bf_h5_fail(BF_ERR_DATA, "cannot read dataset '%s' of '%s'", path, file->path));
    BF_TRY(visit(context, first, n, rows));
  }
done:
  bf_h5_drop(whole);
  bf_h5_drop(dataset);
  free(rows);
  return status;
}

/* Notes in @p creation that the rows from @p first_row on are those of @p piece. */
static herr_t map_piece(hid_t creation, hid_t whole, size_t n_columns, size_t first_row,
                        const bf_h5_piece *piece)
{
  shape part = shape_of(piece->n_rows, n_columns);
  hsize_t start[2] = {first_row, 0};
  hid_t source = H5Screate_simple(part.rank, part.dims, NULL);
  herr_t result = H5Sselect_hyperslab(whole, H5S_SELECT_SET, start, NULL, part.dims, NULL);
  if (result >= 0)
    result = H5Pset_virtual(creation, whole, piece->file, piece->dataset, source);
  bf_h5_drop(source);
  return result;
}

bf_status bf_h5_write_virtual(bf_h5 *file, const char *path, size_t n_columns, size_t n_pieces,
                              const bf_h5_piece *pieces)
{
  bf_status status = BF_OK;
  size_t n_rows = 0;
  for (size_t i = 0; i < n_pieces; i++)
    n_rows += pieces[i].n_rows;
  shape whole = shape_of(n_rows, n_columns);
  hid_t space = H5Screate_simple(whole.rank, whole.dims, NULL);
  hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_obj_track_times(creation, false);
  herr_t mapped = 0;
  size_t first_row = 0;
  for (size_t i = 0; i < n_pieces && mapped >= 0; i++) {
    mapped = map_piece(creation, space, n_columns, first_row, &pieces[i]);
    first_row += pieces[i].n_rows;
  }
  H5Sselect_all(space);
  hid_t type = n_columns > 0 ? H5T_NATIVE_FLOAT : H5T_NATIVE_UINT8;
  hid_t dataset = mapped < 0
                      ? H5I_INVALID_HID
                      : H5Dcreate2(file->id, path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  if (dataset < 0)
    status = bf_h5_fail(BF_ERR_IO, "cannot write virtual dataset '%s' of '%s'", path, file->path);
  bf_h5_drop(dataset);
  bf_h5_drop(creation);
  bf_h5_drop(space);
  return status;
}
