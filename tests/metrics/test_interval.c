/* Tests of the Wilson interval.
 * Room: metrics. */
#include "unit.h"

#include <math.h>

#include "metrics/metric.h"

/* The bounds are where |p - p0| is z standard errors at p0: the definition, not the formula. */
static double distance(size_t n_correct, size_t n, double bound)
{
  double share = (double)n_correct / (double)n;
  return fabs(share - bound) / sqrt(bound * (1 - bound) / (double)n);
}

static void bounds_solve_the_score_equation(void **state)
{
  (void)state;
  static const size_t counts[][2] = {{1, 10},
                                     {9, 10},
                                     {5, 10},
                                     {377, 501},
                                     {1, 166000},
                                     {120000, 166000},
                                     {0x7fffffff, 0xffffffff}};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    double lo = -1;
    double hi = -1;
    bf_wilson(counts[i][0], counts[i][1], &lo, &hi);
    double share = (double)counts[i][0] / (double)counts[i][1];
    assert_true(0 < lo && lo < share && share < hi && hi < 1);
    assert_true(fabs(distance(counts[i][0], counts[i][1], lo) - 1.959963984540054) < 1e-6);
    assert_true(fabs(distance(counts[i][0], counts[i][1], hi) - 1.959963984540054) < 1e-6);
  }
}

static void published_value_is_reproduced(void **state)
{
  (void)state;
  /* 81 of 263: Newcombe, Statistics in Medicine 17 (1998), table I, method 3. */
  double lo;
  double hi;
  bf_wilson(81, 263, &lo, &hi);
  assert_true(fabs(lo - 0.2553) < 5e-5);
  assert_true(fabs(hi - 0.3662) < 5e-5);
}

static void no_hit_and_no_miss_stay_inside_zero_and_one(void **state)
{
  (void)state;
  for (size_t n = 1; n < 2000; n++) {
    double lo;
    double hi;
    bf_wilson(0, n, &lo, &hi);
    assert_true(lo >= 0 && lo < 1e-12);
    assert_true(hi > 0 && hi < 1);
    bf_wilson(n, n, &lo, &hi);
    assert_true(hi <= 1 && hi > 1 - 1e-12);
    assert_true(lo > 0 && lo < 1);
  }
}

static void no_rows_say_nothing(void **state)
{
  (void)state;
  double lo = 0.5;
  double hi = 0.5;
  bf_wilson(0, 0, &lo, &hi);
  assert_true(lo == 0 && hi == 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bounds_solve_the_score_equation),
      cmocka_unit_test(published_value_is_reproduced),
      cmocka_unit_test(no_hit_and_no_miss_stay_inside_zero_and_one),
      cmocka_unit_test(no_rows_say_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
