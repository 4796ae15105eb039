/* Naps: a few free looks, then at most a millisecond each.
 * Room: cluster (tests). */
#include "unit.h"

#include <math.h>

#include "base/clock.h"
#include "cluster/nap.h"

static void nap_first_eight_looks_do_not_sleep(void **state)
{
  (void)state;
  bf_nap nap = {0};
  for (int i = 0; i < 8; i++)
    bf_nap_take(&nap);
  assert_true(nap.pause_s == 0);
}

static void nap_grows_by_less_than_twice_from_20_us_to_1_ms(void **state)
{
  (void)state;
  bf_nap nap = {.n_looks = 8};
  bf_nap_take(&nap);
  assert_true(nap.pause_s == 20e-6);
  bf_nap_take(&nap);
  assert_true(nap.pause_s > 20e-6 && nap.pause_s < 40e-6);
  for (int i = 0; i < 20; i++)
    bf_nap_take(&nap);
  assert_true(nap.pause_s == 1e-3);
}

static void nap_in_a_long_wait_is_a_twenty_fifth_of_it_up_to_5_ms(void **state)
{
  (void)state;
  static const struct {
    double waited_s;
    double pause_s;
  } cases[] = {{0.02, 1e-3}, {0.05, 2e-3}, {0.1, 4e-3}, {60, 5e-3}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_nap nap = {.n_looks = 8, .pause_s = 5e-3, .waited_s = cases[i].waited_s};
    bf_nap_take(&nap);
    assert_true(fabs(nap.pause_s - cases[i].pause_s) < 1e-9);
  }
}

static void nap_sleeps_as_long_as_it_says(void **state)
{
  (void)state;
  bf_nap nap = {.n_looks = 8, .pause_s = 1e-3};
  double start_s = bf_clock_s();
  for (int i = 0; i < 5; i++)
    bf_nap_take(&nap);
  assert_true(bf_clock_s() - start_s >= 5e-3);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nap_first_eight_looks_do_not_sleep),
      cmocka_unit_test(nap_grows_by_less_than_twice_from_20_us_to_1_ms),
      cmocka_unit_test(nap_in_a_long_wait_is_a_twenty_fifth_of_it_up_to_5_ms),
      cmocka_unit_test(nap_sleeps_as_long_as_it_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
