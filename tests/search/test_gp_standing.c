/* Tests of search/gp_standing.h and search/gp_points.h: who dominates whom, and who is learnt from.
 * Room: search. */
#include "unit.h"

#include "base/memory.h"
#include "base/random.h"
#include "search/gp_points.h"

enum { MOST = 700, MOST_OBJECTIVES = 3 };

static const size_t most_points = BF_GP_POINTS + BF_GP_MORE_POINTS;

/* A history of trials with few levels, so that there are ties. */
typedef struct fixture {
  bf_history history;
  bf_gp_standing standing;
  bf_random random;
} fixture;

static void set_up(fixture *f, size_t n_objectives)
{
  *f = (fixture){.history = {.n_parameters = 1, .n_objectives = n_objectives},
                 .random = bf_random_stream(5, BF_PURPOSE_SYNTH, n_objectives)};
  bf_gp_standing_init(&f->standing, n_objectives);
}

static void tear_down(fixture *f)
{
  bf_history_release(&f->history);
  bf_gp_standing_release(&f->standing);
}

/* A trial; every n_violating-th misses the constraints, every seventh fails. */
static void tell(fixture *f, unsigned n_levels, unsigned n_violating)
{
  double objectives[MOST_OBJECTIVES];
  uint32_t number = (uint32_t)f->history.n;
  for (size_t m = 0; m < f->history.n_objectives; m++)
    objectives[m] = (double)bf_random_below(&f->random, n_levels);
  bool violates = n_violating > 0 && bf_random_below(&f->random, n_violating) == 0;
  double violation = violates ? 1 + (double)bf_random_below(&f->random, 5) : 0;
  assert_ok(bf_history_reserve(&f->history));
  bf_history_add(&f->history, &number);
  bf_history_end(&f->history, number, number % 7 == 6 ? NULL : objectives, violation);
  assert_ok(bf_gp_standing_reserve(&f->standing, f->history.n_complete));
  bf_gp_standing_update(&f->standing, &f->history);
}

static bool dominates(const bf_history *h, uint32_t a, uint32_t b)
{
  const double *x = bf_history_objectives(h, a);
  const double *y = bf_history_objectives(h, b);
  bool is_better = false;
  if (h->violations[a] > 0 || h->violations[b] > 0)
    return h->violations[a] < h->violations[b];
  for (size_t m = 0; m < h->n_objectives; m++) {
    if (x[m] > y[m])
      return false;
    is_better = is_better || x[m] < y[m];
  }
  return is_better;
}

static void assert_counts(const fixture *f)
{
  const bf_history *h = &f->history;
  assert_int_equal(f->standing.n, h->n_complete);
  for (size_t i = 0; i < h->n_complete; i++) {
    uint32_t n = 0;
    for (size_t j = 0; j < h->n_complete; j++)
      n += dominates(h, h->complete[j], h->complete[i]);
    assert_int_equal(f->standing.n_better[i], n);
  }
}

static void counts_are_those_of_all_pairs(void **state)
{
  (void)state;
  for (size_t m = 1; m <= MOST_OBJECTIVES; m++)
    for (unsigned n_violating = 0; n_violating < 3; n_violating++) {
      fixture f;
      set_up(&f, m);
      for (size_t k = 0; k < 150; k++)
        tell(&f, 9, n_violating);
      assert_counts(&f);
      tear_down(&f);
    }
}

static void violations_are_counted_with_their_logarithms(void **state)
{
  (void)state;
  fixture f;
  size_t n = 0;
  set_up(&f, 2);
  for (size_t k = 0; k < 100; k++)
    tell(&f, 9, 3);
  for (size_t i = 0; i < f.history.n_complete; i++)
    n += f.history.violations[f.history.complete[i]] > 0;
  assert_true(n > 10);
  assert_int_equal(f.standing.n_violating, n);
  assert_true(f.standing.ln_violations > 0 && f.standing.ln_violations < (double)n * 1.61);
  tear_down(&f);
}

static void order_is_by_count_and_the_newest_first(void **state)
{
  (void)state;
  fixture f;
  set_up(&f, 2);
  for (size_t k = 0; k < 200; k++)
    tell(&f, 12, 4);
  const uint32_t *order = bf_gp_standing_sort(&f.standing);
  for (size_t i = 1; i < f.standing.n; i++) {
    uint32_t before = f.standing.n_better[order[i - 1]];
    uint32_t after = f.standing.n_better[order[i]];
    assert_true(before < after || (before == after && order[i - 1] > order[i]));
  }
  tear_down(&f);
}

