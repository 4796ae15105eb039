/* Rank 0: hands tasks out, takes results in, never waits for a single worker.
 * Room: cluster. */
#include <mpi.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cluster/message.h"
#include "cluster/nap.h"
#include "cluster/roles.h"
#include "cluster/verdict.h"
#include "cluster/world.h"

/* One running and one in advance, so that a worker never waits for rank 0. More would let a slow
 * trial hold up those queued behind it. */
enum { TASKS_A_WORKER = 2 };

static const double tick_s = 0.1;

/** What rank 0 knows of a worker. Sends stay open until the worker has room for them. */
typedef struct worker {
  size_t n_tasks; /**< handed out, not yet answered */
  size_t n_sent;
  bf_bytes tasks[TASKS_A_WORKER]; /**< bytes of the open sends */
  MPI_Request requests[TASKS_A_WORKER];
} worker;

typedef struct coordinator {
  const bf_agenda *agenda;
  int size;
  worker *workers; /**< (size), by rank; the first is unused */
  size_t n_pending;
  bool is_dry; /**< the agenda has nothing to hand out before the next result */
  bool is_done;
  double last_tick_s;
} coordinator;

/* A worker answers in order, so the send that used this place has been received by now. */
static bf_status hand_to(coordinator *c, int rank)
{
  bf_status status = BF_OK;
  worker *w = &c->workers[rank];
  size_t place = w->n_sent % TASKS_A_WORKER;
  bf_next next = BF_NEXT_WAIT;
  BF_TRY(bf_mpi_check(bf_mpi_wait(&w->requests[place]), "cannot send a task"));
  bf_bytes_reset(&w->tasks[place]);
  BF_TRY(c->agenda->next(c->agenda->context, &w->tasks[place], &next));
  c->is_dry = next != BF_NEXT_TASK;
  c->is_done = next == BF_NEXT_DONE;
  if (next != BF_NEXT_TASK)
    return BF_OK;
  BF_TRY(bf_message_post(rank, BF_TAG_TASK, w->tasks[place].data, w->tasks[place].length,
                         &w->requests[place]));
  w->n_sent++;
  w->n_tasks++;
  c->n_pending++;
done:
  return status;
}

/* Everybody gets a task before anybody gets a second one. */
static bf_status hand_out(coordinator *c)
{
  for (size_t wanted = 1; wanted <= TASKS_A_WORKER; wanted++)
    for (int rank = 1; rank < c->size; rank++)
      while (!c->is_dry && c->workers[rank].n_tasks < wanted) {
        bf_status status = hand_to(c, rank);
        if (status != BF_OK)
          return status;
      }
  BF_ASSERT(c->is_done || c->n_pending > 0);
  return BF_OK;
}

static bf_status adopt_failure(const bf_message *message)
{
  bf_verdict verdict;
  if (message->bytes.length != sizeof verdict)
    return bf_fail(BF_ERR_BUG, "rank %d failed and did not say why", message->rank);
  memcpy(&verdict, message->bytes.data, sizeof verdict);
  return bf_verdict_adopt(&verdict);
}

static bf_status take_in(coordinator *c, const bf_message *message)
{
  bf_status status = BF_OK;
  if (message->tag == BF_TAG_FATAL)
    return adopt_failure(message);
  worker *w = &c->workers[message->rank];
  BF_CHECK(message->tag == BF_TAG_RESULT && w->n_tasks > 0, BF_ERR_BUG,
           "rank %d sent a message with tag %d out of turn", message->rank, message->tag);
  w->n_tasks--;
  c->n_pending--;
  BF_TRY(c->agenda->accept(c->agenda->context, message->rank, message->bytes.data,
                           message->bytes.length));
  c->is_dry = false;
  BF_TRY(hand_out(c));
done:
  return status;
}

static void tick(coordinator *c, bool has_news)
{
  if (c->agenda->tick == NULL)
    return;
  double now_s = bf_clock_s();
  if (!has_news && now_s - c->last_tick_s < tick_s)
    return;
  c->last_tick_s = now_s;
  c->agenda->tick(c->agenda->context);
}

static bf_status serve(coordinator *c)
{
  bf_message message = {0};
  bf_nap nap = {0};
  bf_status status = hand_out(c);
  while (status == BF_OK && !c->is_done) {
    bool arrived = false;
    status = bf_message_poll(&message, &arrived);
    if (status != BF_OK)
      break;
    if (arrived) {
      nap = (bf_nap){0};
      status = take_in(c, &message);
    } else {
      bf_nap_take(&nap);
    }
    tick(c, arrived);
  }
  bf_message_release(&message);
  return status;
}

/*
 * A worker receives everything that was sent to it before its stop and answers with its own last
 * message, so afterwards no message is under way in either direction. What still comes in is of no
 * use: either all is done, or it failed.
 */
static bf_status stop_workers(int size)
{
  bf_status status = BF_OK;
  bf_message message = {0};
  bf_nap nap = {0};
  for (int rank = 1; rank < size; rank++)
    BF_TRY(bf_message_send(rank, BF_TAG_STOP, NULL, 0));
  for (int n_running = size - 1; n_running > 0;) {
    bool arrived = false;
    status = bf_message_poll(&message, &arrived);
    if (status == BF_ERR_MPI)
      goto done;
    if (!arrived)
      bf_nap_take(&nap);
    else if (status == BF_OK && message.tag == BF_TAG_STOPPED)
      n_running--;
  }
  status = BF_OK;
done:
  bf_message_release(&message);
  return status;
}

static void release(coordinator *c)
{
  for (int rank = 1; c->workers != NULL && rank < c->size; rank++)
    for (size_t i = 0; i < TASKS_A_WORKER; i++) {
      bf_mpi_wait(&c->workers[rank].requests[i]);
      bf_bytes_release(&c->workers[rank].tasks[i]);
    }
  free(c->workers);
}

static bf_status recruit(coordinator *c)
{
  c->workers = bf_alloc((size_t)c->size, sizeof *c->workers);
  if (c->workers == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory (%d workers)", c->size - 1);
  for (int rank = 0; rank < c->size; rank++)
    for (size_t i = 0; i < TASKS_A_WORKER; i++)
      c->workers[rank].requests[i] = MPI_REQUEST_NULL;
  return BF_OK;
}

bf_status bf_coordinate(bf_session *session, const bf_agenda *agenda)
{
  coordinator c = {.agenda = agenda, .size = session->size};
  bf_status status = recruit(&c);
  if (status == BF_OK)
    status = serve(&c);
  /* The first failure is the one to tell, whatever stopping meets. */
  bf_verdict verdict = bf_verdict_of(status);
  bf_status stopped = stop_workers(c.size);
  release(&c);
  return status == BF_OK ? stopped : bf_verdict_adopt(&verdict);
}
