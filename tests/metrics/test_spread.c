/* Tests of mean, deviation and Student's interval.
 * Room: metrics. */
#include "unit.h"

#include <math.h>

#include "metrics/spread.h"

static void quantiles_are_those_of_the_tables(void **state)
{
  (void)state;
  static const struct {
    size_t n_degrees;
    double t;
  } rows[] = {{1, 12.706205}, {2, 4.302653},   {3, 3.182446},   {4, 2.776445},  {5, 2.570582},
              {9, 2.262157},  {10, 2.228139},  {29, 2.045230},  {30, 2.042272}, {60, 2.000298},
              {99, 1.984217}, {120, 1.979930}, {1000, 1.962339}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_true(fabs(bf_student_t(rows[i].n_degrees) - rows[i].t) < 1e-6);
}

static void quantiles_fall_to_the_normal_one(void **state)
{
  (void)state;
  double last = bf_student_t(1);
  for (size_t n = 2; n < 300; n++) {
    double t = bf_student_t(n);
    assert_true(t < last && t > 1.959963);
    last = t;
  }
  assert_true(fabs(bf_student_t(100000) - 1.959963984540054) < 3e-5);
  assert_true(bf_student_t(100001) == 1.959963984540054);
}

static void spread_of_three_values_is_that_of_paper_and_pencil(void **state)
{
  (void)state;
  /* Mean 0.72, squares 0.0002, sd 0.01; t of 2 degrees 4.302653 / sqrt(3) = 2.484138. */
  static const double values[] = {0.71, 0.72, 0.73};
  bf_spread spread = bf_spread_of(values, 3);
  assert_int_equal(spread.n, 3);
  assert_true(fabs(spread.mean - 0.72) < 1e-12);
  assert_true(fabs(spread.sd - 0.01) < 1e-12);
  assert_true(fabs(spread.lo - 0.69515862) < 1e-7);
  assert_true(fabs(spread.hi - 0.74484138) < 1e-7);
}

static void equal_values_have_no_width(void **state)
{
  (void)state;
  static const double values[] = {0.5, 0.5, 0.5, 0.5};
  bf_spread spread = bf_spread_of(values, 4);
  assert_true(spread.sd == 0 && spread.lo == 0.5 && spread.hi == 0.5);
}

static void few_values_say_what_they_can(void **state)
{
  (void)state;
  static const double value = 0.25;
  bf_spread none = bf_spread_of(NULL, 0);
  assert_int_equal(none.n, 0);
  assert_true(isnan(none.mean) && isnan(none.sd) && isnan(none.lo) && isnan(none.hi));
  bf_spread one = bf_spread_of(&value, 1);
  assert_int_equal(one.n, 1);
  assert_true(one.mean == 0.25 && isnan(one.sd) && isnan(one.lo) && isnan(one.hi));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(quantiles_are_those_of_the_tables),
      cmocka_unit_test(quantiles_fall_to_the_normal_one),
      cmocka_unit_test(spread_of_three_values_is_that_of_paper_and_pencil),
      cmocka_unit_test(equal_values_have_no_width),
      cmocka_unit_test(few_values_say_what_they_can),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
