/* A search on more workers than there are: rank 0, its workers and their messages as events in a
 * time that passes at once.
 * Room: cluster. MPI: nothing. What things cost is measured elsewhere and given. */
#ifndef BF_CLUSTER_SIMULATION_H
#define BF_CLUSTER_SIMULATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * The model is the loop of src/cluster/coordinator.c. Everybody gets a first task, then everybody
 * a second one; then rank 0 takes results in, one after the other in the order of their coming,
 * and hands a new task to whoever sent one. It is a server that does one thing at a time: a
 * result costs it a message, an accept, and, as long as there are trials, an ask. Who waits naps
 * as in src/cluster/nap.c, and hears of what came when the nap is over. Trials have a length of
 * their own; every worker has a core to itself, and so has rank 0.
 *
 * Trials take 1 ms at least, of which a worker holds two (cluster/pace.h). When rank 0 is behind
 * with its mail (src/cluster/backlog.h) a trial costs it what one of a bundle does; that workers
 * hold more of them then is left out, and so are losses and beats.
 */

/** What rank 0 pays for a trial, seconds. */
typedef struct bf_trial_cost {
  double ask_s;
  double accept_s;
} bf_trial_cost;

typedef struct bf_simulation {
  size_t n_workers; /**< at least 1 */
  size_t n_trials;  /**< at least 1 */
  double trial_s;   /**< mean length of a trial, at least 1 ms */
  double spread;    /**< standard deviation of the lengths by their mean; lognormal */
  uint64_t seed;
  /** What a trial costs when so many were told and so many are handed out. */
  bf_trial_cost (*cost)(const void *context, size_t n_told, size_t n_open);
  const void *context;
  double message_s; /**< rank 0: to take a result's message in and to send a task's */
  double
      bundled_s; /**< the same for a trial of a bundle, when rank 0 is behind; 0: there are none */
  double wire_s; /**< from one rank to another; nobody works meanwhile */
  double worker_s;   /**< a worker, from the end of a trial to the start of one that waits */
  double nap_late_s; /**< by so much a nap is longer than it should be */
} bf_simulation;

typedef struct bf_outcome {
  double wall_s;      /**< from the first ask to the last accept */
  double utilisation; /**< time in trials / (workers * wall_s) */
  double steady;      /**< the same without start and end: from when every worker has told its first
                         trial until the last is asked; NaN if that is no time */
  double load;        /**< share of wall_s that rank 0 works */
} bf_outcome;

/**
 * @brief Simulates a study from its first ask to its last accept. Same arguments, same outcome.
 *
 * Takes O(n_trials log n_workers) time, and 100 bytes a worker.
 * @return BF_OK; BF_ERR_USAGE for arguments out of range; BF_ERR_NOMEM; @p out is untouched then.
 */
bf_status bf_simulate(const bf_simulation *simulation, bf_outcome *out);

/** @brief The same for a lone process, which asks, runs and accepts in turn: n_workers, message_s,
 * wire_s and worker_s do not count. */
bf_status bf_simulate_alone(const bf_simulation *simulation, bf_outcome *out);

#endif
