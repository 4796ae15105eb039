/* A worker's results on their way to rank 0.
 * Room: cluster. */
#include "cluster/outbox.h"

#include "base/clock.h"
#include "cluster/bundle.h"
#include "cluster/message.h"
#include "cluster/nap.h"

enum { COORDINATOR = 0 };

static const double gather_s = 1e-3;
/* The worker itself sends sooner, unless it is in a trial. */
static const double forgotten_s = 0.05;

/* A shorter message has left this process when its send has begun, whether MPI says so or not: it
 * lies in shared memory (Open MPI, MPICH: up to 4 KiB) or in a socket. Open MPI says so at once up
 * to 256 bytes, above only when it was received, and rank 0 may nap for a millisecond. */
enum { EAGER_BYTES = 4096 - 128 };

void bf_outbox_init(bf_outbox *outbox)
{
  *outbox = (bf_outbox){.request = MPI_REQUEST_NULL};
  pthread_mutex_init(&outbox->lock, NULL);
}

void bf_outbox_release(bf_outbox *outbox)
{
  bf_bytes_release(&outbox->gathered);
  if (outbox->request == MPI_REQUEST_NULL)
    bf_bytes_release(&outbox->going);
  pthread_mutex_destroy(&outbox->lock);
}

bf_status bf_outbox_put(bf_outbox *outbox, double took_s, const void *result, size_t n)
{
  pthread_mutex_lock(&outbox->lock);
  size_t place = bf_bundle_open(&outbox->gathered);
  bf_bytes_put(&outbox->gathered, result, n);
  bf_bundle_close(&outbox->gathered, place, (int64_t)(1e9 * took_s));
  bf_status status = bf_bytes_status(&outbox->gathered);
  if (status != BF_OK)
    bf_bundle_drop(&outbox->gathered, place);
  else if (outbox->n++ == 0)
    outbox->since_s = bf_clock_s();
  pthread_mutex_unlock(&outbox->lock);
  return status;
}

bool bf_outbox_is_due(bf_outbox *outbox, size_t n_left)
{
  pthread_mutex_lock(&outbox->lock);
  bool is_due = outbox->n > n_left || outbox->gathered.length >= BF_BUNDLE_BYTES ||
                bf_clock_s() - outbox->since_s >= gather_s;
  pthread_mutex_unlock(&outbox->lock);
  return is_due;
}

/* What could not be sent stays gathered. */
static bf_status post(bf_outbox *outbox)
{
  bf_bytes_swap(&outbox->gathered, &outbox->going);
  bf_status status = bf_message_post(COORDINATOR, BF_TAG_RESULT, outbox->going.data,
                                     outbox->going.length, &outbox->request);
  if (status != BF_OK) {
    bf_bytes_swap(&outbox->gathered, &outbox->going);
    return status;
  }
  bf_bytes_reset(&outbox->gathered);
  outbox->n = 0;
  return BF_OK;
}

bf_status bf_outbox_send(bf_outbox *outbox)
{
  bf_status status = BF_OK;
  pthread_mutex_lock(&outbox->lock);
  if (outbox->n > 0) {
    BF_TRY(bf_message_wait(&outbox->request));
    BF_TRY(post(outbox));
  }
done:
  pthread_mutex_unlock(&outbox->lock);
  return status;
}

bf_status bf_outbox_part(bf_outbox *outbox)
{
  pthread_mutex_lock(&outbox->lock);
  bool is_away = outbox->going.length <= EAGER_BYTES;
  pthread_mutex_unlock(&outbox->lock);
  return is_away ? BF_OK : bf_outbox_wait(outbox);
}

bf_status bf_outbox_wait(bf_outbox *outbox)
{
  pthread_mutex_lock(&outbox->lock);
  bf_status status = bf_message_wait(&outbox->request);
  pthread_mutex_unlock(&outbox->lock);
  return status;
}

void bf_outbox_nudge(bf_outbox *outbox)
{
  if (pthread_mutex_trylock(&outbox->lock) != 0)
    return;
  bool is_free = bf_message_is_sent(&outbox->request);
  if (is_free && outbox->n > 0 && bf_clock_s() - outbox->since_s > forgotten_s)
    post(outbox);
  pthread_mutex_unlock(&outbox->lock);
}
