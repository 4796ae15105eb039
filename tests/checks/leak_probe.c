/* A program on MPI that loses 77 bytes when it gets an argument: shows that the suppressions of
 * tests/lsan.supp hide MPI's leaks and not ours. */
#include <stdlib.h>

#include <mpi.h>

static void *volatile kept;

static void lose_memory(void)
{
  kept = malloc(77);
  kept = NULL;
}

int main(int argc, char **argv)
{
  MPI_Init(&argc, &argv);
  if (argc > 1)
    lose_memory();
  MPI_Finalize();
  return 0;
}
