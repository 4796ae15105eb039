/* Messages between rank 0 and a worker: how they come in and go out.
 * Room: cluster. */
#include "cluster/message.h"

#include <limits.h>

#include "base/memory.h"
#include "cluster/world.h"

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

/*
 * A message that finds no memory must be received all the same: its sender waits for that. All of
 * it goes into one byte, again and again. Receiving into a buffer that is too short would be
 * simpler, but Open MPI 4.1 then writes past the end of it (seen with messages above 4 KiB).
 */
static bf_status drop(MPI_Message *handle, int n)
{
  char heap;
  MPI_Datatype type;
  if (MPI_Type_create_hvector(n, 1, 0, MPI_BYTE, &type) == MPI_SUCCESS) {
    MPI_Type_commit(&type);
    MPI_Mrecv(&heap, 1, type, handle, MPI_STATUS_IGNORE);
    MPI_Type_free(&type);
  }
  return bf_fail(BF_ERR_NOMEM, "out of memory (a message of %d bytes)", n);
}

bf_status bf_message_poll(bf_message *message, bool *arrived)
{
  bf_status status = BF_OK;
  MPI_Message handle;
  MPI_Status envelope;
  int has_come = 0;
  int n = 0;
  BF_TRY(bf_mpi_check(
      MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &has_come, &handle, &envelope),
      "cannot look for a message"));
  *arrived = has_come != 0;
  if (!has_come)
    return BF_OK;
  BF_TRY(bf_mpi_check(MPI_Get_count(&envelope, MPI_BYTE, &n), "cannot measure a message"));
  if (!reserve(&message->bytes, (size_t)n))
    return drop(&handle, n);
  BF_TRY(bf_mpi_check(MPI_Mrecv(message->bytes.data, n, MPI_BYTE, &handle, MPI_STATUS_IGNORE),
                      "cannot receive a message"));
  message->bytes.length = (size_t)n;
  message->rank = envelope.MPI_SOURCE;
  message->tag = envelope.MPI_TAG;
done:
  return status;
}

/* NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker): the caller waits, with bf_mpi_wait. */
bf_status bf_message_post(int rank, bf_tag tag, const void *data, size_t n, MPI_Request *request)
{
  *request = MPI_REQUEST_NULL;
  if (n > INT_MAX)
    return bf_fail(BF_ERR_MPI, "a message of %zu bytes is too long for MPI", n);
  return bf_mpi_check(MPI_Isend(data, (int)n, MPI_BYTE, rank, (int)tag, MPI_COMM_WORLD, request),
                      "cannot send a message");
}

bf_status bf_message_send(int rank, bf_tag tag, const void *data, size_t n)
{
  MPI_Request request;
  bf_status status = bf_message_post(rank, tag, data, n, &request);
  return status == BF_OK ? bf_mpi_check(bf_mpi_wait(&request), "cannot send a message") : status;
}

/* NOLINTEND(clang-analyzer-optin.mpi.MPI-Checker) */

void bf_message_release(bf_message *message)
{
  bf_bytes_release(&message->bytes);
}
