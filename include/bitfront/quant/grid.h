/* Formats that are evenly spaced numbers, in the form that kernels fuse.
 * Room: quant. */
#ifndef BF_QUANT_GRID_H
#define BF_QUANT_GRID_H

#include <stdbool.h>

#include "quant/format.h"

/**
 * The numbers of a fixed-point format: multiples of 2^-frac from lo to hi. Q(x) is x clamped to
 * them, plus magic, minus magic: magic is 1.5 * 2^(23 - frac), where float32 numbers are 2^-frac
 * apart, so that the addition rounds half to even. Clamping first is the same as clamping
 * afterwards, since lo and hi are numbers of the grid. NaN must be made to stay NaN by the order of
 * the comparisons.
 */
typedef struct bf_grid {
  float lo;
  float hi;
  float magic;
} bf_grid;

/** @brief The grid of @p quantizer. @return false if its format is none, or too wide for the sum to
 * stay in its binade (more than 22 bits, 23 with a sign); bf_quantize is for these. */
bool bf_quantizer_grid(const bf_quantizer *quantizer, bf_grid *grid);

#endif
