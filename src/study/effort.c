/* What a study cost, in what a cluster charges for.
 * Room: study. */
#include "study/effort.h"

#include <math.h>

static double share(double part, double whole)
{
  return whole > 0 ? part / whole : (double)NAN;
}

bf_effort bf_effort_of(const bf_record *record)
{
  double core_s = 0;
  double worker_s = 0;
  double trial_s = 0;
  for (size_t k = 0; k < record->n_sessions; k++) {
    const bf_record_session *session = &record->sessions[k];
    core_s += (double)session->n_ranks * session->wall_s;
    worker_s += (double)(session->n_ranks > 1 ? session->n_ranks - 1 : 1) * session->wall_s;
  }
  for (size_t i = 0; i < record->n_trials; i++)
    trial_s += record->trials[i].duration_s;
  return (bf_effort){.core_hours = core_s / 3600,
                     .trials_per_core_hour = share((double)record->n_trials, core_s / 3600),
                     .utilisation = share(trial_s, worker_s)};
}

void bf_effort_print(const bf_effort *effort, bf_text *text)
{
  bf_text_printf(text, "%.3g core-hours", effort->core_hours);
  if (!isnan(effort->trials_per_core_hour))
    bf_text_printf(text, ", %.*f trials/core-hour", effort->trials_per_core_hour < 10 ? 2 : 0,
                   effort->trials_per_core_hour);
  if (!isnan(effort->utilisation))
    bf_text_printf(text, ", workers %.0f %% busy", 100 * effort->utilisation);
}
