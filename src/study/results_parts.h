/* What the result files share.
 * Room: study (private). */
#ifndef BF_STUDY_RESULTS_PARTS_H
#define BF_STUDY_RESULTS_PARTS_H

#include "base/file.h"
#include "base/text.h"
#include "study/record.h"

/** Configurations on the front. */
size_t bf_results_n_front(const bf_record *record);

/** 95 % interval of the test accuracy for the sampling of test rows (bf_wilson at the mean); NaN if
 * nothing was tested. */
void bf_candidate_interval(const bf_candidate *candidate, double *lo, double *hi);

/** @brief Writes out and empties @p text: whole files of large studies do not fit into memory.
 * @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_results_flush(bf_text *text, bf_file_writer *writer);

#endif
