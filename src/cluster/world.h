/* What a session is made of, for the files of this room.
 * Room: cluster. */
#ifndef BF_CLUSTER_WORLD_H
#define BF_CLUSTER_WORLD_H

#include <mpi.h>

#include "cluster/heart.h"
#include "cluster/message.h"
#include "cluster/peers.h"
#include "cluster/session.h"

/** One data set in memory: an MPI window, or plain memory when there is no MPI. */
typedef struct bf_window {
  MPI_Win handle;
  void *memory; /**< owned; NULL when the window holds the bytes */
} bf_window;

enum { BF_MAX_WINDOWS = 8 };

struct bf_session {
  bool has_mpi;
  bool is_broken; /**< a rank is lost: nobody may wait for all any more */
  int rank;
  int size;
  int n_nodes;
  bf_peer *peers;  /**< (size) owned */
  bf_heart *heart; /**< NULL on rank 0 and without MPI */
  bf_mailbox mailbox;
  MPI_Comm node; /**< the ranks that share this machine's memory */
  int node_rank;
  int node_size;
  size_t n_windows;
  bf_window windows[BF_MAX_WINDOWS];
};

/** Whether there are others, all of them to be counted on. */
bool bf_session_is_whole(const bf_session *session);

/** Rank 0: tells the workers to stop, and whether the session is broken; does not wait. */
void bf_session_dismiss(const bf_session *session);

/** BF_OK, or BF_ERR_MPI "<what>: <the library's words>". */
bf_status bf_mpi_check(int code, const char *what);

/** Waits for a request by napping. Returns an MPI code; the request is null then. */
int bf_mpi_wait(MPI_Request *request);

/** Free bytes of the folder that windows are mapped from, which is told (borrowed); below 0: not
 * known. */
double bf_window_room(const char **folder);

/** Bytes that must be free there for a window of @p n_bytes. */
double bf_window_need(size_t n_bytes);

/** Frees all windows. Collective over the node. */
void bf_windows_free(bf_session *session);

#endif
