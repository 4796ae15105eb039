/* Whether a process lives and since when, asked of this machine's kernel.
 * Room: base. */
#ifndef BF_BASE_PROCESS_H
#define BF_BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/** Whether there is such a process and it has not ended. A zombie has: a killed process that its
 * parent did not ask for yet. False for what is no pid. */
bool bf_process_lives(int64_t pid);

/** Seconds since it was started: pids are used again, and this tells another process from the one
 * that is meant. NaN if there is none, or the kernel does not say. */
double bf_process_age_s(int64_t pid);

#endif
