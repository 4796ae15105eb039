/* Tries on a new machine of what a search needs of MPI: messages, a shared window, the launcher.
 * Room: cluster. */
#ifndef BF_CLUSTER_PROBE_H
#define BF_CLUSTER_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/text.h"
#include "cluster/launcher.h"
#include "cluster/session.h"

/** What came of messages between rank 0 and other ranks. */
typedef struct bf_message_probe {
  int n_peers;           /**< ranks that were tried; 0: there is no other */
  int slow_rank;         /**< of the largest median: */
  double round_trip_s;   /**< 16 bytes there and back; ranks nap while they wait */
  double megabyte_s;     /**< the largest time of a megabyte there and back */
  int spoilt_rank;       /**< the lowest whose bytes came back changed; -1: none */
  int clock_rank;        /**< whose clock differs most from rank 0's: */
  double clock_offset_s; /**< by so much, of the fastest exchange */
  double clock_error_s;  /**< which lasted twice as long as this */
} bf_message_probe;

/**
 * @brief Collective. Rank 0 exchanges messages with the lowest rank of each host and others, at
 *        most 32 of them.
 * @param[out] out rank 0's; untouched elsewhere.
 * @return BF_OK; BF_ERR_NOMEM; BF_ERR_MPI; agreed.
 */
bf_status bf_probe_messages(bf_session *session, bf_message_probe *out);

/** What came of a shared window of this rank's host. */
typedef struct bf_window_probe {
  const char *folder; /**< where it lies: "/dev/shm"; borrowed */
  double n_free;      /**< bytes there; below 0: not known */
  bool has_room;      /**< else none was made */
  int n_readers;      /**< ranks of this host */
  size_t n_wrong;     /**< bytes that this rank read and another did not write so */
} bf_window_probe;

/**
 * @brief Collective. The lowest rank of each host writes @p n_bytes into a window that all its
 *        ranks read, and every rank some that the lowest reads.
 * @param[out] out of every rank.
 * @return BF_OK, also without room; BF_ERR_MPI: MPI makes no window; agreed.
 */
bf_status bf_probe_window(bf_session *session, size_t n_bytes, bf_window_probe *out);

/** What came of a start of mpirun. */
typedef struct bf_launch_probe {
  bool has_ended;    /**< else it was ended, after the limit */
  int exit_code;     /**< of rank 0; -1: it told none */
  double seconds;    /**< that it took */
  bf_text printed;   /**< standard output; bf_launch_probe_release */
  bf_text complaint; /**< standard error */
} bf_launch_probe;

/**
 * @brief Runs the command once, as bf_launch_run would, but looks at nothing while it runs and
 *        keeps what it prints. Not collective.
 * @return BF_OK; BF_ERR_MPI: mpirun cannot be started; BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_probe_mpirun(const bf_launch *launch, double limit_s, bf_launch_probe *out);
void bf_launch_probe_release(bf_launch_probe *probe);

#endif
