/* Fitting a Gaussian process: which lengths, noise and share make the data likely.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_FIT_H
#define BF_SEARCH_GP_FIT_H

#include "search/gp_model.h"
#include "search/history.h"

enum { BF_GP_FIT_POINTS = 128 }; /**< at most */

/**
 * @brief Lengths, noise and share of a model that knows nothing yet.
 * @param[out] theta lengths is (n_axes).
 */
void bf_gp_theta_start(bf_gp_theta *theta, size_t n_axes);

/**
 * @brief Improves @p theta by coordinate search on the logarithm of likelihood times prior.
 *
 * The prior is log-normal around the start, wide for the noise.
 * @param workshop a model for at least BF_GP_FIT_POINTS points; what it holds is lost.
 * @param numbers  (n) of trials that are complete
 * @param z        (n) their values
 */
void bf_gp_fit(bf_gp_model *workshop, const bf_history *history, size_t n, const uint32_t *numbers,
               const double *z, bf_gp_theta *theta);

#endif
