/* Tests of search/gp_scale.h: where 0, 1 and the fence are.
 * Room: search. */
#include "unit.h"

#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "search/gp_scale.h"

typedef struct fixture {
  bf_history history;
  bf_gp_standing standing;
  bf_gp_points points;
  bf_gp_scale scale;
} fixture;

static void set_up(fixture *f, size_t n_objectives)
{
  memset(f, 0, sizeof *f);
  f->history = (bf_history){.n_parameters = 1, .n_objectives = n_objectives};
  bf_gp_standing_init(&f->standing, n_objectives);
  assert_ok(bf_gp_scale_init(&f->scale, n_objectives));
}

static void tear_down(fixture *f)
{
  bf_history_release(&f->history);
  bf_gp_standing_release(&f->standing);
  bf_gp_scale_release(&f->scale);
}

static void tell(fixture *f, const double *objectives, double violation)
{
  uint32_t number = (uint32_t)f->history.n;
  assert_ok(bf_history_reserve(&f->history));
  bf_history_add(&f->history, &number);
  bf_history_end(&f->history, number, objectives, violation);
  assert_ok(bf_gp_standing_reserve(&f->standing, f->history.n_complete));
  bf_gp_standing_update(&f->standing, &f->history);
  bf_gp_points_update(&f->points, &f->standing, &f->history, false);
}

static void tell_one(fixture *f, double objective, double violation)
{
  tell(f, &objective, violation);
}

static void look(fixture *f)
{
  bf_gp_scale_spread(&f->scale, &f->standing, &f->points, &f->history);
  bf_gp_scale_update(&f->scale, &f->standing, &f->history);
}

static double z(const fixture *f, uint32_t number, size_t m)
{
  return bf_gp_scale_objective(&f->scale, &f->history, number, m);
}

static void assert_near(double found, double expected)
{
  if (!(fabs(found - expected) < 1e-12))
    fail_msg("%.17g, expected %.17g", found, expected);
}

static void front_lies_between_zero_and_one(void **state)
{
  (void)state;
  static const double y[][2] = {{1, 90}, {3, 50}, {6, 10}, {7, 100}, {9, 60}};
  fixture f;
  set_up(&f, 2);
  for (size_t i = 0; i < 5; i++)
    tell(&f, y[i], 0);
  look(&f);
  assert_near(z(&f, 0, 0), 0);
  assert_near(z(&f, 1, 0), 0.4);
  assert_near(z(&f, 2, 0), 1);
  assert_near(z(&f, 2, 1), 0);
  assert_near(z(&f, 1, 1), 0.5);
  assert_near(z(&f, 0, 1), 1);
  tear_down(&f);
}

/* Quartiles 3 and 7 of 1 .. 9, so the fence is at 11. */
static void fence_is_above_the_upper_quartile(void **state)
{
  (void)state;
  fixture f;
  set_up(&f, 2);
  for (int i = 1; i <= 8; i++)
    tell(&f, (const double[]){i, 1 + (i != 2)}, 0);
  tell(&f, (const double[]){500, 1.5}, 0);
  look(&f);
  /* The front is 1 (with 2) and 2 (with 1): z = y - 1. */
  assert_near(z(&f, 0, 0), 0);
  assert_near(z(&f, 1, 0), 1);
  assert_near(z(&f, 7, 0), 7);
  assert_near(f.scale.fences[0], 10);
  assert_near(z(&f, 8, 0), 10 + log(1 + 499 - 10));
  tear_down(&f);
}

static void one_objective_has_its_quartile_at_one(void **state)
{
  (void)state;
  fixture f;
  set_up(&f, 1);
  for (int i = 0; i < 8; i++)
    tell_one(&f, 10 + 2 * i, 0);
  look(&f);
  assert_near(z(&f, 0, 0), 0);
  assert_near(z(&f, 2, 0), 1);
  assert_near(z(&f, 3, 0), 1.5);
  tear_down(&f);
}

static void worst_is_at_one_where_the_quartile_is_the_best(void **state)
{
  (void)state;
  fixture f;
  set_up(&f, 1);
  for (int i = 0; i < 7; i++)
    tell_one(&f, 10, 0);
  tell_one(&f, 30, 0);
  look(&f);
  assert_near(z(&f, 3, 0), 0);
  assert_near(z(&f, 7, 0), 1);
  tear_down(&f);
}

