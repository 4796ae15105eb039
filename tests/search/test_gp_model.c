/* Tests of search/gp_model.h: the posterior against one in double, factors that grow, pending
 * points. Room: search. */
#include "unit.h"

#include "search/gp_fixture.h"

enum { N = 90, N_PENDING = 7, CAPACITY = 112, N_TESTS = 16 };

typedef struct fixture {
  bf_gp_axes axes;
  bf_gp_model model;
  double lengths[GP_AXES];
  bf_gp_theta theta;
  uint32_t indexes[N + N_PENDING][GP_PARAMETERS];
  uint32_t tests[N_TESTS][GP_PARAMETERS];
  const uint32_t *rows[N_TESTS];
  double z[N];
} fixture;

/* Some tests are near points. */
static void set_up(fixture *f)
{
  const bf_gp_loops *loops;
  bf_random random = bf_random_stream(4, BF_PURPOSE_SYNTH, 0);
  assert_ok(bf_gp_loops_find(&loops));
  assert_ok(bf_gp_axes_init(&f->axes, &gp_space));
  assert_ok(bf_gp_model_init(&f->model, &f->axes, loops, CAPACITY));
  f->theta = gp_theta(f->lengths);
  bf_gp_model_set_theta(&f->model, &f->theta);
  for (size_t i = 0; i < N + N_PENDING; i++)
    gp_draw(&random, f->indexes[i]);
  for (size_t i = 0; i < N; i++)
    f->z[i] = 0.2 * f->indexes[i][0] + 0.1 * bf_random_unit(&random);
  for (size_t i = 0; i < N_TESTS; i++) {
    gp_draw(&random, f->tests[i]);
    if (i % 2 == 0)
      memcpy(f->tests[i], f->indexes[i], sizeof f->tests[i]);
    f->tests[i][0] = (uint32_t)i % 5;
    f->rows[i] = f->tests[i];
  }
}

static void tear_down(fixture *f)
{
  bf_gp_model_release(&f->model);
  bf_gp_axes_release(&f->axes);
}

static void factor(fixture *f, size_t n)
{
  bf_gp_model_cut(&f->model, 0);
  for (size_t i = 0; i < n; i++)
    bf_gp_kernel_add(&f->model.kernel, f->indexes[i]);
  bf_gp_model_factor(&f->model);
}

/* Gauss-Jordan: a (n, n + 1) becomes [I | a^-1 b]. */
static void solve(size_t n, double a[CAPACITY][CAPACITY + 1])
{
  for (size_t i = 0; i < n; i++) {
    for (size_t j = n + 1; j-- > i;)
      a[i][j] /= a[i][i];
    for (size_t r = 0; r < n; r++)
      for (size_t j = n + 1; r != i && j-- > i;)
        a[r][j] -= a[r][i] * a[i][j];
  }
}

/* x = K^-1 b for the first n points. */
static void solve_covariance(const fixture *f, size_t n, const double *b, double *x)
{
  static double a[CAPACITY][CAPACITY + 1];
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++)
      a[i][j] =
          gp_covariance(&f->theta, f->indexes[i], f->indexes[j]) + (i == j ? f->theta.noise : 0);
    a[i][n] = b[i];
  }
  solve(n, a);
  for (size_t i = 0; i < n; i++)
    x[i] = a[i][n];
}

static void mean_and_variance_are_the_best_estimates(void **state)
{
  (void)state;
  fixture f;
  double ones[N];
  double x[N];
  double top = 0;
  double bottom = 0;
  double variance = 0;
  set_up(&f);
  factor(&f, N);
  bf_gp_model_learn(&f.model, f.z);
  for (size_t i = 0; i < N; i++)
    ones[i] = 1;
  solve_covariance(&f, N, ones, x);
  for (size_t i = 0; i < N; i++) {
    top += x[i] * f.z[i];
    bottom += x[i];
  }
  assert_true(fabs(f.model.mean - top / bottom) < 1e-4);
  for (size_t i = 0; i < N; i++)
    ones[i] = f.z[i] - top / bottom;
  solve_covariance(&f, N, ones, x);
  for (size_t i = 0; i < N; i++)
    variance += x[i] * ones[i] / N;
  assert_true(fabs(f.model.variance / variance - 1) < 1e-4);
  tear_down(&f);
}

