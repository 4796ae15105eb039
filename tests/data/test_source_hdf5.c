/* Tests of data/source_hdf5 and the tables under it: fields by name and type, labels, damage.
 * Room: data. Tables are written with HDF5 itself, which the room's own writers cannot. */
#include "unit.h"

#include "data/source.h"

#include <hdf5.h>

#include "base/memory.h"
#include "base/random.h"
#include "damage.h"
#include "folder.h"
#include "rows.h"

enum { N_ROWS = 5, ROW_BYTES = 64 };

/* A field of the file: its name, its type there, and where its values come from. */
typedef struct field {
  const char *name;
  hid_t type;
  const double *values;
} field;

static const double mass[N_ROWS] = {1, -2.5, 3, 1, 7};
static const double width[N_ROWS] = {10, 20, 30, 10, 70};
static const double is_g[N_ROWS] = {1, 0, 0, 1, 0};
static const double is_q[N_ROWS] = {0, 1, 0, 0, 0};
static const double is_t[N_ROWS] = {0, 0, 1, 0, 1};
static const double nothing[N_ROWS] = {0};

/* Writes a table of the fields, packed, after HDF5 has made their types from doubles. */
static void write_table(const char *path, const char *name, size_t n, const field *fields)
{
  char memory[N_ROWS * ROW_BYTES * 2];
  size_t row_bytes = n * sizeof(double);
  assert_true(row_bytes <= (size_t)ROW_BYTES * 2);
  for (size_t i = 0; i < N_ROWS; i++)
    for (size_t f = 0; f < n; f++)
      memcpy(memory + i * row_bytes + f * sizeof(double), &fields[f].values[i], sizeof(double));
  size_t file_bytes = 0;
  for (size_t f = 0; f < n; f++)
    file_bytes += H5Tget_size(fields[f].type);
  hid_t in_memory = H5Tcreate(H5T_COMPOUND, row_bytes);
  hid_t in_file = H5Tcreate(H5T_COMPOUND, file_bytes);
  size_t at = 0;
  for (size_t f = 0; f < n; f++) {
    H5Tinsert(in_memory, fields[f].name, f * sizeof(double), H5T_NATIVE_DOUBLE);
    H5Tinsert(in_file, fields[f].name, at, fields[f].type);
    at += H5Tget_size(fields[f].type);
  }
  hsize_t dims = N_ROWS;
  hid_t space = H5Screate_simple(1, &dims, NULL);
  hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
  if (file < 0)
    file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hid_t dataset = H5Dcreate2(file, name, in_file, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, memory) >= 0);
  H5Dclose(dataset);
  H5Fclose(file);
  H5Sclose(space);
  H5Tclose(in_file);
  H5Tclose(in_memory);
}

static bf_status read_file(const char *path, size_t capacity, rows *out)
{
  bf_request request = rows_request(&path);
  return rows_read(&request, NULL, capacity, out);
}

static void assert_rows(const rows *all)
{
  static const uint8_t labels[N_ROWS] = {0, 1, 2, 0, 2};
  assert_int_equal(all->n, N_ROWS);
  for (size_t i = 0; i < N_ROWS; i++) {
    assert_true(all->features[2 * i] == mass[i] && all->features[2 * i + 1] == width[i]);
    assert_int_equal(all->labels[i], labels[i]);
    assert_int_equal(all->places[i], i);
  }
  assert_memory_equal(&all->hashes[0], &all->hashes[3], sizeof(bf_hash128));
  assert_memory_not_equal(&all->hashes[0], &all->hashes[4], sizeof(bf_hash128));
}

static void fields_are_found_in_any_order_and_type(void **state)
{
  (void)state;
  const field tables[][6] = {
      {{"j_mass", H5T_IEEE_F32LE, mass},
       {"j_width", H5T_IEEE_F32LE, width},
       {"j_g", H5T_STD_I32LE, is_g},
       {"j_q", H5T_STD_I32LE, is_q},
       {"j_t", H5T_STD_I32LE, is_t},
       {"j_undef", H5T_STD_I32LE, nothing}},
      {{"t", H5T_IEEE_F64LE, is_t},
       {"extra", H5T_STD_I8LE, mass},
       {"j_width", H5T_STD_U16BE, width},
       {"j_q", H5T_STD_U8LE, is_q},
       {"mass", H5T_IEEE_F64BE, mass},
       {"j_g", H5T_IEEE_F32BE, is_g}},
  };
  for (size_t i = 0; i < 2; i++)
    for (size_t capacity = 0; capacity < 7; capacity++) {
      const char *path = folder_file("table.z");
      rows all = {0};
      remove(path);
      write_table(path, i == 0 ? "t_allpar_new" : "jets", 6, tables[i]);
      assert_ok(read_file(path, capacity, &all));
      assert_rows(&all);
      rows_release(&all);
    }
}

