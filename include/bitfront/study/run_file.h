/* run.json: that a search runs, where, and how it ended, for those who watch it from outside; and
 * the exit code of any command for the launcher that started it.
 * Room: study. Format: docs/formats.md, "Result folder". */
#ifndef BF_STUDY_RUN_FILE_H
#define BF_STUDY_RUN_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum { BF_RUN_TEXT = 128 };

/** Rank 0 writes it once a second while it serves, and once at its end. */
typedef struct bf_run_file {
  char run[BF_RUN_TEXT];  /**< $BITFRONT_RUN, which a launcher sets to know its own; "" */
  char host[BF_RUN_TEXT]; /**< of rank 0 */
  int64_t pid;            /**< of rank 0 */
  double date_s;          /**< when it was written */
  bool is_busy;       /**< it may be silent for long: it trains nets itself, or writes results */
  int64_t n_told;     /**< trials that ended in this run, not before a resume */
  int exit_code;      /**< of a search that ended; -1 while it runs */
  bool wants_restart; /**< it ended for want of workers: with new ones it would go on */
} bf_run_file;

/** A run of this process, on this host, that has not ended. */
bf_run_file bf_run_file_start(void);

/**
 * @brief Replaces <folder>/run.json (not synced: nobody needs it after the machine stopped). Sets
 *        the date.
 *
 * On a full disk the file that is there is overwritten where it lies: how the search ended must be
 * known then, too. One process at a time writes into a folder.
 * @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_run_file_write(const char *folder, bf_run_file *run);

/** @brief Reads it. @return BF_OK; BF_ERR_DATA if it is absent or makes no sense (on a full disk
 * perhaps only just now); BF_ERR_NOMEM. */
bf_status bf_run_file_read(const char *folder, bf_run_file *out);

/*
 * mpirun --enable-recovery ends with 0 whatever its ranks end with, and most commands, and a search
 * with a wrong job file, write no run.json. So a launcher names a file in $BITFRONT_RUN_END that
 * holds the line $BITFRONT_RUN, and rank 0 appends its exit code.
 */

/** Rank 0's last act: tells its launcher how it ends. Does nothing without a launcher whose
 * file is seen from here; nobody can do anything about a failure. */
void bf_run_end_write(int exit_code);

/** @brief What rank 0 wrote into the open file @p fd of a launcher that calls itself @p run.
 * @return -1 if nothing yet. */
int bf_run_end_read(int fd, const char *run);

#endif
