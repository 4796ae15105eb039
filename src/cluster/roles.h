/* The two roles when there are several ranks: rank 0 coordinates, the others work.
 * Room: cluster. Protocol: docs/architecture.md, "The life of a trial". */
#ifndef BF_CLUSTER_ROLES_H
#define BF_CLUSTER_ROLES_H

#include "cluster/agenda.h"

/**
 * @brief Rank 0: works off the agenda with the other ranks as workers, then stops them, whatever
 * happened. Breaks the session when it lost a worker or left before all had stopped.
 * @return BF_OK; BF_ERR_STOPPED when no worker is left; the first failure of this rank or a worker.
 */
bf_status bf_coordinate(bf_session *session, const bf_agenda *agenda);

/** @brief Other ranks: runs tasks until told to stop. Breaks the session when rank 0 says so.
 * @return BF_OK; the failure that ended the work. */
bf_status bf_work(bf_session *session, bf_evaluator *evaluator);

#endif
