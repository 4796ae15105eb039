/* Softmax, cross-entropy and its gradient.
 * Room: nn. */
#include "nn/loss.h"

#include <math.h>

#include "base/status.h"

size_t bf_first_maximum(size_t n, const float *values)
{
  size_t best = 0;
  for (size_t i = 1; i < n; i++)
    if (values[i] > values[best])
      best = i;
  return best;
}

/* (softmax - one-hot) / n of one row. */
static void find_gradient(size_t n, size_t n_outputs, const float *outputs, uint8_t label,
                          double log_sum, float *gradient)
{
  for (size_t c = 0; c < n_outputs; c++) {
    double share = exp((double)outputs[c] - log_sum);
    gradient[c] = (float)((share - (c == label ? 1.0 : 0.0)) / (double)n);
  }
}

double bf_cross_entropy(size_t n, size_t n_outputs, const float *outputs, const uint8_t *labels,
                        float *gradient)
{
  double loss = 0.0;
  for (size_t r = 0; r < n; r++) {
    const float *row = outputs + r * n_outputs;
    BF_ASSERT(labels[r] < n_outputs);
    /* The largest output is taken out of the sum, so that no exponential overflows. */
    double largest = (double)row[bf_first_maximum(n_outputs, row)];
    double sum = 0.0;
    for (size_t c = 0; c < n_outputs; c++)
      sum += exp((double)row[c] - largest);
    double log_sum = largest + log(sum);
    loss += log_sum - (double)row[labels[r]];
    if (gradient != NULL)
      find_gradient(n, n_outputs, row, labels[r], log_sum, gradient + r * n_outputs);
  }
  return loss;
}
