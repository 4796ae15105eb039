/* log.json, a row at a time.
 * Room: study. */
#include <math.h>

#include "base/decimal.h"
#include "base/file.h"
#include "base/memory.h"
#include "study/results.h"
#include "study/results_parts.h"
#include "study/sampled.h"

/*
 * Two kilobytes a trial, nearly all of which is keys: as a document, each row took longer than its
 * trial of no length. So what rows share (keys, values of choices, blanks in front) is printed
 * once, by the JSON printer, and rows are put together of that.
 */

/* Blanks in front of the members of a row, of an object in it, and of a node's configuration. */
enum { ROW = 8, INNER = 12, NODE = 16, CONFIG = 20 };

/* A stretch of the form's text. */
typedef struct span {
  size_t at;
  size_t n;
} span;

/* What rows share of one choice. */
typedef struct choice_form {
  size_t format;  /* the choice on which the names of its values hang; SIZE_MAX: none */
  span *settings; /* (formats, values) its members of the configuration, commas between them */
  span absent;    /* the same where it makes no difference */
  span parameter; /* its key in "params" */
} choice_form;

/* A node of the net: its choices first .. end - 1. */
typedef struct node_form {
  span open; /* its key, and "null" or what opens its configuration */
  size_t first;
  size_t end;
} node_form;

typedef struct log_form {
  const bf_plan *plan;
  bf_text pieces;
  choice_form *choices; /* (n_choices) */
  span *settings;       /* of all choices */
  size_t n_nodes;
  node_form *nodes; /* (n_nodes) in the order of a row */
  span metrics[BF_N_METRICS];
} log_form;

static span piece_since(const log_form *form, size_t at)
{
  return (span){.at = at, .n = form->pieces.length - at};
}

static void append(const log_form *form, span piece, bf_text *text)
{
  bf_text_append_bytes(text, bf_text_view(&form->pieces) + piece.at, piece.n);
}

/* Appends the members of @p object as they stand in a document, each on a line of its own behind
 * @p n_blanks. Frees the object. */
static void add_members(log_form *form, bf_json *object, int n_blanks)
{
  enum { OWN_BLANKS = 4 };
  bf_text printed = {0};
  bool is_whole = bf_json_print(object, &printed) == BF_OK;
  if (!is_whole)
    form->pieces.short_of_memory = 1;
  /* Between "{" and "\n}\n"; nothing of "{}\n". */
  size_t n = is_whole && bf_json_size(object) > 0 ? printed.length - strlen("\n}\n") : 0;
  for (size_t i = 1; i < n; i++) {
    bf_text_append_bytes(&form->pieces, printed.data + i, 1);
    if (printed.data[i] == '\n')
      bf_text_printf(&form->pieces, "%*s", n_blanks - OWN_BLANKS, "");
  }
  bf_json_free(object);
  bf_text_release(&printed);
}

/* A key with what separates it from its value: all of the member but "null". */
static span make_key(log_form *form, const char *key, int n_blanks)
{
  size_t at = form->pieces.length;
  bf_json *object = bf_json_object();
  bf_json_set(object, key, bf_json_null());
  add_members(form, object, n_blanks);
  if (form->pieces.length >= at + strlen("null"))
    form->pieces.length -= strlen("null");
  return piece_since(form, at);
}

static span make_setting(log_form *form, size_t i, const char *format, const bf_toml *value)
{
  size_t at = form->pieces.length;
  bf_json *config = bf_json_object();
  bf_sampled_set_choice(&form->plan->choices[i], format, value, config);
  add_members(form, config, CONFIG);
  return piece_since(form, at);
}

static size_t n_formats(const log_form *form, size_t i)
{
  size_t format = form->choices[i].format;
  return format != SIZE_MAX ? form->plan->choices[format].values->n_items : 1;
}

static void make_choice(log_form *form, size_t i)
{
  const bf_choice *choice = &form->plan->choices[i];
  choice_form *made = &form->choices[i];
  size_t n = choice->values->n_items;
  for (size_t f = 0; f < n_formats(form, i); f++) {
    const bf_toml *format =
        made->format != SIZE_MAX ? bf_plan_value(form->plan, made->format, (uint32_t)f) : NULL;
    for (size_t v = 0; v < n; v++)
      made->settings[f * n + v] =
          make_setting(form, i, format != NULL ? format->string : NULL, choice->values->items[v]);
  }
  if (choice->slot != BF_SLOT_TIED)
    made->absent = make_setting(form, i, NULL, NULL);
  made->parameter = make_key(form, choice->path, INNER);
}

static void make_node(log_form *form, const char *name, size_t first, size_t end)
{
  node_form *node = &form->nodes[form->n_nodes++];
  *node = (node_form){.first = first, .end = end};
  node->open = make_key(form, name, INNER);
  size_t at = form->pieces.length;
  bf_text_append(&form->pieces, first < end ? "{" : "null");
  if (first < end)
    bf_text_printf(&form->pieces, "\n%*s\"config\": {", NODE, "");
  node->open.n += piece_since(form, at).n;
}

