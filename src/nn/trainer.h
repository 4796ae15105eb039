/* A batch of a run: what bf_trainer_batch does for rows that lie together.
 * Room: nn, private. */
#ifndef BF_NN_TRAINER_H
#define BF_NN_TRAINER_H

#include "nn/stack.h"
#include "nn/train.h"

/** As bf_trainer_batch, for the rows of a span of tiles in any order. */
bf_status bf_trainer_run(bf_trainer *trainer, const bf_batch *batch, double *loss);

#endif
