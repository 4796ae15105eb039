/* Formats with exponents: fast kernels against slow ones, laws, ranges of their parameters.
 * Room: tests. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "quant/exponents.h"
#include "quant/powers.h"

/* Finds ends of stretches, too. */
enum { N_VALUES = 1000 };

static void assert_same(size_t n, const float *x, const float *a, const float *b)
{
  for (size_t i = 0; i < n; i++)
    if (!(a[i] == b[i] || (isnan(a[i]) && isnan(b[i]))))
      fail_msg("%a becomes %a, expected %a", (double)x[i], (double)a[i], (double)b[i]);
}

static const struct {
  bf_exponents_kernel *apply, *slow;
} kernels[] = {
    {bf_denorm_apply, bf_denorm_slow}, {bf_ieee_apply, bf_ieee_slow}, {bf_log_apply, bf_log_slow}};
enum { N_KERNELS = sizeof kernels / sizeof kernels[0] };

static void compare_kernels(const bf_exponents *exponents, size_t n, const float *x)
{
  float fast[N_VALUES], slow[N_VALUES];
  for (size_t k = 0; k < N_KERNELS; k++) {
    kernels[k].apply(exponents, n, x, fast);
    kernels[k].slow(exponents, n, x, slow);
    assert_same(n, x, fast, slow);
  }
}

static const bf_exponents *some_exponents(size_t i)
{
  static bf_exponents made;
  static const int bounds[][3] = {{-7, 8, 3},     {-126, 127, 5}, {-127, 128, 23}, {-63, 64, 0},
                                  {-255, 256, 2}, {3, 18, 4},     {-140, -125, 7}, {-150, 200, 30}};
  if (i == sizeof bounds / sizeof bounds[0])
    return NULL;
  made = bf_exponents_of((float)bounds[i][0], (float)bounds[i][1], bounds[i][2]);
  return &made;
}

/* One float32 number in 4099, in the long form one in 101: all exponents, mantissas all over. */
static void kernels_agree_on_floats_of_all_sizes(void **state)
{
  (void)state;
  uint32_t step = getenv("BITFRONT_LONG") != NULL ? 101 : 4099;
  float x[N_VALUES];
  const bf_exponents *exponents;
  for (size_t e = 0; (exponents = some_exponents(e)) != NULL; e++)
    for (uint64_t bits = 0; bits <= UINT32_MAX;) {
      size_t n = 0;
      for (; n < N_VALUES && bits <= UINT32_MAX; n++, bits += step) {
        uint32_t low = (uint32_t)bits;
        memcpy(&x[n], &low, sizeof low);
      }
      compare_kernels(exponents, n, x);
    }
}

/* Where log2f rounds to whole numbers and halves: that is where bits alone would be wrong. */
static void kernels_agree_beside_powers_of_two_and_between(void **state)
{
  (void)state;
  float x[N_VALUES];
  const bf_exponents *exponents;
  for (size_t e = 0; (exponents = some_exponents(e)) != NULL; e++)
    for (int power = BF_LEAST_POWER; power <= BF_HIGHEST_POWER; power++)
      for (int half = 0; half < 2; half++) {
        int32_t middle = bf_bits_of(ldexpf(half == 1 ? 1.41421354F : 1.0F, power));
        for (int32_t i = 0; i < N_VALUES; i++) {
          int32_t bits = middle + i - N_VALUES / 2;
          x[i] = bf_float_of(bits > 0 ? bits : -bits);
        }
        compare_kernels(exponents, N_VALUES, x);
      }
}

/* A quantizer with any parameters that are in range comes of these. */

static int64_t between(bf_random *random, int64_t lowest, int64_t highest)
{
  return lowest + (int64_t)bf_random_below(random, (uint32_t)(highest - lowest + 1));
}

static bf_setting number(const char *key, int64_t value, bool is_null)
{
  return (bf_setting){.key = key, .value = value, .is_null = is_null};
}

static bf_setting any_block(bf_random *random)
{
  bf_setting setting = {.key = "block_size"};
  const int64_t entries[] = {between(random, 1, 9), between(random, 1, 20)};
  size_t n = (size_t)between(random, 1, 2);
  assert_ok(bf_setting_block(&setting, n, entries + 2 - n));
  return setting;
}

