/* Other ranks: run tasks in the order of their coming until told to stop.
 * Room: cluster. */
#include "base/clock.h"
#include "base/memory.h"
#include "cluster/bundle.h"
#include "cluster/heart.h"
#include "cluster/message.h"
#include "cluster/nap.h"
#include "cluster/outbox.h"
#include "cluster/pace.h"
#include "cluster/roles.h"
#include "cluster/verdict.h"
#include "cluster/world.h"

enum { COORDINATOR = 0, BEATS_A_LEASE = 4 };

typedef struct worker {
  bf_session *session;
  bf_evaluator *evaluator;
  bf_message message;
  bf_bytes queue; /**< bundles of tasks, oldest first */
  size_t at;      /**< of them: where those begin that still wait */
  size_t n_queued;
  bf_bytes result;
  bf_outbox outbox;
  bool is_stopped;
  bf_status status; /**< not BF_OK: it failed, said so, and waits for the stop */
} worker;

static void clear_queue(worker *w)
{
  bf_bytes_reset(&w->queue);
  w->at = 0;
  w->n_queued = 0;
}

/* What is done makes room. */
static bf_status append(worker *w)
{
  size_t n_left = w->queue.length - w->at;
  if (w->at > 0)
    memmove(w->queue.data, w->queue.data + w->at, n_left);
  w->queue.length = n_left;
  w->at = 0;
  bf_bytes_put(&w->queue, w->message.bytes.data, w->message.bytes.length);
  return bf_bytes_status(&w->queue);
}

static bf_status queue_tasks(worker *w)
{
  bf_status status = BF_OK;
  size_t n = 0;
  /* After a failure tasks are only received, so that rank 0's sends end. */
  if (w->status != BF_OK)
    return BF_OK;
  BF_TRY(bf_bundle_count(w->message.bytes.data, w->message.bytes.length, &n));
  BF_CHECK(w->n_queued + n <= BF_PACE_MOST, BF_ERR_BUG, "rank 0 sent a task out of turn");
  if (w->n_queued == 0) {
    bf_bytes_swap(&w->queue, &w->message.bytes);
    w->at = 0;
  } else {
    BF_TRY(append(w));
  }
  w->n_queued += n;
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
  bf_status status = BF_OK;
  clear_queue(w);
  BF_TRY(bf_outbox_send(&w->outbox));
  BF_TRY(bf_message_send(COORDINATOR, BF_TAG_FORGOTTEN, NULL, 0));
done:
  return status;
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
                                                   [BF_TAG_TASK] = queue_tasks,
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

static bf_status take_oldest(worker *w, bf_parcel *task)
{
  bf_reader reader = bf_reader_view(w->queue.data, w->queue.length);
  reader.at = w->at;
  bf_status status = bf_bundle_read(&reader, task);
  w->at = reader.at;
  w->n_queued--;
  return status;
}

/* Everything that is done is told, whatever comes. */
static bf_status empty_outbox(worker *w)
{
  bf_status status = BF_OK;
  BF_TRY(bf_outbox_send(&w->outbox));
  BF_TRY(bf_outbox_part(&w->outbox));
done:
  return status;
}

static bf_status run(worker *w, const bf_parcel *task)
{
  bf_status status = BF_OK;
  double start_s = bf_clock_s();
  bf_bytes_reset(&w->result);
  BF_TRY(bf_evaluator_run(w->evaluator, task->data, task->length, &w->result));
  BF_TRY(bf_outbox_put(&w->outbox, bf_clock_s() - start_s, w->result.data, w->result.length));
done:
  return status;
}

/* Before a task whose result may not be gathered all others are told, and it is told before the
 * next one: whoever dies in between died of this one. */
static bf_status run_oldest(worker *w)
{
  bf_status status = BF_OK;
  bf_parcel task;
  BF_TRY(take_oldest(w, &task));
  bool is_alone = task.note == 0;
  if (is_alone)
    BF_TRY(empty_outbox(w));
  BF_TRY(run(w, &task));
  if (is_alone)
    BF_TRY(empty_outbox(w));
  else if (bf_outbox_is_due(&w->outbox, w->n_queued))
    BF_TRY(bf_outbox_send(&w->outbox));
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

/* Rank 0 is told once, after what was done before; it answers with a stop. */
static void fail(worker *w, bf_status status, bf_verdict *verdict)
{
  if (w->status != BF_OK)
    return;
  w->status = status;
  *verdict = bf_verdict_of(status);
  clear_queue(w);
  bf_outbox_send(&w->outbox);
  bf_message_send(COORDINATOR, BF_TAG_FATAL, verdict, sizeof *verdict);
}

static void release(worker *w)
{
  bf_bytes_release(&w->queue);
  bf_bytes_release(&w->result);
  bf_outbox_release(&w->outbox);
  bf_message_release(&w->message);
}

/* In a broken session rank 0 may be gone and nobody receive the last word. */
static bf_status say_stopped(worker *w)
{
  bf_status status = BF_OK;
  bf_heart_carry(w->session->heart, NULL);
  bf_heart_rest(w->session->heart);
  if (w->session->is_broken)
    return bf_message_shout(COORDINATOR, BF_TAG_STOPPED, NULL, 0);
  BF_TRY(bf_outbox_wait(&w->outbox));
  BF_TRY(bf_message_send(COORDINATOR, BF_TAG_STOPPED, NULL, 0));
done:
  return status;
}

bf_status bf_work(bf_session *session, bf_evaluator *evaluator)
{
  worker w = {.session = session, .evaluator = evaluator};
  bf_nap nap = {0};
  bf_verdict verdict = {0};
  bf_outbox_init(&w.outbox);
  bf_heart_carry(session->heart, &w.outbox);
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
