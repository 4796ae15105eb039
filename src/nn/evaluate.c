/* Evaluation: forward passes in chunks of tiles, and what they got right.
 * Room: nn. */
#include "nn/evaluate.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/rows.h"
#include "nn/stack.h"
#include "nn/tally.h"

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

static bf_status tally_rows(bf_stack *stack, bf_tiles rows, bf_tally *tally)
{
  bf_status status = BF_OK;
  for (size_t tile = 0; status == BF_OK && tile < bf_n_tiles(rows.n); tile += BF_CHUNK_TILES) {
    bf_span span;
    const float *outputs = run_chunk(stack, rows, tile, &span);
    status = bf_tally_add(tally, stack->stages[0].kernels, &span, outputs,
                          rows.labels + tile * BF_TILE, tile * BF_TILE);
  }
  return status;
}

bf_status bf_evaluate(const bf_net *net, const bf_kernels *kernels, bf_tiles rows, bf_score *score)
{
  bf_status status;
  bf_stack stack = {0};
  bf_tally tally = {0};
  BF_TRY(bf_tally_init(&tally, &net->model));
  BF_TRY(bf_rows_check(rows, &net->model));
  BF_TRY(bf_stack_init_evaluation(&stack, net, kernels, false));
  bf_stack_prepare(&stack);
  BF_TRY(tally_rows(&stack, rows, &tally));
  *score = bf_tally_score(&tally, &net->model, rows.n);
done:
  bf_stack_release(&stack);
  bf_tally_release(&tally);
  return status;
}
