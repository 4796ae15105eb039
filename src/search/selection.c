/* Selection: which point of a front to take, and which instead.
 * Room: search. */
#include "search/selection.h"

#include <math.h>

#include "base/memory.h"
#include "search/hypervolume.h"
#include "search/solve.h"

static const double reference = 1.1;

/* Where two rows of a plane's equations count as the same, and a normal as flat. */
static const double flat = 1e-9;

/* Differences that come of rounding are no differences. */
static double rounded(double score)
{
  return round(score * 1e12) / 1e12;
}

void bf_objectives_range(size_t n_objectives, size_t n, const double *points, double *ideal,
                         double *nadir)
{
  for (size_t j = 0; j < n_objectives; j++) {
    ideal[j] = points[j];
    nadir[j] = points[j];
    for (size_t i = 1; i < n; i++) {
      ideal[j] = fmin(ideal[j], points[i * n_objectives + j]);
      nadir[j] = fmax(nadir[j], points[i * n_objectives + j]);
    }
  }
}

static double relative_difference(double a, double b)
{
  double size = fmax(fabs(a), fabs(b));
  return size > 0 ? (a - b) / size : 0;
}

/* What every point gives away. */
static void find_losses(size_t m, size_t n, const double *points, double *losses)
{
  for (size_t j = 0; j < m; j++) {
    double best = points[j];
    for (size_t i = 1; i < n; i++)
      best = fmin(best, points[i * m + j]);
    for (size_t i = 0; i < n; i++)
      losses[i] += relative_difference(points[i * m + j], best);
  }
  for (size_t i = 0; i < n; i++)
    losses[i] = rounded(losses[i]);
}

/* The best point but for @p skipped. */
static size_t find_best(size_t n, const double *scores, const double *losses, size_t skipped)
{
  size_t best = n;
  for (size_t i = 0; i < n; i++)
    if (i != skipped && (best == n || scores[i] > scores[best] ||
                         (scores[i] == scores[best] && losses[i] < losses[best])))
      best = i;
  return best;
}

bf_status bf_select_score(size_t n_objectives, size_t n, const double *points, const double *scores,
                          bf_selection *out)
{
  BF_ASSERT(n >= 1);
  double *losses = bf_alloc(n, sizeof *losses);
  if (losses == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a selection of %zu points", n);
  find_losses(n_objectives, n, points, losses);
  size_t chosen = find_best(n, scores, losses, n);
  size_t runner_up = find_best(n, scores, losses, chosen);
  *out = (bf_selection){.chosen = chosen,
                        .runner_up = runner_up,
                        .score = scores[chosen],
                        .runner_up_score = runner_up < n ? scores[runner_up] : 0};
  free(losses);
  return BF_OK;
}

/* What all rules work on; all arrays are in one block. */
typedef struct work {
  size_t m;
  size_t n;
  double *scaled; /* (n, m) 0 best .. 1 worst */
  double *scores; /* (n) */
  double *block;
} work;

static bf_status work_init(size_t m, size_t n, const double *points, work *w)
{
  bf_status status = BF_OK;
  BF_ASSERT(n >= 1);
  w->block = bf_alloc(n * m + n + 2 * m, sizeof *w->block);
  BF_CHECK_MEMORY(w->block);
  w->m = m;
  w->n = n;
  w->scaled = w->block;
  w->scores = w->block + n * m;
  double *ideal = w->scores + n;
  double *nadir = ideal + m;
  bf_objectives_range(m, n, points, ideal, nadir);
  /* Halves, because the difference of the largest numbers is none. */
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < m; j++)
      if (nadir[j] > ideal[j])
        w->scaled[i * m + j] =
            (points[i * m + j] / 2 - ideal[j] / 2) / (nadir[j] / 2 - ideal[j] / 2);
done:
  return status;
}

static const double *scaled_point(const work *w, size_t i)
{
  return w->scaled + i * w->m;
}

static double sum_of(const work *w, size_t i)
{
  double sum = 0;
  for (size_t j = 0; j < w->m; j++)
    sum += scaled_point(w, i)[j];
  return sum;
}

static size_t find_extreme(const work *w, size_t j)
{
  size_t best = 0;
  for (size_t i = 1; i < w->n; i++) {
    double mine = scaled_point(w, i)[j];
    double other = scaled_point(w, best)[j];
    if (mine < other || (mine == other && sum_of(w, i) < sum_of(w, best)))
      best = i;
  }
  return best;
}

/* Whether the points differ in objective @p j: only such ones count. */
static bool varies(const work *w, size_t j)
{
  for (size_t i = 0; i < w->n; i++)
    if (scaled_point(w, i)[j] > 0)
      return true;
  return false;
}

