/* Tests of base/median.
 * Room: base. */
#include "unit.h"

#include "base/median.h"

static void median_is_the_middle_or_the_mean_of_the_two(void **state)
{
  (void)state;
  double one[] = {7}, odd[] = {3, -1, 9}, even[] = {4, 1, 100, 2};
  assert_true(bf_median(1, one) == 7);
  assert_true(bf_median(3, odd) == 3);
  assert_true(bf_median(4, even) == 3);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(median_is_the_middle_or_the_mean_of_the_two),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
