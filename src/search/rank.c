/* Non-dominated sorting.
 * Room: search. */
#include "search/rank.h"

#include <stdbool.h>

#include "base/memory.h"
#include "search/sort.h"

/*
 * Points are taken in lexicographic order, so that nothing later dominates anything earlier, and a
 * binary search finds the first front without a member that dominates the point: efficient
 * non-dominated sort, ENS-BS (Zhang, Tian, Cheng and Jin, IEEE TEVC 19(2), 2015).
 *
 * Up to three objectives a front need not compare members one by one. The first objective is
 * settled by the order, and of the other two only the staircase of the non-dominated pairs matters:
 * sorted by the one, it falls in the other, so it is searched by bisection. All in all
 * O(n log^2 n). A missing second or third objective is 0; such a staircase has one step. With more
 * objectives a front is a chain, searched from its last member, which is the likeliest dominator.
 */

enum { MOST_STAIRS = 3 }; /* objectives */

typedef struct step {
  double y, z; /* second and third objective */
} step;

typedef struct tier {
  size_t n_points;
  uint32_t last; /* point; the chain goes on in previous[] */
  size_t n_steps;
  size_t capacity;
  step *steps; /* y ascends or stays, z descends */
} tier;

typedef struct ranking {
  size_t n_objectives;
  const double *points;
  size_t n_wanted;
  uint32_t *ranks;
  uint32_t *previous; /* (n) the member of a chain before this one */
  tier *tiers;        /* (capacity), n_made of them ever used */
  size_t capacity;
  size_t n_made;
  size_t n_tiers;  /* those that are still wanted */
  size_t n_ranked; /* points on these */
} ranking;

static const double *point_at(const ranking *r, uint32_t point)
{
  return r->points + point * r->n_objectives;
}

static step step_of(const ranking *r, uint32_t point)
{
  const double *x = point_at(r, point);
  return (step){.y = r->n_objectives > 1 ? x[1] : 0, .z = r->n_objectives > 2 ? x[2] : 0};
}

/* How many steps have a y of at most this one. */
static size_t n_steps_to(const tier *t, double y)
{
  size_t lo = 0;
  size_t hi = t->n_steps;
  while (lo < hi) {
    size_t middle = lo + (hi - lo) / 2;
    if (t->steps[middle].y <= y)
      lo = middle + 1;
    else
      hi = middle;
  }
  return lo;
}

/* Whether a member, different from the point and not after it, dominates it. */
static bool stairs_cover(const ranking *r, const tier *t, uint32_t point)
{
  step s = step_of(r, point);
  size_t n = n_steps_to(t, s.y);
  return n > 0 && t->steps[n - 1].z <= s.z;
}

static bool no_worse(const double *a, const double *b, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (a[i] > b[i])
      return false;
  return true;
}

static bool chain_covers(const ranking *r, const tier *t, uint32_t point)
{
  uint32_t member = t->last;
  for (size_t i = 0; i < t->n_points; i++, member = r->previous[member])
    if (no_worse(point_at(r, member), point_at(r, point), r->n_objectives))
      return true;
  return false;
}

static bool covers(const ranking *r, const tier *t, uint32_t point)
{
  return r->n_objectives <= MOST_STAIRS ? stairs_cover(r, t, point) : chain_covers(r, t, point);
}

/* The first tier without a dominator; n_tiers if there is none. */
static size_t find_tier(const ranking *r, uint32_t point)
{
  size_t lo = 0;
  size_t hi = r->n_tiers;
  while (lo < hi) {
    size_t middle = lo + (hi - lo) / 2;
    if (covers(r, &r->tiers[middle], point))
      lo = middle + 1;
    else
      hi = middle;
  }
  return lo;
}

/* Puts the pair in the place of those after it that are no better. */
static bf_status add_step(tier *t, step s)
{
  bf_status status = BF_OK;
  if (t->n_steps == t->capacity) {
    size_t capacity = 2 * t->capacity + 4;
    step *steps = bf_grow(t->steps, t->n_steps, capacity, sizeof *steps);
    BF_CHECK_MEMORY(steps);
    t->steps = steps;
    t->capacity = capacity;
  }
  size_t begin = n_steps_to(t, s.y);
  size_t end = begin;
  while (end < t->n_steps && t->steps[end].z >= s.z)
    end++;
  memmove(t->steps + begin + 1, t->steps + end, (t->n_steps - end) * sizeof *t->steps);
  t->steps[begin] = s;
  t->n_steps += begin + 1 - end;
done:
  return status;
}

static bf_status add_tier(ranking *r)
{
  bf_status status = BF_OK;
  if (r->n_made == r->capacity) {
    size_t capacity = 2 * r->capacity + 16;
    tier *tiers = bf_grow(r->tiers, r->n_made, capacity, sizeof *tiers);
    BF_CHECK_MEMORY(tiers);
    r->tiers = tiers;
    r->capacity = capacity;
  }
  r->n_made++;
  r->n_tiers++;
done:
  return status;
}

