/* Rank correlation.
 * Room: study. */
#include "study/spearman.h"

#include <math.h>

#include "base/memory.h"

typedef struct item {
  double value;
  size_t place;
} item;

static int compare(const void *a, const void *b)
{
  double x = ((const item *)a)->value;
  double y = ((const item *)b)->value;
  return (x > y) - (x < y);
}

/* Ranks from 1, of equal values the mean. */
static void rank(size_t n, item *items, double *ranks)
{
  qsort(items, n, sizeof *items, compare);
  for (size_t first = 0, end; first < n; first = end) {
    end = first + 1;
    while (end < n && items[end].value == items[first].value)
      end++;
    for (size_t i = first; i < end; i++)
      ranks[items[i].place] = ((double)first + (double)end + 1) / 2;
  }
}

static double pearson(size_t n, const double *x, const double *y)
{
  double middle = ((double)n + 1) / 2; /* of ranks, whatever the ties */
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (size_t i = 0; i < n; i++) {
    xx += (x[i] - middle) * (x[i] - middle);
    yy += (y[i] - middle) * (y[i] - middle);
    xy += (x[i] - middle) * (y[i] - middle);
  }
  if (!(xx > 0 && yy > 0))
    return (double)NAN;
  /* Rounding must not make more than 1 of a perfect agreement. */
  return fmax(-1, fmin(1, xy / sqrt(xx * yy)));
}

bf_status bf_spearman(size_t n, const double *x, const double *y, double *rho)
{
  bf_status status = BF_OK;
  size_t n_pairs = 0;
  item *items = bf_alloc(2 * n, sizeof *items);
  double *ranks = bf_alloc(2 * n, sizeof *ranks);
  BF_CHECK_MEMORY(items);
  BF_CHECK_MEMORY(ranks);
  for (size_t i = 0; i < n; i++)
    if (!isnan(x[i]) && !isnan(y[i])) {
      items[n_pairs] = (item){.value = x[i], .place = n_pairs};
      items[n + n_pairs] = (item){.value = y[i], .place = n_pairs};
      n_pairs++;
    }
  rank(n_pairs, items, ranks);
  rank(n_pairs, items + n, ranks + n);
  *rho = pearson(n_pairs, ranks, ranks + n);
done:
  free(items);
  free(ranks);
  return status;
}
