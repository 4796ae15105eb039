/* A study as it is found on disk: what was searched, and every trial that ended.
 * Room: study. The one way to read a result folder; file formats: docs/formats.md. */
#ifndef BF_STUDY_RECORD_H
#define BF_STUDY_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/status.h"
#include "base/toml.h"
#include "metrics/metric.h"
#include "study/plan.h"

/*
 * bf_study_open reads study.journal, while the study runs, when it was cut off, or when it has
 * ended; every other file of the folder is made of what it returns. Numbers have all their digits.
 *
 * What is chosen and compared are candidates: the configurations that were tried. Without repeats
 * each trial is one; with k repeats, the trials c k .. c k + k - 1 are, and their means count.
 */

/** What is said of a study with compat = true wherever its figures are shown. */
#define BF_COMPAT_NOTE                                                                             \
  "compat = true: accuracy and loss are the Python tool's, defects included; compare them with "   \
  "its figures only"

/** The one file that a study is. */
#define BF_JOURNAL_NAME "study.journal"

/** One parameter of the space. */
typedef struct bf_record_parameter {
  const char *name; /**< "seq_blocks_2/weight_width" */
  bool is_ordered;  /**< else choices are names */
  size_t n_values;
  char **texts;          /**< (n_values) as in trials.csv: "8", "NA", "[8, 4]" */
  const bf_json *values; /**< array (n_values) of the same as JSON */
} bf_record_parameter;

/** The index of a parameter that makes no difference in a trial. */
#define BF_NO_VALUE UINT32_MAX

/** One trial that ended. */
typedef struct bf_record_trial {
  uint64_t number;
  uint64_t seed;
  bool failed;
  bool on_front;      /**< its configuration is */
  double violation;   /**< by how much constraints are missed; 0: they are met, or there are none */
  bf_metrics metrics; /**< NaN where a metric was not taken */
  double started_s;   /**< date, seconds since 1970 */
  double duration_s;
  int rank;           /**< of the worker */
  const char *host;   /**< of the worker */
  const char *reason; /**< why it failed; "" otherwise */
  bool tested;        /**< its net was scored on the test split */
  bool test_failed;   /**< it cannot be scored */
  size_t n_test_rows; /**< of a trial that was tested, and so are the next */
  size_t n_test_correct;
  double test_loss;
} bf_record_trial;

/** A trial that was asked and has not ended: it runs, or ran when the study was cut off. */
typedef struct bf_record_pending {
  uint64_t number;
  uint64_t seed;
  int rank;       /**< of the worker that has it */
  double asked_s; /**< date */
  size_t place;   /**< in the order in which trials were handed out, or handed out again */
} bf_record_pending;

/** A stretch of work on the study, from its start or a resume to its end. */
typedef struct bf_record_session {
  const char *version; /**< of the program */
  const char *isa;
  const char *backend;
  const char *host; /**< of rank 0, and so is the next */
  int64_t pid;
  size_t n_ranks;
  double start_s;  /**< date */
  double wall_s;   /**< to its end; of one that was cut off, to the last trial it told */
  const char *end; /**< why it ended (bf_end_name); NULL: it was cut off, or runs still */
  int exit_code;   /**< of one that ended */
} bf_record_session;

/** A configuration that was tried. */
typedef struct bf_candidate {
  uint64_t number; /**< of its first trial, which stands for it */
  size_t first;    /**< its trials are trials[first] .. trials[first + n_trials - 1] */
  size_t n_trials;
  size_t n_complete;      /**< so many of them did not fail; 0: it has no metrics */
  const bf_metrics *mean; /**< over those; NaN where a metric was not taken */
  const bf_metrics *sd;   /**< standard deviation (n - 1); NaN for fewer than two */
  double violation;       /**< of the means */
  bool on_front;
  size_t n_tested;      /**< trials whose net was scored on the test split */
  size_t n_test_rows;   /**< of each of these */
  double test_accuracy; /**< means over these; NaN if there are none */
  double test_loss;
} bf_candidate;

/** Texts are owned by the record. */
typedef struct bf_record {
  char *folder;
  size_t n_bytes;    /**< of the journal that make sense: all its complete lines */
  bool is_torn;      /**< bytes of a line that was cut off follow them */
  size_t n_sessions; /**< at least 1 */
  bf_record_session *sessions;
  const char *sampler;
  const char *data_hash; /**< of the data set; NULL if unknown */
  const char *select_by; /**< select.by of the job; NULL */
  uint64_t seed;
  bool is_compat;         /**< its figures are the Python tool's (BF_COMPAT_NOTE) */
  double wall_s;          /**< of all sessions */
  size_t n_ranks;         /**< of the last one */
  size_t n_asked_at_most; /**< the plan's n_trials */
  size_t repeats;         /**< trials of a configuration */
  uint64_t space_size;    /**< INT64_MAX if it is that or larger */
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
  size_t *told;            /**< (n_trials) places in trials, in the order in which they ended */
  size_t n_pending;
  bf_record_pending *pending; /**< (n_pending), numbers ascending */
  uint32_t *pending_indexes;  /**< (n_pending, n_parameters); BF_NO_VALUE */
  size_t n_candidates;
  bf_candidate *candidates; /**< (n_candidates), numbers ascending */
  bf_metrics *averages; /**< (n_candidates, 2) their means and deviations; NULL without repeats */
  bf_metrics none;      /**< no metrics */
  double *minimised;    /**< (n_candidates, n_objectives), smaller is better; NaN without metrics */
  bf_json *document;    /**< what is known since the start: study.json without what came later */
  bf_toml *job;         /**< the effective job */
  struct bf_record_texts *texts;
} bf_record;

/**
 * @brief Reads the study in @p folder.
 * @param[out] out freed with bf_record_free.
 *
 * MPI: not collective.
 * @return BF_OK, also when the last line is cut off; BF_ERR_DATA "cannot read study '<folder>':
 *         study.journal:<line>: ..." for a file that is absent, empty, damaged or makes no sense;
 *         BF_ERR_NOMEM.
 */
bf_status bf_study_open(const char *folder, bf_record **out);
void bf_record_free(bf_record *record);

/** Whether the plan has the record's parameters, each with as many choices. */
bool bf_record_fits(const bf_record *record, const bf_plan *plan);

/** A configuration as samplers and plans know it: index 0 where it makes no difference. @param
 * given (n_parameters), with BF_NO_VALUE there. @param[out] indexes (n_parameters). */
void bf_record_place(const bf_record *record, const uint32_t *given, uint32_t *indexes);

/** The configuration of trial @p i, (n_parameters). Borrowed. */
const uint32_t *bf_record_indexes(const bf_record *record, size_t i);

/** How the last session ended (bf_end_name); NULL: it was cut off, or runs still. */
const char *bf_record_end(const bf_record *record);

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
