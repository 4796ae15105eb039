/* The median.
 * Room: base. */
#include "base/median.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
  double left = *(const double *)a;
  double right = *(const double *)b;
  return (left > right) - (left < right);
}

double bf_median(size_t n, double *values)
{
  qsort(values, n, sizeof *values, compare);
  return (values[(n - 1) / 2] + values[n / 2]) / 2;
}
