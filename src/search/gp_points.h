/* Which complete trials the models learn from.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_POINTS_H
#define BF_SEARCH_GP_POINTS_H

#include "search/gp_standing.h"

enum {
  BF_GP_POINTS = 256,    /**< chosen at most */
  BF_GP_MORE_POINTS = 32 /**< that join them before all are chosen anew */
};

/** All zero is valid: no points. */
typedef struct bf_gp_points {
  size_t n;
  uint32_t numbers[BF_GP_POINTS + BF_GP_MORE_POINTS];
  size_t n_known; /**< complete trials that were looked at */
} bf_gp_points;

/**
 * Chooses @p n of the complete trials, the least dominated first; if there are more, the last
 * quarter is taken evenly from the others.
 */
void bf_gp_choose_points(bf_gp_standing *standing, const bf_history *history, size_t n,
                         uint32_t *numbers);

/**
 * Takes in the complete trials that are new, or chooses anew if they are too many or @p anew.
 * @return Whether the points that were there have changed.
 */
bool bf_gp_points_update(bf_gp_points *points, bf_gp_standing *standing, const bf_history *history,
                         bool anew);

#endif
