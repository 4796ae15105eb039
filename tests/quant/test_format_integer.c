/* Fixed point: rounding, saturation, odd widths.
 * Room: tests. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "quant/format.h"

static bf_quantizer make(int64_t width, int64_t frac, bool is_unsigned)
{
  bf_quantizer quantizer;
  const bf_setting settings[] = {{.key = "width", .value = width},
                                 {.key = "frac_width", .value = frac}};
  assert_ok(bf_quantizer_init(&quantizer, "integer", 2, settings, is_unsigned));
  return quantizer;
}

static float quantized(const bf_quantizer *quantizer, float x)
{
  float y = -77.0F;
  bf_quantize(quantizer, 1, 1, &x, &y);
  return y;
}

static void values_between_steps_round_half_to_even(void **state)
{
  (void)state;
  static const float pairs[][2] = {{0.125F, 0.0F}, {0.375F, 0.5F},   {1.9F, 1.75F},
                                   {-2.1F, -2.0F}, {0.625F, 0.5F},   {-0.125F, 0.0F},
                                   {0.3F, 0.25F},  {-0.375F, -0.5F}, {1e-30F, 0.0F}};
  bf_quantizer quantizer = make(4, 2, false);
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    assert_true(quantized(&quantizer, pairs[i][0]) == pairs[i][1]);
}

static void values_not_finite_saturate_or_stay_nan(void **state)
{
  (void)state;
  bf_quantizer quantizer = make(8, 4, false);
  assert_true(quantized(&quantizer, INFINITY) == 127.0F / 16.0F);
  assert_true(quantized(&quantizer, -INFINITY) == -8.0F);
  assert_true(isnan(quantized(&quantizer, NAN)));
  bf_quantizer unsigned_one = make(8, 4, true);
  assert_true(quantized(&unsigned_one, INFINITY) == 255.0F / 16.0F);
  assert_true(quantized(&unsigned_one, -3.0F) == 0.0F);
  assert_true(isnan(quantized(&unsigned_one, NAN)));
}

static void bounds_of_wide_formats_are_rounded_to_float32(void **state)
{
  (void)state;
  bf_quantizer narrow = make(25, 0, false), wide = make(26, 0, false), widest = make(32, 0, true);
  assert_true(quantized(&narrow, 1e30F) == 16777215.0F);
  assert_true(quantized(&wide, 1e30F) == 33554432.0F);
  assert_true(quantized(&widest, 1e30F) == 4294967296.0F);
}

static void frac_widths_at_the_ends_scale_exactly(void **state)
{
  (void)state;
  bf_quantizer fine = make(4, 64, false), coarse = make(4, -64, false);
  assert_true(quantized(&fine, 0x3p-64F) == 0x3p-64F);
  assert_true(quantized(&fine, 1.0F) == 0x7p-64F);
  assert_true(quantized(&coarse, 0x5p64F) == 0x5p64F);
  assert_true(quantized(&coarse, 1.0F) == 0.0F);
}

/* The kernel does not call nearbyintf(); with bounds out of reach it must give the same. */
static void rounding_is_that_of_nearbyint_for_floats_of_all_sizes(void **state)
{
  (void)state;
  bf_quantizer quantizer = make(32, 0, false);
  for (uint32_t bits = 0; bits < 0x4f000000U; bits += 4099) {
    float x;
    memcpy(&x, &bits, sizeof x);
    assert_true(quantized(&quantizer, x) == nearbyintf(x));
    assert_true(quantized(&quantizer, -x) == -nearbyintf(x));
  }
}

static void quantizing_in_place_and_twice_changes_nothing_more(void **state)
{
  (void)state;
  bf_quantizer quantizer = make(6, 3, false);
  float x[300], once[300];
  for (size_t i = 0; i < 300; i++)
    x[i] = sinf((float)i) * 5.0F;
  bf_quantize(&quantizer, 3, 100, x, once);
  bf_quantize(&quantizer, 3, 100, x, x);
  assert_memory_equal(x, once, sizeof x);
  bf_quantize(&quantizer, 3, 100, x, x);
  assert_memory_equal(x, once, sizeof x);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_between_steps_round_half_to_even),
      cmocka_unit_test(values_not_finite_saturate_or_stay_nan),
      cmocka_unit_test(bounds_of_wide_formats_are_rounded_to_float32),
      cmocka_unit_test(frac_widths_at_the_ends_scale_exactly),
      cmocka_unit_test(rounding_is_that_of_nearbyint_for_floats_of_all_sizes),
      cmocka_unit_test(quantizing_in_place_and_twice_changes_nothing_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
