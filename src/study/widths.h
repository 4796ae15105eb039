/* Multipliers of inputs: whether a job's agree with what the layers before make.
 * Room: study (private). */
#ifndef BF_STUDY_WIDTHS_H
#define BF_STUDY_WIDTHS_H

#include "study/plan.h"

/**
 * @brief Checks the multipliers that a job gives for a layer's inputs.
 *
 * They are no parameters: inputs are what the layer before makes, whose outputs are multiplied by
 * its own choices, or by 1. The Python tool samples both and fails in every trial where they
 * differ; so where no pair agrees nothing of the job could ever have run, and it is refused.
 * @param plan with the choices of all nodes.
 * @param layer index of the layer.
 * @param values array of its multipliers.
 * @return BF_OK; BF_ERR_USAGE.
 */
bf_status bf_plan_check_inputs(const bf_plan *plan, size_t layer, const bf_toml *values);

#endif
