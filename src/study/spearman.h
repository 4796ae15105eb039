/* Rank correlation.
 * Room: study (private). */
#ifndef BF_STUDY_SPEARMAN_H
#define BF_STUDY_SPEARMAN_H

#include <stddef.h>

#include "base/status.h"

/** @brief Ranks from 1 of @p n values, no NaN; equal ones share the mean of theirs. @return BF_OK;
 * BF_ERR_NOMEM. */
bf_status bf_ranks(size_t n, const double *values, double *ranks);

/** Pearson's correlation of two lists of @p n ranks; NaN where all of one are equal, or n < 2. */
double bf_rank_correlation(size_t n, const double *x, const double *y);

/**
 * @brief Spearman's rank correlation of @p n pairs: Pearson's of their ranks, equal values sharing
 * the mean of theirs (Spearman 1904).
 * @param x,y (n), NaN in either leaves the pair out.
 * @param[out] rho -1..1; NaN for fewer than two pairs or where all x or all y are equal.
 * @return BF_OK; BF_ERR_NOMEM. Oracle: scipy.stats.spearmanr.
 */
bf_status bf_spearman(size_t n, const double *x, const double *y, double *rho);

#endif
