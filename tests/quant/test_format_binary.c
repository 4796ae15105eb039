/* Binary and ternary: examples worked out by hand, values not finite, draws, refusals.
 * Room: tests. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "quant/format.h"

static bf_quantizer binary(bool is_stochastic, bool is_bipolar)
{
  bf_quantizer quantizer;
  const bf_setting settings[] = {
      {.key = "stochastic", .value = is_stochastic, .kind = BF_VALUE_FLAG},
      {.key = "bipolar", .value = is_bipolar, .kind = BF_VALUE_FLAG}};
  assert_ok(bf_quantizer_init(&quantizer, "binary", 2, settings, false));
  return quantizer;
}

static bf_quantizer ternary(bool is_scaled)
{
  bf_quantizer quantizer;
  const bf_setting scaling = {.key = "scaling_factor", .value = is_scaled, .kind = BF_VALUE_FLAG};
  assert_ok(bf_quantizer_init(&quantizer, "ternary", 1, &scaling, false));
  return quantizer;
}

/* Also in place. */
static void assert_becomes(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns,
                           const float *x, const float *expected)
{
  float y[64], own[64];
  size_t n = n_rows * n_columns;
  assert_true(n <= 64);
  memcpy(own, x, n * sizeof *x);
  bf_quantize(quantizer, n_rows, n_columns, x, y);
  bf_quantize(quantizer, n_rows, n_columns, own, own);
  for (size_t i = 0; i < n; i++) {
    if (!(y[i] == expected[i] || (isnan(y[i]) && isnan(expected[i]))))
      fail_msg("element %zu: %g becomes %g, expected %g", i, (double)x[i], (double)y[i],
               (double)expected[i]);
  }
  assert_memory_equal(y, own, n * sizeof *y);
}

static void bipolar_binary_is_the_sign(void **state)
{
  (void)state;
  const float x[] = {0.3F, -0.3F, 0.0F, -0.0F, 1e-45F, -1e-45F, INFINITY, -INFINITY, NAN};
  const float y[] = {1.0F, -1.0F, 1.0F, 1.0F, 1.0F, -1.0F, 1.0F, -1.0F, -1.0F};
  bf_quantizer quantizer = binary(false, true);
  assert_becomes(&quantizer, 3, 3, x, y);
}

/* Means of |x|: (1 + 2 + 3 + 0) / 4, (0.5 + 0.5 + 2 + 0) / 4; then (1 + 2 + 3) / 3. */
static void scaled_binary_is_zero_or_the_mean_of_the_row(void **state)
{
  (void)state;
  const float x[] = {1.0F, -2.0F, 3.0F, 0.0F, 0.5F, 0.5F, -2.0F, -0.0F};
  const float y[] = {1.5F, 0.0F, 1.5F, 0.0F, 0.75F, 0.75F, 0.0F, 0.0F};
  bf_quantizer quantizer = binary(false, false);
  assert_becomes(&quantizer, 2, 4, x, y);
  const float of_three[] = {1.0F, -2.0F, 3.0F}, scaled[] = {2.0F, 0.0F, 2.0F};
  assert_becomes(&quantizer, 1, 3, of_three, scaled);
}

/* Row 1: mean 2, threshold 1.5; row 2: mean 0.4, threshold 0.3; row 3: equal to the threshold
 * (mean 4 / 3, threshold 1) is 0. */
static const float ternary_x[] = {1.0F, 2.0F, -3.0F, 0.1F, 0.2F, -0.9F, 1.0F, 2.0F, -1.0F};

static void ternary_compares_with_three_quarters_of_the_mean(void **state)
{
  (void)state;
  const float y[] = {0.0F, 1.0F, -1.0F, 0.0F, 0.0F, -1.0F, 0.0F, 1.0F, 0.0F};
  bf_quantizer quantizer = ternary(false);
  assert_becomes(&quantizer, 3, 3, ternary_x, y);
}