static void posterior_mean_is_that_of_the_definition(void **state)
{
  (void)state;
  fixture f;
  double x[N];
  double alpha[N];
  set_up(&f);
  factor(&f, N);
  bf_gp_model_learn(&f.model, f.z);
  for (size_t i = 0; i < N; i++)
    x[i] = f.z[i] - f.model.mean;
  solve_covariance(&f, N, x, alpha);
  for (size_t t = 0; t < N_TESTS; t++) {
    double mean = f.model.mean;
    for (size_t i = 0; i < N; i++)
      mean += alpha[i] * gp_covariance(&f.theta, f.tests[t], f.indexes[i]);
    assert_true(fabs((double)bf_gp_model_mean(&f.model, f.tests[t]) - mean) < 1e-4);
  }
  tear_down(&f);
}

/* The first n points explain so much of the variance at a test. */
static double explained(const fixture *f, size_t n, size_t t)
{
  double k[N + N_PENDING];
  double x[N + N_PENDING];
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    k[i] = gp_covariance(&f->theta, f->tests[t], f->indexes[i]);
  solve_covariance(f, n, k, x);
  for (size_t i = 0; i < n; i++)
    sum += k[i] * x[i];
  return sum;
}

static void deviations_are_those_of_the_definition_and_below_their_bounds(void **state)
{
  (void)state;
  fixture f;
  float means[N_TESTS];
  float bounds[N_TESTS];
  float sds[N_TESTS];
  set_up(&f);
  factor(&f, N);
  bf_gp_model_learn(&f.model, f.z);
  bf_gp_model_predict(&f.model, N_TESTS, f.rows, means, bounds);
  bf_gp_model_sds(&f.model, N_TESTS, f.rows, sds);
  for (size_t t = 0; t < N_TESTS; t++) {
    double expected = sqrt(f.model.variance * (1 - explained(&f, N, t)));
    assert_true(fabs((double)sds[t] / expected - 1) < 1e-3);
    assert_true(bounds[t] >= sds[t] * 0.9999F);
    assert_true((double)bounds[t] < 1.00001 * sqrt(f.model.variance));
    assert_true(means[t] == bf_gp_model_mean(&f.model, f.tests[t]));
  }
  tear_down(&f);
}

/* A tile that is not full gives the same as one that is. */
static void predictions_do_not_depend_on_their_neighbours(void **state)
{
  (void)state;
  fixture f;
  float means[2][N_TESTS];
  float bounds[2][N_TESTS];
  float sds[2][N_TESTS];
  set_up(&f);
  factor(&f, N);
  bf_gp_model_learn(&f.model, f.z);
  bf_gp_model_predict(&f.model, N_TESTS, f.rows, means[0], bounds[0]);
  bf_gp_model_sds(&f.model, N_TESTS, f.rows, sds[0]);
  for (size_t t = 0; t < N_TESTS; t++) {
    bf_gp_model_predict(&f.model, 1, f.rows + t, means[1], bounds[1]);
    bf_gp_model_sds(&f.model, 1, f.rows + t, sds[1]);
    assert_true(means[1][0] == means[0][t]);
    assert_true(bounds[1][0] == bounds[0][t]);
    assert_true(sds[1][0] == sds[0][t]);
  }
  tear_down(&f);
}

static void factor_that_grew_has_the_bits_of_one_made_anew(void **state)
{
  (void)state;
  fixture f;
  static float grown[N * N];
  float alpha[N];
  set_up(&f);
  factor(&f, 21);
  for (size_t i = 21; i < N; i++)
    bf_gp_model_append(&f.model, f.indexes[i]);
  bf_gp_model_learn(&f.model, f.z);
  memcpy(alpha, f.model.alpha, sizeof alpha);
  for (size_t i = 0; i < N; i++)
    for (size_t j = i; j < N; j++)
      grown[i * N + j] =
          i == j ? f.model.factor.inverse[i] : *bf_gp_factor_at(&f.model.factor, i, j);
  factor(&f, N);
  bf_gp_model_learn(&f.model, f.z);
  for (size_t i = 0; i < N; i++)
    for (size_t j = i; j < N; j++)
      assert_true(grown[i * N + j] ==
                  (i == j ? f.model.factor.inverse[i] : *bf_gp_factor_at(&f.model.factor, i, j)));
  assert_memory_equal(f.model.alpha, alpha, sizeof alpha);
  tear_down(&f);
}

