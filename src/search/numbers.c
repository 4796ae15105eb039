/* Ascending lists of trial numbers.
 * Room: search. */
#include "search/numbers.h"

size_t bf_numbers_find(const uint64_t *numbers, size_t n, uint64_t number)
{
  size_t lo = 0;
  size_t hi = n;
  while (lo < hi) {
    size_t middle = lo + (hi - lo) / 2;
    if (numbers[middle] < number)
      lo = middle + 1;
    else
      hi = middle;
  }
  return lo;
}
