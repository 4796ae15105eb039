/* The clocks: monotonic for durations, wall for dates, and that of a thread.
 * Room: base. */
#ifndef BF_BASE_CLOCK_H
#define BF_BASE_CLOCK_H

/** Seconds on a clock that never goes back; its zero means nothing. */
double bf_clock_s(void);

/** Seconds since 1970-01-01 UTC. */
double bf_date_s(void);

/** Processor time of the calling thread: what others take of its core does not count. */
double bf_clock_thread_s(void);

/** Sleeps @p seconds (0 or less: returns at once). */
void bf_sleep(double seconds);

#endif
