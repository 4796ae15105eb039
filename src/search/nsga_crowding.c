/* The crowding distance of nsgaii.
 * Room: search. */
#include <math.h>
#include <stdbool.h>

#include "search/nsga_population.h"
#include "search/sort.h"

/*
 * Deb, Pratap, Agarwal and Meyarivan (IEEE TEVC 6(2), 2002), section III-B: on the front of a
 * member, the gap between its two neighbours in an objective, as a part of the range there, summed
 * over the objectives; infinite at the ends. The gap between neighbours counts for both, so one
 * walk along an objective serves all fronts.
 */

static const uint32_t nobody = UINT32_MAX;

static double value_of(const bf_nsga_population *p, uint32_t member, size_t objective)
{
  return p->points[member * p->n_objectives + objective];
}

static bf_nsga_lane *lane_of(const bf_nsga_population *p, uint32_t member)
{
  return &p->lanes[p->fronts[member]];
}

static bool is_level(const bf_nsga_lane *lane)
{
  return !(lane->highest > lane->lowest);
}

/* p->order ascends, so what is written last stands. */
static void find_ends(bf_nsga_population *p, size_t objective)
{
  for (size_t k = 0; k < p->n; k++)
    lane_of(p, p->order[k])->highest = value_of(p, p->order[k], objective);
  for (size_t k = p->n; k-- > 0;) {
    lane_of(p, p->order[k])->lowest = value_of(p, p->order[k], objective);
    lane_of(p, p->order[k])->previous = nobody;
  }
}

static void add_gaps(bf_nsga_population *p, size_t objective)
{
  for (size_t k = 0; k < p->n; k++) {
    uint32_t member = p->order[k];
    bf_nsga_lane *lane = lane_of(p, member);
    if (is_level(lane))
      continue;
    double gap = HUGE_VAL;
    if (lane->previous != nobody) {
      gap = value_of(p, member, objective) - value_of(p, lane->previous, objective);
      gap /= lane->highest - lane->lowest;
      p->merits[lane->previous] += gap;
    }
    p->merits[member] += gap;
    lane->previous = member;
  }
  for (size_t k = 0; k < p->n; k++)
    if (!is_level(lane_of(p, p->order[k])))
      p->merits[lane_of(p, p->order[k])->previous] = HUGE_VAL;
}

void bf_nsga_crowding(bf_nsga_population *population)
{
  bf_nsga_population *p = population;
  for (size_t i = 0; i < p->n; i++) {
    p->merits[i] = 0;
    p->order[i] = (uint32_t)i;
  }
  for (size_t j = 0; j < p->n_objectives; j++) {
    bf_sort_rows rows = {.first = p->points + j, .stride = p->n_objectives, .n_columns = 1};
    bf_sort(&rows, p->n, p->order, p->order + p->most + 1);
    find_ends(p, j);
    add_gaps(p, j);
  }
}
