/* The table of layer kinds.
 * Room: nn. */
#include <string.h>

#include "base/suggest.h"
#include "nn/layout.h"

static bf_layer_shape shape_of_norm(const bf_layer *layer)
{
  return (bf_layer_shape){layer->n_in, layer->n_in, layer->n_in};
}

static bf_layer_shape shape_of_linear(const bf_layer *layer)
{
  return (bf_layer_shape){.n_weight = layer->n_out * layer->n_in,
                          .n_bias = layer->has_bias ? layer->n_out : 0};
}

static bf_layer_shape no_shape(const bf_layer *layer)
{
  (void)layer;
  return (bf_layer_shape){0};
}

/* What layers compute is in the stages (nn/stage.h) that nn/stack_plan.c makes of them. */
static const struct {
  const char *name; /* in layer lists */
  bf_layer_shape (*shape)(const bf_layer *layer);
} kinds[BF_N_LAYER_KINDS] = {
    [BF_LAYER_BATCHNORM] = {"batchnorm", shape_of_norm},
    [BF_LAYER_RELU] = {"relu", no_shape},
    [BF_LAYER_LINEAR] = {"linear", shape_of_linear},
    [BF_LAYER_DROPOUT] = {"dropout", no_shape},
};

bf_layer_shape bf_layer_shape_of(const bf_layer *layer)
{
  return kinds[layer->kind].shape(layer);
}

const char *bf_layer_kind_name(bf_layer_kind kind)
{
  return kinds[kind].name;
}

bf_status bf_layer_kind_find(const char *name, bf_layer_kind *kind)
{
  const char *names[BF_N_LAYER_KINDS];
  for (size_t i = 0; i < BF_N_LAYER_KINDS; i++) {
    names[i] = kinds[i].name;
    if (strcmp(names[i], name) == 0) {
      *kind = (bf_layer_kind)i;
      return BF_OK;
    }
  }
  const char *near = bf_suggest(name, names, BF_N_LAYER_KINDS);
  if (near != NULL)
    return bf_fail(BF_ERR_USAGE, "unknown layer type '%s', did you mean '%s'?", name, near);
  return bf_fail(BF_ERR_USAGE,
                 "unknown layer type '%s', expected batchnorm, relu, linear or dropout", name);
}
