/* A few points that stand for a whole front.
 * Room: search. */
#include "search/tpe_subset.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"

/* The box of a front ends this far behind its worst values, in units of its extent: enough that the
 * extreme points count. */
static const double margin = 0.1;

/* Evenly spread in the plane. Elsewhere random, the same for every study. */
static void aim(bf_random *random, size_t n_objectives, size_t number, double *direction)
{
  const double right_angle = 1.5707963267948966;
  if (n_objectives == 2) {
    double angle = ((double)number + 0.5) / BF_TPE_DIRECTIONS * right_angle;
    direction[0] = cos(angle);
    direction[1] = sin(angle);
    return;
  }
  double square = 0;
  for (size_t m = 0; m < n_objectives; m++) {
    direction[m] = fabs(bf_random_normal(random)) + 1e-9;
    square += direction[m] * direction[m];
  }
  for (size_t m = 0; m < n_objectives; m++)
    direction[m] /= sqrt(square);
}

bf_status bf_tpe_subset_init(bf_tpe_subset *subset, size_t n_objectives, size_t capacity)
{
  bf_status status = BF_OK;
  bf_random random = bf_random_stream(0, BF_PURPOSE_MODEL, 0);
  *subset = (bf_tpe_subset){.n_objectives = n_objectives, .capacity = capacity};
  subset->stretches = bf_alloc(BF_TPE_DIRECTIONS * n_objectives, sizeof *subset->stretches);
  BF_CHECK_MEMORY(subset->stretches);
  subset->shares = bf_alloc(capacity * BF_TPE_DIRECTIONS, sizeof *subset->shares);
  BF_CHECK_MEMORY(subset->shares);
  subset->sums = bf_alloc(capacity, sizeof *subset->sums);
  BF_CHECK_MEMORY(subset->sums);
  subset->bounds = bf_alloc(capacity, sizeof *subset->bounds);
  BF_CHECK_MEMORY(subset->bounds);
  subset->is_taken = bf_alloc(capacity, sizeof *subset->is_taken);
  BF_CHECK_MEMORY(subset->is_taken);
  for (size_t w = 0; w < BF_TPE_DIRECTIONS; w++)
    aim(&random, n_objectives, w, subset->stretches + w * n_objectives);
  for (size_t i = 0; i < BF_TPE_DIRECTIONS * n_objectives; i++)
    subset->stretches[i] = 1 / subset->stretches[i];
done:
  return status;
}

void bf_tpe_subset_release(bf_tpe_subset *subset)
{
  free(subset->stretches);
  free(subset->shares);
  free(subset->sums);
  free(subset->bounds);
  free(subset->is_taken);
  *subset = (bf_tpe_subset){0};
}

/* Shrinks the distances along every direction to those of one more objective. */
static void narrow(const bf_tpe_subset *s, size_t m, double length, double *reach)
{
  for (size_t w = 0; w < BF_TPE_DIRECTIONS; w++) {
    double distance = length * s->stretches[w * s->n_objectives + m];
    reach[w] = distance < reach[w] ? distance : reach[w];
  }
}

/* Replaces distances by their M-th powers. @return Their sum. */
static double raise(const bf_tpe_subset *s, double *reach)
{
  double sum = 0;
  for (size_t w = 0; w < BF_TPE_DIRECTIONS; w++) {
    double power = reach[w];
    for (size_t m = 1; m < s->n_objectives; m++)
      power *= reach[w];
    reach[w] = power;
    sum += power;
  }
  return sum;
}

/* How far the rows reach against one objective. */
static void measure_objective(bf_tpe_subset *s, const double *points, size_t n,
                              const uint32_t *rows, size_t m)
{
  double lowest = INFINITY;
  double highest = -INFINITY;
  for (size_t i = 0; i < n; i++) {
    double y = points[rows[i] * s->n_objectives + m];
    lowest = y < lowest ? y : lowest;
    highest = y > highest ? y : highest;
  }
  /* Halved, so that no finite extent is infinite. */
  double extent = highest / 2 - lowest / 2;
  for (size_t i = 0; i < n; i++) {
    double behind = highest / 2 - points[rows[i] * s->n_objectives + m] / 2;
    double length = extent > 0 ? behind / extent + margin : 1 + margin;
    narrow(s, m, length, s->shares + i * BF_TPE_DIRECTIONS);
  }
}

static void measure(bf_tpe_subset *s, const double *points, size_t n, const uint32_t *rows)
{
  for (size_t i = 0; i < n * BF_TPE_DIRECTIONS; i++)
    s->shares[i] = INFINITY;
  for (size_t m = 0; m < s->n_objectives; m++)
    measure_objective(s, points, n, rows, m);
  for (size_t i = 0; i < n; i++)
    s->sums[i] = raise(s, s->shares + i * BF_TPE_DIRECTIONS);
}

static double gain_of(const bf_tpe_subset *s, size_t i)
{
  const double *share = s->shares + i * BF_TPE_DIRECTIONS;
  double gain = 0;
  for (size_t w = 0; w < BF_TPE_DIRECTIONS; w++)
    gain += share[w] > s->covered[w] ? share[w] - s->covered[w] : 0;
  return gain;
}

static size_t largest_bound(const bf_tpe_subset *s, size_t n)
{
  size_t best = n;
  for (size_t i = 0; i < n; i++)
    if (!s->is_taken[i] && (best == n || s->bounds[i] > s->bounds[best]))
      best = i;
  return best;
}

/* The point of largest gain; the first one of those. */
static size_t best_gain(bf_tpe_subset *s, size_t n)
{
  for (;;) {
    size_t i = largest_bound(s, n);
    double gain = gain_of(s, i);
    bool is_exact = gain == s->bounds[i];
    s->bounds[i] = gain;
    if (is_exact)
      return i;
  }
}

static void begin_round(bf_tpe_subset *s, size_t n)
{
  memset(s->covered, 0, sizeof s->covered);
  memcpy(s->bounds, s->sums, n * sizeof *s->bounds);
}

static void take(bf_tpe_subset *s, size_t i)
{
  const double *share = s->shares + i * BF_TPE_DIRECTIONS;
  s->is_taken[i] = true;
  for (size_t w = 0; w < BF_TPE_DIRECTIONS; w++)
    s->covered[w] = share[w] > s->covered[w] ? share[w] : s->covered[w];
}

/* Puts the rows of taken points first. */
static void part(const bf_tpe_subset *s, size_t n, uint32_t *rows)
{
  size_t n_taken = 0;
  for (size_t i = 0; i < n; i++)
    if (s->is_taken[i]) {
      uint32_t row = rows[i];
      memmove(rows + n_taken + 1, rows + n_taken, (i - n_taken) * sizeof *rows);
      rows[n_taken++] = row;
    }
}

void bf_tpe_subset_choose(bf_tpe_subset *subset, const double *points, size_t n, uint32_t *rows,
                          size_t n_wanted)
{
  BF_ASSERT(n <= subset->capacity && n_wanted <= n);
  if (n_wanted == n)
    return;
  memset(subset->is_taken, 0, n * sizeof *subset->is_taken);
  measure(subset, points, n, rows);
  begin_round(subset, n);
  for (size_t k = 0; k < n_wanted; k++) {
    size_t best = best_gain(subset, n);
    if (subset->bounds[best] <= 0) {
      begin_round(subset, n);
      best = best_gain(subset, n);
    }
    take(subset, best);
  }
  part(subset, n, rows);
}
