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
#include "study/open_tasks.h"
#include "study/plan.h"
#include "study/record.h"
#include "study/task.h"

/*
 * Life: create or resume -> (next, accept, lose)* in any interleaving until next says DONE ->
 * close. Trials come first; when all are told, every net on the front is scored once on the test
 * split.
 *
 * What happens is written down as it happens: a trial when it is handed out and when it is told, a
 * test when it is told (study.journal; docs/formats.md). All other files of the folder but the
 * checkpoints are made of that, by bf_study_open and bf_results_write.
 *
 * With repeats = k, the trials c k .. c k + k - 1 try one configuration with k seeds; the first of
 * them, its leader, stands for it. Only when all are told the configuration counts, with the means
 * of those that did not fail. The sampler knows configurations, numbered c, and nothing of repeats.
 */

/** What a trial that did not fail has found. */
typedef struct bf_finding {
  bf_metrics metrics;
  size_t n_values;
  float *values; /**< (n_values) its net; owned; only until its configuration is known not to be on
                    the front */
} bf_finding;

/** A trial as it is remembered while the study runs: there may be a million. */
typedef struct bf_trial {
  uint64_t number;
  bf_finding *found; /**< owned; NULL: nothing, or nobody will ask for it (bf_study_forget) */
  bool told;
  bool failed;
  uint8_t n_deaths; /**< workers that died running it */
  bool tested;      /**< its net was scored on the test split, or cannot be */
} bf_trial;

/** Why no more trials are asked. */
typedef enum bf_end {
  BF_END_NONE,    /**< more will be */
  BF_END_TRIALS,  /**< n_trials were asked */
  BF_END_SPACE,   /**< every configuration was tried */
  BF_END_TIMEOUT, /**< the job's timeout */
  BF_END_PLATEAU, /**< the job's search.strategy.stop */
  BF_END_SIGNAL,  /**< somebody wants it to stop; it can be resumed, and so for the rest */
  BF_END_LIMIT,   /**< the time limit of this run */
  BF_END_WORKERS, /**< no worker is left */
  BF_N_ENDS
} bf_end;

/** Who runs the study. Strings are borrowed. */
typedef struct bf_run_info {
  const char *isa;
  const char *backend;
  int n_ranks;
} bf_run_info;

/** How far the counts that people see may go (bf_study_shown). */
typedef struct bf_shown {
  size_t n_done; /**< on disk */
  size_t n_failed;
  size_t written_done; /**< in the journal: those of the last time that nothing was held */
  size_t written_failed;
  uint64_t mark; /**< when the journal is synced up to here, so are the next */
  size_t next_done;
  size_t next_failed;
} bf_shown;

/** With compat, averages over the trials told so far that did not fail. */
typedef struct bf_running {
  size_t n;
  bf_metrics mean; /**< of the metrics that are averaged; the last trial's of the others */
} bf_running;

typedef struct bf_study {
  const bf_plan *plan; /**< borrowed */
  char *folder;        /**< owned */
  struct bf_sampler *sampler;
  bf_front *front;
  struct bf_journal *journal;
  struct bf_journal_form *form; /**< how its lines are printed */
  bf_text line;                 /**< lines that are not written yet */
  size_t n_whole;               /**< so many bytes of them are whole lines */
  bool is_held;                 /**< they wait for bf_study_commit */
  bf_open_tasks tasks;          /**< handed out, or to be handed out again */
  bf_trial *trials;             /**< (n_asked) by number */
  uint32_t *indexes;            /**< (plan->n_choices) scratch: the configuration of a task */
  size_t capacity;
  size_t n_asked;
  size_t n_done;              /**< told and complete */
  size_t n_failed;            /**< told and failed */
  size_t n_again;             /**< tasks handed out again after a loss or an interruption */
  size_t n_late;              /**< results of tasks that another worker had answered */
  size_t n_prefix;            /**< trials 0 .. n_prefix - 1 are told */
  size_t n_taught;            /**< with in_flight: configurations the sampler was told */
  size_t n_judged;            /**< configurations the stopping rule has seen; none after is_flat */
  size_t n_forgotten;         /**< configurations of which only those on the front are needed */
  bf_plateau *plateau;        /**< the stopping rule; NULL: none */
  bool is_flat;               /**< what it says */
  const bf_metrics **repeats; /**< (job->repeats) scratch: metrics that are averaged */
  bf_end end;                 /**< why no more trials are asked */
  bf_end stop;                /**< why it ends before its time; BF_END_NONE: it does not */
  size_t test_cursor;         /**< front trials before this place were handed out for testing */
  size_t session;             /**< 0 for the first run, one more with each resume */
  double elapsed_s;           /**< of earlier sessions */
  double start_clock_s;       /**< of this one */
  double longest_s;           /**< duration of the longest trial of this session so far */
  bf_shown shown;             /**< what is on disk for certain */
  bf_running running;         /**< with compat */
} bf_study;

