/* Kernels of BatchNorm, of weights and of the optimiser: the reference by hand, every ISA against
 * the reference. Room: tests. */
#include "kernel_cases.h"

/* ---- Sums over rows ---- */

typedef struct norm_case {
  number_kind kind;
  bf_span span;
  size_t width;
  bool has_order, has_gate;
} norm_case;

static bf_random random_of(const norm_case *c)
{
  return bf_random_stream(c->width * 1000 + c->span.n_rows, BF_PURPOSE_SYNTH, c->span.first);
}

static size_t n_values(const norm_case *c)
{
  return c->span.n_tiles * c->width * BF_TILE;
}

/* Tiles whose idle lanes hold `idle`. */
static bf_slab draw_rows(bf_random *random, const norm_case *c, float idle)
{
  size_t n_drawn = (c->span.n_tiles + 2) * c->width * BF_TILE;
  float *values = draw_numbers(random, c->kind, n_drawn);
  const uint32_t *order = c->has_order ? draw_order(random, c->span.n_tiles) : NULL;
  fill_idle_lanes(&c->span, c->width, order, values, idle);
  return (bf_slab){values, order};
}

/* Sums that are added to: the same start every time. */
static double *start_sums(size_t width)
{
  double *sums = take(width, sizeof *sums);
  for (size_t c = 0; c < width; c++)
    sums[c] = (double)c - 2.0;
  return sums;
}

static bool sums_are_right(const char *what, const norm_case *c, const double *expected,
                           const double *once, const double *again)
{
  double tolerance = sum_tolerance(c->span.n_rows);
  return sums_agree(what, c->kind, tolerance, c->width, expected, once) &&
         repeats(what, c->width * sizeof *once, once, again);
}

static bool moments_agree(const bf_tile_kernels *kernels, const norm_case *c)
{
  enum { EXPECTED, ONCE, AGAIN, N_RUNS };
  clear_scene();
  bf_random random = random_of(c);
  bf_slab x = draw_rows(&random, c, NAN);
  const float *shift = draw_numbers(&random, c->kind, c->width);
  double *sums[N_RUNS], *squares[N_RUNS];
  for (size_t i = 0; i < N_RUNS; i++) {
    const bf_tile_kernels *own = i == EXPECTED ? &bf_reference_kernels : kernels;
    sums[i] = start_sums(c->width);
    squares[i] = start_sums(c->width);
    const bf_moments moments = {c->span, c->width, x, shift, sums[i], squares[i]};
    own->moments(&moments);
  }
  return sums_are_right("sum", c, sums[EXPECTED], sums[ONCE], sums[AGAIN]) &&
         sums_are_right("squares", c, squares[EXPECTED], squares[ONCE], squares[AGAIN]) &&
         is_within_bounds();
}

static bool gradient_agrees(const bf_tile_kernels *kernels, const norm_case *c)
{
  enum { EXPECTED, ONCE, AGAIN, N_RUNS };
  clear_scene();
  bf_random random = random_of(c);
  number_kind finite = c->kind == WILD ? EXACT : c->kind;
  bf_norm norm = {.span = c->span, .width = c->width, .x = draw_rows(&random, c, 1.5F)};
  float *dy = draw_numbers(&random, c->kind, n_values(c));
  fill_idle_lanes(&c->span, c->width, NULL, dy, 0.0F);
  norm.dy = dy;
  norm.mean = draw_numbers(&random, c->kind, c->width);
  norm.inverse = draw_numbers(&random, finite, c->width);
  bf_norm runs[N_RUNS];
  for (size_t i = 0; i < N_RUNS; i++) {
    runs[i] = norm;
    runs[i].dy_sum = start_sums(c->width);
    runs[i].product_sum = start_sums(c->width);
    (i == EXPECTED ? &bf_reference_kernels : kernels)->norm_gradient(&runs[i]);
  }
  return sums_are_right("dy_sum", c, runs[EXPECTED].dy_sum, runs[ONCE].dy_sum,
                        runs[AGAIN].dy_sum) &&
         sums_are_right("product_sum", c, runs[EXPECTED].product_sum, runs[ONCE].product_sum,
                        runs[AGAIN].product_sum) &&
         is_within_bounds();
}

