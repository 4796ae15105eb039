/* The whole training run: shuffled epochs, batches, steps.
 * Room: nn. */
#include "nn/train.h"

#include <math.h>
#include <stdlib.h>

#include "base/cancel.h"
#include "base/memory.h"
#include "base/random.h"
#include "nn/rows.h"
#include "nn/trainer.h"
#include "nn/training.h"

struct bf_training_run {
  bf_training training;
  const bf_net *net;
  bf_trainer *trainer;
  bf_tiles rows;
  size_t n_steps; /* of the run */
  size_t n_steps_done;
  size_t n_epochs_done;
  uint32_t *order;    /* of the tiles in this epoch */
  double loss_sum;    /* over the rows of this epoch so far */
  size_t n_rows_done; /* of this epoch */
};

/* Rows were shuffled when the set was made; an epoch shuffles whole tiles. One that is not full
 * stays the last, so that rows are counted by their places in the order. */
static void shuffle(bf_training_run *run)
{
  bf_random random = bf_random_stream(run->training.seed, BF_PURPOSE_SHUFFLE, run->n_epochs_done);
  size_t n_full = run->rows.n / BF_TILE;
  bf_random_permutation(&random, n_full, run->order);
  if (n_full < bf_n_tiles(run->rows.n))
    run->order[n_full] = (uint32_t)n_full;
}

/* The rows from number `first` of the epoch on. */
static bf_batch batch_at(const bf_training_run *run, size_t first, size_t n)
{
  size_t lane = first % BF_TILE;
  size_t n_tiles = bf_n_tiles(lane + n);
  return (bf_batch){
      .values = run->rows.values,
      .labels = run->rows.labels,
      .order = run->order + first / BF_TILE,
      .span = {.n_tiles = n_tiles, .first = lane, .n_rows = n},
      .n_ahead = bf_n_tiles(run->rows.n) - first / BF_TILE - n_tiles,
  };
}

/* The batches of one optimiser step, from number `number` of the epoch on. */
static bf_status run_step(bf_training_run *run, size_t number, size_t n_batches)
{
  bf_status status = BF_OK;
  size_t size = run->training.batch_size;
  BF_CHECK(!bf_is_cancelled(), BF_ERR_STOPPED, "the training was cancelled");
  for (size_t i = 0; i < run->training.accumulate && number + i < n_batches; i++) {
    size_t first = (number + i) * size;
    size_t n = run->rows.n - first < size ? run->rows.n - first : size;
    bf_batch batch = batch_at(run, first, n);
    double loss;
    BF_TRY(bf_trainer_run(run->trainer, &batch, &loss));
    run->loss_sum += loss * (double)n;
    run->n_rows_done += n;
  }
  bf_trainer_step(run->trainer);
  run->n_steps_done++;
done:
  return status;
}

/* Quantisers and ReLUs can hide an infinite weight from the loss. */
static bf_status check_values(const bf_net *net)
{
  for (size_t i = 0; i < net->n_values; i++)
    if (!isfinite(net->values[i]))
      return bf_fail(BF_ERR_TRIAL, "a weight is %s", isnan(net->values[i]) ? "nan" : "inf");
  return BF_OK;
}

static bf_status run_epoch(bf_training_run *run)
{
  bf_status status = BF_OK;
  shuffle(run);
  run->loss_sum = 0.0;
  run->n_rows_done = 0;
  size_t n_batches = bf_training_n_batches(&run->training, run->rows.n);
  for (size_t batch = 0; batch < n_batches && run->n_steps_done < run->n_steps;
       batch += run->training.accumulate)
    BF_TRY(run_step(run, batch, n_batches));
  BF_TRY(check_values(run->net));
done:
  if (status == BF_ERR_TRIAL)
    status = bf_fail(status, "%s at epoch %zu, step %zu", bf_trail(), run->n_epochs_done + 1,
                     run->n_steps_done + 1);
  return status;
}

bf_status bf_training_run_create(bf_net *net, const bf_training *training,
                                 const bf_kernels *kernels, bf_tiles rows, bf_training_run **out)
{
  bf_status status;
  bf_training_run *run = NULL;
  BF_TRY(bf_training_check(training));
  BF_CHECK(rows.n >= 2 && rows.n <= UINT32_MAX, BF_ERR_DATA,
           "cannot train on %zu rows, expected 2 or more", rows.n);
  BF_TRY(bf_rows_check(rows, &net->model));
  run = bf_alloc(1, sizeof *run);
  BF_CHECK_MEMORY(run);
  run->training = *training;
  run->net = net;
  run->rows = rows;
  run->n_steps = bf_training_n_steps(training, rows.n);
  /* No buffers for rows that are not there. */
  if (run->training.batch_size > rows.n)
    run->training.batch_size = rows.n;
  BF_TRY(bf_trainer_create(net, &run->training, kernels, run->n_steps, &run->trainer));
  run->order = bf_alloc(bf_n_tiles(rows.n), sizeof *run->order);
  BF_CHECK_MEMORY(run->order);
  *out = run;
  run = NULL;
done:
  bf_training_run_free(run);
  return status;
}

void bf_training_run_free(bf_training_run *run)
{
  if (run == NULL)
    return;
  bf_trainer_free(run->trainer);
  free(run->order);
  free(run);
}

bool bf_training_run_is_over(const bf_training_run *run)
{
  return run->n_steps_done >= run->n_steps;
}

bf_status bf_training_run_epoch(bf_training_run *run, bf_epoch *ended)
{
  const bf_training *training = &run->training;
  BF_ASSERT(!bf_training_run_is_over(run));
  bf_status status = run_epoch(run);
  if (status != BF_OK)
    return status;
  run->n_epochs_done++;
  double factor = bf_schedule_factor(training->scheduler, run->n_steps_done - 1,
                                     training->n_warmup_steps, run->n_steps);
  *ended = (bf_epoch){.number = run->n_epochs_done,
                      .n_steps = run->n_steps_done,
                      .rate = training->learning_rate * factor,
                      .loss = run->loss_sum / (double)run->n_rows_done};
  return BF_OK;
}

bf_status bf_train(bf_net *net, const bf_training *training, const bf_kernels *kernels,
                   bf_tiles rows, double *last_loss)
{
  bf_status status;
  bf_training_run *run = NULL;
  bf_epoch epoch = {0};
  BF_TRY(bf_training_run_create(net, training, kernels, rows, &run));
  while (!bf_training_run_is_over(run))
    BF_TRY(bf_training_run_epoch(run, &epoch));
  if (last_loss != NULL)
    *last_loss = epoch.loss;
done:
  bf_training_run_free(run);
  return status;
}
