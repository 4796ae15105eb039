/* A study as it is found on disk.
 * Room: study. */
#include "study/record.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "study/nets.h"
#include "study/record_parts.h"

void bf_record_free(bf_record *record)
{
  if (record == NULL)
    return;
  for (size_t i = 0; i < record->n_parameters; i++) {
    bf_record_parameter *parameter = &record->parameters[i];
    for (size_t k = 0; parameter->texts != NULL && k < parameter->n_values; k++)
      free(parameter->texts[k]);
    free(parameter->texts);
  }
  free(record->parameters);
  free(record->trials);
  free(record->indexes);
  free(record->candidates);
  free(record->minimised);
  bf_json_free(record->document);
  bf_csv_free(record->table);
  bf_toml_free(record->job);
  free(record->folder);
  free(record);
}

/* The whole file @p name as text that ends in a line break, as every file of a study does. */
static bf_status read_file(const bf_record *record, const char *name, bf_text *text)
{
  bf_status status = BF_OK;
  struct stat info;
  char *path = bf_path_join(record->folder, name);
  BF_CHECK_MEMORY(path);
  BF_CHECK(stat(path, &info) == 0, BF_ERR_DATA, "%s: %s", name, strerror(errno));
  /* A pipe would keep us waiting. */
  BF_CHECK(S_ISREG(info.st_mode), BF_ERR_DATA, "%s: it is no regular file", name);
  BF_TRY(bf_file_read(path, text));
  BF_CHECK(text->length > 0, BF_ERR_DATA, "%s:1: it is empty", name);
  size_t n_lines = 1;
  for (size_t i = 0; i + 1 < text->length; i++)
    n_lines += text->data[i] == '\n';
  BF_CHECK(memchr(text->data, '\0', text->length) == NULL, BF_ERR_DATA, "%s: it holds a NUL byte",
           name);
  BF_CHECK(text->data[text->length - 1] == '\n', BF_ERR_DATA,
           "%s:%zu: it is cut off, expected a line break at its end", name, n_lines);
done:
  free(path);
  return status;
}

static bf_status read_document(bf_record *record)
{
  bf_text text = {0};
  bf_status status = read_file(record, "study.json", &text);
  if (status == BF_OK)
    status = bf_json_parse(text.data, "study.json", &record->document);
  if (status == BF_OK)
    status = bf_record_read_document(record);
  bf_text_release(&text);
  return status;
}

static bf_status read_trials(bf_record *record)
{
  bf_text text = {0};
  bf_status status = read_file(record, "trials.csv", &text);
  if (status == BF_OK)
    status = bf_csv_parse(text.data, text.length, "trials.csv", &record->table);
  if (status == BF_OK)
    status = bf_record_read_trials(record);
  if (status == BF_OK)
    status = bf_record_find_candidates(record);
  bf_text_release(&text);
  return status;
}

static bf_status read_job(bf_record *record)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  BF_TRY(read_file(record, "job.toml", &text));
  BF_TRY(bf_toml_parse(text.data, "job.toml", &record->job));
  const bf_toml *by = bf_toml_at(record->job, "select.by");
  BF_CHECK(by == NULL || by->kind == BF_TOML_STRING, BF_ERR_DATA,
           "job.toml:%d:%d: 'select.by' is no text", by->line, by->column);
  record->select_by = by != NULL ? by->string : NULL;
done:
  bf_text_release(&text);
  return status;
}

bf_status bf_study_open(const char *folder, bf_record **out)
{
  bf_status status = BF_OK;
  bf_record *record = bf_alloc(1, sizeof *record);
  BF_CHECK_MEMORY(record);
  record->folder = bf_copy_text(folder);
  BF_CHECK_MEMORY(record->folder);
  BF_TRY(read_document(record));
  BF_TRY(read_trials(record));
  BF_TRY(read_job(record));
  *out = record;
  record = NULL;
done:
  bf_record_free(record);
  if (status == BF_OK || status == BF_ERR_NOMEM)
    return status;
  /* A file that cannot be opened is a bad argument elsewhere; here the folder is what is bad. */
  return bf_because(BF_ERR_DATA, "cannot read study '%s'", folder);
}

const uint32_t *bf_record_indexes(const bf_record *record, size_t i)
{
  return record->indexes + i * record->n_parameters;
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
  return record->is_summed ? "sum_scaled_metrics" : bf_metric_name(record->terms[j].metric);
}

bool bf_record_is_maximised(const bf_record *record, size_t j)
{
  return record->is_summed ? record->sum_maximize : record->terms[j].maximize;
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
