/* What a study knows: the standing of its trials, a model an objective and one of the violation.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_LEARNER_H
#define BF_SEARCH_GP_LEARNER_H

#include "search/gp_model.h"
#include "search/gp_scale.h"

enum {
  BF_GP_PENDING = 64, /**< pending trials that the models know of, the newest */
  BF_GP_CAPACITY = BF_GP_POINTS + BF_GP_MORE_POINTS + BF_GP_PENDING
};

/**
 * Telling changes what is fitted: lengths, noise and share of each model, the points that it learns
 * from and how they are spread. That is a function of the complete trials in their order of telling
 * alone, so a study that is restored goes on as it would have. Everything else follows from it and
 * from the history at any time: bf_gp_learner_refresh.
 */
typedef struct bf_gp_learner {
  const bf_gp_loops *loops; /**< borrowed */
  bf_gp_axes axes;
  bf_gp_standing standing;
  bf_gp_points points;
  bf_gp_scale scale;
  size_t n_objectives;
  bf_gp_model *models; /**< (n_objectives + 1); the last one is of the violation */
  bf_gp_theta *thetas; /**< (n_objectives + 1) */
  bf_gp_model workshop;
  size_t n_first;  /**< complete trials at the first fit */
  size_t n_fitted; /**< complete trials at the last fit; 0: none yet */
  bool is_stale;   /**< points or thetas are not those of the models */
} bf_gp_learner;

/** @brief @param n_first >= 1. @return BF_OK; BF_ERR_NOMEM; BF_ERR_USAGE (bf_isa_detect); release
 * in any case. */
bf_status bf_gp_learner_init(bf_gp_learner *learner, const bf_space *space, size_t n_objectives,
                             size_t n_first);
void bf_gp_learner_release(bf_gp_learner *learner);

/** @brief Takes in the complete trials that are new. @return BF_OK; BF_ERR_NOMEM: only release it.
 */
bf_status bf_gp_learner_tell(bf_gp_learner *learner, const bf_history *history);

/** Brings scale and models up to date with all complete and pending trials; there is a complete
 * one. */
void bf_gp_learner_refresh(bf_gp_learner *learner, const bf_history *history);

/** Where in history->pending those begin that the models know of. */
size_t bf_gp_learner_first_pending(const bf_history *history);

/** Whether any complete trial meets the constraints, and whether any does not. */
bool bf_gp_learner_has_feasible(const bf_gp_learner *learner);
bool bf_gp_learner_has_violating(const bf_gp_learner *learner);

/** The value that model @p m learns from a complete trial. */
double bf_gp_learner_value(const bf_gp_learner *learner, const bf_history *history, size_t m,
                           uint32_t number);

#endif
