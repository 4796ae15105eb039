/* Quantizers: made from settings, asked for their width, wrong ones refused.
 * Room: tests. */
#include "unit.h"

#include <string.h>

#include "quant/format.h"

static const bf_setting eight_four[] = {{.key = "width", .value = 8},
                                        {.key = "frac_width", .value = 4}};

static void formats_listed_are_found(void **state)
{
  (void)state;
  size_t n;
  const char *const *names = bf_format_names(&n);
  assert_true(n >= 2);
  assert_string_equal(names[0], "integer");
  for (size_t i = 0; i < n; i++)
    assert_true(bf_format_exists(names[i]));
  assert_false(bf_format_exists("int"));
  assert_false(bf_format_exists("NA"));
}

static void parameters_known_are_told_from_unknown(void **state)
{
  (void)state;
  assert_true(bf_format_has_parameter("fixed", "frac_width"));
  assert_false(bf_format_has_parameter("fixed", "exponent_width"));
  assert_false(bf_format_has_parameter("nothing", "width"));
  assert_string_equal(bf_format_parameter("integer", 0), "width");
  assert_string_equal(bf_format_parameter("integer", 1), "frac_width");
  assert_null(bf_format_parameter("integer", 2));
  assert_null(bf_format_parameter("nothing", 0));
}

static void quantizer_of_settings_keeps_them(void **state)
{
  (void)state;
  bf_quantizer quantizer;
  assert_ok(bf_quantizer_init(&quantizer, "fixed", 2, eight_four, true));
  assert_string_equal(bf_quantizer_name(&quantizer), "fixed");
  assert_int_equal(bf_quantizer_width(&quantizer), 8);
  assert_int_equal(bf_quantizer_precision(&quantizer), 12);
  assert_int_equal(bf_quantizer_n_parameters(&quantizer), 2);
  assert_string_equal(bf_quantizer_parameter(&quantizer, 1).key, "frac_width");
  assert_true(quantizer.is_unsigned);
}

static void frac_width_missing_or_null_is_half_the_width(void **state)
{
  (void)state;
  const bf_setting settings[] = {{.key = "frac_width", .value = 99, .is_null = true},
                                 {.key = "width", .value = 5}};
  bf_quantizer null, missing;
  assert_ok(bf_quantizer_init(&null, "integer", 2, settings, false));
  assert_ok(bf_quantizer_init(&missing, "integer", 1, settings + 1, false));
  assert_int_equal(null.parameters[1], 2);
  assert_int_equal(missing.parameters[1], 2);
  assert_int_equal(bf_quantizer_precision(&missing), 7);
}

static void quantizer_without_format_copies(void **state)
{
  (void)state;
  const bf_quantizer none = {0};
  const float x[4] = {0.1F, -2.0F, 3.14159F, 1e30F};
  float y[4] = {0};
  bf_quantize(&none, 2, 2, x, y);
  assert_memory_equal(x, y, sizeof x);
  bf_quantize(&none, 0, 2, NULL, NULL);
  assert_string_equal(bf_quantizer_name(&none), "NA");
  assert_int_equal(bf_quantizer_width(&none), 32);
  assert_int_equal(bf_quantizer_precision(&none), 32);
  assert_int_equal(bf_quantizer_n_parameters(&none), 0);
}

static void format_unknown_is_refused_with_a_suggestion(void **state)
{
  (void)state;
  bf_quantizer quantizer = {.is_unsigned = true};
  assert_fails(bf_quantizer_init(&quantizer, "integr", 2, eight_four, false), BF_ERR_USAGE,
               "did you mean 'integer'?");
  assert_fails(bf_quantizer_init(&quantizer, "q", 2, eight_four, false), BF_ERR_USAGE,
               "unknown number format 'q'");
  assert_null(quantizer.format);
  assert_true(quantizer.is_unsigned);
}

static void settings_wrong_are_refused(void **state)
{
  (void)state;
  static const struct {
    size_t n;
    bf_setting settings[2];
    const char *words;
  } cases[] = {
      {0, {{0}}, "needs a value for 'width'"},
      {1, {{.key = "width", .value = 8, .is_null = true}}, "needs a value for 'width'"},
      {1, {{.key = "width", .value = 33}}, "width is 33, expected 1..32"},
      {1, {{.key = "width", .value = 0}}, "width is 0, expected 1..32"},
      {1, {{.key = "width", .value = INT64_MIN}}, "expected 1..32"},
      {1, {{.key = "widht", .value = 8}}, "has no parameter 'widht'"},
      {2,
       {{.key = "width", .value = 8}, {.key = "frac_width", .value = 65}},
       "frac_width is 65, expected -64..64"},
      {2, {{.key = "width", .value = 8}, {.key = "frac_width", .value = -65}}, "expected -64..64"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    bf_quantizer quantizer = {0};
    assert_fails(bf_quantizer_init(&quantizer, "integer", cases[i].n, cases[i].settings, false),
                 BF_ERR_USAGE, cases[i].words);
    assert_null(quantizer.format);
    assert_int_equal(quantizer.parameters[0], 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(formats_listed_are_found),
      cmocka_unit_test(parameters_known_are_told_from_unknown),
      cmocka_unit_test(quantizer_of_settings_keeps_them),
      cmocka_unit_test(frac_width_missing_or_null_is_half_the_width),
      cmocka_unit_test(quantizer_without_format_copies),
      cmocka_unit_test(format_unknown_is_refused_with_a_suggestion),
      cmocka_unit_test(settings_wrong_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
