/* Ascending lists of trial numbers.
 * Room: search, private. */
#ifndef BF_SEARCH_NUMBERS_H
#define BF_SEARCH_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

/** How many of the @p n ascending @p numbers are smaller than @p number: where it is or would be.
 */
size_t bf_numbers_find(const uint64_t *numbers, size_t n, uint64_t number);

#endif
