/* Halton points: a low-discrepancy sequence with a prime base for each coordinate, plain or
 * scrambled. Room: search, private. */
#ifndef BF_SEARCH_HALTON_H
#define BF_SEARCH_HALTON_H

#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "base/status.h"

/*
 * A coordinate is the point's number in its base, mirrored at the point: 6 = 20 in base 3 becomes
 * 0.02 = 2/9. Scrambled, every digit goes through a random permutation of its place (Halton 1960;
 * A. B. Owen, "A randomized Halton algorithm in R", 2017). High bases fill their axis slowly.
 */
enum { BF_HALTON_DIGITS = 32, BF_HALTON_DIMENSIONS = 64 /**< in sensible bases, up to 311 */ };

/** One coordinate. All zero is valid to release. */
typedef struct bf_halton {
  uint32_t base;
  size_t n_digits;                      /**< enough for 2^32 points */
  uint64_t weights[BF_HALTON_DIGITS];   /**< of a digit by its place, in units of 1 / scale */
  uint64_t tails[BF_HALTON_DIGITS + 1]; /**< what the digits from a place on add if they are 0 */
  uint64_t scale;                       /**< base^n_digits */
  uint32_t *digits; /**< (n_digits, base) what digits become; NULL: themselves */
} bf_halton;

/**
 * @brief Coordinate @p dimension < BF_HALTON_DIMENSIONS.
 * @param random where the permutations come from; NULL: none.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_halton_init(size_t dimension, bf_random *random, bf_halton *halton);
void bf_halton_release(bf_halton *halton);

/** The coordinate of point @p number, in [0, 1). */
double bf_halton_at(const bf_halton *halton, uint32_t number);

#endif
