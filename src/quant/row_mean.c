/* The mean magnitude of a row's numbers.
 * Room: quant. */
#include "quant/row_mean.h"

#include <math.h>
#include <stdbool.h>

float bf_row_mean(size_t n, const float *x, float above)
{
  double sum = 0.0, check = 0.0;
  size_t n_summed = 0;
  for (size_t i = 0; i < n; i++) {
    float magnitude = fabsf(x[i]);
    bool is_above = magnitude > above;
    check += (double)magnitude;
    sum += is_above ? (double)magnitude : 0.0;
    n_summed += is_above;
  }
  if (!isfinite(check))
    return (float)NAN;
  return n_summed > 0 ? (float)(sum / (double)n_summed) : 0.0F;
}
