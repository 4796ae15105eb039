/* A Gaussian process over configurations: a posterior mean and standard deviation for each.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_MODEL_H
#define BF_SEARCH_GP_MODEL_H

#include "search/gp_kernel.h"

/**
 * Regression with a constant mean that is estimated by generalised least squares and a variance
 * that is estimated by maximum likelihood (Rasmussen and Williams 2006, chapters 2 and 5). Points
 * are added in two stages: first those with values; then, once they are learnt, points that are
 * pending, which make the posterior narrower where they are and leave its mean alone.
 */
typedef struct bf_gp_model {
  bf_gp_kernel kernel;
  bf_gp_factor factor; /**< of the covariance of all points, with noise on its diagonal */
  size_t n_learnt;     /**< points whose values are known */
  double mean;
  double variance;
  float *alpha;    /**< (capacity) inverse of the covariance times value - mean */
  float *ones;     /**< (capacity) scratch, as what follows */
  float *whitened; /**< values */
  float *right;
  float *k;
  float *tile; /**< (capacity, BF_GP_TILE) */
} bf_gp_model;

/** @brief A model of no points for at most @p capacity. @return BF_OK; BF_ERR_NOMEM; release in
 * either case. */
bf_status bf_gp_model_init(bf_gp_model *model, const bf_gp_axes *axes, const bf_gp_loops *loops,
                           size_t capacity);
void bf_gp_model_release(bf_gp_model *model);

/** Takes over lengths, noise and share; the points keep their places, the factor is void. */
void bf_gp_model_set_theta(bf_gp_model *model, const bf_gp_theta *theta);

/** Factors the covariance of all points of the kernel anew. */
void bf_gp_model_factor(bf_gp_model *model);

/** Adds a point to the kernel and to the factor; the same bits as factoring anew. */
void bf_gp_model_append(bf_gp_model *model, const uint32_t *indexes);

/** Forgets all points from the n-th on. */
void bf_gp_model_cut(bf_gp_model *model, size_t n);

/**
 * @brief Learns the values @p z, (n), of all points that there are.
 * @return The logarithm of the likelihood at the best mean and variance, but for a constant.
 */
double bf_gp_model_learn(bf_gp_model *model, const double *z);

/** The posterior mean of a configuration. */
float bf_gp_model_mean(bf_gp_model *model, const uint32_t *indexes);

/**
 * @brief Posterior means, and upper bounds of the standard deviations, of configurations.
 *
 * A bound is what the nearest point alone, or the first points together, leave of the deviation.
 * @param n at most BF_GP_TILE
 * @param indexes (n) configurations
 * @param[out] means (n)
 * @param[out] sds   (n)
 */
void bf_gp_model_predict(bf_gp_model *model, size_t n, const uint32_t *const *indexes, float *means,
                         float *sds);

/** The standard deviations themselves, which cost more. */
void bf_gp_model_sds(bf_gp_model *model, size_t n, const uint32_t *const *indexes, float *sds);

#endif
