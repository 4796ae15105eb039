/* Tests of search/gp_math.h: as good as the C library, and defined to the bit.
 * Room: search. */
#include "unit.h"

#include "search/gp_math.h"

static void assert_near(double found, double expected, double relative)
{
  if (!(fabs(found - expected) <= relative * fabs(expected) + 1e-300))
    fail_msg("%.17g, expected %.17g", found, expected);
}

static void exponential_is_that_of_the_library(void **state)
{
  (void)state;
  for (double x = -699.3; x < 699; x += 0.37)
    assert_near(bf_gp_exp(x), exp(x), 4e-16);
  assert_true(bf_gp_exp(0) == 1);
  assert_true(bf_gp_exp(-701) == 0);
}

static void logarithm_is_that_of_the_library(void **state)
{
  (void)state;
  for (double x = 1e-300; x < 1e300; x *= 1.0937)
    assert_near(bf_gp_ln(x), log(x), 1e-15);
  for (double x = 0.5; x < 2; x += 0.000937)
    assert_true(fabs(bf_gp_ln(x) - log(x)) < 3e-16);
  assert_true(bf_gp_ln(1) == 0);
}

static void sine_is_that_of_the_library(void **state)
{
  (void)state;
  for (double x = 0; x < 1.5707963; x += 0.0001)
    assert_near(bf_gp_sine(x), sin(x), 1e-15);
}

/* The last digits of these decide what is asked: they are the same everywhere. */
static void values_have_known_bits(void **state)
{
  (void)state;
  assert_true(bf_gp_exp(-1.75) == 0x1.63e397e022072p-3);
  assert_true(bf_gp_ln(10) == 0x1.26bb1bbb55515p+1);
  assert_true(bf_gp_sine(1.1) == 0x1.c84c54c2d6337p-1);
}

static void normals_have_the_moments_of_a_normal(void **state)
{
  (void)state;
  enum { N = 40000 };
  bf_random random = bf_random_stream(1, BF_PURPOSE_MODEL, 0);
  double sums[5] = {0};
  for (int i = 0; i < N; i++) {
    double pair[2];
    bf_gp_normals(&random, pair);
    sums[0] += pair[0] + pair[1];
    sums[1] += pair[0] * pair[0];
    sums[2] += pair[1] * pair[1];
    sums[3] += pair[0] * pair[1];
    sums[4] += pair[0] * pair[0] * pair[0] * pair[0];
  }
  static const double expected[5] = {0, 1, 1, 0, 3};
  for (int i = 0; i < 5; i++)
    assert_true(fabs(sums[i] / N - expected[i]) < 0.1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exponential_is_that_of_the_library),
      cmocka_unit_test(logarithm_is_that_of_the_library),
      cmocka_unit_test(sine_is_that_of_the_library),
      cmocka_unit_test(values_have_known_bits),
      cmocka_unit_test(normals_have_the_moments_of_a_normal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
