/* Tests of search/nsga_niches.h: reference directions and who shares them.
 * Room: search. */
#include "unit.h"

#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "search/nsga_niches.h"

static void number_of_directions_is_the_binomial_coefficient(void **state)
{
  (void)state;
  assert_int_equal(bf_nsga_n_directions(2, 3), 4);
  assert_int_equal(bf_nsga_n_directions(3, 3), 10);
  assert_int_equal(bf_nsga_n_directions(4, 3), 20);
  assert_int_equal(bf_nsga_n_directions(3, 12), 91);
  assert_int_equal(bf_nsga_n_directions(5, 6), 210);
  assert_int_equal(bf_nsga_n_directions(1, 8), 1);
  assert_int_equal(bf_nsga_n_directions(6, 1), 6);
}

static void number_of_too_many_directions_stays_small(void **state)
{
  (void)state;
  assert_int_equal(bf_nsga_n_directions(2, BF_NSGA_MOST_DIRECTIONS), BF_NSGA_MOST_DIRECTIONS + 1);
  assert_int_equal(bf_nsga_n_directions(30, 30), BF_NSGA_MOST_DIRECTIONS + 1);
  assert_int_equal(bf_nsga_n_directions(SIZE_MAX / 4, 3), BF_NSGA_MOST_DIRECTIONS + 1);
  assert_int_equal(bf_nsga_n_directions(2, SIZE_MAX), BF_NSGA_MOST_DIRECTIONS + 1);
}

static void divisions_give_about_the_directions_wanted(void **state)
{
  (void)state;
  assert_int_equal(bf_nsga_divisions(1, 50), 1);
  assert_int_equal(bf_nsga_divisions(2, 50), 49);
  assert_int_equal(bf_nsga_divisions(3, 50), 8);  /* 45; 55 is no nearer */
  assert_int_equal(bf_nsga_divisions(4, 50), 5);  /* 56 rather than 35 */
  assert_int_equal(bf_nsga_divisions(6, 50), 3);  /* 56 rather than 21 */
  assert_int_equal(bf_nsga_divisions(60, 50), 1); /* no fewer than the axes */
  assert_int_equal(bf_nsga_divisions(3, 2), 1);
}

/* Every direction is that of whole parts, and no two are the same. */
static void check_directions(size_t n_objectives, size_t divisions)
{
  bf_nsga_niches *niches = NULL;
  assert_ok(bf_nsga_niches_create(n_objectives, divisions, 1, &niches));
  assert_int_equal(niches->n, bf_nsga_n_directions(n_objectives, divisions));
  for (size_t i = 0; i < niches->n; i++) {
    const double *direction = niches->directions + i * n_objectives;
    double sum = 0;
    double square = 0;
    for (size_t j = 0; j < n_objectives; j++) {
      sum += direction[j];
      square += direction[j] * direction[j];
    }
    assert_true(fabs(square - 1) < 1e-12);
    for (size_t j = 0; j < n_objectives; j++) {
      double part = direction[j] / sum * (double)divisions;
      assert_true(part > -1e-9 && fabs(part - round(part)) < 1e-9);
    }
    for (size_t k = 0; k < i; k++) {
      double along = 0;
      for (size_t j = 0; j < n_objectives; j++)
        along += direction[j] * niches->directions[k * n_objectives + j];
      assert_true(along < 1 - 1e-9);
    }
  }
  bf_nsga_niches_free(niches);
}

static void directions_are_all_ways_to_share_the_divisions(void **state)
{
  (void)state;
  check_directions(1, 4);
  for (size_t m = 2; m <= 5; m++)
    for (size_t divisions = 1; divisions <= 5; divisions++)
      check_directions(m, divisions);
}

/* Members of three objectives; 4 divisions, 15 directions. */
static void fill(bf_nsga_population *population, size_t n, const double *points)
{
  bf_nsga_niches *niches = NULL;
  *population = (bf_nsga_population){0};
  assert_ok(bf_nsga_population_init(population, 3, n, bf_nsga_niching));
  assert_ok(bf_nsga_niches_create(3, 4, n, &niches));
  population->niches = niches;
  for (uint32_t k = 0; k < n; k++)
    assert_ok(bf_nsga_population_add(population, k, points + (size_t)3 * k, 0));
}

static void release(bf_nsga_population *population)
{
  bf_nsga_niches_free(population->niches);
  bf_nsga_population_release(population);
}

/* A point on a plane that cuts axes of very different units, some of them negative. */
static void put(double *points, size_t i, double a, double b, double c)
{
  points[3 * i] = -500 + 1000 * a;
  points[3 * i + 1] = 7 + 0.001 * b;
  points[3 * i + 2] = -3e6 + 1e6 * c;
}

