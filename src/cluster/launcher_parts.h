/* What the parts of the launcher share: one start of mpirun.
 * Room: cluster. */
#ifndef BF_CLUSTER_LAUNCHER_PARTS_H
#define BF_CLUSTER_LAUNCHER_PARTS_H

#include <stdint.h>
#include <sys/types.h>

#include "cluster/launcher.h"
#include "study/run_file.h"

typedef struct bf_attempt {
  char run[BF_RUN_TEXT]; /**< $BITFRONT_RUN of all its processes; no other has it */
  int end_fd;            /**< the file that rank 0 writes its exit code to (bf_run_end_read) */
  pid_t mpirun;          /**< also its process group */
  double start_date_s;
  uint32_t family; /**< the upper half of Open MPI's job numbers; 0: not known yet */
} bf_attempt;

/** @brief Starts mpirun. @param n_before starts of this launcher. @param resumes adds --resume.
 * @return BF_OK, with an attempt to be released; BF_ERR_MPI; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_attempt_start(const bf_launch *launch, size_t n_before, bool resumes,
                           bf_attempt *attempt);
void bf_attempt_release(bf_attempt *attempt);

/** Whether argument @p name is given to the command, as "--name" or "--name=value"; @p value may be
 * NULL. The last one counts. */
bool bf_launch_has(const bf_launch *launch, const char *name, const char **value);

/** Finds out Open MPI's job number, once mpirun has told it; asked again until then. From Open
 * MPI 5 on @p rank shows it, a process of the job on this machine; 0: none is known. */
void bf_attempt_learn(bf_attempt *attempt, pid_t rank);

/**
 * Kills what is left of an attempt on this host, waits until it is gone, and removes its files of
 * shared memory and its session folder. Only what is ours goes: processes have the attempt's
 * $BITFRONT_RUN, files its job number, our user, a date after its start, and no process that maps
 * them.
 */
void bf_attempt_sweep(const bf_attempt *attempt);

#endif
