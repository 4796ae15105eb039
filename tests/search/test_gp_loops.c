/* Tests of search/gp_loops.h: each loop against the same in double, and every ISA against the
 * others, to the bit. Room: search. */
#include "unit.h"

#include <math.h>

#include "base/isa.h"
#include "base/memory.h"
#include "base/random.h"
#include "search/gp_loops_table.h"

enum { N = 61, CAPACITY = 64, N_AXES = 5, MOST_TARGETS = 5 };

/* What this CPU runs, for a start the loops that every CPU does. */
static size_t find_loops(const bf_gp_loops *all[2])
{
  bf_isa isa;
  assert_ok(bf_isa_detect(&isa));
  all[0] = &bf_gp_loops_base;
  assert_ok(bf_gp_loops_find(&all[1]));
  return all[1] == all[0] ? 1 : 2;
}

static float *draw(size_t n, double lo, double hi, uint64_t index)
{
  float *x = bf_alloc(n, sizeof *x);
  bf_random random = bf_random_stream(7, BF_PURPOSE_SYNTH, index);
  assert_non_null(x);
  for (size_t i = 0; i < n; i++)
    x[i] = (float)(lo + (hi - lo) * bf_random_unit(&random));
  return x;
}

static float *room(size_t n)
{
  float *x = bf_alloc(n, sizeof *x);
  assert_non_null(x);
  return x;
}

static void assert_near(float found, double expected, double tolerance)
{
  if (!(fabs((double)found - expected) <= tolerance))
    fail_msg("%.9g, expected %.9g", (double)found, expected);
}

static void blend_is_mean_pairs_and_product(void **state)
{
  (void)state;
  const bf_gp_loops *loops[2];
  size_t n_loops = find_loops(loops);
  float *x = draw(N_AXES * CAPACITY, 0, 1, 0);
  float *k[2] = {room(CAPACITY), room(CAPACITY)};
  const float *rows[N_AXES];
  for (size_t a = 0; a < N_AXES; a++)
    rows[a] = x + a * CAPACITY;
  bf_gp_blend blend = {
      .n_axes = N_AXES, .rows = rows, .mean = 0.3F, .pair = 0.02F, .product = 0.7F};
  for (size_t l = 0; l < n_loops; l++)
    loops[l]->blend(&blend, 16, N, k[l]);
  for (size_t i = 16; i < N; i++) {
    double sum = 0;
    double pairs = 0;
    double product = 1;
    for (size_t a = 0; a < N_AXES; a++) {
      sum += (double)rows[a][i];
      product *= (double)rows[a][i];
      for (size_t b = 0; b < N_AXES; b++)
        pairs += a == b ? 0 : (double)rows[a][i] * (double)rows[b][i];
    }
    assert_near(k[0][i], 0.3 * sum + 0.02 * pairs + 0.7 * product, 1e-6);
    assert_true(n_loops == 1 || k[0][i] == k[1][i]);
  }
  assert_true(k[0][0] == 0 && k[0][15] == 0);
  free(x);
  free(k[0]);
  free(k[1]);
}

static void matern_and_match_are_what_they_say(void **state)
{
  (void)state;
  const bf_gp_loops *loops[2];
  size_t n_loops = find_loops(loops);
  float *places = draw(CAPACITY, 0, 1, 1);
  float *k[2] = {room(CAPACITY), room(CAPACITY)};
  for (double scale = 0.01; scale < 1000; scale *= 3) {
    for (size_t l = 0; l < n_loops; l++)
      loops[l]->matern(N, places, 0.4F, (float)scale, k[l]);
    for (size_t i = 0; i < N; i++) {
      double s = scale * fabs((double)places[i] - 0.4);
      assert_near(k[0][i], (1 + s) * exp(-s), 3e-6);
      assert_true(n_loops == 1 || k[0][i] == k[1][i]);
    }
  }
  _Alignas(64) uint32_t levels[CAPACITY];
  for (uint32_t i = 0; i < CAPACITY; i++)
    levels[i] = i % 3 == 0 ? UINT32_MAX : i;
  for (size_t l = 0; l < n_loops; l++) {
    loops[l]->match(N, levels, UINT32_MAX, 0.25F, k[l]);
    for (size_t i = 0; i < N; i++)
      assert_true(k[l][i] == (i % 3 == 0 ? 1.0F : 0.25F));
  }
  free(places);
  free(k[0]);
  free(k[1]);
}

static void dot_and_largest_agree_with_plain_loops(void **state)
{
  (void)state;
  const bf_gp_loops *loops[2];
  size_t n_loops = find_loops(loops);
  float *a = draw(CAPACITY, -1, 1, 2);
  float *b = draw(CAPACITY, -1, 1, 3);
  for (size_t n = 16; n <= CAPACITY; n += 16) {
    double sum = 0;
    float best = a[0];
    for (size_t i = 0; i < n; i++) {
      sum += (double)a[i] * (double)b[i];
      best = a[i] > best ? a[i] : best;
    }
    for (size_t l = 0; l < n_loops; l++) {
      assert_near(loops[l]->dot(n - 3, a, b), sum, 1e-5);
      assert_true(loops[l]->dot(n, a, b) == loops[0]->dot(n, a, b));
      assert_true(loops[l]->largest(n, a) == best);
    }
  }
  free(a);
  free(b);
}

