/* The nets that a study keeps: those of its front, on disk.
 * Room: study (private). */
#ifndef BF_STUDY_NETS_H
#define BF_STUDY_NETS_H

#include "study/study.h"

/** @brief Writes checkpoints/trial-<number>.h5 from the trial's values; nothing if it has none.
 * @return BF_OK; BF_ERR_DATA if the values are not those of the trial's net; BF_ERR_IO;
 * BF_ERR_NOMEM. */
bf_status bf_study_save_net(const bf_study *study, const bf_trial *trial);

/** @brief Forgets the trial's values and removes its checkpoint, if there is one. @return BF_OK;
 * BF_ERR_NOMEM. */
bf_status bf_study_drop_net(const bf_study *study, bf_trial *trial);

#endif
