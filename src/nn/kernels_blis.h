/* Linear kernels on BLIS.
 * Room: nn, private. */
#ifndef BF_NN_KERNELS_BLIS_H
#define BF_NN_KERNELS_BLIS_H

#include "nn/kernels_table.h"

/** Starts BLIS with one thread and the kernels that fit @p isa; only the first call does anything.
 */
void bf_blis_start(bf_isa isa);

/**
 * @brief W x + b of @p p into @p y (tiles, n_out, 16); its gate and tail are the caller's.
 * @param work (n_tiles * (n_in + n_out), 16) of scratch memory.
 */
void bf_blis_multiply(const bf_product *p, float *work, float *y);

/** @brief As bf_tile_kernels.weight_gradient. @param work as above. */
void bf_blis_weight_gradient(const bf_outer *p, float *work);

#endif
