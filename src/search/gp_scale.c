/* The scale on which the models see objectives and violations.
 * Room: search. */
#include "search/gp_scale.h"

#include "base/memory.h"
#include "search/gp_math.h"

bf_status bf_gp_scale_init(bf_gp_scale *scale, size_t n_objectives)
{
  bf_status status = BF_OK;
  *scale = (bf_gp_scale){.n_objectives = n_objectives};
  scale->ideals = bf_alloc(n_objectives, sizeof *scale->ideals);
  BF_CHECK_MEMORY(scale->ideals);
  scale->ranges = bf_alloc(n_objectives, sizeof *scale->ranges);
  BF_CHECK_MEMORY(scale->ranges);
  scale->fences = bf_alloc(n_objectives, sizeof *scale->fences);
  BF_CHECK_MEMORY(scale->fences);
  scale->spreads = bf_alloc(n_objectives, sizeof *scale->spreads);
  BF_CHECK_MEMORY(scale->spreads);
done:
  return status;
}

void bf_gp_scale_release(bf_gp_scale *scale)
{
  free(scale->ideals);
  free(scale->ranges);
  free(scale->fences);
  free(scale->spreads);
  *scale = (bf_gp_scale){0};
}

static double objective(const bf_history *history, uint32_t number, size_t m)
{
  return bf_history_objectives(history, number)[m];
}

static bool counts(const bf_gp_standing *standing, const bf_history *history, uint32_t number)
{
  return history->violations[number] == 0 || standing->n_violating == standing->n;
}

/* The least objective of all, and the largest of the front. */
static void find_ends(const bf_gp_standing *standing, const bf_history *history, size_t m,
                      double *least, double *most)
{
  *least = HUGE_VAL;
  *most = -HUGE_VAL;
  for (size_t i = 0; i < standing->n; i++) {
    uint32_t number = history->complete[i];
    double y = objective(history, number, m);
    if (!counts(standing, history, number))
      continue;
    if (y < *least)
      *least = y;
    if (standing->n_better[i] == 0 && y > *most)
      *most = y;
  }
}

static int compare(const void *a, const void *b)
{
  double x = *(const double *)a;
  double y = *(const double *)b;
  return (x > y) - (x < y);
}

static bf_gp_spread find_spread(const bf_gp_standing *standing, const bf_gp_points *points,
                                const bf_history *history, size_t m)
{
  double values[BF_GP_POINTS + BF_GP_MORE_POINTS];
  size_t n = 0;
  for (size_t i = 0; i < points->n; i++)
    if (counts(standing, history, points->numbers[i]))
      values[n++] = objective(history, points->numbers[i], m);
  if (n == 0)
    return (bf_gp_spread){0};
  qsort(values, n, sizeof *values, compare);
  return (bf_gp_spread){values[n / 4], values[n * 3 / 4], values[n - 1]};
}

void bf_gp_scale_spread(bf_gp_scale *scale, const bf_gp_standing *standing,
                        const bf_gp_points *points, const bf_history *history)
{
  for (size_t m = 0; m < scale->n_objectives; m++)
    scale->spreads[m] = find_spread(standing, points, history, m);
}

/* All in halves, because the difference of two finite numbers need not be one. */
static double find_fence(const bf_gp_spread *spread, double ideal, double range)
{
  enum { LEAST = 1, MOST = 1000000 };
  double step = spread->upper / 2 - spread->lower / 2;
  double fence = (spread->upper / 2 + step - ideal / 2) / range;
  return fence < LEAST ? LEAST : fence > MOST ? MOST : fence;
}

void bf_gp_scale_update(bf_gp_scale *scale, const bf_gp_standing *standing,
                        const bf_history *history)
{
  for (size_t m = 0; m < scale->n_objectives; m++) {
    const bf_gp_spread *spread = &scale->spreads[m];
    double ideal;
    double nadir;
    find_ends(standing, history, m, &ideal, &nadir);
    if (nadir <= ideal)
      nadir = spread->lower > ideal ? spread->lower : spread->worst;
    double range = nadir / 2 - ideal / 2;
    scale->ideals[m] = ideal;
    scale->ranges[m] = range > 0 ? range : 0.5;
    scale->fences[m] = find_fence(spread, ideal, scale->ranges[m]);
  }
  if (standing->n_violating > 0)
    scale->violation = bf_gp_exp(standing->ln_violations / (double)standing->n_violating);
}

static double squeeze(double z, double fence)
{
  return z <= fence ? z : fence + bf_gp_ln(1 + (z < 1e300 ? z : 1e300) - fence);
}

double bf_gp_scale_objective(const bf_gp_scale *scale, const bf_history *history, uint32_t number,
                             size_t m)
{
  double above = objective(history, number, m) / 2 - scale->ideals[m] / 2;
  return squeeze(above / scale->ranges[m], scale->fences[m]);
}

double bf_gp_scale_violation(const bf_gp_scale *scale, const bf_history *history, uint32_t number)
{
  double violation = history->violations[number];
  return violation > 0 ? squeeze(violation / scale->violation, 1) : BF_GP_FEASIBLE;
}
