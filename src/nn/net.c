/* Nets: a model with its numbers, fresh, initialised or copied.
 * Room: nn. */
#include "nn/net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/layout.h"

/* Only BatchNorm has running statistics; its zeros are right as they are. */
static void set_ones(bf_net *net)
{
  for (size_t i = 0; i < net->model.n_layers; i++) {
    const bf_layer_values *values = &net->layers[i];
    for (size_t c = 0; values->variance != NULL && c < net->model.layers[i].n_in; c++)
      values->weight[c] = values->variance[c] = 1.0F;
  }
}

bf_status bf_net_create(const bf_model *model, bf_net **out)
{
  bf_status status = BF_OK;
  bf_net *net = bf_alloc(1, sizeof *net);
  BF_CHECK_MEMORY(net);
  net->model = *model;
  net->n_trained = bf_model_n_trained(model);
  net->n_values = bf_model_n_values(model);
  net->values = bf_alloc(net->n_values, sizeof *net->values);
  BF_CHECK_MEMORY(net->values);
  bf_model_lay_out(model, net->values, net->layers);
  set_ones(net);
  *out = net;
  net = NULL;
done:
  bf_net_free(net);
  return status;
}

void bf_net_free(bf_net *net)
{
  if (net == NULL)
    return;
  free(net->values);
  free(net);
}

static void draw_uniform(bf_random *random, double bound, size_t n, float *values)
{
  for (size_t i = 0; i < n; i++)
    values[i] = (float)((2.0 * bf_random_unit(random) - 1.0) * bound);
}

void bf_net_init(bf_net *net, uint64_t seed)
{
  memset(net->values, 0, net->n_values * sizeof *net->values);
  set_ones(net);
  for (size_t i = 0; i < net->model.n_layers; i++) {
    const bf_layer *layer = &net->model.layers[i];
    if (layer->kind != BF_LAYER_LINEAR)
      continue;
    bf_layer_shape shape = bf_layer_shape_of(layer);
    bf_random random = bf_random_stream(seed, BF_PURPOSE_INIT, i);
    double bound = 1.0 / sqrt((double)layer->n_in);
    draw_uniform(&random, bound, shape.n_weight, net->layers[i].weight);
    draw_uniform(&random, bound, shape.n_bias, net->layers[i].bias);
  }
}

bf_status bf_net_copy(const bf_net *net, const bf_model *model, bf_net **out)
{
  bf_status status;
  bf_net *copy = NULL;
  BF_TRY(bf_net_create(model, &copy));
  BF_ASSERT(copy->n_values == net->n_values);
  memcpy(copy->values, net->values, net->n_values * sizeof *net->values);
  *out = copy;
done:
  return status;
}
