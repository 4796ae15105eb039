/* Candidates of sampler tpe, and the one among them that looks best.
 * Room: search, private. */
#ifndef BF_SEARCH_TPE_CHOICE_H
#define BF_SEARCH_TPE_CHOICE_H

#include "search/history.h"
#include "search/sampler.h"
#include "search/tpe_density.h"

/*
 * A candidate is rated by the ratio of its density among good trials to that among the others, and
 * of those that were not asked before the best one is chosen, the first one of equals.
 *
 * Candidates are drawn from the density of the good trials, as a whole (around one of them) or
 * parameter by parameter (each around another one).
 */

/** What a choice is made with. Borrowed, but for the arrays. */
typedef struct bf_tpe_choice {
  const bf_space *space;
  const bf_history *history;
  bf_tpe_density *good;
  bf_tpe_density *bad;
  size_t n_draws;
  uint32_t *drafts;  /**< (2 n_draws + 1, n_parameters) candidates */
  double *ratings;   /**< (2 n_draws, n_parameters) of candidates or of their choices */
  uint32_t *choices; /**< (n_parameters, BF_TPE_LANES) for bf_tpe_density_rate */
} bf_tpe_choice;

/** @brief Makes the arrays; the rest is set. @return BF_OK; BF_ERR_NOMEM (to be released). */
bf_status bf_tpe_choice_init(bf_tpe_choice *choice);
void bf_tpe_choice_release(bf_tpe_choice *choice);

/**
 * @brief The best of n_draws candidates drawn as a whole and, if @p crosses, as many drawn
 *        parameter by parameter; rated by the joint densities.
 * @param[out] indexes (n_parameters) canonical; seen before only if all candidates were.
 */
void bf_tpe_choose_jointly(bf_tpe_choice *choice, bool crosses, bf_random *random,
                           uint32_t *indexes);

/**
 * @brief Optuna's way with independent parameters: n_draws choices of each, and each takes its own
 *        best; if that configuration was seen, the best that differs from it in one parameter.
 * @param[out] indexes (n_parameters) canonical; seen before only if all of those were.
 */
void bf_tpe_choose_apart(bf_tpe_choice *choice, bf_random *random, uint32_t *indexes);

#endif
