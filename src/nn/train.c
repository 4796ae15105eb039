/* The whole training run: shuffled epochs, batches, steps.
 * Room: nn. */
#include "nn/train.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/rows.h"
#include "nn/training.h"

typedef struct training_run {
  const bf_training *training;
  bf_trainer *trainer;
  bf_tiles rows;
  size_t n_steps; /* of the run */
  size_t n_steps_done;
  uint32_t *order;    /* (rows.n) of this epoch */
  float *features;    /* (batch_size, n_features) gathered rows of a batch */
  uint8_t *labels;    /* (batch_size) */
  double loss_sum;    /* over the rows of this epoch so far */
  size_t n_rows_done; /* of this epoch */
} training_run;

static bf_status run_init(training_run *run, bf_net *net, const bf_kernels *kernels)
{
  bf_status status;
  size_t n_features = run->rows.n_features;
  BF_TRY(bf_trainer_create(net, run->training, kernels, run->n_steps, &run->trainer));
  run->order = bf_alloc(run->rows.n, sizeof *run->order);
  BF_CHECK_MEMORY(run->order);
  run->features =
      bf_alloc(bf_n_tiles(run->training->batch_size) * BF_TILE * n_features, sizeof *run->features);
  BF_CHECK_MEMORY(run->features);
  run->labels = bf_alloc(run->training->batch_size, 1);
  BF_CHECK_MEMORY(run->labels);
done:
  return status;
}

static void run_release(training_run *run)
{
  bf_trainer_free(run->trainer);
  free(run->order);
  free(run->features);
  free(run->labels);
}

static bf_tiles gather(const training_run *run, size_t first, size_t n)
{
  size_t n_features = run->rows.n_features;
  for (size_t i = 0; i < n; i++) {
    size_t r = run->order[first + i];
    for (size_t c = 0; c < n_features; c++)
      run->features[bf_tile_place(n_features, i, c)] =
          run->rows.values[bf_tile_place(n_features, r, c)];
    run->labels[i] = run->rows.labels[r];
  }
  return (bf_tiles){n, n_features, run->features, run->labels};
}

/* The batches of one optimiser step, from number `batch` of the epoch on. */
static bf_status run_step(training_run *run, size_t batch, size_t n_batches)
{
  bf_status status = BF_OK;
  size_t size = run->training->batch_size;
  for (size_t i = 0; i < run->training->accumulate && batch + i < n_batches; i++) {
    size_t first = (batch + i) * size;
    size_t n = run->rows.n - first < size ? run->rows.n - first : size;
    double loss;
    BF_TRY(bf_trainer_batch(run->trainer, gather(run, first, n), &loss));
    run->loss_sum += loss * (double)n;
    run->n_rows_done += n;
  }
  bf_trainer_step(run->trainer);
  run->n_steps_done++;
done:
  return status;
}

static bf_status run_epoch(training_run *run, size_t epoch)
{
  bf_status status = BF_OK;
  bf_random random = bf_random_stream(run->training->seed, BF_PURPOSE_SHUFFLE, epoch);
  bf_random_permutation(&random, run->rows.n, run->order);
  run->loss_sum = 0.0;
  run->n_rows_done = 0;
  size_t n_batches = bf_training_n_batches(run->training, run->rows.n);
  for (size_t batch = 0; batch < n_batches && run->n_steps_done < run->n_steps;
       batch += run->training->accumulate)
    BF_TRY(run_step(run, batch, n_batches));
done:
  if (status == BF_ERR_TRIAL)
    status =
        bf_fail(status, "%s at epoch %zu, step %zu", bf_trail(), epoch + 1, run->n_steps_done + 1);
  return status;
}

bf_status bf_train(bf_net *net, const bf_training *training, const bf_kernels *kernels,
                   bf_tiles rows, double *last_loss)
{
  bf_status status;
  bf_training fitted = *training;
  training_run run = {.training = &fitted, .rows = rows};
  BF_TRY(bf_training_check(training));
  BF_CHECK(rows.n >= 2 && rows.n <= UINT32_MAX, BF_ERR_DATA,
           "cannot train on %zu rows, expected 2 or more", rows.n);
  BF_TRY(bf_rows_check(rows, &net->model));
  run.n_steps = bf_training_n_steps(training, rows.n);
  /* No buffers for rows that are not there. */
  if (fitted.batch_size > rows.n)
    fitted.batch_size = rows.n;
  BF_TRY(run_init(&run, net, kernels));
  for (size_t epoch = 0; run.n_steps_done < run.n_steps; epoch++)
    BF_TRY(run_epoch(&run, epoch));
  if (last_loss != NULL)
    *last_loss = run.loss_sum / (double)run.n_rows_done;
done:
  run_release(&run);
  return status;
}
