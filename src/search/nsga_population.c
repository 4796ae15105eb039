/* The parents of nsgaii and nsgaiii: the best trials, kept as results come in.
 * Room: search. */
#include "search/nsga_population.h"

#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "search/rank.h"

bf_status bf_nsga_population_init(bf_nsga_population *population, size_t n_objectives, size_t most,
                                  bf_nsga_measure measure)
{
  bf_status status = BF_OK;
  bf_nsga_population *p = population;
  size_t room = most + 1;
  *p = (bf_nsga_population){.n_objectives = n_objectives, .most = most, .measure = measure};
  p->numbers = bf_alloc(room, sizeof *p->numbers);
  BF_CHECK_MEMORY(p->numbers);
  p->points = bf_alloc(room, n_objectives * sizeof *p->points);
  BF_CHECK_MEMORY(p->points);
  p->violations = bf_alloc(room, sizeof *p->violations);
  BF_CHECK_MEMORY(p->violations);
  p->fronts = bf_alloc(room, sizeof *p->fronts);
  BF_CHECK_MEMORY(p->fronts);
  p->merits = bf_alloc(room, sizeof *p->merits);
  BF_CHECK_MEMORY(p->merits);
  p->lowest = bf_alloc(n_objectives, sizeof *p->lowest);
  BF_CHECK_MEMORY(p->lowest);
  p->highest = bf_alloc(n_objectives, sizeof *p->highest);
  BF_CHECK_MEMORY(p->highest);
  p->order = bf_alloc(2 * room, sizeof *p->order);
  BF_CHECK_MEMORY(p->order);
  p->lanes = bf_alloc(room, sizeof *p->lanes);
  BF_CHECK_MEMORY(p->lanes);
done:
  return status;
}

void bf_nsga_population_release(bf_nsga_population *population)
{
  free(population->numbers);
  free(population->points);
  free(population->violations);
  free(population->fronts);
  free(population->merits);
  free(population->lowest);
  free(population->highest);
  free(population->order);
  free(population->lanes);
  *population = (bf_nsga_population){0};
}

static double *point_of(const bf_nsga_population *p, size_t member)
{
  return p->points + member * p->n_objectives;
}

static uint32_t last_front(const bf_nsga_population *p)
{
  uint32_t last = 0;
  for (size_t i = 0; i < p->n; i++)
    last = p->fronts[i] > last ? p->fronts[i] : last;
  return last;
}

/* Whether the member is better than a trial that would join, constraints before objectives. */
static bool dominates(const bf_nsga_population *p, size_t member, const double *point,
                      double violation)
{
  const double *own = point_of(p, member);
  bool differ = false;
  if (p->violations[member] > 0 || violation > 0)
    return p->violations[member] < violation;
  for (size_t i = 0; i < p->n_objectives; i++) {
    if (own[i] > point[i])
      return false;
    differ = differ || own[i] < point[i];
  }
  return differ;
}

/* Whether the trial would be a last front of its own in a full population: it would leave at once,
 * and no other member's front or merit would change. */
static bool is_hopeless(const bf_nsga_population *p, const double *point, double violation)
{
  uint32_t last = last_front(p);
  if (p->n < p->most)
    return false;
  for (size_t i = 0; i < p->n; i++)
    if (p->fronts[i] == last && dominates(p, i, point, violation))
      return true;
  return false;
}

/* Equally bad ones leave in the order of their trials, so that a plateau is walked over. */
static bool is_worse(const bf_nsga_population *p, size_t a, size_t b)
{
  if (p->fronts[a] != p->fronts[b])
    return p->fronts[a] > p->fronts[b];
  if (p->merits[a] != p->merits[b])
    return p->merits[a] < p->merits[b];
  return p->numbers[a] < p->numbers[b];
}

static void remove_worst(bf_nsga_population *p)
{
  size_t worst = 0;
  for (size_t i = 1; i < p->n; i++)
    if (is_worse(p, i, worst))
      worst = i;
  size_t last = --p->n;
  p->numbers[worst] = p->numbers[last];
  p->violations[worst] = p->violations[last];
  p->fronts[worst] = p->fronts[last];
  memmove(point_of(p, worst), point_of(p, last), p->n_objectives * sizeof(double));
}

/* Among trials that violate constraints, objectives may be better than any that can be had. */
static void find_range(bf_nsga_population *p)
{
  double least_violation = HUGE_VAL;
  for (size_t i = 0; i < p->n; i++)
    least_violation = fmin(least_violation, p->violations[i]);
  for (size_t j = 0; j < p->n_objectives; j++) {
    p->lowest[j] = HUGE_VAL;
    p->highest[j] = -HUGE_VAL;
    for (size_t i = 0; i < p->n; i++) {
      if (p->violations[i] > least_violation)
        continue;
      p->lowest[j] = fmin(p->lowest[j], point_of(p, i)[j]);
      p->highest[j] = fmax(p->highest[j], point_of(p, i)[j]);
    }
  }
}

static void measure(bf_nsga_population *p)
{
  find_range(p);
  p->measure(p);
}

bf_status bf_nsga_population_add(bf_nsga_population *population, uint32_t number,
                                 const double *point, double violation)
{
  bf_status status = BF_OK;
  bf_nsga_population *p = population;
  if (is_hopeless(p, point, violation))
    return BF_OK;
  p->numbers[p->n] = number;
  p->violations[p->n] = violation;
  memcpy(point_of(p, p->n), point, p->n_objectives * sizeof *point);
  p->n++;
  BF_TRY(bf_rank(p->n_objectives, p->n, p->points, p->violations, p->n, p->fronts));
  measure(p);
  if (p->n > p->most) {
    remove_worst(p);
    measure(p);
  }
done:
  return status;
}

size_t bf_nsga_population_pick(const bf_nsga_population *population, size_t n_rounds,
                               bf_random *random)
{
  const bf_nsga_population *p = population;
  size_t best = (size_t)bf_random_below(random, p->n);
  for (size_t i = 1; i < n_rounds; i++) {
    size_t other = (size_t)bf_random_below(random, p->n);
    bool better = p->fronts[other] < p->fronts[best] ||
                  (p->fronts[other] == p->fronts[best] && p->merits[other] > p->merits[best]);
    best = better ? other : best;
  }
  return best;
}

double bf_nsga_population_distance(const bf_nsga_population *population, size_t a, size_t b)
{
  const bf_nsga_population *p = population;
  double sum = 0;
  for (size_t j = 0; j < p->n_objectives; j++) {
    double range = p->highest[j] - p->lowest[j];
    double part = range > 0 ? (point_of(p, a)[j] - point_of(p, b)[j]) / range : 0;
    sum += part * part;
  }
  return sum;
}
