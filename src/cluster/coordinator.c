/* Rank 0: hands tasks out, takes results in, never waits for a single worker.
 * Room: cluster. */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "cluster/crew.h"
#include "cluster/failures.h"
#include "cluster/message.h"
#include "cluster/nap.h"
#include "cluster/roles.h"
#include "cluster/verdict.h"
#include "cluster/world.h"

static const double tick_s = 0.1;
static const double default_lease_s = 30;

typedef struct coordinator {
  bf_session *session;
  const bf_agenda *agenda;
  bf_crew crew;
  bf_message message;
  size_t n_pending;
  bool has_full_place; /**< a worker could not be given a task, because an older one is still going
                          out to it */
  bool is_dry;         /**< the agenda has nothing to hand out before the next result */
  bool is_done;
  bool is_leaving; /**< the agenda wants to go on no more */
  double last_tick_s;
} coordinator;

static bool takes_tasks(const bf_worker *w, size_t wanted)
{
  return w->standing == BF_WORKING && !w->is_cut && w->n_tasks < wanted;
}

/* A worker answers in order, so the send that used this place has been received by now. If MPI has
 * not noticed yet, nobody waits for it: the worker may have died. */
static bf_status hand_to(coordinator *c, int rank)
{
  bf_status status = BF_OK;
  bf_worker *w = &c->crew.workers[rank];
  size_t place = w->n_sent % BF_TASKS_A_WORKER;
  bf_next next = BF_NEXT_WAIT;
  if (!bf_message_is_sent(&w->requests[place])) {
    c->has_full_place = true;
    return BF_OK;
  }
  bf_bytes_reset(&w->tasks[place]);
  BF_TRY(c->agenda->next(c->agenda->context, rank, &w->tasks[place], &next));
  c->is_dry = next != BF_NEXT_TASK;
  c->is_done = next == BF_NEXT_DONE;
  if (next != BF_NEXT_TASK)
    return BF_OK;
  w->n_sent++;
  w->n_tasks++;
  c->n_pending++;
  if (bf_message_post(rank, BF_TAG_TASK, w->tasks[place].data, w->tasks[place].length,
                      &w->requests[place]) != BF_OK)
    w->is_cut = true;
done:
  return status;
}

static void tick(coordinator *c, double now_s, bool has_news)
{
  if (c->agenda->tick == NULL || (!has_news && now_s - c->last_tick_s < tick_s))
    return;
  c->last_tick_s = now_s;
  c->is_leaving = !c->agenda->tick(c->agenda->context);
}

/* Everybody gets a task before anybody gets a second one. There may be many to serve, and a sampler
 * that thinks for a second about each: those who watch rank 0 must not take it for dead. */
static bf_status hand_out(coordinator *c)
{
  c->has_full_place = false;
  for (size_t wanted = 1; wanted <= BF_TASKS_A_WORKER; wanted++)
    for (int rank = 1; !c->is_dry && !c->is_leaving && rank < c->session->size; rank++) {
      if (!takes_tasks(&c->crew.workers[rank], wanted))
        continue;
      bf_status status = hand_to(c, rank);
      if (status != BF_OK)
        return status;
      tick(c, bf_clock_s(), false);
    }
  BF_ASSERT(c->is_done || !c->is_dry || c->n_pending > 0);
  return BF_OK;
}

static bf_status adopt_failure(coordinator *c)
{
  const bf_message *message = &c->message;
  bf_verdict verdict;
  if (message->bytes.length != sizeof verdict)
    return bf_fail(BF_ERR_BUG, "rank %d failed and did not say why", message->rank);
  memcpy(&verdict, message->bytes.data, sizeof verdict);
  return bf_verdict_adopt(&verdict);
}

/* What a worker finished after it was given up is as good as ever; only it is not counted. */
static bf_status take_result(coordinator *c)
{
  bf_status status = BF_OK;
  const bf_message *message = &c->message;
  bf_worker *w = &c->crew.workers[message->rank];
  if (w->standing == BF_WORKING) {
    BF_CHECK(w->n_tasks > 0, BF_ERR_BUG, "rank %d sent a result out of turn", message->rank);
    w->n_tasks--;
    c->n_pending--;
  }
  BF_TRY(c->agenda->accept(c->agenda->context, message->rank, message->bytes.data,
                           message->bytes.length));
  c->is_dry = false;
  BF_TRY(hand_out(c));
done:
  return status;
}

static bf_status employ_again(coordinator *c)
{
  bf_status status = BF_OK;
  bf_worker *w = &c->crew.workers[c->message.rank];
  BF_CHECK(w->standing == BF_RETURNING || w->standing == BF_DEAD, BF_ERR_BUG,
           "rank %d forgot what it was not told to", c->message.rank);
  if (w->standing == BF_RETURNING) {
    w->standing = BF_WORKING;
    bf_info("rank %d is back; %zu of %d workers are there", c->message.rank,
            bf_crew_n_at_work(&c->crew), c->session->size - 1);
  }
  BF_TRY(hand_out(c));
done:
  return status;
}

