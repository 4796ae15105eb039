/* Orders of rows by their columns.
 * Room: search, private. */
#ifndef BF_SEARCH_SORT_H
#define BF_SEARCH_SORT_H

#include <stddef.h>
#include <stdint.h>

/** Rows of numbers and the columns that order them. Borrowed. */
typedef struct bf_sort_rows {
  const double *first; /**< the first column that counts, of row 0; no NaN */
  size_t stride;       /**< numbers from one row to the next */
  size_t n_columns;    /**< how many count, the first one most */
} bf_sort_rows;

/**
 * @brief Puts row numbers in ascending order of their rows; equal rows stay as they stood.
 * @param order   (n) row numbers, in any order before.
 * @param scratch (n)
 */
void bf_sort(const bf_sort_rows *rows, size_t n, uint32_t *order, uint32_t *scratch);

#endif
