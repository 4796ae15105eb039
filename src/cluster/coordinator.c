/* Rank 0: hands tasks out, takes results in, never waits for a single worker.
 * Room: cluster. */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "cluster/bundle.h"
#include "cluster/crew.h"
#include "cluster/failures.h"
#include "cluster/message.h"
#include "cluster/nap.h"
#include "cluster/pace.h"
#include "cluster/roles.h"
#include "cluster/rota.h"
#include "cluster/verdict.h"
#include "cluster/world.h"

static const double tick_s = 0.1;
static const double default_lease_s = 30;
/* Tasks wait no longer than this for others that go the same way. */
static const double draft_s = 1e-3;

typedef struct coordinator {
  bf_session *session;
  const bf_agenda *agenda;
  bf_crew crew;
  bf_rota rota; /**< workers that take tasks */
  bf_message message;
  int *drafts;      /**< (size) to whom messages are being made */
  size_t n_drafts;  /**< so many */
  double drafted_s; /**< when the first of them was begun */
  size_t n_pending;
  size_t n_full;   /**< workers that could not be given a task, because older ones are still going
                      out to them */
  bool is_careful; /**< a worker died, and which task it ran is not known: results come alone now */
  bool is_dry;     /**< the agenda has nothing to hand out before the next result */
  bool is_done;
  bool is_leaving; /**< the agenda wants to go on no more */
  double last_tick_s;
} coordinator;

static size_t depth_of(const coordinator *c, const bf_worker *w)
{
  return c->is_careful ? BF_PACE_LEAST : bf_pace_depth(&w->pace);
}

/* To be called whenever what is asked here may have changed. */
static void line_up(coordinator *c, int rank)
{
  const bf_worker *w = &c->crew.workers[rank];
  size_t n_tasks = bf_worker_n_tasks(w);
  bool takes_tasks =
      w->standing == BF_WORKING && !w->is_cut && !w->is_full && n_tasks < depth_of(c, w);
  bf_rota_move(&c->rota, rank, takes_tasks ? (int)n_tasks : BF_ROTA_OUT);
}

static void set_full(coordinator *c, int rank, bool is_full)
{
  bf_worker *w = &c->crew.workers[rank];
  c->n_full += is_full;
  c->n_full -= w->is_full;
  w->is_full = is_full;
  line_up(c, rank);
}

/* A worker answers in order, so the send that used the place of its next message has most likely
 * been received by now. If MPI has not noticed yet, nobody waits for it: the worker may have
 * died. */
static bool may_draft(coordinator *c, int rank)
{
  bf_worker *w = &c->crew.workers[rank];
  size_t place = w->n_sent % BF_CREW_SENDS;
  if (w->n_drafted > 0)
    return true;
  if (!bf_message_is_sent(&w->requests[place])) {
    set_full(c, rank, true);
    return false;
  }
  if (c->n_drafts == 0)
    c->drafted_s = bf_clock_s();
  bf_bytes_reset(&w->tasks[place]);
  return true;
}

static void count_in(coordinator *c, int rank, bool is_gathering)
{
  bf_worker *w = &c->crew.workers[rank];
  if (w->n_drafted++ == 0)
    c->drafts[c->n_drafts++] = rank;
  w->n_handed++;
  if (is_gathering)
    w->n_gathering = w->n_handed;
  c->n_pending++;
  line_up(c, rank);
}

/* One more task into the message to @p rank. */
static bf_status draft(coordinator *c, int rank)
{
  bf_status status = BF_OK;
  bf_worker *w = &c->crew.workers[rank];
  bf_bytes *bytes = &w->tasks[w->n_sent % BF_CREW_SENDS];
  bool is_gathering = depth_of(c, w) > BF_PACE_LEAST;
  bf_next next = BF_NEXT_WAIT;
  if (!may_draft(c, rank))
    return BF_OK;
  size_t place = bf_bundle_open(bytes);
  BF_TRY(c->agenda->next(c->agenda->context, rank, bytes, &next));
  c->is_dry = next != BF_NEXT_TASK;
  c->is_done = next == BF_NEXT_DONE;
  if (c->is_dry) {
    bf_bundle_drop(bytes, place);
    return BF_OK;
  }
  bf_bundle_close(bytes, place, is_gathering);
  BF_TRY(bf_bytes_status(bytes));
  count_in(c, rank, is_gathering);
done:
  return status;
}

