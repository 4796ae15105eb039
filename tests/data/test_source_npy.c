/* Tests of data/source_npy and data/npy: headers, types, pairs, and every way to be wrong.
 * Room: data. Files as NumPy writes them are read in cli.sources. */
#include "unit.h"

#include "data/source.h"

#include <math.h>

#include "base/memory.h"
#include "damage.h"
#include "data/npy.h"
#include "folder.h"
#include "rows.h"

enum { FILE_BYTES = 512, N_ROWS = 3 };

/* Writes an array file of version 1: the dictionary's text and the data behind it. */
static const char *write_npy(const char *name, const char *header, const void *data, size_t n_bytes)
{
  unsigned char bytes[FILE_BYTES] = "\x93NUMPY\x01";
  size_t n_header = strlen(header);
  assert_true(10 + n_header + n_bytes <= sizeof bytes);
  bytes[8] = (unsigned char)(n_header & 255);
  bytes[9] = (unsigned char)(n_header >> 8);
  memcpy(bytes + 10, header, n_header);
  if (n_bytes > 0)
    memcpy(bytes + 10 + n_header, data, n_bytes);
  folder_write_bytes(folder_file(name), bytes, 10 + n_header + n_bytes);
  return folder_file(name);
}

static const double features[N_ROWS * TEST_FEATURES] = {1, 2, -3.5, 4, 1, 2};
static const int64_t labels[N_ROWS] = {0, 2, 0};

#define X_HEADER "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }   \n"
#define Y_HEADER "{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }\n"

/* A request for X_a.npy and y_a.npy; the texts must outlive it. */
typedef struct pair {
  char x[512];
  char y[512];
  const char *paths[2];
  bf_request request;
} pair;

static void make_pair(pair *made)
{
  snprintf(made->x, sizeof made->x, "%s",
           write_npy("X_a.npy", X_HEADER, features, sizeof features));
  snprintf(made->y, sizeof made->y, "%s", write_npy("y_a.npy", Y_HEADER, labels, sizeof labels));
  made->paths[0] = made->x;
  made->paths[1] = made->y;
  made->request = rows_request(made->paths);
  made->request.n_paths = 2;
}

static void assert_rows(const rows *all)
{
  assert_int_equal(all->n, N_ROWS);
  assert_memory_equal(all->features, features, sizeof features);
  for (size_t i = 0; i < N_ROWS; i++) {
    assert_int_equal(all->labels[i], labels[i]);
    assert_int_equal(all->places[i], i);
  }
  assert_memory_equal(&all->hashes[0], &all->hashes[2], sizeof(bf_hash128));
  assert_memory_not_equal(&all->hashes[0], &all->hashes[1], sizeof(bf_hash128));
}

static void pair_is_read_in_any_order_and_block(void **state)
{
  (void)state;
  pair made;
  make_pair(&made);
  for (size_t capacity = 0; capacity < 5; capacity++) {
    rows all = {0};
    made.paths[capacity % 2] = made.x;
    made.paths[1 - capacity % 2] = made.y;
    assert_ok(rows_read(&made.request, NULL, capacity, &all));
    assert_rows(&all);
    rows_release(&all);
  }
}

static void same_features_with_another_label_are_another_row(void **state)
{
  (void)state;
  static const int64_t others[N_ROWS] = {0, 2, 1};
  pair made;
  rows all = {0};
  make_pair(&made);
  write_npy("y_a.npy", Y_HEADER, others, sizeof others);
  assert_ok(rows_read(&made.request, NULL, 0, &all));
  assert_memory_not_equal(&all.hashes[0], &all.hashes[2], sizeof(bf_hash128));
  rows_release(&all);
}

