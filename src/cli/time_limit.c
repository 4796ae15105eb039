/* When a run must have ended.
 * Room: cli. */
#include "cli/time_limit.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"

/* To write results in, and for SLURM's own granularity. */
static const double slurm_reserve_s = 30;
/* To write results in when trials had to be left behind. */
static const double reserve_s = 0.5;
/* A worker runs one and holds another, and a busy machine takes its time. */
static const double trials_ahead = 2.5;
/* The clock is looked at no more often. */
static const double look_s = 0.1;

/* Seconds until the date that is in the environment; HUGE_VAL if there is none. */
static double left_until(const char *name)
{
  const char *text = getenv(name);
  char *end = NULL;
  double date_s = text != NULL ? strtod(text, &end) : 0;
  bool is_date = text != NULL && end != text && *end == '\0' && date_s > 0;
  return is_date ? date_s - bf_date_s() : HUGE_VAL;
}

/* A date in the past is that of another job, whose environment somebody kept: SLURM would have
 * ended ours. */
static double slurm_left(void)
{
  double left_s = left_until("SLURM_JOB_END_TIME");
  return left_s > 0 ? left_s - slurm_reserve_s : HUGE_VAL;
}

bf_time_limit bf_time_limit_start(double seconds)
{
  double own = seconds > 0 ? seconds : HUGE_VAL;
  double left_s = fmin(own, fmin(left_until("BITFRONT_END_TIME"), slurm_left()));
  return (bf_time_limit){.end_s = bf_clock_s() + left_s};
}

bool bf_time_limit_is_near(const bf_time_limit *limit, double longest_s)
{
  return bf_clock_s() + trials_ahead * longest_s + look_s + reserve_s >= limit->end_s;
}

double bf_time_limit_left(const bf_time_limit *limit)
{
  return fmax(limit->end_s - reserve_s - bf_clock_s(), 1e-3);
}
