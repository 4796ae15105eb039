/* Hypervolume: how much of the objective space a set of points dominates.
 * Room: search. */
#include "search/hypervolume.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "search/sort.h"

/*
 * Points become depths below the reference, so that a point dominates the box from 0 to itself and
 * larger is better. Taken by falling last depth, a point adds
 *
 *   its last depth x (what it adds to its predecessors in the other objectives),
 *
 * because every predecessor reaches at least as deep. In two of three objectives the second factor
 * comes from a staircase that is kept from point to point; in more it is the box of the point less
 * the volume of its predecessors cut to that box, a problem with an objective less (While,
 * Bradstreet and Barone, "A fast way of calculating exact hypervolumes", IEEE TEC 2012).
 */

enum {
  /* What an exact answer may cost beyond four objectives: sides of boxes that are cut, and for each
   * box that is swept as much as for SWEPT sides; a few nanoseconds each. */
  MOST_SIDES = 100 * 1000 * 1000,
  SWEPT = 16,
  N_DIRECTIONS = 1 << 16 /* of the estimate */
};

typedef struct stair {
  double x;
  double y;
} stair;

/* Memory of the problem with m objectives: its points and their order. */
typedef struct level {
  double *rows;    /* (n, m) */
  uint32_t *order; /* (n) row numbers by falling last depth; behind them n for sorting */
} level;

typedef struct work {
  level *levels;  /* (n_objectives + 1) */
  stair *stairs;  /* (n) */
  bool is_capped; /* by MOST_SIDES */
  uint64_t n_sides;
} work;

static bool is_exhausted(const work *w)
{
  return w->is_capped && w->n_sides > MOST_SIDES;
}

static const uint32_t *sort(const work *w, size_t m, size_t n, const double *rows)
{
  uint32_t *order = w->levels[m].order;
  bf_sort_rows by_last = {.first = rows + m - 1, .stride = m, .n_columns = 1};
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)i;
  bf_sort(&by_last, n, order, order + n);
  for (size_t i = 0; i < n / 2; i++) {
    uint32_t shallow = order[i];
    order[i] = order[n - 1 - i];
    order[n - 1 - i] = shallow;
  }
  return order;
}

static double area(const work *w, size_t n, const double *rows)
{
  const uint32_t *order = sort(w, 2, n, rows);
  double reached = 0;
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    const double *row = rows + 2 * order[i];
    if (row[0] > reached) {
      sum += (row[0] - reached) * row[1];
      reached = row[0];
    }
  }
  return sum;
}

/* How many stairs reach further than @p x; x falls along them and y rises. */
static size_t count_beyond(const stair *stairs, size_t n, double x)
{
  size_t lo = 0;
  size_t hi = n;
  while (lo < hi) {
    size_t middle = lo + (hi - lo) / 2;
    if (stairs[middle].x > x)
      lo = middle + 1;
    else
      hi = middle;
  }
  return lo;
}

/* Adds a stair and removes those it covers. @return The area it adds. */
static double climb(stair *stairs, size_t *n, double x, double y)
{
  size_t first = count_beyond(stairs, *n, x);
  double below = first > 0 ? stairs[first - 1].y : 0;
  double added = 0;
  size_t end = first;
  for (; end < *n && stairs[end].y <= y; end++) {
    added += (stairs[end].y - below) * (x - stairs[end].x);
    below = stairs[end].y;
  }
  added += (y - below) * (x - (end < *n ? stairs[end].x : 0));
  /* A stair that reaches as far or further may be as high or higher. */
  if (!(added > 0))
    return 0;
  memmove(stairs + first + 1, stairs + end, (*n - end) * sizeof *stairs);
  stairs[first] = (stair){.x = x, .y = y};
  *n = *n - (end - first) + 1;
  return added;
}

static double volume_of_three(const work *w, size_t n, const double *rows)
{
  const uint32_t *order = sort(w, 3, n, rows);
  size_t n_stairs = 0;
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    const double *row = rows + 3 * order[i];
    sum += climb(w->stairs, &n_stairs, row[0], row[1]) * row[2];
  }
  return sum;
}

/* Cuts a box to another, both of @p m objectives. @return Whether all of the other is left. */
static bool cut(size_t m, const double *box, const double *to, double *rest)
{
  bool covers = true;
  for (size_t j = 0; j < m; j++) {
    covers = covers && box[j] >= to[j];
    rest[j] = box[j] < to[j] ? box[j] : to[j];
  }
  return covers;
}

static double box_volume(size_t m, const double *box)
{
  double product = 1;
  for (size_t j = 0; j < m; j++)
    product *= box[j];
  return product;
}

/* Of n >= 1 depths (n, m). Meaningless once the work is exhausted. */
static double volume_of(work *w, size_t m, size_t n, const double *rows);

/* What @p row adds to the first @p n of @p order, in all objectives but the last; negative if they
 * cover it. */
static double added_volume(work *w, size_t m, size_t n, const double *rows, const double *row)
{
  const uint32_t *order = w->levels[m].order;
  double *rest = w->levels[m - 1].rows;
  for (size_t i = 0; i < n; i++)
    if (cut(m - 1, rows + order[i] * m, row, rest + i * (m - 1)))
      return -1;
  w->n_sides += n * (m - 1);
  double box = box_volume(m - 1, row);
  return n > 0 ? fmax(box - volume_of(w, m - 1, n, rest), 0) : box;
}