static void reserve_without_memory_changes_nothing(void **state)
{
  (void)state;
  fixture f;
  set_up(&f, 2);
  for (size_t k = 0; k < 20; k++)
    tell(&f, 12, 0);
  for (long n = 0; n < 4; n++) {
    bf_alloc_fail_after(n);
    assert_int_equal(bf_gp_standing_reserve(&f.standing, 1000), BF_ERR_NOMEM);
    bf_alloc_fail_after(-1);
    assert_counts(&f);
  }
  assert_ok(bf_gp_standing_reserve(&f.standing, 1000));
  assert_counts(&f);
  tear_down(&f);
}

static bool has(const uint32_t *numbers, size_t n, uint32_t number)
{
  size_t i = 0;
  while (i < n && numbers[i] != number)
    i++;
  return i < n;
}

static void choice_has_the_best_and_some_of_the_rest(void **state)
{
  (void)state;
  enum { N = 64 };
  fixture f;
  uint32_t numbers[N];
  size_t n_worse = 0;
  set_up(&f, 2);
  for (size_t k = 0; k < 500; k++)
    tell(&f, 1000, 0);
  bf_gp_choose_points(&f.standing, &f.history, N, numbers);
  const uint32_t *order = bf_gp_standing_sort(&f.standing);
  for (size_t i = 0; i < N * 3 / 4; i++)
    assert_int_equal(numbers[i], f.history.complete[order[i]]);
  for (size_t i = N * 3 / 4; i < N; i++) {
    assert_false(has(numbers, i, numbers[i]));
    for (size_t j = f.standing.n / 2; j < f.standing.n; j++)
      n_worse += f.history.complete[order[j]] == numbers[i];
  }
  assert_true(n_worse >= N / 8 && n_worse <= N / 8 + 2);
  tear_down(&f);
}

static void points_are_all_trials_as_long_as_they_fit(void **state)
{
  (void)state;
  fixture f;
  static bf_gp_points points;
  set_up(&f, 2);
  points = (bf_gp_points){0};
  for (size_t k = 0; f.history.n_complete < most_points; k++) {
    tell(&f, 50, 0);
    bool anew = k % 10 == 9 && f.history.n_complete <= BF_GP_POINTS;
    assert_int_equal(bf_gp_points_update(&points, &f.standing, &f.history, anew), anew);
    assert_int_equal(points.n, f.history.n_complete);
    for (size_t i = 0; i < f.history.n_complete; i++)
      assert_true(has(points.numbers, points.n, f.history.complete[i]));
  }
  tear_down(&f);
}

static void points_are_chosen_anew_when_they_are_too_many(void **state)
{
  (void)state;
  fixture f;
  static bf_gp_points points;
  size_t n_anew = 0;
  set_up(&f, 2);
  points = (bf_gp_points){0};
  for (size_t k = 0; k < MOST; k++) {
    size_t n_before = points.n;
    size_t n_complete = f.history.n_complete;
    tell(&f, 50, 0);
    if (bf_gp_points_update(&points, &f.standing, &f.history, false)) {
      n_anew++;
      assert_int_equal(n_before, most_points);
      assert_int_equal(points.n, BF_GP_POINTS);
    } else {
      assert_int_equal(points.n, n_before + f.history.n_complete - n_complete);
    }
  }
  assert_true(n_anew > 5);
  assert_true(bf_gp_points_update(&points, &f.standing, &f.history, true));
  assert_int_equal(points.n, BF_GP_POINTS);
  tear_down(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_are_those_of_all_pairs),
      cmocka_unit_test(violations_are_counted_with_their_logarithms),
      cmocka_unit_test(order_is_by_count_and_the_newest_first),
      cmocka_unit_test(reserve_without_memory_changes_nothing),
      cmocka_unit_test(choice_has_the_best_and_some_of_the_rest),
      cmocka_unit_test(points_are_all_trials_as_long_as_they_fit),
      cmocka_unit_test(points_are_chosen_anew_when_they_are_too_many),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
