/* Linear: y = Q(x) Q(w)^T + Q(b); the result is not quantised again.
 * Room: nn. Gradient: straight through every Q, onto the float32 master weights. */
#include "nn/stage.h"

static bf_layer_shape shape(const bf_layer *layer)
{
  return (bf_layer_shape){.n_weight = layer->n_out * layer->n_in,
                          .n_bias = layer->has_bias ? layer->n_out : 0};
}

static void prepare(bf_stage *stage)
{
  const bf_layer *layer = stage->layer;
  bf_quantize(&layer->weight, layer->n_out, layer->n_in, stage->values.weight, stage->used.weight);
  if (layer->has_bias)
    bf_quantize(&layer->bias, 1, layer->n_out, stage->values.bias, stage->used.bias);
}

static void forward(bf_stage *stage, size_t n, const float *x)
{
  const bf_layer *layer = stage->layer;
  stage->x = x;
  if (layer->data_in.format != NULL) {
    bf_quantize(&layer->data_in, n, layer->n_in, x, stage->kept);
    stage->x = stage->kept;
  }
  stage->kernels->linear_forward(n, layer->n_in, layer->n_out, stage->x, stage->used.weight,
                                 stage->used.bias, stage->y);
}

static void backward(bf_stage *stage, size_t n, const float *dy, float *dx)
{
  const bf_layer *layer = stage->layer;
  stage->kernels->linear_weight_gradient(n, layer->n_in, layer->n_out, dy, stage->x,
                                         stage->gradient.weight, stage->gradient.bias);
  if (dx != NULL)
    stage->kernels->linear_input_gradient(n, layer->n_in, layer->n_out, dy, stage->used.weight, dx);
}

const bf_layer_operations bf_linear_operations = {.name = "linear",
                                                  .shape = shape,
                                                  .prepare = prepare,
                                                  .evaluate = forward,
                                                  .forward = forward,
                                                  .backward = backward};
