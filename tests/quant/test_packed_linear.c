/* Layers in integers: the fake-quantised result to the bit, on every ISA this CPU has.
 * Room: tests. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "data/tiles.h"
#include "quant/packed_linear.h"

enum { N_TILES = 2, N_ROWS = N_TILES * BF_TILE };

_Static_assert((int)BF_PACKED_TILE == (int)BF_TILE, "both rooms mean the same tiles");

static bf_quantizer make(int64_t width, int64_t frac, bool is_unsigned)
{
  bf_quantizer quantizer;
  const bf_setting settings[] = {{.key = "width", .value = width},
                                 {.key = "frac_width", .value = frac}};
  assert_ok(bf_quantizer_init(&quantizer, "fixed", 2, settings, is_unsigned));
  return quantizer;
}

/* Of the CPU, whatever the user asks for. */
static bf_isa best_isa(void)
{
  bf_isa isa;
  unsetenv("BITFRONT_ISA");
  assert_ok(bf_isa_detect(&isa));
  return isa;
}

/* Values of a layer, in place for everything that is computed from it. */
typedef struct operands {
  bf_packed_linear_options options;
  float *x, *weights, *bias;
  float *y, *expected;
} operands;

static float *floats(size_t n)
{
  float *values = bf_alloc(n, sizeof *values);
  assert_non_null(values);
  return values;
}

static operands operands_of(size_t n_in, size_t n_out, bf_quantizer data_in, bf_quantizer weight)
{
  operands o = {.x = floats(N_ROWS * n_in),
                .weights = floats(n_in * n_out),
                .bias = floats(n_out),
                /* One tile more than is asked for: nobody may write there. */
                .y = floats((N_ROWS + BF_TILE) * n_out),
                .expected = floats(N_ROWS * n_out)};
  o.options = (bf_packed_linear_options){.n_in = n_in,
                                         .n_out = n_out,
                                         .data_in = data_in,
                                         .weight = weight,
                                         .weights = o.weights,
                                         .bias = o.bias};
  return o;
}

static void release(operands *o)
{
  free(o->x);
  free(o->weights);
  free(o->bias);
  free(o->y);
  free(o->expected);
}

/* Multiples of a quarter of a step, many of them between two steps, some of them out of range. */
static void draw(bf_random *random, const bf_quantizer *quantizer, size_t n, float *values)
{
  int width = (int)quantizer->parameters[0], frac = (int)quantizer->parameters[1];
  int64_t reach = (int64_t)5 << width;
  for (size_t i = 0; i < n; i++) {
    int64_t quarters = (int64_t)bf_random_below(random, (uint64_t)reach) - reach / 2;
    values[i] = ldexpf((float)quarters, -2 - frac);
  }
}

static void draw_operands(uint64_t seed, operands *o)
{
  bf_random random = bf_random_stream(seed, BF_PURPOSE_SYNTH, 0);
  const bf_packed_linear_options *options = &o->options;
  draw(&random, &options->data_in, N_ROWS * options->n_in, o->x);
  draw(&random, &options->weight, options->n_in * options->n_out, o->weights);
  int frac = (int)(options->data_in.parameters[1] + options->weight.parameters[1]);
  for (size_t i = 0; i < options->n_out; i++)
    o->bias[i] = ldexpf((float)bf_random_normal(&random), 4 - frac);
}

/* What fake quantisation computes: sums in float64, where integers stay exact up to 2^53. */
static void expect(operands *o)
{
  const bf_packed_linear_options *options = &o->options;
  size_t n_in = options->n_in, n_out = options->n_out;
  float *x = floats(N_ROWS * n_in), *w = floats(n_in * n_out);
  bf_quantize(&options->data_in, N_ROWS, n_in, o->x, x);
  bf_quantize(&options->weight, n_out, n_in, o->weights, w);
  for (size_t r = 0; r < N_ROWS; r++)
    for (size_t j = 0; j < n_out; j++) {
      double sum = 0.0;
      for (size_t i = 0; i < n_in; i++)
        sum += (double)x[bf_tile_place(n_in, r, i)] * (double)w[j * n_in + i];
      float y = (float)sum + (options->bias != NULL ? o->bias[j] : 0.0F);
      o->expected[bf_tile_place(n_out, r, j)] = options->has_relu && y < 0.0F ? 0.0F : y;
    }
  free(x);
  free(w);
}

