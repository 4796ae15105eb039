/* The back ends of the Linear kernels.
 * Room: nn, private. */
#ifndef BF_NN_KERNELS_TABLE_H
#define BF_NN_KERNELS_TABLE_H

#include "nn/kernels.h"

extern const bf_kernels bf_kernels_blis;
extern const bf_kernels bf_kernels_reference;

/** Starts BLIS for @p isa; only the first call does anything. */
void bf_blis_start(bf_isa isa);

#endif
