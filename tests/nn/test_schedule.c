/* Schedules: factors by hand, ends, long warm-ups.
 * Room: tests. */
#include "nets.h"

#include "nn/schedule.h"
#include "nn/train.h"

static void factors_are_those_of_the_formulas(void **state)
{
  (void)state;
  static const struct {
    const char *name;
    size_t t, n_warmup, n_steps;
    double factor;
  } cases[] = {
      {"constant", 0, 0, 10, 1.0},
      {"constant", 0, 5, 10, 1.0},
      {"constant_with_warmup", 0, 4, 10, 0.0},
      {"constant_with_warmup", 3, 4, 10, 0.75},
      {"constant_with_warmup", 4, 4, 10, 1.0},
      {"constant_with_warmup", 9, 4, 10, 1.0},
      {"linear", 0, 0, 10, 1.0},
      {"linear", 9, 0, 10, 0.1},
      {"linear", 0, 200, 7710, 0.0},
      {"linear", 100, 200, 7710, 0.5},
      {"linear", 200, 200, 7710, 1.0},
      {"linear", 3955, 200, 7710, 0.5},
      {"linear", 7709, 200, 7710, 1.0 / 7510.0},
      {"cosine", 0, 0, 8, 1.0},
      {"cosine", 2, 0, 8, 0.85355339059327373},
      {"cosine", 4, 0, 8, 0.5},
      {"cosine", 1, 2, 8, 0.5},
      {"cosine", 5, 2, 8, 0.5},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    double factor =
        bf_schedule_factor(cases[i].name, cases[i].t, cases[i].n_warmup, cases[i].n_steps);
    if (fabs(factor - cases[i].factor) > 1e-12)
      fail_msg("case %zu: %g, expected %g", i, factor, cases[i].factor);
  }
}

static void warmup_longer_than_the_run_only_rises(void **state)
{
  (void)state;
  static const char *const names[] = {"constant_with_warmup", "linear", "cosine"};
  for (size_t i = 0; i < 3; i++) {
    assert_true(bf_schedule_factor(names[i], 9, 20, 10) == 0.45);
    assert_true(bf_schedule_factor(names[i], 9, 10, 10) == 0.9);
    assert_true(bf_schedule_factor(names[i], 10, 10, 10) == 1.0);
  }
}

static void factors_stay_between_zero_and_one(void **state)
{
  (void)state;
  static const char *const names[] = {"constant", "constant_with_warmup", "linear", "cosine"};
  for (size_t i = 0; i < 4; i++)
    for (size_t t = 0; t < 40; t++) {
      double factor = bf_schedule_factor(names[i], t, t % 5 * 6, 20);
      assert_true(factor >= 0.0 && factor <= 1.0);
    }
  assert_true(bf_schedule_factor("linear", 25, 5, 20) == 0.0);
  assert_true(bf_schedule_factor("cosine", 25, 5, 20) == 0.0);
}

static void schedule_unknown_is_refused(void **state)
{
  (void)state;
  const bf_schedule *schedule = NULL;
  assert_fails(bf_schedule_find("cosin", &schedule), BF_ERR_USAGE, "did you mean 'cosine'?");
  assert_fails(bf_schedule_find("polynomial", &schedule), BF_ERR_USAGE, "expected constant");
  assert_null(schedule);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(factors_are_those_of_the_formulas),
      cmocka_unit_test(warmup_longer_than_the_run_only_rises),
      cmocka_unit_test(factors_stay_between_zero_and_one),
      cmocka_unit_test(schedule_unknown_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
