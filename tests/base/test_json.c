/* Tests of src/base/json.c.
 * Room: base. */
#include "unit.h"

#include <math.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"

static bf_json *example(void)
{
  bf_json *object = bf_json_object();
  bf_json *array = bf_json_array();
  bf_json_push(array, bf_json_number(0.1));
  bf_json_push(array, bf_json_number((double)NAN));
  bf_json_push(array, bf_json_integer(-3));
  bf_json_set(object, "zero first", array);
  bf_json_set(object, "a", bf_json_string("text"));
  bf_json_set(object, "b", bf_json_boolean(true));
  bf_json_set(object, "c", bf_json_null());
  return object;
}

static void print_keeps_the_order_of_insertion(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_json *json = example();
  assert_ok(bf_json_print(json, &text));
  assert_string_equal(text.data, "{\n"
                                 "    \"zero first\": [\n"
                                 "        0.1,\n"
                                 "        null,\n"
                                 "        -3\n"
                                 "    ],\n"
                                 "    \"a\": \"text\",\n"
                                 "    \"b\": true,\n"
                                 "    \"c\": null\n"
                                 "}\n");
  bf_json_free(json);
  bf_text_release(&text);
}

static void number_prints_fifteen_digits_and_no_infinity(void **state)
{
  (void)state;
  static const struct {
    double value;
    const char *printed;
  } cases[] = {{1.0 / 3, "0.333333333333333\n"},
               {1, "1.0\n"},
               {1e300, "1e300\n"},
               {(double)INFINITY, "null\n"},
               {-(double)INFINITY, "null\n"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_text text = {0};
    bf_json *json = bf_json_number(cases[i].value);
    assert_ok(bf_json_print(json, &text));
    assert_string_equal(text.data, cases[i].printed);
    bf_json_free(json);
    bf_text_release(&text);
  }
}

static void exact_print_is_one_line_that_gives_numbers_back(void **state)
{
  (void)state;
  const double numbers[] = {0.1, 0.1 + 0.2, 1.0 / 3, 5e-324, 1.7976931348623157e308, -2.5};
  bf_text text = {0};
  bf_json *json = bf_json_object();
  bf_json *array = bf_json_array();
  bf_json *parsed = NULL;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    bf_json_push(array, bf_json_number(numbers[i]));
  bf_json_set(json, "a b", array);
  assert_ok(bf_json_print_exact(json, &text));
  assert_null(strpbrk(text.data, "\n"));
  assert_ptr_equal(strstr(text.data, "{\"a b\":["), text.data);
  assert_ok(bf_json_parse(text.data, "test", &parsed));
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    double value = 0;
    assert_ok(bf_json_double(bf_json_at(bf_json_get(parsed, "a b"), i), &value));
    assert_true(value == numbers[i]);
  }
  bf_json_free(parsed);
  bf_json_free(json);
  bf_text_release(&text);
}

static void string_of_other_bytes_becomes_question_marks(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_json *array = bf_json_array();
  bf_json_push(array, bf_json_string("caf\xc3\xa9"));
  bf_json_push(array, bf_json_string("caf\xe9"));
  assert_ok(bf_json_print(array, &text));
  assert_string_equal(text.data, "[\n    \"caf\xc3\xa9\",\n    \"caf?\"\n]\n");
  bf_json_free(array);
  bf_text_release(&text);
}

static void parse_gives_what_was_printed(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_text again = {0};
  bf_json *json = example();
  bf_json *parsed = NULL;
  assert_ok(bf_json_print(json, &text));
  assert_ok(bf_json_parse(text.data, "test", &parsed));
  assert_ok(bf_json_print(parsed, &again));
  assert_string_equal(text.data, again.data);
  assert_int_equal(bf_json_size(parsed), 4);
  const bf_json *array = bf_json_get(parsed, "zero first");
  assert_int_equal(bf_json_size(array), 3);
  double value = 0;
  assert_ok(bf_json_double(bf_json_at(array, 2), &value));
  assert_true(value == -3);
  assert_string_equal(bf_json_text(bf_json_get(parsed, "a")), "text");
  bf_json_free(json);
  bf_json_free(parsed);
  bf_text_release(&text);
  bf_text_release(&again);
}

