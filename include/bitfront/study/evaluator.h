/* The worker's side of a study: a task in, a result out.
 * Room: study. MPI: not collective. */
#ifndef BF_STUDY_EVALUATOR_H
#define BF_STUDY_EVALUATOR_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/status.h"
#include "data/dataset.h"
#include "nn/kernels.h"
#include "study/plan.h"

typedef struct bf_evaluator bf_evaluator;

/**
 * @brief Makes an evaluator; plan and data must outlive it. Loads the job's checkpoint, if it names
 * one.
 * @return BF_OK; BF_ERR_DATA for the checkpoint, or if a split that the runners read has too few
 * rows; BF_ERR_USAGE if the checkpoint's shapes are not the model's; BF_ERR_NOMEM.
 */
bf_status bf_evaluator_create(const bf_plan *plan, const bf_dataset *data,
                              const bf_kernels *kernels, bf_evaluator **out);
void bf_evaluator_free(bf_evaluator *evaluator);

/**
 * @brief Does one task and appends its result to @p result.
 *
 * Whatever goes wrong inside a trial becomes a failed trial with a reason. The result is a function
 * of (task, plan, data, kernels), apart from latency, host and times.
 * @return BF_OK; BF_ERR_DATA if the task is no message of ours; BF_ERR_NOMEM for the message
 * itself.
 */
bf_status bf_evaluator_run(bf_evaluator *evaluator, const void *task, size_t n, bf_bytes *result);

#endif
