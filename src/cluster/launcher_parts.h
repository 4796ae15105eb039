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
  char *end_path;        /**< its path where rank 0 may be on another host; NULL: it has none */
  pid_t mpirun;          /**< also its process group */
  double start_date_s;
  uint32_t family; /**< the upper half of Open MPI's job numbers; 0: not known yet */
} bf_attempt;

/** @brief Starts mpirun. @param n_before starts of this launcher. @param resumes adds --resume.
 * @return BF_OK, with an attempt to be released; BF_ERR_MPI; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_attempt_start(const bf_launch *launch, size_t n_before, bool resumes,
                           bf_attempt *attempt);
void bf_attempt_release(bf_attempt *attempt);

/** The exit code that rank 0 has told; -1: none yet. */
int bf_attempt_end_code(const bf_attempt *attempt);

/** Whether argument @p name is given to the command, as "--name" or "--name=value"; @p value may be
 * NULL. The last one counts. */
bool bf_launch_has(const bf_launch *launch, const char *name, const char **value);

/** Whether mpirun reaches other machines by ssh: neither the user nor a batch system brings another
 * program. */
bool bf_launch_uses_ssh(void);

/** @brief A file without a name, which /proc/<this process>/fd/ has under the number @p fd as long
 * as this process lives: nobody has to remove it. @param[out] fd to be closed. @return BF_OK;
 * BF_ERR_IO. */
bf_status bf_nameless_file(const char *text, int *fd);

/**
 * @brief What is left of a hostfile without the hosts that ssh does not lead to any more. They are
 * asked all at once, which takes up to twenty seconds; those left out are told.
 * @param[out] living appended to; nothing if no host answers.
 * @return BF_OK; BF_ERR_NOMEM; those of bf_file_read.
 */
bf_status bf_hosts_living(const char *hostfile, bf_text *living);

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
