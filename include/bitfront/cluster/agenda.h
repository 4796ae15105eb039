/* The loop behind every command that works on all ranks: rank 0 hands out tasks and takes results
 * in, the others run them; a single rank does both.
 * Room: cluster. Point-to-point only: no round, no barrier between the first task and the last. */
#ifndef BF_CLUSTER_AGENDA_H
#define BF_CLUSTER_AGENDA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/status.h"
#include "cluster/session.h"
#include "study/evaluator.h"
#include "study/study.h"

/**
 * What there is to do: a study, a refit. Functions get the context first. The loop carries bytes
 * and reads none of them.
 */
typedef struct bf_agenda {
  void *context;
  /** As bf_study_next: a task for @p rank. It may say BF_NEXT_WAIT only while a result is still to
   * come. */
  bf_status (*next)(void *context, int rank, bf_bytes *task, bf_next *next);
  /** As bf_study_accept. A result may come twice: from a worker that was given up, and from the
   * one that got its task. */
  bf_status (*accept)(void *context, int rank, const void *result, size_t n);
  /** As bf_study_lose: no result is expected of @p rank any more; its tasks are for others.
   * @p is_suspect: it died, and of its tasks the first that it was given was running. False when it
   * merely fell silent, and when it died while results of short tasks were gathered: then nobody
   * knows which one ran. From there on results are not gathered, so a task that kills whoever runs
   * it is suspected when it does so again. */
  bf_status (*lose)(void *context, int rank, bool is_suspect);
  /** As bf_study_commit: what `next` handed out leaves now, and what `accept` took in will be
   * answered. Called by rank 0 of several, once for all tasks and results of a message. NULL: there
   * is nothing to be done. */
  bf_status (*commit)(void *context);
  /** Called after every result and about every 100 ms while waiting. @return Whether to go on;
   * false: leave at once, whatever still runs. NULL: nobody looks. */
  bool (*tick)(void *context);
  /** A worker that was not heard of for so long is given up; it sends a sign of life four times as
   * often, whatever it computes. 0: 30 s. */
  double lease_s;
} bf_agenda;

/**
 * @brief Collective. Works off the agenda to its end.
 * @param agenda rank 0's; not read elsewhere, where it may be NULL.
 * @param evaluator of every rank that works (all but rank 0, or the only one); NULL on a
 * coordinator.
 *
 * Every worker holds two tasks, one it runs and one in advance, so that it never waits for rank 0;
 * more, up to 64, while they take less than 1 ms (cluster/pace.h), and then several tasks or
 * results travel in a message. Everybody gets a task before anybody gets a second one, and so on.
 * Waiting ranks nap (20 us growing to 1 ms, and to 5 ms in long waits) instead of spinning.
 *
 * A worker whose process ends is given up within 0.2 s (if rank 0 can see it: on its machine), a
 * silent one after the lease. One that is heard of again gets tasks again, after it dropped its old
 * ones. After a loss, or when tick said to leave, the session is broken (cluster/session.h); MPI
 * must have been started to survive it (Open MPI: mpirun --enable-recovery).
 * @return BF_OK; the first failure of the agenda's functions or of a worker; BF_ERR_STOPPED if all
 * workers died, or were silent for three leases; BF_ERR_MPI; agreed.
 */
bf_status bf_agenda_run(bf_session *session, const bf_agenda *agenda, bf_evaluator *evaluator);

#endif
