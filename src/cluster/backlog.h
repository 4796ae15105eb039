/* Whether rank 0 keeps up with its mail.
 * Room: cluster. MPI: nothing. Nothing here is allocated. */
#ifndef BF_CLUSTER_BACKLOG_H
#define BF_CLUSTER_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Where thousands of workers end trials faster than rank 0 takes them in, most of its time goes to
 * messages: one of a trial costs it as much as ten trials of a bundle (bench cluster). It is behind
 * when its mailbox was never empty for 50 ms although a result took it less than 200 us. Where
 * results take longer it is the sampler that is slow, and bundles would only let it ask with less
 * knowledge. After that it counts as behind for a second, since bundles make it catch up, and
 * without them it would soon be behind again.
 */
typedef struct bf_backlog {
  double empty_s;  /**< when the mailbox was last empty */
  size_t n_taken;  /**< results taken in since */
  double behind_s; /**< when rank 0 was last behind */
  bool was_behind; /**< ever */
} bf_backlog;

/** The mailbox is empty at @p now_s. To be called at the beginning, too. */
void bf_backlog_clear(bf_backlog *backlog, double now_s);

/** @p n_results were taken in by @p now_s. */
void bf_backlog_take(bf_backlog *backlog, double now_s, size_t n_results);

/** Whether rank 0 is behind, or was within the last second. */
bool bf_backlog_is_behind(const bf_backlog *backlog, double now_s);

#endif
