/* Messages between rank 0 and the others, tried on a new machine: whether they come whole, how long
 * they take, and what the others' clocks say.
 * Room: cluster. */
#include "cluster/probe.h"

#include <math.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/median.h"
#include "base/memory.h"
#include "cluster/world.h"

enum { MOST_PEERS = 32, N_ROUNDS = 15, N_LARGE = 1 << 20 };
/* No message of a search has it. */
enum { TAG_PROBE = 1000 };

/** What goes there and back; the other side puts its date in. */
typedef struct note {
  uint64_t number;
  double date_s;
} note;

/* NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker): it knows MPI_Wait, not a loop of MPI_Test. */

static int send_bytes(int rank, const void *bytes, size_t n)
{
  MPI_Request request;
  int code = MPI_Isend(bytes, (int)n, MPI_BYTE, rank, TAG_PROBE, MPI_COMM_WORLD, &request);
  return code == MPI_SUCCESS ? bf_mpi_wait(&request) : code;
}

static int receive_bytes(int rank, void *bytes, size_t n)
{
  MPI_Request request;
  int code = MPI_Irecv(bytes, (int)n, MPI_BYTE, rank, TAG_PROBE, MPI_COMM_WORLD, &request);
  return code == MPI_SUCCESS ? bf_mpi_wait(&request) : code;
}

/* NOLINTEND(clang-analyzer-optin.mpi.MPI-Checker) */

/* The lowest ranks of the hosts first: every host is looked at before one is looked at twice. All
 * ranks come to the same list. */
static int choose_peers(const bf_session *session, int peers[MOST_PEERS])
{
  int n = 0;
  for (int pass = 0; pass < 2; pass++)
    for (int rank = 1; rank < session->size && n < MOST_PEERS; rank++)
      if ((session->peers[rank].leader == rank) == (pass == 0))
        peers[n++] = rank;
  return n;
}

static void fill(uint8_t *bytes, int rank)
{
  for (size_t i = 0; i < N_LARGE; i++)
    bytes[i] = (uint8_t)((i * 2654435761U + (size_t)rank) >> 7);
}

static bool is_filled(const uint8_t *bytes, int rank)
{
  for (size_t i = 0; i < N_LARGE; i++)
    if (bytes[i] != (uint8_t)((i * 2654435761U + (size_t)rank) >> 7))
      return false;
  return true;
}

/** What rank 0 finds about one rank. */
typedef struct exchange {
  double median_s;
  double fastest_s;
  double offset_s;
  double large_s;
  bool is_spoilt;
} exchange;

static int send_notes(int rank, exchange *out)
{
  double seconds[N_ROUNDS];
  int code = MPI_SUCCESS;
  out->fastest_s = HUGE_VAL;
  for (uint64_t k = 0; k < N_ROUNDS && code == MPI_SUCCESS; k++) {
    const note sent = {.number = k + ((uint64_t)rank << 32)};
    note got = {0};
    double date_s = bf_date_s();
    double start_s = bf_clock_s();
    code = send_bytes(rank, &sent, sizeof sent);
    if (code == MPI_SUCCESS)
      code = receive_bytes(rank, &got, sizeof got);
    seconds[k] = bf_clock_s() - start_s;
    out->is_spoilt |= got.number != sent.number;
    if (seconds[k] < out->fastest_s) {
      out->fastest_s = seconds[k];
      out->offset_s = got.date_s - (date_s + seconds[k] / 2);
    }
  }
  if (code == MPI_SUCCESS)
    out->median_s = bf_median(N_ROUNDS, seconds);
  return code;
}

static int send_large(int rank, uint8_t *bytes, exchange *out)
{
  fill(bytes, rank);
  double start_s = bf_clock_s();
  int code = send_bytes(rank, bytes, N_LARGE);
  memset(bytes, 0, N_LARGE);
  if (code == MPI_SUCCESS)
    code = receive_bytes(rank, bytes, N_LARGE);
  out->large_s = bf_clock_s() - start_s;
  out->is_spoilt |= !is_filled(bytes, rank);
  return code;
}

static void note_exchange(int rank, const exchange *one, bf_message_probe *all)
{
  if (one->median_s >= all->round_trip_s) {
    all->round_trip_s = one->median_s;
    all->slow_rank = rank;
  }
  all->megabyte_s = fmax(all->megabyte_s, one->large_s);
  if (one->is_spoilt && (all->spoilt_rank < 0 || rank < all->spoilt_rank))
    all->spoilt_rank = rank;
  if (fabs(one->offset_s) - one->fastest_s / 2 >= fabs(all->clock_offset_s) - all->clock_error_s ||
      all->n_peers == 0) {
    all->clock_rank = rank;
    all->clock_offset_s = one->offset_s;
    all->clock_error_s = one->fastest_s / 2;
  }
  all->n_peers++;
}

static bf_status ask(int n, const int *peers, uint8_t *bytes, bf_message_probe *out)
{
  bf_message_probe found = {.spoilt_rank = -1};
  for (int i = 0; i < n; i++) {
    exchange one = {0};
    int code = send_notes(peers[i], &one);
    if (code == MPI_SUCCESS)
      code = send_large(peers[i], bytes, &one);
    if (code != MPI_SUCCESS)
      return bf_mpi_check(code, "cannot exchange messages");
    note_exchange(peers[i], &one, &found);
  }
  *out = found;
  return BF_OK;
}

/* The other side, if it is one. */
static bf_status answer(const bf_session *session, int n, const int *peers, uint8_t *bytes)
{
  bool is_asked = false;
  int code = MPI_SUCCESS;
  for (int i = 0; i < n; i++)
    is_asked |= peers[i] == session->rank;
  for (int k = 0; k < N_ROUNDS && code == MPI_SUCCESS && is_asked; k++) {
    note got = {0};
    code = receive_bytes(0, &got, sizeof got);
    got.date_s = bf_date_s();
    if (code == MPI_SUCCESS)
      code = send_bytes(0, &got, sizeof got);
  }
  if (is_asked && code == MPI_SUCCESS)
    code = receive_bytes(0, bytes, N_LARGE);
  if (is_asked && code == MPI_SUCCESS)
    code = send_bytes(0, bytes, N_LARGE);
  return bf_mpi_check(code, "cannot exchange messages");
}

bf_status bf_probe_messages(bf_session *session, bf_message_probe *out)
{
  bf_status status = BF_OK;
  int peers[MOST_PEERS];
  int n = choose_peers(session, peers);
  uint8_t *bytes = bf_alloc(N_LARGE, 1);
  if (bytes == NULL)
    status = bf_fail(BF_ERR_NOMEM, "out of memory (%d bytes)", (int)N_LARGE);
  BF_TRY(bf_session_agree(session, status));
  BF_CHECK_MEMORY(bytes); /* agreed upon, but the analyser cannot know */
  status = session->rank == 0 ? ask(n, peers, bytes, out) : answer(session, n, peers, bytes);
  BF_TRY(bf_session_agree(session, status));
done:
  free(bytes);
  return status;
}
