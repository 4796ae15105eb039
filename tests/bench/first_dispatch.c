/* Preloaded into a search: prints how long rank 0 takes from MPI's start to the first message
 * that it posts: the lease, right before the first task. MPI's profiling interface, so that the
 * program measured is the one that users run. */
#define _POSIX_C_SOURCE 200809L
#include <mpi.h>
#include <stdio.h>
#include <time.h>

static double start_s;
static int rank = -1;

static double now(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

int MPI_Init_thread(int *argc, char ***argv, int wanted, int *level)
{
  int code = PMPI_Init_thread(argc, argv, wanted, level);
  start_s = now();
  PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return code;
}

int MPI_Isend(const void *data, int n, MPI_Datatype type, int to, int tag, MPI_Comm comm,
              MPI_Request *request)
{
  if (rank == 0)
    fprintf(stderr, "first dispatch after %.6f s\n", now() - start_s);
  rank = -1;
  return PMPI_Isend(data, n, type, to, tag, comm, request);
}
