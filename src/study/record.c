/* A study as it is found on disk.
 * Room: study. */
#include "study/record.h"

#include "base/file.h"
#include "base/memory.h"
#include "study/nets.h"
#include "study/record_parts.h"

void bf_record_free(bf_record *record)
{
  if (record == NULL)
    return;
  bf_record_release_head(record);
  bf_record_texts_free(record->texts);
  bf_toml_free(record->job);
  free(record->sessions);
  free(record->trials);
  free(record->indexes);
  free(record->told);
  free(record->pending);
  free(record->pending_indexes);
  free(record->candidates);
  free(record->averages);
  free(record->minimised);
  free(record->folder);
  free(record);
}

static bf_status replay_lines(bf_record *record, bf_lines *lines)
{
  bf_status status = BF_OK;
  bf_replay replay = {.record = record, .lines = lines};
  BF_TRY(bf_replay_run(&replay, lines));
  BF_TRY(bf_replay_finish(&replay));
  record->n_bytes = lines->n_bytes;
  record->is_torn = bf_lines_is_torn(lines);
done:
  free(replay.asked);
  bf_text_release(&replay.seen);
  return status;
}

static bf_status read_journal(bf_record *record)
{
  bf_status status = BF_OK;
  bf_lines lines = {.file = NULL};
  char *path = bf_path_join(record->folder, BF_JOURNAL_NAME);
  BF_CHECK_MEMORY(path);
  if (bf_lines_open(&lines, path) == BF_OK)
    BF_TRY(replay_lines(record, &lines));
  else
    status = bf_because(BF_ERR_DATA, BF_JOURNAL_NAME);
done:
  bf_lines_close(&lines);
  free(path);
  return status;
}

static void sum_sessions(bf_record *record)
{
  for (size_t k = 0; k < record->n_sessions; k++)
    record->wall_s += record->sessions[k].wall_s;
  record->n_ranks = record->sessions[record->n_sessions - 1].n_ranks;
}

bf_status bf_study_open(const char *folder, bf_record **out)
{
  bf_status status = BF_OK;
  bf_record *record = bf_alloc(1, sizeof *record);
  BF_CHECK_MEMORY(record);
  record->folder = bf_copy_text(folder);
  BF_CHECK_MEMORY(record->folder);
  BF_TRY(read_journal(record));
  BF_TRY(bf_record_find_candidates(record));
  sum_sessions(record);
  *out = record;
  record = NULL;
done:
  bf_record_free(record);
  return status == BF_ERR_DATA ? bf_because(status, "cannot read study '%s'", folder) : status;
}

bool bf_record_fits(const bf_record *record, const bf_plan *plan)
{
  bool fits = record->n_parameters == plan->n_choices;
  for (size_t i = 0; fits && i < plan->n_choices; i++)
    fits = strcmp(record->parameters[i].name, plan->choices[i].path) == 0 &&
           record->parameters[i].n_values == plan->parameters[i].n_choices;
  return fits;
}

void bf_record_place(const bf_record *record, const uint32_t *given, uint32_t *indexes)
{
  for (size_t i = 0; i < record->n_parameters; i++)
    indexes[i] = given[i] == BF_NO_VALUE ? 0 : given[i];
}

const uint32_t *bf_record_indexes(const bf_record *record, size_t i)
{
  return record->indexes + i * record->n_parameters;
}

const char *bf_record_end(const bf_record *record)
{
  return record->sessions[record->n_sessions - 1].end;
}

const double *bf_record_minimised(const bf_record *record, size_t c)
{
  return record->minimised + c * record->n_objectives;
}

bool bf_record_is_feasible(const bf_record *record, size_t c)
{
  return record->candidates[c].n_complete > 0 && record->candidates[c].violation <= 0;
}

const char *bf_record_objective_name(const bf_record *record, size_t j)
{
  const bf_goal goal = bf_record_goal(record);
  return bf_goal_name(&goal, j);
}

bool bf_record_is_maximised(const bf_record *record, size_t j)
{
  const bf_goal goal = bf_record_goal(record);
  return bf_goal_is_maximised(&goal, j);
}

bf_status bf_record_checkpoint(const bf_record *record, size_t c, char **path)
{
  const bf_candidate *candidate = &record->candidates[c];
  for (size_t i = 0; i < candidate->n_trials; i++) {
    char *found = NULL;
    uint64_t number = record->trials[candidate->first + i].number;
    bf_status status = bf_study_checkpoint_path(record->folder, number, &found);
    if (status != BF_OK)
      return status;
    if (bf_file_exists(found)) {
      *path = found;
      return BF_OK;
    }
    free(found);
  }
  *path = NULL;
  return BF_OK;
}