static void labels_are_brought_along_by_their_name(void **state)
{
  (void)state;
  pair made;
  size_t n = 0;
  char **paths = NULL;
  make_pair(&made);
  made.request.n_paths = 1;
  assert_ok(bf_source_paths(&made.request, NULL, &n, &paths));
  assert_int_equal(n, 2);
  assert_string_equal(paths[1], made.y);
  bf_source_free_paths(n, paths);
  made.request.n_paths = 2;
  assert_ok(bf_source_paths(&made.request, NULL, &n, &paths));
  assert_int_equal(n, 2);
  bf_source_free_paths(n, paths);
  remove(made.y);
  made.request.n_paths = 1;
  assert_ok(bf_source_paths(&made.request, NULL, &n, &paths));
  assert_int_equal(n, 1);
  bf_source_free_paths(n, paths);
}

static void headers_are_read_as_python_writes_them(void **state)
{
  (void)state;
  static const char *const headers[] = {
      "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }",
      "{\"shape\":(3L,2L),\"fortran_order\":False,\"descr\":\"=f8\"}\n",
      "  { 'shape' : ( 3 , 2 , ) , 'descr' : '<f8' , 'fortran_order' : False } \n",
  };
  for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
    pair made;
    rows all = {0};
    make_pair(&made);
    write_npy("X_a.npy", headers[i], features, sizeof features);
    assert_ok(rows_read(&made.request, NULL, 0, &all));
    assert_rows(&all);
    rows_release(&all);
  }
}

static void header_wrong_is_refused(void **state)
{
  (void)state;
  static const struct {
    const char *header;
    const char *words;
  } cases[] = {
      {"", "header is damaged"},
      {"{}", "header is damaged"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2)", "header is damaged"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2)} x", "header is damaged"},
      {"{'descr': '<f8', 'fortran_order': False}", "header is damaged"},
      {"{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (3, 2)}", "damaged"},
      {"{'descr': '<f8', 'fortran_order': 0, 'shape': (3, 2)}", "header is damaged"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, -2)}", "header is damaged"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3 2)}", "header is damaged"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}", "damaged"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), 'more': 1}", "damaged"},
      {"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (3, 2)}", "structured array"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': __import__('os')}", "damaged"},
      {"{'descr': 'f8', 'fortran_order': False, 'shape': (3, 2)}", "header is damaged"},
      {"{'descr': '<f16', 'fortran_order': False, 'shape': (3, 2)}", "type 'f16'"},
      {"{'descr': '<c8', 'fortran_order': False, 'shape': (3, 2)}", "type 'c8'"},
      {"{'descr': '|V8', 'fortran_order': False, 'shape': (3, 2)}", "type 'V8'"},
      {"{'descr': '<f6', 'fortran_order': False, 'shape': (3, 2)}", "type 'f6'"},
      {"{'descr': '|O', 'fortran_order': False, 'shape': (6,)}", "Python objects"},
      {"{'descr': '<U1', 'fortran_order': False, 'shape': (6,)}", "holds texts"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)}",
       "48 bytes follow its header, which announces 32"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000, 4000000000)}",
       "48 bytes follow its header, which announces more than"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (4, 2)}", "which announces 64"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 6)}",
       "has 2 dimensions and 6 columns"},
      {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2, 1)}", "has 3 dimensions"},
      {"{'descr': '|u1', 'fortran_order': False, 'shape': (24, 2)}", "3 labels, for 24 rows"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    pair made;
    rows all = {0};
    make_pair(&made);
    write_npy("X_a.npy", cases[i].header, features, sizeof features);
    assert_fails(rows_read(&made.request, NULL, 0, &all), BF_ERR_DATA, cases[i].words);
    assert_fails(rows_read(&made.request, NULL, 0, &all), BF_ERR_DATA, "cannot read source '");
  }
}

