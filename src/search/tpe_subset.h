/* A few points that stand for a whole front.
 * Room: search, private. */
#ifndef BF_SEARCH_TPE_SUBSET_H
#define BF_SEARCH_TPE_SUBSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * Greedy hypervolume subset selection, with the hypervolume taken along fixed directions: it is
 * the mean over directions w of max over points y of s(y, w)^M, where s is how far one can go from
 * the reference against w until the box of y ends (Deng and Zhang, "Approximating hypervolume and
 * hypervolume contributions using polar coordinate", IEEE TEVC 23(5), 2019). A gain is then a sum
 * over directions, whatever the number of objectives, and it can only fall as points are taken, so
 * an old value is a bound (Minoux 1978) and few gains are computed anew.
 *
 * When every direction has its best point nothing more is gained; another round begins with the
 * points that are left.
 */

enum { BF_TPE_DIRECTIONS = 128 };

typedef struct bf_tpe_subset {
  size_t n_objectives;
  size_t capacity;
  double *stretches; /**< (BF_TPE_DIRECTIONS, n_objectives) 1 / component of the direction */
  double *shares;    /**< (capacity, BF_TPE_DIRECTIONS) s^M of a point */
  double *sums;      /**< (capacity) of a point's shares: its gain when no other is taken */
  double *bounds;    /**< (capacity) on the gain of a point */
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
