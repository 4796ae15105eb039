/* Evaluation: a net's predictions on rows, counted.
 * Room: nn. */
#ifndef BF_NN_EVALUATE_H
#define BF_NN_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/dataset.h"
#include "nn/kernels.h"
#include "nn/net.h"

/** Counts over the rows; a plain value. */
typedef struct bf_score {
  size_t n_rows;
  size_t n_correct;
  size_t n_classes;               /**< outputs counted below: the larger of classes and outputs */
  double loss;                    /**< mean of -log softmax(outputs)[label], float64, natural log */
  size_t n_label[BF_MAX_CLASSES]; /**< rows of the class */
  size_t n_predicted[BF_MAX_CLASSES]; /**< rows predicted as the class */
  size_t n_hit[BF_MAX_CLASSES];       /**< rows of the class predicted as it */
  size_t n_dead;                      /**< outputs that were 0 for every row */
} bf_score;

/**
 * @brief Evaluates @p net in evaluation mode (running statistics, no dropout, formats applied).
 *
 * The prediction is the first maximum. Rows go through in chunks of a fixed size, so the result
 * does not depend on any batch size.
 * @return BF_OK; BF_ERR_TRIAL if an output is not finite (row counted from 0), or the net has more
 *         than BF_MAX_CLASSES outputs; BF_ERR_DATA if there are no rows, they have another number
 *         of features, or a label has no output; BF_ERR_NOMEM. @p score is untouched then.
 */
bf_status bf_evaluate(const bf_net *net, const bf_kernels *kernels, bf_tiles rows, bf_score *score);

/** How rows are scored batch by batch. */
typedef struct bf_batching {
  size_t size;      /**< rows of a batch; the last may have fewer */
  bool is_training; /**< BatchNorms take each batch's own mean and (biased) variance, dropout drops
                       and stochastic weights are drawn, as in training: then size >= 2, and a last
                       batch of one row is left out */
  uint64_t seed;    /**< of dropout and of drawn weights */
  void (*take)(void *to, const bf_score *batch); /**< called after each batch, in order */
  void *to;
} bf_batching;

/**
 * @brief Evaluates @p net on batches of rows that follow each other; it does not change.
 *
 * @param[out] score over all batches: in evaluation mode that of bf_evaluate(), but for the order
 * in which losses are added.
 * @return as bf_evaluate(); @p score is untouched then, while @p how->take may have been called.
 * Oracle: tests/cli/test_compat.py (numpy).
 */
bf_status bf_evaluate_in_batches(const bf_net *net, const bf_kernels *kernels, bf_tiles rows,
                                 const bf_batching *how, bf_score *score);

/** Buffers for repeated forward passes over at most @p n_rows rows. Weights are quantised and
 * BatchNorms folded at creation: the net is borrowed and must not change before bf_forward_free. */
typedef struct bf_forward bf_forward;
/**
 * @param in_integers Linears whose input and weight are fixed point of at most 8 bits are computed
 * in integers (quant/packed_linear.h): what the net costs when its formats are real. Other layers
 * stay as they are.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_forward_create(const bf_net *net, const bf_kernels *kernels, size_t n_rows,
                            bool in_integers, bf_forward **out);
void bf_forward_free(bf_forward *forward);

/** @brief Outputs of the net for at most n_rows rows. @return (tiles, outputs, 16), borrowed until
 * the next call; lanes behind the last row mean nothing. */
const float *bf_forward_run(bf_forward *forward, bf_tiles rows);

#endif
