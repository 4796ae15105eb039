/* One class against all others: the area under its ROC curve, and how much background it rejects.
 * Room: metrics. */
#include "metrics/roc.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

const double bf_efficiencies[BF_N_EFFICIENCIES] = {0.5, 0.8};

static int by_falling_score(const void *a, const void *b)
{
  double left = ((const bf_scored *)a)->score;
  double right = ((const bf_scored *)b)->score;
  return (left < right) - (left > right);
}

/* Rows from `first` on with one score: no threshold parts them. */
static size_t add_equals(size_t n, const bf_scored *rows, size_t first, size_t *n_signal,
                         size_t *n_background)
{
  size_t end = first;
  for (; end < n && rows[end].score == rows[first].score; end++)
    *(rows[end].is_signal ? n_signal : n_background) += 1;
  return end;
}

static void count(size_t n, const bf_scored *rows, bf_roc *roc)
{
  for (size_t i = 0; i < n; i++)
    *(rows[i].is_signal ? &roc->n_signal : &roc->n_background) += 1;
}

bf_roc bf_roc_of(size_t n, bf_scored *rows)
{
  bf_roc roc = {.auc = (double)NAN, .rejection = {(double)NAN, (double)NAN}};
  size_t n_signal = 0, n_background = 0, n_reached = 0;
  uint64_t halves = 0; /* pairs that are in the right order, twice; equal ones once */
  count(n, rows, &roc);
  if (roc.n_signal == 0 || roc.n_background == 0)
    return roc;
  qsort(rows, n, sizeof *rows, by_falling_score);
  for (size_t first = 0, end; first < n; first = end) {
    size_t signal_above = n_signal, background_above = n_background;
    end = add_equals(n, rows, first, &n_signal, &n_background);
    size_t n_below = roc.n_background - n_background;
    halves += (uint64_t)(n_signal - signal_above) *
              (2 * (uint64_t)n_below + (n_background - background_above));
    for (; n_reached < BF_N_EFFICIENCIES &&
           (double)n_signal / (double)roc.n_signal >= bf_efficiencies[n_reached];
         n_reached++) {
      roc.n_passed[n_reached] = n_background;
      roc.rejection[n_reached] =
          n_background > 0 ? (double)roc.n_background / (double)n_background : HUGE_VAL;
    }
  }
  roc.auc = (double)halves / 2 / ((double)roc.n_signal * (double)roc.n_background);
  return roc;
}
