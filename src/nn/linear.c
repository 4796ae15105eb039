/* Linear: y = Q(x) Q(w)^T + Q(b); the result is not quantised again.
 * Room: nn. Gradient: straight through every Q, onto the float32 master weights. */
#include "nn/kernels_blis.h"
#include "nn/stage.h"

static void quantise(const bf_stage *stage, const bf_quantizer *quantizer, size_t n_rows,
                     size_t n_columns, const float *values, float *used)
{
  bf_grid grid;
  if (bf_quantizer_grid(quantizer, &grid))
    stage->kernels->tile->round(&grid, n_rows * n_columns, values, used);
  else
    bf_quantize(quantizer, n_rows, n_columns, values, used);
}

/* A stochastic format draws in training, anew for every step; evaluation must not depend on draws.
 */
static void quantise_weight(bf_stage *stage)
{
  const bf_layer *layer = stage->layer;
  bool is_training = stage->gradient.weight != NULL;
  if (is_training && bf_quantizer_is_stochastic(&layer->weight)) {
    bf_random random = bf_random_stream(stage->seed, BF_PURPOSE_BINARY, stage->draw);
    bf_quantize_drawn(&layer->weight, layer->n_out * layer->n_in, stage->values.weight, &random,
                      stage->used.weight);
  } else {
    quantise(stage, &layer->weight, layer->n_out, layer->n_in, stage->values.weight,
             stage->used.weight);
  }
}

static void prepare(bf_stage *stage)
{
  const bf_layer *layer = stage->layer;
  quantise_weight(stage);
  if (layer->has_bias)
    quantise(stage, &layer->bias, 1, layer->n_out, stage->values.bias, stage->used.bias);
}

static bool is_blis(const bf_stage *stage, bf_pass pass)
{
  return stage->kernels->is_blis(stage->kernels->isa, pass, stage->n_in, stage->n_out);
}

static void forward(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x)
{
  bf_product product = {.n_tiles = chunk->span.n_tiles,
                        .n_in = stage->n_in,
                        .n_out = stage->n_out,
                        .x = *x,
                        .weight = stage->used.weight,
                        .out_step = stage->n_in,
                        .in_step = 1,
                        .bias = stage->used.bias,
                        .tail = bf_stage_tail(stage, chunk)};
  if (!is_blis(stage, BF_PASS_FORWARD)) {
    stage->kernels->tile->multiply(&product);
    return;
  }
  bf_blis_multiply(&product, stage->work, bf_tail_raw(&product.tail));
  bf_stage_finish(stage, chunk, &product.tail);
}

static void find_input_slopes(bf_stage *stage, const bf_chunk *chunk, const bf_slopes *slopes)
{
  bf_product product = {.n_tiles = chunk->span.n_tiles,
                        .n_in = stage->n_out,
                        .n_out = stage->n_in,
                        .x = {slopes->dy, NULL},
                        .weight = stage->used.weight,
                        .out_step = 1,
                        .in_step = stage->n_in,
                        .gate = slopes->gate,
                        .tail = {.y = slopes->dx}};
  if (!is_blis(stage, BF_PASS_INPUT)) {
    stage->kernels->tile->multiply(&product);
    return;
  }
  bf_blis_multiply(&product, stage->work, slopes->dx);
  bf_slopes raw = {slopes->dx, slopes->dx, slopes->gate};
  bf_stage_pass_slopes(stage, chunk, &raw);
}

static void backward(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x,
                     const bf_slopes *slopes)
{
  bf_outer outer = {.n_tiles = chunk->span.n_tiles,
                    .n_in = stage->n_in,
                    .n_out = stage->n_out,
                    .x = *x,
                    .dy = slopes->dy,
                    .dw = stage->gradient.weight,
                    .db = stage->gradient.bias};
  if (is_blis(stage, BF_PASS_WEIGHT))
    bf_blis_weight_gradient(&outer, stage->work);
  else
    stage->kernels->tile->weight_gradient(&outer);
  if (slopes->dx != NULL)
    find_input_slopes(stage, chunk, slopes);
}

const bf_stage_operations bf_linear_stage = {
    .prepare = prepare, .evaluate = forward, .forward = forward, .backward = backward};
