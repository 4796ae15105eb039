/* Rank 0's side of a study: asks the sampler, hands out tasks, takes results in, keeps the front.
 * Room: study. MPI: not collective; the cluster room carries the bytes. */
#ifndef BF_STUDY_STUDY_H
#define BF_STUDY_STUDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "search/front.h"
#include "search/plateau.h"
#include "study/plan.h"
#include "study/task.h"

/*
 * Life: create -> (next, accept)* in any interleaving until next says DONE -> finish. Trials come
 * first; when all are told, every net on the front is scored once on the test split.
 *
 * With repeats = k, the trials c k .. c k + k - 1 try one configuration with k seeds; the first of
 * them, its leader, stands for it. Only when all are told the configuration counts, with the means
 * of those that did not fail. The sampler knows configurations, numbered c, and nothing of repeats.
 */

/** A trial as it is remembered. */
typedef struct bf_trial {
  uint64_t number;
  uint64_t seed;
  bool told;
  bool failed;
  char *reason; /**< owned; "" unless failed */
  bf_metrics metrics;
  int rank;   /**< of the worker */
  char *host; /**< owned */
  double started_s;
  double duration_s;
  size_t n_values;
  float *values; /**< owned; only until its configuration is known not to be on the front */
  bool tested;
  size_t n_test_rows;
  size_t n_test_correct;
  double test_loss;
} bf_trial;

/** A configuration by its trials. */
typedef struct bf_summary {
  uint64_t number;      /**< of the leader */
  size_t n_complete;    /**< trials told and not failed */
  bf_metrics mean;      /**< over those; NaN if there are none */
  bf_metrics sd;        /**< standard deviation (n - 1); NaN for fewer than two */
  size_t n_tested;      /**< trials whose net was scored on the test split */
  size_t n_test_rows;   /**< of each of these */
  double test_accuracy; /**< means over these; NaN if there are none */
  double test_loss;
} bf_summary;

/** Why no more trials are asked. */
typedef enum bf_end {
  BF_END_NONE,    /**< more will be */
  BF_END_TRIALS,  /**< n_trials were asked */
  BF_END_SPACE,   /**< every configuration was tried */
  BF_END_TIMEOUT, /**< the job's timeout */
  BF_END_PLATEAU, /**< the job's search.strategy.stop */
  BF_N_ENDS
} bf_end;

/** Who runs the study, for study.json. Strings are borrowed. */
typedef struct bf_run_info {
  const char *isa;
  const char *backend;
  int n_ranks;
} bf_run_info;

typedef struct bf_study {
  const bf_plan *plan; /**< borrowed */
  char *folder;        /**< owned */
  bf_run_info info;
  struct bf_sampler *sampler;
  bf_front *front;
  bf_trial *trials;  /**< (n_asked) by number */
  uint32_t *indexes; /**< (n_asked, plan->n_choices) */
  size_t capacity;
  size_t n_asked;
  size_t n_done;       /**< told and complete */
  size_t n_failed;     /**< told and failed */
  size_t n_prefix;     /**< trials 0 .. n_prefix - 1 are told */
  size_t n_taught;     /**< with in_flight: configurations the sampler was told */
  size_t n_judged;     /**< configurations the stopping rule has seen; none after is_flat */
  bf_plateau *plateau; /**< the stopping rule; NULL: none */
  bool is_flat;        /**< what it says */
  bf_end end;
  size_t test_cursor; /**< front trials before this place were handed out for testing */
  size_t n_tests_asked;
  size_t n_tests_told;
  double start_s; /**< date */
  double start_clock_s;
  double wall_s; /**< set by finish */
} bf_study;

typedef enum bf_next {
  BF_NEXT_TASK, /**< a task was made */
  BF_NEXT_WAIT, /**< nothing to hand out until a result comes */
  BF_NEXT_DONE  /**< every trial is told and every front net tested */
} bf_next;

/**
 * @brief Starts a study: makes @p folder (which must not exist) and the sampler.
 * @return BF_OK; BF_ERR_USAGE (folder exists, sampler); BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_study_create(const bf_plan *plan, const char *folder, const bf_run_info *info,
                          bf_study **out);
void bf_study_free(bf_study *study);

/** @brief The next task, appended to @p task when there is one. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_study_next(bf_study *study, bf_bytes *task, bf_next *next);

/**
 * @brief Takes in the result of a task handed out before. A net that enters the front is on disk
 *        (checkpoints/trial-<number>.h5) before the trial counts; one that is pushed off is
 * removed.
 * @param rank of the worker.
 * @return BF_OK; BF_ERR_DATA (not a result of a pending task); BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_study_accept(bf_study *study, int rank, const void *result, size_t n);

/** The configuration of a trial, (plan->n_choices). Borrowed. */
const uint32_t *bf_study_indexes(const bf_study *study, uint64_t number);

/** Trials the study will ask at most: n_trials, or as many as the space allows. */
size_t bf_study_total(const bf_study *study);

/** The first trial of the configuration that trial @p number tries. */
uint64_t bf_study_leader(const bf_study *study, uint64_t number);

/** What is known of the configuration of trial @p leader. */
bf_summary bf_study_summary(const bf_study *study, uint64_t leader);

/** 95 % interval of the test accuracy for the sampling of test rows (bf_wilson at the mean); NaN if
 * nothing was tested. */
void bf_summary_interval(const bf_summary *summary, double *lo, double *hi);

/** "n_trials", "space", "timeout", "plateau"; "none" while trials are asked. */
const char *bf_end_name(bf_end end);

/** @brief Writes job.toml, study.json, trials.csv, front.csv, best.json and log.json, each
 * atomically. @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_study_finish(bf_study *study);

/** 0, or 3 when a trial failed. */
int bf_study_exit_code(const bf_study *study);

/** Appends the name of a trial's checkpoint inside the folder: "checkpoints/trial-000012.h5". */
void bf_study_checkpoint_print(uint64_t number, bf_text *text);

#endif
