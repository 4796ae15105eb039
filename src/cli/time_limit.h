/* When a run must have ended: what the user says, and what SLURM says.
 * Room: cli. */
#ifndef BF_CLI_TIME_LIMIT_H
#define BF_CLI_TIME_LIMIT_H

#include <stdbool.h>

/** Clock time (base/clock.h) by which everything must be written; HUGE_VAL: none. */
typedef struct bf_time_limit {
  double end_s;
} bf_time_limit;

/**
 * The earliest of @p seconds from now (0: none), $BITFRONT_END_TIME (a date, seconds since 1970:
 * what a launcher that starts a search again has left of its time), and half a minute before
 * $SLURM_JOB_END_TIME (which sbatch sets), if that is in the future.
 */
bf_time_limit bf_time_limit_start(double seconds);

/** Whether nothing more should be begun: what takes @p longest_s at most would hardly be done in
 * time. */
bool bf_time_limit_is_near(const bf_time_limit *limit, double longest_s);

/** Seconds until it is time to leave, whatever still runs; at least a moment. HUGE_VAL: never. */
double bf_time_limit_left(const bf_time_limit *limit);

#endif
