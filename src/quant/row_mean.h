/* The mean magnitude of a row's numbers, which binary and ternary weights are scaled by.
 * Room: quant, private. */
#ifndef BF_QUANT_ROW_MEAN_H
#define BF_QUANT_ROW_MEAN_H

#include <stddef.h>

/**
 * @brief Mean of |x| over those of @p n numbers whose |x| is more than @p above (-1: all of them).
 * @return 0 if there are none; NaN if one of all @p n is NaN or infinite, so that a broken row
 * shows. The sum is in double, in the order of the row.
 */
float bf_row_mean(size_t n, const float *x, float above);

#endif
