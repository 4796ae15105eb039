/* The density of configurations around known ones: a mixture of kernels.
 * Room: search, private. */
#ifndef BF_SEARCH_TPE_DENSITY_H
#define BF_SEARCH_TPE_DENSITY_H

#include "search/space.h"
#include "search/tpe_kernel.h"

/*
 * p(x) = sum over k of w_k prod over d of K_d(x_d | c_kd), the weights adding up to 1. Kernel 0 is
 * the prior: it knows no parameter. What does not matter in a configuration contributes no factor;
 * a kernel around a configuration where it does not matter does not know it.
 *
 * Densities are given relative to that of equally likely choices: every factor is multiplied by
 * the number of choices. In spaces so large that this could overflow it is multiplied by a power of
 * that number, the same one for all.
 *
 * Configurations are rated BF_TPE_LANES at once, choice by choice side by side, and every sum goes
 * through the kernels in order: the results do not depend on how a compiler vectorises.
 */

enum { BF_TPE_LANES = 8 };

typedef struct bf_tpe_density {
  const bf_space *space;  /**< borrowed */
  bf_tpe_kernel *kernels; /**< (n_parameters) */
  double *scales;         /**< (n_parameters) what a probability is multiplied by */
  size_t n;               /**< kernels of the mixture */
  size_t capacity;
  uint32_t *centers; /**< (n, n_parameters) choices or BF_TPE_NO_CHOICE */
  double *weights;   /**< (n) */
  double total;      /**< of the weights */
  size_t *offsets;   /**< (n_parameters) where the rates of a parameter begin */
  double *rates;     /**< by parameter (n_choices + 1, BF_TPE_LANES); row 0: of no choice */
} bf_tpe_density;

/** @brief For up to @p capacity kernels, the prior one of them. @return BF_OK; BF_ERR_NOMEM (to be
 * released). */
bf_status bf_tpe_density_init(bf_tpe_density *density, const bf_space *space, size_t capacity);
void bf_tpe_density_release(bf_tpe_density *density);

/** Leaves only the prior, of weight 1. */
void bf_tpe_density_reset(bf_tpe_density *density);

/** Adds a kernel around a canonical configuration. There is room for it. */
void bf_tpe_density_add(bf_tpe_density *density, const uint32_t *indexes, double weight);

/**
 * @brief The density of some parameters, first .. end - 1, of BF_TPE_LANES configurations.
 * @param      choices (n_parameters, BF_TPE_LANES) choices or BF_TPE_NO_CHOICE.
 * @param[out] values (BF_TPE_LANES) > 0
 */
void bf_tpe_density_rate(bf_tpe_density *density, size_t first, size_t end, const uint32_t *choices,
                         double *values);

/** Draws a choice of parameter @p d from kernel @p k. */
uint32_t bf_tpe_density_draw(const bf_tpe_density *density, size_t k, size_t d, bf_random *random);

#endif
