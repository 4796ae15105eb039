/* Tests of the software metrics.
 * Room: metrics. */
#include "unit.h"

#include <math.h>

#include "metrics/metric.h"

static void accuracy_is_the_mean_recall(void **state)
{
  (void)state;
  bf_score score = {.n_rows = 100,
                    .n_correct = 74,
                    .n_classes = 3,
                    .loss = 0.75,
                    .n_label = {80, 15, 5},
                    .n_predicted = {75, 20, 5},
                    .n_hit = {64, 9, 1},
                    .n_dead = 2};
  bf_metrics metrics = bf_metrics_none();
  bf_metrics_score(&score, &metrics);
  assert_true(fabs(metrics.value[BF_METRIC_accuracy] - (0.8 + 0.6 + 0.2) / 3) < 1e-15);
  assert_true(metrics.value[BF_METRIC_accuracy_micro] == 0.74);
  assert_true(metrics.value[BF_METRIC_loss] == 0.75);
  assert_true(metrics.value[BF_METRIC_dead_outputs] == 2);
}

static void only_software_metrics_are_filled_in(void **state)
{
  (void)state;
  bf_score score = {.n_rows = 1, .n_correct = 1, .n_classes = 1, .n_label = {1}};
  bf_metrics metrics = bf_metrics_none();
  bf_metrics_score(&score, &metrics);
  for (size_t i = 0; i < BF_N_METRICS; i++)
    assert_int_equal(isnan(metrics.value[i]),
                     bf_metric_group_of((bf_metric)i) != BF_METRIC_SOFTWARE);
}

static void class_neither_there_nor_predicted_does_not_count(void **state)
{
  (void)state;
  bf_score score = {.n_rows = 10,
                    .n_correct = 5,
                    .n_classes = 5,
                    .n_label = {10, 0, 0, 0, 0},
                    .n_predicted = {10, 0, 0, 0, 0},
                    .n_hit = {5, 0, 0, 0, 0}};
  bf_metrics metrics = bf_metrics_none();
  bf_metrics_score(&score, &metrics);
  assert_true(metrics.value[BF_METRIC_accuracy] == 0.5);
}

static void class_predicted_but_not_there_has_recall_zero(void **state)
{
  (void)state;
  bf_score score = {.n_rows = 10,
                    .n_correct = 5,
                    .n_classes = 4,
                    .n_label = {4, 6, 0, 0},
                    .n_predicted = {2, 3, 5, 0},
                    .n_hit = {2, 3, 0, 0}};
  bf_metrics metrics = bf_metrics_none();
  bf_metrics_score(&score, &metrics);
  assert_true(fabs(metrics.value[BF_METRIC_accuracy] - 1.0 / 3) < 1e-15);
}

static void class_there_but_never_predicted_has_recall_zero(void **state)
{
  (void)state;
  bf_score score = {.n_rows = 10,
                    .n_correct = 8,
                    .n_classes = 2,
                    .n_label = {8, 2},
                    .n_predicted = {10, 0},
                    .n_hit = {8, 0}};
  bf_metrics metrics = bf_metrics_none();
  bf_metrics_score(&score, &metrics);
  assert_true(metrics.value[BF_METRIC_accuracy] == 0.5);
  assert_true(metrics.value[BF_METRIC_accuracy_micro] == 0.8);
}

static void no_rows_give_no_accuracy(void **state)
{
  (void)state;
  bf_score score = {.n_classes = 5};
  bf_metrics metrics = bf_metrics_none();
  bf_metrics_score(&score, &metrics);
  assert_true(isnan(metrics.value[BF_METRIC_accuracy]));
  assert_true(isnan(metrics.value[BF_METRIC_accuracy_micro]));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accuracy_is_the_mean_recall),
      cmocka_unit_test(only_software_metrics_are_filled_in),
      cmocka_unit_test(class_neither_there_nor_predicted_does_not_count),
      cmocka_unit_test(class_predicted_but_not_there_has_recall_zero),
      cmocka_unit_test(class_there_but_never_predicted_has_recall_zero),
      cmocka_unit_test(no_rows_give_no_accuracy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
