/* Tiles of a matrix whose values share something.
 * Room: quant, private. */
#ifndef BF_QUANT_BLOCKS_H
#define BF_QUANT_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "quant/format_table.h"

/** How a format quantises a block. */
typedef struct bf_block_kernel {
  /** Makes what the block shares; @p largest is its max |x|, > 0, may be infinite. */
  void (*prepare)(const bf_quantizer *quantizer, float largest, void *shared);
  /** y = Q(x) of (n) neighbours in the prepared block; y may be x. */
  void (*apply)(const void *shared, size_t n, const float *x, float *y);
  void *shared; /**< what prepare() makes and apply() reads, the caller's */
} bf_block_kernel;

/**
 * @brief Quantises a matrix tile by tile; tiles at the ends of rows and columns may be smaller.
 *
 * A tile of zeros has no scale of its own: it gets the least one of the others in the matrix, and
 * 1 if there is none, as in the Python tool. A tile with a NaN becomes NaN, and tiles of zeros with
 * it.
 */
void bf_blocks_apply(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns, const float *x,
                     float *y, const bf_block_kernel *kernel);

/** Number of tiles of a matrix; 0 for an empty one. */
int64_t bf_blocks_count(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns);

#endif
