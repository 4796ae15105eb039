/* The inner loops of the Gaussian processes: kernel rows, Cholesky factors, hypervolume gain.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_LOOPS_H
#define BF_SEARCH_GP_LOOPS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * One source, compiled once an ISA, and the same numbers from all: every sum has one order, that of
 * BF_GP_TILE running sums, whatever the length of a register, and nothing is fused.
 *
 * Arrays are 64-byte aligned. Loops over n numbers read and write whole tiles, so arrays are padded
 * to a multiple of BF_GP_TILE.
 */
enum {
  BF_GP_TILE = 16,
  BF_GP_DIRECTIONS = 64 /**< in which an ask looks at a front, at most */
};

/** mean * sum of x + pair * sum of x y over pairs of different axes + product * product of x. */
typedef struct bf_gp_blend {
  size_t n_axes;
  const float *const *rows; /**< (n_axes) of (n): the covariance along each axis */
  float mean;
  float pair;
  float product;
} bf_gp_blend;

/**
 * The upper triangular U of K = U^T U, in panels of BF_GP_TILE columns, each row by row: a solver
 * goes through memory in order. Below the diagonal anything may stand. Of the diagonal only the
 * inverse is kept. Each element is computed by the same operations however many columns are done at
 * once, so a factor that grew column by column has the bits of one made anew.
 */
typedef struct bf_gp_factor {
  size_t n;
  size_t capacity; /**< rows of a panel; a multiple of BF_GP_TILE, at least n */
  float *u;        /**< (capacity / BF_GP_TILE, capacity, BF_GP_TILE) */
  float *inverse;  /**< (capacity) of the diagonal */
  float floor;     /**< no pivot is smaller: the noise, below which only rounding can bring it */
} bf_gp_factor;

/** Element @p j of row @p k. */
static inline float *bf_gp_factor_at(const bf_gp_factor *f, size_t k, size_t j)
{
  return f->u + (j / BF_GP_TILE * f->capacity + k) * BF_GP_TILE + j % BF_GP_TILE;
}

/** What candidates are measured against. */
typedef struct bf_gp_front {
  size_t n_targets;
  size_t n_directions; /**< a multiple of BF_GP_TILE, at most BF_GP_DIRECTIONS */
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
  /** k = blend of the rows, from column @p from (a multiple of BF_GP_TILE) to @p n. */
  void (*blend)(const bf_gp_blend *blend, size_t from, size_t n, float *k);
  /** k = (1 + s) e^-s for s = scale * |place - places|. */
  void (*matern)(size_t n, const float *places, float place, float scale, float *k);
  /** k = 1 where the levels are @p level, else @p other. */
  void (*match)(size_t n, const uint32_t *levels, uint32_t level, float other, float *k);
  float (*dot)(size_t n, const float *a, const float *b);
  float (*largest)(size_t n, const float *a);
  /** Turns K, whose upper triangle is in u and which is 0 up to the end of its last panel, into its
   * factor. */
  void (*factor)(bf_gp_factor *f);
  /** v = U^-T b, with zeros behind it. */
  void (*forward)(const bf_gp_factor *f, const float *b, float *v);
  /** v = U^-1 b, with zeros behind it; @p sums (capacity, BF_GP_TILE) is scratch. */
  void (*backward)(const bf_gp_factor *f, const float *b, float *v, float *sums);
  /** The squared lengths of U^-T b for BF_GP_TILE vectors b, which lie in the columns of @p tile,
   * (n, BF_GP_TILE), and are used up. */
  void (*lengths)(const bf_gp_factor *f, float *tile, float *squares);
  /** The score of a candidate with posterior @p means and @p sds, (n_targets) both. */
  bf_gp_score (*gain)(const bf_gp_front *front, const float *means, const float *sds);
} bf_gp_loops;

/** @brief The loops of this CPU's ISA. @return BF_OK; BF_ERR_USAGE (bf_isa_detect). */
bf_status bf_gp_loops_find(const bf_gp_loops **loops);

#endif
