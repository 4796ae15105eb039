/* The cores of a machine, and those that a process may run on.
 * Room: cluster. MPI: nothing here is collective. */
#ifndef BF_CLUSTER_CORES_H
#define BF_CLUSTER_CORES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/*
 * A CPU is what the kernel schedules on: a core, or one of a core's hardware threads. Workers are
 * counted against CPUs, as SLURM and nproc do.
 */
enum { BF_MOST_CPUS = 1024, BF_CPU_WORDS = BF_MOST_CPUS / 64 };

/** CPUs by the kernel's numbers. A plain value: it travels as bytes. */
typedef struct bf_cpu_set {
  uint64_t words[BF_CPU_WORDS];
} bf_cpu_set;

/** What a machine has, as far as this process's cpuset lets it see. */
typedef struct bf_cores {
  int32_t n_cpus;
  int32_t n_cores;
} bf_cores;

int bf_cpu_set_count(const bf_cpu_set *set);
/** Whether every CPU of @p inner is in @p outer. */
bool bf_cpu_set_holds(const bf_cpu_set *outer, const bf_cpu_set *inner);

/** @brief The CPUs that this process may run on (sched_getaffinity). @return BF_OK; BF_ERR_IO, also
 * for a machine of more than BF_MOST_CPUS. */
bf_status bf_cores_allowed(bf_cpu_set *out);

/** @brief What hwloc finds; it takes some milliseconds. @return BF_OK; BF_ERR_IO. */
bf_status bf_cores_find(bf_cores *out);

/** The CPU time that this process's control group may take, in CPUs (cgroup v2 cpu.max, v1
 * cpu.cfs_quota_us, the least on the way to the root); 0: no limit. */
double bf_cores_limit(void);

#endif
