/* Chosen nets of a finished study, trained again for longer and with several seeds.
 * Room: study. MPI: not collective; the cluster room carries the bytes. */
#ifndef BF_STUDY_REFIT_H
#define BF_STUDY_REFIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "metrics/metric.h"
#include "study/job.h"
#include "study/open_tasks.h"
#include "study/plan.h"
#include "study/study.h"

/*
 * A search trains briefly, which is enough to rank nets but says little about what one of them can
 * reach, and it trains each once, so that luck with the seed looks like quality. A refit trains the
 * few nets that were chosen for as long as wanted with seeds of their own, and tells mean and
 * interval.
 *
 * Nets are put in order by what validation says (bf_refit_criterion): the test rows are scored once
 * a trained net and choose nothing.
 *
 * Life: create -> (next, accept)* in any interleaving until next says DONE -> finish. Its tasks and
 * results are a study's, so its workers are a study's, too. Seed after seed is handed out, so every
 * net has been trained once before one is trained twice; a trained net goes out again to be scored
 * on the test split.
 */

/** A net to be trained: a trial of the study. */
typedef struct bf_refit_net {
  uint64_t number;         /**< of the trial */
  const uint32_t *indexes; /**< (plan->n_choices) its configuration */
  bf_metrics brief;        /**< what the study measured */
} bf_refit_net;

/** One net with one seed. */
typedef struct bf_refit_run {
  uint64_t seed;
  bool trained;       /**< the training was told, and it went well */
  uint8_t n_deaths;   /**< workers that died running it */
  bool told;          /**< nothing is expected any more */
  bool failed;        /**< training or test; a run that failed has no test score */
  char *reason;       /**< owned; NULL before it is told, "" unless failed */
  bf_metrics metrics; /**< on the validation rows */
  int rank;           /**< of the worker that trained it */
  char *host;         /**< owned; NULL before it is told */
  double started_s;
  double duration_s; /**< of the training */
  size_t n_values;
  float *values; /**< owned; from the training's result to the test's */
  bool tested;
  size_t n_test_rows;
  size_t n_test_correct;
  double test_loss;
} bf_refit_run;

/** Texts and nets are copied. */
typedef struct bf_refit_options {
  const char *study; /**< the folder that the nets come from */
  const char *rule;  /**< how they were chosen */
  bool is_compat;    /**< the nets' brief figures are the Python tool's (BF_COMPAT_NOTE) */
  size_t n_nets;     /**< at least 1 */
  const bf_refit_net *nets;
  size_t n_seeds; /**< 1 .. BF_REFIT_MAX_SEEDS */
  bf_run_info info;
} bf_refit_options;

enum { BF_REFIT_MAX_SEEDS = 1 << 20 };

typedef struct bf_refit {
  const bf_plan *plan; /**< borrowed */
  char *folder;        /**< owned, and so is everything below */
  char *study;
  char *rule;
  bool is_compat;
  bf_run_info info;
  size_t n_nets;
  bf_refit_net *nets; /**< (n_nets) in the order given */
  uint32_t *indexes;  /**< (n_nets, plan->n_choices), where the nets' indexes lie */
  size_t n_seeds;
  bf_refit_run *runs;  /**< (n_seeds, n_nets); see bf_refit_run_of */
  size_t n_asked;      /**< runs handed out: the first so many */
  bf_open_tasks tasks; /**< handed out and not answered, or to be handed out: tests, lost ones */
  size_t n_done;       /**< told and complete */
  size_t n_failed;     /**< told and failed */
  double start_s;      /**< date */
  double start_clock_s;
  double wall_s; /**< set by finish */
} bf_refit;

/**
 * @brief The job of a refit: that of the study, with one long training as its only runner.
 *
 * A job that trains keeps how (optimiser, rate, schedule, ...); one that only evaluates, quantising
 * a loaded net, is fine-tuned from that net in its formats with what the job says for `bitfront
 * train`. max_steps is dropped, and all validation rows are scored.
 * @param tree of the study's job.toml. @param source its name for messages.
 * @param n_epochs >= 1. @param learning_rate 0: the job's.
 * @return BF_OK; BF_ERR_USAGE for the null runner, which trains nothing, or a bad job;
 * BF_ERR_NOMEM.
 */
bf_status bf_refit_job(const bf_toml *tree, const char *source, size_t n_epochs,
                       double learning_rate, bf_job **out);

/**
 * The seed of run @p k, from 0, of trial @p number: bf_trial_seed of number 2^62 + 2^40 k + number,
 * which no study reaches: a trial's number is below 2^40.
 */
uint64_t bf_refit_seed(uint64_t study_seed, uint64_t number, size_t k);

/**
 * @brief Starts a refit: makes @p folder (which must not exist) and writes its job.toml.
 * @param plan of bf_refit_job's job; must outlive the refit.
 * @return BF_OK; BF_ERR_USAGE (folder exists, number of seeds, no nets); BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_refit_create(const bf_plan *plan, const char *folder, const bf_refit_options *options,
                          bf_refit **out);
void bf_refit_free(bf_refit *refit);

/** @brief The next task, appended to @p task when there is one. @param rank who will run it.
 * @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_refit_next(bf_refit *refit, int rank, bf_bytes *task, bf_next *next);

/**
 * @brief Takes in the result of a task handed out before. A trained net is on disk
 *        (bf_refit_checkpoint_print) before its run counts; refit.csv is written whenever a run is
 * complete. A second result of the same task is dropped.
 * @param rank of the worker.
 * @return BF_OK; BF_ERR_DATA (not a result of a task of ours); BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_refit_accept(bf_refit *refit, int rank, const void *result, size_t n);

/** @brief Gives up @p rank, as bf_study_lose does. @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_refit_lose(bf_refit *refit, int rank, bool is_suspect);

/** @brief Writes refit.json; warns of nets with dead outputs. @return BF_OK; BF_ERR_IO;
 * BF_ERR_NOMEM. */
bf_status bf_refit_finish(bf_refit *refit);

/** Runs in all: nets times seeds. */
size_t bf_refit_total(const bf_refit *refit);

/** Net @p net with seed @p k. Borrowed. */
const bf_refit_run *bf_refit_run_of(const bf_refit *refit, size_t net, size_t k);

/** 0, or 3 when a run failed. */
int bf_refit_exit_code(const bf_refit *refit);

/** Appends the name of a checkpoint inside the folder: "checkpoints/trial-000012-seed-0.h5". */
void bf_refit_checkpoint_print(uint64_t number, size_t k, bf_text *text);

/** Appends refit.csv: one row a complete run, by net and seed. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_refit_csv(const bf_refit *refit, bf_text *text);

/** The document refit.json; freed with bf_json_free. */
bf_json *bf_refit_json(const bf_refit *refit);

/** @brief Appends, for people, the nets in their order with means and intervals. @return BF_OK;
 * BF_ERR_NOMEM. */
bf_status bf_refit_table(const bf_refit *refit, bf_text *text);

#endif
