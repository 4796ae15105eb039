/* Other ranks: run tasks in the order of their coming until told to stop.
 * Room: cluster. */
#include "base/memory.h"
#include "cluster/heart.h"
#include "cluster/message.h"
#include "cluster/nap.h"
#include "cluster/roles.h"
#include "cluster/verdict.h"
#include "cluster/world.h"

enum { COORDINATOR = 0, MAX_QUEUED = 2, BEATS_A_LEASE = 4 };

typedef struct worker {
  bf_session *session;
  bf_evaluator *evaluator;
  bf_message message;
  bf_bytes queue[MAX_QUEUED]; /**< tasks waiting, oldest first */
  size_t n_queued;
  bf_bytes result;
  bool is_stopped;
  bf_status status; /**< not BF_OK: it failed, said so, and waits for the stop */
} worker;

static void swap(bf_bytes *a, bf_bytes *b)
{
  bf_bytes kept = *a;
  *a = *b;
  *b = kept;
}

static bf_status queue_task(worker *w)
{
  bf_status status = BF_OK;
  /* After a failure tasks are only received, so that rank 0's sends end. */
  if (w->status != BF_OK)
    w->n_queued = 0;
  BF_CHECK(w->n_queued < MAX_QUEUED, BF_ERR_BUG, "rank 0 sent a task out of turn");
  swap(&w->queue[w->n_queued++], &w->message.bytes);
done:
  return status;
}

static bf_status take_lease(worker *w)
{
  bf_reader reader = bf_reader_view(w->message.bytes.data, w->message.bytes.length);
  double lease_s = 0;
  bf_status status = bf_reader_f64(&reader, &lease_s);
  if (status == BF_OK)
    bf_heart_beat(w->session->heart, lease_s / BEATS_A_LEASE);
  return status;
}

/* Rank 0 had given this rank up and has heard of it again. Its tasks are others' by now; the answer
 * says that none of them is left here. */
static bf_status forget(worker *w)
{
  w->n_queued = 0;
  return bf_message_send(COORDINATOR, BF_TAG_FORGOTTEN, NULL, 0);
}

static bf_status stop(worker *w)
{
  const bf_bytes *bytes = &w->message.bytes;
  w->is_stopped = true;
  if (bytes->length > 0 && bytes->data[0] != 0)
    w->session->is_broken = true;
  return BF_OK;
}

static bf_status sort_in(worker *w)
{
  static bf_status (*const receive[])(worker *) = {[BF_TAG_LEASE] = take_lease,
                                                   [BF_TAG_TASK] = queue_task,
                                                   [BF_TAG_FORGET] = forget,
                                                   [BF_TAG_STOP] = stop};
  int tag = w->message.tag;
  if (tag < BF_TAG_LEASE || tag > BF_TAG_STOP)
    return bf_fail(BF_ERR_BUG, "rank 0 sent a message with tag %d", tag);
  return receive[tag](w);
}

/* Everything there is, not one message: a stop makes the tasks before it pointless. */
static bf_status read_mail(worker *w)
{
  bf_status status = BF_OK;
  bool arrived = true;
  while (arrived && !w->is_stopped) {
    BF_TRY(bf_message_poll(&w->session->mailbox, &w->message, &arrived));
    if (arrived)
      BF_TRY(sort_in(w));
  }
done:
  return status;
}

static bf_status run_oldest(worker *w)
{
  bf_status status = BF_OK;
  bf_bytes_reset(&w->result);
  BF_TRY(bf_evaluator_run(w->evaluator, w->queue[0].data, w->queue[0].length, &w->result));
  BF_TRY(bf_message_send(COORDINATOR, BF_TAG_RESULT, w->result.data, w->result.length));
  for (size_t i = 1; i < w->n_queued; i++)
    swap(&w->queue[i - 1], &w->queue[i]);
  w->n_queued--;
done:
  return status;
}

static bf_status step(worker *w, bf_nap *nap)
{
  bf_status status = BF_OK;
  BF_TRY(read_mail(w));
  if (w->is_stopped)
    return BF_OK;
  if (w->n_queued == 0 || w->status != BF_OK) {
    bf_nap_take(nap);
    return BF_OK;
  }
  *nap = (bf_nap){0};
  BF_TRY(run_oldest(w));
done:
  return status;
}

/* Rank 0 is told once; it answers with a stop. */
static void fail(worker *w, bf_status status, bf_verdict *verdict)
{
  if (w->status != BF_OK)
    return;
  w->status = status;
  *verdict = bf_verdict_of(status);
  bf_message_send(COORDINATOR, BF_TAG_FATAL, verdict, sizeof *verdict);
}

static void release(worker *w)
{
  for (size_t i = 0; i < MAX_QUEUED; i++)
    bf_bytes_release(&w->queue[i]);
  bf_bytes_release(&w->result);
  bf_message_release(&w->message);
}

/* In a broken session rank 0 may be gone and nobody receive the last word. */
static bf_status say_stopped(worker *w)
{
  bf_heart_rest(w->session->heart);
  if (w->session->is_broken)
    return bf_message_shout(COORDINATOR, BF_TAG_STOPPED, NULL, 0);
  return bf_message_send(COORDINATOR, BF_TAG_STOPPED, NULL, 0);
}

bf_status bf_work(bf_session *session, bf_evaluator *evaluator)
{
  worker w = {.session = session, .evaluator = evaluator};
  bf_nap nap = {0};
  bf_verdict verdict = {0};
  while (!w.is_stopped) {
    bf_status status = step(&w, &nap);
    if (status != BF_OK)
      fail(&w, status, &verdict);
    if (status == BF_ERR_MPI)
      break;
  }
  bf_status said = say_stopped(&w);
  release(&w);
  return w.status == BF_OK ? said : bf_verdict_adopt(&verdict);
}