static bf_quantizer any_quantizer(bf_random *random, const char *format)
{
  bf_quantizer quantizer;
  bool is_block = strncmp(format, "block", 5) == 0, is_fp = strcmp(format, "block_fp") == 0;
  bool has_bias = !is_block || is_fp, is_log = strstr(format, "log") != NULL;
  int64_t width = between(random, is_fp ? 1 : 2, 32);
  int64_t exponent_width = is_fp ? between(random, 1, 31) : between(random, 1, width - 1);
  int64_t top = bf_exponents_top(is_log ? width - 1 : exponent_width);
  bf_setting settings[4] = {number("width", width, false)};
  size_t n = 1;
  if (!is_log)
    settings[n++] = number("exponent_width", exponent_width, false);
  if (has_bias)
    settings[n++] = number("exponent_bias", between(random, -127, top < 300 ? top + 149 : 300),
                           between(random, 0, 1) == 1);
  else
    settings[n++] = number("exponent_bias_width", between(random, 0, 31), false);
  if (is_block)
    settings[n++] = any_block(random);
  assert_ok(bf_quantizer_init(&quantizer, format, n, settings, between(random, 0, 1) == 1));
  return quantizer;
}

static float any_bits(bf_random *random)
{
  return bf_float_of((int32_t)bf_random_below(random, UINT64_C(1) << 32));
}

static const char *const formats[] = {"minifloat_denorm", "minifloat_ieee",  "log",
                                      "block_fp",         "block_minifloat", "block_log"};
enum { N_FORMATS = sizeof formats / sizeof formats[0], N_ROWS = 5, N_COLUMNS = 13 };
enum { SIZE = N_ROWS * N_COLUMNS };

/* ASan and UBSan watch this one. A format without blocks does not see the shape. */
static void parameters_in_range_quantise_any_bits(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(7, BF_PURPOSE_SYNTH, 0);
  int n_draws = getenv("BITFRONT_LONG") != NULL ? 200000 : 500;
  for (int draw = 0; draw < n_draws; draw++)
    for (size_t f = 0; f < N_FORMATS; f++) {
      bf_quantizer quantizer = any_quantizer(&random, formats[f]);
      float x[SIZE], y[SIZE], again[SIZE];
      for (size_t i = 0; i < SIZE; i++)
        x[i] = any_bits(&random);
      bf_quantize(&quantizer, N_ROWS, N_COLUMNS, x, y);
      bf_quantize(&quantizer, N_ROWS, N_COLUMNS, x, again);
      assert_memory_equal(y, again, sizeof y);
      if (bf_quantizer_is_local(&quantizer)) {
        bf_quantize(&quantizer, 1, SIZE, x, again);
        assert_same(SIZE, x, again, y);
      }
      bf_quantize_rows(&quantizer, N_ROWS, N_COLUMNS, x, x);
    }
}

/* Normal numbers, some of them 0. */
static float any_value(bf_random *random)
{
  return bf_random_below(random, 4) == 0 ? 0.0F : (float)(bf_random_normal(random) * 3.0);
}

/* A second time nothing changes: for minifloats with a hidden bit and powers of two. (Without it
 * 2^k is next below itself at first; of blocks the largest value moves.) */
static void values_of_a_format_stay(void **state)
{
  (void)state;
  static const char *const stable[] = {"minifloat_ieee", "log"};
  bf_random random = bf_random_stream(8, BF_PURPOSE_SYNTH, 0);
  for (int draw = 0; draw < 2000; draw++) {
    float x[SIZE], y[SIZE], z[SIZE];
    bf_quantizer quantizer = any_quantizer(&random, stable[draw % 2]);
    for (size_t i = 0; i < SIZE; i++)
      x[i] = any_value(&random);
    bf_quantize(&quantizer, N_ROWS, N_COLUMNS, x, y);
    bf_quantize(&quantizer, N_ROWS, N_COLUMNS, y, z);
    for (size_t i = 0; i < SIZE; i++)
      if (isfinite(y[i]) && fabsf(y[i]) > 1e-3F && fabsf(y[i]) < 1e30F && y[i] != z[i])
        fail_msg("%s %lld: %a becomes %a, then %a", stable[draw % 2],
                 (long long)quantizer.parameters[0], (double)x[i], (double)y[i], (double)z[i]);
  }
}

