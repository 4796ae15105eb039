/* A configuration as JSON, by the nodes of the net.
 * Room: study (private). */
#ifndef BF_STUDY_SAMPLED_H
#define BF_STUDY_SAMPLED_H

#include <stdint.h>

#include "base/json.h"
#include "study/plan.h"

/**
 * Sets the members of the object @p config that a choice with @p value is: one, null if @p value is
 * NULL, or, if it is tied, those of @p format, the name of the node's number format; NULL: none.
 */
void bf_sampled_set_choice(const bf_choice *choice, const char *format, const bf_toml *value,
                           bf_json *config);

/**
 * Sets a member of @p json for every node with choices: {"seq_blocks_2": {"config": {"name":
 * "integer", "weight_width": 8, ...}}}. Tied values stand under the names that untied ones have;
 * what makes no difference is null. Memory that is short shows when the document is printed.
 * @param indexes (plan->n_choices), canonical.
 */
void bf_sampled_set(const bf_plan *plan, const uint32_t *indexes, bf_json *json);

#endif
