/* Tests of data/source_csv: columns by name, labels, quotes, and every way to be wrong.
 * Room: data. */
#include "unit.h"

#include "data/source.h"

#include <math.h>
#include <sys/stat.h>
#include <time.h>

#include "base/memory.h"
#include "damage.h"
#include "folder.h"
#include "rows.h"

static void columns_are_found_by_name(void **state)
{
  (void)state;
  static const char *const texts[] = {
      "mass,width,class\n1.5,-2,g\n3e2,4,t\n",
      "extra,class,width,more,mass\nx,g,-2,,1.5\ny,t,4,z,3e2\n",
      "j_width,j_mass,label\r\n-2,1.5,g\r\n4,300,t\r\n",
      "\"width\",\"mass\",\"jet_type\"\n -2 , \"1.5\" ,\"g\"\n\n4,300,t",
      "\xef\xbb\xbfmass,width,class\n1.5,-2,0\n300,4,2.0\n   \n",
      "mass,\"a,\"\"b\",width,class\n1.5,\"x,y\",-2,g\n300,\"\",4,t\n",
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    rows all = {0};
    assert_ok(rows_read_text(texts[i], 0, &all));
    assert_int_equal(all.n, 2);
    rows_assert(&all, 0, 1.5, -2, 0);
    rows_assert(&all, 1, 300, 4, 2);
    rows_release(&all);
  }
}

static void exact_name_wins_over_prefixed_one(void **state)
{
  (void)state;
  rows all = {0};
  assert_ok(rows_read_text("j_mass,mass,width,class\n9,1,2,q\n", 0, &all));
  rows_assert(&all, 0, 1, 2, 1);
  rows_release(&all);
}

/* Comparing each name with each would take a minute. */
static void many_columns_are_told_apart_in_time(void **state)
{
  (void)state;
  enum { N_COLUMNS = 150000, MOST_SECONDS = 10 };
  bf_text text = {0};
  rows all = {0};
  for (size_t i = 0; i < N_COLUMNS; i++)
    bf_text_printf(&text, "c%zu,", i);
  bf_text_append(&text, "c8,,c7,c8,\n");
  assert_ok(bf_text_status(&text));
  clock_t start = clock();
  assert_fails(rows_read_text(text.data, 0, &all), BF_ERR_DATA, "line 1 names column 'c8' twice");
  assert_true((clock() - start) / CLOCKS_PER_SEC < MOST_SECONDS);
  bf_text_release(&text);
}

static void pipe_is_refused_before_anybody_waits_for_it(void **state)
{
  (void)state;
  static const char *const formats[] = {"auto", "csv", "npy", "arff", "hdf5"};
  const char *path = folder_file("pipe");
  bf_request request = rows_request(&path);
  assert_int_equal(mkfifo(path, 0600), 0);
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    const bf_format *format = NULL;
    size_t n = 0;
    char **paths = NULL;
    assert_ok(bf_format_find(formats[i], &format));
    assert_fails(bf_source_paths(&request, format, &n, &paths), BF_ERR_DATA,
                 "pipe': it is no regular file");
  }
}

static void blocks_do_not_change_the_rows(void **state)
{
  (void)state;
  const char *text = "mass,width,class\n1,2,g\n\n3,4,q\n5,6,t\n1,2,g\n1,2,q\n";
  for (size_t capacity = 1; capacity < 7; capacity++) {
    rows all = {0};
    assert_ok(rows_read_text(text, capacity, &all));
    assert_int_equal(all.n, 5);
    rows_assert(&all, 2, 5, 6, 2);
    assert_int_equal(all.places[0], 2);
    assert_int_equal(all.places[1], 4);
    assert_int_equal(all.places[4], 7);
    assert_memory_equal(&all.hashes[0], &all.hashes[3], sizeof(bf_hash128));
    assert_memory_not_equal(&all.hashes[0], &all.hashes[4], sizeof(bf_hash128));
    rows_release(&all);
  }
}

static void not_finite_values_are_passed_on(void **state)
{
  (void)state;
  rows all = {0};
  assert_ok(rows_read_text("mass,width,class\nnan,-inf,g\n1e999,0,g\n", 0, &all));
  assert_true(isnan(all.features[0]) && isinf(all.features[1]) && isinf(all.features[2]));
  rows_release(&all);
}

static void file_wrong_is_refused_with_its_line(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    const char *words;
  } cases[] = {
      {"mass,class\n1,g\n", "lacks column 'width'"},
      {"mass,widt,class\n1,2,g\n", "lacks column 'width'; the nearest is 'widt'"},
      {"mass,width\n1,2\n", "lacks a class column: 'class', 'label' or 'jet_type'"},
      {"mass,width,mass,class\n1,2,1,g\n", "line 1 names column 'mass' twice"},
      {"mass,width,class\n1,2,g\n1,x,g\n", "line 3: 'x' in column 'width' is no number"},
      {"mass,width,class\n1,2x,g\n", "line 2: '2x' in column 'width' is no number"},
      {"mass,width,class\n\n1,,g\n", "line 3: column 'width' is empty"},
      {"mass,width,class\n1,2\n", "line 2 has 2 cells, expected 3"},
      {"mass,width,class\n1,2,g,4\n", "line 2 has 4 cells, expected 3"},
      {"mass,width,class\n1,2,g,\n", "line 2 has 4 cells, expected 3"},
      {"mass,width,class\n1,2,w\n", "line 2: 'w' is no class and no index below 3"},
      {"mass,width,class\n1,2,3\n", "line 2: '3' is no class"},
      {"mass,width,class\n1,2,-1\n", "line 2: '-1' is no class"},
      {"mass,width,class\n1,2,0.5\n", "line 2: '0.5' is no class"},
      {"mass,width,class\n1,2,nan\n", "line 2: 'nan' is no class"},
      {"mass,width,class\n1,2,\n", "line 2: '' is no class"},
      {"mass,width,class\n1,\"2,g\n", "line 2: bad quotes in cell 2"},
      {"mass,width,class\n1,\"2\"3,g\n", "line 2: bad quotes in cell 2"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    rows all = {0};
    assert_fails(rows_read_text(cases[i].text, 0, &all), BF_ERR_DATA, cases[i].words);
    assert_fails(rows_read_text(cases[i].text, 0, &all), BF_ERR_DATA, "cannot read source '");
    assert_fails(rows_read_text(cases[i].text, 0, &all), BF_ERR_DATA, "rows.txt': ");
    assert_int_equal(all.n, 0);
  }
}

