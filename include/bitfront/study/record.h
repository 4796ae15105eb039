/* A study as it is found on disk: what was searched, and every trial that ended.
 * Room: study. The one way to read a result folder; file formats: docs/formats.md. */
#ifndef BF_STUDY_RECORD_H
#define BF_STUDY_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/status.h"
#include "metrics/metric.h"
#include "study/plan.h"

/*
 * bf_study_open reads study.json, trials.csv and job.toml. Columns of trials.csv are found by name,
 * so that files of earlier and later versions can be read: only number, state, the parameters and
 * the metrics of the objectives must be there. Numbers in trials.csv have nine digits, and so have
 * the objectives here.
 *
 * What is chosen and compared are candidates: the configurations that were tried. Without repeats
 * each trial is one; with k repeats, the trials c k .. c k + k - 1 are, and their means count.
 */

/** One parameter of the space. */
typedef struct bf_record_parameter {
  const char *name; /**< "seq_blocks_2/weight_width" */
  bool is_ordered;  /**< else choices are names */
  size_t n_values;
  char **texts;          /**< (n_values) as in trials.csv: "8", "NA", "[8, 4]" */
  const bf_json *values; /**< array (n_values) of the same as JSON */
} bf_record_parameter;

/** The index of a parameter that makes no difference in a trial (its cell is empty). */
#define BF_NO_VALUE UINT32_MAX

/** One trial. */
typedef struct bf_record_trial {
  uint64_t number;
  uint64_t seed;
  bool failed;
  bool on_front;      /**< its configuration is */
  double violation;   /**< by how much constraints are missed; 0: they are met, or there are none */
  bf_metrics metrics; /**< NaN where a metric was not taken */
  double started_s;   /**< date, seconds since 1970; NaN if unknown, and so for the next */
  double duration_s;
  int rank;           /**< -1 if unknown */
  const char *reason; /**< why it failed; "" otherwise */
} bf_record_trial;

/** A configuration that was tried. */
typedef struct bf_candidate {
  uint64_t number; /**< of its first trial, which stands for it */
  size_t first;    /**< its trials are trials[first] .. trials[first + n_trials - 1] */
  size_t n_trials;
  size_t n_complete; /**< so many of them did not fail; 0: it has no metrics */
  bf_metrics mean;   /**< over those; NaN where a metric was not taken */
  bf_metrics sd;     /**< standard deviation (n - 1); NaN for fewer than two */
  double violation;  /**< of the means */
  bool on_front;
} bf_candidate;

/** Texts are borrowed from the documents at the end, which the record owns. */
typedef struct bf_record {
  char *folder;
  const char *sampler;
  const char *data_hash; /**< of the data set; NULL if unknown */
  const char *select_by; /**< select.by of the job; NULL */
  uint64_t seed;
  double wall_s;
  size_t n_ranks;
  size_t repeats;      /**< trials of a configuration */
  uint64_t space_size; /**< INT64_MAX if it is that or larger */
  size_t n_parameters;
  bf_record_parameter *parameters; /**< (n_parameters) */
  size_t n_objectives;
  bool is_summed; /**< the one objective is the sum of the scaled terms */
  bool sum_maximize;
  size_t n_terms;
  bf_objective terms[BF_N_METRICS]; /**< what is optimised; of a sum, `maximize` means nothing */
  size_t n_constraints;
  bf_constraint constraints[BF_N_METRICS];
  size_t n_trials;
  bf_record_trial *trials; /**< (n_trials), numbers ascending */
  uint32_t *indexes;       /**< (n_trials, n_parameters); BF_NO_VALUE */
  size_t n_candidates;
  bf_candidate *candidates; /**< (n_candidates), numbers ascending */
  double *minimised; /**< (n_candidates, n_objectives), smaller is better; NaN without metrics */
  bf_json *document; /**< study.json */
  bf_csv *table;     /**< trials.csv */
  bf_toml *job;      /**< job.toml */
} bf_record;

/**
 * @brief Reads the study in @p folder.
 * @param[out] out freed with bf_record_free.
 *
 * MPI: not collective.
 * @return BF_OK; BF_ERR_DATA "cannot read study '<folder>': <file>:<line>: ..." for a file that is
 *         absent, cut or makes no sense; BF_ERR_NOMEM.
 */
bf_status bf_study_open(const char *folder, bf_record **out);
void bf_record_free(bf_record *record);

/** The configuration of trial @p i, (n_parameters). Borrowed. */
const uint32_t *bf_record_indexes(const bf_record *record, size_t i);

/** The objectives of candidate @p c, (n_objectives), smaller is better. Borrowed. */
const double *bf_record_minimised(const bf_record *record, size_t c);

/** Whether candidate @p c has metrics and meets the constraints: only such ones are chosen. */
bool bf_record_is_feasible(const bf_record *record, size_t c);

/** The name of objective @p j, "sum_scaled_metrics" for a sum, and whether it is maximised. */
const char *bf_record_objective_name(const bf_record *record, size_t j);
bool bf_record_is_maximised(const bf_record *record, size_t j);

/** @brief The first checkpoint of candidate @p c. @param[out] path NULL if there is none; freed
 * with free(). @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_record_checkpoint(const bf_record *record, size_t c, char **path);

#endif
