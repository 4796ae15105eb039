/* A Linear of at most 8-bit fixed point, computed in integers (quant/packed_linear.h).
 * Room: nn. */
#include "nn/stage.h"

/* A ReLU right behind is the integers' own; quantisers come after. */
static bool has_own_relu(const bf_stage *stage)
{
  return stage->tail.has_relu && !stage->tail.has_relu_grid;
}

bf_status bf_stage_pack(bf_stage *stage)
{
  const bf_layer *layer = stage->layer;
  if (layer->has_bias)
    bf_quantize(&layer->bias, 1, layer->n_out, stage->values.bias, stage->used.bias);
  const bf_packed_linear_options options = {.n_in = layer->n_in,
                                            .n_out = layer->n_out,
                                            .data_in = layer->data_in,
                                            .weight = layer->weight,
                                            .weights = stage->values.weight,
                                            .bias = stage->used.bias,
                                            .has_relu = has_own_relu(stage)};
  return bf_packed_linear_create(&options, stage->kernels->isa, &stage->packed);
}

static void evaluate(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x)
{
  bf_tail tail = bf_stage_tail(stage, chunk);
  bf_packed_linear_run(stage->packed, chunk->span.n_tiles, x->values, bf_tail_raw(&tail));
  if (tail.has_grid || tail.has_relu_grid)
    bf_stage_finish(stage, chunk, &tail);
}

const bf_stage_operations bf_packed_stage = {.evaluate = evaluate};
