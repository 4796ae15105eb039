/* Who the ranks are: their processes, and what can be seen of them from outside MPI.
 * Room: cluster. */
#include "cluster/peers.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cluster/world.h"

static bf_peer describe(int leader)
{
  bf_peer me = {.pid = getpid(), .leader = leader};
  struct stat space;
  if (stat("/proc/self/ns/pid", &space) == 0)
    me.pid_space = (uint64_t)space.st_ino;
  if (gethostname(me.host, sizeof me.host - 1) != 0)
    snprintf(me.host, sizeof me.host, "unknown");
  return me;
}

static int count_nodes(bf_peer *peers, int size)
{
  int n = 0;
  for (int rank = 0; rank < size; rank++)
    peers[rank].node = peers[rank].leader == rank ? n++ : peers[peers[rank].leader].node;
  return n;
}

bf_status bf_peers_gather(bf_session *session)
{
  bf_status status = BF_OK;
  int leader = session->rank;
  session->peers = bf_alloc((size_t)session->size, sizeof *session->peers);
  BF_CHECK_MEMORY(session->peers);
  if (session->has_mpi)
    BF_TRY(bf_mpi_check(MPI_Bcast(&leader, 1, MPI_INT, 0, session->node), "cannot count nodes"));
  const bf_peer me = describe(leader);
  session->peers[session->rank] = me;
  if (session->has_mpi)
    BF_TRY(bf_mpi_check(MPI_Allgather(&me, (int)sizeof me, MPI_BYTE, session->peers, (int)sizeof me,
                                      MPI_BYTE, MPI_COMM_WORLD),
                        "cannot learn of the other ranks"));
  session->n_nodes = count_nodes(session->peers, session->size);
done:
  return status;
}

int bf_peer_visible_pid(const bf_session *session, int rank)
{
  const bf_peer *me = &session->peers[session->rank];
  const bf_peer *peer = &session->peers[rank];
  bool is_visible = peer->node == me->node && peer->pid_space == me->pid_space;
  return is_visible ? (int)peer->pid : 0;
}

int bf_session_pid(const bf_session *session, int rank)
{
  return (int)session->peers[rank].pid;
}

const char *bf_session_host(const bf_session *session, int rank)
{
  return session->peers[rank].host;
}

int bf_session_node(const bf_session *session, int rank)
{
  return session->peers[rank].node;
}

bool bf_session_leads_node(const bf_session *session)
{
  return session->node_rank == 0;
}
