/* One copy of a data set for all ranks of a node, read by them together.
 * Room: cluster. */
#include <stdint.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/volume.h"
#include "cluster/session.h"
#include "cluster/world.h"

enum { ALIGNMENT = 64 };

/* Every rank maps the memory at its own page-aligned address, so rounding up gives the same
 * distance from its start everywhere. */
static void *aligned(void *memory)
{
  uintptr_t past = (uintptr_t)memory % ALIGNMENT;
  return past == 0 ? memory : (char *)memory + (ALIGNMENT - past);
}

double bf_window_room(const char **folder)
{
  bf_volume volume;
  const char *told = getenv("OMPI_MCA_osc_sm_backing_directory");
  *folder = told != NULL ? told : "/dev/shm";
  return bf_volume_look(*folder, &volume) == BF_OK ? volume.n_free : -1;
}

double bf_window_need(size_t n_bytes)
{
  return (double)n_bytes * 1.1 + (1 << 20);
}

/*
 * Whether the folder that Open MPI maps windows from has room. It must be asked first: without room
 * MPI_Win_allocate_shared of Open MPI 4.1 fails on one rank and never returns on the others, and a
 * container's /dev/shm often has 64 MB.
 */
static bf_status check_room(const bf_session *session, size_t n_bytes)
{
  const char *folder;
  double n_free = bf_window_room(&folder);
  double n_wanted = bf_window_need(n_bytes);
  if (session->node_rank != 0 || n_free < 0 || n_free >= n_wanted)
    return BF_OK;
  return bf_fail(BF_ERR_NOMEM, "host '%s': '%s' has %.1f MB free and the data take %.1f MB",
                 bf_session_host(session, session->rank), folder, n_free / 1e6, n_wanted / 1e6);
}

/* Rank 0 tells of the first node without room: nobody hears the others. */
static bool node_has_room(bf_session *session, size_t n_bytes)
{
  bf_status mine = check_room(session, n_bytes);
  int answer = mine == BF_OK;
  if (bf_session_agree(session, mine) != BF_OK)
    bf_warn("%s: every rank there keeps a copy of its own", bf_trail());
  return bf_session_is_whole(session) &&
         MPI_Bcast(&answer, 1, MPI_INT, 0, session->node) == MPI_SUCCESS && answer;
}

static bf_status allocate_shared(const bf_session *session, size_t n_bytes, bf_window *window,
                                 void **block)
{
  bf_status status = BF_OK;
  void *mine = NULL;
  void *memory = NULL;
  MPI_Aint n = session->node_rank == 0 ? (MPI_Aint)(n_bytes + ALIGNMENT) : 0;
  int unit = 1;
  BF_TRY(bf_mpi_check(
      MPI_Win_allocate_shared(n, unit, MPI_INFO_NULL, session->node, &mine, &window->handle),
      "cannot make a window of shared memory for the data"));
  BF_TRY(bf_mpi_check(MPI_Win_shared_query(window->handle, 0, &n, &unit, &memory),
                      "cannot find the shared memory of the data"));
  MPI_Win_fence(0, window->handle);
  *block = aligned(memory);
done:
  return status;
}

static bf_status allocate(bf_session *session, size_t n_bytes, bf_window *window, void **block)
{
  if (bf_session_is_whole(session) && node_has_room(session, n_bytes))
    return allocate_shared(session, n_bytes, window, block);
  window->memory = bf_alloc(n_bytes, 1);
  if (window->memory == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory (%zu bytes for the data)", n_bytes);
  *block = window->memory;
  return BF_OK;
}

static void release(bf_window *window)
{
  if (window->handle != MPI_WIN_NULL)
    MPI_Win_free(&window->handle);
  free(window->memory);
}

void bf_windows_free(bf_session *session)
{
  while (session->n_windows > 0)
    release(&session->windows[--session->n_windows]);
}

bf_status bf_session_load(bf_session *session, const bf_manifest *manifest, bf_dataset *data)
{
  bf_status status = BF_OK;
  void *block = NULL;
  bf_window window = {.handle = MPI_WIN_NULL};
  BF_CHECK(session->n_windows < BF_MAX_WINDOWS, BF_ERR_BUG, "more than %d data sets in memory",
           (int)BF_MAX_WINDOWS);
  status = allocate(session, bf_dataset_bytes(manifest), &window, &block);
  BF_TRY(bf_session_agree(session, status));
  bool is_shared = window.handle != MPI_WIN_NULL;
  status = bf_dataset_read(manifest, block, is_shared ? (size_t)session->node_rank : 0,
                           is_shared ? (size_t)session->node_size : 1);
  BF_TRY(bf_session_agree(session, status));
  if (is_shared)
    MPI_Win_fence(0, window.handle);
  *data = bf_dataset_view(manifest, block);
  session->windows[session->n_windows++] = window;
  window = (bf_window){.handle = MPI_WIN_NULL};
done:
  release(&window);
  return status;
}
