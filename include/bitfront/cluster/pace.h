/* How many tasks a worker may hold: two, or more where trials are so short that the way to rank 0
 * and back takes longer than they do.
 * Room: cluster. MPI: nothing. Nothing here is allocated. */
#ifndef BF_CLUSTER_PACE_H
#define BF_CLUSTER_PACE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * One task that runs and one in advance: a worker never waits for rank 0 as long as a trial takes
 * longer than an exchange of messages, in which both may sleep up to 1 ms (cluster/nap.h). More
 * would hold tasks up behind a slow one, and let samplers that learn ask with less knowledge. So
 * trials of 1 ms and more have this depth.
 *
 * Shorter ones are handed out ahead for 4 ms: longer than two such naps, or than another process
 * has the core when there are more ranks than cores (3 ms on Linux), and too short for
 * anybody to miss at the end of a study, when others have nothing to do. At most 64: a trial of
 * which so many fit into 4 ms takes less time than rank 0 needs to hand it out, so more would be
 * waited for all the same.
 *
 * The length of a trial is a running mean in which the last one counts an eighth: a single slow one
 * among many of no length (or one during which the worker had no core) changes the depth for a few
 * trials, and one of ten seconds for about sixty. It begins at 10 ms, so that a worker has to do
 * 18 trials of no length before it gets more than two: a first trial that fails at once says little
 * of the next ones, which may take an hour each.
 *
 * Where thousands of workers end more trials than rank 0 can take in one by one, it is behind with
 * its mail (src/cluster/backlog.h). Then trials of any length travel in bundles of about four, of
 * eight that a worker holds: workers that wait anyway lose nothing by it, and a message, most of
 * what a trial costs rank 0, is shared.
 */
enum { BF_PACE_LEAST = 2, BF_PACE_BEHIND = 8, BF_PACE_MOST = 64 };

/** What is known of a worker's trials. All zero: nothing yet. */
typedef struct bf_pace {
  bool is_known;  /**< whether there was any */
  double trial_s; /**< running mean of their lengths */
} bf_pace;

/** A trial of the worker took @p trial_s; what is negative or no finite number counts as 0. */
void bf_pace_tell(bf_pace *pace, double trial_s);

/**
 * @brief How many tasks the worker may hold, the one that it runs among them.
 * @param is_behind rank 0 is behind with its mail.
 * @return #BF_PACE_LEAST while nothing is known and for trials of 1 ms and more, or #BF_PACE_BEHIND
 * for these if rank 0 is behind; for shorter ones so many as last 4 ms, at most #BF_PACE_MOST.
 */
size_t bf_pace_depth(const bf_pace *pace, bool is_behind);

/**
 * @brief How long a result of the worker may wait for others that go with it, seconds.
 * @return 0, it may not, where the depth is #BF_PACE_LEAST; 1 ms for trials shorter than that; for
 * longer ones, if rank 0 is behind, as long as half of what the worker holds takes, at most 0.25 s.
 */
double bf_pace_gather_s(const bf_pace *pace, bool is_behind);

#endif
