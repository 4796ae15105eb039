/* Tile kernels against BLIS, shape by shape: what the table of choices is made from.
 * Room: nn. */
#ifndef BF_NN_TUNING_H
#define BF_NN_TUNING_H

#include <stddef.h>

#include "base/isa.h"
#include "base/status.h"

/** The products of a Linear: outputs, gradient by the input, gradient by the weights. */
typedef enum bf_pass { BF_PASS_FORWARD, BF_PASS_INPUT, BF_PASS_WEIGHT, BF_N_PASSES } bf_pass;

/** Median seconds of one product of a chunk of rows. */
typedef struct bf_tuning {
  double tile_s[BF_N_PASSES];
  double blis_s[BF_N_PASSES];
} bf_tuning;

/** "forward", "input", "weight". */
const char *bf_pass_name(bf_pass pass);

/**
 * @brief Times a Linear (n_in -> n_out) on rows of a random stream, the two in turn.
 * @param n_rounds >= 1, of which the medians are taken.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_tune_shape(bf_isa isa, size_t n_in, size_t n_out, size_t n_rounds, bf_tuning *tuning);

#endif
