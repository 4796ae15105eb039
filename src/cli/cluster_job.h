/* The job of `bitfront bench cluster`: a search that trains nothing, over rows that do not exist.
 * Room: cli. */
#ifndef BF_CLI_CLUSTER_JOB_H
#define BF_CLI_CLUSTER_JOB_H

#include "study/evaluator.h"
#include "study/plan.h"

/** Two objectives, seven parameters, 11^6 configurations. */
typedef struct bf_cluster_job {
  bf_job *job;
  bf_plan *plan;
  bf_dataset rows; /**< none */
  bf_evaluator *evaluator;
} bf_cluster_job;

/**
 * @brief Makes plan and evaluator. Every rank makes its own, and all are the same.
 * @param out all zero.
 * @param trial_ms so long each trial sleeps.
 * @return BF_OK; BF_ERR_USAGE for the sampler; BF_ERR_NOMEM; to be released in any case.
 */
bf_status bf_cluster_job_init(bf_cluster_job *out, const char *sampler, size_t n_trials,
                              double trial_ms);
void bf_cluster_job_release(bf_cluster_job *job);

#endif
