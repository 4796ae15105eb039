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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_name_finds_its_metric),
      cmocka_unit_test(columns_stand_in_the_documented_order),
      cmocka_unit_test(groups_tell_where_a_metric_comes_from),
      cmocka_unit_test(unknown_name_is_refused_with_a_suggestion),
      cmocka_unit_test(metrics_not_taken_are_nan),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