static bool input_gradient_agrees(const bf_tile_kernels *kernels, const norm_case *c)
{
  clear_scene();
  bf_random random = random_of(c);
  size_t n = n_values(c);
  bf_norm_input expected = {.span = c->span, .width = c->width, .x = draw_rows(&random, c, NAN)};
  expected.dy = draw_numbers(&random, c->kind, n);
  expected.a = draw_numbers(&random, c->kind, c->width);
  expected.b = draw_numbers(&random, c->kind, c->width);
  expected.c = draw_numbers(&random, c->kind, c->width);
  expected.gate = c->has_gate ? draw_numbers(&random, WILD, n) : NULL;
  bf_norm_input once = expected, again = expected;
  expected.dx = take(n, sizeof(float));
  once.dx = take(n, sizeof(float));
  again.dx = take(n, sizeof(float));
  bf_reference_kernels.norm_input_gradient(&expected);
  kernels->norm_input_gradient(&once);
  kernels->norm_input_gradient(&again);
  return agree("dx", c->kind, 1e-6, n, expected.dx, once.dx) &&
         repeats("dx", n * sizeof(float), once.dx, again.dx) && is_within_bounds();
}

static void must_be_right(const norm_case *c)
{
  static bool (*const checks[])(const bf_tile_kernels *kernels, const norm_case *c) = {
      moments_agree, gradient_agrees, input_gradient_agrees};
  subject subjects[BF_N_ISAS];
  size_t n = find_subjects(subjects);
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < sizeof checks / sizeof checks[0]; k++)
      if (!checks[k](subjects[i].kernels, c))
        fail_msg("%s: width %zu, %zu tiles, %zu rows from %zu on: %s", subjects[i].name, c->width,
                 c->span.n_tiles, c->span.n_rows, c->span.first, complaint);
}

static void norm_kernels_agree_for_widths_up_to_512(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(1, BF_PURPOSE_SPLIT, 0);
  for (size_t width = 1; width <= 512; width += width < 80 ? 1 : 48)
    for (int kind = 0; kind < N_NUMBER_KINDS; kind++) {
      uint32_t bits = bf_random_u32(&random);
      size_t n_tiles = 1 + (size_t)bf_random_below(&random, 9);
      const norm_case c = {(number_kind)kind, draw_span(&random, n_tiles), width, (bits & 1) != 0,
                           (bits & 2) != 0};
      must_be_right(&c);
    }
}

/* Every first lane and every number of rows of one tile and of two. */
static void norm_kernels_agree_for_every_span(void **state)
{
  (void)state;
  for (size_t first = 0; first < BF_TILE; first++)
    for (size_t end = first + 1; end <= 2 * (size_t)BF_TILE; end++) {
      const norm_case c = {EXACT, {bf_n_tiles(end), first, end - first}, 5, false, true};
      must_be_right(&c);
    }
}

static void reference_computes_the_formulas(void **state)
{
  (void)state;
  /* One column; rows are lanes 1 to 3. */
  const float x[BF_TILE] = {99, 1, 2, 6, 99}, dy[BF_TILE] = {0, 1, -1, 3, 0};
  const float gate[BF_TILE] = {1, 1, 0, 1, 1}, mean[] = {3}, inverse[] = {0.5F};
  const float a[] = {2}, b[] = {-1}, c[] = {0.5F};
  const bf_span span = {1, 1, 3};
  const bf_slab slab = {x, NULL};
  double sum = 1.0, squares = 1.0, dy_sum = 1.0, product_sum = 1.0;
  float dx[BF_TILE];
  const bf_norm norm = {span, 1, slab, dy, mean, inverse, &dy_sum, &product_sum};
  const bf_norm_input input = {span, 1, slab, dy, a, b, c, gate, dx};
  const bf_moments moments = {span, 1, slab, mean, &sum, &squares};
  bf_reference_kernels.moments(&moments);
  bf_reference_kernels.norm_gradient(&norm);
  bf_reference_kernels.norm_input_gradient(&input);
  assert_true(sum == 1.0 && squares == 15.0 && dy_sum == 4.0);
  assert_true(product_sum == 1.0 + 0.5 * (-2.0 + 1.0 + 9.0));
  const float expected[BF_TILE] = {0, 1.5F, 0, 0.5F};
  assert_memory_equal(dx, expected, sizeof dx);
}

