/* Dropout: in training, y = x / (1 - drop) or 0, drawn anew for every batch; in evaluation, y = x.
 * Room: nn. */
#include <string.h>

#include "base/random.h"
#include "nn/stage.h"

static void evaluate(bf_stage *stage, size_t n, const float *x)
{
  memcpy(stage->y, x, n * stage->layer->n_in * sizeof *x);
}

/* Keeps the factor of every value. */
static void forward(bf_stage *stage, size_t n, const float *x)
{
  bf_random random = bf_random_stream(stage->seed, BF_PURPOSE_DROPOUT, stage->draw);
  double drop = stage->layer->drop;
  uint64_t n_dropping = (uint64_t)(drop * 0x1p32);
  float factor = (float)(1.0 / (1.0 - drop));
  size_t n_values = n * stage->layer->n_in;
  for (size_t i = 0; i < n_values; i++) {
    stage->kept[i] = bf_random_u32(&random) < n_dropping ? 0.0F : factor;
    stage->y[i] = x[i] * stage->kept[i];
  }
}

static void backward(bf_stage *stage, size_t n, const float *dy, float *dx)
{
  size_t n_values = n * stage->layer->n_in;
  if (dx == NULL)
    return;
  for (size_t i = 0; i < n_values; i++)
    dx[i] = dy[i] * stage->kept[i];
}

const bf_layer_operations bf_dropout_operations = {
    .name = "dropout", .evaluate = evaluate, .forward = forward, .backward = backward};
