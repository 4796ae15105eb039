/* A few points that stand for a whole front.
 * Room: search, private. */
#ifndef BF_SEARCH_TPE_SUBSET_H
#define BF_SEARCH_TPE_SUBSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * Greedy hypervolume subset selection, with the hypervolume taken along fixed directions: it is in
 * proportion to the mean over w of max over points y of s(y, w)^M. w is a point of the simplex, and
 * s is how often it can be subtracted from the reference point inside the box of y (polar
 * coordinates, as in Deng and Zhang, IEEE TEVC 23(5), 2019, with sums of components for lengths).
 * So the gain of a point is a sum over directions, whatever the number of objectives, and a point
 * that is taken changes few of them. Objectives are scaled to the extent of the points.
 *
 * When every direction has its best point nothing more is gained; another round begins with the
 * points that are left.
 */

enum { BF_TPE_DIRECTIONS = 128 };

typedef struct bf_tpe_subset {
  size_t n_objectives;
  size_t capacity;
  double *stretches; /**< (n_objectives, BF_TPE_DIRECTIONS) 1 / component of the direction */
  double *shares;    /**< (BF_TPE_DIRECTIONS, capacity) s^M of the points */
  double *sums;      /**< (capacity) of a point's shares: its gain when no other is taken */
  double *gains;     /**< (capacity) */
  bool *is_taken;    /**< (capacity) */
  double covered[BF_TPE_DIRECTIONS]; /**< largest share of the points taken in this round */
} bf_tpe_subset;

/** @brief For up to @p capacity points. @return BF_OK; BF_ERR_NOMEM (to be released). */
bf_status bf_tpe_subset_init(bf_tpe_subset *subset, size_t n_objectives, size_t capacity);
void bf_tpe_subset_release(bf_tpe_subset *subset);

/**
 * @brief Chooses @p n_wanted of the @p n @p rows and moves them before the others; among
 *        themselves they, and the others, stay in order.
 * @param points (any, n_objectives) finite; the rows are numbers of those.
 */
void bf_tpe_subset_choose(bf_tpe_subset *subset, const double *points, size_t n, uint32_t *rows,
                          size_t n_wanted);

#endif
