/* The search loop: a study as what there is to do.
 * Room: cluster. */
#ifndef BF_CLUSTER_SEARCH_H
#define BF_CLUSTER_SEARCH_H

#include <stdbool.h>

#include "base/status.h"
#include "cluster/session.h"
#include "study/evaluator.h"
#include "study/study.h"

/** Called on rank 0 after every result and about every 100 ms while waiting. @return Whether to go
 * on; false: leave at once. */
typedef bool (*bf_search_tick)(const bf_study *study, void *context);

/**
 * @brief Collective. Runs the study to its end, as bf_agenda_run (cluster/agenda.h) does.
 * @param study rank 0's; NULL elsewhere.
 * @param evaluator of every rank that works (all but rank 0, or the only one); NULL on a
 * coordinator.
 * @param tick may be NULL.
 * @param lease_s as the agenda's; 0: 30 s.
 * @return BF_OK; BF_ERR_STOPPED when no worker is left; BF_ERR_IO, BF_ERR_NOMEM, BF_ERR_DATA,
 * BF_ERR_MPI of rank 0 or a worker; agreed.
 */
bf_status bf_search_run(bf_session *session, bf_study *study, bf_evaluator *evaluator,
                        bf_search_tick tick, void *context, double lease_s);

#endif