static void prefix_wrong_is_refused(void **state)
{
  (void)state;
  static const struct {
    const char *bytes;
    size_t n;
    const char *words;
  } cases[] = {
      {"\x93NUMPY", 6, "does not start like"},
      {"\x93NUMPY\x01\0\xff\x1f{", 11, "ends within its header"},
      {"\x93NUMPY\x02\0\xff\xff\xff\xff{}", 14, "header has 4294967295 bytes"},
      {"\x93NUMPY\x04\0\x02\0\0\0{}", 14, "NPY version 4"},
      {"\x93NUMPY\x01\0\x03\0{\0}", 13, "header is damaged"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    pair made;
    rows all = {0};
    make_pair(&made);
    folder_write_bytes(made.x, (const unsigned char *)cases[i].bytes, cases[i].n);
    assert_fails(rows_read(&made.request, NULL, 0, &all), BF_ERR_DATA, cases[i].words);
  }
}

static void labels_wrong_are_refused(void **state)
{
  (void)state;
  static const struct {
    double values[N_ROWS];
    const char *words;
  } cases[] = {
      {{0, 3, 0}, "row 1: label 3 is no index below 3"},
      {{0, 1, -1}, "row 2: label -1 is no index"},
      {{0.5, 0, 0}, "row 0: label 0.5 is no index"},
      {{0, 0, (double)NAN}, "row 2: label nan is no index"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    pair made;
    rows all = {0};
    make_pair(&made);
    write_npy("y_a.npy", "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
              cases[i].values, sizeof cases[i].values);
    assert_fails(rows_read(&made.request, NULL, 0, &all), BF_ERR_DATA, cases[i].words);
  }
}

static void whole_numbers_are_read_to_their_ends(void **state)
{
  (void)state;
  static const struct {
    const char *type;
    unsigned char bytes[8];
    size_t n;
    double value;
  } cases[] = {
      {"<i8", {0, 0, 0, 0, 0, 0, 0, 0x80}, 8, -9223372036854775808.0},
      {">i8", {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}, 8, -2},
      {"<u8", {0, 0, 0, 0, 0, 0, 0, 0x80}, 8, 9223372036854775808.0},
      {"<i4", {0, 0, 0, 0x80}, 4, -2147483648.0},
      {">u4", {0xff, 0, 0, 0}, 4, 4278190080.0},
      {"<i2", {0xff, 0xff}, 2, -1},
      {"|i1", {0x80}, 1, -128},
      {"|u1", {0x80}, 1, 128},
      {"|b1", {7}, 1, 1},
      {">f2", {0xc0, 0}, 2, -2},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char header[128];
    bf_npy array = {0};
    uint8_t raw[8];
    double value = 0;
    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': True, 'shape': (1,)}",
             cases[i].type);
    assert_ok(bf_npy_open(write_npy("one.npy", header, cases[i].bytes, cases[i].n), &array));
    assert_ok(bf_npy_read(&array, 0, 1, raw, &value));
    assert_true(value == cases[i].value);
    assert_memory_equal(raw, cases[i].bytes, cases[i].n);
    bf_npy_close(&array);
  }
}

static void file_damaged_anywhere_is_survived(void **state)
{
  (void)state;
  pair made;
  make_pair(&made);
  damage_and_read(&made.request, NULL, 2000);
  made.paths[0] = made.y;
  made.paths[1] = made.x;
  damage_and_read(&made.request, NULL, 2000);
}

static void read_without_memory_fails_cleanly(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  pair made;
  rows all = {0};
  make_pair(&made);
  write_npy("X_a.npy", "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 2), }", features,
            sizeof features);
  for (long i = 0; status != BF_OK; i++) {
    bf_alloc_fail_after(i);
    status = rows_read(&made.request, &bf_format_npy, 0, &all);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || (status == BF_ERR_NOMEM && all.n == 0));
  }
  assert_int_equal(all.n, N_ROWS);
  rows_release(&all);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(pair_is_read_in_any_order_and_block),
      TEST(same_features_with_another_label_are_another_row),
      TEST(labels_are_brought_along_by_their_name),
      TEST(headers_are_read_as_python_writes_them),
      TEST(header_wrong_is_refused),
      TEST(prefix_wrong_is_refused),
      TEST(labels_wrong_are_refused),
      TEST(whole_numbers_are_read_to_their_ends),
      TEST(file_damaged_anywhere_is_survived),
      TEST(read_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests_name("data.source_npy", tests, NULL, NULL);
}
