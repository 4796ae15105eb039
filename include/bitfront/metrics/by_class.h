/* A net's predictions class by class: who is taken for whom, and how well each is told apart.
 * Room: metrics. */
#ifndef BF_METRICS_BY_CLASS_H
#define BF_METRICS_BY_CLASS_H

#include <stddef.h>

#include "base/status.h"
#include "metrics/roc.h"
#include "nn/evaluate.h"

typedef struct bf_by_class {
  size_t n_classes;
  size_t n_outputs; /**< more than classes where the last layer was widened */
  size_t
      *confusion; /**< (n_classes, n_outputs), owned: rows of the class predicted as the output */
  bf_roc *roc;    /**< (n_classes), owned: each class against all others by its softmax
                     probability (float64) */
} bf_by_class;

/**
 * @brief Evaluates @p net as bf_evaluate does, row by row.
 *
 * The prediction is the first maximum. Memory: rows x (4 outputs + 32) bytes.
 * @param rows not none; labels below n_classes, outputs finite: bf_evaluate found no fault.
 * @param[out] out freed with bf_by_class_free.
 * @return BF_OK; BF_ERR_NOMEM.
 * Oracle: sklearn.metrics on the same scores (tests/cli/test_eval.py).
 */
bf_status bf_by_class_create(const bf_net *net, const bf_kernels *kernels, bf_tiles rows,
                             bf_by_class **out);
void bf_by_class_free(bf_by_class *by_class);

/** Rows of the class that are predicted as it, as a share of its rows; NaN without any. */
double bf_by_class_recall(const bf_by_class *by_class, size_t label);

/** The same as a share of the rows that are predicted as it. */
double bf_by_class_precision(const bf_by_class *by_class, size_t label);

#endif
