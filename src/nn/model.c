/* Models: made from layer lists, checked, widened, searched for a node.
 * Room: nn. */
#include "nn/model.h"

#include <string.h>

#include "nn/model_plan.h"

/* One layer after the others; the width it is fed with is what the last one gives. */
static bf_status add_layer(bf_model *model, const bf_layer_line *line, const char *prefix)
{
  bf_status status = BF_OK;
  size_t i = model->n_layers;
  BF_CHECK(i < BF_MAX_LAYERS, BF_ERR_USAGE, "a net has at most %d layers", (int)BF_MAX_LAYERS);
  bf_layer *layer = &model->layers[i];
  layer->kind = line->kind;
  snprintf(layer->node, sizeof layer->node, "%s_%zu", prefix, i);
  layer->n_in = i > 0 ? model->layers[i - 1].n_out : model->n_features;
  layer->n_out = layer->n_in;
  if (line->kind == BF_LAYER_LINEAR) {
    layer->n_out = line->out > 0 ? line->out : model->n_classes;
    layer->has_bias = !line->no_bias;
  }
  if (line->kind == BF_LAYER_DROPOUT)
    layer->drop = line->drop;
  BF_CHECK(layer->drop >= 0.0 && layer->drop < 1.0, BF_ERR_USAGE,
           "layer '%s': chance to drop is %g, expected 0 or more and less than 1", layer->node,
           layer->drop);
  BF_CHECK(layer->n_out <= BF_MAX_WIDTH, BF_ERR_USAGE, "layer '%s' has %zu outputs, expected 1..%d",
           layer->node, layer->n_out, (int)BF_MAX_WIDTH);
  model->n_layers++;
done:
  return status;
}

static bool has_linear(const bf_model *model)
{
  for (size_t i = 0; i < model->n_layers; i++)
    if (model->layers[i].kind == BF_LAYER_LINEAR)
      return true;
  return false;
}

bf_status bf_model_build(const bf_model_plan *plan, size_t n_features, size_t n_classes,
                         bf_model *out)
{
  bf_status status = BF_OK;
  bf_model model = {.n_features = n_features, .n_classes = n_classes};
  snprintf(model.name, sizeof model.name, "%s", plan->name);
  BF_CHECK(n_features >= 1 && n_features <= BF_MAX_WIDTH, BF_ERR_USAGE,
           "the data have %zu features, expected 1..%d", n_features, (int)BF_MAX_WIDTH);
  BF_CHECK(n_classes >= 1 && n_classes <= BF_MAX_WIDTH, BF_ERR_USAGE,
           "the data have %zu classes, expected 1..%d", n_classes, (int)BF_MAX_WIDTH);
  for (size_t i = 0; i < plan->n_lines; i++)
    BF_TRY(add_layer(&model, &plan->lines[i], plan->prefix));
  BF_CHECK(has_linear(&model), BF_ERR_USAGE, "a net needs a linear layer");
  BF_CHECK(bf_model_n_outputs(&model) == n_classes, BF_ERR_USAGE,
           "the last linear layer has %zu outputs, the data have %zu classes",
           bf_model_n_outputs(&model), n_classes);
  *out = model;
done:
  return status;
}

bf_status bf_model_from_layers(size_t n_lines, const bf_layer_line *lines, size_t n_features,
                               size_t n_classes, bf_model *out)
{
  bf_model_plan plan = {"layers", "seq_blocks", n_lines, lines};
  return bf_model_build(&plan, n_features, n_classes, out);
}

bf_status bf_model_widen(bf_model *model, const size_t *multipliers)
{
  bf_status status = BF_OK;
  bf_model wide = *model;
  size_t width = model->n_features;
  for (size_t i = 0; i < wide.n_layers; i++) {
    bf_layer *layer = &wide.layers[i];
    bool is_linear = layer->kind == BF_LAYER_LINEAR;
    BF_CHECK(multipliers[i] >= 1, BF_ERR_USAGE,
             "layer '%s': channel multiplier is 0, expected >= 1", layer->node);
    BF_CHECK(is_linear || multipliers[i] == 1, BF_ERR_USAGE,
             "layer '%s': channel multiplier on a %s layer, only linear layers have one",
             layer->node, bf_layer_kind_name(layer->kind));
    BF_CHECK(multipliers[i] <= BF_MAX_WIDTH / layer->n_out, BF_ERR_USAGE,
             "layer '%s': %zu outputs times %zu, at most %d are possible", layer->node,
             layer->n_out, multipliers[i], (int)BF_MAX_WIDTH);
    layer->n_in = width;
    width = is_linear ? layer->n_out * multipliers[i] : width;
    layer->n_out = width;
  }
  *model = wide;
done:
  return status;
}

bool bf_model_fits(const bf_model *a, const bf_model *b)
{
  bool same = a->n_layers == b->n_layers;
  for (size_t i = 0; same && i < a->n_layers; i++)
    same = a->layers[i].kind == b->layers[i].kind && a->layers[i].n_in == b->layers[i].n_in &&
           a->layers[i].n_out == b->layers[i].n_out &&
           a->layers[i].has_bias == b->layers[i].has_bias;
  return same;
}

bf_layer *bf_model_layer(bf_model *model, const char *node)
{
  for (size_t i = 0; i < model->n_layers; i++)
    if (strcmp(model->layers[i].node, node) == 0)
      return &model->layers[i];
  return NULL;
}

size_t bf_model_n_outputs(const bf_model *model)
{
  return model->layers[model->n_layers - 1].n_out;
}
