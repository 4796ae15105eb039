/* Evaluation batch by batch, in evaluation or in training mode.
 * Room: nn. */
#include "nn/evaluate.h"
#include "nn/rows.h"
#include "nn/stack.h"
#include "nn/tally.h"

/* An evaluation batch by batch. */
typedef struct batch_run {
  const bf_batching *how;
  bf_tiles rows;
  bf_stack stack;
  bf_tally batch; /* of one */
  bf_tally whole; /* of all so far */
} batch_run;

static bf_batch batch_at(const batch_run *run, size_t first)
{
  size_t tile = first / BF_TILE;
  size_t lane = first % BF_TILE;
  size_t n_left = run->rows.n - first;
  size_t n = n_left < run->how->size ? n_left : run->how->size;
  return (bf_batch){
      .values = run->rows.values + tile * run->rows.n_features * BF_TILE,
      .labels = run->rows.labels + tile * BF_TILE,
      .span = {.n_tiles = bf_n_tiles(lane + n), .first = lane, .n_rows = n},
  };
}

static const float *outputs_of(batch_run *run, const bf_batch *batch, const bf_chunk *chunk)
{
  size_t n_features = run->rows.n_features;
  bf_slab x = {batch->values + chunk->first_tile * n_features * BF_TILE, NULL};
  return run->how->is_training ? bf_stack_leave(&run->stack, batch, chunk)
                               : bf_stack_evaluate(&run->stack, &x, chunk->span.n_tiles);
}

static bf_status tally_batch(batch_run *run, size_t first)
{
  const bf_kernels *kernels = run->stack.stages[0].kernels;
  bf_batch batch = batch_at(run, first);
  bf_status status = BF_OK;
  bf_tally_reset(&run->batch);
  if (run->how->is_training) {
    bf_stack_set_draws(&run->stack, run->how->seed, first / run->how->size);
    bf_stack_prepare(&run->stack); /* stochastic weights are drawn anew */
    bf_stack_enter(&run->stack, &batch);
  }
  for (size_t k = 0; status == BF_OK && k < bf_batch_n_chunks(&batch); k++) {
    bf_chunk chunk = bf_batch_chunk(&batch, k);
    size_t row = k == 0 ? first : first - batch.span.first + chunk.first_tile * BF_TILE;
    status = bf_tally_add(&run->batch, kernels, &chunk.span, outputs_of(run, &batch, &chunk),
                          batch.labels + chunk.first_tile * BF_TILE, row);
  }
  return status;
}

static bf_status run_batches(batch_run *run, const bf_model *model)
{
  bf_status status = BF_OK;
  for (size_t first = 0; status == BF_OK && first < run->rows.n; first += run->how->size) {
    size_t n_left = run->rows.n - first;
    status = tally_batch(run, first);
    bf_score score =
        bf_tally_score(&run->batch, model, n_left < run->how->size ? n_left : run->how->size);
    bf_tally_join(&run->whole, &run->batch);
    run->how->take(run->how->to, &score);
  }
  return status;
}

static bf_status start_batches(batch_run *run, const bf_net *net, const bf_kernels *kernels)
{
  bf_status status = run->how->is_training
                         ? bf_stack_init_training(&run->stack, net, kernels,
                                                  bf_n_tiles(run->how->size + BF_TILE - 1))
                         : bf_stack_init_evaluation(&run->stack, net, kernels, false);
  if (status == BF_OK && !run->how->is_training)
    bf_stack_prepare(&run->stack);
  return status;
}

bf_status bf_evaluate_in_batches(const bf_net *net, const bf_kernels *kernels, bf_tiles rows,
                                 const bf_batching *how, bf_score *score)
{
  bf_status status;
  batch_run run = {.how = how, .rows = rows};
  bf_net *copy = NULL;
  BF_ASSERT(how->size >= (how->is_training ? 2U : 1U));
  /* One row has no variance. */
  if (how->is_training && rows.n % how->size == 1)
    run.rows.n--;
  BF_TRY(bf_rows_check(run.rows, &net->model));
  BF_TRY(bf_tally_init(&run.batch, &net->model));
  BF_TRY(bf_tally_init(&run.whole, &net->model));
  /* Training mode moves running statistics. */
  BF_TRY(bf_net_copy(net, &net->model, &copy));
  BF_TRY(start_batches(&run, copy, kernels));
  BF_TRY(run_batches(&run, &net->model));
  *score = bf_tally_score(&run.whole, &net->model, run.rows.n);
done:
  bf_stack_release(&run.stack);
  bf_tally_release(&run.batch);
  bf_tally_release(&run.whole);
  bf_net_free(copy);
  return status;
}
