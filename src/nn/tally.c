/* Counting what evaluation gets right.
 * Room: nn. */
#include "nn/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

bf_status bf_tally_init(bf_tally *tally, const bf_model *model)
{
  bf_status status = BF_OK;
  *tally = (bf_tally){.n_outputs = bf_model_n_outputs(model), .is_finite = true};
  BF_CHECK(tally->n_outputs <= BF_MAX_CLASSES, BF_ERR_TRIAL,
           "the net has %zu outputs, at most %d can be counted", tally->n_outputs,
           (int)BF_MAX_CLASSES);
  tally->n_confused = bf_alloc(tally->n_outputs * tally->n_outputs, sizeof *tally->n_confused);
  BF_CHECK_MEMORY(tally->n_confused);
  tally->is_alive = bf_alloc(tally->n_outputs, 1);
  BF_CHECK_MEMORY(tally->is_alive);
done:
  if (status != BF_OK)
    bf_tally_release(tally);
  return status;
}

void bf_tally_release(bf_tally *tally)
{
  free(tally->n_confused);
  free(tally->is_alive);
  *tally = (bf_tally){0};
}

void bf_tally_reset(bf_tally *tally)
{
  size_t n = tally->n_outputs;
  tally->loss = 0;
  tally->is_finite = true;
  memset(tally->n_confused, 0, n * n * sizeof *tally->n_confused);
  memset(tally->is_alive, 0, n);
}

/* A span whose outputs are not all finite: the first such row. */
static bf_status fail_not_finite(const bf_span *span, size_t n_outputs, const float *outputs,
                                 size_t row)
{
  for (size_t r = 0; r < span->n_rows; r++)
    for (size_t c = 0; c < n_outputs; c++)
      if (!isfinite(outputs[bf_tile_place(n_outputs, span->first + r, c)]))
        return bf_fail(BF_ERR_TRIAL, "output is not finite for row %zu", row + r);
  return BF_OK;
}

bf_status bf_tally_add(bf_tally *tally, const bf_kernels *kernels, const bf_span *span,
                       const float *outputs, const uint8_t *labels, size_t row)
{
  kernels->tile->tally(span, outputs, labels, tally);
  bool is_finite = tally->is_finite;
  tally->is_finite = true;
  return is_finite ? BF_OK : fail_not_finite(span, tally->n_outputs, outputs, row);
}

void bf_tally_join(bf_tally *tally, const bf_tally *part)
{
  size_t n = tally->n_outputs;
  tally->loss += part->loss;
  for (size_t i = 0; i < n * n; i++)
    tally->n_confused[i] += part->n_confused[i];
  for (size_t c = 0; c < n; c++)
    tally->is_alive[c] |= part->is_alive[c];
}

bf_score bf_tally_score(const bf_tally *tally, const bf_model *model, size_t n_rows)
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