static void equal_objectives_are_all_zero(void **state)
{
  (void)state;
  fixture f;
  set_up(&f, 2);
  for (int i = 0; i < 5; i++)
    tell(&f, (const double[]){4, -7}, 0);
  look(&f);
  for (uint32_t k = 0; k < 5; k++)
    assert_true(z(&f, k, 0) == 0 && z(&f, k, 1) == 0);
  tear_down(&f);
}

static void extreme_objectives_stay_finite(void **state)
{
  (void)state;
  static const double y[] = {-DBL_MAX, DBL_MAX, 0, DBL_MIN, -DBL_MIN, 4.9e-324, 1e300};
  enum { N = sizeof y / sizeof *y };
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < N; j++)
      for (size_t k = 0; k < N; k++) {
        fixture f;
        set_up(&f, 1);
        tell_one(&f, y[i], 0);
        tell_one(&f, y[j], 0);
        tell_one(&f, y[k], 0);
        look(&f);
        for (uint32_t number = 0; number < 3; number++)
          assert_true(isfinite((float)z(&f, number, 0)) && z(&f, number, 0) >= 0);
        tear_down(&f);
      }
}

/* The fence would be as far away as most points are. */
static void points_far_behind_the_front_stay_finite(void **state)
{
  (void)state;
  fixture f;
  set_up(&f, 2);
  tell(&f, (const double[]){0, 1}, 0);
  tell(&f, (const double[]){1, 0}, 0);
  for (int i = 1; i < 9; i++)
    tell(&f, (const double[]){i * 1e307, i * 1e30}, 0);
  look(&f);
  for (uint32_t k = 2; k < 10; k++)
    for (size_t m = 0; m < 2; m++)
      assert_true(z(&f, k, m) > 1e5 && z(&f, k, m) < 1e7);
  tear_down(&f);
}

static void trials_that_miss_constraints_do_not_count_beside_others(void **state)
{
  (void)state;
  fixture f;
  set_up(&f, 2);
  tell(&f, (const double[]){-5, -5}, 1);
  tell(&f, (const double[]){0, 10}, 0);
  tell(&f, (const double[]){20, 0}, 0);
  look(&f);
  assert_near(z(&f, 1, 0), 0);
  assert_near(z(&f, 2, 0), 1);
  assert_near(z(&f, 0, 0), -0.25);
  tear_down(&f);
  /* As long as there are no others they do. */
  set_up(&f, 1);
  tell_one(&f, 8, 2);
  tell_one(&f, 4, 3);
  look(&f);
  assert_near(z(&f, 1, 0), 0);
  tear_down(&f);
}

static void violation_is_one_at_the_geometric_mean(void **state)
{
  (void)state;
  fixture f;
  set_up(&f, 1);
  tell_one(&f, 1, 0);
  tell_one(&f, 1, 2);
  tell_one(&f, 1, 8);
  look(&f);
  assert_near(bf_gp_scale_violation(&f.scale, &f.history, 0), BF_GP_FEASIBLE);
  assert_near(bf_gp_scale_violation(&f.scale, &f.history, 1), 0.5);
  assert_near(bf_gp_scale_violation(&f.scale, &f.history, 2), 1 + log(2));
  tear_down(&f);
}

/* Quartiles of the last look, ideal and nadir of now. */
static void ideal_follows_at_once_and_the_spread_does_not(void **state)
{
  (void)state;
  fixture f;
  set_up(&f, 1);
  for (int i = 0; i < 8; i++)
    tell_one(&f, 10 + i, 0);
  look(&f);
  tell_one(&f, 2, 0);
  bf_gp_scale_update(&f.scale, &f.standing, &f.history);
  assert_near(z(&f, 8, 0), 0);
  assert_near(z(&f, 2, 0), 1);
  look(&f);
  assert_near(z(&f, 1, 0), 1);
  tear_down(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(front_lies_between_zero_and_one),
      cmocka_unit_test(fence_is_above_the_upper_quartile),
      cmocka_unit_test(one_objective_has_its_quartile_at_one),
      cmocka_unit_test(worst_is_at_one_where_the_quartile_is_the_best),
      cmocka_unit_test(equal_objectives_are_all_zero),
      cmocka_unit_test(extreme_objectives_stay_finite),
      cmocka_unit_test(points_far_behind_the_front_stay_finite),
      cmocka_unit_test(trials_that_miss_constraints_do_not_count_beside_others),
      cmocka_unit_test(violation_is_one_at_the_geometric_mean),
      cmocka_unit_test(ideal_follows_at_once_and_the_spread_does_not),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
