/* The loop behind every command that works on all ranks: rank 0 hands out tasks and takes results
 * in, the others run them; a single rank does both.
 * Room: cluster. Point-to-point only: no round, no barrier between the first task and the last. */
#ifndef BF_CLUSTER_AGENDA_H
#define BF_CLUSTER_AGENDA_H

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
  /** As bf_study_next. It may say BF_NEXT_WAIT only while a result is still to come. */
  bf_status (*next)(void *context, bf_bytes *task, bf_next *next);
  /** As bf_study_accept. */
  bf_status (*accept)(void *context, int rank, const void *result, size_t n);
  /** Called after every result and about every 100 ms while waiting; NULL: nobody looks. */
  void (*tick)(void *context);
} bf_agenda;

/**
 * @brief Collective. Works off the agenda to its end.
 * @param agenda rank 0's; not read elsewhere, where it may be NULL.
 * @param evaluator of every rank that works (all but rank 0, or the only one); NULL on a
 * coordinator.
 *
 * Every worker holds at most two tasks: one it runs and one in advance, so that it never waits for
 * rank 0. Waiting ranks nap (20 us growing to 1 ms) instead of spinning.
 * @return BF_OK; the first failure of the agenda's functions or of a worker; BF_ERR_MPI; agreed.
 */
bf_status bf_agenda_run(bf_session *session, const bf_agenda *agenda, bf_evaluator *evaluator);

#endif
