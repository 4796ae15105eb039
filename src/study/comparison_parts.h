/* The parts of a comparison that have a file of their own.
 * Room: study (private). */
#ifndef BF_STUDY_COMPARISON_PARTS_H
#define BF_STUDY_COMPARISON_PARTS_H

#include "study/comparison.h"

/** @brief Whether two studies are of one space. @return BF_OK; BF_ERR_USAGE with the first
 * difference. */
bf_status bf_comparison_check(const bf_record *a, const bf_record *b);

/** A minimised value of objective @p j on the scale of the joint front. */
double bf_comparison_scaled(const bf_comparison *comparison, size_t j, double value);

/** @brief Fills in volume, share and steps of all studies, and the joint volume; the scale and the
 * joint front are known. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_comparison_measure(bf_comparison *comparison);

/** @brief Finds exhaustive studies, and the shares of the true front. @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_comparison_find_truth(bf_comparison *comparison);

#endif