/* A covariance: of points on a line, with noise. The reference is in double. */
static void fill_covariance(bf_gp_factor *f, double k[N][N])
{
  f->u = room((size_t)CAPACITY * CAPACITY);
  f->inverse = room(CAPACITY);
  f->n = N;
  f->capacity = CAPACITY;
  f->floor = 1e-2F;
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < N; j++) {
      k[i][j] = exp(-fabs((double)i - (double)j) / 7) + (i == j ? 1e-2 : 0);
      *bf_gp_factor_at(f, i, j) = (float)k[i][j];
    }
}

static void release(bf_gp_factor *f)
{
  free(f->u);
  free(f->inverse);
}

static double u_at(const bf_gp_factor *f, size_t k, size_t j)
{
  return k == j ? 1 / (double)f->inverse[k] : (double)*bf_gp_factor_at(f, k, j);
}

static void factor_multiplies_to_the_covariance(void **state)
{
  (void)state;
  const bf_gp_loops *loops[2];
  size_t n_loops = find_loops(loops);
  static double k[N][N];
  bf_gp_factor f[2];
  for (size_t l = 0; l < n_loops; l++) {
    fill_covariance(&f[l], k);
    loops[l]->factor(&f[l]);
  }
  for (size_t i = 0; i < N; i++)
    for (size_t j = i; j < N; j++) {
      double sum = 0;
      for (size_t r = 0; r <= i; r++)
        sum += u_at(&f[0], r, i) * u_at(&f[0], r, j);
      assert_true(fabs(sum - k[i][j]) < 1e-6);
      assert_true(n_loops == 1 || u_at(&f[0], i, j) == u_at(&f[1], i, j));
    }
  for (size_t l = 0; l < n_loops; l++)
    release(&f[l]);
}

static void pivots_do_not_fall_below_the_floor(void **state)
{
  (void)state;
  const bf_gp_loops *loops[2];
  size_t n_loops = find_loops(loops);
  static double k[N][N];
  for (size_t l = 0; l < n_loops; l++) {
    bf_gp_factor f;
    fill_covariance(&f, k);
    for (size_t j = 0; j < N; j++)
      for (size_t i = 0; i < N; i++)
        *bf_gp_factor_at(&f, i, j) = 1; /* singular */
    loops[l]->factor(&f);
    for (size_t i = 1; i < N; i++)
      assert_true(f.inverse[i] == 1 / sqrtf(f.floor));
    release(&f);
  }
}

static void solvers_invert_the_factor(void **state)
{
  (void)state;
  const bf_gp_loops *loops[2];
  size_t n_loops = find_loops(loops);
  static double k[N][N];
  float *b = draw(CAPACITY, -1, 1, 4);
  float *v[2] = {room(CAPACITY), room(CAPACITY)};
  float *w[2] = {room(CAPACITY), room(CAPACITY)};
  float *sums = room((size_t)CAPACITY * BF_GP_TILE);
  for (size_t l = 0; l < n_loops; l++) {
    bf_gp_factor f;
    fill_covariance(&f, k);
    loops[l]->factor(&f);
    memset(v[l], 0xff, CAPACITY * sizeof(float));
    memset(w[l], 0xff, CAPACITY * sizeof(float));
    loops[l]->forward(&f, b, v[l]);
    loops[l]->backward(&f, v[l], w[l], sums);
    release(&f);
  }
  for (size_t i = 0; i < N; i++) {
    double sum = 0;
    for (size_t j = 0; j < N; j++)
      sum += k[i][j] * (double)w[0][j];
    assert_near(b[i], sum, 2e-5);
  }
  for (size_t i = N; i < CAPACITY; i++)
    assert_true(v[0][i] == 0 && w[0][i] == 0);
  assert_memory_equal(v[n_loops - 1], v[0], CAPACITY * sizeof(float));
  assert_memory_equal(w[n_loops - 1], w[0], CAPACITY * sizeof(float));
  free(b);
  free(sums);
  for (size_t l = 0; l < 2; l++) {
    free(v[l]);
    free(w[l]);
  }
}