/* The normal a of the plane a z = 1 through the extremes, in the last column of @p rows. */
static bf_knee_plane find_plane(const work *w, const size_t *extremes, double *rows)
{
  size_t n_columns = w->m + 1;
  for (size_t i = 0; i < w->m; i++) {
    memcpy(rows + i * n_columns, scaled_point(w, extremes[i]), w->m * sizeof *rows);
    rows[i * n_columns + w->m] = 1;
  }
  bool is_plane = bf_solve(w->m, rows, flat);
  for (size_t j = 0; j < w->m && is_plane; j++)
    is_plane = rows[j * n_columns + w->m] > flat;
  for (size_t j = 0; j < w->m && !is_plane; j++)
    rows[j * n_columns + w->m] = varies(w, j) ? 1 : 0;
  return is_plane ? BF_KNEE_EXTREMES : BF_KNEE_AXES;
}

static void score_distances(work *w, const double *rows)
{
  size_t m = w->m;
  double squares = 0;
  for (size_t j = 0; j < m; j++)
    squares += pow(rows[j * (m + 1) + m], 2);
  for (size_t i = 0; i < w->n; i++) {
    double product = 0;
    for (size_t j = 0; j < m; j++)
      product += rows[j * (m + 1) + m] * scaled_point(w, i)[j];
    w->scores[i] = squares > 0 ? rounded((1 - product) / sqrt(squares)) : 0;
  }
}

bf_status bf_select_knee(size_t n_objectives, size_t n, const double *points, size_t *extremes,
                         bf_knee_plane *plane, bf_selection *out)
{
  bf_status status = BF_OK;
  work w = {.m = 0};
  double *rows = bf_alloc(n_objectives * (n_objectives + 1), sizeof *rows);
  BF_CHECK_MEMORY(rows);
  BF_TRY(work_init(n_objectives, n, points, &w));
  for (size_t j = 0; j < n_objectives; j++)
    extremes[j] = find_extreme(&w, j);
  *plane = find_plane(&w, extremes, rows);
  score_distances(&w, rows);
  BF_TRY(bf_select_score(n_objectives, n, points, w.scores, out));
done:
  free(w.block);
  free(rows);
  return status;
}

static bool same_point(const work *w, size_t a, size_t b)
{
  return memcmp(scaled_point(w, a), scaled_point(w, b), w->m * sizeof *w->scaled) == 0;
}

/* The box of point @p i less what the others dominate of it. @p limited (n, m) is scratch. */
static bf_status score_contribution(work *w, size_t i, const double *corner, double *limited)
{
  size_t m = w->m;
  size_t n_limited = 0;
  double box = 1;
  double shared = 0;
  for (size_t j = 0; j < m; j++)
    box *= reference - scaled_point(w, i)[j];
  for (size_t k = 0; k < w->n; k++) {
    if (same_point(w, i, k))
      continue;
    for (size_t j = 0; j < m; j++)
      limited[n_limited * m + j] = fmax(scaled_point(w, i)[j], scaled_point(w, k)[j]);
    n_limited++;
  }
  bf_status status = bf_hypervolume(m, n_limited, limited, corner, &shared);
  if (status == BF_OK)
    w->scores[i] = rounded(fmax(box - shared, 0));
  return status;
}

bf_status bf_select_hypervolume(size_t n_objectives, size_t n, const double *points, double *volume,
                                bf_selection *out)
{
  bf_status status = BF_OK;
  work w = {.m = 0};
  double *limited = bf_alloc(n * n_objectives, sizeof *limited);
  double *corner = bf_alloc(n_objectives, sizeof *corner);
  BF_CHECK_MEMORY(limited);
  BF_CHECK_MEMORY(corner);
  BF_TRY(work_init(n_objectives, n, points, &w));
  for (size_t j = 0; j < n_objectives; j++)
    corner[j] = reference;
  for (size_t i = 0; i < n; i++)
    BF_TRY(score_contribution(&w, i, corner, limited));
  BF_TRY(bf_hypervolume(n_objectives, n, w.scaled, corner, volume));
  BF_TRY(bf_select_score(n_objectives, n, points, w.scores, out));
done:
  free(w.block);
  free(limited);
  free(corner);
  return status;
}

bf_status bf_select_weighted(size_t n_objectives, size_t n, const double *points,
                             const double *weights, bf_selection *out)
{
  work w = {.m = 0};
  bf_status status = work_init(n_objectives, n, points, &w);
  if (status != BF_OK)
    return status;
  double total = 0;
  for (size_t j = 0; j < n_objectives; j++)
    total += weights[j];
  for (size_t i = 0; i < n; i++) {
    double sum = 0;
    for (size_t j = 0; j < n_objectives; j++)
      sum += weights[j] / total * scaled_point(&w, i)[j];
    w.scores[i] = rounded(1 - sum);
  }
  status = bf_select_score(n_objectives, n, points, w.scores, out);
  free(w.block);
  return status;
}
