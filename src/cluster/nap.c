/* Waiting without burning a core: a few looks at once, then longer and longer naps.
 * Room: cluster. */
#include "cluster/nap.h"

#include <math.h>

#include "base/clock.h"

enum { LOOKS_AT_ONCE = 8 };

/* MPI's blocking calls spin, and spinning ranks take the core from working ones as soon as there
 * are more ranks than cores: three to four times slower at trials of 2 ms. */
static const double shortest_s = 20e-6;
static const double long_s = 1e-3;
/* A rank that waits for long, as 60 of 64 do when in_flight is 4, costs 2 % of a core at 1 ms. So a
 * nap becomes longer than that as long as it is a twenty-fifth of the wait, which nobody misses. */
static const double longest_s = 5e-3;
static const double share = 0.04;
/* Below 2, or two ranks that wait for each other in turn make it worse: a nap is then as long as
 * the wait so far, each sleeps past the other's answer by as much, and exchanges that take 20 us
 * grow until both nap 1 ms (measured: 650 exchanges a second against 20 thousand). */
static const double growth = 1.5;

void bf_nap_take(bf_nap *nap)
{
  if (nap->n_looks < LOOKS_AT_ONCE) {
    nap->n_looks++;
    return;
  }
  double most_s = fmin(fmax(long_s, share * nap->waited_s), longest_s);
  nap->pause_s = fmin(nap->pause_s > 0 ? growth * nap->pause_s : shortest_s, most_s);
  nap->waited_s += nap->pause_s;
  bf_sleep(nap->pause_s);
}
