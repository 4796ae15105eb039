/* ReLU: y = max(x, 0), of the unsigned quantised input if there is a format.
 * Room: nn. */
#include "nn/stage.h"

static void forward(bf_stage *stage, size_t n, const float *x)
{
  size_t width = stage->layer->n_in;
  float *y = stage->y;
  if (stage->layer->data_in.format != NULL) {
    bf_quantize(&stage->layer->data_in, n, width, x, y);
    x = y;
  }
  /* In this form NaN stays NaN: a diverged net must not look like a dead one. */
  for (size_t i = 0; i < n * width; i++)
    y[i] = x[i] < 0.0F ? 0.0F : x[i];
}

/* The gradient passes where the output is positive: at 0 it is 0, as in PyTorch. */
static void backward(bf_stage *stage, size_t n, const float *dy, float *dx)
{
  const float *y = stage->y;
  size_t n_values = n * stage->layer->n_in;
  if (dx == NULL)
    return;
  for (size_t i = 0; i < n_values; i++) {
    float slope = dy[i]; /* read in any case, or the loop could not be vectorised */
    dx[i] = y[i] > 0.0F ? slope : 0.0F;
  }
}

const bf_layer_operations bf_relu_operations = {
    .name = "relu", .evaluate = forward, .forward = forward, .backward = backward};
