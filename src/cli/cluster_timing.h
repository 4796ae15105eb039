/* What is measured on ranks of MPI: what a message costs rank 0, and searches of sleeping trials.
 * Room: cli. */
#ifndef BF_CLI_CLUSTER_TIMING_H
#define BF_CLI_CLUSTER_TIMING_H

#include <stddef.h>

#include "base/json.h"
#include "base/status.h"
#include "cluster/session.h"

/** A search to run. */
typedef struct bf_timed_case {
  char sampler[32];
  double trial_ms;
  size_t n_trials;
} bf_timed_case;

/** What came of it. */
typedef struct bf_timed_run {
  bf_timed_case given;
  int n_ranks;
  double wall_s;  /**< from the first ask to the last accept */
  double busy_s;  /**< in trials, of all workers */
  double gap_s;   /**< median of a worker's time between two trials */
  double cpu_s;   /**< of rank 0 in asking and accepting */
  double clock_s; /**< the same by the clock: more, where rank 0 had no core for itself */
} bf_timed_run;

typedef struct bf_timing {
  double message_s; /**< processor time of rank 0 for a result's message and a task's */
  double bundled_s; /**< the same for each trial where many travel in one message */
  size_t n_runs;
  bf_timed_run *runs; /**< (n_runs) owned */
} bf_timing;

/** @brief Reads "tpe:20:1000": sampler, milliseconds, trials. @return BF_OK; BF_ERR_USAGE. */
bf_status bf_timed_case_read(const char *text, bf_timed_case *out);

/**
 * @brief Collective. Measures messages, and runs each case.
 * @param folder of rank 0: for journals. NULL elsewhere.
 * @param cases (n_cases) the same on all ranks.
 * @param[out] out rank 0's.
 * @return BF_OK; BF_ERR_USAGE, BF_ERR_IO, BF_ERR_NOMEM, BF_ERR_MPI; agreed.
 */
bf_status bf_timing_take(bf_session *session, const char *folder, size_t n_cases,
                         const bf_timed_case *cases, bf_timing *out);

/** The timing as JSON, and back. @return BF_OK; BF_ERR_DATA; BF_ERR_NOMEM. */
bf_json *bf_timing_json(const bf_timing *timing);
bf_status bf_timing_read(const bf_json *json, bf_timing *out);

void bf_timing_release(bf_timing *timing);

#endif
