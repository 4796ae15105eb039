/* Hypervolume: how much of the objective space a set of points dominates.
 * Room: search. */
#ifndef BF_SEARCH_HYPERVOLUME_H
#define BF_SEARCH_HYPERVOLUME_H

#include <stddef.h>

#include "base/status.h"

/**
 * @brief Volume of the part of the box below @p reference that some point dominates (minimised).
 *
 * Exact for up to four objectives; beyond them see docs/samplers.md.
 * @param points    (n, n_objectives), no NaN; points not strictly below the reference in every
 *                  objective count nothing, dominated and equal ones are welcome.
 * @param reference (n_objectives)
 * @param[out] volume >= 0; 0 for no points.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_hypervolume(size_t n_objectives, size_t n, const double *points,
                         const double *reference, double *volume);

#endif
