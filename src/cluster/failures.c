/* Ranks that the MPI library itself knows to have failed (ULFM, in Open MPI from 5 on).
 * Room: cluster. */
#include "cluster/failures.h"

#ifdef BF_HAS_ULFM

#include <stdlib.h>

#include <mpi.h>

#include <mpi-ext.h>

#include "base/memory.h"

/* The i-th member of a group is rank i of the group; the world's numbers are wanted. */
static bool mark(MPI_Group failed, int n, bool *is_failed)
{
  bool is_new = false;
  MPI_Group world;
  int *places = bf_alloc((size_t)n, sizeof *places);
  int *ranks = bf_alloc((size_t)n, sizeof *ranks);
  if (places != NULL && ranks != NULL && MPI_Comm_group(MPI_COMM_WORLD, &world) == MPI_SUCCESS) {
    for (int i = 0; i < n; i++)
      places[i] = i;
    if (MPI_Group_translate_ranks(failed, n, places, world, ranks) == MPI_SUCCESS)
      for (int i = 0; i < n; i++) {
        is_new = is_new || !is_failed[ranks[i]];
        is_failed[ranks[i]] = true;
      }
    MPI_Group_free(&world);
  }
  free(places);
  free(ranks);
  return is_new;
}

bool bf_failures_find(bool *is_failed)
{
  bool is_new = false;
  MPI_Group failed;
  int n = 0;
  if (MPIX_Comm_failure_ack(MPI_COMM_WORLD) != MPI_SUCCESS ||
      MPIX_Comm_failure_get_acked(MPI_COMM_WORLD, &failed) != MPI_SUCCESS)
    return false;
  if (MPI_Group_size(failed, &n) == MPI_SUCCESS && n > 0)
    is_new = mark(failed, n, is_failed);
  MPI_Group_free(&failed);
  return is_new;
}

bool bf_failures_include(int rank)
{
  MPI_Group world;
  MPI_Group failed;
  int place = MPI_UNDEFINED;
  if (MPIX_Comm_failure_ack(MPI_COMM_WORLD) != MPI_SUCCESS ||
      MPIX_Comm_failure_get_acked(MPI_COMM_WORLD, &failed) != MPI_SUCCESS)
    return false;
  if (MPI_Comm_group(MPI_COMM_WORLD, &world) == MPI_SUCCESS) {
    if (MPI_Group_translate_ranks(world, 1, &rank, failed, &place) != MPI_SUCCESS)
      place = MPI_UNDEFINED;
    MPI_Group_free(&world);
  }
  MPI_Group_free(&failed);
  return place != MPI_UNDEFINED;
}

#else

bool bf_failures_find(bool *is_failed)
{
  (void)is_failed;
  return false;
}

bool bf_failures_include(int rank)
{
  (void)rank;
  return false;
}

#endif