static double volume_of_many(work *w, size_t m, size_t n, const double *rows)
{
  (void)sort(w, m, n, rows);
  uint32_t *order = w->levels[m].order;
  size_t n_kept = 0;
  double sum = 0;
  for (size_t i = 0; i < n && !is_exhausted(w); i++) {
    const double *row = rows + order[i] * m;
    double added = added_volume(w, m, n_kept, rows, row);
    /* What is covered now would be covered in every later box, too. */
    if (added < 0)
      continue;
    sum += added * row[m - 1];
    order[n_kept++] = order[i];
  }
  return sum;
}

static double volume_of(work *w, size_t m, size_t n, const double *rows)
{
  if (m == 1) {
    double best = 0;
    for (size_t i = 0; i < n; i++)
      best = fmax(best, rows[i]);
    return best;
  }
  if (m == 2)
    return area(w, n, rows);
  if (m > 3)
    return volume_of_many(w, m, n, rows);
  w->n_sides += n * SWEPT;
  return volume_of_three(w, n, rows);
}

/* Direction @p k of the estimate: 1 / (x / the largest of x) for the k-th point x of a Kronecker
 * sequence with the square roots of primes (Niederreiter, "Quasi-Monte Carlo methods and
 * pseudo-random numbers", Bull. AMS 1978). */
static void fill_direction(size_t m, size_t k, const double *roots, double *inverse)
{
  double largest = 0;
  for (size_t j = 0; j < m; j++) {
    double multiple = (double)k * roots[j];
    inverse[j] = multiple - floor(multiple);
    largest = fmax(largest, inverse[j]);
  }
  for (size_t j = 0; j < m; j++)
    inverse[j] = largest / inverse[j];
}

static void fill_roots(size_t m, double *roots)
{
  unsigned prime = 2;
  for (size_t j = 0; j < m; prime++) {
    bool is_prime = true;
    for (unsigned divisor = 2; divisor * divisor <= prime; divisor++)
      is_prime = is_prime && prime % divisor != 0;
    if (is_prime)
      roots[j++] = sqrt(prime);
  }
}

/* How far the points reach in a direction. */
static double reach(size_t m, size_t n, const double *rows, const double *inverse)
{
  double furthest = 0;
  for (size_t i = 0; i < n; i++) {
    double distance = HUGE_VAL;
    for (size_t j = 0; j < m && distance > furthest; j++) {
      double here = rows[i * m + j] * inverse[j];
      distance = here < distance ? here : distance;
    }
    furthest = distance > furthest ? distance : furthest;
  }
  return furthest;
}

/*
 * A uniform point of the smallest box around all is t times a direction, where t^m is uniform and
 * independent of the direction. It is dominated if t is within reach there, with probability
 * reach^m, and the mean of these over directions is the dominated share.
 */
static bf_status estimate(size_t m, size_t n, double *rows, double *volume)
{
  double *memory = bf_alloc(3 * m, sizeof *memory);
  if (memory == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu objectives", m);
  double *roots = memory;
  double *inverse = memory + m;
  double *most = memory + 2 * m;
  fill_roots(m, roots);
  for (size_t i = 0; i < n * m; i++)
    most[i % m] = fmax(most[i % m], rows[i]);
  for (size_t i = 0; i < n * m; i++)
    rows[i] /= most[i % m];
  double sum = 0;
  for (size_t k = 1; k <= N_DIRECTIONS; k++) {
    fill_direction(m, k, roots, inverse);
    sum += pow(reach(m, n, rows, inverse), (double)m);
  }
  *volume = box_volume(m, most) * sum / N_DIRECTIONS;
  free(memory);
  return BF_OK;
}

/* @return How many of the points are below the reference; their depths are in @p rows. */
static size_t fill_depths(size_t m, size_t n, const double *points, const double *reference,
                          double *rows)
{
  size_t n_inside = 0;
  for (size_t i = 0; i < n; i++) {
    bool is_inside = true;
    for (size_t j = 0; j < m; j++) {
      double depth = reference[j] - points[i * m + j];
      is_inside = is_inside && depth > 0;
      rows[n_inside * m + j] = depth;
    }
    n_inside += is_inside;
  }
  return n_inside;
}

static void release(size_t m, work *w)
{
  for (size_t j = 0; w->levels != NULL && j <= m; j++) {
    free(w->levels[j].rows);
    free(w->levels[j].order);
  }
  free(w->levels);
  free(w->stairs);
}

static bf_status reserve(size_t m, size_t n, work *w)
{
  bf_status status = BF_OK;
  w->levels = bf_alloc(m + 1, sizeof *w->levels);
  BF_CHECK_MEMORY(w->levels);
  w->stairs = bf_alloc(n, sizeof *w->stairs);
  BF_CHECK_MEMORY(w->stairs);
  /* More than three objectives lead to problems with fewer, down to three. */
  for (size_t j = m < 3 ? m : 3; j <= m; j++) {
    w->levels[j].rows = bf_alloc(n, j * sizeof(double));
    BF_CHECK_MEMORY(w->levels[j].rows);
    w->levels[j].order = bf_alloc(n, 2 * sizeof(uint32_t));
    BF_CHECK_MEMORY(w->levels[j].order);
  }
done:
  return status;
}

bf_status bf_hypervolume(size_t n_objectives, size_t n, const double *points,
                         const double *reference, double *volume)
{
  bf_status status = BF_OK;
  size_t m = n_objectives;
  work w = {.is_capped = m > 4};
  BF_ASSERT(m >= 1);
  BF_TRY(reserve(m, n, &w));
  double *rows = w.levels[m].rows;
  size_t n_inside = fill_depths(m, n, points, reference, rows);
  double found = volume_of(&w, m, n_inside, rows);
  if (is_exhausted(&w))
    BF_TRY(estimate(m, n_inside, rows, &found));
  *volume = found;
done:
  release(m, &w);
  return status;
}
