/* Good trials and the others: what sampler tpe learns from.
 * Room: search, private. */
#ifndef BF_SEARCH_TPE_SPLIT_H
#define BF_SEARCH_TPE_SPLIT_H

#include "search/tpe_subset.h"

/*
 * The good trials are a tenth of the complete ones, but not more than BF_TPE_GOOD: the first fronts
 * of non-dominated sorting (bf_rank: those that violate constraints come last), as many as fit
 * whole, and of the next one the subset that covers most hypervolume (tpe_subset.h). With one
 * objective that is the order of values.
 *
 * Only the contenders are ranked. When there is no room for another, they are reduced to the best
 * half, and who leaves does not come back. So a split costs the same however long the study is; it
 * is exact for the first BF_TPE_CONTENDERS trials.
 */

enum { BF_TPE_GOOD = 64, BF_TPE_CONTENDERS = 256 };

typedef struct bf_tpe_split {
  size_t n_objectives;
  size_t n;           /**< contenders */
  uint32_t *numbers;  /**< (n) trials in the order of telling */
  double *points;     /**< (n, n_objectives) minimised */
  double *violations; /**< (n) */
  uint32_t *ranks;    /**< (n) as of bf_rank */
  uint32_t *rows;     /**< (n) contenders, the chosen ones first */
  size_t n_good;
  uint32_t *good; /**< (n_good) trials, ascending */
  bf_tpe_subset subset;
} bf_tpe_split;

/** @brief No contenders yet. @return BF_OK; BF_ERR_NOMEM (to be released). */
bf_status bf_tpe_split_init(bf_tpe_split *split, size_t n_objectives);
void bf_tpe_split_release(bf_tpe_split *split);

/** @brief Takes up a complete trial. @return BF_OK; BF_ERR_NOMEM (to be released). */
bf_status bf_tpe_split_add(bf_tpe_split *split, uint32_t number, const double *objectives,
                           double violation);

/**
 * @brief Brings split->good up to date.
 * @param n_complete trials taken up so far, at least 1.
 * @return BF_OK; BF_ERR_NOMEM, after which the same can be tried again.
 */
bf_status bf_tpe_split_update(bf_tpe_split *split, size_t n_complete);

bool bf_tpe_split_is_good(const bf_tpe_split *split, uint32_t number);

#endif
