/* The log of a training: a CSV file with a row an epoch, and what people see of it.
 * Room: cli. Columns: docs/formats.md, "Trained nets". */
#ifndef BF_CLI_TRAIN_LOG_H
#define BF_CLI_TRAIN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/status.h"
#include "cli/progress.h"
#include "cli/talk.h"
#include "nn/train.h"

/** What is said of one epoch. */
typedef struct bf_train_row {
  bf_epoch epoch;
  bool is_validated;
  double loss; /**< of the validation rows, as are the next two; NaN without any */
  double accuracy;
  double accuracy_micro;
  bool is_best; /**< of all so far */
  double train_s;
  double validation_s;
} bf_train_row;

typedef struct bf_train_log {
  const char *path; /**< borrowed; made with the first row, so that a bad start leaves nothing */
  FILE *file;
  bf_progress_style style;
  bf_talk *talk;  /**< borrowed */
  size_t n_steps; /**< of the whole training */
  double next_s;  /**< not before this time does a person see another line */
} bf_train_log;

/** @brief Appends a row to the file and hands it to the system. @return BF_OK; BF_ERR_IO. */
bf_status bf_train_log_write(bf_train_log *log, const bf_train_row *row);

/** Shows the row on standard error, if it is time to or @p is_last. */
void bf_train_log_show(bf_train_log *log, const bf_train_row *row, bool is_last);

/** @brief Closes the file. @return BF_OK; BF_ERR_IO for what could not be written. */
bf_status bf_train_log_close(bf_train_log *log);

#endif
