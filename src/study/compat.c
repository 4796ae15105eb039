/* compat = true: the Python tool's figures, with the defects that made them.
 * Room: study. */
#include "study/compat.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

bf_split bf_compat_split(const bf_job *job, const char *loader)
{
  return job->compat || strcmp(loader, "train_dataloader") == 0 ? BF_TRAIN : BF_VAL;
}

static void put_row(bf_tiles from, size_t row, size_t to, bf_shuffled *out)
{
  for (size_t c = 0; c < from.n_features; c++)
    out->values[bf_tile_place(from.n_features, to, c)] =
        from.values[bf_tile_place(from.n_features, row, c)];
  out->labels[to] = from.labels[row];
}

bf_status bf_shuffled_create(bf_tiles rows, uint64_t seed, size_t n, bf_shuffled *out)
{
  bf_status status = BF_OK;
  bf_random random = bf_random_stream(seed, BF_PURPOSE_BATCHES, 0);
  bf_shuffled made = {.rows = {.n = n < rows.n ? n : rows.n, .n_features = rows.n_features}};
  size_t n_tiles = bf_n_tiles(made.rows.n);
  uint32_t *order = bf_alloc(rows.n, sizeof *order);
  made.values = bf_alloc(n_tiles * BF_TILE * rows.n_features, sizeof *made.values);
  made.labels = bf_alloc(n_tiles * BF_TILE, 1);
  BF_CHECK_MEMORY(order);
  BF_CHECK_MEMORY(made.values);
  BF_CHECK_MEMORY(made.labels);
  bf_random_permutation(&random, rows.n, order);
  for (size_t i = 0; i < made.rows.n; i++)
    put_row(rows, order[i], i, &made);
  made.rows.values = made.values;
  made.rows.labels = made.labels;
  *out = made;
  made = (bf_shuffled){0};
done:
  free(order);
  bf_shuffled_release(&made);
  return status;
}

void bf_shuffled_release(bf_shuffled *shuffled)
{
  free(shuffled->values);
  free(shuffled->labels);
  *shuffled = (bf_shuffled){0};
}

bf_status bf_compat_score(const bf_net *net, const bf_kernels *kernels, bf_tiles rows,
                          bool is_training, const bf_job *job, bf_metrics *metrics)
{
  bf_score whole;
  bf_batch_sums sums = {0};
  const bf_batching how = {.size = job->batch_size,
                           .is_training = is_training,
                           .seed = job->seed,
                           .take = bf_batch_sums_add,
                           .to = &sums};
  bf_status status = bf_evaluate_in_batches(net, kernels, rows, &how, &whole);
  if (status != BF_OK)
    return status;
  bf_metrics_score(&whole, metrics);
  metrics->value[BF_METRIC_loss] = sums.loss / (double)sums.n;
  if (is_training)
    metrics->value[BF_METRIC_accuracy] = sums.accuracy / (double)sums.n;
  return BF_OK;
}

/* Its search never resets what it counts with; the loop of its Lab 3 has nothing to reset. */
bool bf_compat_averages(const bf_job *job)
{
  bool is_lab3 = false;
  for (size_t i = 0; i < job->n_runners; i++)
    is_lab3 |= job->runners[i] == BF_RUNNER_EVALUATION && !job->eval_mode;
  return job->compat && !is_lab3;
}

/* Every trial scores the same rows, so the recall of a class over all trials is the mean of theirs.
 */
void bf_compat_average(bf_running *running, bf_metrics *metrics)
{
  static const bf_metric averaged[] = {BF_METRIC_accuracy, BF_METRIC_loss};
  double n = (double)running->n;
  for (size_t i = 0; i < sizeof averaged / sizeof *averaged; i++) {
    double *value = &metrics->value[averaged[i]];
    *value = (running->mean.value[averaged[i]] * n + *value) / (n + 1);
  }
  bf_compat_restore(running, metrics);
}

void bf_compat_restore(bf_running *running, const bf_metrics *metrics)
{
  running->n++;
  running->mean = *metrics;
}
