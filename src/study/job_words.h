/* Keys of the Python tool whose value is one of a few words.
 * Room: study (private). */
#ifndef BF_STUDY_JOB_WORDS_H
#define BF_STUDY_JOB_WORDS_H

#include "study/job.h"

/** @brief Whether task, load_type, accelerator, log_level and search.strategy.name, where the job
 * has them, are words that fit here; one that is let pass with a remark is a warning. @return
 * BF_OK; BF_ERR_USAGE. */
bf_status bf_job_check_words(const bf_job *job);

#endif