static void sums_of_nan_and_infinity_are_not_finite(void **state)
{
  (void)state;
  static const float odd[] = {NAN, INFINITY, -INFINITY};
  subject subjects[BF_N_ISAS + 1];
  size_t n = find_subjects(subjects);
  subjects[n] = (subject){"reference", &bf_reference_kernels};
  for (size_t i = 0; i < (n + 1) * 3; i++) {
    const bf_tile_kernels *kernels = subjects[i / 3].kernels;
    _Alignas(64) const float x[BF_TILE] = {1, 2, odd[i % 3]};
    const float mean[] = {0}, inverse[] = {1};
    const bf_span span = {1, 0, 3};
    const bf_slab slab = {x, NULL};
    double sums[4] = {0};
    const bf_norm norm = {span, 1, slab, x, mean, inverse, sums + 2, sums + 3};
    const bf_moments moments = {span, 1, slab, mean, sums, sums + 1};
    kernels->moments(&moments);
    kernels->norm_gradient(&norm);
    for (size_t s = 0; s < 4; s++)
      assert_true(isfinite(sums[s]) == 0);
  }
}

/* ---- Weights ---- */

static bool rounding_agrees(const bf_tile_kernels *kernels, const bf_grid *grid, size_t n)
{
  clear_scene();
  bf_random random = bf_random_stream(n, BF_PURPOSE_SYNTH, 0);
  float *x = draw_numbers(&random, WILD, n);
  /* From far below the grid to far above, many of them in the middle between two numbers. */
  for (size_t i = 0; i < n; i++)
    x[i] *= (grid->hi - grid->lo) * (i % 3 == 0 ? 1.0F : 0.125F);
  float *expected = take(n, sizeof *expected), *once = take(n, sizeof *once);
  float *in_place = take(n, sizeof *in_place);
  if (n > 0)
    memcpy(in_place, x, n * sizeof *x);
  bf_reference_kernels.round(grid, n, x, expected);
  kernels->round(grid, n, x, once);
  kernels->round(grid, n, in_place, in_place);
  return agree("y", WILD, 0.0, n, expected, once) &&
         repeats("y", n * sizeof *once, once, in_place) && is_within_bounds();
}

static void rounding_agrees_for_any_number_of_values(void **state)
{
  (void)state;
  static const int64_t formats[][2] = {{1, 0},  {4, 2},  {8, 4},  {16, 12},
                                       {22, 3}, {4, 64}, {4, -64}};
  subject subjects[BF_N_ISAS];
  size_t n_subjects = find_subjects(subjects);
  for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
    const bf_grid grid = grid_of(formats[f][0], formats[f][1]);
    for (size_t n = 0; n <= 1000; n += n < 70 ? 1 : 93)
      for (size_t i = 0; i < n_subjects; i++)
        if (!rounding_agrees(subjects[i].kernels, &grid, n))
          fail_msg("%s: %zu values: %s", subjects[i].name, n, complaint);
  }
}

/* ---- The optimiser ---- */

typedef struct moving {
  float *values, *first, *second;
} moving;

static moving start_moving(size_t n)
{
  bf_random random = bf_random_stream(n, BF_PURPOSE_SYNTH, 1);
  moving m = {draw_numbers(&random, REAL, n), draw_numbers(&random, REAL, n),
              draw_numbers(&random, REAL, n)};
  for (size_t i = 0; i < n; i++)
    m.second[i] *= m.second[i];
  return m;
}

/* The first steps start at moments of 0, and nothing may come of no gradient. */
static void stop_some(size_t n, const moving *m, float *gradient)
{
  for (size_t i = 0; i < n; i += 5)
    m->first[i] = m->second[i] = i % 2 == 0 ? 0.0F : gradient[i];
  for (size_t i = 0; i < n; i += 10)
    gradient[i] = 0.0F;
}

