/* The result files of a study.
 * Room: study. */
#include "study/results.h"

#include <math.h>

#include "base/file.h"
#include "base/log.h"
#include "study/results_parts.h"

size_t bf_results_n_front(const bf_record *record)
{
  size_t n = 0;
  for (size_t c = 0; c < record->n_candidates; c++)
    n += record->candidates[c].on_front;
  return n;
}

void bf_candidate_interval(const bf_candidate *candidate, double *lo, double *hi)
{
  *lo = (double)NAN;
  *hi = (double)NAN;
  if (candidate->n_tested == 0)
    return;
  double n_correct = round(candidate->test_accuracy * (double)candidate->n_test_rows);
  bf_wilson((size_t)n_correct, candidate->n_test_rows, lo, hi);
}

bf_status bf_results_flush(bf_text *text, bf_file_writer *writer)
{
  bf_status status = bf_text_status(text);
  if (status == BF_OK)
    status = bf_file_writer_append(writer, bf_text_view(text), text->length);
  bf_text_reset(text);
  return status;
}

static bf_status write_text(const bf_plan *plan, const bf_record *record, const char *name,
                            bf_status (*make)(const bf_plan *, const bf_record *, bf_text *))
{
  bf_text text = {0};
  bf_status status = BF_OK;
  char *path = bf_path_join(record->folder, name);
  BF_CHECK_MEMORY(path);
  BF_TRY(make(plan, record, &text));
  BF_TRY(bf_file_write_text(path, &text));
done:
  free(path);
  bf_text_release(&text);
  return status;
}

/* Frees the document. */
static bf_status write_json(const bf_record *record, const char *name, bf_json *json)
{
  bf_status status = BF_OK;
  char *path = bf_path_join(record->folder, name);
  BF_CHECK_MEMORY(path);
  BF_TRY(bf_json_write(json, path));
done:
  free(path);
  bf_json_free(json);
  return status;
}

/* A file of a row a trial. */
static bf_status write_rows(const bf_plan *plan, const bf_record *record, const char *name,
                            bf_status (*write)(const bf_plan *, const bf_record *, const char *))
{
  bf_status status = BF_OK;
  char *path = bf_path_join(record->folder, name);
  BF_CHECK_MEMORY(path);
  BF_TRY(write(plan, record, path));
done:
  free(path);
  return status;
}

static bf_status print_job(const bf_plan *plan, const bf_record *record, bf_text *text)
{
  (void)plan;
  bf_toml_print(record->job, text);
  return bf_text_status(text);
}

/* Nets that end in a ReLU lose classes silently; the front must not. */
static void warn_of_dead_outputs(const bf_record *record)
{
  size_t n_dead = 0;
  for (size_t c = 0; c < record->n_candidates; c++) {
    const bf_candidate *candidate = &record->candidates[c];
    n_dead += candidate->on_front && candidate->mean->value[BF_METRIC_dead_outputs] > 0;
  }
  if (n_dead > 0)
    bf_warn("%zu of %zu nets on the front have outputs that are 0 for every validation row "
            "(dead_outputs)",
            n_dead, bf_results_n_front(record));
}

/* study.json comes last: where it is, the others are. */
bf_status bf_results_write(const bf_plan *plan, const bf_record *record)
{
  bf_status status = BF_OK;
  BF_TRY(write_text(plan, record, "job.toml", print_job));
  BF_TRY(write_rows(plan, record, "trials.csv", bf_results_trials_write));
  BF_TRY(write_text(plan, record, "front.csv", bf_results_front_csv));
  BF_TRY(write_json(record, "best.json", bf_results_best_json(plan, record)));
  BF_TRY(write_rows(plan, record, "log.json", bf_results_log_write));
  BF_TRY(write_json(record, "study.json", bf_results_study_json(record)));
  warn_of_dead_outputs(record);
done:
  return status;
}
