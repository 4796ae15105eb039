/* Evaluation: forward passes in chunks of tiles, and what they got right.
 * Room: nn. */
#include "nn/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/rows.h"
#include "nn/stack.h"

struct bf_forward {
  bf_stack stack;
  size_t n_outputs;
  float *outputs; /* (tiles, n_outputs, 16) */
};

bf_status bf_forward_create(const bf_net *net, const bf_kernels *kernels, size_t n_rows,
                            bool in_integers, bf_forward **out)
{
  bf_status status;
  bf_forward *forward = bf_alloc(1, sizeof *forward);
  BF_CHECK_MEMORY(forward);
  forward->n_outputs = bf_model_n_outputs(&net->model);
  forward->outputs =
      bf_alloc(bf_n_tiles(n_rows) * forward->n_outputs * BF_TILE, sizeof *forward->outputs);
  BF_CHECK_MEMORY(forward->outputs);
  BF_TRY(bf_stack_init_evaluation(&forward->stack, net, kernels, in_integers));
  bf_stack_prepare(&forward->stack);
  *out = forward;
  forward = NULL;
done:
  bf_forward_free(forward);
  return status;
}

void bf_forward_free(bf_forward *forward)
{
  if (forward == NULL)
    return;
  bf_stack_release(&forward->stack);
  free(forward->outputs);
  free(forward);
}

/* Outputs of the chunk of rows that starts at a tile. */
static const float *run_chunk(bf_stack *stack, bf_tiles rows, size_t tile, bf_span *span)
{
  size_t n_left = rows.n - tile * BF_TILE;
  size_t most = (size_t)BF_CHUNK_TILES * BF_TILE;
  size_t n = n_left < most ? n_left : most;
  bf_slab x = {rows.values + tile * rows.n_features * BF_TILE, NULL};
  *span = (bf_span){.n_tiles = bf_n_tiles(n), .n_rows = n};
  return bf_stack_evaluate(stack, &x, span->n_tiles);
}

const float *bf_forward_run(bf_forward *forward, bf_tiles rows)
{
  size_t width = forward->n_outputs * BF_TILE;
  for (size_t tile = 0; tile < bf_n_tiles(rows.n); tile += BF_CHUNK_TILES) {
    bf_span span;
    const float *outputs = run_chunk(&forward->stack, rows, tile, &span);
    memcpy(forward->outputs + tile * width, outputs, span.n_tiles * width * sizeof *outputs);
  }
  return forward->outputs;
}

/* A span whose outputs are not all finite: the first such row. */
static bf_status fail_not_finite(const bf_span *span, size_t n_outputs, const float *outputs,
                                 size_t first_row)
{
  for (size_t r = 0; r < span->n_rows; r++)
    for (size_t c = 0; c < n_outputs; c++)
      if (!isfinite(outputs[bf_tile_place(n_outputs, r, c)]))
        return bf_fail(BF_ERR_TRIAL, "output is not finite for row %zu", first_row + r);
  return BF_OK;
}

static bf_status tally_rows(bf_stack *stack, bf_tiles rows, bf_tally *tally)
{
  const bf_kernels *kernels = stack->stages[0].kernels;
  bf_status status = BF_OK;
  for (size_t tile = 0; tile < bf_n_tiles(rows.n); tile += BF_CHUNK_TILES) {
    bf_span span;
    const float *outputs = run_chunk(stack, rows, tile, &span);
    kernels->tile->tally(&span, outputs, rows.labels + tile * BF_TILE, tally);
    if (!tally->is_finite)
      BF_TRY(fail_not_finite(&span, tally->n_outputs, outputs, tile * BF_TILE));
    tally->is_finite = true;
  }
done:
  return status;
}

static bf_score score_of(const bf_tally *tally, const bf_model *model, size_t n_rows)
{
  size_t n = tally->n_outputs;
  bf_score score = {.n_rows = n_rows,
                    .n_classes = model->n_classes > n ? model->n_classes : n,
                    .loss = tally->loss / (double)n_rows};
  for (size_t label = 0; label < n; label++) {
    score.n_dead += tally->is_alive[label] ? 0 : 1;
    score.n_hit[label] = tally->n_confused[label * n + label];
    score.n_correct += score.n_hit[label];
    for (size_t predicted = 0; predicted < n; predicted++) {
      score.n_label[label] += tally->n_confused[label * n + predicted];
      score.n_predicted[predicted] += tally->n_confused[label * n + predicted];
    }
  }
  return score;
}

bf_status bf_evaluate(const bf_net *net, const bf_kernels *kernels, bf_tiles rows, bf_score *score)
{
  bf_status status;
  bf_stack stack = {0};
  bf_tally tally = {.n_outputs = bf_model_n_outputs(&net->model), .is_finite = true};
  BF_CHECK(tally.n_outputs <= BF_MAX_CLASSES, BF_ERR_TRIAL,
           "the net has %zu outputs, at most %d can be counted", tally.n_outputs,
           (int)BF_MAX_CLASSES);
  BF_TRY(bf_rows_check(rows, &net->model));
  BF_TRY(bf_stack_init_evaluation(&stack, net, kernels, false));
  tally.n_confused = bf_alloc(tally.n_outputs * tally.n_outputs, sizeof *tally.n_confused);
  BF_CHECK_MEMORY(tally.n_confused);
  tally.is_alive = bf_alloc(tally.n_outputs, 1);
  BF_CHECK_MEMORY(tally.is_alive);
  bf_stack_prepare(&stack);
  BF_TRY(tally_rows(&stack, rows, &tally));
  *score = score_of(&tally, &net->model, rows.n);
done:
  bf_stack_release(&stack);
  free(tally.n_confused);
  free(tally.is_alive);
  return status;
}
