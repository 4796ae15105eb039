/* Ranks that the MPI library itself knows to have failed (ULFM, in Open MPI from 5 on).
 * Room: cluster. Other libraries never say; leases and pids find lost ranks without them. */
#ifndef BF_CLUSTER_FAILURES_H
#define BF_CLUSTER_FAILURES_H

#include <stdbool.h>

/**
 * @brief Sets @p is_failed[rank] for every rank that has failed, and lets receives from any rank
 *        go on after it.
 * @param[in,out] is_failed (size of the world); what is set stays.
 * @return Whether one was newly set.
 */
bool bf_failures_find(bool *is_failed);

/** Whether @p rank is known to have failed. */
bool bf_failures_include(int rank);

#endif
