/* A training from its first epoch to its last: validated, written down, kept.
 * Room: cli. Files: docs/formats.md, "Trained nets". */
#ifndef BF_CLI_TRAIN_RUN_H
#define BF_CLI_TRAIN_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "cli/progress.h"
#include "cli/talk.h"
#include "nn/checkpoint.h"
#include "nn/train.h"

/** What is trained, on what, and where it goes; all of it borrowed. */
typedef struct bf_train_request {
  const bf_training *training;
  const bf_kernels *kernels;
  bf_tiles rows;
  bf_tiles validation; /**< without rows, the last epoch counts as the best */
  const char *best_path;
  const char *last_path;
  const char *log_path;
  bf_origin origin;
  bf_progress_style progress;
  bf_talk *talk;
} bf_train_request;

/** How it went. */
typedef struct bf_train_outcome {
  size_t n_epochs; /**< whole ones; more than 0 */
  size_t best;     /**< epoch of the net that was kept, from 1 */
  size_t n_steps;
  double train_s;
  double validation_s;
  bool is_stopped; /**< by a signal, before its end */
} bf_train_outcome;

/**
 * @brief Trains @p net, validates it after every epoch, and keeps the best and the last.
 *
 * Both nets are on disk when the call returns, whatever it returns, and while it runs they are at
 * most a second (or an epoch, if that is longer) old; a row of the log is on its way to the disk
 * when its epoch ends. SIGTERM, SIGINT and SIGHUP end the training at its next step, SIGUSR1 at the
 * end of the epoch.
 * @param net the net to start from; the best one afterwards.
 * @return BF_OK, also when it was stopped after an epoch; BF_ERR_STOPPED before; BF_ERR_TRIAL
 * (bf_training_run_epoch, or no validation loss was finite); BF_ERR_IO; BF_ERR_DATA; BF_ERR_NOMEM.
 */
bf_status bf_train_run(const bf_train_request *request, bf_net *net, bf_train_outcome *outcome);

#endif