static void members_on_directions_of_their_own_are_equally_good(void **state)
{
  (void)state;
  double points[3 * 15];
  size_t n = 0;
  for (int a = 0; a <= 4; a++)
    for (int b = 0; a + b <= 4; b++)
      put(points, n++, a / 4.0, b / 4.0, (4 - a - b) / 4.0);
  bf_nsga_population population;
  fill(&population, 15, points);
  size_t n_extreme = 0;
  for (size_t i = 0; i < 15; i++) {
    n_extreme += population.merits[i] == 0;
    assert_true(population.merits[i] == 0 || fabs(population.merits[i] + 1) < 1e-6);
    for (size_t k = 0; k < i; k++)
      assert_true(population.niches->nearest[i] != population.niches->nearest[k]);
  }
  assert_int_equal(n_extreme, 3);
  release(&population);
}

/* The scale is that of the first front: bad values of dominated members do not shrink it. */
static void dominated_members_do_not_change_the_scale(void **state)
{
  (void)state;
  double points[3 * 16];
  size_t n = 0;
  for (int a = 0; a <= 4; a++)
    for (int b = 0; a + b <= 4; b++)
      put(points, n++, a / 4.0, b / 4.0, (4 - a - b) / 4.0);
  put(points, 15, 7, 0.9, 0.9);
  bf_nsga_population population;
  fill(&population, 16, points);
  for (size_t i = 0; i < 15; i++)
    for (size_t k = 0; k < i; k++)
      assert_true(population.niches->nearest[i] != population.niches->nearest[k]);
  release(&population);
}

static void members_that_share_a_direction_are_worse_by_distance(void **state)
{
  (void)state;
  double points[3 * 6];
  put(points, 0, 1, 0, 0);
  put(points, 1, 0, 1, 0);
  put(points, 2, 0, 0, 1);
  put(points, 3, 0.5, 0.5, 0);
  put(points, 4, 0.52, 0.48, 0);
  put(points, 5, 0, 0.5, 0.5);
  bf_nsga_population population;
  fill(&population, 6, points);
  for (size_t i = 0; i < 3; i++)
    assert_true(population.merits[i] == 0);
  assert_true(fabs(population.merits[3] + 2) < 1e-6);
  assert_true(population.merits[4] < -2 - 1e-3 && population.merits[4] > -3);
  assert_true(fabs(population.merits[5] + 1) < 1e-6);
  release(&population);
}

static void population_of_nsgaiii_loses_the_most_common_direction_first(void **state)
{
  (void)state;
  double points[3 * 6];
  put(points, 0, 1, 0, 0);
  put(points, 1, 0, 1, 0);
  put(points, 2, 0, 0, 1);
  put(points, 3, 0.52, 0.48, 0);
  put(points, 4, 0, 0.5, 0.5);
  put(points, 5, 0.5, 0.5, 0);
  bf_nsga_population population;
  fill(&population, 5, points);
  assert_ok(bf_nsga_population_add(&population, 5, points + 15, 0));
  assert_int_equal(population.n, 5);
  for (size_t i = 0; i < 5; i++)
    assert_int_not_equal(population.numbers[i], 3);
  release(&population);
}

/* A plane that does not exist, objectives without a range: merits are numbers all the same. */
static void degenerate_fronts_have_merits(void **state)
{
  (void)state;
  static const double points[][12] = {{5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5},
                                      {0, 1, 5, 1, 0, 5, 0.5, 0.5, 5, 0.2, 0.9, 5},
                                      {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3},
                                      {0, 1, 1, 1, 0, 0, 0.5, 0.5, 0.5, 2, 0, 0}};
  for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
    bf_nsga_population population;
    fill(&population, 4, points[i]);
    for (size_t k = 0; k < 4; k++)
      assert_true(population.merits[k] <= 0 && population.merits[k] > -6);
    release(&population);
  }
}

static void directions_without_memory_leave_nothing(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  for (long n_failed = 0; status != BF_OK; n_failed++) {
    bf_nsga_niches *niches = NULL;
    bf_alloc_fail_after(n_failed);
    status = bf_nsga_niches_create(3, 3, 10, &niches);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || (status == BF_ERR_NOMEM && niches == NULL));
    bf_nsga_niches_free(niches);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(number_of_directions_is_the_binomial_coefficient),
      cmocka_unit_test(number_of_too_many_directions_stays_small),
      cmocka_unit_test(divisions_give_about_the_directions_wanted),
      cmocka_unit_test(directions_are_all_ways_to_share_the_divisions),
      cmocka_unit_test(members_on_directions_of_their_own_are_equally_good),
      cmocka_unit_test(dominated_members_do_not_change_the_scale),
      cmocka_unit_test(members_that_share_a_direction_are_worse_by_distance),
      cmocka_unit_test(population_of_nsgaiii_loses_the_most_common_direction_first),
      cmocka_unit_test(degenerate_fronts_have_merits),
      cmocka_unit_test(directions_without_memory_leave_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
