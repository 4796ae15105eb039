/* Counting what evaluation gets right.
 * Room: nn, private. */
#ifndef BF_NN_TALLY_H
#define BF_NN_TALLY_H

#include "nn/evaluate.h"
#include "nn/kernels_table.h"

/** @brief Nothing counted yet, of the outputs of @p model. @return BF_OK; BF_ERR_TRIAL if these are
 * more than can be counted; BF_ERR_NOMEM. */
bf_status bf_tally_init(bf_tally *tally, const bf_model *model);
void bf_tally_release(bf_tally *tally);

/** Back to nothing counted. */
void bf_tally_reset(bf_tally *tally);

/**
 * @brief Counts the rows of a span.
 * @param outputs (tiles, outputs, 16), and @p labels (tiles, 16), of its tiles.
 * @param row number of its first row, for the message.
 * @return BF_OK; BF_ERR_TRIAL if an output is not finite.
 */
bf_status bf_tally_add(bf_tally *tally, const bf_kernels *kernels, const bf_span *span,
                       const float *outputs, const uint8_t *labels, size_t row);

/** Adds what @p part has counted. */
void bf_tally_join(bf_tally *tally, const bf_tally *part);

/** The counts over @p n_rows rows, as everybody reads them. */
bf_score bf_tally_score(const bf_tally *tally, const bf_model *model, size_t n_rows);

#endif
