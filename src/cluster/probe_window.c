/* A window of shared memory, tried on a new machine: every rank of a host sees what the others
 * wrote.
 * Room: cluster. */
#include <stdint.h>

#include "base/memory.h"
#include "cluster/probe.h"
#include "cluster/world.h"

static uint8_t byte_at(size_t i)
{
  return (uint8_t)((i * 2654435761U) >> 9);
}

/* Behind what the lowest rank writes every rank has a byte of its own. */
static uint8_t byte_of(int node_rank)
{
  return (uint8_t)(node_rank * 7 + 1);
}

static size_t exchange(const bf_session *session, MPI_Win window, uint8_t *bytes, size_t n_bytes)
{
  size_t n_wrong = 0;
  for (size_t i = 0; session->node_rank == 0 && i < n_bytes; i++)
    bytes[i] = byte_at(i);
  bytes[n_bytes + (size_t)session->node_rank] = byte_of(session->node_rank);
  MPI_Win_fence(0, window);
  for (size_t i = 0; i < n_bytes; i++)
    n_wrong += bytes[i] != byte_at(i);
  for (int k = 0; session->node_rank == 0 && k < session->node_size; k++)
    n_wrong += bytes[n_bytes + (size_t)k] != byte_of(k);
  MPI_Win_fence(0, window);
  return n_wrong;
}

static bf_status try_window(const bf_session *session, size_t n_bytes, size_t *n_wrong)
{
  bf_status status = BF_OK;
  MPI_Win window = MPI_WIN_NULL;
  void *memory = NULL;
  MPI_Aint n = session->node_rank == 0 ? (MPI_Aint)(n_bytes + (size_t)session->node_size) : 0;
  int unit = 1;
  BF_TRY(
      bf_mpi_check(MPI_Win_allocate_shared(n, unit, MPI_INFO_NULL, session->node, &memory, &window),
                   "cannot make a window of shared memory"));
  BF_TRY(bf_mpi_check(MPI_Win_shared_query(window, 0, &n, &unit, &memory),
                      "cannot find the shared memory"));
  MPI_Win_fence(0, window);
  *n_wrong = exchange(session, window, memory, n_bytes);
done:
  if (window != MPI_WIN_NULL)
    MPI_Win_free(&window);
  return status;
}

bf_status bf_probe_window(bf_session *session, size_t n_bytes, bf_window_probe *out)
{
  bf_status status = BF_OK;
  bf_window_probe found = {.n_readers = session->node_size};
  found.n_free = bf_window_room(&found.folder);
  int has_room = found.n_free < 0 || found.n_free >= bf_window_need(n_bytes);
  if (session->has_mpi)
    BF_TRY(bf_mpi_check(MPI_Bcast(&has_room, 1, MPI_INT, 0, session->node), "cannot agree"));
  found.has_room = has_room != 0;
  if (found.has_room && bf_session_is_whole(session))
    status = try_window(session, n_bytes, &found.n_wrong);
  BF_TRY(bf_session_agree(session, status));
  *out = found;
done:
  return status;
}
