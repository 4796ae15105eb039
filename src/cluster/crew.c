/* What rank 0 knows of the workers: who is at work, who fell silent, who died, who came back.
 * Room: cluster. */
#include "cluster/crew.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "cluster/failures.h"
#include "cluster/message.h"
#include "cluster/world.h"

static const double look_s = 0.1;
/* A worker that was stopped for a moment longer than a lease is worth waiting for when it is the
 * last. */
static const double leases_to_the_end = 3;

size_t bf_worker_n_tasks(const bf_worker *w)
{
  return (size_t)(w->n_handed - w->n_answered);
}

void bf_worker_clear(bf_worker *w)
{
  w->n_answered = w->n_handed;
}

void bf_crew_set(bf_crew *crew, int rank, bf_standing standing)
{
  bf_worker *w = &crew->workers[rank];
  crew->n[w->standing]--;
  crew->n[standing]++;
  w->standing = standing;
}

static void release_worker(bf_worker *w)
{
  for (size_t i = 0; i < BF_CREW_SENDS; i++) {
    bf_mpi_wait(&w->requests[i]);
    bf_bytes_release(&w->tasks[i]);
  }
}

void bf_crew_release(bf_crew *crew)
{
  bool is_whole = bf_session_is_whole(crew->session);
  for (int rank = 1; is_whole && crew->workers != NULL && rank < crew->session->size; rank++)
    release_worker(&crew->workers[rank]);
  if (is_whole) {
    bf_bytes_release(&crew->lease);
    free(crew->workers);
  }
  free(crew->is_failed);
  *crew = (bf_crew){.session = crew->session};
}

bf_status bf_crew_init(bf_crew *crew, const bf_session *session, double lease_s)
{
  bf_status status = BF_OK;
  size_t size = (size_t)session->size;
  double now_s = bf_clock_s();
  *crew = (bf_crew){.session = session, .lease_s = lease_s, .passed_s = now_s, .looked_s = now_s};
  crew->workers = bf_alloc(size, sizeof *crew->workers);
  crew->is_failed = bf_alloc(size, sizeof *crew->is_failed);
  bf_bytes_put_f64(&crew->lease, lease_s);
  BF_CHECK(crew->workers != NULL && crew->is_failed != NULL && !crew->lease.short_of_memory,
           BF_ERR_NOMEM, "out of memory (%zu workers)", size - 1);
  crew->n[BF_WORKING] = size - 1;
  for (size_t rank = 0; rank < size; rank++)
    for (size_t i = 0; i < BF_CREW_SENDS; i++)
      crew->workers[rank].requests[i] = MPI_REQUEST_NULL;
  for (size_t rank = 1; rank < size; rank++) {
    bf_worker *w = &crew->workers[rank];
    w->heard_s = now_s;
    if (bf_message_shout((int)rank, BF_TAG_LEASE, crew->lease.data, crew->lease.length) != BF_OK)
      w->is_cut = true;
  }
done:
  if (status != BF_OK)
    bf_crew_release(crew);
  return status;
}

void bf_crew_pass(bf_crew *crew, double now_s)
{
  if (now_s - crew->passed_s > 0.5 * crew->lease_s)
    for (int rank = 1; rank < crew->session->size; rank++)
      crew->workers[rank].heard_s = now_s;
  crew->passed_s = now_s;
}

static void welcome(bf_crew *crew, int rank)
{
  if (bf_message_shout(rank, BF_TAG_FORGET, NULL, 0) == BF_OK)
    bf_crew_set(crew, rank, BF_RETURNING);
}

static bf_worker *leader_of(const bf_crew *crew, int rank)
{
  return &crew->workers[crew->session->peers[rank].leader];
}

void bf_crew_hear(bf_crew *crew, int rank, double now_s)
{
  bf_worker *w = &crew->workers[rank];
  w->heard_s = now_s;
  leader_of(crew, rank)->is_node_silent = false;
  if (w->standing == BF_SILENT)
    welcome(crew, rank);
}

/* When a machine or its link dies all its ranks fall silent within a beat. They are given up
 * together: else what the first one had to do would go to an idle one beside it, and would be
 * suspected of having killed both. */
static bool is_silent(const bf_crew *crew, int rank, double now_s)
{
  const bf_worker *w = &crew->workers[rank];
  double patience_s = crew->lease_s * (leader_of(crew, rank)->is_node_silent ? 0.5 : 1);
  return w->is_cut || now_s - w->heard_s > patience_s;
}

static bool is_due(const bf_crew *crew, int rank, double now_s)
{
  const bf_worker *w = &crew->workers[rank];
  if (w->standing == BF_WORKING)
    return crew->is_failed[rank] || is_silent(crew, rank, now_s);
  bool is_given_up = w->standing == BF_SILENT || w->standing == BF_RETURNING;
  return is_given_up && crew->is_failed[rank];
}

static void look_at(bf_crew *crew, int rank)
{
  bf_standing standing = crew->workers[rank].standing;
  if (standing == BF_DEAD || standing == BF_STOPPED)
    return;
  int pid = bf_peer_visible_pid(crew->session, rank);
  if (pid != 0 && !bf_process_lives(pid))
    crew->is_failed[rank] = true;
}

void bf_crew_look(bf_crew *crew, double now_s)
{
  if (now_s - crew->looked_s < look_s)
    return;
  crew->looked_s = now_s;
  bf_failures_find(crew->is_failed);
  for (int rank = 1; rank < crew->session->size; rank++) {
    look_at(crew, rank);
    crew->is_due = crew->is_due || is_due(crew, rank, now_s);
  }
}

bool bf_crew_give_up(bf_crew *crew, double now_s, bf_loss *loss)
{
  for (int rank = 1; rank < crew->session->size; rank++) {
    bf_worker *w = &crew->workers[rank];
    if (!is_due(crew, rank, now_s))
      continue;
    bool was_working = w->standing == BF_WORKING;
    bf_crew_set(crew, rank, crew->is_failed[rank] ? BF_DEAD : BF_SILENT);
    if (!was_working)
      continue;
    bool is_known_alive = w->standing == BF_SILENT && bf_peer_visible_pid(crew->session, rank) != 0;
    if (w->standing == BF_SILENT && !is_known_alive)
      leader_of(crew, rank)->is_node_silent = true;
    *loss = (bf_loss){.rank = rank,
                      .is_dead = !is_known_alive,
                      .is_gathered = w->n_gathering > w->n_answered,
                      .n_tasks = bf_worker_n_tasks(w)};
    w->is_cut = false;
    bf_worker_clear(w);
    crew->n_losses++;
    return true;
  }
  crew->is_due = false;
  return false;
}

size_t bf_crew_n_at_work(const bf_crew *crew)
{
  return crew->n[BF_WORKING];
}

bool bf_crew_is_lost(const bf_crew *crew, double now_s)
{
  if (crew->n[BF_WORKING] > 0)
    return false;
  for (int rank = 1; rank < crew->session->size; rank++) {
    const bf_worker *w = &crew->workers[rank];
    bool is_waited_for = w->standing == BF_SILENT || w->standing == BF_RETURNING;
    if (is_waited_for && now_s - w->heard_s <= leases_to_the_end * crew->lease_s)
      return false;
  }
  return true;
}

bf_status bf_crew_report(const bf_crew *crew)
{
  size_t n_dead = crew->n[BF_DEAD];
  return bf_fail(BF_ERR_STOPPED, "no worker is left: %zu died, %zu fell silent", n_dead,
                 (size_t)crew->session->size - 1 - n_dead);
}
