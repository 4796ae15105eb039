/* Tests of search/tpe_split.h: who is good, against its definition.
 * Room: search. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "search/tpe_split.h"

enum { MOST_TRIALS = 2000, MOST_OBJECTIVES = 4 };

typedef struct trials {
  size_t n_objectives;
  size_t n;
  double points[MOST_TRIALS][MOST_OBJECTIVES];
  double violations[MOST_TRIALS];
} trials;

static void fill_trials(trials *t, size_t n_objectives, size_t n, bf_random *random)
{
  t->n_objectives = n_objectives;
  t->n = n;
  for (size_t i = 0; i < n; i++) {
    t->violations[i] = 0;
    for (size_t m = 0; m < n_objectives; m++)
      t->points[i][m] = (double)bf_random_below(random, 1000000);
  }
}

/* Numbers are 3, 6, 9, ... */
static void split_trials(const trials *t, bf_tpe_split *split)
{
  assert_ok(bf_tpe_split_init(split, t->n_objectives));
  for (size_t i = 0; i < t->n; i++)
    assert_ok(bf_tpe_split_add(split, (uint32_t)(3 * i + 3), t->points[i], t->violations[i]));
  assert_ok(bf_tpe_split_update(split, t->n));
}

static bool is_better(const trials *t, size_t a, size_t b)
{
  bool is_below = false;
  if (t->violations[a] > 0 || t->violations[b] > 0)
    return t->violations[a] < t->violations[b];
  for (size_t m = 0; m < t->n_objectives; m++) {
    if (t->points[a][m] > t->points[b][m])
      return false;
    is_below |= t->points[a][m] < t->points[b][m];
  }
  return is_below;
}

/* Fronts by peeling. */
static void peel(const trials *t, size_t *fronts)
{
  size_t n_peeled = 0;
  for (size_t i = 0; i < t->n; i++)
    fronts[i] = SIZE_MAX;
  for (size_t front = 0; n_peeled < t->n; front++)
    for (size_t i = 0; i < t->n; i++) {
      bool is_last = fronts[i] == SIZE_MAX;
      for (size_t j = 0; j < t->n && is_last; j++)
        is_last = fronts[j] < front || !is_better(t, j, i);
      if (is_last) {
        fronts[i] = front;
        n_peeled++;
      }
    }
}

/* A tenth is good, and no other trial is of an earlier front. */
static void assert_splits(const trials *t)
{
  static size_t fronts[MOST_TRIALS];
  bf_tpe_split split;
  size_t last_good = 0;
  size_t first_other = SIZE_MAX;
  split_trials(t, &split);
  assert_int_equal(split.n_good, (t->n + 9) / 10);
  peel(t, fronts);
  for (size_t i = 0; i < t->n; i++) {
    bool is_good = bf_tpe_split_is_good(&split, (uint32_t)(3 * i + 3));
    if (is_good && fronts[i] > last_good)
      last_good = fronts[i];
    if (!is_good && fronts[i] < first_other)
      first_other = fronts[i];
    assert_false(bf_tpe_split_is_good(&split, (uint32_t)(3 * i + 2)));
  }
  assert_true(last_good <= first_other);
  for (size_t i = 1; i < split.n_good; i++)
    assert_true(split.good[i] > split.good[i - 1]);
  bf_tpe_split_release(&split);
}

static void good_trials_are_the_tenth_of_the_first_fronts(void **state)
{
  (void)state;
  static trials t;
  static const size_t sizes[] = {1, 2, 10, 11, 60, 200};
  bf_random random = bf_random_stream(81, BF_PURPOSE_SAMPLER, 0);
  for (size_t n_objectives = 1; n_objectives <= MOST_OBJECTIVES; n_objectives++)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      fill_trials(&t, n_objectives, sizes[i], &random);
      assert_splits(&t);
    }
}

static void trials_that_violate_constraints_come_last_by_violation(void **state)
{
  (void)state;
  static trials t;
  bf_random random = bf_random_stream(82, BF_PURPOSE_SAMPLER, 0);
  for (size_t n_feasible = 0; n_feasible <= 20; n_feasible++) {
    fill_trials(&t, 2, 150, &random);
    for (size_t i = n_feasible; i < t.n; i++)
      t.violations[i] = 1 + (double)bf_random_below(&random, 100);
    assert_splits(&t);
  }
}

static void equal_trials_are_good_in_order_of_telling(void **state)
{
  (void)state;
  for (size_t n_objectives = 1; n_objectives <= MOST_OBJECTIVES; n_objectives++) {
    static trials t;
    bf_tpe_split split;
    t.n_objectives = n_objectives;
    t.n = 95;
    split_trials(&t, &split);
    assert_int_equal(split.n_good, 10);
    for (size_t i = 0; i < 10; i++)
      assert_int_equal(split.good[i], 3 * i + 3);
    bf_tpe_split_release(&split);
  }
}

/* One objective: whoever leaves the contenders was not among the best anyhow. */
static void best_trials_are_good_however_many_there_are(void **state)
{
  (void)state;
  static trials t;
  bf_tpe_split split;
  bf_random random = bf_random_stream(83, BF_PURPOSE_SAMPLER, 0);
  fill_trials(&t, 1, MOST_TRIALS, &random);
  split_trials(&t, &split);
  assert_int_equal(split.n_good, BF_TPE_GOOD);
  assert_true(split.n <= BF_TPE_CONTENDERS);
  double worst = 0;
  for (size_t i = 0; i < t.n; i++)
    if (bf_tpe_split_is_good(&split, (uint32_t)(3 * i + 3)))
      worst = fmax(worst, t.points[i][0]);
  size_t n_better = 0;
  for (size_t i = 0; i < t.n; i++)
    n_better += t.points[i][0] < worst;
  assert_true(n_better < BF_TPE_GOOD);
  bf_tpe_split_release(&split);
}

/* A line of 1500 points: the good ones of so many lie all along it. */
static void good_trials_of_a_large_front_are_spread_along_it(void **state)
{
  (void)state;
  static trials t = {.n_objectives = 2, .n = 1500};
  bf_tpe_split split;
  size_t n_by_tenth[10] = {0};
  for (size_t i = 0; i < t.n; i++) {
    double x = (double)(i * 7 % t.n) / (double)t.n;
    t.points[i][0] = x;
    t.points[i][1] = 1 - x;
  }
  split_trials(&t, &split);
  for (size_t i = 0; i < split.n_good; i++)
    n_by_tenth[(int)(10 * t.points[split.good[i] / 3 - 1][0])]++;
  for (size_t i = 0; i < 10; i++)
    assert_in_range(n_by_tenth[i], 3, 12);
  bf_tpe_split_release(&split);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good_trials_are_the_tenth_of_the_first_fronts),
      cmocka_unit_test(trials_that_violate_constraints_come_last_by_violation),
      cmocka_unit_test(equal_trials_are_good_in_order_of_telling),
      cmocka_unit_test(best_trials_are_good_however_many_there_are),
      cmocka_unit_test(good_trials_of_a_large_front_are_spread_along_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
