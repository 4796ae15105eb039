/* Tests of the measured latency.
 * Room: metrics. */
#include "unit.h"

#include <math.h>

#include "base/clock.h"
#include "base/memory.h"
#include "metrics/metric.h"

static bf_net *make_net(void)
{
  bf_model model;
  bf_net *net = NULL;
  assert_ok(bf_model_zoo("jsc-lab4", 16, 5, &model));
  assert_ok(bf_net_create(&model, &net));
  bf_net_init(net, 1);
  return net;
}

static const bf_kernels *reference(void)
{
  const bf_kernels *kernels = NULL;
  assert_ok(bf_kernels_find("reference", BF_ISA_BASE, &kernels));
  return kernels;
}

static void latency_lies_within_the_time_it_took(void **state)
{
  (void)state;
  bf_net *net = make_net();
  bf_metrics metrics = bf_metrics_none();
  double start_s = bf_clock_s();
  assert_ok(bf_metrics_latency(net, reference(), 128, &metrics));
  double whole_s = bf_clock_s() - start_s;
  double latency_s = metrics.value[BF_METRIC_latency];
  assert_true(latency_s > 0);
  /* At least half of the 50 passes took the median or longer. */
  assert_true(25 * latency_s <= whole_s);
  for (size_t i = 0; i < BF_N_METRICS; i++)
    assert_int_equal(isnan(metrics.value[i]), i != BF_METRIC_latency);
  bf_net_free(net);
}

/* 2000 times the work; 20 leaves room for the cost of a call and a busy machine. */
static void larger_batches_take_longer(void **state)
{
  (void)state;
  bf_net *net = make_net();
  bf_metrics one = bf_metrics_none();
  bf_metrics many = bf_metrics_none();
  assert_ok(bf_metrics_latency(net, reference(), 1, &one));
  assert_ok(bf_metrics_latency(net, reference(), 2000, &many));
  assert_true(20 * one.value[BF_METRIC_latency] < many.value[BF_METRIC_latency]);
  bf_net_free(net);
}

static void latency_without_memory_leaves_the_metrics(void **state)
{
  (void)state;
  bf_net *net = make_net();
  const bf_kernels *kernels = reference();
  bf_status status = BF_ERR_NOMEM;
  long n_failed = 0;
  while (status != BF_OK) {
    bf_metrics metrics = bf_metrics_none();
    bf_alloc_fail_after(n_failed++);
    status = bf_metrics_latency(net, kernels, 8, &metrics);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_int_equal(isnan(metrics.value[BF_METRIC_latency]), status != BF_OK);
  }
  assert_true(n_failed > 2);
  bf_net_free(net);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(latency_lies_within_the_time_it_took),
      cmocka_unit_test(larger_batches_take_longer),
      cmocka_unit_test(latency_without_memory_leaves_the_metrics),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