static const field plain[] = {{"j_mass", 0, mass}, {"j_width", 0, width}, {"j_g", 0, is_g},
                              {"j_q", 0, is_q},    {"j_t", 0, is_t},      {"j_undef", 0, nothing}};

/* The plain table with field @p i called @p name and holding @p values; n fields of it. */
static const char *write_changed(size_t i, const char *name, const double *values, size_t n)
{
  const char *path = folder_file("changed.h5");
  field fields[6];
  for (size_t f = 0; f < 6; f++)
    fields[f] = (field){plain[f].name, H5T_IEEE_F64LE, plain[f].values};
  fields[i].name = name;
  fields[i].values = values;
  remove(path);
  write_table(path, "t_allpar_new", n, fields);
  return path;
}

static void row_without_label_is_refused_by_number(void **state)
{
  (void)state;
  rows all = {0};
  const double undefined[N_ROWS] = {0, 0, 0, 1, 0};
  const double negative[N_ROWS] = {-1, 0, 0, -1, 0};
  assert_fails(read_file(write_changed(4, "j_t", nothing, 6), 0, &all), BF_ERR_DATA,
               "row 2 has no label");
  assert_fails(read_file(write_changed(4, "j_t", nothing, 6), 2, &all), BF_ERR_DATA,
               "row 2 has no label");
  assert_fails(read_file(write_changed(2, "j_g", negative, 6), 0, &all), BF_ERR_DATA,
               "row 0 has no label");
  assert_fails(read_file(write_changed(5, "j_undef", undefined, 6), 0, &all), BF_ERR_DATA,
               "row 3 is labelled undefined");
}

static void label_is_the_greatest_value(void **state)
{
  (void)state;
  rows all = {0};
  const double shares[N_ROWS] = {0.4, 0.4, 0.4, 0.4, 1};
  assert_ok(read_file(write_changed(3, "j_q", shares, 6), 0, &all));
  assert_int_equal(all.labels[0], 0);
  assert_int_equal(all.labels[2], 2);
  assert_int_equal(all.labels[4], 1);
  rows_release(&all);
}

static void field_absent_is_named(void **state)
{
  (void)state;
  rows all = {0};
  assert_fails(read_file(write_changed(1, "x", width, 6), 0, &all), BF_ERR_DATA,
               "dataset 't_allpar_new' lacks field 'width' (or 'j_width')");
  assert_fails(read_file(write_changed(0, "j_mass", mass, 4), 0, &all), BF_ERR_DATA,
               "lacks field 't'");
}

static void table_of_another_name_is_found_when_only_one_fits(void **state)
{
  (void)state;
  const char *path = folder_file("two.h5");
  rows all = {0};
  field fields[6];
  for (size_t f = 0; f < 6; f++)
    fields[f] = (field){plain[f].name, H5T_IEEE_F64LE, plain[f].values};
  write_table(path, "a_other", 3, fields);
  write_table(path, "b_jets", 6, fields);
  assert_ok(read_file(path, 0, &all));
  assert_rows(&all);
  rows_release(&all);
  write_table(path, "c_jets", 6, fields);
  assert_fails(read_file(path, 0, &all), BF_ERR_DATA, "2 of its 3 compound datasets hold");
  write_table(path, "t_allpar_new", 6, fields);
  assert_ok(read_file(path, 0, &all));
  rows_release(&all);
}

static void file_without_table_is_refused(void **state)
{
  (void)state;
  const char *path = folder_file("none.h5");
  rows all = {0};
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Fclose(file);
  assert_fails(read_file(path, 0, &all), BF_ERR_DATA, "no one-dimensional compound dataset");
}

