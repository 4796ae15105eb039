/* The lines of a trial as bitfront prints them, read in a tenth of the time of a JSON document.
 * Room: study. */
#include "study/journal_parts.h"
#include "study/record_parts.h"
#include "study/record_scan.h"

/*
 * Every reader here either takes a line up or says false and has changed nothing that counts. The
 * line is parsed as JSON then, which is slower, allows for all other forms, and knows what to say
 * about one that makes no sense.
 */

/* The number of a trial that was asked before. */
static bool scan_trial(const bf_replay *replay, bf_scan *scan, uint64_t *number)
{
  return bf_scan_word(scan, "\"trial_id\":") && bf_scan_natural(scan, INT64_MAX, number) &&
         *number < replay->n_asked;
}

static bool scan_open_trial(const bf_replay *replay, bf_scan *scan, uint64_t *number)
{
  return scan_trial(replay, scan, number) && !replay->asked[*number].is_ended;
}

static bool scan_date(bf_replay *replay, bf_scan *scan, double *date_s)
{
  const char *text = NULL;
  size_t n = 0;
  return bf_scan_text(scan, &text, &n) && bf_replay_date(replay, text, n, date_s);
}

/* A parameter that makes no difference is not there. */
static bool scan_parameter(bf_scan *scan, const bf_record_parameter *parameter, uint32_t *index)
{
  bf_scan ahead = *scan;
  uint64_t value = BF_NO_VALUE;
  *index = BF_NO_VALUE;
  bool is_there = bf_scan_word(&ahead, "\"") && bf_scan_word(&ahead, parameter->name) &&
                  bf_scan_word(&ahead, "\":");
  if (!is_there)
    return true;
  if (!bf_scan_natural(&ahead, parameter->n_values - 1, &value))
    return false;
  *index = (uint32_t)value;
  *scan = ahead;
  return true;
}

/* In their order, with commas between those that are there. */
static bool scan_parameters(const bf_record *record, bf_scan *scan, uint32_t *indexes)
{
  bool is_first = true;
  if (!bf_scan_word(scan, "\"params\":{"))
    return false;
  for (size_t i = 0; i < record->n_parameters; i++) {
    bf_scan ahead = *scan;
    if (!is_first && !bf_scan_word(&ahead, ",")) {
      indexes[i] = BF_NO_VALUE;
      continue;
    }
    if (!scan_parameter(&ahead, &record->parameters[i], &indexes[i]))
      return false;
    if (indexes[i] == BF_NO_VALUE)
      continue;
    *scan = ahead;
    is_first = false;
  }
  return bf_scan_word(scan, "}");
}

/* Optuna wants the distributions with every trial: half of all bytes. Nothing of them is used, and
 * mostly they are those of the trial before. */
static bool scan_distributions(bf_replay *replay, bf_scan *scan)
{
  bf_text *seen = &replay->seen;
  if (!bf_scan_word(scan, "\"distributions\":"))
    return false;
  if (seen->length > 0 && bf_scan_bytes(scan, seen->data, seen->length))
    return true;
  const char *first = scan->at;
  if (!bf_scan_skip(scan))
    return false;
  bf_text_reset(seen);
  bf_text_append_bytes(seen, first, (size_t)(scan->at - first));
  replay->lacks_memory = bf_text_status(seen) != BF_OK;
  return !replay->lacks_memory;
}

static bool scan_asked(bf_replay *replay, bf_scan *scan, bf_record_trial *trial, bf_asked *asked,
                       uint32_t *indexes)
{
  uint64_t rank = 0;
  bool fits = bf_scan_word(scan, "\"study_id\":0,\"datetime_start\":") &&
              scan_date(replay, scan, &asked->asked_s) && bf_scan_word(scan, ",") &&
              scan_distributions(replay, scan) && bf_scan_word(scan, ",") &&
              scan_parameters(replay->record, scan, indexes) &&
              bf_scan_word(scan, ",\"user_attrs\":{\"seed\":") &&
              bf_scan_natural(scan, INT64_MAX, &trial->seed) && bf_scan_word(scan, ",\"rank\":") &&
              bf_scan_natural(scan, INT32_MAX, &rank) && bf_scan_word(scan, ",\"config\":") &&
              bf_scan_skip(scan) && bf_scan_word(scan, "},\"system_attrs\":{}}");
  trial->rank = (int)rank;
  return fits;
}

static bool read_ask(bf_replay *replay, bf_scan *scan)
{
  bf_record *record = replay->record;
  bf_record_trial trial;
  bf_asked asked;
  if (record->document == NULL || record->n_sessions == 0)
    return false;
  replay->lacks_memory = bf_replay_reserve(replay) != BF_OK;
  if (replay->lacks_memory)
    return false;
  bf_replay_blank(replay, &trial, &asked);
  uint32_t *indexes = record->indexes + replay->n_asked * record->n_parameters;
  if (!scan_asked(replay, scan, &trial, &asked, indexes) || scan->at != scan->end)
    return false;
  bf_replay_add(replay, &trial, &asked);
  return true;
}

