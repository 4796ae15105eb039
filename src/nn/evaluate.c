/* Evaluation: forward passes in chunks of rows, and what they got right.
 * Room: nn. */
#include "nn/evaluate.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "nn/loss.h"
#include "nn/rows.h"
#include "nn/stack.h"

enum { CHUNK = 512 };

struct bf_forward {
  bf_stack stack;
  size_t n_outputs;
  float *rows;    /* (n_rows, n_features) */
  float *outputs; /* (tiles, n_outputs, 16) */
};

bf_status bf_forward_create(const bf_net *net, const bf_kernels *kernels, size_t n_rows,
                            bf_forward **out)
{
  bf_status status;
  bf_forward *forward = bf_alloc(1, sizeof *forward);
  BF_CHECK_MEMORY(forward);
  forward->n_outputs = bf_model_n_outputs(&net->model);
  forward->rows = bf_alloc(n_rows * net->model.n_features, sizeof *forward->rows);
  BF_CHECK_MEMORY(forward->rows);
  forward->outputs = bf_alloc(bf_n_tiles(n_rows) * BF_TILE * forward->n_outputs, sizeof(float));
  BF_CHECK_MEMORY(forward->outputs);
  BF_TRY(bf_stack_init(&forward->stack, net, kernels, n_rows, false));
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
  free(forward->rows);
  free(forward->outputs);
  free(forward);
}

static const float *run_rows(bf_forward *forward, bf_tiles rows)
{
  bf_tiles_get(0, rows.n, rows.n_features, rows.values, forward->rows);
  return bf_stack_evaluate(&forward->stack, rows.n, forward->rows);
}

const float *bf_forward_run(bf_forward *forward, bf_tiles rows)
{
  bf_tiles_put(0, rows.n, forward->n_outputs, run_rows(forward, rows), forward->outputs);
  return forward->outputs;
}

/* What is counted beside the score. */
typedef struct counter {
  bf_score score;
  size_t n_outputs;
  double loss_sum;
  bool is_alive[BF_MAX_CLASSES]; /* some row had an output other than 0 */
} counter;

static bool is_all_finite(size_t n, const float *values)
{
  for (size_t i = 0; i < n; i++)
    if (!isfinite(values[i]))
      return false;
  return true;
}

static void count_row(counter *tally, const float *outputs, uint8_t label)
{
  size_t predicted = bf_first_maximum(tally->n_outputs, outputs);
  tally->score.n_label[label]++;
  tally->score.n_predicted[predicted]++;
  if (predicted == label) {
    tally->score.n_hit[label]++;
    tally->score.n_correct++;
  }
  for (size_t c = 0; c < tally->n_outputs; c++)
    if (outputs[c] != 0.0F)
      tally->is_alive[c] = true;
}

static bf_status count_chunk(counter *tally, bf_tiles rows, size_t first, size_t n,
                             const float *outputs)
{
  bf_status status = BF_OK;
  for (size_t i = 0; i < n; i++) {
    const float *row = outputs + i * tally->n_outputs;
    BF_CHECK(is_all_finite(tally->n_outputs, row), BF_ERR_TRIAL, "output is not finite for row %zu",
             first + i);
    count_row(tally, row, rows.labels[first + i]);
  }
  tally->loss_sum += bf_cross_entropy(n, tally->n_outputs, outputs, rows.labels + first, NULL);
done:
  return status;
}

static bf_score finish(counter *tally, const bf_model *model, size_t n_rows)
{
  bf_score *score = &tally->score;
  score->n_rows = n_rows;
  score->n_classes = model->n_classes > tally->n_outputs ? model->n_classes : tally->n_outputs;
  score->loss = tally->loss_sum / (double)n_rows;
  for (size_t c = 0; c < tally->n_outputs; c++)
    score->n_dead += tally->is_alive[c] ? 0 : 1;
  return *score;
}

bf_status bf_evaluate(const bf_net *net, const bf_kernels *kernels, bf_tiles rows, bf_score *score)
{
  bf_status status;
  bf_forward *forward = NULL;
  counter tally = {.n_outputs = bf_model_n_outputs(&net->model)};
  BF_CHECK(tally.n_outputs <= BF_MAX_CLASSES, BF_ERR_TRIAL,
           "the net has %zu outputs, at most %d can be counted", tally.n_outputs,
           (int)BF_MAX_CLASSES);
  BF_TRY(bf_rows_check(rows, &net->model));
  BF_TRY(bf_forward_create(net, kernels, CHUNK, &forward));
  for (size_t first = 0; first < rows.n; first += CHUNK) {
    size_t n = rows.n - first < CHUNK ? rows.n - first : CHUNK;
    bf_tiles chunk = {n, rows.n_features, rows.values + first * rows.n_features,
                      rows.labels + first};
    const float *outputs = run_rows(forward, chunk);
    BF_TRY(count_chunk(&tally, rows, first, n, outputs));
  }
  *score = finish(&tally, &net->model, rows.n);
done:
  bf_forward_free(forward);
  return status;
}
