/* Reference directions and niches of nsgaiii.
 * Room: search. */
#include "search/nsga_niches.h"

#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "search/solve.h"

/*
 * Deb and Jain, IEEE TEVC 18(4), 2014: objectives are counted from the ideal point in units of the
 * intercepts of the hyperplane through the extreme points (section IV-C), and members belong to
 * the nearest reference direction (IV-D). One member at a time leaves here, not half of all, so
 * the niches need no filling: who leaves is the one farthest from the direction that most share.
 */

size_t bf_nsga_n_directions(size_t n_objectives, size_t divisions)
{
  size_t n = 1;
  if (n_objectives == 1)
    return 1;
  for (size_t i = 1; i <= divisions && n <= BF_NSGA_MOST_DIRECTIONS; i++)
    n = n * (n_objectives - 1 + i) / i;
  return n <= BF_NSGA_MOST_DIRECTIONS ? n : BF_NSGA_MOST_DIRECTIONS + 1;
}

size_t bf_nsga_divisions(size_t n_objectives, size_t n_wanted)
{
  size_t n = n_objectives;
  size_t divisions = 1;
  while (n < n_wanted && n_objectives > 1) {
    size_t next = n * (n_objectives + divisions) / (divisions + 1);
    if (next > n_wanted && next - n_wanted >= n_wanted - n)
      break;
    n = next;
    divisions++;
  }
  return divisions;
}

/* All ways to cut `divisions` into parts (Das and Dennis, SIAM J. Optim. 8(3), 1998), each from
 * the one before: the first part that is not 0 gives one to the next and the rest to part 0. */
static void cut(size_t n, size_t n_objectives, size_t divisions, double *rows)
{
  rows[0] = (double)divisions;
  for (size_t i = 1; i < n; i++) {
    double *row = rows + i * n_objectives;
    memcpy(row, row - n_objectives, n_objectives * sizeof *row);
    size_t part = 0;
    while (row[part] <= 0)
      part++;
    double rest = row[part] - 1;
    row[part] = 0;
    row[0] = rest;
    row[part + 1]++;
  }
}

static void make_unit(size_t n, double *row)
{
  double sum = 0;
  for (size_t j = 0; j < n; j++)
    sum += row[j] * row[j];
  for (size_t j = 0; j < n; j++)
    row[j] /= sqrt(sum);
}

bf_status bf_nsga_niches_create(size_t n_objectives, size_t divisions, size_t most,
                                bf_nsga_niches **out)
{
  bf_status status = BF_OK;
  bf_nsga_niches *niches = bf_alloc(1, sizeof *niches);
  BF_CHECK_MEMORY(niches);
  niches->n_objectives = n_objectives;
  niches->n = bf_nsga_n_directions(n_objectives, divisions);
  BF_ASSERT(divisions >= 1 && niches->n <= BF_NSGA_MOST_DIRECTIONS);
  niches->directions = bf_alloc(niches->n, n_objectives * sizeof *niches->directions);
  BF_CHECK_MEMORY(niches->directions);
  niches->counts = bf_alloc(niches->n, sizeof *niches->counts);
  BF_CHECK_MEMORY(niches->counts);
  niches->nearest = bf_alloc(most + 1, sizeof *niches->nearest);
  BF_CHECK_MEMORY(niches->nearest);
  niches->parts = bf_alloc(most + 1, n_objectives * sizeof *niches->parts);
  BF_CHECK_MEMORY(niches->parts);
  niches->extremes = bf_alloc(n_objectives, sizeof *niches->extremes);
  BF_CHECK_MEMORY(niches->extremes);
  niches->intercepts = bf_alloc(n_objectives, sizeof *niches->intercepts);
  BF_CHECK_MEMORY(niches->intercepts);
  niches->planes = bf_alloc(n_objectives, (n_objectives + 1) * sizeof *niches->planes);
  BF_CHECK_MEMORY(niches->planes);
  cut(niches->n, n_objectives, divisions, niches->directions);
  for (size_t i = 0; i < niches->n; i++)
    make_unit(n_objectives, niches->directions + i * n_objectives);
  *out = niches;
done:
  if (status != BF_OK)
    bf_nsga_niches_free(niches);
  return status;
}

void bf_nsga_niches_free(bf_nsga_niches *niches)
{
  if (niches == NULL)
    return;
  free(niches->directions);
  free(niches->counts);
  free(niches->nearest);
  free(niches->parts);
  free(niches->extremes);
  free(niches->intercepts);
  free(niches->planes);
  free(niches);
}

