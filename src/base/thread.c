/* What threads of ours have in common.
 * Room: base. */
#include "base/thread.h"

#include <math.h>
#include <signal.h>
#include <stddef.h>

int bf_thread_start(pthread_t *thread, void *(*run)(void *context), void *context)
{
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int code = pthread_create(thread, NULL, run, context);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return code;
}

void bf_condition_init(pthread_cond_t *condition)
{
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(condition, &monotonic);
  pthread_condattr_destroy(&monotonic);
}

struct timespec bf_condition_time(double seconds)
{
  struct timespec time;
  double whole;
  double part = modf(seconds, &whole);
  clock_gettime(CLOCK_MONOTONIC, &time);
  time.tv_nsec += (long)(1e9 * part);
  time.tv_sec += (time_t)whole + time.tv_nsec / 1000000000;
  time.tv_nsec %= 1000000000;
  return time;
}
