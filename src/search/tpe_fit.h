/* What sampler tpe has learned: the densities of good trials and of the others.
 * Room: search, private. */
#ifndef BF_SEARCH_TPE_FIT_H
#define BF_SEARCH_TPE_FIT_H

#include "search/history.h"
#include "search/sampler.h"
#include "search/tpe_density.h"
#include "search/tpe_split.h"

/*
 * Good trials weigh the same. The others weigh the more the younger they are: of n, the 25 youngest
 * 1, the older ones evenly from 1 / n to 1; running trials are the youngest
 * (options->constant_liar; none of them needs a value for that). Only the latest BF_TPE_OTHERS are
 * looked at.
 *
 * Kernels, with D parameters that have a choice, C choices, and K kernels in the mixture:
 * - ours (BF_TPE_OWN): stay = max(1 / C, 1 - 1 / D); BF_TPE_HARMONIC if ordered, else BF_TPE_SPIKE.
 *   They do not depend on the trials, so both densities have the same and their ratio compares
 *   nothing but the neighbourhoods of a candidate.
 * - Optuna's: BF_TPE_SPIKE with stay = (K + 1) / (K + C), or, if ordered, BF_TPE_NORMAL with
 *   sigma = 0.2 C (K - 1)^(-1 / (D + 4)), at least C / min(100, 1 + K) and at most C; D = 1 if
 *   parameters are independent.
 */

enum { BF_TPE_OTHERS = 1024 };

typedef struct bf_tpe_fit {
  const bf_space *space;             /**< borrowed */
  const bf_history *history;         /**< borrowed */
  const bf_sampler_options *options; /**< borrowed */
  bf_tpe_split split;
  bf_tpe_density good;
  bf_tpe_density bad;
  size_t n_others;
  uint32_t *others; /**< (n_others) trials that are not good, the oldest first */
} bf_tpe_fit;

/** @brief Nothing is learned yet; the three are borrowed. @return BF_OK; BF_ERR_NOMEM (to be
 * released). */
bf_status bf_tpe_fit_init(bf_tpe_fit *fit, const bf_space *space, const bf_history *history,
                          const bf_sampler_options *options);
void bf_tpe_fit_release(bf_tpe_fit *fit);

/** @brief Takes up a trial that was told. @return BF_OK; BF_ERR_NOMEM (to be released). */
bf_status bf_tpe_fit_add(bf_tpe_fit *fit, uint32_t number);

/**
 * @brief Brings the densities up to date; at least one trial is complete.
 * @return BF_OK; BF_ERR_NOMEM, after which the same can be tried again.
 */
bf_status bf_tpe_fit_update(bf_tpe_fit *fit);

#endif