static void file_with_nul_byte_is_refused(void **state)
{
  (void)state;
  static const char text[] = "mass,width,class\n1,2,g\n1,\0,g\n";
  const char *path = folder_file("rows.csv");
  bf_request request = rows_request(&path);
  rows all = {0};
  folder_write_bytes(path, (const unsigned char *)text, sizeof text - 1);
  assert_fails(rows_read(&request, &bf_format_csv, 0, &all), BF_ERR_DATA, "line 3 holds a NUL");
  assert_fails(rows_read(&request, NULL, 0, &all), BF_ERR_DATA, "none of those known: hdf5, npy");
}

static void file_absent_or_empty_is_refused(void **state)
{
  (void)state;
  const char *path = folder_file("none.csv");
  bf_request request = rows_request(&path);
  rows all = {0};
  assert_fails(rows_read(&request, NULL, 0, &all), BF_ERR_DATA, "No such file");
  assert_fails(rows_read(&request, &bf_format_csv, 0, &all), BF_ERR_DATA, "No such file");
  assert_fails(rows_read_text("", 0, &all), BF_ERR_DATA, "the file is empty");
  assert_fails(rows_read_text("words without commas\n", 0, &all), BF_ERR_DATA,
               "none of those known");
  assert_fails(rows_read_text("@relations a,b\n", 0, &all), BF_ERR_DATA, "none of those known");
  folder_write("blank.csv", "\n\n");
  path = folder_file("blank.csv");
  request = rows_request(&path);
  assert_fails(rows_read(&request, &bf_format_csv, 0, &all), BF_ERR_DATA, "no header line");
}

static void format_is_found_by_name(void **state)
{
  (void)state;
  const bf_format *format = &bf_format_synth;
  assert_ok(bf_format_find("auto", &format));
  assert_null(format);
  assert_ok(bf_format_find("csv", &format));
  assert_ptr_equal(format, &bf_format_csv);
  assert_fails(bf_format_find("cvs", &format), BF_ERR_USAGE, "known: auto, hdf5, npy, arff, csv");
  assert_fails(bf_format_find("hdf", &format), BF_ERR_USAGE, "did you mean 'hdf5'");
  assert_ptr_equal(format, &bf_format_csv);
}

static void several_files_are_read_in_turn(void **state)
{
  (void)state;
  char first[512];
  char second[512];
  rows all = {0};
  snprintf(first, sizeof first, "%s", folder_write("a.csv", "mass,width,class\n1,2,g\n3,4,q\n"));
  snprintf(second, sizeof second, "%s", folder_write("b.csv", "class,width,mass\nt,6,5\n"));
  const char *const paths[] = {first, second, first};
  bf_request request = rows_request(paths);
  request.n_paths = 3;
  assert_ok(rows_read(&request, NULL, 0, &all));
  assert_int_equal(all.n, 5);
  rows_assert(&all, 2, 5, 6, 2);
  rows_assert(&all, 4, 3, 4, 1);
  rows_release(&all);
}

static void file_damaged_anywhere_is_survived(void **state)
{
  (void)state;
  const char *path =
      folder_write("rows.csv", "mass,\"a, \"\"b\",width,class\r\n1.5,\"x,y\",-2,g\r\n"
                               "300,,4,t\n\n -1e3 ,1, nan ,2\n");
  bf_request request = rows_request(&path);
  damage_and_read(&request, NULL, 2000);
  damage_and_read(&request, &bf_format_csv, 2000);
}

static void read_without_memory_fails_cleanly(void **state)
{
  (void)state;
  rows_read_short_of_memory("mass,width,class\n1,2,g\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(columns_are_found_by_name),
      TEST(exact_name_wins_over_prefixed_one),
      TEST(blocks_do_not_change_the_rows),
      TEST(not_finite_values_are_passed_on),
      TEST(file_wrong_is_refused_with_its_line),
      TEST(file_with_nul_byte_is_refused),
      TEST(file_absent_or_empty_is_refused),
      TEST(format_is_found_by_name),
      TEST(several_files_are_read_in_turn),
      TEST(file_damaged_anywhere_is_survived),
      TEST(read_without_memory_fails_cleanly),
      TEST(many_columns_are_told_apart_in_time),
      TEST(pipe_is_refused_before_anybody_waits_for_it),
  };
  return cmocka_run_group_tests_name("data.source_csv", tests, NULL, NULL);
}
