/* What to try next, given models that are up to date.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_CHOICE_H
#define BF_SEARCH_GP_CHOICE_H

#include "search/gp_gain.h"
#include "search/gp_model.h"
#include "search/gp_pool.h"
#include "search/gp_standing.h"

/** Candidates and what the models say of them. */
typedef struct bf_gp_choice {
  bf_gp_pool pool;
  bf_gp_gain gain;
  size_t n_targets;
  bf_gp_model *const *targets; /**< (n_targets) borrowed */
  bf_gp_model *violation;      /**< borrowed; NULL: the constraints do not matter */
  float *means;                /**< (BF_GP_POOL, n_targets) */
  float *sds;                  /**< (BF_GP_POOL, n_targets) or upper bounds */
  float misses[BF_GP_POOL];    /**< means of the violation's model */
  float chances[BF_GP_POOL];   /**< that the constraints are met */
  bf_gp_score scores[BF_GP_POOL];
  bool is_refined[BF_GP_POOL]; /**< the score is no upper bound */
  uint32_t order[BF_GP_TILE];  /**< some places, the best score first */
} bf_gp_choice;

/** @return BF_OK; BF_ERR_NOMEM; release in either case. */
bf_status bf_gp_choice_init(bf_gp_choice *choice, const bf_space *space, const bf_history *history,
                            const bf_gp_loops *loops, size_t n_targets);
void bf_gp_choice_release(bf_gp_choice *choice);

/**
 * @brief The best unseen configuration that is found near the least dominated trials.
 *
 * Targets, violation and gain are ready, and a trial is complete.
 * @param[out] indexes (n_parameters)
 * @return Whether there is one; if not, nearly all is seen.
 */
bool bf_gp_choose(bf_gp_choice *choice, bf_gp_standing *standing, bf_random *random,
                  uint32_t *indexes);

#endif
