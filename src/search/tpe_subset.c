/* A few points that stand for a whole front.
 * Room: search. */
#include "search/tpe_subset.h"

#include <float.h>
#include <math.h>

#include "base/memory.h"

/* The box of a front ends this far behind its worst values, in units of its extent: enough that the
 * extreme points count. */
static const double margin = 0.1;

/* Gains that are left when nothing is gained, from rounding; sums of shares are about 100. */
static const double least_gain = 1e-9;

/* The root above 1 of x^(n + 1) = x + 1: the golden ratio for n = 1. */
static double ratio_of(size_t n)
{
  enum { ENOUGH = 60 };
  double x = 2;
  for (int i = 0; i < ENOUGH; i++)
    x = pow(1 + x, 1 / ((double)n + 1));
  return x;
}

/* Ascending numbers between 0 and 1, of a sequence whose points lie evenly in any number of
 * dimensions: multiples of the powers of 1 / ratio, modulo 1 (M. Roberts, "The unreasonable
 * effectiveness of quasirandom sequences", 2018). */
static void fill_cuts(double ratio, size_t number, size_t n, double *cuts)
{
  double power = 1;
  for (size_t i = 0; i < n; i++) {
    power /= ratio;
    double cut = 0.5 + (double)number * power;
    size_t at = i;
    cut -= floor(cut);
    for (; at > 0 && cuts[at - 1] > cut; at--)
      cuts[at] = cuts[at - 1];
    cuts[at] = cut;
  }
}

/* The parts into which n - 1 random numbers cut an interval are a random point of the simplex, and
 * even ones make an even set of directions. */
static bf_status fill_stretches(bf_tpe_subset *subset)
{
  bf_status status = BF_OK;
  size_t n = subset->n_objectives;
  double ratio = ratio_of(n - 1);
  double *cuts = bf_alloc(n, sizeof *cuts);
  BF_CHECK_MEMORY(cuts);
  for (size_t w = 0; w < BF_TPE_DIRECTIONS; w++) {
    fill_cuts(ratio, w, n - 1, cuts);
    cuts[n - 1] = 1;
    for (size_t m = 0; m < n; m++) {
      double part = cuts[m] - (m > 0 ? cuts[m - 1] : 0);
      subset->stretches[m * BF_TPE_DIRECTIONS + w] = 1 / fmax(part, DBL_EPSILON);
    }
  }
done:
  free(cuts);
  return status;
}

bf_status bf_tpe_subset_init(bf_tpe_subset *subset, size_t n_objectives, size_t capacity)
{
  bf_status status = BF_OK;
  *subset = (bf_tpe_subset){.n_objectives = n_objectives, .capacity = capacity};
  subset->stretches = bf_alloc(BF_TPE_DIRECTIONS * n_objectives, sizeof *subset->stretches);
  BF_CHECK_MEMORY(subset->stretches);
  subset->shares = bf_alloc(BF_TPE_DIRECTIONS * capacity, sizeof *subset->shares);
  BF_CHECK_MEMORY(subset->shares);
  subset->sums = bf_alloc(capacity, sizeof *subset->sums);
  BF_CHECK_MEMORY(subset->sums);
  subset->gains = bf_alloc(capacity, sizeof *subset->gains);
  BF_CHECK_MEMORY(subset->gains);
  subset->is_taken = bf_alloc(capacity, sizeof *subset->is_taken);
  BF_CHECK_MEMORY(subset->is_taken);
  BF_TRY(fill_stretches(subset));
done:
  return status;
}

void bf_tpe_subset_release(bf_tpe_subset *subset)
{
  free(subset->stretches);
  free(subset->shares);
  free(subset->sums);
  free(subset->gains);
  free(subset->is_taken);
  *subset = (bf_tpe_subset){0};
}