static void field_of_text_is_refused(void **state)
{
  (void)state;
  const char *path = folder_file("text.h5");
  rows all = {0};
  hsize_t dims = 1;
  hid_t text = H5Tcopy(H5T_C_S1);
  hid_t type = H5Tcreate(H5T_COMPOUND, 5);
  const char *const names[] = {"mass", "width", "g", "q", "t"};
  for (size_t f = 0; f < 5; f++)
    H5Tinsert(type, names[f], f, f == 1 ? text : H5T_NATIVE_UINT8);
  hid_t space = H5Screate_simple(1, &dims, NULL);
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Dclose(H5Dcreate2(file, "jets", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Fclose(file);
  H5Sclose(space);
  H5Tclose(type);
  H5Tclose(text);
  assert_fails(read_file(path, 0, &all), BF_ERR_DATA,
               "field 'width' of dataset 'jets' is neither integer nor floating point");
}

/* More of them for a longer search: BITFRONT_FUZZ=100000. */
static long n_damages(void)
{
  const char *asked = getenv("BITFRONT_FUZZ");
  return asked != NULL ? strtol(asked, NULL, 10) : 300;
}

static bf_status probe_and_read(const char *path, rows *out)
{
  bf_request request = rows_request(&path);
  bf_status status = bf_source_probe(&request, NULL);
  return status == BF_OK ? rows_read(&request, NULL, 0, out) : status;
}

/* The file may still be read, with other values, but nothing worse may happen. HDF5 itself does
 * crash on a few of these; BITFRONT_FUZZ=20000 meets some of them. */
static void file_damaged_anywhere_is_survived(void **state)
{
  (void)state;
  size_t n = 0;
  const char *path = write_changed(0, "j_mass", mass, 6);
  unsigned char *bytes = folder_read(path, &n);
  for (uint64_t i = 0; i < (uint64_t)n_damages(); i++) {
    bf_random random = bf_random_stream(i, BF_PURPOSE_SPLIT, 1);
    size_t at = (size_t)bf_random_below(&random, n);
    unsigned char flip = (unsigned char)(1 + bf_random_below(&random, 255));
    rows all = {0};
    bytes[at] ^= flip;
    folder_write_bytes(path, bytes, i % 4 == 0 ? at : n);
    bytes[at] ^= flip;
    bf_status status = probe_and_read(path, &all);
    assert_true(status == BF_OK || status == BF_ERR_DATA);
    assert_true(i % 4 != 0 || status == BF_ERR_DATA);
    rows_release(&all);
  }
  free(bytes);
}

/* What write_matrix writes unless it is told otherwise. */
static const char *const columns[] = {"j_pt", "j_width", "j_t", "j_mass", "j_g", "j_q", "j_undef"};

enum { N_COLUMNS = sizeof columns / sizeof columns[0], NAME_BYTES = 12 };

static void fill_column(const char *name, double value[N_ROWS])
{
  static const field known[] = {{"j_mass", 0, mass},
                                {"j_width", 0, width},
                                {"j_g", 0, is_g},
                                {"j_q", 0, is_q},
                                {"j_t", 0, is_t}};
  for (size_t r = 0; r < N_ROWS; r++)
    value[r] = strcmp(name, "j_undef") == 0 ? 0 : 1000;
  for (size_t f = 0; f < sizeof known / sizeof known[0]; f++)
    if (strcmp(name, known[f].name) == 0)
      memcpy(value, known[f].values, N_ROWS * sizeof *value);
}

static void write_dataset(hid_t file, const char *name, int rank, const hsize_t *dims, hid_t type,
                          hid_t memory, const void *values)
{
  hid_t space = H5Screate_simple(rank, dims, NULL);
  hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  /* Chunks that are no whole rows. */
  const hsize_t chunk[2] = {2, 3};
  if (rank == 2)
    H5Pset_chunk(creation, 2, chunk);
  hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  H5Dclose(dataset);
  H5Pclose(creation);
  H5Sclose(space);
}

/* Writes "jets" of the type, and the names of its columns. */
static const char *write_matrix(hid_t type, const char *const *names, size_t n_names)
{
  const char *path = folder_file("matrix.h5");
  double values[N_ROWS * N_COLUMNS];
  char texts[N_COLUMNS * NAME_BYTES] = "";
  for (size_t c = 0; c < N_COLUMNS; c++) {
    double column[N_ROWS];
    fill_column(names[c], column);
    for (size_t r = 0; r < N_ROWS; r++)
      values[r * N_COLUMNS + c] = column[r];
    memcpy(texts + c * NAME_BYTES, names[c], strlen(names[c]));
  }
  const hsize_t dims[2] = {N_ROWS, N_COLUMNS};
  const hsize_t n = n_names;
  remove(path);
  hid_t text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, NAME_BYTES);
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  write_dataset(file, "jets", 2, dims, type, H5T_NATIVE_DOUBLE, values);
  write_dataset(file, "jetFeatureNames", 1, &n, text, text, texts);
  H5Fclose(file);
  H5Tclose(text);
  return path;
}

static void columns_of_a_matrix_are_found_by_their_names(void **state)
{
  (void)state;
  const hid_t types[] = {H5T_IEEE_F32LE, H5T_IEEE_F64BE, H5T_IEEE_F64LE};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    for (size_t capacity = 0; capacity < 7; capacity++) {
      rows all = {0};
      assert_ok(read_file(write_matrix(types[i], columns, N_COLUMNS), capacity, &all));
      assert_rows(&all);
      rows_release(&all);
    }
}

static void matrix_wrong_is_refused(void **state)
{
  (void)state;
  rows all = {0};
  const char *names[N_COLUMNS];
  memcpy(names, columns, sizeof names);
  assert_fails(read_file(write_matrix(H5T_IEEE_F32LE, columns, N_COLUMNS - 1), 0, &all),
               BF_ERR_DATA, "dataset 'jets' has 7 columns, but 'jetFeatureNames' names 6");
  names[0] = "j_mass";
  assert_fails(read_file(write_matrix(H5T_IEEE_F32LE, names, N_COLUMNS), 0, &all), BF_ERR_DATA,
               "dataset 'jets' has two columns 'j_mass'");
  names[0] = "j_pt";
  names[2] = "j_tau";
  assert_fails(read_file(write_matrix(H5T_IEEE_F32LE, names, N_COLUMNS), 0, &all), BF_ERR_DATA,
               "dataset 'jets' lacks field 't' (or 'j_t')");
}

static void matrix_damaged_anywhere_is_survived(void **state)
{
  (void)state;
  const char *path = write_matrix(H5T_IEEE_F32LE, columns, N_COLUMNS);
  bf_request request = rows_request(&path);
  damage_and_read(&request, NULL, 150);
}

static bf_status crash(const bf_request *request, size_t i, void **reader)
{
  (void)request;
  (void)i;
  (void)reader;
  abort();
}

static void probe_turns_a_crash_into_an_error(void **state)
{
  (void)state;
  const char *path = folder_file("any");
  bf_request request = rows_request(&path);
  bf_format format = {.name = "crash", .is_fragile = true, .open = crash};
  assert_fails(bf_source_probe(&request, &format), BF_ERR_DATA, "any': reading it crashes");
  format.is_fragile = false;
  assert_ok(bf_source_probe(&request, &format));
}

static void read_without_memory_fails_cleanly(void **state)
{
  (void)state;
  const char *path = write_changed(0, "j_mass", mass, 6);
  bf_status status = BF_ERR_NOMEM;
  rows all = {0};
  for (long i = 0; status != BF_OK; i++) {
    bf_alloc_fail_after(i);
    status = read_file(path, 0, &all);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || (status == BF_ERR_NOMEM && all.n == 0));
  }
  assert_rows(&all);
  rows_release(&all);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(fields_are_found_in_any_order_and_type),
      TEST(row_without_label_is_refused_by_number),
      TEST(label_is_the_greatest_value),
      TEST(field_absent_is_named),
      TEST(table_of_another_name_is_found_when_only_one_fits),
      TEST(file_without_table_is_refused),
      TEST(field_of_text_is_refused),
      TEST(columns_of_a_matrix_are_found_by_their_names),
      TEST(matrix_wrong_is_refused),
      TEST(file_damaged_anywhere_is_survived),
      TEST(matrix_damaged_anywhere_is_survived),
      TEST(probe_turns_a_crash_into_an_error),
      TEST(read_without_memory_fails_cleanly),
  };
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  return cmocka_run_group_tests_name("data.source_hdf5", tests, NULL, NULL);
}
