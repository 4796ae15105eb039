/* Whether rows fit a net.
 * Room: nn, private. */
#ifndef BF_NN_ROWS_H
#define BF_NN_ROWS_H

#include "data/dataset.h"
#include "nn/model.h"

/** @brief Whether there are rows, with as many features as the net takes, and every label has an
 * output. @return BF_OK; BF_ERR_DATA. */
bf_status bf_rows_check(bf_tiles rows, const bf_model *model);

#endif
