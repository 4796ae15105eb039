/* Messages between rank 0 and a worker: how they come in and go out.
 * Room: cluster. */
#include "cluster/message.h"

#include <limits.h>
#include <pthread.h>

#include "base/memory.h"
#include "cluster/failures.h"
#include "cluster/nap.h"
#include "cluster/world.h"

/* MPI was started for one thread at a time, and a worker's heart beats while it computes. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

bf_status bf_mailbox_init(bf_mailbox *mailbox, int source, size_t n_ranks)
{
  bf_status status = BF_OK;
  /* One each, and some beats that overtake them. */
  size_t capacity = n_ranks + 8;
  *mailbox = (bf_mailbox){.source = source, .capacity = capacity};
  mailbox->arrivals = bf_alloc(capacity, sizeof *mailbox->arrivals);
  mailbox->n_ahead = bf_alloc(n_ranks, sizeof *mailbox->n_ahead);
  BF_CHECK(mailbox->arrivals != NULL && mailbox->n_ahead != NULL, BF_ERR_NOMEM,
           "out of memory (messages of %zu ranks)", n_ranks);
done:
  if (status != BF_OK)
    bf_mailbox_release(mailbox);
  return status;
}

void bf_mailbox_release(bf_mailbox *mailbox)
{
  for (size_t i = mailbox->n_open; mailbox->arrivals != NULL && i < mailbox->capacity; i++)
    bf_message_release(&mailbox->arrivals[i].message);
  if (mailbox->n_open == 0)
    free(mailbox->arrivals);
  free(mailbox->n_ahead);
  *mailbox = (bf_mailbox){0};
}

/* Arrivals are counted by sender, so that the way past those of others is not walked for each:
 * there may be one of thousands of ranks. Beats count nothing, since they may overtake. */
static void queue_up(bf_mailbox *mailbox, bf_arrival *arrival)
{
  arrival->is_beat = arrival->message.tag == BF_TAG_BEAT;
  arrival->is_behind = !arrival->is_beat && mailbox->n_ahead[arrival->message.rank]++ > 0;
}

/* The one from @p place on that stood behind the one that was taken out of there. */
static void move_up(bf_mailbox *mailbox, size_t place, const bf_arrival *out)
{
  int rank = out->message.rank;
  if (out->is_beat || --mailbox->n_ahead[rank] == 0)
    return;
  while (!mailbox->arrivals[place].is_behind || mailbox->arrivals[place].message.rank != rank)
    place++;
  mailbox->arrivals[place].is_behind = false;
}

static bool reserve(bf_bytes *bytes, size_t n)
{
  if (n <= bytes->capacity)
    return true;
  void *data = bf_alloc(n, 1);
  if (data == NULL)
    return false;
  bf_bytes_release(bytes);
  bytes->data = data;
  bytes->capacity = n;
  return true;
}

/* NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker): it knows MPI_Wait, not a mailbox of tests. */

/*
 * A message that finds no memory must be received all the same: its sender waits for that. All of
 * it goes into one byte, again and again. Receiving into a buffer that is too short would be
 * simpler, but Open MPI 4.1 then writes past the end of it (seen with messages above 4 KiB).
 */
static int drop(MPI_Message *handle, int n, MPI_Request *request)
{
  static char heap;
  MPI_Datatype type;
  int code = MPI_Type_create_hvector(n, 1, 0, MPI_BYTE, &type);
  if (code != MPI_SUCCESS)
    return code;
  MPI_Type_commit(&type);
  code = MPI_Imrecv(&heap, 1, type, handle, request);
  MPI_Type_free(&type);
  return code;
}

/* Receives that wait for their data inside MPI would never come back from a sender that was killed
 * in between; these are looked at again later. */
static bf_status start(bf_mailbox *mailbox, MPI_Message *handle, const MPI_Status *envelope)
{
  bf_status status = BF_OK;
  bf_arrival *arrival = &mailbox->arrivals[mailbox->n_open];
  bf_bytes *bytes = &arrival->message.bytes;
  int n = 0;
  BF_TRY(bf_mpi_check(MPI_Get_count(envelope, MPI_BYTE, &n), "cannot measure a message"));
  arrival->is_dropped = !reserve(bytes, (size_t)n);
  arrival->message.rank = envelope->MPI_SOURCE;
  arrival->message.tag = envelope->MPI_TAG;
  bytes->length = (size_t)n;
  int code = arrival->is_dropped ? drop(handle, n, &arrival->request)
                                 : MPI_Imrecv(bytes->data, n, MPI_BYTE, handle, &arrival->request);
  BF_TRY(bf_mpi_check(code, "cannot receive a message"));
  queue_up(mailbox, arrival);
  mailbox->n_open++;
done:
  return status;
}

