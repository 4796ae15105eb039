/* What the trials of one configuration say together.
 * Room: metrics. */
#include <math.h>

#include "metrics/metric.h"

static double mean_of(size_t n, const bf_metrics *const *complete, size_t metric)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += complete[i]->value[metric];
  return sum / (double)n;
}

/* A second pass: differences of squares would lose what little the seeds differ by. */
static double sd_of(size_t n, const bf_metrics *const *complete, size_t metric, double mean)
{
  double squares = 0;
  for (size_t i = 0; i < n; i++) {
    double off = complete[i]->value[metric] - mean;
    squares += off * off;
  }
  return sqrt(squares / (double)(n - 1));
}

void bf_metrics_average(size_t n, const bf_metrics *const *complete, bf_metrics *mean,
                        bf_metrics *sd)
{
  *mean = bf_metrics_none();
  *sd = bf_metrics_none();
  for (size_t m = 0; n > 0 && m < BF_N_METRICS; m++) {
    mean->value[m] = mean_of(n, complete, m);
    if (n > 1)
      sd->value[m] = sd_of(n, complete, m, mean->value[m]);
  }
}
