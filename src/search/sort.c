/* Orders of rows by their columns.
 * Room: search. */
#include "search/sort.h"

#include <stdbool.h>
#include <string.h>

/* A merge sort, since qsort neither takes a context nor promises to leave equal rows in order. */

static bool comes_before(const bf_sort_rows *rows, uint32_t a, uint32_t b)
{
  const double *x = rows->first + a * rows->stride;
  const double *y = rows->first + b * rows->stride;
  for (size_t i = 0; i < rows->n_columns; i++)
    if (x[i] != y[i])
      return x[i] < y[i];
  return false;
}

/* Merges the sorted from[0 .. middle - 1] and from[middle .. n - 1]. */
static void merge(const bf_sort_rows *rows, const uint32_t *from, size_t middle, size_t n,
                  uint32_t *to)
{
  size_t left = 0;
  size_t right = middle;
  for (size_t i = 0; i < n; i++) {
    bool take_right = right < n && (left == middle || comes_before(rows, from[right], from[left]));
    to[i] = take_right ? from[right++] : from[left++];
  }
}

static void insert_each(const bf_sort_rows *rows, size_t n, uint32_t *order)
{
  for (size_t i = 1; i < n; i++) {
    uint32_t row = order[i];
    size_t at = i;
    for (; at > 0 && comes_before(rows, row, order[at - 1]); at--)
      order[at] = order[at - 1];
    order[at] = row;
  }
}

void bf_sort(const bf_sort_rows *rows, size_t n, uint32_t *order, uint32_t *scratch)
{
  enum { SHORT = 12 };
  if (n <= SHORT) {
    insert_each(rows, n, order);
    return;
  }
  size_t middle = n / 2;
  bf_sort(rows, middle, order, scratch);
  bf_sort(rows, n - middle, order + middle, scratch);
  memcpy(scratch, order, n * sizeof *order);
  merge(rows, scratch, middle, n, order);
}
