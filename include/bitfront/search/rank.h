/* Non-dominated sorting: which points are on the first front, the second, ...
 * Room: search. */
#ifndef BF_SEARCH_RANK_H
#define BF_SEARCH_RANK_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/**
 * @brief Front numbers of points: 0 for those that no other dominates, 1 for those that only such
 *        dominate, and so on. Points that violate constraints come behind all that do not, ordered
 *        by violation alone (equal violations share a front).
 * @param points     (n, n_objectives) minimised, no NaN.
 * @param violations (n) >= 0; NULL: all constraints are met.
 * @param n_wanted   ranking stops after the front with which so many points have a number; the
 *                   others get UINT32_MAX.
 * @param[out] ranks (n)
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_rank(size_t n_objectives, size_t n, const double *points, const double *violations,
                  size_t n_wanted, uint32_t *ranks);

#endif
