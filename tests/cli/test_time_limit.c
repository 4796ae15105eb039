/* When a run must have ended, from what the user and SLURM say.
 * Room: cli (tests). */
#include "unit.h"

#include <math.h>

#include "base/clock.h"
#include "cli/time_limit.h"

static void say_end_of_job(const char *text)
{
  assert_int_equal(setenv("SLURM_JOB_END_TIME", text, 1), 0);
}

static void say_job_ends_in(double seconds)
{
  char text[64];
  snprintf(text, sizeof text, "%.3f", bf_date_s() + seconds);
  say_end_of_job(text);
}

static int forget_job(void **state)
{
  (void)state;
  return unsetenv("SLURM_JOB_END_TIME") + unsetenv("BITFRONT_END_TIME");
}

static double left(double seconds)
{
  bf_time_limit limit = bf_time_limit_start(seconds);
  return bf_time_limit_left(&limit);
}

static void limit_of_nobody_is_none(void **state)
{
  (void)state;
  bf_time_limit limit = bf_time_limit_start(0);
  assert_true(isinf(bf_time_limit_left(&limit)));
  assert_false(bf_time_limit_is_near(&limit, 1e9));
}

static void limit_of_the_user_leaves_time_to_write(void **state)
{
  (void)state;
  double seconds = left(100);
  assert_true(seconds > 99 && seconds < 100);
}

static void limit_that_is_over_leaves_a_moment(void **state)
{
  (void)state;
  double seconds = left(1e-6);
  assert_true(seconds > 0 && seconds < 0.01);
}

static void end_of_a_job_leaves_half_a_minute(void **state)
{
  (void)state;
  say_job_ends_in(100);
  double seconds = left(0);
  assert_true(seconds > 60 && seconds < 70);
}

static void end_of_a_job_that_is_very_near_is_now(void **state)
{
  (void)state;
  say_job_ends_in(10);
  assert_true(left(0) < 0.01);
}

static void earlier_end_counts(void **state)
{
  (void)state;
  say_job_ends_in(100);
  assert_true(left(20) < 20);
  assert_true(left(1000) < 70);
}

static void what_a_launcher_has_left_counts(void **state)
{
  (void)state;
  char text[64];
  snprintf(text, sizeof text, "%.3f", bf_date_s() + 20);
  assert_int_equal(setenv("BITFRONT_END_TIME", text, 1), 0);
  double seconds = left(100);
  assert_true(seconds > 10 && seconds < 20);
  assert_true(left(5) < 5);
  assert_int_equal(setenv("BITFRONT_END_TIME", "1000000000", 1), 0);
  assert_true(left(100) < 0.01);
}

static void end_of_a_job_that_is_none_is_ignored(void **state)
{
  (void)state;
  static const char *const texts[] = {"",    " ",    "soon", "12 h",       "1e",
                                      "-5",  "0",    "nan",  "inf",        "-inf",
                                      "0x1", "1e99", "\n",   "1000000000", "2030-01-01T00:00:00"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    say_end_of_job(texts[i]);
    if (left(0) < 1e9)
      fail_msg("'%s' ends the run in %g s", texts[i], left(0));
  }
}

static void trials_that_would_not_end_are_near_the_limit(void **state)
{
  (void)state;
  bf_time_limit limit = bf_time_limit_start(100);
  assert_false(bf_time_limit_is_near(&limit, 0));
  assert_false(bf_time_limit_is_near(&limit, 30));
  assert_true(bf_time_limit_is_near(&limit, 50));
  assert_true(bf_time_limit_is_near(&limit, 1000));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(limit_of_nobody_is_none, forget_job, forget_job),
      cmocka_unit_test_setup_teardown(limit_of_the_user_leaves_time_to_write, forget_job,
                                      forget_job),
      cmocka_unit_test_setup_teardown(limit_that_is_over_leaves_a_moment, forget_job, forget_job),
      cmocka_unit_test_setup_teardown(end_of_a_job_leaves_half_a_minute, forget_job, forget_job),
      cmocka_unit_test_setup_teardown(end_of_a_job_that_is_very_near_is_now, forget_job,
                                      forget_job),
      cmocka_unit_test_setup_teardown(earlier_end_counts, forget_job, forget_job),
      cmocka_unit_test_setup_teardown(what_a_launcher_has_left_counts, forget_job, forget_job),
      cmocka_unit_test_setup_teardown(end_of_a_job_that_is_none_is_ignored, forget_job, forget_job),
      cmocka_unit_test_setup_teardown(trials_that_would_not_end_are_near_the_limit, forget_job,
                                      forget_job),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
