/* Who the ranks are: their processes, and what can be seen of them from outside MPI.
 * Room: cluster. */
#ifndef BF_CLUSTER_PEERS_H
#define BF_CLUSTER_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct bf_session;

/** One rank's process. A plain value: it travels as bytes. */
typedef struct bf_peer {
  int64_t pid;
  uint64_t pid_space; /**< processes see each other by pid in the same one only (containers) */
  int32_t leader;     /**< lowest rank of its machine */
  int32_t node;       /**< machines are counted in the order of their leaders */
  char host[72];
} bf_peer;

/**
 * @brief Collective. Tells every rank of all, and how many machines there are. Without MPI there is
 * only the caller.
 * @return BF_OK; BF_ERR_NOMEM; BF_ERR_MPI.
 */
bf_status bf_peers_gather(struct bf_session *session);

/**
 * @brief The pid of @p rank if this rank can look at its process: on its machine, in its pid space.
 * @return 0 if it cannot.
 */
int bf_peer_visible_pid(const struct bf_session *session, int rank);

#endif