/* What was handed out and taken in is the agenda's for good before anybody else hears of it. */
static bf_status commit(const coordinator *c)
{
  return c->agenda->commit != NULL ? c->agenda->commit(c->agenda->context) : BF_OK;
}

static bf_status post_drafts(coordinator *c)
{
  bf_status status = BF_OK;
  BF_TRY(commit(c));
  for (size_t i = 0; i < c->n_drafts; i++) {
    bf_worker *w = &c->crew.workers[c->drafts[i]];
    size_t place = w->n_sent++ % BF_CREW_SENDS;
    w->n_drafted = 0;
    if (bf_message_post(c->drafts[i], BF_TAG_TASK, w->tasks[place].data, w->tasks[place].length,
                        &w->requests[place]) != BF_OK)
      w->is_cut = true;
    line_up(c, c->drafts[i]);
  }
  c->n_drafts = 0;
done:
  return status;
}

static bool is_long(const coordinator *c, int rank)
{
  const bf_worker *w = &c->crew.workers[rank];
  return w->n_drafted > 0 && w->tasks[w->n_sent % BF_CREW_SENDS].length >= BF_BUNDLE_BYTES;
}

static void tick(coordinator *c, double now_s, bool has_news)
{
  if (c->agenda->tick == NULL || (!has_news && now_s - c->last_tick_s < tick_s))
    return;
  c->last_tick_s = now_s;
  c->is_leaving = !c->agenda->tick(c->agenda->context);
}

/* There may be many to serve, and a sampler that thinks for a second about each: nobody waits for
 * the tasks of others, and those who watch rank 0 must not take it for dead. */
static bf_status hand_out(coordinator *c)
{
  bf_status status = BF_OK;
  int rank = bf_rota_next(&c->rota);
  while (!c->is_dry && !c->is_leaving && rank != 0) {
    BF_TRY(draft(c, rank));
    double now_s = bf_clock_s();
    if (now_s - c->drafted_s > draft_s || is_long(c, rank))
      BF_TRY(post_drafts(c));
    tick(c, now_s, false);
    rank = bf_rota_next(&c->rota);
  }
  BF_TRY(post_drafts(c));
  BF_ASSERT(c->is_done || !c->is_dry || c->n_pending > 0);
done:
  return status;
}

