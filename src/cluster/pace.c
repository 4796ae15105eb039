/* How many tasks a worker may hold.
 * Room: cluster. */
#include "cluster/pace.h"

#include <math.h>

static const double short_s = 1e-3;
static const double ahead_s = 4e-3;
static const double share = 0.125;
static const double first_s = 10e-3;
static const double gather_s = 1e-3;
static const double longest_gather_s = 0.25;

void bf_pace_tell(bf_pace *pace, double trial_s)
{
  double seconds = isfinite(trial_s) && trial_s > 0 ? trial_s : 0;
  double before_s = pace->is_known ? pace->trial_s : first_s;
  pace->trial_s = before_s + share * (seconds - before_s);
  pace->is_known = true;
}

size_t bf_pace_depth(const bf_pace *pace, bool is_behind)
{
  if (!pace->is_known)
    return BF_PACE_LEAST;
  if (pace->trial_s >= short_s)
    return is_behind ? BF_PACE_BEHIND : BF_PACE_LEAST;
  if (pace->trial_s * BF_PACE_MOST <= ahead_s)
    return BF_PACE_MOST;
  return (size_t)(ahead_s / pace->trial_s);
}

double bf_pace_gather_s(const bf_pace *pace, bool is_behind)
{
  if (bf_pace_depth(pace, is_behind) == BF_PACE_LEAST)
    return 0;
  if (pace->trial_s < short_s)
    return gather_s;
  return fmin(0.5 * BF_PACE_BEHIND * pace->trial_s, longest_gather_s);
}