typedef enum bf_next {
  BF_NEXT_TASK, /**< a task was made */
  BF_NEXT_WAIT, /**< nothing to hand out until a result comes */
  BF_NEXT_DONE  /**< every trial is told and every front net tested */
} bf_next;

/**
 * @brief Starts a study: makes @p folder, with a journal and a folder for checkpoints, and the
 *        sampler.
 * @param folder must not exist, or hold nothing but an empty folder for checkpoints.
 * @return BF_OK; BF_ERR_USAGE (folder exists, sampler); BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_study_create(const bf_plan *plan, const char *folder, const bf_run_info *info,
                          bf_study **out);

/**
 * @brief Goes on with the study that @p record was read from.
 *
 * Trials that ended are not repeated, those that were asked and did not end are handed out first,
 * and samplers are taught in the order in which trials were told. A trial whose net should be in
 * checkpoints/ and is not there is run again for its net; its metrics stay.
 * @param plan of the same job, over data of the same hash (bf_study_check_resume).
 * @return BF_OK; BF_ERR_USAGE if another process runs the study; BF_ERR_DATA if the record does not
 *         fit the plan; BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_study_resume(const bf_plan *plan, const bf_record *record, const bf_run_info *info,
                          bf_study **out);
void bf_study_free(bf_study *study);

/**
 * @brief The next task, appended to @p task when there is one.
 * @param rank who will run it.
 * @return BF_OK; BF_ERR_IO (the journal); BF_ERR_NOMEM.
 */
bf_status bf_study_next(bf_study *study, int rank, bf_bytes *task, bf_next *next);

/**
 * @brief Takes in the result of a task handed out before. A net that enters the front is on disk
 *        (checkpoints/trial-<number>.h5) before the trial is written down; one that is pushed off
 *        is removed after that. A second result of the same task is counted and dropped.
 * @param rank of the worker.
 * @return BF_OK; BF_ERR_DATA (not a result of a task of ours); BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_study_accept(bf_study *study, int rank, const void *result, size_t n);

/**
 * @brief Gives up @p rank: its tasks are handed out again, to others.
 * @param is_suspect it died, and of its tasks the first that it was given was running: that may be
 *        why. A trial that is suspected of a second death fails as poisonous.
 * @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_study_lose(bf_study *study, int rank, bool is_suspect);

/**
 * From now on bf_study_next and bf_study_accept do not write down what happens one by one: for
 * studies of short trials, of which many are handed out and told in a message.
 *
 * The caller promises bf_study_commit before a task that was handed out leaves, and soon after
 * results were taken in: until then, who kills this process makes these as little told as those on
 * their way to it. They do not count in bf_study_shown, and no net is removed from the disk for
 * what is not written.
 */
void bf_study_hold(bf_study *study);

/** @brief Writes down what was held. @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_study_commit(bf_study *study);

/** Hands out nothing more, for the reason @p end; what runs is taken in. The first reason stays. */
void bf_study_stop(bf_study *study, bf_end end);

/** Whether it has nothing left to do: every trial told, every net of the front scored. */
bool bf_study_is_complete(const bf_study *study);

/**
 * @brief What is on disk for certain: trials whose lines were synced. Others do not count as
 *        finished yet: were the machine to stop now, they would be run again.
 */
void bf_study_shown(bf_study *study, size_t *n_done, size_t *n_failed);

/** @brief Writes down how it ended and syncs the journal. Nothing may be called afterwards but
 * bf_study_free. @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_study_close(bf_study *study);

/** The configuration of a trial, (plan->n_choices). Borrowed until the next bf_study_next. */
const uint32_t *bf_study_indexes(const bf_study *study, uint64_t number);

/**
 * @brief Whether a study on disk can go on with this plan: the same job apart from n_trials,
 *        timeout, where the data lie and what is done with results, and the same rows. Warns of
 *        another version of the program.
 * @return BF_OK; BF_ERR_USAGE naming the keys of the job that differ, with both values; BF_ERR_DATA
 *         (the rows); BF_ERR_NOMEM.
 */
bf_status bf_study_check_resume(const bf_plan *plan, const bf_record *record);

/** @brief The part of bf_study_check_resume that needs no plan: whether the jobs are the same.
 * @return BF_OK; BF_ERR_USAGE; BF_ERR_NOMEM. */
bf_status bf_study_check_job(const bf_job *job, const bf_record *record);

/** Trials the study will ask at most: n_trials, or as many as the space allows, or those it asked
 * before it was resumed with fewer. */
size_t bf_study_total(const bf_study *study);

/** The first trial of the configuration that trial @p number tries. */
uint64_t bf_study_leader(const bf_study *study, uint64_t number);

/** "n_trials", "space", "timeout", "plateau", "signal", "time limit", "no workers"; "none" while
 * trials are asked. */
const char *bf_end_name(bf_end end);

/** 0, or 3 when a trial failed, or 4 when it ended before its time and can be resumed. */
int bf_study_exit_code(const bf_study *study);

/** Appends the name of a trial's checkpoint inside the folder: "checkpoints/trial-000012.h5". */
void bf_study_checkpoint_print(uint64_t number, bf_text *text);

#endif
