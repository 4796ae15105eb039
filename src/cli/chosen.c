/* Nets chosen from a study on disk.
 * Room: cli. */
#include "cli/chosen.h"

#include "base/memory.h"

bf_status bf_choose(const bf_record *record, const char *by, const char *otherwise,
                    const char **used, bf_pick *pick)
{
  bf_status status = BF_OK;
  bf_rule rule;
  const char *of_job = record->select_by != NULL ? record->select_by : otherwise;
  *used = by != NULL ? by : of_job;
  BF_CHECK(*used != NULL, BF_ERR_USAGE,
           "no rule to choose by: give --by RULE; the job of '%s' has no select.by",
           record->folder);
  status = bf_rule_parse(*used, &rule);
  if (status != BF_OK && by == NULL)
    return bf_because(BF_ERR_USAGE, "select.by of study '%s'", record->folder);
  BF_TRY(status);
  BF_TRY(bf_rule_apply(&rule, record, pick));
done:
  return status;
}

bf_status bf_chosen_read(const char *folder, const char *by, const char *otherwise, bf_chosen *out)
{
  bf_status status = BF_OK;
  bf_rule rule;
  /* What is wrong with the command line is said first. */
  if (by != NULL)
    BF_TRY(bf_rule_parse(by, &rule));
  BF_TRY(bf_study_open(folder, &out->record));
  BF_TRY(bf_choose(out->record, by, otherwise, &out->by, &out->pick));
done:
  return status;
}

/* A journal can be edited. */
static bf_status check_space(const bf_record *record, const bf_plan *plan)
{
  if (bf_record_fits(record, plan))
    return BF_OK;
  return bf_fail(BF_ERR_DATA, "the job of study '%s' is of another search space than its trials",
                 record->folder);
}

bf_status bf_chosen_place(bf_chosen *chosen, const bf_plan *plan)
{
  const bf_record *record = chosen->record;
  bf_status status = BF_OK;
  BF_TRY(check_space(record, plan));
  chosen->nets = bf_alloc(chosen->pick.n, sizeof *chosen->nets);
  BF_CHECK_MEMORY(chosen->nets);
  chosen->indexes = bf_alloc(chosen->pick.n * record->n_parameters, sizeof *chosen->indexes);
  BF_CHECK_MEMORY(chosen->indexes);
  for (size_t i = 0; i < chosen->pick.n; i++) {
    const bf_candidate *candidate = &record->candidates[chosen->pick.chosen[i]];
    uint32_t *indexes = chosen->indexes + i * record->n_parameters;
    bf_record_place(record, bf_record_indexes(record, candidate->first), indexes);
    chosen->nets[i] =
        (bf_refit_net){.number = candidate->number, .indexes = indexes, .brief = *candidate->mean};
  }
done:
  return status;
}

void bf_chosen_release(bf_chosen *chosen)
{
  free(chosen->indexes);
  free(chosen->nets);
  bf_pick_release(&chosen->pick);
  bf_record_free(chosen->record);
  *chosen = (bf_chosen){0};
}
