/* Tests of src/base/decimal.c: printf and the JSON printer are the oracles. */
#include "unit.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>

#include "base/decimal.h"
#include "base/json.h"
#include "base/random.h"

enum { N_DRAWS = 50000 };

/* Numbers of all sizes that a file may hold, short ones among them, and neighbours of these. */
static double draw(bf_random *random)
{
  double size = pow(10, 24 * bf_random_unit(random) - 8);
  double value = size * (bf_random_unit(random) - 0.5);
  if (bf_random_below(random, 2) == 0) {
    double scale = pow(10, (double)bf_random_below(random, 8));
    value = round(value * scale) / scale;
  }
  if (bf_random_below(random, 4) == 0)
    value = nextafter(value, bf_random_below(random, 2) == 0 ? -DBL_MAX : DBL_MAX);
  /* Halves of the last digit. */
  if (bf_random_below(random, 8) == 0)
    value = ((double)bf_random_below(random, 1 << 20) + 0.5) / 1024;
  return value;
}

static const double odd[] = {0,          -0.0,      1,
                             -1,         0.5,       999999999.5,
                             1e9,        9.9999e-5, 1e-4,
                             99999.5,    1e5,       1e15,
                             -1e15,      1e-10,     4.9e-11,
                             5e-11,      -3e-11,    1e308,
                             1e-308,     5e-324,    0.1234567895,
                             2.5,        1e12,      1e-6,
                             9.5e-7,     0.0000005, 99999.99999999999,
                             12345678.5, 0.015625,  1795423109.980844};

static void assert_all(size_t n_draws, void (*check)(double value))
{
  bf_random random = bf_random_stream(3, BF_PURPOSE_SAMPLER, 0);
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
    check(odd[i]);
  check((double)INFINITY);
  check(-(double)INFINITY);
  check((double)NAN);
  for (size_t i = 0; i < n_draws; i++)
    check(draw(&random));
}

static void assert_prints(void (*print)(double, bf_text *), double value, const char *expected)
{
  bf_text text = {0};
  print(value, &text);
  assert_string_equal(bf_text_view(&text), expected);
  bf_text_release(&text);
}

static void check_short(double value)
{
  char expected[64];
  snprintf(expected, sizeof expected, "%.9g", value);
  assert_prints(bf_decimal_short, value, expected);
}

static void check_micro(double value)
{
  char expected[512];
  snprintf(expected, sizeof expected, "%.6f", value);
  assert_prints(bf_decimal_micro, value, expected);
}

static void check_json(double value)
{
  bf_text expected = {0};
  bf_json *json = bf_json_number(fabs(value) < 1e5 ? round(value * 1e10) / 1e10 : value);
  assert_ok(bf_json_print(json, &expected));
  expected.data[expected.length - 1] = '\0';
  assert_prints(bf_decimal_json, value, expected.data);
  bf_json_free(json);
  bf_text_release(&expected);
}

static void nine_digits_are_those_of_printf(void **state)
{
  (void)state;
  assert_all(N_DRAWS, check_short);
}

static void six_decimals_are_those_of_printf(void **state)
{
  (void)state;
  assert_all(N_DRAWS, check_micro);
}

static void reals_are_those_of_the_json_printer(void **state)
{
  (void)state;
  assert_all(N_DRAWS, check_json);
}

static void whole_numbers_are_those_of_printf(void **state)
{
  (void)state;
  static const int64_t values[] = {0, 1, -1, 9, 10, 1234567890123, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    char expected[32];
    bf_text text = {0};
    snprintf(expected, sizeof expected, "%" PRId64, values[i]);
    bf_decimal_integer(values[i], &text);
    assert_string_equal(text.data, expected);
    bf_text_reset(&text);
    snprintf(expected, sizeof expected, "%" PRIu64, (uint64_t)values[i]);
    bf_decimal_natural((uint64_t)values[i], &text);
    assert_string_equal(text.data, expected);
    bf_text_release(&text);
  }
}

static void zeros_at_the_end_are_left_out(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_decimal_scaled(12500, 3, &text);
  bf_text_append(&text, " ");
  bf_decimal_scaled(5, 3, &text);
  bf_text_append(&text, " ");
  bf_decimal_scaled(7000, 3, &text);
  bf_text_append(&text, " ");
  bf_decimal_scaled(12345678901234567, 30, &text);
  assert_string_equal(text.data, "12.5 0.005 7 0.000000000000012345678901234567");
  bf_text_release(&text);
}

static void check_read(const char *text)
{
  char *end = NULL;
  size_t n_read = 0;
  double expected = strtod(text, &end);
  double value = bf_decimal_read(text, &n_read);
  if (memcmp(&value, &expected, sizeof value) != 0 || n_read != (size_t)(end - text))
    fail_msg("'%s': %.17g of %zu bytes, expected %.17g of %td", text, value, n_read, expected,
             end - text);
}

static void check_printed(double value)
{
  static const char *const formats[] = {"%.17g", "%.15g", "%.7g", "%.9e", "%+.3f", "%.0f", "%g,5"};
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
    char text[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, formats[i], value);
#pragma GCC diagnostic pop
    check_read(text);
  }
}

static void numbers_are_read_as_strtod_reads_them(void **state)
{
  (void)state;
  assert_all(N_DRAWS / 5, check_printed);
}

/* Any of these characters in any order: mostly what is no number, or only at its beginning. */
static void texts_are_read_as_strtod_reads_them(void **state)
{
  (void)state;
  static const char characters[] = "0123456789000.eE+-x, naif\t";
  bf_random random = bf_random_stream(4, BF_PURPOSE_SAMPLER, 0);
  for (size_t i = 0; i < N_DRAWS; i++) {
    char text[32];
    size_t n = (size_t)bf_random_below(&random, sizeof text);
    for (size_t j = 0; j < n; j++)
      text[j] = characters[bf_random_below(&random, sizeof characters - 1)];
    text[n] = '\0';
    check_read(text);
  }
  check_read("999999999999999e22");
  check_read("999999999999999e-22");
  check_read("9007199254740993");
  check_read("0.30000000000000004");
  check_read("1e23");
  check_read("0.00000000000000000000001");
  check_read("1e99999999999999999999");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nine_digits_are_those_of_printf),
      cmocka_unit_test(six_decimals_are_those_of_printf),
      cmocka_unit_test(reals_are_those_of_the_json_printer),
      cmocka_unit_test(whole_numbers_are_those_of_printf),
      cmocka_unit_test(zeros_at_the_end_are_left_out),
      cmocka_unit_test(numbers_are_read_as_strtod_reads_them),
      cmocka_unit_test(texts_are_read_as_strtod_reads_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
