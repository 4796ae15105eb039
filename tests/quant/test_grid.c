/* Grids: the sum that rounds gives what bf_quantize gives; which formats have one.
 * Room: tests. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "quant/grid.h"

static bf_quantizer make(const char *format, int64_t width, int64_t frac, bool is_unsigned)
{
  bf_quantizer quantizer;
  const bf_setting settings[] = {{.key = "width", .value = width},
                                 {.key = "frac_width", .value = frac}};
  assert_ok(bf_quantizer_init(&quantizer, format, 2, settings, is_unsigned));
  return quantizer;
}

/* Q(x) as kernels compute it. */
static float on_grid(const bf_grid *grid, float x)
{
  float raised = x < grid->lo ? grid->lo : x;
  float clamped = raised > grid->hi ? grid->hi : raised;
  return (clamped + grid->magic) - grid->magic;
}

static void check(const bf_quantizer *quantizer, const bf_grid *grid, float x)
{
  float expected, got = on_grid(grid, x);
  bf_quantize(quantizer, 1, 1, &x, &expected);
  if (!(got == expected || (isnan(got) && isnan(expected))))
    fail_msg("%a of %lld bits, frac %lld becomes %a, expected %a", (double)x,
             (long long)quantizer->parameters[0], (long long)quantizer->parameters[1], (double)got,
             (double)expected);
}

/* Any float32 there is, with NaN, infinities and subnormal ones. */
static void check_any(bf_random *random, const bf_quantizer *quantizer, const bf_grid *grid)
{
  uint32_t bits = bf_random_u32(random);
  float x;
  memcpy(&x, &bits, sizeof x);
  check(quantizer, grid, x);
}

/* On the grid or a little beside it, in the middle between two numbers, and next to that. */
static void check_near(bf_random *random, const bf_quantizer *quantizer, const bf_grid *grid)
{
  float step = nextafterf(grid->magic, INFINITY) - grid->magic;
  double n_steps = ((double)grid->hi - (double)grid->lo) / (double)step + 9.0;
  double halves = floor(bf_random_unit(random) * n_steps * 2.0) - 8.0;
  float x = (float)((double)grid->lo + halves * 0.5 * (double)step);
  check(quantizer, grid, x);
  check(quantizer, grid, nextafterf(x, INFINITY));
  check(quantizer, grid, nextafterf(x, -INFINITY));
}

static const int64_t fracs[] = {-64, -20, -3, 0, 1, 4, 12, 30, 64};
enum { N_FRACS = sizeof fracs / sizeof fracs[0] };

static void grid_rounds_as_the_format_does(void **state)
{
  (void)state;
  static const float chosen[] = {NAN,     INFINITY, -INFINITY, 0.0F,      -0.0F,
                                 3.4e38F, -3.4e38F, 1e-45F,    -1.0e-45F, 0x1p-126F};
  bf_random random = bf_random_stream(1, BF_PURPOSE_SYNTH, 0);
  for (size_t i = 0; i < 22 * N_FRACS * 2; i++) {
    bf_quantizer quantizer =
        make("integer", 1 + (int64_t)(i / 2 % 22), fracs[i / 44], (i & 1) != 0);
    bf_grid grid;
    assert_true(bf_quantizer_grid(&quantizer, &grid));
    for (size_t k = 0; k < sizeof chosen / sizeof chosen[0]; k++)
      check(&quantizer, &grid, chosen[k]);
    for (size_t k = 0; k < 200; k++) {
      check_any(&random, &quantizer, &grid);
      check_near(&random, &quantizer, &grid);
    }
  }
}

static void grid_is_made_of_the_format(void **state)
{
  (void)state;
  bf_quantizer with_sign = make("integer", 8, 4, false), without = make("fixed", 4, 2, true);
  bf_grid grid;
  assert_true(bf_quantizer_grid(&with_sign, &grid));
  assert_true(grid.lo == -8.0F && grid.hi == 127.0F / 16.0F && grid.magic == 0x1.8p19F);
  assert_true(bf_quantizer_grid(&without, &grid));
  assert_true(grid.lo == 0.0F && grid.hi == 3.75F && grid.magic == 0x1.8p21F);
}

/* The sum must stay between 2^23 and 2^24 steps: numbers of at most 22 bits and a sign. */
static void wide_formats_have_no_grid(void **state)
{
  (void)state;
  const bf_grid untouched = {1.0F, 2.0F, 3.0F};
  for (int64_t width = 1; width <= 32; width++)
    for (size_t i = 0; i < N_FRACS * 2; i++) {
      bool is_unsigned = i < N_FRACS;
      bf_quantizer quantizer = make("fixed", width, fracs[i % N_FRACS], is_unsigned);
      bf_grid grid = untouched;
      bool is_narrow = width <= (is_unsigned ? 22 : 23);
      assert_true(bf_quantizer_grid(&quantizer, &grid) == is_narrow);
      assert_true(is_narrow || memcmp(&grid, &untouched, sizeof grid) == 0);
    }
}

static void widest_grid_rounds_as_the_format_does(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(2, BF_PURPOSE_SYNTH, 0);
  bf_quantizer quantizer = make("integer", 23, 7, false);
  bf_grid grid;
  assert_true(bf_quantizer_grid(&quantizer, &grid));
  check(&quantizer, &grid, grid.lo);
  check(&quantizer, &grid, grid.hi);
  for (size_t k = 0; k < 20000; k++)
    check_near(&random, &quantizer, &grid);
}

static void quantizer_without_format_has_no_grid(void **state)
{
  (void)state;
  const bf_quantizer none = {0};
  bf_grid grid;
  assert_false(bf_quantizer_grid(&none, &grid));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(grid_rounds_as_the_format_does),
      cmocka_unit_test(grid_is_made_of_the_format),
      cmocka_unit_test(wide_formats_have_no_grid),
      cmocka_unit_test(widest_grid_rounds_as_the_format_does),
      cmocka_unit_test(quantizer_without_format_has_no_grid),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
