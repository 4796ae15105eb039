/* Fixed point: the Python tool's own values, rounding, saturation, odd widths.
 * Room: tests. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
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

static bf_quantizer quantizer_of(const bf_json *parameters)
{
  bf_setting settings[2];
  const char *const keys[] = {"width", "frac_width"};
  for (size_t i = 0; i < 2; i++) {
    double value = 0.0;
    bool is_null = bf_json_double(bf_json_get(parameters, keys[i]), &value) != BF_OK;
    settings[i] = (bf_setting){.key = keys[i], .value = (int64_t)value, .is_null = is_null};
  }
  /* The document knows booleans only as text. */
  bf_text text = {0};
  assert_ok(bf_json_print(bf_json_get(parameters, "is_signed"), &text));
  bool is_unsigned = strstr(bf_text_view(&text), "false") != NULL;
  bf_text_release(&text);
  bf_quantizer quantizer;
  assert_ok(bf_quantizer_init(&quantizer, "integer", 2, settings, is_unsigned));
  return quantizer;
}

static size_t product(const bf_json *shape)
{
  size_t n = 1;
  for (size_t i = 0; i < bf_json_size(shape); i++) {
    double extent;
    assert_ok(bf_json_double(bf_json_at(shape, i), &extent));
    n *= (size_t)extent;
  }
  return n;
}

/* One element, which may be the text "nan" or "inf". */
static float element(const bf_json *array, size_t i)
{
  const bf_json *item = bf_json_at(array, i);
  if (bf_json_text(item) != NULL)
    return strtof(bf_json_text(item), NULL);
  double value;
  assert_ok(bf_json_double(item, &value));
  return (float)value;
}

static void check_case(const bf_json *vector)
{
  bf_quantizer quantizer = quantizer_of(bf_json_get(vector, "params"));
  size_t n = product(bf_json_get(vector, "shape"));
  const bf_json *input = bf_json_get(vector, "input"), *output = bf_json_get(vector, "output");
  assert_int_equal(bf_json_size(input), n);
  for (size_t i = 0; i < n; i++) {
    float y = quantized(&quantizer, element(input, i));
    float expected = element(output, i);
    if (!(y == expected || (isnan(y) && isnan(expected))))
      fail_msg("case %s, element %zu: %.9g, expected %.9g", bf_json_text(bf_json_get(vector, "id")),
               i, (double)y, (double)expected);
  }
}

static void values_of_the_python_tool_are_met_exactly(void **state)
{
  (void)state;
  bf_text text = {0};
  if (!bf_file_exists(BF_SHARED "/data/quantizer_vectors_dev.json"))
    skip();
  assert_ok(bf_file_read(BF_SHARED "/data/quantizer_vectors_dev.json", &text));
  bf_json *vectors;
  assert_ok(bf_json_parse(bf_text_view(&text), "vectors", &vectors));
  size_t n_checked = 0;
  for (size_t i = 0; i < bf_json_size(vectors); i++) {
    const bf_json *vector = bf_json_at(vectors, i);
    if (strcmp(bf_json_text(bf_json_get(vector, "quantizer")), "integer") != 0)
      continue;
    check_case(vector);
    n_checked++;
  }
  assert_int_equal(n_checked, 13);
  bf_json_free(vectors);
  bf_text_release(&text);
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
      cmocka_unit_test(values_of_the_python_tool_are_met_exactly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
