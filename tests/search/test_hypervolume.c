/* Tests of search/hypervolume.h against counting cells, against inclusion and exclusion, and on
 * fronts whose volume is known. Room: search. */
#include "unit.h"

#include <math.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "search/hypervolume.h"

enum { MAX_OBJECTIVES = 6, MAX_POINTS = 24, MOST_POINTS = 3000 };

static const double zero[MAX_OBJECTIVES + 4] = {0};

static double volume_of(size_t m, size_t n, const double *points, const double *reference)
{
  double volume = -1;
  assert_ok(bf_hypervolume(m, n, points, reference, &volume));
  return volume;
}

static bool dominates_cell(size_t m, const double *point, const size_t *corner)
{
  for (size_t j = 0; j < m; j++)
    if (point[j] > (double)corner[j])
      return false;
  return true;
}

/* Unit cells of the box 0 .. n_levels dominated by points of whole numbers. */
static double count_cells(size_t m, size_t n, const double *points, size_t n_levels)
{
  size_t corner[MAX_OBJECTIVES] = {0};
  size_t count = 0;
  for (size_t at = 0; at < m;) {
    bool is_dominated = false;
    for (size_t i = 0; i < n && !is_dominated; i++)
      is_dominated = dominates_cell(m, points + i * m, corner);
    count += is_dominated;
    for (at = 0; at < m && ++corner[at] == n_levels; at++)
      corner[at] = 0;
  }
  return (double)count;
}

/* Few levels: ties, duplicates, and points on the reference, which is n_levels. */
static void volume_of_whole_points_is_the_number_of_cells(void **state)
{
  (void)state;
  static const size_t levels[MAX_OBJECTIVES + 1] = {0, 8, 8, 8, 6, 4, 4};
  bf_random random = bf_random_stream(1, BF_PURPOSE_SAMPLER, 0);
  for (size_t m = 1; m <= MAX_OBJECTIVES; m++)
    for (size_t round = 0; round < 200; round++) {
      double points[MAX_POINTS * MAX_OBJECTIVES];
      double reference[MAX_OBJECTIVES];
      size_t n = (size_t)bf_random_below(&random, MAX_POINTS + 1);
      for (size_t i = 0; i < n * m; i++)
        points[i] = (double)bf_random_below(&random, levels[m] + (round % 2));
      for (size_t j = 0; j < m; j++)
        reference[j] = (double)levels[m];
      double expected = count_cells(m, n, points, levels[m]);
      assert_true(volume_of(m, n, points, reference) == expected);
    }
}

/* The sum over all non-empty subsets of +- the box that they share. */
static double include_and_exclude(size_t m, size_t n, const double *points, const double *reference)
{
  double sum = 0;
  for (unsigned subset = 1; subset < 1U << n; subset++) {
    double box = -1;
    for (size_t j = 0; j < m; j++) {
      double worst = -HUGE_VAL;
      for (size_t i = 0; i < n; i++)
        if (subset >> i & 1)
          worst = fmax(worst, points[i * m + j]);
      box *= fmax(reference[j] - worst, 0);
    }
    for (size_t i = 0; i < n; i++)
      box = subset >> i & 1 ? -box : box;
    sum += box;
  }
  return sum;
}

static void volume_of_random_points_is_that_of_their_boxes(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(2, BF_PURPOSE_SAMPLER, 0);
  for (size_t m = 1; m <= MAX_OBJECTIVES; m++)
    for (size_t round = 0; round < 60; round++) {
      double points[12 * MAX_OBJECTIVES];
      double reference[MAX_OBJECTIVES];
      size_t n = 1 + (size_t)bf_random_below(&random, 9);
      for (size_t i = 0; i < n * m; i++)
        points[i] = bf_random_unit(&random) * 3 - 1;
      for (size_t j = 0; j < m; j++)
        reference[j] = 1.5 + bf_random_unit(&random);
      double expected = include_and_exclude(m, n, points, reference);
      assert_true(fabs(volume_of(m, n, points, reference) - expected) <= 1e-12 * (expected + 1));
    }
}

static void order_and_duplicates_make_no_difference(void **state)
{
  (void)state;
  enum { N = 40 };
  bf_random random = bf_random_stream(3, BF_PURPOSE_SAMPLER, 0);
  for (size_t m = 2; m <= MAX_OBJECTIVES; m++) {
    double points[N * MAX_OBJECTIVES];
    double mixed[2 * N * MAX_OBJECTIVES];
    uint32_t order[2 * N];
    for (size_t i = 0; i < N * m; i++)
      points[i] = bf_random_unit(&random) - 1;
    bf_random_permutation(&random, 2 * (size_t)N, order);
    for (size_t i = 0; i < 2 * (size_t)N; i++)
      memcpy(mixed + i * m, points + order[i] % N * m, m * sizeof *points);
    double volume = volume_of(m, N, points, zero);
    assert_true(fabs(volume_of(m, 2 * (size_t)N, mixed, zero) / volume - 1) < 1e-12);
  }
}

static void points_not_below_the_reference_count_nothing(void **state)
{
  (void)state;
  const double reference[] = {1, 1, 1};
  const double points[] = {0.5, 0.5, 1, 0, 0, 2, 1, 0, 0, HUGE_VAL, 0, 0, 0.5, 0.5, 0.5};
  assert_true(volume_of(3, 4, points, reference) == 0);
  assert_true(volume_of(3, 5, points, reference) == 0.125);
  assert_true(volume_of(3, 0, NULL, reference) == 0);
}