/* Bytes go the way of their message, and its old ones come back in their place. */
static bf_status take_out(bf_mailbox *mailbox, size_t place, bf_message *message)
{
  bf_arrival out = mailbox->arrivals[place];
  mailbox->n_open--;
  for (size_t i = place; i < mailbox->n_open; i++)
    mailbox->arrivals[i] = mailbox->arrivals[i + 1];
  mailbox->arrivals[mailbox->n_open] = (bf_arrival){.message.bytes = message->bytes};
  *message = out.message;
  move_up(mailbox, place, &out);
  if (!out.is_dropped)
    return BF_OK;
  size_t n = message->bytes.length;
  bf_bytes_reset(&message->bytes);
  return bf_fail(BF_ERR_NOMEM, "out of memory (a message of %zu bytes)", n);
}

/* The first of those from @p place on that is complete and is not ahead of its turn. */
static bf_status take_complete(bf_mailbox *mailbox, size_t place, bf_message *message,
                               bool *arrived)
{
  for (; place < mailbox->n_open; place++) {
    bf_arrival *arrival = &mailbox->arrivals[place];
    int is_complete = 0;
    if (arrival->is_behind)
      continue;
    if (MPI_Test(&arrival->request, &is_complete, MPI_STATUS_IGNORE) != MPI_SUCCESS) {
      arrival->message.tag = BF_TAG_BROKEN;
      is_complete = 1;
    }
    if (is_complete) {
      *arrived = true;
      return take_out(mailbox, place, message);
    }
  }
  return BF_OK;
}

static bf_status look(bf_mailbox *mailbox, bf_message *message, bool *arrived)
{
  bf_status status = take_complete(mailbox, 0, message, arrived);
  while (status == BF_OK && !*arrived && mailbox->n_open < mailbox->capacity) {
    MPI_Message handle;
    MPI_Status envelope;
    int has_come = 0;
    BF_TRY(bf_mpi_check(
        MPI_Improbe(mailbox->source, MPI_ANY_TAG, MPI_COMM_WORLD, &has_come, &handle, &envelope),
        "cannot look for a message"));
    if (!has_come)
      break;
    BF_TRY(start(mailbox, &handle, &envelope));
    status = take_complete(mailbox, mailbox->n_open - 1, message, arrived);
  }
done:
  return status;
}

bf_status bf_message_poll(bf_mailbox *mailbox, bf_message *message, bool *arrived)
{
  *arrived = false;
  pthread_mutex_lock(&turn);
  bf_status status = look(mailbox, message, arrived);
  pthread_mutex_unlock(&turn);
  return status;
}

bf_status bf_message_post(int rank, bf_tag tag, const void *data, size_t n, MPI_Request *request)
{
  *request = MPI_REQUEST_NULL;
  if (n > INT_MAX)
    return bf_fail(BF_ERR_MPI, "a message of %zu bytes is too long for MPI", n);
  pthread_mutex_lock(&turn);
  int code = MPI_Isend(data, (int)n, MPI_BYTE, rank, (int)tag, MPI_COMM_WORLD, request);
  pthread_mutex_unlock(&turn);
  return bf_mpi_check(code, "cannot send a message");
}

bf_status bf_message_shout(int rank, bf_tag tag, const void *data, size_t n)
{
  MPI_Request request;
  bf_status status = bf_message_post(rank, tag, data, n, &request);
  if (request == MPI_REQUEST_NULL)
    return status;
  pthread_mutex_lock(&turn);
  MPI_Request_free(&request);
  pthread_mutex_unlock(&turn);
  return status;
}

static int test(MPI_Request *request, int *is_done)
{
  pthread_mutex_lock(&turn);
  int code = MPI_Test(request, is_done, MPI_STATUS_IGNORE);
  pthread_mutex_unlock(&turn);
  return code;
}

bool bf_message_is_sent(MPI_Request *request)
{
  int is_done = 0;
  return test(request, &is_done) != MPI_SUCCESS || is_done;
}

bool bf_message_has_reader(int rank)
{
  pthread_mutex_lock(&turn);
  bool is_failed = bf_failures_include(rank);
  pthread_mutex_unlock(&turn);
  return !is_failed;
}

bf_status bf_message_wait(MPI_Request *request)
{
  bf_nap nap = {0};
  int is_done = 0;
  int code = test(request, &is_done);
  while (code == MPI_SUCCESS && !is_done) {
    bf_nap_take(&nap);
    code = test(request, &is_done);
  }
  return bf_mpi_check(code, "cannot send a message");
}

bf_status bf_message_send(int rank, bf_tag tag, const void *data, size_t n)
{
  MPI_Request request;
  bf_status status = bf_message_post(rank, tag, data, n, &request);
  return status == BF_OK ? bf_message_wait(&request) : status;
}

/* NOLINTEND(clang-analyzer-optin.mpi.MPI-Checker) */

void bf_message_release(bf_message *message)
{
  bf_bytes_release(&message->bytes);
}
