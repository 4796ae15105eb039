/* Selection: which point of a front to take, and which instead.
 * Room: search. */
#ifndef BF_SEARCH_SELECTION_H
#define BF_SEARCH_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/*
 * Points are the (minimised) objectives of a front, at least one. Each rule gives every point a
 * score, and the largest wins. Scores of rules are rounded to 1e-12, so that what is equal but for
 * rounding is equal; then the point that gives away less wins: the smaller sum, over the
 * objectives, of what it lacks to the best value there is, as a share of the larger of both
 * magnitudes. A point that another one dominates always gives away more. At last the lower index
 * wins.
 *
 * Rules measure objectives on one scale, on which 0 is the best of the points and 1 the worst;
 * where all points agree, an objective is 0 and decides nothing.
 */

/** The answer to a rule. */
typedef struct bf_selection {
  size_t chosen;    /**< index of a point */
  size_t runner_up; /**< the best of the others; the number of points if there is no other */
  double score;     /**< of the chosen one */
  double runner_up_score;
} bf_selection;

/** Lowest and highest value of every objective: @p ideal and @p nadir, (n_objectives). */
void bf_objectives_range(size_t n_objectives, size_t n, const double *points, double *ideal,
                         double *nadir);

/** @brief The point with the largest of the given @p scores (n), no NaN. @return BF_OK;
 * BF_ERR_NOMEM. */
bf_status bf_select_score(size_t n_objectives, size_t n, const double *points, const double *scores,
                          bf_selection *out);

/** The plane that bf_select_knee measures from. */
typedef enum bf_knee_plane {
  BF_KNEE_EXTREMES, /**< through the extreme points: a line for two objectives */
  BF_KNEE_AXES      /**< through the worst value of each objective, where they define none */
} bf_knee_plane;

/**
 * @brief The knee: where a front bulges most towards the ideal.
 *
 * The extreme point of an objective is the best in it, among equals the best in the sum of the
 * others. The score is the distance to the hyperplane through all of them (Das, "On characterizing
 * the knee of the Pareto curve", Structural Optimization 18, 1999), positive on the side of the
 * ideal. They define a plane if they are linearly independent and the ideal lies below it in every
 * objective; otherwise the plane is that through (1, 0, ...), (0, 1, ...), ..., which for two
 * objectives is the same. Extreme points score 0, so on a front that bulges away, as on one of two
 * points, the one that gives away least is taken.
 * @param[out] extremes (n_objectives) indexes of the extreme points.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_select_knee(size_t n_objectives, size_t n, const double *points, size_t *extremes,
                         bf_knee_plane *plane, bf_selection *out);

/**
 * @brief The point whose loss would cost the front the largest hypervolume.
 *
 * The score is the volume that a point, with those equal to it, dominates alone. The reference
 * point is 1.1 in every objective.
 * @param[out] volume what all points dominate.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_select_hypervolume(size_t n_objectives, size_t n, const double *points, double *volume,
                                bf_selection *out);

/**
 * @brief The point that is best on weighted average.
 *
 * The score is 1 - sum(w z) / sum(w): 1 for a point that is best in every objective that has a
 * weight.
 * @param weights (n_objectives) >= 0, finite, not all 0.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_select_weighted(size_t n_objectives, size_t n, const double *points,
                             const double *weights, bf_selection *out);

#endif
