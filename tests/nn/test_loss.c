/* Cross-entropy: values by hand, extremes, its gradient; the first maximum.
 * Room: tests. */
#include "nets.h"

#include "nn/loss.h"

static void loss_of_equal_outputs_is_the_log_of_their_number(void **state)
{
  (void)state;
  const float outputs[] = {0, 0, 0, 0, 0, 7, 7, 7, 7, 7};
  const uint8_t labels[] = {1, 4};
  double loss = bf_cross_entropy(2, 5, outputs, labels, NULL);
  assert_true(fabs(loss - 2.0 * log(5.0)) < 1e-14);
}

static void loss_of_large_outputs_does_not_overflow(void **state)
{
  (void)state;
  const float outputs[] = {3e38F, -3e38F, 1e4F, 1e4F};
  const uint8_t labels[] = {0, 1};
  float gradient[4];
  assert_true(fabs(bf_cross_entropy(2, 2, outputs, labels, gradient) - log(2.0)) < 1e-12);
  assert_true(gradient[0] == 0.0F && gradient[1] == 0.0F);
  assert_true(gradient[2] == 0.25F && gradient[3] == -0.25F);
  const uint8_t wrong[] = {1};
  assert_true(bf_cross_entropy(1, 2, outputs, wrong, NULL) > 1e38);
}

static void loss_of_outputs_not_finite_is_not_finite(void **state)
{
  (void)state;
  const float outputs[][2] = {{NAN, 0}, {0, NAN}, {INFINITY, 0}, {0, INFINITY}};
  const uint8_t labels[] = {0};
  for (size_t i = 0; i < 4; i++)
    assert_true(!isfinite(bf_cross_entropy(1, 2, outputs[i], labels, NULL)));
}

static void gradient_is_softmax_less_one_hot_over_the_rows(void **state)
{
  (void)state;
  const float outputs[] = {0.0F, 1.0F, 2.0F, 1.0F, 0.0F, 0.0F};
  const uint8_t labels[] = {2, 1};
  float gradient[6];
  double sum = 1.0 + exp(1.0) + exp(2.0);
  bf_cross_entropy(2, 3, outputs, labels, gradient);
  assert_true(fabs((double)gradient[0] - 0.5 / sum) < 1e-8);
  assert_true(fabs((double)gradient[1] - 0.5 * exp(1.0) / sum) < 1e-8);
  assert_true(fabs((double)gradient[2] - 0.5 * (exp(2.0) / sum - 1.0)) < 1e-8);
  assert_true(fabsf(gradient[3] + gradient[4] + gradient[5]) < 1e-7F);
}

static void maximum_is_the_first_of_equals(void **state)
{
  (void)state;
  const float values[] = {0, 3, 1, 3, 3};
  const float zeros[] = {0, 0, 0};
  assert_int_equal(bf_first_maximum(5, values), 1);
  assert_int_equal(bf_first_maximum(3, zeros), 0);
  assert_int_equal(bf_first_maximum(1, zeros), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loss_of_equal_outputs_is_the_log_of_their_number),
      cmocka_unit_test(loss_of_large_outputs_does_not_overflow),
      cmocka_unit_test(loss_of_outputs_not_finite_is_not_finite),
      cmocka_unit_test(gradient_is_softmax_less_one_hot_over_the_rows),
      cmocka_unit_test(maximum_is_the_first_of_equals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
