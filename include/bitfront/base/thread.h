/* What threads of ours have in common: no signals, and waiting on a clock that nobody sets.
 * Room: base. */
#ifndef BF_BASE_THREAD_H
#define BF_BASE_THREAD_H

#include <pthread.h>
#include <time.h>

/** Starts a thread that no signal is handled in: handlers must interrupt the main thread. @return
 * 0, or an errno. */
int bf_thread_start(pthread_t *thread, void *(*run)(void *context), void *context);

/** A condition that is waited for on the monotonic clock. */
void bf_condition_init(pthread_cond_t *condition);

/** The time @p seconds from now, for pthread_cond_timedwait with such a condition. */
struct timespec bf_condition_time(double seconds);

#endif