/* Those of one column at a time; the tile has more of them. */
static void lengths_are_those_of_solved_columns(void **state)
{
  (void)state;
  const bf_gp_loops *loops[2];
  size_t n_loops = find_loops(loops);
  static double k[N][N];
  _Alignas(64) float squares[BF_GP_TILE];
  float *column = room(CAPACITY);
  float *v = room(CAPACITY);
  for (size_t l = 0; l < n_loops; l++) {
    bf_gp_factor f;
    fill_covariance(&f, k);
    loops[l]->factor(&f);
    float *tile = draw((size_t)CAPACITY * BF_GP_TILE, -1, 1, 5);
    float *again = draw((size_t)CAPACITY * BF_GP_TILE, -1, 1, 5);
    loops[l]->lengths(&f, again, squares);
    for (size_t j = 0; j < BF_GP_TILE; j++) {
      for (size_t i = 0; i < CAPACITY; i++)
        column[i] = tile[i * BF_GP_TILE + j];
      loops[l]->forward(&f, column, v);
      float sum = 0;
      for (size_t i = 0; i < N; i++)
        sum += v[i] * v[i];
      assert_true(squares[j] == sum);
    }
    free(tile);
    free(again);
    release(&f);
  }
  free(column);
  free(v);
}

/* The definition, in double. */
static double gain_of(const bf_gp_front *f, const float *means, const float *sds, double *slack)
{
  double sum = 0;
  *slack = -HUGE_VAL;
  for (size_t e = 0; e < f->n_draws; e++)
    for (size_t i = 0; i < f->n_directions; i++) {
      double s = HUGE_VAL;
      for (size_t m = 0; m < f->n_targets; m++) {
        double z = (double)means[m] +
                   (double)f->spread * (double)sds[m] * (double)f->draws[e * f->n_targets + m];
        double x = ((double)f->reference - z) * (double)f->weights[m * BF_GP_DIRECTIONS + i];
        s = x < s ? x : s;
      }
      double volume = s > 0 ? pow(s, (double)f->n_targets) : 0;
      sum += volume > (double)f->volumes[i] ? volume - (double)f->volumes[i] : 0;
      *slack = s - (double)f->reached[i] > *slack ? s - (double)f->reached[i] : *slack;
    }
  return sum;
}

static void gain_is_that_of_its_definition(void **state)
{
  (void)state;
  const bf_gp_loops *loops[2];
  size_t n_loops = find_loops(loops);
  for (size_t m = 1; m <= MOST_TARGETS; m++) {
    float *weights = draw(m * BF_GP_DIRECTIONS, 1, 9, 10 + m);
    float *reached = draw(BF_GP_DIRECTIONS, -0.5, 0.4, 20 + m);
    float *volumes = draw(BF_GP_DIRECTIONS, 0, pow(0.4, (double)m), 30 + m);
    float *draws = draw(6 * m, -2, 2, 40 + m);
    float *means = draw(m, -0.8, 0.5, 50 + m);
    float *sds = draw(m, 0, 1, 60 + m);
    bf_gp_front front = {.n_targets = m,
                         .n_directions = m == 1 ? 16 : BF_GP_DIRECTIONS,
                         .reference = 1.1F,
                         .spread = 1.5F,
                         .weights = weights,
                         .reached = reached,
                         .volumes = volumes,
                         .n_draws = 6,
                         .draws = draws};
    double slack;
    double gain = gain_of(&front, means, sds, &slack);
    bf_gp_score first = loops[0]->gain(&front, means, sds);
    assert_true(gain > 0);
    assert_near(first.gain, gain, 1e-5 * gain);
    assert_near(first.slack, slack, 1e-5 * fabs(slack) + 1e-6);
    bf_gp_score last = loops[n_loops - 1]->gain(&front, means, sds);
    assert_true(first.gain == last.gain && first.slack == last.slack);
    float *const all[] = {weights, reached, volumes, draws, means, sds};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
      free(all[i]);
  }
}

static void wrong_isa_is_a_usage_error(void **state)
{
  (void)state;
  const bf_gp_loops *loops = NULL;
  const char *asked = getenv("BITFRONT_ISA");
  char *kept = bf_copy_text(asked);
  setenv("BITFRONT_ISA", "avx3", 1);
  assert_fails(bf_gp_loops_find(&loops), BF_ERR_USAGE, "BITFRONT_ISA");
  setenv("BITFRONT_ISA", "base", 1);
  assert_ok(bf_gp_loops_find(&loops));
  assert_ptr_equal(loops, &bf_gp_loops_base);
  if (kept != NULL)
    setenv("BITFRONT_ISA", kept, 1);
  else
    unsetenv("BITFRONT_ISA");
  free(kept);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blend_is_mean_pairs_and_product),
      cmocka_unit_test(matern_and_match_are_what_they_say),
      cmocka_unit_test(dot_and_largest_agree_with_plain_loops),
      cmocka_unit_test(factor_multiplies_to_the_covariance),
      cmocka_unit_test(pivots_do_not_fall_below_the_floor),
      cmocka_unit_test(solvers_invert_the_factor),
      cmocka_unit_test(lengths_are_those_of_solved_columns),
      cmocka_unit_test(gain_is_that_of_its_definition),
      cmocka_unit_test(wrong_isa_is_a_usage_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
