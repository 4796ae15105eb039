/* Sobol' points: a low-discrepancy sequence in base 2, plain or scrambled.
 * Room: search, private. */
#ifndef BF_SEARCH_SOBOL_H
#define BF_SEARCH_SOBOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/random.h"

/*
 * Every 2^m points from a multiple of 2^m on have one point in each of 2^m equal intervals of every
 * coordinate, and nearly so in boxes of several coordinates (a digital net). A coordinate is the
 * exclusive or of direction numbers, one for each set bit of the point's number, so that any point
 * is made from its number alone.
 */
enum {
  BF_SOBOL_BITS = 32,
  BF_SOBOL_DIMENSIONS = 64 /**< with direction numbers of their own */
};

/** One coordinate. */
typedef struct bf_sobol {
  uint32_t directions[BF_SOBOL_BITS];
  uint32_t shift;
} bf_sobol;

/** Coordinate @p dimension < BF_SOBOL_DIMENSIONS of the plain sequence. */
bf_sobol bf_sobol_of(size_t dimension);

/**
 * @brief Scrambles a coordinate: a random lower triangular matrix of bits with a unit diagonal, and
 *        a random shift. What holds for the nets goes on to hold, and each point is uniform.
 * Source: J. Matousek, "On the L2-discrepancy for anchored boxes", J. Complexity 1998.
 */
void bf_sobol_scramble(bf_random *random, bf_sobol *sobol);

/** The coordinate of point @p number, times 2^32. */
uint32_t bf_sobol_at(const bf_sobol *sobol, uint32_t number);

/**
 * @brief A permutation of all numbers that takes every aligned block of 2^m numbers to another one.
 *
 * Points taken in this order pair up at random with those of the plain order, and still fill nets:
 * that is how a sequence is given more dimensions than it has.
 * Source: A. B. Owen, "Randomly permuted (t,m,s)-nets and (t,s)-sequences", 1995; for padding B.
 * Burley, "Practical hash-based Owen scrambling", JCGT 2020.
 */
uint32_t bf_sobol_shuffle(uint32_t number, uint64_t key);

#endif