static bool scan_metrics(bf_scan *scan, bf_metrics *metrics)
{
  *metrics = bf_metrics_none();
  for (int m = 0; m < BF_N_METRICS; m++) {
    bf_scan ahead = *scan;
    bool is_there = bf_scan_word(&ahead, "\"") &&
                    bf_scan_word(&ahead, bf_metric_name((bf_metric)m)) &&
                    bf_scan_word(&ahead, "\":");
    if (!is_there)
      continue;
    if (!bf_scan_number(&ahead, &metrics->value[m]) || !bf_scan_word(&ahead, ","))
      return false;
    *scan = ahead;
  }
  return true;
}

/* A text of the record's own. */
static bool scan_copy(bf_replay *replay, bf_scan *scan, const char **copy)
{
  const char *text = NULL;
  size_t n = 0;
  if (!bf_scan_text(scan, &text, &n))
    return false;
  *copy = bf_record_text(replay->record, text, n);
  replay->lacks_memory = *copy == NULL;
  return !replay->lacks_memory;
}

static bool scan_seconds(bf_scan *scan, const char *name, double *seconds)
{
  return bf_scan_word(scan, name) && bf_scan_number(scan, seconds) && bf_is_seconds(*seconds) &&
         bf_scan_word(scan, ",");
}

static bool scan_result(bf_replay *replay, bf_scan *scan, bf_record_trial *trial)
{
  uint64_t rank = 0;
  bool fits = scan_metrics(scan, &trial->metrics) && bf_scan_word(scan, "\"rank\":") &&
              bf_scan_natural(scan, INT32_MAX, &rank) && bf_scan_word(scan, ",\"host\":") &&
              scan_copy(replay, scan, &trial->host) && bf_scan_word(scan, ",") &&
              scan_seconds(scan, "\"started_s\":", &trial->started_s) &&
              scan_seconds(scan, "\"duration_s\":", &trial->duration_s) &&
              bf_scan_word(scan, "\"reason\":") && scan_copy(replay, scan, &trial->reason);
  trial->rank = (int)rank;
  return fits;
}

static bool read_result(bf_replay *replay, bf_scan *scan)
{
  uint64_t number = 0;
  if (!scan_open_trial(replay, scan, &number) ||
      !bf_scan_word(scan, ",\"user_attr\":{\"result\":{"))
    return false;
  bf_record_trial trial = replay->record->trials[number];
  if (!scan_result(replay, scan, &trial) || !bf_scan_word(scan, "}}}") || scan->at != scan->end)
    return false;
  replay->record->trials[number] = trial;
  replay->asked[number].is_reported = true;
  return true;
}

/* Objectives and the date follow from the result. */
static bool read_state(bf_replay *replay, bf_scan *scan)
{
  uint64_t number = 0;
  if (!scan_open_trial(replay, scan, &number) || !replay->asked[number].is_reported)
    return false;
  bool is_complete = bf_scan_word(scan, ",\"state\":1,\"values\":");
  return (is_complete || bf_scan_word(scan, ",\"state\":3,\"values\":")) && bf_scan_skip(scan) &&
         bf_scan_word(scan, ",\"datetime_complete\":") && bf_scan_skip(scan) &&
         bf_scan_word(scan, "}") && scan->at == scan->end &&
         bf_replay_end(replay, number, !is_complete) == BF_OK;
}

static bool read_constraints(bf_replay *replay, bf_scan *scan)
{
  uint64_t number = 0;
  return scan_open_trial(replay, scan, &number) &&
         bf_scan_word(scan, ",\"system_attr\":{\"constraints\":") && bf_scan_skip(scan) &&
         bf_scan_word(scan, "}}") && scan->at == scan->end;
}

static const struct {
  const char *start;
  bool (*read)(bf_replay *replay, bf_scan *scan);
} forms[] = {{BF_LINE(BF_OP_TRIAL), read_ask},
             {BF_LINE(BF_OP_TRIAL_ATTRIBUTE), read_result},
             {BF_LINE(BF_OP_TRIAL_STATE), read_state},
             {BF_LINE(BF_OP_TRIAL_SYSTEM), read_constraints}};
enum { N_FORMS = sizeof forms / sizeof *forms };

bf_status bf_replay_quick(bf_replay *replay, const char *line, size_t n, bool *is_taken)
{
  *is_taken = false;
  replay->lacks_memory = false;
  for (size_t i = 0; i < N_FORMS && !*is_taken; i++) {
    bf_scan scan = {.at = line, .end = line + n};
    if (bf_scan_word(&scan, forms[i].start))
      *is_taken = forms[i].read(replay, &scan);
  }
  return replay->lacks_memory ? bf_fail(BF_ERR_NOMEM, "out of memory for a trial") : BF_OK;
}