static bool are_same(float a, float b)
{
  return a == b || (isnan(a) && isnan(b));
}

static void run(operands *o, bf_isa isa)
{
  size_t n_out = o->options.n_out;
  bf_packed_linear *packed = NULL;
  for (size_t i = 0; i < (N_ROWS + BF_TILE) * n_out; i++)
    o->y[i] = -7777.0F;
  assert_ok(bf_packed_linear_create(&o->options, isa, &packed));
  bf_packed_linear_run(packed, N_TILES, o->x, o->y);
  bf_packed_linear_free(packed);
  for (size_t i = 0; i < BF_TILE * n_out; i++)
    assert_true(o->y[N_ROWS * n_out + i] == -7777.0F);
}

/* On each ISA. */
static void check(operands *o)
{
  const bf_packed_linear_options *options = &o->options;
  expect(o);
  for (bf_isa isa = BF_ISA_BASE; isa <= best_isa(); isa++) {
    run(o, isa);
    for (size_t i = 0; i < N_ROWS * options->n_out; i++)
      if (!are_same(o->y[i], o->expected[i]))
        fail_msg("%s, %zu-%zu, bits %d x %d%s, place %zu: %.9g, expected %.9g", bf_isa_name(isa),
                 options->n_in, options->n_out, (int)options->data_in.parameters[0],
                 (int)options->weight.parameters[0], options->data_in.is_unsigned ? "u" : "", i,
                 (double)o->y[i], (double)o->expected[i]);
  }
}

static void check_drawn(size_t n_in, size_t n_out, bf_quantizer data_in, bf_quantizer weight)
{
  operands o = operands_of(n_in, n_out, data_in, weight);
  draw_operands(n_in * 1000 + n_out, &o);
  o.options.has_relu = n_out % 2 == 0;
  check(&o);
  release(&o);
}

static void layers_of_all_widths_equal_fake_quantisation(void **state)
{
  (void)state;
  for (int x = 1; x <= 8; x++)
    for (int w = 1; w <= 8; w++)
      for (int is_unsigned = 0; is_unsigned < 2; is_unsigned++)
        check_drawn(17, 9, make(x, x / 2, is_unsigned), make(w, w / 2, false));
}

static void layers_of_all_shapes_equal_fake_quantisation(void **state)
{
  (void)state;
  static const size_t chosen[][2] = {{1, 1},   {2, 3},    {3, 2},   {4, 4},   {5, 1},    {16, 5},
                                     {16, 16}, {64, 64},  {63, 65}, {127, 7}, {128, 31}, {512, 5},
                                     {1, 512}, {511, 13}, {300, 8}, {20, 20}};
  static const int widths[][2] = {{8, 8}, {8, 7}, {7, 7}, {6, 7}, {4, 4}, {2, 3}};
  for (size_t i = 0; i < sizeof chosen / sizeof chosen[0]; i++)
    for (size_t j = 0; j < sizeof widths / sizeof widths[0]; j++)
      check_drawn(chosen[i][0], chosen[i][1], make(widths[j][0], 3, j % 2 == 0),
                  make(widths[j][1], 4, false));
}

static void layers_of_random_shapes_and_formats_equal_fake_quantisation(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(3, BF_PURPOSE_SPLIT, 0);
  for (int i = 0; i < 150; i++) {
    size_t n_in = 1 + (size_t)bf_random_below(&random, 100);
    size_t n_out = 1 + (size_t)bf_random_below(&random, 40);
    int x = 1 + (int)bf_random_below(&random, 8), w = 1 + (int)bf_random_below(&random, 8);
    int x_frac = (int)bf_random_below(&random, 97) - 48;
    int w_frac = (int)bf_random_below(&random, 97) - 48;
    check_drawn(n_in, n_out, make(x, x_frac, i % 3 == 0), make(w, w_frac, false));
  }
}

