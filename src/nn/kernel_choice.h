/* Which products BLIS computes faster than the tile kernels.
 * Room: nn, private. */
#ifndef BF_NN_KERNEL_CHOICE_H
#define BF_NN_KERNEL_CHOICE_H

#include "nn/kernels_table.h"

/** A fixed table, made by `bitfront bench engine --tune`: choosing by time would make results
 * differ between runs. */
bool bf_choice_is_blis(bf_isa isa, bf_pass pass, size_t n_in, size_t n_out);

#endif
