/* Which complete trials the models learn from.
 * Room: search. */
#include "search/gp_points.h"

static void choose_all(const bf_history *history, uint32_t *numbers)
{
  memcpy(numbers, history->complete, history->n_complete * sizeof *numbers);
}

void bf_gp_choose_points(bf_gp_standing *standing, const bf_history *history, size_t n,
                         uint32_t *numbers)
{
  size_t n_spread = n / 4;
  size_t n_best = n - n_spread;
  size_t n_others = history->n_complete - n_best;
  if (n >= history->n_complete) {
    choose_all(history, numbers);
    return;
  }
  const uint32_t *order = bf_gp_standing_sort(standing);
  for (size_t i = 0; i < n_best; i++)
    numbers[i] = history->complete[order[i]];
  for (size_t i = 0; i < n_spread; i++)
    numbers[n_best + i] =
        history->complete[order[n_best + (2 * i + 1) * n_others / (2 * n_spread)]];
}

static size_t smaller(size_t a, size_t b)
{
  return a < b ? a : b;
}

bool bf_gp_points_update(bf_gp_points *points, bf_gp_standing *standing, const bf_history *history,
                         bool anew)
{
  size_t n_new = history->n_complete - points->n_known;
  bool fits = points->n + n_new <= BF_GP_POINTS + BF_GP_MORE_POINTS;
  size_t first = points->n_known;
  points->n_known = history->n_complete;
  if (fits && (!anew || history->n_complete <= BF_GP_POINTS)) {
    memcpy(points->numbers + points->n, history->complete + first, n_new * sizeof *points->numbers);
    points->n += n_new;
    return false;
  }
  points->n = smaller(history->n_complete, BF_GP_POINTS);
  bf_gp_choose_points(standing, history, points->n, points->numbers);
  return true;
}