static void sums_beyond_float32_are_rounded_once(void **state)
{
  (void)state;
  bf_quantizer data_in = make(8, 0, true), weight = make(8, 0, false);
  operands o = operands_of(4099, 2, data_in, weight);
  bf_random random = bf_random_stream(1, BF_PURPOSE_SYNTH, 0);
  for (size_t i = 0; i < N_ROWS * o.options.n_in; i++)
    o.x[i] = 128.0F + (float)bf_random_below(&random, 128);
  for (size_t i = 0; i < o.options.n_in * o.options.n_out; i++)
    o.weights[i] = 64.0F + (float)bf_random_below(&random, 64);
  o.options.bias = NULL;
  check(&o);
  assert_true(o.y[0] > 0x1p24F);
  release(&o);
}

/* Four corners: x all lowest or all highest, the weights likewise. */
static void check_corners(size_t n_in, bf_quantizer data_in, bf_quantizer weight)
{
  operands o = operands_of(n_in, 4, data_in, weight);
  for (size_t r = 0; r < N_ROWS; r++)
    for (size_t i = 0; i < n_in; i++)
      o.x[bf_tile_place(n_in, r, i)] = r % 2 == 0 ? -1e30F : 1e30F;
  for (size_t i = 0; i < n_in * 4; i++)
    o.weights[i] = i / n_in % 2 == 0 ? -1e30F : 1e30F;
  o.options.bias = NULL;
  check(&o);
  release(&o);
}

static void extreme_values_saturate_no_sum(void **state)
{
  (void)state;
  for (int x = 1; x <= 8; x++)
    for (int w = 1; w <= 8; w++)
      for (int is_unsigned = 0; is_unsigned < 2; is_unsigned++)
        check_corners(512, make(x, 0, is_unsigned), make(w, 2, false));
}

static void extreme_values_overflow_no_sum_of_the_longest_layers(void **state)
{
  (void)state;
  check_corners(32768, make(8, 0, false), make(8, 0, false));
  check_corners(32768, make(8, 0, true), make(8, 0, false));
}

static void values_not_finite_saturate_or_make_their_row_nan(void **state)
{
  (void)state;
  static const int widths[] = {3, 8};
  for (size_t k = 0; k < 2; k++) {
    operands o = operands_of(7, 5, make(widths[k], 2, false), make(widths[k], 2, false));
    draw_operands(5, &o);
    o.x[bf_tile_place(7, 3, 6)] = NAN;
    o.x[bf_tile_place(7, 31, 0)] = -NAN;
    o.x[bf_tile_place(7, 4, 2)] = INFINITY;
    o.x[bf_tile_place(7, 5, 2)] = -INFINITY;
    o.x[bf_tile_place(7, 6, 2)] = 1e-42F;
    o.weights[7] = -INFINITY;
    o.options.has_relu = true;
    check(&o);
    assert_true(isnan(o.y[bf_tile_place(5, 3, 0)]) && isnan(o.y[bf_tile_place(5, 31, 4)]));
    assert_true(isfinite(o.y[bf_tile_place(5, 4, 0)]) && isfinite(o.y[bf_tile_place(5, 5, 1)]));
    o.weights[7 * 4 + 1] = NAN;
    check(&o);
    assert_true(isnan(o.y[bf_tile_place(5, 9, 4)]) && isfinite(o.y[bf_tile_place(5, 9, 3)]));
    release(&o);
  }
}

static void lanes_behind_the_last_row_do_no_harm(void **state)
{
  (void)state;
  static const float garbage[] = {NAN, INFINITY, -1e38F, 3.0F};
  operands o = operands_of(13, 6, make(8, 4, false), make(8, 6, false));
  float clean[BF_TILE * 6];
  for (bf_isa isa = BF_ISA_BASE; isa <= best_isa(); isa++) {
    draw_operands(11, &o);
    run(&o, isa);
    memcpy(clean, o.y + BF_TILE * 6, sizeof clean);
    for (size_t r = 20; r < N_ROWS; r++)
      for (size_t i = 0; i < 13; i++)
        o.x[bf_tile_place(13, r, i)] = garbage[(r + i) % 4];
    run(&o, isa);
    for (size_t j = 0; j < 6; j++)
      for (size_t lane = 0; lane < 20 - BF_TILE; lane++)
        assert_true(o.y[BF_TILE * 6 + j * BF_TILE + lane] == clean[j * BF_TILE + lane]);
  }
  release(&o);
}

