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

bf_status bf_ranks(size_t n, const double *values, double *ranks)
{
  bf_status status = BF_OK;
  item *items = bf_alloc(n, sizeof *items);
  BF_CHECK_MEMORY(items);
  for (size_t i = 0; i < n; i++)
    items[i] = (item){.value = values[i], .place = i};
  qsort(items, n, sizeof *items, compare);
  for (size_t first = 0, end; first < n; first = end) {
    end = first + 1;
    while (end < n && items[end].value == items[first].value)
      end++;
    for (size_t i = first; i < end; i++)
      ranks[items[i].place] = ((double)first + (double)end + 1) / 2;
  }
done:
  free(items);
  return status;
}

double bf_rank_correlation(size_t n, const double *x, const double *y)
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
  double *pairs = bf_alloc(4 * n, sizeof *pairs);
  BF_CHECK_MEMORY(pairs);
  for (size_t i = 0; i < n; i++)
    if (!isnan(x[i]) && !isnan(y[i])) {
      pairs[n_pairs] = x[i];
      pairs[n + n_pairs] = y[i];
      n_pairs++;
    }
  BF_TRY(bf_ranks(n_pairs, pairs, pairs + 2 * n));
  BF_TRY(bf_ranks(n_pairs, pairs + n, pairs + 3 * n));
  *rho = bf_rank_correlation(n_pairs, pairs + 2 * n, pairs + 3 * n);
done:
  free(pairs);
  return status;
}
