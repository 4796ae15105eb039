/* Tests of src/base/table.c.
 * Room: base. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "base/table.h"

static void fill(bf_table *table)
{
  table->n_columns = 3;
  bf_table_cell(table, "name");
  bf_table_cell(table, "accuracy");
  bf_table_cell(table, "bits");
  bf_table_cell(table, "%s", "jsc-tiny");
  bf_table_cell(table, "%.3f", 0.5);
  bf_table_cell(table, "NA");
  bf_table_cell(table, "\xc3\xa9t\xc3\xa9");
  bf_table_cell(table, "-1e-12");
  bf_table_cell(table, "8");
}

static void table_prints_aligned_columns(void **state)
{
  (void)state;
  bf_table table = {0};
  bf_text text = {0};
  fill(&table);
  assert_ok(bf_table_print(&table, &text));
  assert_string_equal(text.data, "| name     | accuracy | bits |\n"
                                 "|----------+----------+------|\n"
                                 "| jsc-tiny |    0.500 | NA   |\n"
                                 "| \xc3\xa9t\xc3\xa9      |   -1e-12 | 8    |\n");
  bf_text_release(&text);
  bf_table_release(&table);
  assert_null(table.cells);
}

static void table_prints_an_unfinished_row_with_empty_cells(void **state)
{
  (void)state;
  bf_table table = {.n_columns = 2};
  bf_text text = {0};
  bf_table_cell(&table, "a");
  bf_table_cell(&table, "b");
  bf_table_cell(&table, "%d", 1);
  assert_ok(bf_table_print(&table, &text));
  assert_string_equal(text.data, "| a | b |\n|---+---|\n| 1 |   |\n");
  bf_text_release(&text);
  bf_table_release(&table);
}

static void table_numbers_are_for_people_and_aligned(void **state)
{
  (void)state;
  bf_table table = {.n_columns = 2};
  bf_text text = {0};
  bf_table_cell(&table, "a");
  bf_table_cell(&table, "value");
  bf_table_cell(&table, "x");
  bf_table_number(&table, 1234567890);
  bf_table_cell(&table, "y");
  bf_table_number(&table, (double)NAN);
  bf_table_cell(&table, "z");
  bf_table_number(&table, 1.0 / 3);
  bf_table_cell(&table, "-");
  assert_ok(bf_table_print(&table, &text));
  assert_string_equal(text.data, "| a |      value |\n"
                                 "|---+------------|\n"
                                 "| x | 1234567890 |\n"
                                 "| y |          - |\n"
                                 "| z |   0.333333 |\n"
                                 "| - |            |\n");
  bf_text_release(&text);
  bf_table_release(&table);
}

static void table_empty_prints_nothing(void **state)
{
  (void)state;
  bf_table table = {0};
  bf_text text = {0};
  assert_ok(bf_table_print(&table, &text));
  assert_int_equal(text.length, 0);
  bf_table_release(&table);
}

static bf_status fill_and_print(bf_text *text)
{
  bf_table table = {0};
  fill(&table);
  bf_status status = bf_table_print(&table, text);
  bf_table_release(&table);
  return status;
}

static void table_reports_every_lack_of_memory(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status != BF_OK; n++) {
    bf_text text = {0};
    bf_alloc_fail_after(n);
    status = fill_and_print(&text);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    bf_text_release(&text);
  }
  assert_true(n > 5);
}

static void csv_field_quotes_what_needs_it(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_csv_field(&text, "plain text");
  bf_csv_field(&text, "a,b");
  bf_csv_field(&text, "say \"no\"");
  bf_csv_field(&text, "two\nlines");
  bf_csv_field(&text, "");
  assert_string_equal(text.data, "plain text\"a,b\"\"say \"\"no\"\"\"\"two\nlines\"");
  bf_text_release(&text);
}

static void csv_number_prints_nine_digits_and_no_nan(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_csv_number(&text, 1.0 / 3);
  bf_csv_number(&text, (double)NAN);
  bf_text_append(&text, ",");
  bf_csv_number(&text, 18);
  assert_string_equal(text.data, "0.333333333,18");
  bf_text_release(&text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(table_prints_aligned_columns),
      cmocka_unit_test(table_prints_an_unfinished_row_with_empty_cells),
      cmocka_unit_test(table_numbers_are_for_people_and_aligned),
      cmocka_unit_test(table_empty_prints_nothing),
      cmocka_unit_test(table_reports_every_lack_of_memory),
      cmocka_unit_test(csv_field_quotes_what_needs_it),
      cmocka_unit_test(csv_number_prints_nine_digits_and_no_nan),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
