/* The covariance of a Gaussian process: how alike two configurations are, for a set of points.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_KERNEL_H
#define BF_SEARCH_GP_KERNEL_H

#include "search/gp_axes.h"
#include "search/gp_loops.h"

/**
 * What a fit chooses. With x_d the covariance along axis d, that of two configurations is
 *   share * mean of x_d + (1 - share) * (0.9 * mean of x_d x_e over d < e + 0.1 * product of x_d),
 * 1 for equal ones. Sums learn from few points what axes do alone and in pairs (additive kernels:
 * Duvenaud, Nickisch and Rasmussen 2011), the product whatever is left.
 */
typedef struct bf_gp_theta {
  double *lengths; /**< (n axes) */
  double noise;    /**< variance of the noise, in units of that of the process */
  double share;
} bf_gp_theta;

/**
 * Points and, for each axis, level and point, how alike they are: covariances of a configuration
 * with all points are then sums over contiguous rows.
 */
typedef struct bf_gp_kernel {
  const bf_gp_axes *axes;   /**< borrowed */
  const bf_gp_loops *loops; /**< borrowed */
  size_t capacity;          /**< a multiple of BF_GP_LANES */
  size_t n;                 /**< points */
  bf_gp_theta theta;
  uint32_t *levels;   /**< (n axes, capacity) of the points */
  float *alike;       /**< (n_rows): of an axis, by difference of levels */
  float *alike_none;  /**< (n_rows): of an axis, of a level and absent */
  float *rows;        /**< (n_rows, capacity) */
  float *scratch;     /**< (n_untabled, capacity) */
  float *places;      /**< (n_untabled, capacity) of the points on ordered axes */
  float *distances;   /**< (capacity) scratch */
  const float **used; /**< (n axes) the rows of a configuration */
} bf_gp_kernel;

/** @brief A kernel of no points for at most @p capacity. @return BF_OK; BF_ERR_NOMEM; release in
 * either case. */
bf_status bf_gp_kernel_init(bf_gp_kernel *kernel, const bf_gp_axes *axes, const bf_gp_loops *loops,
                            size_t capacity);
void bf_gp_kernel_release(bf_gp_kernel *kernel);

/** Changes the length of an axis. */
void bf_gp_kernel_set_length(bf_gp_kernel *kernel, size_t axis, double length);

/** Adds a point of canonical @p indexes. */
void bf_gp_kernel_add(bf_gp_kernel *kernel, const uint32_t *indexes);

/** Forgets all points from the n-th on. */
void bf_gp_kernel_cut(bf_gp_kernel *kernel, size_t n);

/**
 * @brief Covariances of a configuration with the points from @p from, a multiple of BF_GP_LANES.
 * @param[out] k (n padded): 0 behind the last point.
 */
void bf_gp_kernel_row(bf_gp_kernel *kernel, const uint32_t *indexes, size_t from, float *k);

/** The same for point @p i. */
void bf_gp_kernel_point_row(bf_gp_kernel *kernel, size_t i, size_t from, float *k);

#endif
