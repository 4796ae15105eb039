/* A seeded random order of 0 .. size - 1 that needs no memory.
 * Room: search, private. */
#ifndef BF_SEARCH_ENUMERATION_H
#define BF_SEARCH_ENUMERATION_H

#include <stdint.h>

enum { BF_ENUMERATION_ROUNDS = 8 };

/** A keyed bijection of 0 .. size - 1. */
typedef struct bf_enumeration {
  uint64_t size;
  uint32_t half_bits;
  uint64_t keys[BF_ENUMERATION_ROUNDS];
} bf_enumeration;

/** The order that @p seed gives to 0 .. @p size - 1; 1 <= @p size < 2^64. */
bf_enumeration bf_enumeration_of(uint64_t size, uint64_t seed);

/** What stands at @p position, below the size. */
uint64_t bf_enumeration_at(const bf_enumeration *order, uint64_t position);

#endif
