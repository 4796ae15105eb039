/* Whose turn it is to get a task: of those who take any, one who holds the fewest.
 * Room: cluster. MPI: nothing. */
#ifndef BF_CLUSTER_ROTA_H
#define BF_CLUSTER_ROTA_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "cluster/pace.h"

/*
 * Everybody gets a task before anybody gets a second one, and so on: ranks that hold k tasks stand
 * in line k, and the first of the lowest line is next. Into line 0 one goes at its head: where
 * there are fewer tasks than ranks, whoever has just ended one looks for the next most often
 * (cluster/nap.h), and has the data in its caches. All is done in the same time for four ranks
 * and for four thousand: lines are linked, and which of them are empty is one word of bits.
 */
enum { BF_ROTA_OUT = -1, BF_ROTA_LINES = BF_PACE_MOST };

_Static_assert(BF_ROTA_LINES <= 64, "a bit a line");

/** A rank's place in its line. Rank 0 gets no tasks: as a neighbour it means none. */
typedef struct bf_rota_place {
  int line; /**< BF_ROTA_OUT: in none */
  int before;
  int after;
} bf_rota_place;

typedef struct bf_rota {
  bf_rota_place *places; /**< (size) by rank */
  int first[BF_ROTA_LINES];
  int last[BF_ROTA_LINES];
  uint64_t filled; /**< bit k: somebody stands in line k */
} bf_rota;

/** @brief Nobody stands in any line. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_rota_init(bf_rota *rota, size_t size);
void bf_rota_release(bf_rota *rota);

/** @p rank goes to the end of @p line (0: to its head), or stays if it stands there already;
 * BF_ROTA_OUT: it takes no tasks. */
void bf_rota_move(bf_rota *rota, int rank, int line);

/** Who is next; 0: nobody takes tasks. */
int bf_rota_next(const bf_rota *rota);

#endif
