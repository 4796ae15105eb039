/* The job file: every key that has a meaning, checked and typed.
 * Room: study. Keys: docs/formats.md, "Job files". */
#ifndef BF_STUDY_JOB_H
#define BF_STUDY_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/toml.h"
#include "nn/train.h"
#include "search/sampler.h"

/** What a trial does; a job's runners are run in file order, later metrics win. */
typedef enum bf_runner {
  BF_RUNNER_EVALUATION, /**< score the loaded net with the trial's number formats */
  BF_RUNNER_TRAIN,      /**< train briefly, then score */
  BF_RUNNER_NULL,       /**< nothing: metrics from the sampled indexes, for tests of the cluster */
  BF_N_RUNNERS
} bf_runner;

/** Numbers and names of a job; strings are borrowed from the tree, NULL where a key is absent. */
typedef struct bf_job {
  bf_toml *tree; /**< owned; the effective job, command line merged in */
  char *source;  /**< owned; file name for messages */
  bool lenient;  /**< unknown keys are warnings */
  char *ignored; /**< owned; "load_type, passes": known keys without a meaning here; NULL: none */
  const char *model;
  const bf_toml *layers; /**< array of layer lines instead of a model name; NULL */
  const char *task;      /**< checked: a spelling of "classification" */
  const char *log_level; /**< checked: "debug" .. "critical" */
  const char *data;
  const char *load;
  const char *backend; /**< "auto" unless given */
  size_t batch_size;
  size_t seed;
  bool compat;          /**< figures are the Python tool's, defects included (study/compat.h) */
  bf_training training; /**< of `bitfront train` */

  const char *space; /**< search.search_space.name */
  const char *by;
  const bf_toml *seeds;    /**< search.search_space.seed */
  const char *report_line; /**< search.report.line: what is printed for every trial at the end */

  bool eval_mode;
  size_t n_runners;
  bf_runner runners[BF_N_RUNNERS];
  size_t evaluation_rows; /**< num_samples; 0: all */
  const char *evaluation_loader;
  bf_training brief; /**< of basic_train */
  size_t brief_rows; /**< num_samples of its evaluation; 0: all */
  const char *brief_loader;
  double null_cost_ms;
  const bf_toml *null_slow_trials; /**< numbers that take null_slow_factor times cost_ms */
  double null_slow_factor;
  const bf_toml *null_fail_trials; /**< numbers that fail */
  const bf_toml *null_kill_trials; /**< numbers that kill the process */

  double compare_to;
  size_t bitops_batch;  /**< rows; batch_size unless given */
  size_t latency_batch; /**< rows; batch_size unless given */
  bool wants_latency;   /**< hw_runner.latency is present, or latency is an objective */

  const char *sampler;             /**< "auto" unless given */
  bf_sampler_options options;      /**< of the sampler; number of objectives and seed come later */
  const bf_toml *tpe_multivariate; /**< setup.multivariate; NULL */
  size_t n_trials;                 /**< 0: not given */
  size_t repeats;                  /**< trials of each configuration */
  size_t in_flight;                /**< 0: as many as there are workers for */
  double timeout_s;                /**< 0: none */
  bool sum_scaled_metrics;
  const char *direction;
  const bf_toml *metrics;     /**< search.strategy.metrics */
  const bf_toml *constraints; /**< search.strategy.constraints; NULL */
  size_t plateau_trials;      /**< search.strategy.stop; 0: the rule is off */
  double plateau_gain;
  const char *select_by; /**< select.by; NULL */
} bf_job;

/**
 * @brief Checks and types a job file's tree.
 * @param tree taken over, also on failure.
 * @param source file name for messages, copied.
 * @param lenient unknown keys are warnings instead of errors.
 * @return BF_OK; BF_ERR_USAGE "<source>:<line>:<column>: ..." for an unknown key (with a
 * suggestion), a wrong type or a number out of range; BF_ERR_NOMEM.
 */
bf_status bf_job_create(bf_toml *tree, const char *source, bool lenient, bf_job **out);
void bf_job_free(bf_job *job);

/** The start of messages about @p node: BF_ERR_USAGE with "<source>:<line>:<column>: <text>". */
bf_status bf_job_fail(const bf_job *job, const bf_toml *node, const char *format, ...)
    BF_PRINTF(3, 4);

/** The same for a key that nobody knows, or, in a lenient job, a warning and BF_OK. */
bf_status bf_job_unknown(const bf_job *job, const bf_toml *node, const char *format, ...)
    BF_PRINTF(3, 4);

/** @brief The net the job names, for data of this shape. @return BF_OK; BF_ERR_USAGE. */
bf_status bf_job_model(const bf_job *job, size_t n_features, size_t n_classes, bf_model *out);

/** @brief bf_training_check, with the place of a name that is unknown: of the optimiser or the
 * schedule at the key of that name, from the root. @return BF_OK; BF_ERR_USAGE. */
bf_status bf_job_check_training(const bf_job *job, const bf_training *training,
                                const char *optimizer_key, const char *scheduler_key);

#endif
