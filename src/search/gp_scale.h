/* The scale on which the models see objectives and violations.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_SCALE_H
#define BF_SEARCH_GP_SCALE_H

#include "search/gp_points.h"

/*
 * An objective is 0 at the best value there is and 1 at the worst of the front; what is worse than
 * that is squeezed to 1 + ln, so that a few bad trials do not set the scale and the front stays
 * linear. Where the front has one value only, 1 is the lower quartile of the points, or their
 * worst. Trials that miss constraints do not count as long as any meets them.
 *
 * A violation is 1 at the geometric mean of those there were, squeezed alike above, and
 * BF_GP_FEASIBLE where there is none.
 */
typedef struct bf_gp_scale {
  size_t n_objectives;
  double *ideals; /**< (n_objectives) */
  double *ranges; /**< (n_objectives) > 0: half of what z = 1 is away */
  double violation;
} bf_gp_scale;

#define BF_GP_FEASIBLE (-1.0)

/** @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_gp_scale_init(bf_gp_scale *scale, size_t n_objectives);
void bf_gp_scale_release(bf_gp_scale *scale);

/** The scale of what is known; there is a complete trial. */
void bf_gp_scale_update(bf_gp_scale *scale, const bf_gp_standing *standing,
                        const bf_gp_points *points, const bf_history *history);

/** Objective @p m of complete trial @p number. */
double bf_gp_scale_objective(const bf_gp_scale *scale, const bf_history *history, uint32_t number,
                             size_t m);

/** Its violation. */
double bf_gp_scale_violation(const bf_gp_scale *scale, const bf_history *history, uint32_t number);

#endif
