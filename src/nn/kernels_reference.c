/* Linear kernels in plain loops: slow, obvious, and the oracle of every other back end.
 * Room: nn. Sums are float64, so what another back end differs by is that one's rounding. */
#include "nn/kernels_table.h"

static void linear_forward(size_t n, size_t in, size_t out, const float *x, const float *w,
                           const float *b, float *y)
{
  for (size_t r = 0; r < n; r++)
    for (size_t o = 0; o < out; o++) {
      double sum = b != NULL ? (double)b[o] : 0.0;
      for (size_t i = 0; i < in; i++)
        sum += (double)x[r * in + i] * (double)w[o * in + i];
      y[r * out + o] = (float)sum;
    }
}

static void linear_input_gradient(size_t n, size_t in, size_t out, const float *dy, const float *w,
                                  float *dx)
{
  for (size_t r = 0; r < n; r++)
    for (size_t i = 0; i < in; i++) {
      double sum = 0.0;
      for (size_t o = 0; o < out; o++)
        sum += (double)dy[r * out + o] * (double)w[o * in + i];
      dx[r * in + i] = (float)sum;
    }
}

static void linear_weight_gradient(size_t n, size_t in, size_t out, const float *dy, const float *x,
                                   float *dw, float *db)
{
  for (size_t o = 0; o < out; o++) {
    for (size_t i = 0; i < in; i++) {
      double sum = 0.0;
      for (size_t r = 0; r < n; r++)
        sum += (double)dy[r * out + o] * (double)x[r * in + i];
      dw[o * in + i] += (float)sum;
    }
    double sum = 0.0;
    for (size_t r = 0; r < n; r++)
      sum += (double)dy[r * out + o];
    if (db != NULL)
      db[o] += (float)sum;
  }
}

const bf_kernels bf_kernels_reference = {
    .name = "reference",
    .linear_forward = linear_forward,
    .linear_input_gradient = linear_input_gradient,
    .linear_weight_gradient = linear_weight_gradient,
};
