/* How the complete trials compare: by how many each is dominated.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_STANDING_H
#define BF_SEARCH_GP_STANDING_H

#include "search/history.h"

/*
 * Trials are named by their position in history->complete. A trial that meets the constraints
 * dominates all that do not; of two that do not, the one that misses by less dominates (Deb's
 * rule, 2000).
 */
typedef struct bf_gp_standing {
  size_t n;
  size_t n_objectives;
  size_t capacity;
  double *rows;         /**< (n, 1 + n_objectives): the violation and the objectives, in order */
  uint32_t *n_better;   /**< (n) how many dominate it */
  uint32_t *order;      /**< (n) scratch of bf_gp_standing_sort */
  uint32_t *counts;     /**< (n + 1) scratch */
  size_t n_violating;   /**< trials that do not meet the constraints */
  double ln_violations; /**< sum of the logarithms of what they miss by */
} bf_gp_standing;

void bf_gp_standing_release(bf_gp_standing *standing);

/** Nothing is complete yet. */
void bf_gp_standing_init(bf_gp_standing *standing, size_t n_objectives);

/** @brief Makes room for @p capacity trials. @return BF_OK; BF_ERR_NOMEM, nothing changed. */
bf_status bf_gp_standing_reserve(bf_gp_standing *standing, size_t capacity);

/** Takes in the complete trials that are new, O(n) each. There must be room. */
void bf_gp_standing_update(bf_gp_standing *standing, const bf_history *history);

/** All positions, the least dominated first and of equals the newest; O(n). Borrowed until the next
 * call. */
const uint32_t *bf_gp_standing_sort(bf_gp_standing *standing);

#endif
