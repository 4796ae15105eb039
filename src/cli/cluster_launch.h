/* Starting mpirun for `bitfront bench cluster`: this program again, on ranks that measure.
 * Room: cli. */
#ifndef BF_CLI_CLUSTER_LAUNCH_H
#define BF_CLI_CLUSTER_LAUNCH_H

#include <stdbool.h>

#include "cli/cluster_timing.h"

/**
 * @brief bf_timing_take on @p n_ranks ranks of this machine.
 * @param session of this process, which is alone: one rank is measured here and now.
 * @param folder for journals, and for what the ranks found out.
 * @param over_tcp messages go through the loopback device instead of shared memory.
 * @return as bf_timing_take; BF_ERR_MPI also if mpirun cannot be started or fails.
 */
bf_status bf_timing_launch(bf_session *session, const char *folder, size_t n_ranks, bool over_tcp,
                           size_t n_cases, const bf_timed_case *cases, bf_timing *out);

#endif
