/* The table of metrics.
 * Room: metrics. */
#include "metrics/metric.h"

#include <math.h>

#include "base/suggest.h"

static const char *const names[BF_N_METRICS] = {
#define METRIC_NAME(name, group, unit) #name,
    BF_METRIC_LIST(METRIC_NAME)
#undef METRIC_NAME
};

static const bf_metric_group groups[BF_N_METRICS] = {
#define METRIC_GROUP(name, group, unit) group,
    BF_METRIC_LIST(METRIC_GROUP)
#undef METRIC_GROUP
};

const char *bf_metric_name(bf_metric metric)
{
  return names[metric];
}

bf_metric_group bf_metric_group_of(bf_metric metric)
{
  return groups[metric];
}

bf_status bf_metric_find(const char *name, bf_metric *metric)
{
  for (size_t i = 0; i < BF_N_METRICS; i++)
    if (strcmp(name, names[i]) == 0) {
      *metric = (bf_metric)i;
      return BF_OK;
    }
  const char *near = bf_suggest(name, names, BF_N_METRICS);
  if (near != NULL)
    return bf_fail(BF_ERR_USAGE, "unknown metric '%s', did you mean '%s'?", name, near);
  return bf_fail(BF_ERR_USAGE, "unknown metric '%s'", name);
}

bf_metrics bf_metrics_none(void)
{
  bf_metrics metrics;
  for (size_t i = 0; i < BF_N_METRICS; i++)
    metrics.value[i] = (double)NAN;
  return metrics;
}
