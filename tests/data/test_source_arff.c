/* Tests of data/source_arff: declarations, dense and sparse rows, quotes, and every way to be
 * wrong. Room: data. */
#include "unit.h"

#include "data/source.h"

#include <math.h>

#include "base/memory.h"
#include "damage.h"
#include "folder.h"
#include "rows.h"

#define HEADER                                                                                     \
  "@relation jets\n@attribute mass numeric\n@attribute width real\n"                               \
  "@attribute class {t,q,g}\n@data\n"

static void rows_are_found_in_every_spelling(void **state)
{
  (void)state;
  static const char *const texts[] = {
      HEADER "1.5,-2,g\n300,4,t\n",
      "% first\n\n  % second\n" HEADER "% third\n 1.5 ,\t-2 , g % fourth\n\n3e2,4,t",
      "\xef\xbb\xbf@RELATION 'a b'\r\n@Attribute\t'mass' INTEGER\r\n@ATTRIBUTE \"width\" Real % "
      "w\r\n"
      "@attribute jet_type { 'g' , \"q\", t }\r\n@DATA\r\n1.5,-2,'g'\r\n300,4,\"t\"\r\n",
      "@attribute j_width numeric\n@attribute note string\n@attribute class{g,q,t}\n"
      "@attribute when date \"yyyy-MM-dd\"\n@attribute 'j_mass' numeric\n@data\n"
      "-2,'it\\'s, so',g,?,'1.5'\n4,?,t,\"2001-01-01\",3e+2\n",
      "@attribute mass numeric\n@attribute width numeric\n@attribute label {0,1,2}\n@data\n"
      "1.5 -2 0\n300\t4\t2\n",
      "@attribute mass numeric\n@attribute width numeric\n@attribute label integer\n@data\n"
      "1.5,-2,0\n300,4,2.0\n",
      HEADER "{0 1.5, 1 -2, 2 g}\n{1 4,0 300}\n",
      HEADER "  { 2 'g' , 1\t-2 , 0 1.5 } % so\n{0 300 1 4}\n",
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

static void absent_from_a_sparse_row_is_zero_and_the_first_class(void **state)
{
  (void)state;
  rows all = {0};
  assert_ok(rows_read_text(HEADER "{}\n{1 2}\n{2 q}\n{0 ?}\n", 0, &all));
  rows_assert(&all, 0, 0, 0, 2);
  rows_assert(&all, 1, 0, 2, 2);
  rows_assert(&all, 2, 0, 0, 1);
  assert_true(isnan(all.features[6]));
  rows_release(&all);
  /* The first declared value need be no class, as long as no row means it. */
  static const char other[] = "@attribute mass numeric\n@attribute width numeric\n"
                              "@attribute class {none,g}\n@data\n{0 1,2 g}\n";
  assert_ok(rows_read_text(other, 0, &all));
  rows_assert(&all, 0, 1, 0, 0);
  rows_release(&all);
}

static void blocks_do_not_change_the_rows(void **state)
{
  (void)state;
  const char *text = HEADER "1,2,g\n\n3,4,q\n{0 5,1 6}\n1,2,g\n{0 1,1 2,2 q}\n";
  for (size_t capacity = 1; capacity < 7; capacity++) {
    rows all = {0};
    assert_ok(rows_read_text(text, capacity, &all));
    assert_int_equal(all.n, 5);
    rows_assert(&all, 2, 5, 6, 2);
    assert_int_equal(all.places[0], 6);
    assert_int_equal(all.places[1], 8);
    assert_int_equal(all.places[4], 11);
    assert_memory_equal(&all.hashes[0], &all.hashes[3], sizeof(bf_hash128));
    assert_memory_not_equal(&all.hashes[0], &all.hashes[4], sizeof(bf_hash128));
    rows_release(&all);
  }
}

static void missing_and_not_finite_values_are_passed_on(void **state)
{
  (void)state;
  rows all = {0};
  assert_ok(rows_read_text(HEADER "?,-inf,g\n1e999, ? ,g\n", 0, &all));
  assert_true(isnan(all.features[0]) && isinf(all.features[1]));
  assert_true(isinf(all.features[2]) && isnan(all.features[3]));
  rows_release(&all);
}

static void file_wrong_is_refused_with_its_line(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    const char *words;
  } cases[] = {
      {"@relation x\n@attribute mass numeric\n@attribute class {g}\n@data\n",
       "lacks attribute 'width'"},
      {"@attribute mass numeric\n@attribute width numeric\n@data\n", "lacks a class attribute"},
      {"@relation x\n@attribute mass numeric\n", "it has no line '@data'"},
      {"@relation x\n@attribute mass numeric\n@attribute mass real\n" HEADER,
       "line 3 declares attribute 'mass' once more"},
      {"@attribute mass {1,2}\n@attribute width numeric\n@attribute class {g}\n@data\n",
       "line 1: attribute 'mass' is declared as something else than a number"},
      {"@attribute mass real\n@attribute width numeric\n@attribute class string\n@data\n",
       "line 3: attribute 'class' is neither nominal nor a number"},
      {"@attribute mass float\n", "line 1: the type of attribute 'mass' is none of numeric"},
      {"@attribute mass\n", "line 1: the type of attribute 'mass' is none of numeric"},
      {"@attribute mass relational\n", "line 1: the type of attribute 'mass' is none of"},
      {"@attribute\n", "line 1: an attribute without a name"},
      {"@attribute '' numeric\n", "line 1: an attribute without a name"},
      {"@attribute 'mass numeric\n", "line 1: an attribute without a name, or with bad quotes"},
      {"@attribute class {g,\n", "line 1: bad list of the values of attribute 'class'"},
      {"@attribute class {g,'q}\n", "line 1: bad list of the values of attribute 'class'"},
      {"@attribute class {g,,q}\n", "line 1: bad list of the values of attribute 'class'"},
      {"@attribute class {}\n", "line 1: attribute 'class' has no values"},
      {"@relation x\n@inputs mass\n", "line 2: '@inputs' in front of the rows is neither"},
      {"@relation x\n1,2,g\n", "line 2: '1,2,g' in front of the rows"},
      {HEADER "1,2,g\n1,x,g\n", "line 7: 'x' in attribute 'width' is no number"},
      {HEADER "1,2x,g\n", "line 6: '2x' in attribute 'width' is no number"},
      {HEADER "1,'?',g\n", "line 6: '?' in attribute 'width' is no number"},
      {HEADER "1,,g\n", "line 6: '' in attribute 'width' is no number"},
      {HEADER "1,2\n", "line 6 has 2 cells, expected 3"},
      {HEADER "1,2,g,4\n", "line 6 has 4 cells, expected 3"},
      {HEADER "1,2,g,\n", "line 6 has 4 cells, expected 3"},
      {HEADER "1,2,w\n", "line 6: 'w' in attribute 'class' is none of its declared values"},
      {HEADER "1,2,G\n", "line 6: 'G' in attribute 'class' is none of its declared values"},
      {HEADER "1,2,?\n", "line 6: '?' in attribute 'class' is a missing class"},
      {HEADER "1,2,'g\n", "line 6: bad quotes in cell 3"},
      {HEADER "1,'2'3,g\n", "line 6: bad quotes in cell 2"},
      {HEADER "1,2,g,{5}\n", "line 6: the row has a weight"},
      {HEADER "{0 1,2 g},{5}\n", "line 6: the row has a weight"},
      {HEADER "{0 1,2 g} 5\n", "line 6 goes on behind its sparse row"},
      {HEADER "{0 1,2 g\n", "line 6: a sparse row holds pairs"},
      {HEADER "{0 1,g}\n", "line 6: a sparse row holds pairs"},
      {HEADER "{-1 1}\n", "line 6: a sparse row holds pairs"},
      {HEADER "{0}\n", "line 6: a sparse row holds pairs"},
      {HEADER "{0 }\n", "line 6: '' in attribute 'mass' is no number"},
      {HEADER "{3 1}\n", "line 6: index 3 is not below the number of attributes, 3"},
      {HEADER "{99999999999999999999 1}\n", "is not below the number of attributes, 3"},
      {HEADER "{0 1, 0 1}\n", "line 6 gives index 0 twice"},
      {HEADER "{0 1, 2 'g}\n", "line 6: no value, or bad quotes, behind index 2"},
      {"@attribute mass numeric\n@attribute width numeric\n@attribute class {g,h}\n@data\n1,2,h\n",
       "line 5: 'h' in attribute 'class' is no class"},
      {"@attribute mass numeric\n@attribute width numeric\n@attribute class real\n@data\n1,2,3\n",
       "line 5: '3' in attribute 'class' is no class"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    rows all = {0};
    assert_fails(rows_read_text(cases[i].text, 0, &all), BF_ERR_DATA, cases[i].words);
    assert_int_equal(all.n, 0);
  }
}

static void file_is_found_by_its_first_declaration(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    bool is_arff;
  } cases[] = {
      {"@relation x\n", true},
      {"% a,b\n@RELATION\n", true},
      {"%\n%%\n \t\r\n@Attribute x\n", true},
      {"@data", true},
      {"@relations\n", false},
      {"% only a comment", false},
      {"mass,width,class\n", false},
      {"x @relation\n", false},
      {"", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    assert_int_equal(bf_format_arff.applies(folder_write("any", cases[i].text)), cases[i].is_arff);
  /* A comment of any length. */
  char *text = malloc(100000);
  assert_non_null(text);
  memset(text, '%', 100000);
  memcpy(text + 99980, "\n@relation x\n", 14);
  assert_true(bf_format_arff.applies(folder_write("any", text)));
  free(text);
}

static void file_damaged_anywhere_is_survived(void **state)
{
  (void)state;
  const char *path = folder_write(
      "rows.arff",
      "% jets\n@relation 'all jets'\n@attribute 'mass' numeric\n@attribute width real\n"
      "@attribute \"a note\" string\n@attribute class {t,'q',g}\n@data\n1.5,-2,'x',g\n"
      "?,1e3,\"it's\",'q'\n{0 1.5,1 -2,3 g}\n{1 3 % so\n}\n");
  bf_request request = rows_request(&path);
  damage_and_read(&request, NULL, 3000);
  damage_and_read(&request, &bf_format_arff, 3000);
}

static void read_without_memory_fails_cleanly(void **state)
{
  (void)state;
  rows_read_short_of_memory(HEADER "1,2,g\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(rows_are_found_in_every_spelling),
      TEST(absent_from_a_sparse_row_is_zero_and_the_first_class),
      TEST(blocks_do_not_change_the_rows),
      TEST(missing_and_not_finite_values_are_passed_on),
      TEST(file_wrong_is_refused_with_its_line),
      TEST(file_is_found_by_its_first_declaration),
      TEST(file_damaged_anywhere_is_survived),
      TEST(read_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests_name("data.source_arff", tests, NULL, NULL);
}
