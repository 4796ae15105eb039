/* Hypervolume: how much of the objective space a set of points dominates.
 * Room: search. */
#ifndef BF_SEARCH_HYPERVOLUME_H
#define BF_SEARCH_HYPERVOLUME_H

#include <stddef.h>

#include "base/status.h"

/**
 * @brief Volume of the part of the box below @p reference that some point dominates (minimised).
 *
 * Exact (but for rounding) for up to four objectives: O(n log n) for two, about that for three,
 * O(n^2 log n) for four. Beyond them exact while that takes less than about half a second: a front
 * of 2000 points in six objectives, 700 in seven, 150 in ten. Then an estimate from 65,536
 * directions, the same for the same points, mostly within 1 % in seven objectives, 2 % in eight, 5
 * % in ten. How: docs/samplers.md.
 * @param points    (n, n_objectives), not NaN or -infinity; points not strictly below the reference
 *                  in every objective count nothing, dominated and equal ones are welcome.
 * @param reference (n_objectives), finite
 * @param[out] volume >= 0; 0 for no points.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_hypervolume(size_t n_objectives, size_t n, const double *points,
                         const double *reference, double *volume);

#endif