/* Those whose messages have gone out meanwhile take tasks again. */
static bf_status hand_out_to_full(coordinator *c)
{
  for (int rank = 1; rank < c->session->size && c->n_full > 0; rank++)
    if (c->crew.workers[rank].is_full)
      set_full(c, rank, false);
  return hand_out(c);
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
static bf_status take_result(coordinator *c, const bf_parcel *result)
{
  bf_status status = BF_OK;
  int rank = c->message.rank;
  bf_worker *w = &c->crew.workers[rank];
  if (w->standing == BF_WORKING) {
    BF_CHECK(bf_worker_n_tasks(w) > 0, BF_ERR_BUG, "rank %d sent a result out of turn", rank);
    w->n_answered++;
    c->n_pending--;
    bf_pace_tell(&w->pace, 1e-9 * (double)result->note);
  }
  BF_TRY(c->agenda->accept(c->agenda->context, rank, result->data, result->length));
  c->is_dry = false;
  tick(c, bf_clock_s(), true);
done:
  return status;
}

static bf_status take_results(coordinator *c)
{
  bf_status status = BF_OK;
  bf_reader reader = bf_reader_view(c->message.bytes.data, c->message.bytes.length);
  bf_parcel result;
  while (reader.at < reader.length) {
    BF_TRY(bf_bundle_read(&reader, &result));
    BF_TRY(take_result(c, &result));
  }
  /* A sampler may think for long about the next one. */
  BF_TRY(commit(c));
  set_full(c, c->message.rank, false);
  BF_TRY(hand_out(c));
done:
  return status;
}

static bf_status employ_again(coordinator *c)
{
  bf_status status = BF_OK;
  int rank = c->message.rank;
  bf_standing standing = c->crew.workers[rank].standing;
  BF_CHECK(standing == BF_RETURNING || standing == BF_DEAD, BF_ERR_BUG,
           "rank %d forgot what it was not told to", rank);
  if (standing == BF_RETURNING) {
    bf_crew_set(&c->crew, rank, BF_WORKING);
    line_up(c, rank);
    bf_info("rank %d is back; %zu of %d workers are there", rank, bf_crew_n_at_work(&c->crew),
            c->session->size - 1);
  }
  BF_TRY(hand_out(c));
done:
  return status;
}

static bf_status cut(coordinator *c)
{
  c->crew.workers[c->message.rank].is_cut = true;
  line_up(c, c->message.rank);
  return BF_OK;
}

static bf_status take_in(coordinator *c)
{
  switch (c->message.tag) {
  case BF_TAG_RESULT:
    return take_results(c);
  case BF_TAG_FATAL:
    return adopt_failure(c);
  case BF_TAG_FORGOTTEN:
    return employ_again(c);
  case BF_TAG_BROKEN:
    return cut(c);
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

/* Of the tasks of a worker that died, the one that it ran is suspected. Where results are gathered
 * nobody knows which, and none is: from now on this session hands out and takes in one at a time,
 * so that a task that kills whoever runs it is found when it does so again. */
static void become_careful(coordinator *c)
{
  c->is_careful = true;
  for (int rank = 1; rank < c->session->size; rank++)
    line_up(c, rank);
}

static bf_status part_with(coordinator *c, const bf_loss *loss)
{
  c->n_pending -= loss->n_tasks;
  c->is_dry = false;
  line_up(c, loss->rank);
  if (loss->is_dead && loss->is_gathered && !c->is_careful)
    become_careful(c);
  say_loss(c, loss);
  return c->agenda->lose(c->agenda->context, loss->rank, loss->is_dead && !loss->is_gathered);
}

/* Tells the agenda, and gives what is free again to others. */
static bf_status part_with_lost(coordinator *c, double now_s)
{
  bf_status status = BF_OK;
  bf_loss loss;
  while (bf_crew_give_up(&c->crew, now_s, &loss))
    BF_TRY(part_with(c, &loss));
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
  return c->n_full > 0 ? hand_out_to_full(c) : BF_OK;
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
      tick(c, now_s, false);
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
      bf_crew_set(&c->crew, c->message.rank, BF_STOPPED);
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

static bf_status start(coordinator *c)
{
  bf_status status = BF_OK;
  size_t size = (size_t)c->session->size;
  double lease_s = c->agenda->lease_s > 0 ? c->agenda->lease_s : default_lease_s;
  BF_TRY(bf_rota_init(&c->rota, size));
  c->drafts = bf_alloc(size, sizeof *c->drafts);
  BF_CHECK_MEMORY(c->drafts);
  BF_TRY(bf_crew_init(&c->crew, c->session, lease_s));
  for (int rank = 1; rank < c->session->size; rank++)
    line_up(c, rank);
done:
  return status;
}

bf_status bf_coordinate(bf_session *session, const bf_agenda *agenda)
{
  coordinator c = {.session = session, .agenda = agenda, .crew.session = session};
  bf_status status = start(&c);
  if (status == BF_OK)
    status = serve(&c);
  /* The first failure is the one to tell, whatever stopping meets. */
  bf_verdict verdict = bf_verdict_of(status);
  bf_status stopped = stop_workers(&c);
  bf_message_release(&c.message);
  bf_crew_release(&c.crew);
  bf_rota_release(&c.rota);
  free(c.drafts);
  return status == BF_OK ? stopped : bf_verdict_adopt(&verdict);
}
