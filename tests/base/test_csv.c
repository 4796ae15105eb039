/* Tests of src/base/csv.c.
 * Room: base. */
#include "unit.h"

#include "base/csv.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/table.h"

static bf_csv *parse(const char *text)
{
  bf_csv *csv = NULL;
  assert_ok(bf_csv_parse(text, strlen(text), "t.csv", &csv));
  return csv;
}

static void assert_refused(const char *text, const char *words)
{
  bf_csv *csv = NULL;
  assert_fails(bf_csv_parse(text, strlen(text), "t.csv", &csv), BF_ERR_DATA, words);
  assert_null(csv);
}

static void csv_plain_text_has_names_cells_and_lines(void **state)
{
  (void)state;
  bf_csv *csv = parse("a,b,c\n1,,x y\n2, 3 ,\n");
  assert_int_equal(csv->n_columns, 3);
  assert_int_equal(csv->n_rows, 2);
  assert_string_equal(bf_csv_name(csv, 1), "b");
  assert_int_equal(bf_csv_column(csv, "c"), 2);
  assert_int_equal(bf_csv_column(csv, "d"), 3);
  assert_string_equal(bf_csv_cell(csv, 0, 0), "1");
  assert_string_equal(bf_csv_cell(csv, 0, 1), "");
  assert_string_equal(bf_csv_cell(csv, 0, 2), "x y");
  assert_string_equal(bf_csv_cell(csv, 1, 1), " 3 ");
  assert_string_equal(bf_csv_cell(csv, 1, 2), "");
  assert_int_equal(bf_csv_line(csv, 0), 2);
  assert_int_equal(bf_csv_line(csv, 1), 3);
  bf_csv_free(csv);
}

static void csv_quotes_hold_commas_quotes_and_line_breaks(void **state)
{
  (void)state;
  bf_csv *csv = parse("name,\"why, then\"\r\n\"a \"\"b\"\"\",\"two\r\nlines\"\r\n\"\",end");
  assert_int_equal(csv->n_rows, 2);
  assert_string_equal(bf_csv_name(csv, 1), "why, then");
  assert_string_equal(bf_csv_cell(csv, 0, 0), "a \"b\"");
  assert_string_equal(bf_csv_cell(csv, 0, 1), "two\r\nlines");
  assert_string_equal(bf_csv_cell(csv, 1, 0), "");
  assert_string_equal(bf_csv_cell(csv, 1, 1), "end");
  assert_int_equal(bf_csv_line(csv, 1), 4);
  bf_csv_free(csv);
}

static void csv_mark_and_blank_lines_are_skipped(void **state)
{
  (void)state;
  bf_csv *csv = parse("\xef\xbb\xbf\n\r\nname\n\nvalue\n\n");
  assert_int_equal(csv->n_columns, 1);
  assert_int_equal(csv->n_rows, 1);
  assert_string_equal(bf_csv_name(csv, 0), "name");
  assert_string_equal(bf_csv_cell(csv, 0, 0), "value");
  assert_int_equal(bf_csv_line(csv, 0), 5);
  bf_csv_free(csv);
}

static void csv_damaged_text_is_refused_with_its_line(void **state)
{
  (void)state;
  assert_refused("", "t.csv:1: it is empty, expected a header");
  assert_refused("\n\n", "t.csv:1: it is empty");
  assert_refused("a,b\n1,2\n3\n", "t.csv:3: 1 cells, expected 2");
  assert_refused("a,b\n1,2,3\n", "t.csv:2: 3 cells, expected 2");
  assert_refused("a,b\n1,\"2\n3,4\n", "t.csv:2: a quote is not closed");
  assert_refused("a,b\n\"1\"x,2\n", "t.csv:2: text behind a closing quote");
  assert_refused("a,b\n1,2\"\n", "t.csv:2: a quote inside a cell");
  assert_refused("a,b,a\n", "t.csv:1: two columns are called 'a'");
}

