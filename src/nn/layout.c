/* Layout of a model's numbers in one block.
 * Room: nn. */
#include "nn/layout.h"

size_t bf_model_n_trained(const bf_model *model)
{
  size_t n = 0;
  for (size_t i = 0; i < model->n_layers; i++) {
    bf_layer_shape shape = bf_layer_shape_of(&model->layers[i]);
    n += shape.n_weight + shape.n_bias;
  }
  return n;
}

size_t bf_model_n_values(const bf_model *model)
{
  size_t n = bf_model_n_trained(model);
  for (size_t i = 0; i < model->n_layers; i++)
    n += 2 * bf_layer_shape_of(&model->layers[i]).n_statistics;
  return n;
}

/* The next n numbers of the block; NULL for none. */
static float *take(float **next, size_t n)
{
  float *taken = *next;
  *next += n;
  return n > 0 ? taken : NULL;
}

void bf_model_lay_out(const bf_model *model, float *values, bf_layer_values *layers)
{
  float *trained = values;
  float *statistics = values + bf_model_n_trained(model);
  for (size_t i = 0; i < model->n_layers; i++) {
    bf_layer_shape shape = bf_layer_shape_of(&model->layers[i]);
    layers[i].weight = take(&trained, shape.n_weight);
    layers[i].bias = take(&trained, shape.n_bias);
    layers[i].mean = take(&statistics, shape.n_statistics);
    layers[i].variance = take(&statistics, shape.n_statistics);
  }
}
