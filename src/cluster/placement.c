/* Where the ranks are: host by host, which CPUs their workers share.
 * Room: cluster. */
#include "cluster/placement.h"

#include <math.h>

#include "base/memory.h"
#include "cluster/world.h"

/* A lone process and every rank but the first compute. */
static bool is_worker(const bf_session *session, int rank)
{
  return rank > 0 || session->size == 1;
}

static void join(bf_cpu_set *set, const bf_cpu_set *other)
{
  for (size_t i = 0; i < BF_CPU_WORDS; i++)
    set->words[i] |= other->words[i];
}

/*
 * Of the ranks of a host, those that must do with the CPUs of `share`. If they are more than these
 * CPUs, and more a CPU than of any other share so far, they are the host's crowd. Binding makes
 * shares that are equal, apart, or one in the other, so each rank's own is all that need be tried.
 */
static void judge_share(const bf_session *session, const bf_seat *seats, int rank, bf_host_use *use)
{
  const bf_cpu_set *share = &seats[rank].allowed;
  int n_cpus = bf_cpu_set_count(share);
  int n = 0;
  int lowest = -1;
  for (int other = use->first_rank; other < session->size; other++) {
    bool is_here = session->peers[other].node == session->peers[rank].node;
    if (is_here && is_worker(session, other) && bf_cpu_set_holds(share, &seats[other].allowed)) {
      lowest = lowest < 0 ? other : lowest;
      n++;
    }
  }
  bool is_worse = use->n_crowded == 0 || n * use->n_crowded_cpus > use->n_crowded * n_cpus;
  if (n <= n_cpus || !is_worse)
    return;
  use->n_crowded = n;
  use->n_crowded_cpus = n_cpus;
  use->crowded_rank = lowest;
}

/* The share of an earlier rank of the host is the same: it was judged, with all its ranks. */
static bool is_known_share(const bf_session *session, const bf_seat *seats, int first, int rank)
{
  for (int other = first; other < rank; other++)
    if (session->peers[other].node == session->peers[rank].node && is_worker(session, other) &&
        memcmp(&seats[other].allowed, &seats[rank].allowed, sizeof seats[rank].allowed) == 0)
      return true;
  return false;
}

static void judge_host(const bf_session *session, const bf_seat *seats, bf_host_use *use)
{
  int first = use->first_rank;
  int node = session->peers[first].node;
  bf_cpu_set all = {{0}};
  for (int rank = first; rank < session->size; rank++)
    if (session->peers[rank].node == node)
      join(&all, &seats[rank].allowed);
  const bf_cores *machine = &seats[first].machine;
  use->n_cpus = bf_cpu_set_count(&all);
  use->n_machine = machine->n_cpus > use->n_cpus ? machine->n_cpus : use->n_cpus;
  for (int rank = first; rank < session->size; rank++) {
    if (session->peers[rank].node != node || !is_worker(session, rank))
      continue;
    use->n_workers++;
    use->n_bound += bf_cpu_set_count(&seats[rank].allowed) < use->n_machine;
    use->limit = fmax(use->limit, seats[rank].limit);
    if (!is_known_share(session, seats, first, rank))
      judge_share(session, seats, rank, use);
  }
  int n_threads = machine->n_cores > 0 ? machine->n_cpus / machine->n_cores : 1;
  use->n_cores = n_threads > 1 ? (use->n_cpus + n_threads - 1) / n_threads : use->n_cpus;
}

bf_status bf_placement_of(const bf_session *session, const bf_seat *seats, bf_placement *out)
{
  bf_host_use *hosts = bf_alloc((size_t)session->n_nodes, sizeof *hosts);
  if (hosts == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory (%d hosts)", session->n_nodes);
  int n = 0;
  for (int rank = 0; rank < session->size && n < session->n_nodes; rank++) {
    if (session->peers[rank].node != n)
      continue;
    hosts[n] =
        (bf_host_use){.host = session->peers[rank].host, .first_rank = rank, .is_first = rank == 0};
    judge_host(session, seats, &hosts[n++]);
  }
  *out = (bf_placement){.n_hosts = n, .hosts = hosts};
  return BF_OK;
}

static bf_status take_seat(const bf_session *session, bf_seat *seat)
{
  *seat = (bf_seat){.limit = bf_cores_limit()};
  /* What a machine has matters to the words of a report only, and a lone process has no need of it.
   */
  if (session->node_rank == 0 && session->size > 1 && bf_cores_find(&seat->machine) != BF_OK)
    seat->machine = (bf_cores){0};
  return bf_cores_allowed(&seat->allowed);
}

bf_status bf_placement_gather(bf_session *session, bf_placement *out)
{
  bf_status status = BF_OK;
  bf_seat seat;
  bf_seat *seats = NULL;
  bool is_first = session->rank == 0;
  BF_TRY(bf_session_agree(session, take_seat(session, &seat)));
  if (is_first) {
    seats = bf_alloc((size_t)session->size, sizeof *seats);
    if (seats == NULL)
      status = bf_fail(BF_ERR_NOMEM, "out of memory (%d ranks)", session->size);
  }
  BF_TRY(bf_session_agree(session, status));
  BF_TRY(bf_session_gather(session, &seat, sizeof seat, seats));
  if (is_first)
    status = bf_placement_of(session, seats, out);
  BF_TRY(bf_session_agree(session, status));
done:
  free(seats);
  return status;
}

void bf_placement_release(bf_placement *placement)
{
  free(placement->hosts);
  *placement = (bf_placement){0};
}
