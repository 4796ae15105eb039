/* Depths: two for long trials, as many as last 4 ms for short ones, never more than 64.
 * Room: cluster (tests). */
#include "unit.h"

#include <math.h>

#include "cluster/pace.h"

static bf_pace pace_of(double trial_s)
{
  bf_pace pace = {0};
  for (int i = 0; i < 200; i++)
    bf_pace_tell(&pace, trial_s);
  return pace;
}

static void pace_without_trials_is_two(void **state)
{
  (void)state;
  bf_pace pace = {0};
  assert_int_equal(bf_pace_depth(&pace, false), 2);
}

static void pace_of_long_trials_is_two(void **state)
{
  (void)state;
  static const double lengths[] = {1.001e-3, 2e-3, 0.5, 3600};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    bf_pace pace = pace_of(lengths[i]);
    assert_int_equal(bf_pace_depth(&pace, false), 2);
  }
}

static void pace_of_short_trials_lasts_4_ms(void **state)
{
  (void)state;
  static const struct {
    double trial_s;
    size_t depth;
  } cases[] = {{0.9e-3, 4}, {0.49e-3, 8}, {101e-6, 39},      {50e-6, 64},   {1e-9, 64},
               {0, 64},     {-1, 64},     {(double)NAN, 64}, {HUGE_VAL, 64}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_pace pace = pace_of(cases[i].trial_s);
    assert_int_equal(bf_pace_depth(&pace, false), cases[i].depth);
  }
}

static void pace_of_the_first_trials_is_two_however_short(void **state)
{
  (void)state;
  bf_pace pace = {0};
  for (int i = 0; i < 17; i++) {
    bf_pace_tell(&pace, 0);
    assert_int_equal(bf_pace_depth(&pace, false), 2);
  }
  bf_pace_tell(&pace, 0);
  assert_true(bf_pace_depth(&pace, false) > 2);
}

static void pace_after_one_slow_trial_returns_to_what_it_was(void **state)
{
  (void)state;
  bf_pace pace = pace_of(10e-6);
  bf_pace_tell(&pace, 0.1);
  assert_int_equal(bf_pace_depth(&pace, false), 2);
  for (int i = 0; i < 50; i++)
    bf_pace_tell(&pace, 10e-6);
  assert_int_equal(bf_pace_depth(&pace, false), 64);
}

static void pace_of_trials_that_grow_long_falls_to_two(void **state)
{
  (void)state;
  bf_pace pace = pace_of(0);
  for (int i = 0; i < 8; i++)
    bf_pace_tell(&pace, 2e-3);
  assert_int_equal(bf_pace_depth(&pace, false), 2);
}

static void pace_with_every_tenth_trial_slow_stays_shallow(void **state)
{
  (void)state;
  bf_pace pace = {0};
  for (int i = 0; i < 200; i++) {
    bf_pace_tell(&pace, i % 10 == 0 ? 20e-3 : 10e-6);
    assert_true(bf_pace_depth(&pace, false) <= 6);
  }
}

/* Trials of any length then, and not before anything is known of them. */
static void pace_of_a_rank_0_behind_is_eight(void **state)
{
  (void)state;
  bf_pace pace = {0};
  assert_int_equal(bf_pace_depth(&pace, true), 2);
  assert_true(bf_pace_gather_s(&pace, true) == 0);
  pace = (bf_pace){.is_known = true, .trial_s = 0.02};
  assert_int_equal(bf_pace_depth(&pace, true), 8);
  assert_true(bf_pace_gather_s(&pace, false) == 0);
  assert_true(fabs(bf_pace_gather_s(&pace, true) - 0.08) < 1e-12);
  pace.trial_s = 10;
  assert_true(bf_pace_gather_s(&pace, true) == 0.25);
  pace.trial_s = 1e-4;
  assert_int_equal(bf_pace_depth(&pace, true), bf_pace_depth(&pace, false));
  assert_true(bf_pace_gather_s(&pace, true) == 1e-3);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pace_without_trials_is_two),
      cmocka_unit_test(pace_of_long_trials_is_two),
      cmocka_unit_test(pace_of_short_trials_lasts_4_ms),
      cmocka_unit_test(pace_of_the_first_trials_is_two_however_short),
      cmocka_unit_test(pace_after_one_slow_trial_returns_to_what_it_was),
      cmocka_unit_test(pace_of_trials_that_grow_long_falls_to_two),
      cmocka_unit_test(pace_with_every_tenth_trial_slow_stays_shallow),
      cmocka_unit_test(pace_of_a_rank_0_behind_is_eight),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
