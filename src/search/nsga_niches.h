/* Reference directions and niches of nsgaiii.
 * Room: search, private. */
#ifndef BF_SEARCH_NSGA_NICHES_H
#define BF_SEARCH_NSGA_NICHES_H

#include "search/nsga_population.h"

/** Directions and room for the measure. */
typedef struct bf_nsga_niches {
  size_t n_objectives;
  size_t n;           /**< directions */
  double *directions; /**< (n, n_objectives) of length 1 */
  uint32_t *counts;   /**< (n) members of the population near each */
  uint32_t *nearest;  /**< (most + 1) direction of each member */
  double *parts;      /**< (most + 1, n_objectives) the members' objectives, scaled */
  size_t *extremes;   /**< (n_objectives) member nearest to each axis */
  double *intercepts; /**< (n_objectives) */
  double *planes;     /**< (n_objectives, n_objectives + 1) equations */
} bf_nsga_niches;

enum { BF_NSGA_MOST_DIRECTIONS = 10000 };

/** Number of points with so many @p divisions of an axis: the binomial coefficient of
 * (n_objectives + divisions - 1) over divisions; at most BF_NSGA_MOST_DIRECTIONS + 1. */
size_t bf_nsga_n_directions(size_t n_objectives, size_t divisions);

/** The divisions for which that number is nearest to @p n_wanted; >= 1. */
size_t bf_nsga_divisions(size_t n_objectives, size_t n_wanted);

/** @brief Makes the directions. @return BF_OK; BF_ERR_NOMEM (to be freed). */
bf_status bf_nsga_niches_create(size_t n_objectives, size_t divisions, size_t most,
                                bf_nsga_niches **out);
void bf_nsga_niches_free(bf_nsga_niches *niches);

/** The measure of nsgaiii: members near a direction that few share are better, and of those that
 * share one, the nearer. Best are the extremes, on which the scale rests. */
void bf_nsga_niching(bf_nsga_population *population);

#endif