static void pending_points_narrow_the_posterior_and_leave_its_mean(void **state)
{
  (void)state;
  fixture f;
  float means[2][N_TESTS];
  float sds[2][N_TESTS];
  float bounds[N_TESTS];
  set_up(&f);
  memcpy(f.tests[3], f.indexes[N + 2], sizeof f.tests[3]);
  factor(&f, N);
  bf_gp_model_learn(&f.model, f.z);
  bf_gp_model_predict(&f.model, N_TESTS, f.rows, means[0], bounds);
  bf_gp_model_sds(&f.model, N_TESTS, f.rows, sds[0]);
  for (size_t i = N; i < N + N_PENDING; i++)
    bf_gp_model_append(&f.model, f.indexes[i]);
  bf_gp_model_predict(&f.model, N_TESTS, f.rows, means[1], bounds);
  bf_gp_model_sds(&f.model, N_TESTS, f.rows, sds[1]);
  assert_memory_equal(means[0], means[1], sizeof means[0]);
  for (size_t t = 0; t < N_TESTS; t++) {
    assert_true(sds[1][t] <= sds[0][t] * 1.0001F);
    double expected = sqrt(f.model.variance * (1 - explained(&f, N + N_PENDING, t)));
    assert_true(fabs((double)sds[1][t] / expected - 1) < 1e-3);
  }
  assert_true((double)sds[1][3] < 1.01 * sqrt(f.model.variance * f.theta.noise));
  assert_true(sds[1][3] < 0.5F * sds[0][3]);
  bf_gp_model_cut(&f.model, N);
  bf_gp_model_sds(&f.model, N_TESTS, f.rows, sds[1]);
  assert_memory_equal(sds[0], sds[1], sizeof sds[0]);
  tear_down(&f);
}

static void equal_values_leave_a_little_variance(void **state)
{
  (void)state;
  fixture f;
  float means[N_TESTS];
  float sds[N_TESTS];
  set_up(&f);
  for (size_t i = 0; i < N; i++)
    f.z[i] = 0.5;
  factor(&f, N);
  bf_gp_model_learn(&f.model, f.z);
  bf_gp_model_predict(&f.model, N_TESTS, f.rows, means, sds);
  for (size_t t = 0; t < N_TESTS; t++)
    assert_true(fabsf(means[t] - 0.5F) < 1e-4F && sds[t] > 0 && sds[t] < 1e-3F);
  tear_down(&f);
}

static void likelihood_is_that_of_the_definition(void **state)
{
  (void)state;
  fixture f;
  set_up(&f);
  double before = 0;
  /* Of the determinant, the last factor alone: that of a point more. */
  for (size_t n = 10; n < 14; n++) {
    factor(&f, n);
    bf_gp_model_learn(&f.model, f.z);
    double ln = bf_gp_model_ln_likelihood(&f.model) + 0.5 * (double)n * log(f.model.variance);
    if (n > 10) {
      double k[N];
      double x[N];
      double left = 1 + f.theta.noise;
      for (size_t i = 0; i + 1 < n; i++)
        k[i] = gp_covariance(&f.theta, f.indexes[n - 1], f.indexes[i]);
      solve_covariance(&f, n - 1, k, x);
      for (size_t i = 0; i + 1 < n; i++)
        left -= k[i] * x[i];
      assert_true(fabs(ln - before + 0.5 * log(left)) < 1e-4);
    }
    before = ln;
  }
  tear_down(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mean_and_variance_are_the_best_estimates),
      cmocka_unit_test(posterior_mean_is_that_of_the_definition),
      cmocka_unit_test(deviations_are_those_of_the_definition_and_below_their_bounds),
      cmocka_unit_test(predictions_do_not_depend_on_their_neighbours),
      cmocka_unit_test(factor_that_grew_has_the_bits_of_one_made_anew),
      cmocka_unit_test(pending_points_narrow_the_posterior_and_leave_its_mean),
      cmocka_unit_test(equal_values_leave_a_little_variance),
      cmocka_unit_test(likelihood_is_that_of_the_definition),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