static void count_point(ranking *r, uint32_t point, size_t at)
{
  BF_ASSERT(r->tiers != NULL && at < r->n_tiers);
  tier *t = &r->tiers[at];
  r->previous[point] = t->last;
  r->ranks[point] = (uint32_t)at;
  t->last = point;
  t->n_points++;
  r->n_ranked++;
  /* Fronts only grow: as soon as those before the last one suffice, the last one is not wanted. */
  while (r->n_tiers > 0 && r->n_ranked - r->tiers[r->n_tiers - 1].n_points >= r->n_wanted)
    r->n_ranked -= r->tiers[--r->n_tiers].n_points;
}

/* Ranks a point that differs from all before it. */
static bf_status place(ranking *r, uint32_t point)
{
  bf_status status = BF_OK;
  size_t at = find_tier(r, point);
  if (at == r->n_tiers && r->n_ranked >= r->n_wanted)
    return BF_OK;
  if (at == r->n_tiers)
    BF_TRY(add_tier(r));
  if (r->n_objectives <= MOST_STAIRS)
    BF_TRY(add_step(&r->tiers[at], step_of(r, point)));
  count_point(r, point, at);
done:
  return status;
}

static bool same_point(const ranking *r, uint32_t a, uint32_t b)
{
  for (size_t i = 0; i < r->n_objectives; i++)
    if (point_at(r, a)[i] != point_at(r, b)[i])
      return false;
  return true;
}

/* Ranks the @p n points of @p order, which is lexicographic; the others stay as they are. */
static bf_status rank_feasible(ranking *r, size_t n, const uint32_t *order)
{
  bf_status status = BF_OK;
  for (size_t i = 0; i < n; i++) {
    bool repeats = i > 0 && same_point(r, order[i - 1], order[i]);
    if (!repeats)
      BF_TRY(place(r, order[i]));
    else if (r->ranks[order[i - 1]] < r->n_tiers)
      count_point(r, order[i], r->ranks[order[i - 1]]);
  }
  /* Points on fronts that were given up meanwhile. */
  for (size_t i = 0; i < n; i++)
    if (r->ranks[order[i]] >= r->n_tiers)
      r->ranks[order[i]] = UINT32_MAX;
done:
  return status;
}

/* Ranks the @p n points of @p order, which ascends in violation. */
static void rank_violating(ranking *r, const double *violations, size_t n, const uint32_t *order)
{
  uint32_t front = (uint32_t)r->n_tiers;
  for (size_t i = 0; i < n; i++) {
    bool begins = i == 0 || violations[order[i]] > violations[order[i - 1]];
    if (begins && r->n_ranked >= r->n_wanted)
      return;
    front += begins && i > 0;
    r->ranks[order[i]] = front;
    r->n_ranked++;
  }
}

/* Point numbers, those that meet the constraints in front. @return How many do. */
static size_t partition(size_t n, const double *violations, uint32_t *order)
{
  size_t n_feasible = 0;
  size_t n_violating = 0;
  for (size_t i = 0; i < n; i++) {
    bool feasible = violations == NULL || violations[i] <= 0;
    order[feasible ? n_feasible++ : n - ++n_violating] = (uint32_t)i;
  }
  return n_feasible;
}

static void release_tiers(ranking *r)
{
  for (size_t i = 0; i < r->n_made; i++)
    free(r->tiers[i].steps);
  free(r->tiers);
}

bf_status bf_rank(size_t n_objectives, size_t n, const double *points, const double *violations,
                  size_t n_wanted, uint32_t *ranks)
{
  bf_status status = BF_OK;
  ranking r = {.n_objectives = n_objectives, .points = points, .n_wanted = n_wanted};
  uint32_t *order = bf_alloc(4 * n, sizeof *order);
  BF_ASSERT(n_objectives >= 1 && n < UINT32_MAX);
  BF_CHECK_MEMORY(order);
  uint32_t *scratch = order + n;
  r.previous = order + 2 * n;
  r.ranks = order + 3 * n;
  for (size_t i = 0; i < n; i++)
    r.ranks[i] = UINT32_MAX;
  size_t n_feasible = partition(n, violations, order);
  bf_sort_rows rows = {.first = points, .stride = n_objectives, .n_columns = n_objectives};
  bf_sort(&rows, n_feasible, order, scratch);
  BF_TRY(rank_feasible(&r, n_feasible, order));
  rows = (bf_sort_rows){.first = violations, .stride = 1, .n_columns = 1};
  bf_sort(&rows, n - n_feasible, order + n_feasible, scratch);
  rank_violating(&r, violations, n - n_feasible, order + n_feasible);
  memcpy(ranks, r.ranks, n * sizeof *ranks);
done:
  release_tiers(&r);
  free(order);
  return status;
}
