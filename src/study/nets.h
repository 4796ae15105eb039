/* Trained nets on disk: those of a study's front, those of a refit.
 * Room: study (private). */
#ifndef BF_STUDY_NETS_H
#define BF_STUDY_NETS_H

#include "study/study.h"

/** What a worker sent, with what it is. Everything is borrowed. */
typedef struct bf_trained {
  uint64_t number; /**< of the trial */
  uint64_t seed;
  const uint32_t *indexes; /**< (plan->n_choices) its configuration */
  size_t n_values;
  const float *values; /**< (n_values) as in the configuration's net */
} bf_trained;

/** @brief Writes the checkpoint <folder>/<name> atomically. @return BF_OK; BF_ERR_DATA if the
 * values are not those of the configuration's net; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_trained_save(const bf_trained *trained, const bf_plan *plan, const char *folder,
                          const char *name);

/** @brief The path of a trial's checkpoint, whether there is one or not. @param[out] path freed
 * with free(). @return BF_OK; BF_ERR_NOMEM, and @p path is untouched then. */
bf_status bf_study_checkpoint_path(const char *folder, uint64_t number, char **path);

/** @brief Writes checkpoints/trial-<number>.h5 from the trial's values; nothing if it has none.
 * @return BF_OK; BF_ERR_DATA if the values are not those of the trial's net; BF_ERR_IO;
 * BF_ERR_NOMEM. */
bf_status bf_study_save_net(const bf_study *study, const bf_trial *trial);

/** Forgets the trial's values: it never had a checkpoint. */
void bf_study_forget_net(bf_trial *trial);

/** @brief Forgets the trial's values and removes its checkpoint, if there is one. @return BF_OK;
 * BF_ERR_NOMEM. */
bf_status bf_study_drop_net(const bf_study *study, bf_trial *trial);

#endif
