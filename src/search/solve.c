/* Small systems of linear equations.
 * Room: search. */
#include "search/solve.h"

#include <math.h>

static void swap_rows(double *a, double *b, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    double kept = a[i];
    a[i] = b[i];
    b[i] = kept;
  }
}

/* The row, from @p k on, with the largest number in column @p k. */
static size_t find_pivot(size_t n, const double *rows, size_t k)
{
  size_t width = n + 1;
  size_t pivot = k;
  for (size_t i = k + 1; i < n; i++)
    if (fabs(rows[i * width + k]) > fabs(rows[pivot * width + k]))
      pivot = i;
  return pivot;
}

bool bf_solve(size_t n, double *rows, double least)
{
  size_t width = n + 1;
  for (size_t k = 0; k < n; k++) {
    double *row = rows + k * width;
    swap_rows(row, rows + find_pivot(n, rows, k) * width, width);
    double head = row[k];
    if (fabs(head) < least)
      return false;
    for (size_t j = k; j < width; j++)
      row[j] /= head;
    for (size_t i = 0; i < n; i++) {
      double factor = i != k ? rows[i * width + k] : 0;
      for (size_t j = k; j < width && factor != 0; j++)
        rows[i * width + j] -= factor * row[j];
    }
  }
  return true;
}
