/* A configuration as JSON, by the nodes of the net.
 * Room: study (private). */
#ifndef BF_STUDY_SAMPLED_H
#define BF_STUDY_SAMPLED_H

#include <stdint.h>

#include "base/json.h"
#include "study/plan.h"

/**
 * Sets a member of @p json for every node with choices: {"seq_blocks_2": {"config": {"name":
 * "integer", "weight_width": 8, ...}}}. Tied values stand under the names that untied ones have;
 * what makes no difference is null. Memory that is short shows when the document is printed.
 * @param indexes (plan->n_choices), canonical.
 */
void bf_sampled_set(const bf_plan *plan, const uint32_t *indexes, bf_json *json);

#endif