static void kinds_tell_values_apart(void **state)
{
  (void)state;
  static const bf_json_kind kinds[] = {BF_JSON_NULL,   BF_JSON_BOOLEAN, BF_JSON_INTEGER,
                                       BF_JSON_REAL,   BF_JSON_STRING,  BF_JSON_ARRAY,
                                       BF_JSON_OBJECT, BF_JSON_NONE};
  bf_json *json = NULL;
  assert_ok(bf_json_parse("[null, true, 9007199254740993, 1.0, \"a\", [], {}]", "x.json", &json));
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    assert_int_equal(bf_json_kind_of(bf_json_at(json, i)), kinds[i]);
  assert_true(bf_json_is_true(bf_json_at(json, 1)));
  assert_false(bf_json_is_true(bf_json_at(json, 2)));
  assert_true(bf_json_int64(bf_json_at(json, 2)) == 9007199254740993);
  assert_true(bf_json_int64(bf_json_at(json, 3)) == 0);
  bf_json_free(json);
}

static void copy_outlives_its_original(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_json *json = NULL;
  assert_ok(bf_json_parse("{\"a\": [8, null]}", "x.json", &json));
  bf_json *copy = bf_json_copy(bf_json_get(json, "a"));
  bf_json_free(json);
  assert_ok(bf_json_print(copy, &text));
  assert_string_equal(text.data, "[\n    8,\n    null\n]\n");
  bf_json_free(copy);
  bf_text_release(&text);
  assert_null(bf_json_copy(NULL));
}

static void parse_names_the_place_of_a_mistake(void **state)
{
  (void)state;
  bf_json *json = NULL;
  assert_fails(bf_json_parse("{\n \"a\": ]", "x.json", &json), BF_ERR_DATA, "x.json:2:7: ");
  assert_fails(bf_json_parse("", "x.json", &json), BF_ERR_DATA, "x.json:");
  assert_fails(bf_json_parse("{\"a\": 1, \"a\": 2}", "x.json", &json), BF_ERR_DATA, "duplicate");
  assert_fails(bf_json_parse("[1] 2", "x.json", &json), BF_ERR_DATA, "x.json:1:");
  assert_null(json);
}

static void accessors_of_the_wrong_kind_give_nothing(void **state)
{
  (void)state;
  bf_json *number = bf_json_integer(1);
  double value = 7;
  assert_null(bf_json_get(number, "a"));
  assert_null(bf_json_get(NULL, "a"));
  assert_null(bf_json_at(number, 0));
  assert_null(bf_json_text(number));
  assert_int_equal(bf_json_size(number), 0);
  assert_int_equal(bf_json_size(NULL), 0);
  assert_fails(bf_json_double(NULL, &value), BF_ERR_DATA, "number");
  assert_true(value == 7);
  bf_json_free(number);
  bf_json_free(NULL);
}

static void doubles_wants_exactly_n_numbers(void **state)
{
  (void)state;
  bf_json *json = NULL;
  double values[2] = {7, 7};
  assert_ok(bf_json_parse("{\"a\": [1, 2.5], \"b\": [1, \"x\"], \"c\": 3}", "test", &json));
  assert_fails(bf_json_doubles(json, "a", 3, values), BF_ERR_DATA, "'a' has 2 values, expected 3");
  assert_fails(bf_json_doubles(json, "b", 2, values), BF_ERR_DATA, "'b' holds");
  assert_fails(bf_json_doubles(json, "c", 1, values), BF_ERR_DATA, "'c' is no array");
  assert_fails(bf_json_doubles(json, "d", 1, values), BF_ERR_DATA, "'d' is no array");
  assert_true(values[0] == 7 && values[1] == 7);
  assert_ok(bf_json_doubles(json, "a", 2, values));
  assert_true(values[0] == 1 && values[1] == 2.5);
  bf_json_free(json);
}

static void write_makes_the_printed_file(void **state)
{
  (void)state;
  char path[] = "/tmp/bitfront-json-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  bf_json *json = example();
  bf_text printed = {0};
  bf_text read = {0};
  assert_ok(bf_json_print(json, &printed));
  assert_ok(bf_json_write(json, path));
  assert_ok(bf_file_read(path, &read));
  assert_string_equal(printed.data, read.data);
  assert_fails(bf_json_write(json, "/nonexistent/x.json"), BF_ERR_IO, "/nonexistent/x.json");
  unlink(path);
  bf_json_free(json);
  bf_text_release(&printed);
  bf_text_release(&read);
}

/* Whichever allocation fails, the document is either whole or reported. */
static void print_reports_every_lost_value(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status != BF_OK; n++) {
    bf_text text = {0};
    bf_alloc_fail_after(n);
    bf_json *json = example();
    status = bf_json_print(json, &text);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    bf_json_free(json);
    bf_text_release(&text);
  }
  assert_true(n > 15);
}