/* A simplex of whole points, x1 + .. + xm = k: a cell is dominated if its corner's sum is at least
 * k, and the number of corners below the reference with a sum is a product of polynomials. */
static double cells_beyond(size_t m, size_t k)
{
  double ways[128] = {1};
  for (size_t j = 0; j < m; j++)
    for (size_t sum = (j + 1) * k + 1; sum-- > 0;) {
      double total = 0;
      for (size_t step = 0; step <= k && step <= sum; step++)
        total += ways[sum - step];
      ways[sum] = total;
    }
  double count = 0;
  for (size_t sum = k; sum <= m * k; sum++)
    count += ways[sum];
  return count;
}

/* Fills all points with x1 + .. + xm = k. @return Their number. */
static size_t fill_simplex(size_t m, size_t k, double *points)
{
  size_t n = 0;
  size_t x[16] = {0};
  for (x[m - 1] = k; n < MOST_POINTS; n++) {
    for (size_t j = 0; j < m; j++)
      points[n * m + j] = (double)x[j];
    /* The last that is not 0 gives one to the coordinate before it and the rest to the last. */
    size_t last = m - 1;
    while (last > 0 && x[last] == 0)
      last--;
    if (last == 0)
      return n + 1;
    size_t rest = x[last] - 1;
    x[last] = 0;
    x[last - 1]++;
    x[m - 1] = rest;
  }
  return n;
}

static void check_simplex(size_t m, size_t k, double tolerance)
{
  static double points[MOST_POINTS * 10];
  double reference[16];
  for (size_t j = 0; j < m; j++)
    reference[j] = (double)(k + 1);
  size_t n = fill_simplex(m, k, points);
  assert_true(n < MOST_POINTS);
  double start = bf_clock_s();
  double volume = volume_of(m, n, points, reference);
  double seconds = bf_clock_s() - start;
  double error = volume / cells_beyond(m, k) - 1;
  print_message("%zu objectives, %zu points: %.2g s, error %.1g\n", m, n, seconds, error);
  assert_true(fabs(error) <= tolerance);
  assert_int_equal(error == 0, tolerance == 0);
}

static void volume_of_a_simplex_is_known(void **state)
{
  (void)state;
  check_simplex(2, 50, 0);
  check_simplex(3, 30, 0);
  check_simplex(4, 12, 0);
  check_simplex(5, 6, 0);
  check_simplex(6, 4, 0);
}

/* Too much for an exact answer, and so within a tolerance, but not equal. */
static void volume_of_many_points_in_many_objectives_is_estimated(void **state)
{
  (void)state;
  check_simplex(10, 5, 2e-3);
}

/* Points of 1/4 of a circle, 1/8 of a sphere: the rest of the square or the cube is undominated. */
static void volume_of_a_sphere_is_approached(void **state)
{
  (void)state;
  enum { N = 200 };
  static double points[N * N * 3];
  const double one[] = {1, 1, 1};
  const double half_pi = 1.5707963267948966;
  for (size_t i = 0; i < N; i++) {
    points[2 * i] = 1 - cos(half_pi * (double)i / (N - 1));
    points[2 * i + 1] = 1 - sin(half_pi * (double)i / (N - 1));
  }
  assert_true(fabs(volume_of(2, N, points, one) - half_pi / 2) < 0.005);
  for (size_t i = 0; i < (size_t)N * N; i++) {
    double a = half_pi * (double)(i / N) / (N - 1);
    double b = half_pi * (double)(i % N) / (N - 1);
    points[3 * i] = 1 - cos(a) * cos(b);
    points[3 * i + 1] = 1 - cos(a) * sin(b);
    points[3 * i + 2] = 1 - sin(a);
  }
  assert_true(fabs(volume_of(3, (size_t)N * N, points, one) - half_pi / 3) < 0.01);
}

static void volume_without_memory_leaves_the_output(void **state)
{
  (void)state;
  const double points[] = {-1, -2, -3, -4, -5, -2, -2, -2, -2, -2};
  for (size_t m = 1; m <= 5; m++) {
    bf_status status = BF_ERR_NOMEM;
    long n_failed = 0;
    while (status != BF_OK) {
      double volume = -1;
      bf_alloc_fail_after(n_failed++);
      status = bf_hypervolume(m, 2, points, zero, &volume);
      bf_alloc_fail_after(-1);
      assert_true(status == BF_OK || status == BF_ERR_NOMEM);
      assert_int_equal(volume == -1, status != BF_OK);
    }
    assert_true(n_failed > 3);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(volume_of_whole_points_is_the_number_of_cells),
      cmocka_unit_test(volume_of_random_points_is_that_of_their_boxes),
      cmocka_unit_test(order_and_duplicates_make_no_difference),
      cmocka_unit_test(points_not_below_the_reference_count_nothing),
      cmocka_unit_test(volume_of_a_simplex_is_known),
      cmocka_unit_test(volume_of_many_points_in_many_objectives_is_estimated),
      cmocka_unit_test(volume_of_a_sphere_is_approached),
      cmocka_unit_test(volume_without_memory_leaves_the_output),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
