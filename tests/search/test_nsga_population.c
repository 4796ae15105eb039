/* Tests of search/nsga_population.h: who stays, and crowding, against their definitions.
 * Room: search. */
#include "unit.h"

#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "search/nsga_population.h"
#include "search/rank.h"

enum { MOST = 20, N_TRIALS = 400, MOST_OBJECTIVES = 4 };

/* Trials and which of them are members. */
typedef struct trials {
  size_t n_objectives;
  double points[N_TRIALS][MOST_OBJECTIVES];
  double violations[N_TRIALS];
  size_t n_members;
  uint32_t members[MOST + 1];
  uint32_t fronts[MOST + 1];
  double distances[MOST + 1];
} trials;

static trials random_trials(bf_random *random, size_t n_objectives, bool constrained)
{
  trials t = {.n_objectives = n_objectives};
  for (size_t i = 0; i < N_TRIALS; i++) {
    /* They improve, so that members come and go. */
    for (size_t j = 0; j < n_objectives; j++)
      t.points[i][j] = bf_random_unit(random) - 0.001 * (double)i;
    if (constrained && bf_random_below(random, 3) == 0)
      t.violations[i] = bf_random_unit(random);
  }
  return t;
}

static void rank_members(trials *t)
{
  double points[(MOST + 1) * MOST_OBJECTIVES];
  double violations[MOST + 1];
  for (size_t i = 0; i < t->n_members; i++) {
    memcpy(points + i * t->n_objectives, t->points[t->members[i]],
           t->n_objectives * sizeof *points);
    violations[i] = t->violations[t->members[i]];
  }
  assert_ok(bf_rank(t->n_objectives, t->n_members, points, violations, t->n_members, t->fronts));
}

/* The gap around member @p i in an objective, by looking at all others; no values are equal. */
static double gap_around(const trials *t, size_t i, size_t j)
{
  double own = t->points[t->members[i]][j];
  double below = -HUGE_VAL;
  double above = HUGE_VAL;
  double lowest = own;
  double highest = own;
  for (size_t k = 0; k < t->n_members; k++) {
    double other = t->points[t->members[k]][j];
    if (k == i || t->fronts[k] != t->fronts[i])
      continue;
    below = other < own ? fmax(below, other) : below;
    above = other > own ? fmin(above, other) : above;
    lowest = fmin(lowest, other);
    highest = fmax(highest, other);
  }
  return highest > lowest ? (above - below) / (highest - lowest) : 0;
}

static void measure_members(trials *t)
{
  rank_members(t);
  for (size_t i = 0; i < t->n_members; i++) {
    t->distances[i] = 0;
    for (size_t j = 0; j < t->n_objectives; j++)
      t->distances[i] += gap_around(t, i, j);
  }
}

static bool goes_before(const trials *t, size_t a, size_t b)
{
  if (t->fronts[a] != t->fronts[b])
    return t->fronts[a] > t->fronts[b];
  /* Rounding must not decide. */
  if (isinf(t->distances[a]) != isinf(t->distances[b]))
    return isinf(t->distances[b]);
  if (!isinf(t->distances[a]) && fabs(t->distances[a] - t->distances[b]) > 1e-12)
    return t->distances[a] < t->distances[b];
  return t->members[a] < t->members[b];
}

static void add_slowly(trials *t, uint32_t number)
{
  t->members[t->n_members++] = number;
  measure_members(t);
  if (t->n_members <= MOST)
    return;
  size_t worst = 0;
  for (size_t i = 1; i < t->n_members; i++)
    if (goes_before(t, i, worst))
      worst = i;
  t->members[worst] = t->members[--t->n_members];
  measure_members(t);
}

static void assert_same_members(const bf_nsga_population *population, const trials *t)
{
  assert_int_equal(population->n, t->n_members);
  for (size_t i = 0; i < t->n_members; i++) {
    size_t k = 0;
    while (k < population->n && population->numbers[k] != t->members[i])
      k++;
    assert_true(k < population->n);
    assert_int_equal(population->fronts[k], t->fronts[i]);
    assert_true(population->merits[k] == t->distances[i] ||
                fabs(population->merits[k] - t->distances[i]) < 1e-12);
  }
}

static void members_are_those_that_the_definition_leaves(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(61, BF_PURPOSE_SAMPLER, 0);
  for (size_t i = 0; i < 4 * MOST_OBJECTIVES; i++) {
    bf_nsga_population population = {0};
    size_t m = 1 + i % MOST_OBJECTIVES;
    trials t = random_trials(&random, m, i / MOST_OBJECTIVES % 2 == 1);
    assert_ok(bf_nsga_population_init(&population, m, MOST, bf_nsga_crowding));
    for (uint32_t k = 0; k < N_TRIALS; k++) {
      assert_ok(bf_nsga_population_add(&population, k, t.points[k], t.violations[k]));
      add_slowly(&t, k);
      assert_same_members(&population, &t);
    }
    bf_nsga_population_release(&population);
  }
}

/* @p n trials of two objectives, all of them members. */
static void fill(bf_nsga_population *population, size_t n, const double *points)
{
  *population = (bf_nsga_population){0};
  assert_ok(bf_nsga_population_init(population, 2, n, bf_nsga_crowding));
  for (uint32_t k = 0; k < n; k++)
    assert_ok(bf_nsga_population_add(population, k, points + (size_t)2 * k, 0));
}

