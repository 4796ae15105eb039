/* Studies of a sampler on a problem, and what they come to.
 * Room: cli. */
#ifndef BF_CLI_SAMPLER_BENCH_H
#define BF_CLI_SAMPLER_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "cli/sampler_problems.h"
#include "search/sampler.h"

enum { BF_BENCH_STOPS = 6, BF_BENCH_SIZES = 8 };

/** The studies: one for each of the seeds first_seed, first_seed + 1, ... */
typedef struct bf_bench_plan {
  bf_sampler_options options; /**< but for seed and objectives */
  uint64_t first_seed;
  size_t n_seeds;
  size_t n_trials;
  /** Trials that are always running; their durations are exponential, drawn from (seed, number). */
  size_t in_flight;
  size_t n_sizes;               /**< of studies that asks are timed in; 0: none are */
  size_t sizes[BF_BENCH_SIZES]; /**< told trials */
} bf_bench_plan;

/** Means over the seeds. */
typedef struct bf_bench_result {
  const char *sampler; /**< borrowed from the table of samplers */
  size_t n_stops;
  size_t
      stops[BF_BENCH_STOPS];   /**< told trials: 25, 50, 100, 200, 500 below the end, and the end */
  double mean[BF_BENCH_STOPS]; /**< hypervolume after so many, as a share of the true front's */
  double std[BF_BENCH_STOPS];  /**< sample standard deviation; 0 for one seed */
  double n_distinct;           /**< configurations evaluated */
  double front_found;          /**< share of the vectors of the true front */
  double ask_tell_us;          /**< an ask and a tell, over all the studies */
  double us_at[BF_BENCH_SIZES]; /**< the same in a study of plan.sizes; NaN: the space is smaller */
} bf_bench_result;

/**
 * @brief Runs all studies of a plan with one sampler.
 *
 * A study that exhausts the space ends there; later stops show what it reached.
 * @return BF_OK; BF_ERR_USAGE if the sampler or its options do not suit; BF_ERR_NOMEM.
 */
bf_status bf_bench_run(const bf_problem *problem, const char *sampler, const bf_bench_plan *plan,
                       bf_bench_result *result);

#endif
