/* The parents of nsgaii and nsgaiii: the best trials, kept as results come in.
 * Room: search, private. */
#ifndef BF_SEARCH_NSGA_POPULATION_H
#define BF_SEARCH_NSGA_POPULATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "base/status.h"

typedef struct bf_nsga_population bf_nsga_population;

/**
 * What makes one member better than another of its front: writes population->merits, the larger
 * the better. population->fronts are known.
 */
typedef void (*bf_nsga_measure)(bf_nsga_population *population);

/** What crowding knows about a front while it walks along an objective. */
typedef struct bf_nsga_lane {
  double lowest;
  double highest;
  uint32_t previous; /**< member */
} bf_nsga_lane;

/** Up to `most` members, and room for one more while it is decided who goes. */
struct bf_nsga_population {
  size_t n_objectives;
  size_t most;
  bf_nsga_measure measure;
  size_t n;
  uint32_t *numbers;   /**< (n) trials */
  double *points;      /**< (n, n_objectives) minimised */
  double *violations;  /**< (n) */
  uint32_t *fronts;    /**< (n) as of bf_rank; every number from 0 to the largest occurs */
  double *merits;      /**< (n) */
  double *lowest;      /**< (n_objectives) of the members that violate constraints least */
  double *highest;     /**< (n_objectives) of the same */
  uint32_t *order;     /**< (2, most + 1) for sorting */
  bf_nsga_lane *lanes; /**< (most + 1) by front, for crowding */
  struct bf_nsga_niches *niches; /**< borrowed; of nsgaiii, NULL for nsgaii */
};

/** @brief An empty population in @p population, which is all zero before. @return BF_OK;
 * BF_ERR_NOMEM (to be released). */
bf_status bf_nsga_population_init(bf_nsga_population *population, size_t n_objectives, size_t most,
                                  bf_nsga_measure measure);
void bf_nsga_population_release(bf_nsga_population *population);

/**
 * @brief Lets a complete trial in; if that makes one member too many, the worst leaves: one of the
 *        last front, of least merit. Most trials are turned away in O(most x n_objectives).
 * @return BF_OK; BF_ERR_NOMEM (to be released).
 */
bf_status bf_nsga_population_add(bf_nsga_population *population, uint32_t number,
                                 const double *point, double violation);

/** The best of @p n_rounds random members, of the front first, then of merit. */
size_t bf_nsga_population_pick(const bf_nsga_population *population, size_t n_rounds,
                               bf_random *random);

/** The squared distance of two members, each objective scaled to the range of all. */
double bf_nsga_population_distance(const bf_nsga_population *population, size_t a, size_t b);

/** The measure of nsgaii: how far apart the neighbours of a member on its front are. */
void bf_nsga_crowding(bf_nsga_population *population);

#endif