static bf_status take_in(coordinator *c)
{
  switch (c->message.tag) {
  case BF_TAG_RESULT:
    return take_result(c);
  case BF_TAG_FATAL:
    return adopt_failure(c);
  case BF_TAG_FORGOTTEN:
    return employ_again(c);
  case BF_TAG_BROKEN:
    c->crew.workers[c->message.rank].is_cut = true;
    return BF_OK;
  case BF_TAG_BEAT:
    return BF_OK;
  default:
    return bf_fail(BF_ERR_BUG, "rank %d sent a message with tag %d", c->message.rank,
                   c->message.tag);
  }
}

static void say_loss(const coordinator *c, const bf_loss *loss)
{
  bf_warn("rank %d on %s %s: what it had to do goes to others; %zu of %d workers are left",
          loss->rank, bf_session_host(c->session, loss->rank),
          loss->is_dead ? "is lost" : "is silent", bf_crew_n_at_work(&c->crew),
          c->session->size - 1);
}

/* Tells the agenda, and gives what is free again to others. */
static bf_status part_with_lost(coordinator *c, double now_s)
{
  bf_status status = BF_OK;
  bf_loss loss;
  while (bf_crew_give_up(&c->crew, now_s, &loss)) {
    c->n_pending -= loss.n_tasks;
    c->is_dry = false;
    say_loss(c, &loss);
    BF_TRY(c->agenda->lose(c->agenda->context, loss.rank, loss.is_dead));
  }
  BF_TRY(hand_out(c));
done:
  return status;
}

/* The mailbox is empty. */
static bf_status look_after_workers(coordinator *c, double now_s)
{
  if (c->crew.is_due)
    return part_with_lost(c, now_s);
  bf_crew_look(&c->crew, now_s);
  if (bf_crew_is_lost(&c->crew, now_s))
    return bf_crew_report(&c->crew);
  return c->has_full_place ? hand_out(c) : BF_OK;
}

/* With ULFM no receive from any rank succeeds after a failure until it was looked at. */
static bf_status poll(coordinator *c, bool *arrived)
{
  bf_status status = bf_message_poll(&c->session->mailbox, &c->message, arrived);
  if (status == BF_ERR_MPI && bf_failures_find(c->crew.is_failed)) {
    c->crew.is_due = true;
    return BF_OK;
  }
  return status;
}

static bf_status serve(coordinator *c)
{
  bf_nap nap = {0};
  bf_status status = hand_out(c);
  while (status == BF_OK && !c->is_done && !c->is_leaving) {
    bool arrived = false;
    double now_s = bf_clock_s();
    bf_crew_pass(&c->crew, now_s);
    BF_TRY(poll(c, &arrived));
    if (arrived) {
      nap = (bf_nap){0};
      bf_crew_hear(&c->crew, c->message.rank, now_s);
      status = take_in(c);
    } else {
      status = look_after_workers(c, now_s);
      bf_nap_take(&nap);
    }
    if (status == BF_OK)
      tick(c, now_s, arrived && c->message.tag == BF_TAG_RESULT);
  }
done:
  return status;
}

static void see_who_is_lost(coordinator *c, double now_s)
{
  bf_loss loss;
  if (!c->crew.is_due)
    bf_crew_look(&c->crew, now_s);
  else
    while (bf_crew_give_up(&c->crew, now_s, &loss))
      c->session->is_broken = true;
}

/*
 * A worker receives everything that was sent to it before its stop and answers with its own last
 * message, so afterwards no message is under way in either direction. What still comes in is of no
 * use: either all is done, or it failed.
 */
static bf_status await_stops(coordinator *c)
{
  bf_nap nap = {0};
  while (!c->session->is_broken && bf_crew_n_at_work(&c->crew) > 0) {
    bool arrived = false;
    double now_s = bf_clock_s();
    bf_crew_pass(&c->crew, now_s);
    bf_status status = poll(c, &arrived);
    if (status == BF_ERR_MPI) {
      c->session->is_broken = true;
      return status;
    }
    if (!arrived) {
      see_who_is_lost(c, now_s);
      bf_nap_take(&nap);
      continue;
    }
    bf_worker *w = &c->crew.workers[c->message.rank];
    w->heard_s = now_s;
    w->is_cut = w->is_cut || c->message.tag == BF_TAG_BROKEN;
    if (c->message.tag == BF_TAG_STOPPED)
      w->standing = BF_STOPPED;
  }
  return BF_OK;
}

/* After a loss none may wait for all, and the others stay where they are until rank 0 ends:
 * processes that end one by one without MPI_Finalize alarm mpirun, which may then kill rank 0 while
 * it writes its results (bf_session_end). */
static bf_status stop_workers(coordinator *c)
{
  bf_crew *crew = &c->crew;
  if (crew->workers == NULL || c->is_leaving || crew->n_losses > 0) {
    c->session->is_broken = true;
    return BF_OK;
  }
  bf_session_dismiss(c->session);
  return await_stops(c);
}

bf_status bf_coordinate(bf_session *session, const bf_agenda *agenda)
{
  coordinator c = {.session = session, .agenda = agenda};
  bf_status status =
      bf_crew_init(&c.crew, session, agenda->lease_s > 0 ? agenda->lease_s : default_lease_s);
  if (status == BF_OK)
    status = serve(&c);
  /* The first failure is the one to tell, whatever stopping meets. */
  bf_verdict verdict = bf_verdict_of(status);
  bf_status stopped = stop_workers(&c);
  bf_message_release(&c.message);
  bf_crew_release(&c.crew);
  return status == BF_OK ? stopped : bf_verdict_adopt(&verdict);
}
