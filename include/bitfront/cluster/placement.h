/* Where the ranks are: which may run on which CPUs, host by host, and what is wrong with that.
 * Room: cluster. */
#ifndef BF_CLUSTER_PLACEMENT_H
#define BF_CLUSTER_PLACEMENT_H

#include <stdbool.h>

#include "base/text.h"
#include "cluster/cores.h"
#include "cluster/session.h"

/*
 * A worker computes on one thread all the time, so it wants a CPU to itself; the coordinator naps
 * and wants none. Too many workers for their CPUs take turns: none gets faster, and one that waits
 * for its turn is late with its signs of life.
 */

/** A rank as others see it. A plain value: it travels as bytes. */
typedef struct bf_seat {
  bf_cpu_set allowed;
  bf_cores machine; /**< of the lowest rank of each host; all zero elsewhere, or if unknown */
  double limit;     /**< bf_cores_limit */
} bf_seat;

/** The ranks of one host. */
typedef struct bf_host_use {
  const char *host; /**< borrowed from the session */
  int first_rank;
  int n_workers;
  int n_bound; /**< workers that may use some of the machine's CPUs only */
  int n_cpus;  /**< that all ranks together may use */
  int n_cores;
  int n_machine; /**< CPUs of the machine; n_cpus if that is not known */
  double limit;  /**< CPU time of its control group, in CPUs; 0: none */
  bool is_first; /**< the coordinator's host */
  /** The workers that share the fewest CPUs a head, if these are fewer than they; else 0. */
  int n_crowded;
  int n_crowded_cpus;
  int crowded_rank; /**< the lowest of them */
} bf_host_use;

typedef struct bf_placement {
  int n_hosts;
  bf_host_use *hosts; /**< (n_hosts) owned, in the order of their lowest ranks */
} bf_placement;

/** @brief What follows from @p seats, one a rank. @return BF_OK; BF_ERR_NOMEM. Not collective. */
bf_status bf_placement_of(const bf_session *session, const bf_seat *seats, bf_placement *out);

/**
 * @brief Collective. Tells rank 0 where everybody is.
 * @param[out] out rank 0's; released with bf_placement_release. Elsewhere empty.
 * @return BF_OK; BF_ERR_NOMEM; BF_ERR_MPI; BF_ERR_IO (a rank cannot learn its CPUs); agreed.
 */
bf_status bf_placement_gather(bf_session *session, bf_placement *out);
void bf_placement_release(bf_placement *placement);

/** Appends one line without its end, hosts that are alike together: "host n1: 4 workers on 4 cores,
 * bound; 3 hosts: 16 workers on 32 CPUs (16 cores) each, not bound". */
void bf_placement_print(const bf_placement *placement, bf_text *text);

/** What may be wrong with a placement. */
typedef enum bf_crowd {
  BF_CROWD_BOUND,   /**< workers are bound to too few of the CPUs */
  BF_CROWD_CPUS,    /**< more workers than CPUs */
  BF_CROWD_LIMIT,   /**< more workers than their control group has CPU time for */
  BF_CROWD_THREADS, /**< workers with several threads each, more than CPUs together */
  BF_N_CROWDS
} bf_crowd;

/**
 * @brief Appends one line without its end about the first host with that trouble, and how many
 *        others have it: what is wrong, and what to do.
 * @param n_threads that a worker computes with.
 * @return Whether there is one.
 */
bool bf_placement_complain(const bf_placement *placement, bf_crowd crowd, int n_threads,
                           bf_text *what, bf_text *advice);

#endif
