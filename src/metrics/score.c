/* Metrics from the counts of an evaluation.
 * Room: metrics. */
#include "metrics/metric.h"

/* Mean recall of the classes that occur in labels or predictions: one that is predicted and never
 * there has recall 0, as in torchmetrics. */
static double macro_accuracy(const bf_score *score)
{
  size_t n_occurring = 0;
  double sum = 0;
  for (size_t c = 0; c < score->n_classes; c++) {
    if (score->n_label[c] == 0 && score->n_predicted[c] == 0)
      continue;
    n_occurring++;
    if (score->n_label[c] > 0)
      sum += (double)score->n_hit[c] / (double)score->n_label[c];
  }
  return sum / (double)n_occurring;
}

void bf_metrics_score(const bf_score *score, bf_metrics *metrics)
{
  metrics->value[BF_METRIC_loss] = score->loss;
  metrics->value[BF_METRIC_accuracy] = macro_accuracy(score);
  metrics->value[BF_METRIC_accuracy_micro] = (double)score->n_correct / (double)score->n_rows;
  metrics->value[BF_METRIC_dead_outputs] = (double)score->n_dead;
}

void bf_batch_sums_add(void *sums, const bf_score *batch)
{
  bf_batch_sums *to = sums;
  to->n++;
  to->loss += batch->loss;
  to->accuracy += macro_accuracy(batch);
}
