/* cmocka over MPI ranks: every rank runs every case, rank 0 prints, a failure anywhere fails all.
 * A case that fails on some ranks only leaves the others waiting; the test's time-out ends that. */
#ifndef BF_TESTS_MPI_UNIT_H
#define BF_TESTS_MPI_UNIT_H

#include "unit.h"

#include "cluster/session.h"

/** The session of the test program; cases are collective over its ranks. */
static bf_session *world;

static inline int mpi_unit_main(int argc, char **argv, int (*run)(void))
{
  if (bf_session_create(&argc, &argv, &world) != BF_OK) {
    fprintf(stderr, "no session: %s\n", bf_trail());
    return 1;
  }
  /* Failures go to standard error, from any rank. */
  bool is_first = bf_session_rank(world) == 0;
  if (!is_first && freopen("/dev/null", "w", stdout) == NULL)
    return 1;
  int n_failed = run();
  int worst = -bf_session_minimum(world, -n_failed);
  return bf_session_end(world, is_first && worst != 0);
}

#endif
