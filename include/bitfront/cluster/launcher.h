/* The launcher: starts mpirun, watches the search that it runs, and starts it again when it is
 * lost. Room: cluster. MPI: none; it is a process of its own, outside the ranks. */
#ifndef BF_CLUSTER_LAUNCHER_H
#define BF_CLUSTER_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/text.h"

/*
 * What Open MPI 4.1 leaves to somebody outside (measured): mpirun --enable-recovery lets the other
 * ranks live when one is lost, but ends with 0 whatever happened, and waits for ever for a rank
 * that is stopped, or lost while MPI starts. So the launcher believes rank 0 only: the exit code it
 * tells (study/run_file.h) is how the search ended, and without one the search was lost. The
 * search is lost when mpirun or rank 0 is gone, when rank 0 is silent, or does not start. Then
 * everything is ended and swept up, and the search resumed from its journal.
 *
 * Signals of the launcher: TERM, INT and HUP make rank 0 write and leave, USR1 lets it finish what
 * runs; nothing is started again then. When the launcher is killed, mpirun and its ranks end.
 */

typedef struct bf_launch {
  const char *program; /**< what every rank runs */
  size_t n_arguments;
  const char *const *arguments; /**< (n_arguments) of it: a command and what it takes */
  const char *progress; /**< the style that suits the terminal, unless the arguments say one */
  size_t n_ranks;       /**< 0: as many as mpirun finds slots */
  const char *hostfile; /**< NULL: this machine, or the nodes of a SLURM job */
  size_t n_extra;
  const char *const *extra; /**< (n_extra) arguments for mpirun */
  double start_timeout_s;   /**< a search that does not serve by then is lost */
  double stall_s;           /**< and so is one whose rank 0 is silent for so long */
  size_t n_retries;         /**< losses in a row, without a trial that ended, that are made good */
} bf_launch;

/**
 * @brief Runs the command to its end. Only a `search` that has an --out and does search is watched
 *        and started again; for all else the exit code is passed on.
 *
 * Handles the signals above while it runs; those that were ignored stay ignored. What it does is
 * said through base/log.h.
 * @param[out] exit_code what rank 0 said; without that 4 if there is a journal to resume from, 1
 *             if not.
 * @param[out] why appended to: one line when the end is not rank 0's, which said its own.
 * @return BF_OK; BF_ERR_MPI if mpirun cannot be started; BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_launch_run(const bf_launch *launch, int *exit_code, bf_text *why);

#endif
