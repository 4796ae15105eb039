/* Nets chosen from a study on disk, and where each lies in the space of a plan.
 * Room: cli. */
#ifndef BF_CLI_CHOSEN_H
#define BF_CLI_CHOSEN_H

#include <stddef.h>

#include "base/status.h"
#include "study/record.h"
#include "study/refit.h"
#include "study/rule.h"

/** All zero is an empty one. */
typedef struct bf_chosen {
  bf_record *record; /**< the study; owned, and so is everything below */
  const char *by;    /**< the rule's text; borrowed */
  bf_pick pick;
  bf_refit_net *nets; /**< (pick.n); NULL before bf_chosen_place */
  uint32_t *indexes;  /**< (pick.n, parameters) */
} bf_chosen;

/**
 * @brief Applies a rule to a study.
 * @param by the rule; NULL: the job's select.by.
 * @param otherwise the rule if there is neither; NULL: one is needed.
 * @param[out] used the rule's text; borrowed.
 * @param[out] pick released with bf_pick_release.
 * @return BF_OK; BF_ERR_USAGE (no rule, a bad one, nothing to choose); BF_ERR_NOMEM.
 */
bf_status bf_choose(const bf_record *record, const char *by, const char *otherwise,
                    const char **used, bf_pick *pick);

/**
 * @brief Opens the study in @p folder and applies a rule to it, as bf_choose does.
 * @param out released with bf_chosen_release, also on failure.
 * @return BF_OK; BF_ERR_DATA (the study); BF_ERR_USAGE (no rule, a bad one, nothing to choose);
 * BF_ERR_NOMEM.
 */
bf_status bf_chosen_read(const char *folder, const char *by, const char *otherwise, bf_chosen *out);

/**
 * @brief Makes chosen->nets: configurations as indexes into the plan's choices.
 * @return BF_OK; BF_ERR_DATA if the plan has another space than the study;
 * BF_ERR_NOMEM.
 */
bf_status bf_chosen_place(bf_chosen *chosen, const bf_plan *plan);

void bf_chosen_release(bf_chosen *chosen);

#endif
