/* Lines about a trial: handed out, told, tested.
 * Room: study. */
#include "study/journal_form.h"

#include <math.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/memory.h"
#include "study/journal_parts.h"
#include "study/journal_text.h"
#include "study/values.h"

/* A stretch of the form's text. */
typedef struct span {
  size_t at;
  size_t n;
} span;

/* What the lines of all trials share of one choice. Each piece but `parameter` and `node` ends with
 * a comma: the last of an object is taken back where the object is closed. */
typedef struct choice_form {
  span node;         /* of the first choice of a node: "x":{"config":{ */
  bool ends_node;    /* the last one */
  span distribution; /* "x/weight_width":"{...}", */
  span parameter;    /* "x/weight_width": */
  span absent;       /* "weight_width":null, */
  size_t format;     /* the choice on which the names of tied values hang; else itself */
  span *settings;    /* (formats, values) "weight_width":8, or with one row if `format` is itself */
} choice_form;

struct bf_journal_form {
  const bf_plan *plan;
  bf_text pieces;
  choice_form *choices; /* (n_choices) */
  span *settings;       /* of all choices */
  span metrics[BF_N_METRICS];
};

static void append_span(const bf_journal_form *form, span piece, bf_text *text)
{
  bf_text_append_bytes(text, bf_text_view(&form->pieces) + piece.at, piece.n);
}

/* What was appended to the pieces since @p at. */
static span piece_since(const bf_journal_form *form, size_t at)
{
  return (span){.at = at, .n = form->pieces.length - at};
}

/* Takes back the comma behind the last member. */
static void close_object(bf_text *text)
{
  if (text->length > 0 && text->data[text->length - 1] == ',')
    text->length--;
  bf_text_append(text, "}");
}