/* The first choice of the node of layer @p l, and n_choices if it has none. */
static size_t first_choice(const bf_plan *plan, size_t l)
{
  size_t i = 0;
  while (i < plan->n_choices && plan->choices[i].node != l)
    i++;
  return i;
}

/* Every node that could be quantised, in the order of the net, and the input last. */
static void make_nodes(log_form *form)
{
  const bf_plan *plan = form->plan;
  for (size_t l = 0; l < plan->model.n_layers; l++) {
    size_t first = first_choice(plan, l);
    bf_layer_kind kind = plan->model.layers[l].kind;
    if (kind == BF_LAYER_LINEAR || kind == BF_LAYER_RELU || first < plan->n_choices)
      make_node(form, plan->model.layers[l].node, first, bf_plan_node_end(plan, first));
  }
  size_t first = first_choice(plan, BF_NODE_INPUT);
  if (first < plan->n_choices)
    make_node(form, bf_plan_node_name(plan, first), first, bf_plan_node_end(plan, first));
}

/* The choice that names the format of the node of choice @p i; the last one, if there are more. */
static size_t format_of(const bf_plan *plan, size_t i)
{
  size_t format = SIZE_MAX;
  for (size_t k = 0; k < plan->n_choices; k++)
    if (plan->choices[k].node == plan->choices[i].node && plan->choices[k].slot == BF_SLOT_NAME)
      format = k;
  return plan->choices[i].slot == BF_SLOT_TIED ? format : SIZE_MAX;
}

static bf_status make_choices(log_form *form)
{
  bf_status status = BF_OK;
  const bf_plan *plan = form->plan;
  size_t n_settings = 0;
  form->choices = bf_alloc(plan->n_choices, sizeof *form->choices);
  BF_CHECK_MEMORY(form->choices);
  for (size_t i = 0; i < plan->n_choices; i++) {
    form->choices[i].format = format_of(plan, i);
    n_settings += n_formats(form, i) * plan->choices[i].values->n_items;
  }
  form->settings = bf_alloc(n_settings, sizeof *form->settings);
  BF_CHECK_MEMORY(form->settings);
  span *settings = form->settings;
  for (size_t i = 0; i < plan->n_choices; i++) {
    form->choices[i].settings = settings;
    settings += n_formats(form, i) * plan->choices[i].values->n_items;
    make_choice(form, i);
  }
done:
  return status;
}

static void release(log_form *form)
{
  bf_text_release(&form->pieces);
  free(form->choices);
  free(form->settings);
  free(form->nodes);
}

/* What it has made by a failure is released by the caller, too. */
static bf_status make(const bf_plan *plan, log_form *form)
{
  bf_status status = BF_OK;
  *form = (log_form){.plan = plan};
  form->nodes = bf_alloc(plan->model.n_layers + 1, sizeof *form->nodes);
  BF_CHECK_MEMORY(form->nodes);
  BF_TRY(make_choices(form));
  make_nodes(form);
  for (int m = 0; m < BF_N_METRICS; m++)
    form->metrics[m] = make_key(form, bf_metric_name((bf_metric)m), INNER);
  BF_TRY(bf_text_status(&form->pieces));
done:
  return status;
}

static void open_object(const char *key, bf_text *text)
{
  bf_text_append(text, key);
  bf_text_append(text, "{");
}

/* Takes back the comma behind the last member; an object without members stands on one line. */
static void close_object(int n_blanks, bf_text *text)
{
  static const char blanks[] = "\n                    ";
  if (text->length > 0 && text->data[text->length - 1] == ',') {
    text->length--;
    bf_text_append_bytes(text, blanks, 1 + (size_t)n_blanks);
  }
  bf_text_append(text, "},");
}

static void print_metrics(const log_form *form, const bf_metrics *metrics, bool software,
                          bf_text *text)
{
  for (int m = 0; m < BF_N_METRICS; m++) {
    bool is_software = bf_metric_group_of((bf_metric)m) == BF_METRIC_SOFTWARE;
    if (is_software != software || isnan(metrics->value[m]))
      continue;
    append(form, form->metrics[m], text);
    bf_decimal_json(metrics->value[m], text);
    bf_text_append(text, ",");
  }
  close_object(ROW, text);
}

static void print_scaled(const log_form *form, const bf_metrics *metrics, bf_text *text)
{
  for (size_t i = 0; i < form->plan->n_terms; i++) {
    const bf_objective *term = &form->plan->terms[i];
    append(form, form->metrics[term->metric], text);
    bf_decimal_json(term->scale * metrics->value[term->metric], text);
    bf_text_append(text, ",");
  }
  close_object(ROW, text);
}

static span find_setting(const log_form *form, const uint32_t *indexes, size_t i)
{
  const bf_plan *plan = form->plan;
  const choice_form *choice = &form->choices[i];
  if (plan->choices[i].slot != BF_SLOT_TIED && !bf_plan_matters(plan, indexes, i))
    return choice->absent;
  size_t row = choice->format != SIZE_MAX ? indexes[choice->format] : 0;
  return choice->settings[row * plan->choices[i].values->n_items + indexes[i]];
}