static bf_quantizer made(const char *format, size_t n, const bf_setting *settings)
{
  bf_quantizer quantizer;
  assert_ok(bf_quantizer_init(&quantizer, format, n, settings, false));
  return quantizer;
}

static int by_size(const void *a, const void *b)
{
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

/* From -1e-3 to 1e-3 fractions of a power of two are steps; farther out larger x has larger Q(x),
 * as long as Q(x) is not beyond the largest value. */
static void values_keep_their_order_and_bounds(void **state)
{
  (void)state;
  const bf_setting settings[] = {number("width", 8, false), number("exponent_width", 4, false)};
  bf_quantizer quantizer = made("minifloat_ieee", 2, settings);
  bf_random random = bf_random_stream(9, BF_PURPOSE_SYNTH, 0);
  float x[N_VALUES], y[N_VALUES];
  for (size_t i = 0; i < N_VALUES; i++)
    x[i] = (float)(bf_random_normal(&random) * pow(2.0, (double)between(&random, -12, 12)));
  qsort(x, N_VALUES, sizeof *x, by_size);
  bf_quantize(&quantizer, 1, N_VALUES, x, y);
  for (size_t i = 0; i < N_VALUES; i++) {
    assert_true(i == 0 || y[i] >= y[i - 1]);
    assert_true(fabsf(y[i]) <= 480.0F); /* 2^8 (1 + 7/8) */
  }
}

/* A data row's blocks are its own: rows of zeros beside it or not. */
static void rows_do_not_depend_on_each_other(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(10, BF_PURPOSE_SYNTH, 0);
  for (size_t f = 0; f < N_FORMATS; f++)
    for (int draw = 0; draw < 50; draw++) {
      bf_quantizer quantizer = any_quantizer(&random, formats[f]);
      float x[SIZE], y[SIZE], row[N_COLUMNS];
      for (size_t i = 0; i < SIZE; i++)
        x[i] = i / N_COLUMNS == 2 ? 0.0F : any_value(&random);
      bf_quantize_rows(&quantizer, N_ROWS, N_COLUMNS, x, y);
      for (size_t r = 0; r < N_ROWS; r++) {
        bf_quantize(&quantizer, 1, N_COLUMNS, x + r * N_COLUMNS, row);
        assert_memory_equal(row, y + r * N_COLUMNS, sizeof row);
      }
    }
}

static void exponents_are_shared_bits(void **state)
{
  (void)state;
  const int64_t four[] = {4, 4};
  bf_setting settings[] = {
      number("width", 6, false), number("exponent_width", 5, false), {.key = "block_size"}};
  assert_ok(bf_setting_block(&settings[2], 2, four));
  bf_quantizer tiles = made("block_fp", 3, settings), wide = made("block_fp", 2, settings);
  assert_int_equal(bf_quantizer_width(&tiles), 6);
  assert_int_equal(bf_quantizer_shared_bits(&tiles, 8, 16), 2 * 4 * 5);
  assert_int_equal(bf_quantizer_shared_bits(&tiles, 5, 17), 2 * 5 * 5);
  assert_int_equal(bf_quantizer_shared_bits(&tiles, 1, 3), 5);
  assert_int_equal(bf_quantizer_shared_bits(&tiles, 0, 3), 0);
  assert_int_equal(bf_quantizer_shared_bits(&wide, 5, 32), 2 * 5); /* [16]: all rows */
  assert_int_equal(bf_quantizer_precision(&wide), 6 + 5 + 15);
  assert_false(bf_quantizer_is_local(&wide));
  const bf_setting small[] = {number("width", 6, false), number("exponent_width", 2, false)};
  bf_quantizer minifloat = made("minifloat_ieee", 2, small);
  assert_int_equal(bf_quantizer_shared_bits(&minifloat, 8, 16), 0);
  assert_true(bf_quantizer_is_local(&minifloat));
}

/* What is written down of a quantizer makes it again. */
static void quantizers_are_made_again_of_their_parameters(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(11, BF_PURPOSE_SYNTH, 0);
  for (int draw = 0; draw < 300; draw++) {
    bf_quantizer quantizer = any_quantizer(&random, formats[(size_t)draw % N_FORMATS]), again;
    bf_setting settings[BF_MAX_FORMAT_PARAMETERS];
    size_t n = bf_quantizer_n_parameters(&quantizer);
    for (size_t i = 0; i < n; i++)
      settings[i] = bf_quantizer_parameter(&quantizer, i);
    assert_ok(bf_quantizer_init(&again, bf_quantizer_name(&quantizer), n, settings,
                                quantizer.is_unsigned));
    assert_memory_equal(quantizer.parameters, again.parameters, sizeof again.parameters);
    assert_int_equal(quantizer.block.n_rows, again.block.n_rows);
    assert_int_equal(quantizer.block.n_columns, again.block.n_columns);
  }
}

static void parameters_out_of_range_are_refused(void **state)
{
  (void)state;
  static const struct {
    const char *format;
    bf_setting settings[3];
    const char *words;
  } cases[] = {
      {"minifloat_ieee",
       {{.key = "width", .value = 4}, {.key = "exponent_width", .value = 4}},
       "exponent_width is 4, expected 1..3"},
      {"minifloat_denorm",
       {{.key = "width", .value = 8}, {.key = "exponent_width"}},
       "exponent_width is 0, expected 1..7"},
      {"minifloat_ieee",
       {{.key = "width", .value = 33}, {.key = "exponent_width", .value = 4}},
       "width is 33, expected 2..32"},
      {"minifloat_ieee",
       {{.key = "width", .value = 8},
        {.key = "exponent_width", .value = 4},
        {.key = "exponent_bias", .value = 165}},
       "exponent_bias is 165, expected -127..164"},
      {"log",
       {{.key = "width", .value = 4}, {.key = "exponent_bias", .value = -128}},
       "exponent_bias is -128, expected -127..156"},
      {"log", {{.key = "width", .value = 1}}, "width is 1, expected 2..32"},
      {"block_fp",
       {{.key = "width", .value = 8}, {.key = "exponent_width", .value = 32}},
       "exponent_width is 32, expected 1..31"},
      {"block_log",
       {{.key = "width", .value = 8}, {.key = "exponent_bias_width", .value = 32}},
       "exponent_bias_width is 32, expected 0..31"},
      {"block_log",
       {{.key = "width", .value = 8},
        {.key = "exponent_bias_width", .value = 8},
        {.key = "block_size"}},
       "block_size: a block has the extent 0, expected -1 or at least 1"},
      {"block_fp",
       {{.key = "width", .value = 8}, {.key = "block_size", .kind = BF_VALUE_FLAG}},
       "block_size is not a block such as [16] or [4, 4]"},
      {"log",
       {{.key = "width", .value = 8}, {.key = "exponent_bias", .kind = BF_VALUE_BLOCK}},
       "exponent_bias is not a whole number"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    bf_quantizer quantizer = {0};
    size_t n = 0;
    while (n < 3 && cases[i].settings[n].key != NULL)
      n++;
    assert_fails(bf_quantizer_init(&quantizer, cases[i].format, n, cases[i].settings, false),
                 BF_ERR_USAGE, cases[i].words);
    assert_null(quantizer.format);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kernels_agree_on_floats_of_all_sizes),
      cmocka_unit_test(kernels_agree_beside_powers_of_two_and_between),
      cmocka_unit_test(parameters_in_range_quantise_any_bits),
      cmocka_unit_test(values_of_a_format_stay),
      cmocka_unit_test(values_keep_their_order_and_bounds),
      cmocka_unit_test(rows_do_not_depend_on_each_other),
      cmocka_unit_test(exponents_are_shared_bits),
      cmocka_unit_test(quantizers_are_made_again_of_their_parameters),
      cmocka_unit_test(parameters_out_of_range_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
