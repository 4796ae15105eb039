/* How a training run cuts its rows into batches.
 * Room: nn, private. */
#ifndef BF_NN_TRAINING_H
#define BF_NN_TRAINING_H

#include "nn/train.h"

/** Batches of an epoch over @p n_rows rows; a last one of a single row does not count. */
size_t bf_training_n_batches(const bf_training *training, size_t n_rows);

#endif
