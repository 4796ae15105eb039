/* What a trial costs rank 0 in asking, accepting and writing down, measured on the study itself.
 * Room: cli. */
#ifndef BF_CLI_CLUSTER_COSTS_H
#define BF_CLI_CLUSTER_COSTS_H

#include <stddef.h>

#include "base/status.h"
#include "cluster/simulation.h"

enum { BF_COST_SIZES = 4, BF_COST_SAMPLERS = 16 };

/** Where it is measured: trials that were told, and trials that are handed out; ascending. */
typedef struct bf_cost_grid {
  size_t n_told;
  size_t told[BF_COST_SIZES];
  size_t n_open;
  size_t open[BF_COST_SIZES];
} bf_cost_grid;

/** Of one sampler. */
typedef struct bf_costs {
  const char *sampler; /**< borrowed */
  bf_cost_grid grid;
  bf_trial_cost at[BF_COST_SIZES][BF_COST_SIZES]; /**< [told][open] */
  double log_told[BF_COST_SIZES];                 /**< of the grid's counts */
  double log_open[BF_COST_SIZES];
} bf_costs;

/**
 * @brief Lets each sampler ask and accept in studies that have come so far.
 *
 * Times are processor time of this thread, since others may have work for the core. Studies are
 * begun by sampler random and gone on with by the one that is measured.
 * @param folder where studies may be made; they are removed.
 * @param[out] out (n_samplers).
 * @return BF_OK; BF_ERR_USAGE for a sampler; BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_costs_measure(const char *folder, const bf_cost_grid *grid, size_t n_samplers,
                           const char *const *samplers, bf_costs *out);

/** The cost between the points of the grid (linear in logarithms of the counts), that of the
 * nearest outside of it. @p context is a bf_costs. */
bf_trial_cost bf_costs_at(const void *context, size_t n_told, size_t n_open);

#endif
