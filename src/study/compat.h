/* compat = true: the Python tool's figures, with the defects that made them.
 * Room: study, private.
 *
 * What differs from an honest study, and how far it goes: docs/python_tool.md, "compat = true".
 */
#ifndef BF_STUDY_COMPAT_H
#define BF_STUDY_COMPAT_H

#include "data/dataset.h"
#include "study/plan.h"
#include "study/study.h"

/** The split that a data_loader names: its validation rows are its training rows. */
bf_split bf_compat_split(const bf_job *job, const char *loader);

/** Rows in an order of their own; all zero is none. */
typedef struct bf_shuffled {
  bf_tiles rows;
  float *values; /**< owned */
  uint8_t *labels;
} bf_shuffled;

/**
 * @brief The first @p n of @p rows in the order of stream (@p seed, BF_PURPOSE_BATCHES, 0): what a
 *        shuffling loader hands out, the same for every trial.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_shuffled_create(bf_tiles rows, uint64_t seed, size_t n, bf_shuffled *out);
void bf_shuffled_release(bf_shuffled *shuffled);

/**
 * @brief Software metrics of @p net batch by batch.
 *
 * The loss is the mean of the batches' means. The accuracy is that of all rows, or, in training
 * mode, the mean of the batches' own. Other metrics are of all rows.
 * @return as bf_evaluate_in_batches().
 */
bf_status bf_compat_score(const bf_net *net, const bf_kernels *kernels, bf_tiles rows,
                          bool is_training, const bf_job *job, bf_metrics *metrics);

/** Whether accuracy and loss of this job's trials are running averages. */
bool bf_compat_averages(const bf_job *job);

/** A trial's accuracy and loss become the averages over it and all trials taken in before. */
void bf_compat_average(bf_running *running, bf_metrics *metrics);

/** The same of a trial that was told before, whose metrics are averages. */
void bf_compat_restore(bf_running *running, const bf_metrics *metrics);

#endif
