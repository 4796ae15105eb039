/* What the result files share.
 * Room: study (private). */
#ifndef BF_STUDY_RESULTS_PARTS_H
#define BF_STUDY_RESULTS_PARTS_H

#include "study/record.h"

/** Configurations on the front. */
size_t bf_results_n_front(const bf_record *record);

/** 95 % interval of the test accuracy for the sampling of test rows (bf_wilson at the mean); NaN if
 * nothing was tested. */
void bf_candidate_interval(const bf_candidate *candidate, double *lo, double *hi);

#endif