/* Row 1: (2 + 3) / 2; rows 2 and 3: a single value is its own mean. */
static void scaled_ternary_is_the_mean_of_what_is_left(void **state)
{
  (void)state;
  const float y[] = {0.0F, 2.5F, -2.5F, 0.0F, 0.0F, -0.9F, 0.0F, 2.0F, 0.0F};
  bf_quantizer quantizer = ternary(true);
  assert_becomes(&quantizer, 3, 3, ternary_x, y);
}

static void rows_of_zeros_stay_zeros(void **state)
{
  (void)state;
  const float x[] = {0.0F, -0.0F, 0.0F}, zeros[3] = {0.0F};
  const bf_quantizer all[] = {binary(false, false), ternary(false), ternary(true)};
  for (size_t i = 0; i < 3; i++)
    assert_becomes(&all[i], 1, 3, x, zeros);
}

/* A scale that is no number must show, and only in its row. */
static void rows_not_finite_become_nan_where_there_is_a_mean(void **state)
{
  (void)state;
  const float x[] = {1.0F, NAN, -1.0F, INFINITY, 1.0F, -1.0F, 2.0F, 2.0F, 2.0F};
  const float y[] = {NAN, NAN, NAN, NAN, NAN, NAN};
  const bf_quantizer all[] = {binary(false, false), ternary(false), ternary(true)};
  for (size_t i = 0; i < 3; i++) {
    float made[9];
    bf_quantize(&all[i], 3, 3, x, made);
    assert_becomes(&all[i], 2, 3, x, y);
    assert_true(made[6] == (i == 1 ? 1.0F : 2.0F));
  }
}

static void magnitudes_at_the_end_of_float32_do_not_overflow(void **state)
{
  (void)state;
  const float x[] = {3e38F, 3e38F, -3e38F}, y[] = {3e38F, 3e38F, -3e38F};
  bf_quantizer quantizer = ternary(true);
  assert_becomes(&quantizer, 1, 3, x, y);
}

static void bits_are_those_that_must_be_stored(void **state)
{
  (void)state;
  const bf_quantizer bipolar = binary(false, true), scaled = binary(false, false);
  const bf_quantizer plain = ternary(false), with_factor = ternary(true);
  assert_int_equal(bf_quantizer_width(&bipolar), 1);
  assert_int_equal(bf_quantizer_width(&plain), 2);
  assert_int_equal(bf_quantizer_shared_bits(&bipolar, 5, 16), 0);
  assert_int_equal(bf_quantizer_shared_bits(&scaled, 5, 16), 5 * 32);
  assert_int_equal(bf_quantizer_shared_bits(&plain, 5, 16), 0);
  assert_int_equal(bf_quantizer_shared_bits(&with_factor, 5, 16), 5 * 32);
  assert_int_equal(bf_quantizer_precision(&bipolar), 2); /* 1 + false + true */
  assert_int_equal(bf_quantizer_precision(&with_factor), 3);
}

static void keys_of_the_python_tool_without_effect_are_accepted(void **state)
{
  (void)state;
  bf_quantizer quantizer, plain = ternary(false);
  const bf_setting settings[] = {{.key = "width", .value = 8},
                                 {.key = "mean", .kind = BF_VALUE_UNUSED},
                                 {.key = "median", .is_null = true},
                                 {.key = "max", .value = 3},
                                 {.key = "scaling_factor", .value = 0}};
  assert_ok(bf_quantizer_init(&quantizer, "ternary", 5, settings, false));
  assert_memory_equal(quantizer.parameters, plain.parameters, sizeof plain.parameters);
  assert_ok(bf_quantizer_init(&quantizer, "binary", 1, settings, false));
  assert_int_equal(bf_quantizer_width(&quantizer), 1);
  assert_int_equal(bf_quantizer_precision(&quantizer), 2); /* bipolar unless it says otherwise */
  assert_false(bf_format_uses_parameter("binary", "width"));
  assert_true(bf_format_uses_parameter("binary", "bipolar"));
  assert_true(bf_format_uses_parameter("integer", "width"));
}

static void formats_for_weights_are_told_from_others(void **state)
{
  (void)state;
  assert_true(bf_format_is_for_weights("binary"));
  assert_true(bf_format_is_for_weights("ternary"));
  assert_false(bf_format_is_for_weights("integer"));
  assert_false(bf_format_is_for_weights("nothing"));
}