static double *parts_of(const bf_nsga_population *p, size_t member)
{
  return p->niches->parts + member * p->n_objectives;
}

/* Objectives as parts of their ranges; 0 where all are equal. */
static void scale_to_range(const bf_nsga_population *p)
{
  for (size_t i = 0; i < p->n; i++)
    for (size_t j = 0; j < p->n_objectives; j++) {
      double range = p->highest[j] - p->lowest[j];
      double above = p->points[i * p->n_objectives + j] - p->lowest[j];
      parts_of(p, i)[j] = range > 0 ? above / range : 0;
    }
}

/* The largest objective, where all but one count a million times: small near that axis. */
static double distance_from_axis(const bf_nsga_population *p, size_t member, size_t axis)
{
  double largest = 0;
  for (size_t j = 0; j < p->n_objectives; j++)
    largest = fmax(largest, parts_of(p, member)[j] * (j == axis ? 1 : 1e6));
  return largest;
}

/* The member of the first front that is nearest to an axis. */
static size_t find_extreme(const bf_nsga_population *p, size_t axis)
{
  size_t extreme = 0;
  double least = HUGE_VAL;
  for (size_t i = 0; i < p->n; i++) {
    double distance = distance_from_axis(p, i, axis);
    if (p->fronts[i] == 0 && distance < least) {
      extreme = i;
      least = distance;
    }
  }
  return extreme;
}

/* Where the plane through the extreme points meets the axes.
 * @return Whether it meets all of them on the right side. */
static bool find_intercepts(const bf_nsga_population *p)
{
  size_t n = p->n_objectives;
  double *rows = p->niches->planes;
  for (size_t i = 0; i < n; i++) {
    memcpy(rows + i * (n + 1), parts_of(p, p->niches->extremes[i]), n * sizeof *rows);
    rows[i * (n + 1) + n] = 1;
  }
  if (!bf_solve(n, rows, 1e-9))
    return false;
  for (size_t i = 0; i < n; i++) {
    double intercept = 1 / rows[i * (n + 1) + n];
    if (!(intercept > 1e-6))
      return false;
    /* Beyond the worst member the plane is guesswork. */
    p->niches->intercepts[i] = fmin(intercept, 1);
  }
  return true;
}

/* In place of the intercepts: how far the first front goes. */
static void find_reach(const bf_nsga_population *p)
{
  for (size_t j = 0; j < p->n_objectives; j++) {
    double reach = 0;
    for (size_t i = 0; i < p->n; i++)
      if (p->fronts[i] == 0)
        reach = fmax(reach, parts_of(p, i)[j]);
    p->niches->intercepts[j] = reach > 0 ? reach : 1;
  }
}

static double product(size_t n, const double *a, const double *b)
{
  double sum = 0;
  for (size_t j = 0; j < n; j++)
    sum += a[j] * b[j];
  return sum;
}

/* Finds the nearest direction of a member. @return The distance from it. */
static double find_direction(const bf_nsga_population *p, size_t member)
{
  const bf_nsga_niches *niches = p->niches;
  size_t n = p->n_objectives;
  const double *parts = parts_of(p, member);
  double farthest = -HUGE_VAL; /* along a direction */
  for (size_t i = 0; i < niches->n; i++) {
    double along = product(n, niches->directions + i * n, parts);
    if (along > farthest) {
      farthest = along;
      niches->nearest[member] = (uint32_t)i;
    }
  }
  return sqrt(fmax(product(n, parts, parts) - farthest * farthest, 0));
}

void bf_nsga_niching(bf_nsga_population *population)
{
  bf_nsga_population *p = population;
  bf_nsga_niches *niches = p->niches;
  scale_to_range(p);
  for (size_t j = 0; j < p->n_objectives; j++)
    niches->extremes[j] = find_extreme(p, j);
  if (!find_intercepts(p))
    find_reach(p);
  memset(niches->counts, 0, niches->n * sizeof *niches->counts);
  for (size_t i = 0; i < p->n; i++) {
    for (size_t j = 0; j < p->n_objectives; j++)
      parts_of(p, i)[j] /= niches->intercepts[j];
    p->merits[i] = find_direction(p, i);
    niches->counts[niches->nearest[i]]++;
  }
  /* The distance, brought below 1, orders those that share a direction. */
  for (size_t i = 0; i < p->n; i++)
    p->merits[i] = -(niches->counts[niches->nearest[i]] + p->merits[i] / (1 + p->merits[i]));
  for (size_t j = 0; j < p->n_objectives; j++)
    p->merits[niches->extremes[j]] = 0;
}
