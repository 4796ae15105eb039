/* The inner loops of the Gaussian processes: kernel rows, Cholesky factors, hypervolume gain.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_LOOPS_H
#define BF_SEARCH_GP_LOOPS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * One source, compiled once an ISA, and the same numbers from all: vectors have eight lanes
 * everywhere, every sum has one order, and nothing is fused.
 *
 * Arrays are 64-byte aligned. A length n is padded: loops read and write up to the next multiple
 * of BF_GP_LANES, so arrays hold so many.
 *
 * A factor is the upper triangular U of K = U^T U, row-major with a stride; below its diagonal it
 * is never read. Of the diagonal only the inverse is kept. Each element is computed by the same
 * operations however many columns are done at once, so a factor that grew column by column has the
 * bits of one made anew.
 */

enum {
  BF_GP_LANES = 8,
  BF_GP_TILE = 16,      /**< right-hand sides that are solved at once */
  BF_GP_DIRECTIONS = 64 /**< in which an ask looks at the front */
};

/** mean * mean of x + pair * sum of x y over ordered pairs of axes + product * product of x. */
typedef struct bf_gp_blend {
  size_t n_axes;
  const float *const *rows; /**< (n_axes) of (n): the covariance of each axis */
  float mean;               /**< times the sum */
  float pair;
  float product;
} bf_gp_blend;

typedef struct bf_gp_factor {
  size_t n;
  size_t stride;  /**< a multiple of BF_GP_LANES, at least n + 2 * BF_GP_LANES */
  float *u;       /**< (stride, stride) */
  float *inverse; /**< (stride) of the diagonal */
  float floor;    /**< no pivot is smaller: the noise, below which only rounding can bring it */
} bf_gp_factor;

/** What candidates are measured against. Lengths are (n_targets, BF_GP_DIRECTIONS) or so. */
typedef struct bf_gp_front {
  size_t n_targets;
  float reference;
  float spread;         /**< standard deviations count so many times */
  const float *weights; /**< (n_targets, BF_GP_DIRECTIONS): 1 / direction */
  const float *reached; /**< (BF_GP_DIRECTIONS): best scalarisation so far */
  const float *volumes; /**< (BF_GP_DIRECTIONS): max(reached, 0)^n_targets */
  size_t n_draws;
  const float *draws; /**< (n_draws, n_targets) standard normal */
} bf_gp_front;

/** Of a candidate: expected gain, and how near it comes to one when there is none. */
typedef struct bf_gp_score {
  float gain;
  float slack;
} bf_gp_score;

typedef struct bf_gp_loops {
  /** k = blend of the rows, from column @p from (a multiple of BF_GP_LANES) to @p n. */
  void (*blend)(const bf_gp_blend *blend, size_t from, size_t n, float *k);
  /** k = (1 + s) e^-s for s = scale * |place - places|. */
  void (*matern)(size_t n, const float *places, float place, float scale, float *k);
  /** k = 1 where the levels are @p level, else @p other. */
  void (*match)(size_t n, const uint32_t *levels, uint32_t level, float other, float *k);
  float (*dot)(size_t n, const float *a, const float *b);
  float (*largest)(size_t n, const float *a);
  /** Turns K, whose upper triangle is in u, into its factor. */
  void (*factor)(bf_gp_factor *f);
  /** v = U^-T b; @p b is used up. */
  void (*forward)(const bf_gp_factor *f, float *b, float *v);
  /** v = U^-1 b. */
  void (*backward)(const bf_gp_factor *f, const float *b, float *v);
  /** The squared lengths of U^-T b for BF_GP_TILE vectors b, which lie in the columns of @p tile,
   * (n, BF_GP_TILE), and are used up. */
  void (*lengths)(const bf_gp_factor *f, float *tile, float *squares);
  /** Scores of @p n candidates with posterior @p means and @p sds, (n, n_targets) both. */
  void (*gain)(const bf_gp_front *front, size_t n, const float *means, const float *sds,
               bf_gp_score *scores);
} bf_gp_loops;

/** @brief The loops of this CPU's ISA. @return BF_OK; BF_ERR_USAGE (bf_isa_detect). */
bf_status bf_gp_loops_find(const bf_gp_loops **loops);

#endif