static void csv_nul_byte_is_refused_with_its_line(void **state)
{
  (void)state;
  static const char text[] = "a,b\n1,\0\n";
  bf_csv *csv = NULL;
  assert_fails(bf_csv_parse(text, sizeof text - 1, "t.csv", &csv), BF_ERR_DATA, "t.csv:2: a NUL");
}

static void csv_columns_without_a_name_may_be_several(void **state)
{
  (void)state;
  bf_csv *csv = parse(",a,\n1,2,3\n");
  assert_int_equal(csv->n_columns, 3);
  bf_csv_free(csv);
}

/* What bf_csv_field writes is read back, whatever it is. */
static void csv_fields_of_any_text_survive(void **state)
{
  (void)state;
  static const char letters[] = "a,\"\n\r ;\xc3\xa9";
  enum { N_CELLS = 300, N_COLUMNS = 3, LONGEST = 6 };
  char cells[N_CELLS][LONGEST + 1] = {{0}};
  bf_random random = bf_random_stream(3, BF_PURPOSE_SAMPLER, 0);
  bf_text text = {0};
  for (size_t i = 0; i < N_CELLS; i++) {
    size_t n = 1 + bf_random_below(&random, LONGEST);
    for (size_t k = 0; k < n; k++)
      cells[i][k] = letters[bf_random_below(&random, sizeof letters - 1)];
    if (i < N_COLUMNS)
      snprintf(cells[i], sizeof cells[i], "c%zu", i);
    bf_csv_field(&text, cells[i]);
    bf_text_append(&text, i % N_COLUMNS == N_COLUMNS - 1 ? "\n" : ",");
  }
  bf_csv *csv = parse(text.data);
  assert_int_equal(csv->n_rows, N_CELLS / N_COLUMNS - 1);
  for (size_t i = N_COLUMNS; i < N_CELLS; i++)
    assert_string_equal(bf_csv_cell(csv, i / N_COLUMNS - 1, i % N_COLUMNS), cells[i]);
  bf_csv_free(csv);
  bf_text_release(&text);
}

/* Any prefix is a table or refused; sanitizers watch the reads. */
static void csv_cut_anywhere_is_read_or_refused(void **state)
{
  (void)state;
  static const char text[] = "a,\"b\"\"\nc\",d\r\n1,\"2,\",3\n\n4,5,\"\"\r\n";
  for (size_t n = 0; n < sizeof text; n++) {
    bf_csv *csv = NULL;
    char *copy = malloc(n + 1);
    memcpy(copy, text, n);
    bf_status status = bf_csv_parse(copy, n, "t.csv", &csv);
    free(copy);
    assert_true(status == BF_OK || status == BF_ERR_DATA);
    assert_true((csv != NULL) == (status == BF_OK));
    bf_csv_free(csv);
  }
}

static void csv_reports_every_lack_of_memory(void **state)
{
  (void)state;
  bf_text text = {0};
  for (int i = 0; i < 200; i++)
    bf_text_printf(&text, "a%d,b\n", i);
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status != BF_OK; n++) {
    bf_csv *csv = NULL;
    bf_alloc_fail_after(n);
    status = bf_csv_parse(text.data, text.length, "t.csv", &csv);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    bf_csv_free(csv);
  }
  assert_true(n > 5);
  bf_text_release(&text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(csv_plain_text_has_names_cells_and_lines),
      cmocka_unit_test(csv_quotes_hold_commas_quotes_and_line_breaks),
      cmocka_unit_test(csv_mark_and_blank_lines_are_skipped),
      cmocka_unit_test(csv_damaged_text_is_refused_with_its_line),
      cmocka_unit_test(csv_nul_byte_is_refused_with_its_line),
      cmocka_unit_test(csv_columns_without_a_name_may_be_several),
      cmocka_unit_test(csv_fields_of_any_text_survive),
      cmocka_unit_test(csv_cut_anywhere_is_read_or_refused),
      cmocka_unit_test(csv_reports_every_lack_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
