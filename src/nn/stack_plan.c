/* From layers to stages.
 * Room: nn. */
#include "nn/stack_plan.h"

typedef struct plan {
  bf_stage *stages;
  size_t n;
  bool in_integers;
} plan;

static bf_stage *add_stage(plan *made, const bf_stage_operations *operations, const bf_layer *layer,
                           size_t n_in, size_t n_out)
{
  bf_stage *stage = &made->stages[made->n++];
  stage->operations = operations;
  stage->layer = layer;
  stage->n_in = n_in;
  stage->n_out = n_out;
  return stage;
}

/* The stage whose tail can still take something: the last one, or a new one that only finishes. */
static bf_stage *open_stage(plan *made, size_t width)
{
  if (made->n > 0) {
    bf_stage *last = &made->stages[made->n - 1];
    if (last->operations != &bf_quantise_stage && !last->tail.has_grid)
      return last;
  }
  return add_stage(made, &bf_pass_stage, NULL, width, width);
}

static void add_quantiser(plan *made, const bf_quantizer *quantizer, size_t width)
{
  bf_grid grid;
  if (quantizer->format == NULL)
    return;
  if (!bf_quantizer_grid(quantizer, &grid)) {
    add_stage(made, &bf_quantise_stage, NULL, width, width)->quantizer = quantizer;
    return;
  }
  bf_tail *tail = &open_stage(made, width)->tail;
  tail->has_grid = true;
  tail->grid = grid;
}

static void add_relu(plan *made, const bf_layer *layer)
{
  bf_grid grid;
  bool has_grid = bf_quantizer_grid(&layer->data_in, &grid);
  if (!has_grid)
    add_quantiser(made, &layer->data_in, layer->n_in);
  bf_stage *stage = open_stage(made, layer->n_in);
  /* A second ReLU in a row needs a tail of its own, since its gate is another. */
  if (stage->tail.has_relu)
    stage = add_stage(made, &bf_pass_stage, NULL, layer->n_in, layer->n_in);
  stage->tail.has_relu = true;
  stage->tail.has_relu_grid = has_grid;
  stage->tail.relu_grid = has_grid ? grid : (bf_grid){0};
}

static void add_linear(plan *made, const bf_layer *layer)
{
  if (made->in_integers && bf_packed_linear_fits(&layer->data_in, &layer->weight, layer->n_in)) {
    add_stage(made, &bf_packed_stage, layer, layer->n_in, layer->n_out);
    return;
  }
  add_quantiser(made, &layer->data_in, layer->n_in);
  add_stage(made, &bf_linear_stage, layer, layer->n_in, layer->n_out);
}

static void add_norm(plan *made, const bf_layer *layer)
{
  add_stage(made, &bf_norm_stage, layer, layer->n_in, layer->n_out);
}

static void add_dropout(plan *made, const bf_layer *layer)
{
  add_stage(made, &bf_dropout_stage, layer, layer->n_in, layer->n_out);
}

static void (*const adders[BF_N_LAYER_KINDS])(plan *made, const bf_layer *layer) = {
    [BF_LAYER_BATCHNORM] = add_norm,
    [BF_LAYER_RELU] = add_relu,
    [BF_LAYER_LINEAR] = add_linear,
    [BF_LAYER_DROPOUT] = add_dropout,
};

size_t bf_stack_plan(const bf_model *model, bool in_integers, bf_stage *stages)
{
  plan made = {.stages = stages, .in_integers = in_integers};
  add_quantiser(&made, &model->input, model->n_features);
  for (size_t i = 0; i < model->n_layers; i++)
    adders[model->layers[i].kind](&made, &model->layers[i]);
  return made.n;
}
