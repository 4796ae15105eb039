/* Latency, measured.
 * Room: metrics. */
#include "base/clock.h"
#include "base/median.h"
#include "base/memory.h"
#include "base/random.h"
#include "metrics/metric.h"

enum { N_WARM_UP = 10, N_TIMED = 50 };

/* A pass of a tiny net lasts a microsecond, which no clock measures well and no core is awake for.
 */
static const double warm_up_s = 1e-3;
static const double sample_s = 20e-6;

/* Like standardised features: the rows of a data set are not at hand here, and zeros might be
 * quantised or multiplied faster. */
static void fill(float *values, size_t n)
{
  bf_random random = bf_random_stream(0, BF_PURPOSE_SYNTH, 0);
  for (size_t i = 0; i < n; i++)
    values[i] = (float)bf_random_normal(&random);
}

static double time_passes(bf_forward *forward, bf_tiles rows, size_t n)
{
  double start_s = bf_clock_s();
  for (size_t i = 0; i < n; i++)
    bf_forward_run(forward, rows);
  return (bf_clock_s() - start_s) / (double)n;
}

static double median_pass(bf_forward *forward, bf_tiles rows)
{
  double samples[N_TIMED];
  double start_s = bf_clock_s();
  double pass_s = 0.0;
  do
    pass_s = time_passes(forward, rows, N_WARM_UP);
  while (bf_clock_s() - start_s < warm_up_s);
  size_t n_passes = 1 + (size_t)(sample_s / pass_s);
  for (size_t i = 0; i < N_TIMED; i++)
    samples[i] = time_passes(forward, rows, n_passes);
  return bf_median(N_TIMED, samples);
}

bf_status bf_metrics_latency(const bf_net *net, const bf_kernels *kernels, size_t batch,
                             bf_metrics *metrics)
{
  bf_status status = BF_OK;
  bf_forward *forward = NULL;
  size_t n_features = net->model.n_features;
  size_t n_values = bf_n_tiles(batch) * BF_TILE * n_features;
  float *values = bf_alloc(n_values, sizeof *values);
  BF_CHECK_MEMORY(values);
  fill(values, n_values);
  BF_TRY(bf_forward_create(net, kernels, batch, true, &forward));
  metrics->value[BF_METRIC_latency] =
      median_pass(forward, (bf_tiles){batch, n_features, values, NULL});
done:
  bf_forward_free(forward);
  free(values);
  return status;
}
