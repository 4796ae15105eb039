/* An MPI program that does nothing, for what MPI itself costs: empty_mpi FILE makes the file once
 * all ranks are up, and waits to be ended. */
#include <mpi.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
  int rank = 0;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank == 0 && argc == 2) {
    FILE *file = fopen(argv[1], "w");
    if (file != NULL)
      fclose(file);
  }
  /* Not a barrier: its polling would slow down what else is measured. */
  pause();
  MPI_Finalize();
  return 0;
}