static void crowding_of_a_line_is_the_gap_around(void **state)
{
  (void)state;
  bf_nsga_population population;
  fill(&population, 4, (const double[]){0, 10, 1, 6, 4, 4, 10, 0});
  assert_true(isinf(population.merits[0]) && isinf(population.merits[3]));
  assert_true(fabs(population.merits[1] - (0.4 + 0.6)) < 1e-12);
  assert_true(fabs(population.merits[2] - (0.9 + 0.6)) < 1e-12);
  bf_nsga_population_release(&population);
}

static void equal_members_have_no_merit_and_the_oldest_leaves(void **state)
{
  (void)state;
  bf_nsga_population population;
  const double point[] = {3, 3};
  fill(&population, 3, (const double[]){3, 3, 3, 3, 3, 3});
  for (uint32_t k = 3; k < 10; k++) {
    assert_ok(bf_nsga_population_add(&population, k, point, 0));
    for (size_t i = 0; i < 3; i++)
      assert_true(population.merits[i] == 0 && population.numbers[i] > k - 3);
  }
  bf_nsga_population_release(&population);
}

static void violating_members_leave_before_all_others(void **state)
{
  (void)state;
  bf_nsga_population population;
  const double bad[] = {90, 90};
  fill(&population, 2, (const double[]){5, 5, 6, 6});
  assert_ok(bf_nsga_population_add(&population, 2, (const double[]){0, 0}, 0.1));
  assert_true(population.numbers[0] != 2 && population.numbers[1] != 2);
  bf_nsga_population_release(&population);
  assert_ok(bf_nsga_population_init(&population, 2, 2, bf_nsga_crowding));
  assert_ok(bf_nsga_population_add(&population, 0, (const double[]){0, 0}, 0.1));
  assert_ok(bf_nsga_population_add(&population, 1, (const double[]){0, 0}, 0.3));
  assert_ok(bf_nsga_population_add(&population, 2, bad, 0));
  assert_true(population.numbers[0] != 1 && population.numbers[1] != 1);
  assert_ok(bf_nsga_population_add(&population, 3, bad, 0));
  assert_true(population.numbers[0] != 0 && population.numbers[1] != 0);
  bf_nsga_population_release(&population);
}

static void more_rounds_pick_better_members(void **state)
{
  (void)state;
  bf_nsga_population population;
  bf_random random = bf_random_stream(62, BF_PURPOSE_SAMPLER, 0);
  /* One front of three, the second in the middle; then one that is dominated. */
  fill(&population, 4, (const double[]){0, 2, 1, 1, 2, 0, 3, 3});
  size_t n_picked[4] = {0};
  for (int i = 0; i < 1000; i++)
    n_picked[bf_nsga_population_pick(&population, 1, &random)]++;
  for (size_t i = 0; i < 4; i++)
    assert_in_range(n_picked[i], 190, 310);
  memset(n_picked, 0, sizeof n_picked);
  for (int i = 0; i < 1000; i++)
    n_picked[bf_nsga_population_pick(&population, 50, &random)]++;
  assert_int_equal(n_picked[1] + n_picked[3], 0);
  assert_in_range(n_picked[0], 400, 600);
  bf_nsga_population_release(&population);
}

static void distance_is_in_units_of_the_ranges(void **state)
{
  (void)state;
  bf_nsga_population population;
  fill(&population, 3, (const double[]){0, 4000, 1, 3000, 2, 0});
  assert_true(fabs(bf_nsga_population_distance(&population, 0, 1) - (0.25 + 0.0625)) < 1e-12);
  assert_true(fabs(bf_nsga_population_distance(&population, 2, 0) - 2) < 1e-12);
  bf_nsga_population_release(&population);
  fill(&population, 2, (const double[]){7, 1, 7, 1});
  assert_true(bf_nsga_population_distance(&population, 0, 1) == 0);
  bf_nsga_population_release(&population);
}

static void range_is_that_of_members_that_meet_the_constraints(void **state)
{
  (void)state;
  bf_nsga_population population = {0};
  assert_ok(bf_nsga_population_init(&population, 2, 3, bf_nsga_crowding));
  assert_ok(bf_nsga_population_add(&population, 0, (const double[]){-100, 3}, 0.5));
  assert_true(population.lowest[0] == -100 && population.highest[1] == 3);
  assert_ok(bf_nsga_population_add(&population, 1, (const double[]){0, 1}, 0));
  assert_ok(bf_nsga_population_add(&population, 2, (const double[]){1, 0}, 0));
  assert_true(population.lowest[0] == 0 && population.highest[0] == 1);
  assert_true(population.lowest[1] == 0 && population.highest[1] == 1);
  bf_nsga_population_release(&population);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(members_are_those_that_the_definition_leaves),
      cmocka_unit_test(crowding_of_a_line_is_the_gap_around),
      cmocka_unit_test(equal_members_have_no_merit_and_the_oldest_leaves),
      cmocka_unit_test(violating_members_leave_before_all_others),
      cmocka_unit_test(more_rounds_pick_better_members),
      cmocka_unit_test(distance_is_in_units_of_the_ranges),
      cmocka_unit_test(range_is_that_of_members_that_meet_the_constraints),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