/* Distances along one objective from the reference to the points, in lengths[]. */
static void measure_lengths(const bf_tpe_subset *s, const double *points, size_t n,
                            const uint32_t *rows, size_t m, double *lengths)
{
  double lowest = HUGE_VAL;
  double highest = -HUGE_VAL;
  for (size_t i = 0; i < n; i++) {
    /* Halved, so that no finite extent is infinite. */
    lengths[i] = points[rows[i] * s->n_objectives + m] / 2;
    lowest = lengths[i] < lowest ? lengths[i] : lowest;
    highest = lengths[i] > highest ? lengths[i] : highest;
  }
  double extent = highest > lowest ? highest - lowest : 1;
  for (size_t i = 0; i < n; i++)
    lengths[i] = (highest - lengths[i]) / extent + margin;
}

/* Shortens the ways along every direction to where the boxes end in one more objective. */
static void shorten(const bf_tpe_subset *s, size_t m, size_t n, const double *lengths)
{
  for (size_t w = 0; w < BF_TPE_DIRECTIONS; w++) {
    double *ways = s->shares + w * s->capacity;
    double stretch = s->stretches[m * BF_TPE_DIRECTIONS + w];
    for (size_t i = 0; i < n; i++) {
      double way = lengths[i] * stretch;
      ways[i] = m == 0 || way < ways[i] ? way : ways[i];
    }
  }
}

/* Makes shares of ways. */
static void raise(const bf_tpe_subset *s, size_t n)
{
  for (size_t w = 0; w < BF_TPE_DIRECTIONS; w++) {
    double *shares = s->shares + w * s->capacity;
    for (size_t i = 0; i < n; i++) {
      double way = shares[i];
      for (size_t m = 1; m < s->n_objectives; m++)
        shares[i] *= way;
    }
  }
}

static void measure(bf_tpe_subset *s, const double *points, size_t n, const uint32_t *rows)
{
  for (size_t m = 0; m < s->n_objectives; m++) {
    measure_lengths(s, points, n, rows, m, s->gains);
    shorten(s, m, n, s->gains);
  }
  raise(s, n);
  memset(s->sums, 0, n * sizeof *s->sums);
  for (size_t w = 0; w < BF_TPE_DIRECTIONS; w++)
    for (size_t i = 0; i < n; i++)
      s->sums[i] += s->shares[w * s->capacity + i];
}

static void begin_round(bf_tpe_subset *s, size_t n)
{
  memset(s->covered, 0, sizeof s->covered);
  memcpy(s->gains, s->sums, n * sizeof *s->gains);
}

/* The first of those that gain most. */
static size_t best_point(const bf_tpe_subset *s, size_t n)
{
  size_t best = n;
  for (size_t i = 0; i < n; i++)
    if (!s->is_taken[i] && (best == n || s->gains[i] > s->gains[best]))
      best = i;
  return best;
}

/* Takes from the gains what others had from a direction that is covered further now. */
static void cover(const double *shares, size_t n, double before, double now, double *gains)
{
  for (size_t i = 0; i < n; i++) {
    double least = shares[i] < before ? shares[i] : before;
    double most = shares[i] < now ? shares[i] : now;
    gains[i] -= most - least;
  }
}

static void take(bf_tpe_subset *s, size_t n, size_t taken)
{
  s->is_taken[taken] = true;
  for (size_t w = 0; w < BF_TPE_DIRECTIONS; w++) {
    const double *shares = s->shares + w * s->capacity;
    double now = shares[taken];
    if (now <= s->covered[w])
      continue;
    cover(shares, n, s->covered[w], now, s->gains);
    s->covered[w] = now;
  }
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
  memset(subset->is_taken, 0, n * sizeof *subset->is_taken);
  measure(subset, points, n, rows);
  begin_round(subset, n);
  for (size_t k = 0; k < n_wanted; k++) {
    size_t best = best_point(subset, n);
    if (subset->gains[best] <= least_gain) {
      begin_round(subset, n);
      best = best_point(subset, n);
    }
    take(subset, n, best);
  }
  part(subset, n, rows);
}
