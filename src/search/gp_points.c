/* Which complete trials the models learn from.
 * Room: search. */
#include "search/gp_points.h"

void bf_gp_choose_points(bf_gp_standing *standing, const bf_history *history, size_t n,
                         uint32_t *numbers)
{
  size_t n_all = history->n_complete;
  size_t n_spread = n < n_all ? n / 4 : 0;
  size_t n_best = n - n_spread;
  const uint32_t *order = bf_gp_standing_sort(standing);
  for (size_t i = 0; i < n_best; i++)
    numbers[i] = history->complete[order[i]];
  for (size_t i = 0; i < n_spread; i++) {
    size_t at = n_best + (2 * i + 1) * (n_all - n_best) / (2 * n_spread);
    numbers[n_best + i] = history->complete[order[at]];
  }
}

static size_t smaller(size_t a, size_t b)
{
  return a < b ? a : b;
}

bool bf_gp_points_update(bf_gp_points *points, bf_gp_standing *standing, const bf_history *history,
                         bool anew)
{
  const uint32_t *new = history->complete + points->n_known;
  size_t n_new = history->n_complete - points->n_known;
  points->n_known = history->n_complete;
  if (anew || points->n + n_new > BF_GP_POINTS + BF_GP_MORE_POINTS) {
    points->n = smaller(history->n_complete, BF_GP_POINTS);
    bf_gp_choose_points(standing, history, points->n, points->numbers);
    return true;
  }
  if (n_new > 0)
    memcpy(points->numbers + points->n, new, n_new * sizeof *new);
  points->n += n_new;
  return false;
}
