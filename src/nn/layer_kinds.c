/* The table of layer kinds.
 * Room: nn. */
#include <string.h>

#include "base/suggest.h"
#include "nn/stage.h"

static const bf_layer_operations *const kinds[BF_N_LAYER_KINDS] = {
    [BF_LAYER_BATCHNORM] = &bf_batchnorm_operations,
    [BF_LAYER_RELU] = &bf_relu_operations,
    [BF_LAYER_LINEAR] = &bf_linear_operations,
    [BF_LAYER_DROPOUT] = &bf_dropout_operations,
};

const bf_layer_operations *bf_layer_operations_of(bf_layer_kind kind)
{
  return kinds[kind];
}

const char *bf_layer_kind_name(bf_layer_kind kind)
{
  return kinds[kind]->name;
}

bf_status bf_layer_kind_find(const char *name, bf_layer_kind *kind)
{
  const char *names[BF_N_LAYER_KINDS];
  for (size_t i = 0; i < BF_N_LAYER_KINDS; i++) {
    names[i] = kinds[i]->name;
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
