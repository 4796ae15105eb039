/* Leaving without MPI: what a process does that cannot count on the others any more.
 * Room: cluster. */
#ifndef BF_CLUSTER_LEAVE_H
#define BF_CLUSTER_LEAVE_H

/**
 * @brief Ends the process at once, without MPI_Finalize, which waits for every rank and so for ever
 *        for a lost one. Removes the files that Open MPI shares memory through from /dev/shm: the
 *        lost ranks cannot. May be called from any thread.
 */
_Noreturn void bf_leave(int exit_code);

#endif
