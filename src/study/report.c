/* search.report.line: what the job wants printed for every trial.
 * Room: study. */
#include <inttypes.h>
#include <math.h>

#include "study/plan_parts.h"
#include "study/results.h"
#include "study/values.h"

/* What a {name} stands for. */
typedef struct field {
  enum { FIELD_NUMBER, FIELD_CHOICE, FIELD_METRIC } kind;
  size_t choice;
  bf_metric metric;
} field;

static bf_status find_field(const bf_plan *plan, const char *name, field *out)
{
  *out = (field){.kind = FIELD_NUMBER};
  if (strcmp(name, "number") == 0)
    return BF_OK;
  for (size_t i = 0; i < plan->n_choices; i++)
    if (strcmp(plan->choices[i].path, name) == 0) {
      *out = (field){.kind = FIELD_CHOICE, .choice = i};
      return BF_OK;
    }
  out->kind = FIELD_METRIC;
  if (bf_metric_find(name, &out->metric) == BF_OK)
    return BF_OK;
  return bf_fail(BF_ERR_USAGE,
                 "%s: search.report.line has '{%s}', which is no parameter and no metric",
                 plan->job->source, name);
}

/* Whole numbers without a fraction, others with six digits. */
static void print_metric(double value, bf_text *text)
{
  if (value == floor(value) && fabs(value) < 1e15)
    bf_text_printf(text, "%.0f", value);
  else
    bf_text_printf(text, "%.6g", value);
}

/* The trial that a line is about. */
typedef struct subject {
  const bf_record_trial *trial;
  const uint32_t *indexes;
} subject;

static void print_choice(const bf_plan *plan, const subject *s, size_t i, bf_text *text)
{
  if (s->indexes[i] != BF_NO_VALUE)
    bf_value_print(bf_plan_value(plan, i, s->indexes[i]), "(", ")", text);
}

static void print_field(const bf_plan *plan, const subject *s, const field *f, bf_text *text)
{
  if (f->kind == FIELD_NUMBER)
    bf_text_printf(text, "%" PRIu64, s->trial->number);
  else if (f->kind == FIELD_METRIC)
    print_metric(s->trial->metrics.value[f->metric], text);
  else
    print_choice(plan, s, f->choice, text);
}

/*
 * Walks the line. With a subject, appends its text; without one, only checks the names. A brace
 * that is not closed is text.
 */
static bf_status walk(const bf_plan *plan, const subject *s, bf_text *text)
{
  char name[128];
  for (const char *at = plan->job->report_line; *at != '\0';) {
    const char *end = *at == '{' ? strchr(at, '}') : NULL;
    if (end == NULL) {
      bf_text_append_bytes(text, at++, 1);
      continue;
    }
    field f;
    snprintf(name, sizeof name, "%.*s", (int)(end - at - 1), at + 1);
    bf_status status = find_field(plan, name, &f);
    if (status != BF_OK)
      return status;
    if (s != NULL)
      print_field(plan, s, &f, text);
    at = end + 1;
  }
  bf_text_append(text, "\n");
  return bf_text_status(text);
}

bf_status bf_report_check(const bf_plan *plan)
{
  bf_text scratch = {0};
  bf_status status = plan->job->report_line != NULL ? walk(plan, NULL, &scratch) : BF_OK;
  bf_text_release(&scratch);
  return status;
}

bf_status bf_results_report(const bf_plan *plan, const bf_record *record, bf_text *text)
{
  bf_status status = BF_OK;
  if (plan->job->report_line == NULL)
    return BF_OK;
  for (size_t i = 0; status == BF_OK && i < record->n_trials; i++) {
    const subject s = {.trial = &record->trials[i], .indexes = bf_record_indexes(record, i)};
    if (!s.trial->failed)
      status = walk(plan, &s, text);
  }
  return status;
}