static void parse_reports_every_lack_of_memory(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status != BF_OK; n++) {
    bf_json *json = NULL;
    bf_alloc_fail_after(n);
    status = bf_json_parse("{\"a\": [1, 2.5], \"b\": \"longer than the parser's buffer\"}", "test",
                           &json);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true((status == BF_OK) == (json != NULL));
    if (status == BF_OK)
      assert_string_equal(bf_json_text(bf_json_get(json, "b")), "longer than the parser's buffer");
    bf_json_free(json);
  }
  assert_true(n > 5);
}

/* The closing quote may be what the parser's buffer has no room for. */
static void parse_of_strings_of_any_length_reports_lack_of_memory(void **state)
{
  (void)state;
  for (int length = 1; length < 70; length++) {
    char line[80];
    int size = snprintf(line, sizeof line, "\"%0*d\"", length, 7);
    bf_status status = BF_ERR_NOMEM;
    for (long n = 0; status != BF_OK; n++) {
      bf_json *json = NULL;
      bf_alloc_fail_after(n);
      status = bf_json_parse_line(line, (size_t)size, &json);
      bf_alloc_fail_after(-1);
      assert_true(status == BF_OK || status == BF_ERR_NOMEM);
      bf_json_free(json);
    }
  }
}

static void line_is_parsed_to_its_end(void **state)
{
  (void)state;
  static const char line[] = "{\"b\": 1, \"a\": [2]}\n]";
  bf_json *json = NULL;
  assert_ok(bf_json_parse_line(line, strlen(line) - 2, &json));
  assert_int_equal(bf_json_int64(bf_json_get(json, "b")), 1);
  bf_json_free(json);
  json = NULL;
  assert_fails(bf_json_parse_line(line, strlen(line), &json), BF_ERR_DATA, "column 1: end of file");
  assert_true(strncmp(bf_trail(), "column", 6) == 0);
  assert_fails(bf_json_parse_line(line, 0, &json), BF_ERR_DATA, "column 0: ");
  assert_null(json);
}

static void keys_come_in_their_order(void **state)
{
  (void)state;
  bf_json *json = example();
  const char *key = bf_json_key_after(json, NULL);
  assert_string_equal(key, "zero first");
  key = bf_json_key_after(json, key);
  assert_string_equal(key, "a");
  assert_string_equal(bf_json_key_after(json, "b"), "c");
  assert_null(bf_json_key_after(json, "c"));
  assert_null(bf_json_key_after(bf_json_get(json, "a"), NULL));
  assert_null(bf_json_key_after(NULL, NULL));
  bf_json_free(json);
}

static void value_that_is_held_outlives_its_document(void **state)
{
  (void)state;
  bf_json *json = example();
  bf_json *array = bf_json_hold(bf_json_get(json, "zero first"));
  bf_json *other = example();
  assert_true(bf_json_equal(json, other));
  bf_json_free(json);
  assert_int_equal(bf_json_size(array), 3);
  assert_true(bf_json_equal(array, bf_json_get(other, "zero first")));
  assert_false(bf_json_equal(array, other));
  assert_false(bf_json_equal(array, NULL));
  assert_true(bf_json_equal(NULL, NULL));
  assert_null(bf_json_hold(NULL));
  bf_json_free(array);
  bf_json_free(other);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(print_keeps_the_order_of_insertion),
      cmocka_unit_test(number_prints_fifteen_digits_and_no_infinity),
      cmocka_unit_test(exact_print_is_one_line_that_gives_numbers_back),
      cmocka_unit_test(string_of_other_bytes_becomes_question_marks),
      cmocka_unit_test(parse_gives_what_was_printed),
      cmocka_unit_test(kinds_tell_values_apart),
      cmocka_unit_test(copy_outlives_its_original),
      cmocka_unit_test(parse_names_the_place_of_a_mistake),
      cmocka_unit_test(accessors_of_the_wrong_kind_give_nothing),
      cmocka_unit_test(doubles_wants_exactly_n_numbers),
      cmocka_unit_test(write_makes_the_printed_file),
      cmocka_unit_test(print_reports_every_lost_value),
      cmocka_unit_test(parse_reports_every_lack_of_memory),
      cmocka_unit_test(parse_of_strings_of_any_length_reports_lack_of_memory),
      cmocka_unit_test(line_is_parsed_to_its_end),
      cmocka_unit_test(keys_come_in_their_order),
      cmocka_unit_test(value_that_is_held_outlives_its_document),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
