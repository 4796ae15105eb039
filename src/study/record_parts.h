/* The readers of a study's files.
 * Room: study (private). */
#ifndef BF_STUDY_RECORD_PARTS_H
#define BF_STUDY_RECORD_PARTS_H

#include "study/record.h"

/** @brief Fills in all that is no trial from record->document. @return BF_OK; BF_ERR_DATA
 * "study.json: ..."; BF_ERR_NOMEM. */
bf_status bf_record_read_document(bf_record *record);

/** @brief Fills in the trials from record->table; the document was read. @return BF_OK; BF_ERR_DATA
 * "trials.csv:<line>: ..."; BF_ERR_NOMEM. */
bf_status bf_record_read_trials(bf_record *record);

/** @brief Makes the candidates of the trials. @return BF_OK; BF_ERR_DATA; BF_ERR_NOMEM. */
bf_status bf_record_find_candidates(bf_record *record);

#endif