/* Optuna's choices are single values: an array stands there as its text. */
static void print_distribution(const bf_choice *choice, bf_text *text)
{
  bf_text json = {0};
  bf_text tied = {0};
  bf_text_append(&json, "{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": [");
  for (size_t v = 0; v < choice->values->n_items; v++) {
    const bf_toml *value = choice->values->items[v];
    bf_text_append(&json, v > 0 ? ", " : "");
    if (value->kind != BF_TOML_ARRAY) {
      bf_journal_value(value, &json);
      continue;
    }
    bf_text_reset(&tied);
    bf_value_print(value, "[", "]", &tied);
    bf_journal_string(bf_text_view(&tied), &json);
    json.short_of_memory |= tied.short_of_memory;
  }
  bf_text_append(&json, "]}}");
  bf_journal_string(choice->path, text);
  bf_text_append(text, ":");
  bf_journal_string(bf_text_view(&json), text);
  bf_text_append(text, ",");
  text->short_of_memory |= json.short_of_memory;
  bf_text_release(&tied);
  bf_text_release(&json);
}

/* Tied values are written under the names that untied ones have. */
static void print_tied(const bf_choice *choice, const bf_toml *format, const bf_toml *values,
                       bf_text *text)
{
  for (size_t i = 0; format->kind == BF_TOML_STRING && i < values->n_items; i++) {
    /* Beside a format that does not use them there may be more values than names. */
    const char *name = bf_format_parameter(format->string, i);
    if (name == NULL)
      break;
    bf_text_printf(text, "\"%s_%s\":", bf_tensor_name(choice->tensor), name);
    bf_journal_value(values->items[i], text);
    bf_text_append(text, ",");
  }
}

static void print_setting(const bf_choice *choice, const bf_toml *value, bf_text *text)
{
  bf_journal_string(choice->values->key, text);
  bf_text_append(text, ":");
  if (value != NULL)
    bf_journal_value(value, text);
  else
    bf_text_append(text, "null");
  bf_text_append(text, ",");
}

/* The choice that names the number format of choice @p i, if its setting depends on that; else
 * @p i. */
static size_t format_of(const bf_plan *plan, size_t i)
{
  size_t parent = plan->parameters[i].parent;
  bool depends =
      plan->choices[i].slot == BF_SLOT_TIED && plan->choices[parent].slot == BF_SLOT_NAME;
  return depends ? parent : i;
}

static size_t n_rows(const bf_plan *plan, size_t i)
{
  size_t format = format_of(plan, i);
  return format != i ? plan->choices[format].values->n_items : 1;
}

static void make_settings(bf_journal_form *form, size_t i)
{
  const bf_choice *choice = &form->plan->choices[i];
  choice_form *made = &form->choices[i];
  size_t n_values = choice->values->n_items;
  made->format = format_of(form->plan, i);
  const bf_toml *formats = form->plan->choices[made->format].values;
  for (size_t f = 0; f < n_rows(form->plan, i); f++)
    for (size_t v = 0; v < n_values; v++) {
      size_t at = form->pieces.length;
      if (choice->slot != BF_SLOT_TIED)
        print_setting(choice, choice->values->items[v], &form->pieces);
      else if (made->format != i)
        print_tied(choice, formats->items[f], choice->values->items[v], &form->pieces);
      made->settings[f * n_values + v] = piece_since(form, at);
    }
  size_t at = form->pieces.length;
  if (choice->slot != BF_SLOT_TIED)
    print_setting(choice, NULL, &form->pieces);
  made->absent = piece_since(form, at);
}

static void make_choice(bf_journal_form *form, size_t i)
{
  const bf_plan *plan = form->plan;
  const bf_choice *choice = &plan->choices[i];
  choice_form *made = &form->choices[i];
  size_t at = form->pieces.length;
  if (i == 0 || plan->choices[i - 1].node != choice->node) {
    bf_journal_string(bf_plan_node_name(plan, i), &form->pieces);
    bf_text_append(&form->pieces, ":{\"config\":{");
  }
  made->node = piece_since(form, at);
  made->ends_node = i + 1 == plan->n_choices || plan->choices[i + 1].node != choice->node;
  at = form->pieces.length;
  bf_journal_string(choice->path, &form->pieces);
  bf_text_append(&form->pieces, ":");
  made->parameter = piece_since(form, at);
  make_settings(form, i);
}

/* One behind the other, so that a stretch of them is one piece, too. */
static void make_distributions(bf_journal_form *form)
{
  for (size_t i = 0; i < form->plan->n_choices; i++) {
    size_t at = form->pieces.length;
    print_distribution(&form->plan->choices[i], &form->pieces);
    form->choices[i].distribution = piece_since(form, at);
  }
}

static void make_metrics(bf_journal_form *form)
{
  for (int m = 0; m < BF_N_METRICS; m++) {
    size_t at = form->pieces.length;
    bf_text_printf(&form->pieces, "\"%s\":", bf_metric_name((bf_metric)m));
    form->metrics[m] = piece_since(form, at);
  }
}

bf_status bf_journal_form_create(const bf_plan *plan, bf_journal_form **out)
{
  bf_status status = BF_OK;
  size_t n_settings = 0;
  bf_journal_form *form = bf_alloc(1, sizeof *form);
  BF_CHECK_MEMORY(form);
  form->plan = plan;
  for (size_t i = 0; i < plan->n_choices; i++)
    n_settings += n_rows(plan, i) * plan->choices[i].values->n_items;
  form->choices = bf_alloc(plan->n_choices, sizeof *form->choices);
  form->settings = bf_alloc(n_settings, sizeof *form->settings);
  BF_CHECK_MEMORY(form->choices);
  BF_CHECK_MEMORY(form->settings);
  span *settings = form->settings;
  for (size_t i = 0; i < plan->n_choices; i++) {
    form->choices[i].settings = settings;
    settings += n_rows(plan, i) * plan->choices[i].values->n_items;
    make_choice(form, i);
  }
  make_distributions(form);
  make_metrics(form);
  BF_TRY(bf_text_status(&form->pieces));
  *out = form;
  form = NULL;
done:
  bf_journal_form_free(form);
  return status;
}

void bf_journal_form_free(bf_journal_form *form)
{
  if (form == NULL)
    return;
  bf_text_release(&form->pieces);
  free(form->choices);
  free(form->settings);
  free(form);
}

/* Half of a journal: mostly all of them matter, and are one piece. */
static void print_distributions(const bf_journal_form *form, const uint32_t *indexes, bf_text *text)
{
  span stretch = {0};
  for (size_t i = 0; i < form->plan->n_choices; i++) {
    if (bf_plan_matters(form->plan, indexes, i)) {
      if (stretch.n == 0)
        stretch.at = form->choices[i].distribution.at;
      stretch.n += form->choices[i].distribution.n;
      continue;
    }
    append_span(form, stretch, text);
    stretch.n = 0;
  }
  append_span(form, stretch, text);
}

/* What matters: the distributions and the chosen indexes. */
static void print_parameters(const bf_journal_form *form, const uint32_t *indexes, bf_text *text)
{
  const bf_plan *plan = form->plan;
  bf_text_append(text, ",\"distributions\":{");
  print_distributions(form, indexes, text);
  close_object(text);
  bf_text_append(text, ",\"params\":{");
  for (size_t i = 0; i < plan->n_choices; i++)
    if (bf_plan_matters(plan, indexes, i)) {
      append_span(form, form->choices[i].parameter, text);
      bf_decimal_natural(indexes[i], text);
      bf_text_append(text, ",");
    }
  close_object(text);
}

static void print_config(const bf_journal_form *form, const uint32_t *indexes, bf_text *text)
{
  const bf_plan *plan = form->plan;
  bf_text_append(text, "{");
  for (size_t i = 0; i < plan->n_choices; i++) {
    const choice_form *choice = &form->choices[i];
    size_t row = choice->format != i ? indexes[choice->format] : 0;
    append_span(form, choice->node, text);
    if (plan->choices[i].slot == BF_SLOT_TIED || bf_plan_matters(plan, indexes, i))
      append_span(form, choice->settings[row * plan->choices[i].values->n_items + indexes[i]],
                  text);
    else
      append_span(form, choice->absent, text);
    if (choice->ends_node) {
      close_object(text);
      bf_text_append(text, "},");
    }
  }
  close_object(text);
}

void bf_journal_print_ask(const bf_journal_form *form, uint64_t seed, int rank,
                          const uint32_t *indexes, double asked_s, bf_text *text)
{
  bf_text_append(text, BF_LINE(BF_OP_TRIAL) "\"study_id\":0,\"datetime_start\":");
  bf_journal_date(asked_s, text);
  print_parameters(form, indexes, text);
  bf_text_append(text, ",\"user_attrs\":{\"seed\":");
  bf_decimal_natural(seed, text);
  bf_text_append(text, ",\"rank\":");
  bf_journal_number(rank, text);
  bf_text_append(text, ",\"config\":");
  print_config(form, indexes, text);
  bf_text_append(text, "},\"system_attrs\":{}}\n");
}

static void print_trial(const char *line, uint64_t number, bf_text *text)
{
  bf_text_append(text, line);
  bf_text_append(text, "\"trial_id\":");
  bf_decimal_natural(number, text);
}

void bf_journal_print_again(uint64_t number, int rank, bf_text *text)
{
  print_trial(BF_LINE(BF_OP_TRIAL_ATTRIBUTE), number, text);
  bf_text_append(text, ",\"user_attr\":{\"rank\":");
  bf_journal_number(rank, text);
  bf_text_append(text, "}}\n");
}

/* Optuna's sign: what is above 0 is missed. A failed trial meets none. */
static double constraint_value(const bf_constraint *constraint, const bf_result *result)
{
  double value = result->metrics.value[constraint->metric];
  if (result->failed || !isfinite(value))
    return 1;
  return constraint->is_upper ? value - constraint->bound : constraint->bound - value;
}

static void print_constraints(const bf_plan *plan, const bf_result *result, bf_text *text)
{
  print_trial(BF_LINE(BF_OP_TRIAL_SYSTEM), result->number, text);
  bf_text_append(text, ",\"system_attr\":{\"constraints\":[");
  for (size_t i = 0; i < plan->n_constraints; i++) {
    bf_text_append(text, i > 0 ? "," : "");
    bf_journal_number(constraint_value(&plan->constraints[i], result), text);
  }
  bf_text_append(text, "]}}\n");
}

/* The name ends with a colon. What is no number is left out. */
static void print_member(const char *name, double value, bf_text *text)
{
  if (!isfinite(value))
    return;
  bf_text_append(text, name);
  bf_journal_number(value, text);
  bf_text_append(text, ",");
}

static void print_result(const bf_journal_form *form, int rank, const bf_result *result,
                         bf_text *text)
{
  print_trial(BF_LINE(BF_OP_TRIAL_ATTRIBUTE), result->number, text);
  bf_text_append(text, ",\"user_attr\":{\"result\":{");
  for (int m = 0; m < BF_N_METRICS; m++)
    if (isfinite(result->metrics.value[m])) {
      append_span(form, form->metrics[m], text);
      bf_journal_number(result->metrics.value[m], text);
      bf_text_append(text, ",");
    }
  bf_text_append(text, "\"rank\":");
  bf_journal_number(rank, text);
  bf_text_append(text, ",\"host\":");
  bf_journal_string(result->host != NULL ? result->host : "", text);
  bf_text_append(text, ",");
  print_member("\"started_s\":", result->started_s, text);
  print_member("\"duration_s\":", result->duration_s, text);
  bf_text_append(text, "\"reason\":");
  bf_journal_string(result->reason != NULL ? result->reason : "", text);
  bf_text_append(text, "}}}\n");
}

/* When the worker ended it; a trial that no worker ended did so now. */
static double completed_s(const bf_result *result)
{
  double date_s = result->started_s + result->duration_s;
  return isfinite(date_s) && result->started_s > 0 ? date_s : bf_date_s();
}

static void print_state(const bf_plan *plan, const bf_result *result, bf_text *text)
{
  double values[BF_N_METRICS];
  bool complete =
      !result->failed && bf_plan_objectives(plan, &result->metrics, values, NULL) == BF_OK;
  print_trial(BF_LINE(BF_OP_TRIAL_STATE), result->number, text);
  bf_text_append(text, complete ? ",\"state\":1,\"values\":[" : ",\"state\":3,\"values\":null");
  for (size_t i = 0; complete && i < plan->n_objectives; i++) {
    bf_text_append(text, i > 0 ? "," : "");
    bf_journal_number(values[i], text);
  }
  bf_text_append(text, complete ? "],\"datetime_complete\":" : ",\"datetime_complete\":");
  bf_journal_date(completed_s(result), text);
  bf_text_append(text, "}\n");
}

void bf_journal_print_tell(const bf_journal_form *form, int rank, const bf_result *result,
                           bf_text *text)
{
  if (form->plan->n_constraints > 0)
    print_constraints(form->plan, result, text);
  print_result(form, rank, result, text);
  print_state(form->plan, result, text);
}

void bf_journal_print_test(const bf_result *result, bf_text *text)
{
  bf_text_append(text, BF_STUDY_ATTRIBUTE "\"test:");
  bf_decimal_natural(result->number, text);
  if (result->failed) {
    bf_text_append(text, "\":{\"failed\":");
    bf_journal_string(result->reason != NULL ? result->reason : "", text);
  } else {
    bf_text_append(text, "\":{");
    print_member("\"loss\":", result->test_loss, text);
    bf_text_append(text, "\"rows\":");
    bf_decimal_natural(result->n_test_rows, text);
    bf_text_append(text, ",\"correct\":");
    bf_decimal_natural(result->n_test_correct, text);
  }
  bf_text_append(text, "}}}\n");
}
