/* Candidates of sampler tpe, and the one among them that looks best.
 * Room: search, private. */
#ifndef BF_SEARCH_TPE_CHOICE_H
#define BF_SEARCH_TPE_CHOICE_H

#include "search/tpe_fit.h"

/*
 * A candidate is rated by the ratio of its density among good trials to that among the others; of
 * those that were not asked before the best one is chosen, the first one of equals. In its place
 * comes a configuration that was asked before only if all candidates were.
 */
typedef struct bf_tpe_choice {
  bf_tpe_fit *fit;   /**< borrowed */
  size_t n_drawn;    /**< candidates of an ask: options->n_ei_candidates, twice that for ours */
  uint32_t *drafts;  /**< (n_drawn + 1, n_parameters) candidates; the last one is being made */
  double *ratings;   /**< (n_drawn, n_parameters) of single choices */
  uint32_t *choices; /**< (n_parameters, BF_TPE_LANES) for bf_tpe_density_rate */
} bf_tpe_choice;

/** @return BF_OK; BF_ERR_NOMEM (to be released). */
bf_status bf_tpe_choice_init(bf_tpe_choice *choice, bf_tpe_fit *fit);
void bf_tpe_choice_release(bf_tpe_choice *choice);

/**
 * @brief The best of some draws from the density of the good trials, by the joint densities.
 *
 * A draw is around one good trial; of our own model the later half are crosses: every parameter is
 * drawn around another one.
 * @param[out] indexes (n_parameters) canonical.
 */
void bf_tpe_choose_jointly(bf_tpe_choice *choice, bf_random *random, uint32_t *indexes);

/**
 * @brief Optuna's way with independent parameters: some draws of each, and each takes its own best;
 *        if that configuration was asked before, the best that differs from it in one parameter.
 * @param[out] indexes (n_parameters) canonical.
 */
void bf_tpe_choose_apart(bf_tpe_choice *choice, bf_random *random, uint32_t *indexes);

#endif
