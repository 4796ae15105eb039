/* What a rule chose of a study, for people.
 * Room: cli. */
#include "cli/pick_text.h"

#include <inttypes.h>
#include <math.h>

#include "base/table.h"

/* The text of a parameter's value; empty where it makes no difference. */
static const char *value_text(const bf_record *record, size_t c, size_t d)
{
  uint32_t index = bf_record_indexes(record, record->candidates[c].first)[d];
  return index != BF_NO_VALUE ? record->parameters[d].texts[index] : "";
}

static void add_metric(const bf_record *record, size_t c, bf_metric metric, bf_table *table)
{
  const bf_candidate *candidate = &record->candidates[c];
  bf_text cell = {0};
  bf_text_number(&cell, candidate->mean->value[metric]);
  if (!isnan(candidate->sd->value[metric])) {
    bf_text_append(&cell, " +- ");
    bf_text_number(&cell, candidate->sd->value[metric]);
  }
  bf_table_cell(table, "%s", bf_text_view(&cell));
  table->short_of_memory = table->short_of_memory || cell.short_of_memory;
  bf_text_release(&cell);
}

/* The choice beside the runner-up: a row a parameter, a row a metric. */
static bf_status print_columns(const bf_record *record, size_t n, const size_t *shown,
                               bf_text *text)
{
  bf_table table = {.n_columns = n + 1};
  bf_table_cell(&table, " ");
  for (size_t i = 0; i < n; i++)
    bf_table_cell(&table, "trial %" PRIu64, record->candidates[shown[i]].number);
  for (size_t d = 0; d < record->n_parameters; d++) {
    bf_table_cell(&table, "%s", record->parameters[d].name);
    for (size_t i = 0; i < n; i++)
      bf_table_cell(&table, "%s", value_text(record, shown[i], d));
  }
  for (int m = 0; m < BF_N_METRICS; m++) {
    if (isnan(record->candidates[shown[0]].mean->value[m]))
      continue;
    bf_table_cell(&table, "%s", bf_metric_name((bf_metric)m));
    for (size_t i = 0; i < n; i++)
      add_metric(record, shown[i], (bf_metric)m, &table);
  }
  bf_status status = bf_table_print(&table, text);
  bf_table_release(&table);
  return status;
}

/* Whether it is worth a column: a parameter with one value says nothing about a trial. */
static bool is_open(const bf_record *record, size_t d)
{
  return record->parameters[d].n_values > 1;
}

static void head_rows(const bf_record *record, bf_table *table)
{
  bf_table_cell(table, "trial");
  for (size_t d = 0; d < record->n_parameters; d++)
    if (is_open(record, d))
      bf_table_cell(table, "%s", record->parameters[d].name);
  for (size_t i = 0; i < record->n_terms; i++)
    bf_table_cell(table, "%s", bf_metric_name(record->terms[i].metric));
  table->n_columns = table->n_cells;
}

/* A whole front: a row a trial. */
static bf_status print_rows(const bf_record *record, const bf_pick *pick, bf_text *text)
{
  bf_table table = {.n_columns = 0};
  head_rows(record, &table);
  for (size_t i = 0; i < pick->n; i++) {
    size_t c = pick->chosen[i];
    bf_table_cell(&table, "%" PRIu64, record->candidates[c].number);
    for (size_t d = 0; d < record->n_parameters; d++)
      if (is_open(record, d))
        bf_table_cell(&table, "%s", value_text(record, c, d));
    for (size_t k = 0; k < record->n_terms; k++)
      add_metric(record, c, record->terms[k].metric, &table);
  }
  bf_status status = bf_table_print(&table, text);
  bf_table_release(&table);
  return status;
}

static bf_status print_checkpoint(const bf_record *record, size_t c, bf_text *text)
{
  char *path = NULL;
  bf_status status = bf_record_checkpoint(record, c, &path);
  if (status == BF_OK)
    bf_text_printf(text, "%-10s %s\n", "checkpoint", path != NULL ? path : "none");
  free(path);
  return status;
}

static bf_status print_one(const bf_record *record, const bf_pick *pick, const char *by,
                           bf_text *text)
{
  bf_status status = BF_OK;
  const size_t shown[] = {pick->chosen[0], pick->runner_up};
  bf_text_printf(text, "%-10s trial %" PRIu64 " of '%s', by '%s'\n", "choice",
                 record->candidates[pick->chosen[0]].number, record->folder, by);
  bf_text_printf(text, "%-10s %s\n", "why", pick->why);
  if (pick->has_runner_up)
    bf_text_printf(text, "%-10s trial %" PRIu64 ": %s\n", "runner-up",
                   record->candidates[pick->runner_up].number, pick->runner_up_why);
  else
    bf_text_printf(text, "%-10s none\n", "runner-up");
  BF_TRY(print_checkpoint(record, pick->chosen[0], text));
  bf_text_append(text, "\n");
  BF_TRY(print_columns(record, pick->has_runner_up ? 2 : 1, shown, text));
done:
  return status;
}

bf_status bf_pick_print(const bf_record *record, const bf_pick *pick, const char *by, bf_text *text)
{
  if (record->is_compat)
    bf_text_append(text, "figures    " BF_COMPAT_NOTE "\n");
  return pick->n > 1 ? print_rows(record, pick, text) : print_one(record, pick, by, text);
}