static void run_repeats_itself_without_allocating(void **state)
{
  (void)state;
  operands o = operands_of(30, 7, make(5, 2, false), make(6, 3, false));
  draw_operands(2, &o);
  expect(&o);
  float *poisoned = floats(N_ROWS * 30);
  for (size_t i = 0; i < N_ROWS * 30; i++)
    poisoned[i] = NAN;
  for (bf_isa isa = BF_ISA_BASE; isa <= best_isa(); isa++) {
    bf_packed_linear *packed;
    assert_ok(bf_packed_linear_create(&o.options, isa, &packed));
    bf_alloc_fail_after(0);
    bf_packed_linear_run(packed, N_TILES, poisoned, o.y);
    bf_packed_linear_run(packed, N_TILES, o.x, o.y);
    assert_null(bf_alloc(1, 1)); /* the failure is still to come */
    for (size_t i = 0; i < N_ROWS * (size_t)7; i++)
      assert_true(o.y[i] == o.expected[i]);
    bf_packed_linear_run(packed, 0, NULL, NULL);
    bf_packed_linear_free(packed);
  }
  free(poisoned);
  release(&o);
}

static void widths_choose_the_kernel(void **state)
{
  (void)state;
  static const struct {
    bf_isa isa;
    int x, w;
    const char *name;
  } cases[] = {
      {BF_ISA_BASE, 8, 8, "base"},          {BF_ISA_BASE, 2, 2, "base"},
      {BF_ISA_AVX2, 8, 8, "avx2, 16 bits"}, {BF_ISA_AVX2, 8, 7, "avx2, 16 bits"},
      {BF_ISA_AVX2, 7, 7, "avx2, 16 bits"}, {BF_ISA_AVX2, 7, 6, "avx2, 8 bits"},
      {BF_ISA_AVX2, 6, 7, "avx2, 8 bits"},  {BF_ISA_AVX2, 2, 2, "avx2, 8 bits"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    if (cases[i].isa > best_isa())
      continue;
    operands o = operands_of(3, 2, make(cases[i].x, 0, false), make(cases[i].w, 0, false));
    bf_packed_linear *packed;
    assert_ok(bf_packed_linear_create(&o.options, cases[i].isa, &packed));
    assert_string_equal(bf_packed_linear_kernel(packed), cases[i].name);
    bf_packed_linear_free(packed);
    release(&o);
  }
}

static void layers_that_fit_are_told_from_others(void **state)
{
  (void)state;
  const bf_quantizer none = {0}, byte = make(8, 4, false), unsigned_byte = make(8, 4, true);
  const bf_quantizer wide = make(9, 4, false), bit = make(1, 0, false);
  assert_true(bf_packed_linear_fits(&byte, &byte, 32768));
  assert_true(bf_packed_linear_fits(&unsigned_byte, &byte, 32768));
  assert_false(bf_packed_linear_fits(&byte, &byte, 32769));
  assert_true(bf_packed_linear_fits(&bit, &byte, (size_t)1 << 22));
  assert_false(bf_packed_linear_fits(&bit, &byte, ((size_t)1 << 22) + 1));
  assert_false(bf_packed_linear_fits(&byte, &byte, 0));
  assert_false(bf_packed_linear_fits(&byte, &unsigned_byte, 16));
  assert_false(bf_packed_linear_fits(&wide, &byte, 16));
  assert_false(bf_packed_linear_fits(&byte, &wide, 16));
  assert_false(bf_packed_linear_fits(&none, &byte, 16));
  assert_false(bf_packed_linear_fits(&byte, &none, 16));
}

static void steps_out_of_float32_do_not_fit(void **state)
{
  (void)state;
  const bf_quantizer fine = make(4, 64, false), coarse = make(4, -64, false);
  const bf_quantizer less_fine = make(4, 62, false), less_coarse = make(4, -32, false);
  assert_false(bf_packed_linear_fits(&fine, &fine, 16));
  assert_false(bf_packed_linear_fits(&coarse, &coarse, 16));
  assert_true(bf_packed_linear_fits(&fine, &coarse, 16));
  assert_true(bf_packed_linear_fits(&fine, &less_fine, 16));
  assert_true(bf_packed_linear_fits(&less_coarse, &coarse, 16));
  check_drawn(16, 5, fine, less_fine);
  check_drawn(16, 5, less_coarse, coarse);
  check_drawn(16, 5, fine, coarse);
}

static void layers_that_are_exact_are_told_from_others(void **state)
{
  (void)state;
  const bf_quantizer byte = make(8, 4, false), unsigned_byte = make(8, 4, true);
  const bf_quantizer wide = make(9, 4, false), bit = make(1, 0, true);
  assert_true(bf_packed_linear_is_exact(&byte, &byte, 1024));
  assert_false(bf_packed_linear_is_exact(&byte, &byte, 1025));
  assert_true(bf_packed_linear_is_exact(&unsigned_byte, &byte, 514));
  assert_false(bf_packed_linear_is_exact(&unsigned_byte, &byte, 515));
  assert_true(bf_packed_linear_is_exact(&bit, &byte, 131072));
  assert_false(bf_packed_linear_is_exact(&bit, &byte, 131073));
  assert_false(bf_packed_linear_is_exact(&wide, &byte, 4));
}

static void create_of_what_does_not_fit_is_refused(void **state)
{
  (void)state;
  bf_packed_linear *packed = NULL;
  operands o = operands_of(6, 2, make(9, 4, false), make(8, 4, false));
  assert_fails(bf_packed_linear_create(&o.options, BF_ISA_BASE, &packed), BF_ERR_USAGE,
               "a layer of 6 inputs in 'fixed' with weights in 'fixed' cannot be packed");
  o.options.data_in = (bf_quantizer){0};
  assert_fails(bf_packed_linear_create(&o.options, BF_ISA_BASE, &packed), BF_ERR_USAGE, "'NA'");
  assert_null(packed);
  release(&o);
  bf_packed_linear_free(NULL);
}

static void create_without_memory_fails_cleanly(void **state)
{
  (void)state;
  bf_packed_linear *packed = NULL;
  operands o = operands_of(6, 2, make(8, 4, false), make(8, 4, false));
  long n = 0;
  for (;; n++) {
    bf_alloc_fail_after(n);
    bf_status status = bf_packed_linear_create(&o.options, BF_ISA_BASE, &packed);
    if (status == BF_OK)
      break;
    assert_int_equal(status, BF_ERR_NOMEM);
    assert_null(packed);
  }
  bf_alloc_fail_after(-1);
  assert_int_equal(n, 6);
  bf_packed_linear_free(packed);
  release(&o);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layers_of_all_widths_equal_fake_quantisation),
      cmocka_unit_test(layers_of_all_shapes_equal_fake_quantisation),
      cmocka_unit_test(layers_of_random_shapes_and_formats_equal_fake_quantisation),
      cmocka_unit_test(sums_beyond_float32_are_rounded_once),
      cmocka_unit_test(extreme_values_saturate_no_sum),
      cmocka_unit_test(extreme_values_overflow_no_sum_of_the_longest_layers),
      cmocka_unit_test(values_not_finite_saturate_or_make_their_row_nan),
      cmocka_unit_test(lanes_behind_the_last_row_do_no_harm),
      cmocka_unit_test(run_repeats_itself_without_allocating),
      cmocka_unit_test(widths_choose_the_kernel),
      cmocka_unit_test(layers_that_fit_are_told_from_others),
      cmocka_unit_test(steps_out_of_float32_do_not_fit),
      cmocka_unit_test(layers_that_are_exact_are_told_from_others),
      cmocka_unit_test(create_of_what_does_not_fit_is_refused),
      cmocka_unit_test(create_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