static bool adam_agrees(const bf_tile_kernels *kernels, const bf_adam *step, number_kind kind,
                        size_t n)
{
  clear_scene();
  bf_random random = bf_random_stream(n, BF_PURPOSE_SYNTH, 0);
  float *gradient = draw_numbers(&random, kind, n);
  moving expected = start_moving(n), once = start_moving(n), again = start_moving(n);
  stop_some(n, &expected, gradient);
  stop_some(n, &once, gradient);
  stop_some(n, &again, gradient);
  bf_reference_kernels.adam(step, n, expected.values, gradient, expected.first, expected.second);
  kernels->adam(step, n, once.values, gradient, once.first, once.second);
  kernels->adam(step, n, again.values, gradient, again.first, again.second);
  return agree("value", REAL, 1e-6, n, expected.values, once.values) &&
         agree("first", REAL, 1e-6, n, expected.first, once.first) &&
         agree("second", REAL, 1e-6, n, expected.second, once.second) &&
         repeats("value", n * sizeof(float), once.values, again.values) && is_within_bounds();
}

static void adam_agrees_for_any_number_of_values(void **state)
{
  (void)state;
  static const bf_adam steps[] = {{1e-2F, 31.6F, 0.0F, 0.9F, 0.1F, 0.999F, 0.001F, 1e-8F},
                                  {1e-3F, 1.0F, 0.1F, 0.9F, 0.1F, 0.999F, 0.001F, 1e-8F}};
  subject subjects[BF_N_ISAS];
  size_t n_subjects = find_subjects(subjects);
  for (size_t n = 0; n <= 1000; n += n < 70 ? 1 : 93)
    for (size_t k = 0; k < 2 * (size_t)N_NUMBER_KINDS; k++)
      for (size_t i = 0; i < n_subjects; i++)
        if (!adam_agrees(subjects[i].kernels, &steps[k % 2], (number_kind)(k / 2), n))
          fail_msg("%s: %zu values: %s", subjects[i].name, n, complaint);
}

/* ---- The checkers find what is wrong ---- */

static void moments_of_all_lanes(const bf_moments *p)
{
  bf_moments wrong = *p;
  wrong.span = (bf_span){p->span.n_tiles, 0, p->span.n_tiles * BF_TILE};
  bf_reference_kernels.moments(&wrong);
}

static void input_gradient_in_all_lanes(const bf_norm_input *p)
{
  bf_norm_input wrong = *p;
  wrong.span = (bf_span){p->span.n_tiles, 0, p->span.n_tiles * BF_TILE};
  bf_reference_kernels.norm_input_gradient(&wrong);
}

static void round_toward_zero(const bf_grid *grid, size_t n, const float *x, float *y)
{
  float step = (nextafterf(grid->magic, INFINITY) - grid->magic);
  for (size_t i = 0; i < n; i++)
    y[i] = truncf(fminf(fmaxf(x[i], grid->lo), grid->hi) / step) * step;
}

static void faults_are_found(void **state)
{
  (void)state;
  bf_tile_kernels wrong = bf_reference_kernels;
  const norm_case c = {EXACT, {2, 3, 20}, 6, true, true};
  const bf_grid grid = grid_of(4, 2);
  assert_true(moments_agree(&wrong, &c) && input_gradient_agrees(&wrong, &c));
  assert_true(rounding_agrees(&wrong, &grid, 100));
  wrong.moments = moments_of_all_lanes;
  wrong.norm_input_gradient = input_gradient_in_all_lanes;
  wrong.round = round_toward_zero;
  assert_false(moments_agree(&wrong, &c));
  assert_false(input_gradient_agrees(&wrong, &c));
  assert_false(rounding_agrees(&wrong, &grid, 100));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reference_computes_the_formulas),
      cmocka_unit_test(norm_kernels_agree_for_widths_up_to_512),
      cmocka_unit_test(norm_kernels_agree_for_every_span),
      cmocka_unit_test(sums_of_nan_and_infinity_are_not_finite),
      cmocka_unit_test(rounding_agrees_for_any_number_of_values),
      cmocka_unit_test(adam_agrees_for_any_number_of_values),
      cmocka_unit_test(faults_are_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
