/* What a study cost, in what a cluster charges for.
 * Room: study. */
#ifndef BF_STUDY_EFFORT_H
#define BF_STUDY_EFFORT_H

#include "base/text.h"
#include "study/record.h"

/**
 * Of all sessions. A core-hour is a rank for an hour: schedulers charge for the coordinator's core,
 * too. NaN where there is nothing to divide by.
 */
typedef struct bf_effort {
  double core_hours;           /**< sum of ranks times wall time */
  double trials_per_core_hour; /**< failed ones included */
  double utilisation;          /**< share of the workers' time, (ranks - 1, but 1 of a lone process)
                                    times wall time, that trials took */
} bf_effort;

bf_effort bf_effort_of(const bf_record *record);

/** Appends "0.0123 core-hours, 45000 trials/core-hour, workers 93 % busy". */
void bf_effort_print(const bf_effort *effort, bf_text *text);

#endif