static void print_node(const log_form *form, const node_form *node, const uint32_t *indexes,
                       bf_text *text)
{
  append(form, node->open, text);
  for (size_t i = node->first; i < node->end; i++) {
    span setting = find_setting(form, indexes, i);
    append(form, setting, text);
    bf_text_append(text, setting.n > 0 ? "," : "");
  }
  if (node->first < node->end) {
    close_object(NODE, text);
    close_object(INNER, text);
  } else {
    bf_text_append(text, ",");
  }
}

static void print_config(const log_form *form, const uint32_t *indexes, bf_text *text)
{
  for (size_t i = 0; i < form->n_nodes; i++)
    print_node(form, &form->nodes[i], indexes, text);
  close_object(ROW, text);
}

static void print_params(const log_form *form, const uint32_t *indexes, bf_text *text)
{
  for (size_t i = 0; i < form->plan->n_choices; i++) {
    append(form, form->choices[i].parameter, text);
    bf_decimal_natural(indexes[i], text);
    bf_text_append(text, ",");
  }
  close_object(ROW, text);
}

/* Those of a failed trial are null. */
static void print_values(const bf_plan *plan, const bf_record_trial *trial, bf_text *text)
{
  double values[BF_N_METRICS];
  bool has_values =
      !trial->failed && bf_plan_objectives(plan, &trial->metrics, values, NULL) == BF_OK;
  for (size_t j = 0; j < plan->n_objectives; j++) {
    bf_text_append(text, "\n        \"value");
    if (plan->n_objectives > 1) {
      bf_text_append(text, "s_");
      bf_decimal_natural(j, text);
    }
    bf_text_append(text, "\": ");
    bf_decimal_json(has_values ? values[j] : (double)NAN, text);
    bf_text_append(text, ",");
  }
}

static void print_milliseconds(const char *key, double seconds, bf_text *text)
{
  bf_text_append(text, key);
  bf_decimal_integer((int64_t)llround(1e3 * seconds), text);
}

static void print_row(const log_form *form, const bf_record_trial *trial, const uint32_t *indexes,
                      bf_text *text)
{
  bf_text_append(text, "\n    \"");
  bf_decimal_natural(trial->number, text);
  bf_text_append(text, "\": {\n        \"number\": ");
  bf_decimal_natural(trial->number, text);
  bf_text_append(text, ",");
  print_values(form->plan, trial, text);
  open_object("\n        \"user_attrs_hardware_metrics\": ", text);
  print_metrics(form, &trial->metrics, false, text);
  open_object("\n        \"user_attrs_sampled_config\": ", text);
  print_config(form, indexes, text);
  open_object("\n        \"user_attrs_scaled_metrics\": ", text);
  print_scaled(form, &trial->metrics, text);
  open_object("\n        \"user_attrs_software_metrics\": ", text);
  print_metrics(form, &trial->metrics, true, text);
  open_object("\n        \"params\": ", text);
  print_params(form, indexes, text);
  if (form->plan->job->compat)
    bf_text_append(text, "\n        \"compat\": true,");
  bf_text_append(text, "\n        \"state\": ");
  bf_text_append(text, trial->failed ? "\"FAIL\"" : "\"COMPLETE\"");
  print_milliseconds(",\n        \"datetime_start\": ", trial->started_s, text);
  print_milliseconds(",\n        \"datetime_complete\": ", trial->started_s + trial->duration_s,
                     text);
  print_milliseconds(",\n        \"duration\": ", trial->duration_s, text);
  bf_text_append(text, "\n    }");
}

static bf_status write_rows(const log_form *form, const bf_record *record, uint32_t *indexes,
                            bf_file_writer *writer)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  bf_text_append(&text, "{");
  for (size_t i = 0; i < record->n_trials; i++) {
    bf_record_place(record, bf_record_indexes(record, i), indexes);
    bf_text_append(&text, i > 0 ? "," : "");
    print_row(form, &record->trials[i], indexes, &text);
    BF_TRY(bf_results_flush(&text, writer));
  }
  bf_text_append(&text, record->n_trials > 0 ? "\n}\n" : "}\n");
  BF_TRY(bf_results_flush(&text, writer));
done:
  bf_text_release(&text);
  return status;
}

bf_status bf_results_log_write(const bf_plan *plan, const bf_record *record, const char *path)
{
  bf_status status = BF_OK;
  bf_file_writer *writer = NULL;
  log_form form = {.plan = NULL};
  uint32_t *indexes = bf_alloc(plan->n_choices, sizeof *indexes);
  BF_CHECK_MEMORY(indexes);
  BF_TRY(make(plan, &form));
  BF_TRY(bf_file_writer_create(path, &writer));
  BF_TRY(write_rows(&form, record, indexes, writer));
  BF_TRY(bf_file_writer_publish(writer));
done:
  bf_file_writer_free(writer);
  release(&form);
  free(indexes);
  return status;
}
