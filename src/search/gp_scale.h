/* The scale on which the models see objectives and violations.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_SCALE_H
#define BF_SEARCH_GP_SCALE_H

#include "search/gp_points.h"

/*
 * An objective is 0 at the best value there is and 1 at the worst of the front; where the front has
 * one value only, 1 is the lower quartile of the points, or their worst. The scale is linear up to
 * a fence and a logarithm of slope 1 there beyond it, so that a few bad trials do not make the rest
 * look alike. The fence lies above the upper quartile of the points by as much as the quartiles are
 * apart, or at 1 (Tukey's fences, 1977, are somewhat wider). Trials that miss constraints do not
 * count as long as any meets them.
 *
 * A violation is 1 at the geometric mean of those there were, has its fence there, and is
 * BF_GP_FEASIBLE where there is none.
 */
/** How the points lie in an objective. */
typedef struct bf_gp_spread {
  double lower; /**< quartile */
  double upper; /**< quartile */
  double worst;
} bf_gp_spread;

typedef struct bf_gp_scale {
  size_t n_objectives;
  double *ideals;        /**< (n_objectives) */
  double *ranges;        /**< (n_objectives) > 0: half of what z = 1 is away */
  double *fences;        /**< (n_objectives) as z */
  bf_gp_spread *spreads; /**< (n_objectives) when they were last looked at */
  double violation;
} bf_gp_scale;

#define BF_GP_FEASIBLE (-1.0)

/** @return BF_OK; BF_ERR_NOMEM; release in either case. */
bf_status bf_gp_scale_init(bf_gp_scale *scale, size_t n_objectives);
void bf_gp_scale_release(bf_gp_scale *scale);

/** Looks at how the points lie: the quartiles change slowly, and sorting takes its time. */
void bf_gp_scale_spread(bf_gp_scale *scale, const bf_gp_standing *standing,
                        const bf_gp_points *points, const bf_history *history);

/** The scale of what is known: of all complete trials, of which there is one, and of the spread. */
void bf_gp_scale_update(bf_gp_scale *scale, const bf_gp_standing *standing,
                        const bf_history *history);

/** Objective @p m of complete trial @p number. */
double bf_gp_scale_objective(const bf_gp_scale *scale, const bf_history *history, uint32_t number,
                             size_t m);

/** Its violation. */
double bf_gp_scale_violation(const bf_gp_scale *scale, const bf_history *history, uint32_t number);

#endif
