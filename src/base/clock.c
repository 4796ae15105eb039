/* The clocks: monotonic for durations, wall for dates, and that of a thread.
 * Room: base. */
#include "base/clock.h"

#include <errno.h>
#include <time.h>

static double read_clock(clockid_t id)
{
  struct timespec now;
  clock_gettime(id, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bf_clock_s(void)
{
  return read_clock(CLOCK_MONOTONIC);
}

double bf_date_s(void)
{
  return read_clock(CLOCK_REALTIME);
}

double bf_clock_thread_s(void)
{
  return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void bf_sleep(double seconds)
{
  /* Also false for NaN. */
  if (!(seconds > 0))
    return;
  struct timespec pause = {.tv_sec = (time_t)seconds};
  pause.tv_nsec = (long)(1e9 * (seconds - (double)pause.tv_sec));
  while (nanosleep(&pause, &pause) != 0 && errno == EINTR) {
  }
}
