/* A thread of a worker that tells rank 0 it is alive, whatever the worker computes, and that ends
 * the process when rank 0 is gone.
 * Room: cluster. */
#include "cluster/heart.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/thread.h"
#include "cluster/leave.h"
#include "cluster/message.h"
#include "cluster/outbox.h"

struct bf_heart {
  pthread_t thread;
  pthread_mutex_t lock; /**< of what follows */
  pthread_cond_t change;
  bool is_ending;
  double interval_s; /**< 0: at rest */
  double next_s;
  MPI_Request request; /**< of the last beat */
  bf_outbox *outbox;   /**< borrowed; NULL: none */
  int coordinator;
};

static const double watch_s = 0.25;
/* mpirun ends with the code of the first rank whose end it sees, and that is to be rank 0's. */
static const double grace_s = 0.1;

/* That of another machine cannot be seen, but MPI may have heard of its end while it worked for the
 * other thread. It is asked only while there are beats: then threads take turns in it. Open MPI 4
 * never hears; there the launcher has this process ended, or mpirun's daemon here, which notices
 * that it lost mpirun. */
static bool has_lost_rank_0(const bf_heart *heart)
{
  if (heart->coordinator != 0)
    return !bf_process_lives(heart->coordinator);
  return heart->interval_s > 0 && !bf_message_has_reader(0);
}

static void beat(bf_heart *heart)
{
  double now_s = bf_clock_s();
  if (heart->interval_s <= 0 || now_s < heart->next_s)
    return;
  heart->next_s = now_s + heart->interval_s;
  if (bf_message_is_sent(&heart->request))
    bf_message_post(0, BF_TAG_BEAT, NULL, 0, &heart->request);
}

static struct timespec wake_time(const bf_heart *heart)
{
  double pause_s = watch_s;
  if (heart->interval_s > 0 && heart->interval_s < pause_s)
    pause_s = heart->interval_s;
  return bf_condition_time(pause_s);
}

static void *run(void *context)
{
  bf_heart *heart = context;
  pthread_mutex_lock(&heart->lock);
  while (!heart->is_ending) {
    if (has_lost_rank_0(heart)) {
      bf_sleep(grace_s);
      bf_leave(1);
    }
    beat(heart);
    if (heart->outbox != NULL)
      bf_outbox_nudge(heart->outbox);
    struct timespec time = wake_time(heart);
    pthread_cond_timedwait(&heart->change, &heart->lock, &time);
  }
  pthread_mutex_unlock(&heart->lock);
  return NULL;
}

static void destroy(bf_heart *heart)
{
  pthread_cond_destroy(&heart->change);
  pthread_mutex_destroy(&heart->lock);
  free(heart);
}

bf_status bf_heart_create(int coordinator, bf_heart **out)
{
  bf_status status = BF_OK;
  bf_heart *heart = bf_alloc(1, sizeof *heart);
  BF_CHECK_MEMORY(heart);
  heart->coordinator = coordinator;
  heart->request = MPI_REQUEST_NULL;
  pthread_mutex_init(&heart->lock, NULL);
  bf_condition_init(&heart->change);
  if (bf_thread_start(&heart->thread, run, heart) != 0) {
    destroy(heart);
    return bf_fail(BF_ERR_NOMEM, "cannot start a thread");
  }
  *out = heart;
done:
  return status;
}

static void set_interval(bf_heart *heart, double interval_s)
{
  pthread_mutex_lock(&heart->lock);
  heart->interval_s = interval_s;
  heart->next_s = 0;
  pthread_cond_signal(&heart->change);
  pthread_mutex_unlock(&heart->lock);
}

void bf_heart_carry(bf_heart *heart, bf_outbox *outbox)
{
  pthread_mutex_lock(&heart->lock);
  heart->outbox = outbox;
  pthread_mutex_unlock(&heart->lock);
}

void bf_heart_beat(bf_heart *heart, double interval_s)
{
  set_interval(heart, interval_s);
}

void bf_heart_rest(bf_heart *heart)
{
  set_interval(heart, 0);
}

void bf_heart_free(bf_heart *heart)
{
  if (heart == NULL)
    return;
  pthread_mutex_lock(&heart->lock);
  heart->is_ending = true;
  pthread_cond_signal(&heart->change);
  pthread_mutex_unlock(&heart->lock);
  pthread_join(heart->thread, NULL);
  destroy(heart);
}
