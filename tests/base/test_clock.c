/* Tests of src/base/clock.c.
 * Room: base. */
#include "unit.h"

#include <math.h>
#include <time.h>

#include "base/clock.h"

static void clock_advances_by_at_least_the_time_slept(void **state)
{
  (void)state;
  double start = bf_clock_s();
  bf_sleep(0.02);
  double elapsed = bf_clock_s() - start;
  assert_true(elapsed >= 0.02);
  assert_true(elapsed < 10);
}

static void sleep_of_nothing_returns_at_once(void **state)
{
  (void)state;
  double start = bf_clock_s();
  bf_sleep(0);
  bf_sleep(-1);
  bf_sleep((double)NAN);
  assert_true(bf_clock_s() - start < 5);
}

static void clock_of_a_thread_stands_while_it_sleeps(void **state)
{
  (void)state;
  double start = bf_clock_thread_s();
  bf_sleep(0.05);
  assert_true(bf_clock_thread_s() - start < 0.04);
  while (bf_clock_thread_s() - start < 0.05) {
  }
}

static void date_is_the_systems(void **state)
{
  (void)state;
  assert_true(fabs(bf_date_s() - (double)time(NULL)) < 5);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(clock_advances_by_at_least_the_time_slept),
      cmocka_unit_test(sleep_of_nothing_returns_at_once),
      cmocka_unit_test(clock_of_a_thread_stands_while_it_sleeps),
      cmocka_unit_test(date_is_the_systems),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
