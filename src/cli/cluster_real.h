/* Searches of sleeping trials on ranks of this machine, beside what the simulation says of them.
 * Room: cli. */
#ifndef BF_CLI_CLUSTER_REAL_H
#define BF_CLI_CLUSTER_REAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/cluster_costs.h"
#include "cli/cluster_timing.h"

/** Rank counts, and lengths of trials, that are tried with each sampler. */
enum { BF_REAL_RANKS = 5, BF_REAL_LENGTHS = 3 };
enum { BF_REAL_MOST = BF_REAL_RANKS * BF_REAL_LENGTHS * BF_COST_SAMPLERS };

/** One search, real and simulated. */
typedef struct bf_real_row {
  bf_timed_run run;
  double message_s; /**< what the ranks of the run measured */
  double gap_s;     /**< a worker's, when it never waits */
  double core;      /**< the share of a core that rank 0 had while it worked */
  double slow;      /**< asking and accepting took so many times what the costs say */
  double real;      /**< utilisation */
  double simulated;
} bf_real_row;

typedef struct bf_real {
  size_t n_rows;
  bf_real_row rows[BF_REAL_MOST];
} bf_real;

/**
 * @brief Runs the searches on 1, 2, 4, 8 and 16 ranks (quick: 1, 2 and 8) and simulates each. Each
 *        runs three times, of which the one counts whose workers were busiest.
 * @param costs (n_samplers) of those that search.
 * @param nap_late_s see bf_simulation.
 * @return BF_OK; as bf_timing_launch.
 */
bf_status bf_real_run(bf_session *session, const char *folder, bool is_quick, size_t n_samplers,
                      const bf_costs *costs, double nap_late_s, bf_real *out);

/** simulated / real. */
double bf_real_ratio(const bf_real_row *row);

bf_status bf_real_print(const bf_real *real, bf_text *text);
bf_json *bf_real_json(const bf_real *real);

#endif
