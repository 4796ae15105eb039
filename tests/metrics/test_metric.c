/* Tests of the table of metrics.
 * Room: metrics. */
#include "unit.h"

#include <math.h>

#include "metrics/metric.h"

static void every_name_finds_its_metric(void **state)
{
  (void)state;
  for (size_t i = 0; i < BF_N_METRICS; i++) {
    bf_metric found = BF_N_METRICS;
    assert_ok(bf_metric_find(bf_metric_name((bf_metric)i), &found));
    assert_int_equal(found, i);
  }
}

static void columns_stand_in_the_documented_order(void **state)
{
  (void)state;
  assert_int_equal(BF_N_METRICS, 17);
  assert_string_equal(bf_metric_name((bf_metric)0), "loss");
  assert_string_equal(bf_metric_name((bf_metric)1), "accuracy");
  assert_string_equal(bf_metric_name((bf_metric)16), "latency");
}

static void groups_tell_where_a_metric_comes_from(void **state)
{
  (void)state;
  assert_int_equal(bf_metric_group_of(BF_METRIC_accuracy), BF_METRIC_SOFTWARE);
  assert_int_equal(bf_metric_group_of(BF_METRIC_n_params), BF_METRIC_HARDWARE);
  size_t n_volatile = 0;
  for (size_t i = 0; i < BF_N_METRICS; i++)
    n_volatile += bf_metric_group_of((bf_metric)i) == BF_METRIC_VOLATILE;
  assert_int_equal(n_volatile, 1);
  assert_int_equal(bf_metric_group_of(BF_METRIC_latency), BF_METRIC_VOLATILE);
}

static void unknown_name_is_refused_with_a_suggestion(void **state)
{
  (void)state;
  bf_metric metric = BF_METRIC_flops;
  assert_fails(bf_metric_find("bitop", &metric), BF_ERR_USAGE,
               "unknown metric 'bitop', did you mean 'bitops'?");
  assert_fails(bf_metric_find("average_bitwith", &metric), BF_ERR_USAGE, "'average_bitwidth'");
  assert_fails(bf_metric_find("xyzzy", &metric), BF_ERR_USAGE, "unknown metric 'xyzzy'");
  assert_null(strstr(bf_trail(), "did you mean"));
  assert_fails(bf_metric_find("", &metric), BF_ERR_USAGE, "unknown metric ''");
  assert_int_equal(metric, BF_METRIC_flops);
}

static void metrics_not_taken_are_nan(void **state)
{
  (void)state;
  bf_metrics metrics = bf_metrics_none();
  for (size_t i = 0; i < BF_N_METRICS; i++)
    assert_true(isnan(metrics.value[i]));
}

static void average_of_trials_is_that_of_each_metric(void **state)
{
  (void)state;
  bf_metrics trials[3];
  const bf_metrics *complete[3];
  bf_metrics mean;
  bf_metrics sd;
  for (size_t i = 0; i < 3; i++) {
    trials[i] = bf_metrics_none();
    trials[i].value[BF_METRIC_loss] = 1e9 + (double)i;
    complete[i] = &trials[i];
  }
  trials[1].value[BF_METRIC_flops] = 3;
  bf_metrics_average(3, complete, &mean, &sd);
  assert_true(mean.value[BF_METRIC_loss] == 1e9 + 1);
  assert_true(sd.value[BF_METRIC_loss] == 1);
  assert_true(isnan(mean.value[BF_METRIC_flops]) && isnan(sd.value[BF_METRIC_flops]));
}

static void average_of_few_trials_is_what_they_say(void **state)
{
  (void)state;
  bf_metrics trial = bf_metrics_none();
  const bf_metrics *complete = &trial;
  bf_metrics mean;
  bf_metrics sd;
  trial.value[BF_METRIC_loss] = 0.1;
  bf_metrics_average(1, &complete, &mean, &sd);
  assert_true(mean.value[BF_METRIC_loss] == 0.1 && isnan(sd.value[BF_METRIC_loss]));
  bf_metrics_average(0, NULL, &mean, &sd);
  assert_true(isnan(mean.value[BF_METRIC_loss]) && isnan(sd.value[BF_METRIC_loss]));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_name_finds_its_metric),
      cmocka_unit_test(columns_stand_in_the_documented_order),
      cmocka_unit_test(groups_tell_where_a_metric_comes_from),
      cmocka_unit_test(unknown_name_is_refused_with_a_suggestion),
      cmocka_unit_test(metrics_not_taken_are_nan),
      cmocka_unit_test(average_of_trials_is_that_of_each_metric),
      cmocka_unit_test(average_of_few_trials_is_what_they_say),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