/* +1 with chance (x + 1) / 2: the mean of many draws is x, clamped to -1 .. 1. */
static void draws_have_the_mean_of_their_value(void **state)
{
  (void)state;
  enum { N = 40000 };
  static const float values[] = {-3.0F, -1.0F, -0.5F, 0.0F, 0.25F, 1.0F, INFINITY};
  static float x[N], y[N];
  bf_quantizer quantizer = binary(true, true);
  assert_true(bf_quantizer_is_stochastic(&quantizer));
  for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
    bf_random random = bf_random_stream(4, BF_PURPOSE_BINARY, v);
    double sum = 0.0;
    for (size_t i = 0; i < N; i++)
      x[i] = values[v];
    bf_quantize_drawn(&quantizer, N, x, &random, y);
    for (size_t i = 0; i < N; i++) {
      assert_true(fabsf(y[i]) == 1.0F);
      sum += (double)y[i];
    }
    double expected = fmin(fmax((double)values[v], -1.0), 1.0);
    double tolerance = fabs(expected) < 1.0 ? 0.02 : 0.0; /* four standard errors */
    assert_true(fabs(sum / N - expected) <= tolerance);
  }
}

static void evaluation_of_stochastic_signs_draws_nothing(void **state)
{
  (void)state;
  const float x[] = {0.1F, -0.1F, 0.0F}, y[] = {1.0F, -1.0F, 1.0F};
  bf_quantizer quantizer = binary(true, true), sign = binary(false, true);
  assert_becomes(&quantizer, 1, 3, x, y);
  assert_false(bf_quantizer_is_stochastic(&sign));
}

static void stochastic_and_scaled_at_once_is_refused(void **state)
{
  (void)state;
  bf_quantizer quantizer;
  const bf_setting settings[] = {{.key = "stochastic", .value = 1, .kind = BF_VALUE_FLAG},
                                 {.key = "bipolar", .value = 0, .kind = BF_VALUE_FLAG}};
  assert_fails(bf_quantizer_init(&quantizer, "binary", 2, settings, false), BF_ERR_USAGE,
               "stochastic is true and bipolar false");
}

static void formats_of_other_nets_are_refused_with_the_reason(void **state)
{
  (void)state;
  static const char *const names[][2] = {{"binary_residual", "means and scales"},
                                         {"lutnet", "look-up tables"},
                                         {"logicnets", "pruned"}};
  for (size_t i = 0; i < 3; i++) {
    bf_quantizer quantizer;
    assert_fails(bf_quantizer_init(&quantizer, names[i][0], 0, NULL, false), BF_ERR_USAGE,
                 names[i][1]);
    assert_non_null(bf_format_refusal(names[i][0]));
  }
  assert_null(bf_format_refusal("binary"));
  assert_null(bf_format_refusal("nothing"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bipolar_binary_is_the_sign),
      cmocka_unit_test(scaled_binary_is_zero_or_the_mean_of_the_row),
      cmocka_unit_test(ternary_compares_with_three_quarters_of_the_mean),
      cmocka_unit_test(scaled_ternary_is_the_mean_of_what_is_left),
      cmocka_unit_test(rows_of_zeros_stay_zeros),
      cmocka_unit_test(rows_not_finite_become_nan_where_there_is_a_mean),
      cmocka_unit_test(magnitudes_at_the_end_of_float32_do_not_overflow),
      cmocka_unit_test(bits_are_those_that_must_be_stored),
      cmocka_unit_test(keys_of_the_python_tool_without_effect_are_accepted),
      cmocka_unit_test(formats_for_weights_are_told_from_others),
      cmocka_unit_test(draws_have_the_mean_of_their_value),
      cmocka_unit_test(evaluation_of_stochastic_signs_draws_nothing),
      cmocka_unit_test(stochastic_and_scaled_at_once_is_refused),
      cmocka_unit_test(formats_of_other_nets_are_refused_with_the_reason),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
