/* What is searched: the attribute with which a journal begins.
 * Room: study. */
#include <inttypes.h>

#include "base/memory.h"
#include "study/plan_parts.h"
#include "study/record_parts.h"
#include "study/values.h"

/* More than any net has; each costs four bytes a trial. */
enum { MOST_PARAMETERS = 4096 };

static bf_status read_texts(bf_record_parameter *parameter)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  parameter->texts = bf_alloc(parameter->n_values, sizeof *parameter->texts);
  BF_CHECK_MEMORY(parameter->texts);
  for (size_t i = 0; i < parameter->n_values; i++) {
    bf_text_reset(&text);
    bf_value_print_json(bf_json_at(parameter->values, i), "[", "]", &text);
    BF_TRY(bf_text_status(&text));
    parameter->texts[i] = bf_copy_text(bf_text_view(&text));
    BF_CHECK_MEMORY(parameter->texts[i]);
  }
done:
  bf_text_release(&text);
  return status;
}

static bf_status read_parameter(const bf_json *json, size_t i, bf_record_parameter *parameter)
{
  bf_status status = BF_OK;
  char where[48];
  snprintf(where, sizeof where, "parameter %zu: ", i + 1);
  BF_TRY(bf_need_text(json, where, "name", &parameter->name));
  BF_TRY(bf_need_word(json, where, "kind", "ordered", "choice", &parameter->is_ordered));
  BF_TRY(bf_need(json, where, "values", BF_JSON_ARRAY, &parameter->values));
  size_t n = bf_json_size(parameter->values);
  BF_CHECK(n > 0 && n < UINT32_MAX, BF_ERR_DATA, "%s'values' has %zu values", where, n);
  parameter->n_values = n;
  BF_TRY(read_texts(parameter));
done:
  return status;
}

static bf_status check_names(const bf_record *record)
{
  for (size_t i = 0; i < record->n_parameters; i++)
    for (size_t k = 0; k < i; k++)
      if (strcmp(record->parameters[i].name, record->parameters[k].name) == 0)
        return bf_fail(BF_ERR_DATA, "two parameters have the name '%.80s'",
                       record->parameters[i].name);
  return BF_OK;
}

static bf_status read_space(bf_record *record)
{
  bf_status status = BF_OK;
  const bf_json *space = NULL;
  const bf_json *parameters = NULL;
  BF_TRY(bf_need(record->document, "", "space", BF_JSON_OBJECT, &space));
  BF_TRY(bf_need_natural(space, "space: ", "size", INT64_MAX, &record->space_size));
  BF_TRY(bf_need(space, "space: ", "parameters", BF_JSON_ARRAY, &parameters));
  size_t n = bf_json_size(parameters);
  BF_CHECK(n <= MOST_PARAMETERS, BF_ERR_DATA, "space: %zu parameters, expected at most %d", n,
           MOST_PARAMETERS);
  record->parameters = bf_alloc(n, sizeof *record->parameters);
  BF_CHECK_MEMORY(record->parameters);
  record->n_parameters = n;
  for (size_t i = 0; i < n; i++)
    BF_TRY(read_parameter(bf_json_at(parameters, i), i, &record->parameters[i]));
  BF_TRY(check_names(record));
done:
  return status;
}

static bf_status read_term(const bf_json *json, const char *where, bool is_summed,
                           bf_objective *term)
{
  bf_status status = BF_OK;
  const char *name = NULL;
  BF_TRY(bf_need_text(json, where, "name", &name));
  if (bf_metric_find(name, &term->metric) != BF_OK)
    return bf_because(BF_ERR_DATA, "%.*s", (int)strlen(where) - 2, where);
  BF_TRY(bf_need_number(json, where, "scale", &term->scale));
  if (!is_summed)
    BF_TRY(bf_need_word(json, where, "direction", "maximize", "minimize", &term->maximize));
done:
  return status;
}

static bf_status read_terms(bf_record *record, const bf_json *terms)
{
  size_t n = bf_json_size(terms);
  if (n < 1 || n > BF_N_METRICS)
    return bf_fail(BF_ERR_DATA, "%zu objectives, expected 1 to %d", n, (int)BF_N_METRICS);
  record->n_terms = n;
  bf_status status = BF_OK;
  for (size_t i = 0; status == BF_OK && i < n; i++) {
    char where[48];
    snprintf(where, sizeof where, "objective %zu: ", i + 1);
    status = read_term(bf_json_at(terms, i), where, record->is_summed, &record->terms[i]);
  }
  return status;
}

static bf_status read_objectives(bf_record *record)
{
  bf_status status = BF_OK;
  const bf_json *objectives = NULL;
  BF_TRY(bf_need(record->document, "", "objectives", BF_JSON_ARRAY, &objectives));
  const bf_json *first = bf_json_at(objectives, 0);
  record->is_summed = bf_json_kind_of(bf_json_get(first, "terms")) == BF_JSON_ARRAY;
  if (record->is_summed)
    BF_TRY(bf_need_word(first, "objective 1: ", "direction", "maximize", "minimize",
                        &record->sum_maximize));
  BF_TRY(read_terms(record, record->is_summed ? bf_json_get(first, "terms") : objectives));
  record->n_objectives = record->is_summed ? 1 : record->n_terms;
done:
  return status;
}

/* {"weight_bits": "<= 1200"}. */
static bf_status read_constraints(bf_record *record)
{
  const bf_json *constraints = bf_json_get(record->document, "constraints");
  for (int m = 0; m < BF_N_METRICS; m++) {
    const char *name = bf_metric_name((bf_metric)m);
    const bf_json *text = bf_json_get(constraints, name);
    bf_constraint constraint = {.metric = (bf_metric)m};
    if (text == NULL)
      continue;
    if (bf_json_text(text) == NULL || !bf_constraint_parse(bf_json_text(text), &constraint))
      return bf_fail(BF_ERR_DATA, "constraint on '%s' is no text such as \"<= 1200\"", name);
    record->constraints[record->n_constraints++] = constraint;
  }
  if (bf_json_size(constraints) != record->n_constraints)
    return bf_fail(BF_ERR_DATA, "'constraints' has an unknown metric");
  return BF_OK;
}

static bf_status read_repeats(bf_record *record)
{
  uint64_t repeats = 0;
  bf_status status = bf_need_natural(record->document, "", "repeats", UINT32_MAX, &repeats);
  if (status != BF_OK)
    return status;
  if (repeats == 0)
    return bf_fail(BF_ERR_DATA, "'repeats' is 0");
  record->repeats = (size_t)repeats;
  return BF_OK;
}

static bf_status read_document(bf_record *record)
{
  bf_status status = BF_OK;
  const bf_json *root = record->document;
  uint64_t format = 0;
  uint64_t n_trials = 0;
  BF_TRY(bf_need_natural(root, "", "format", INT64_MAX, &format));
  BF_CHECK(format == 1, BF_ERR_DATA, "'format' is %" PRIu64 ", expected 1", format);
  BF_TRY(bf_need_text(root, "", "sampler", &record->sampler));
  BF_TRY(bf_need_natural(root, "", "seed", INT64_MAX, &record->seed));
  BF_TRY(bf_need_natural(root, "", "n_trials", INT64_MAX, &n_trials));
  record->n_asked_at_most = (size_t)n_trials;
  record->is_compat = bf_json_is_true(bf_json_get(root, "compat"));
  record->data_hash = bf_json_text(bf_json_get(bf_json_get(root, "data"), "hash"));
  BF_TRY(read_space(record));
  BF_TRY(read_objectives(record));
  BF_TRY(read_constraints(record));
  BF_TRY(read_repeats(record));
done:
  return status;
}

void bf_record_release_head(bf_record *record)
{
  for (size_t i = 0; i < record->n_parameters; i++) {
    bf_record_parameter *parameter = &record->parameters[i];
    for (size_t k = 0; parameter->texts != NULL && k < parameter->n_values; k++)
      free(parameter->texts[k]);
    free(parameter->texts);
  }
  free(record->parameters);
  bf_json_free(record->document);
  record->parameters = NULL;
  record->n_parameters = 0;
  record->n_constraints = 0;
  record->document = NULL;
}

bool bf_record_has_space(const bf_record *record, const bf_json *head)
{
  static const char *const names[] = {"space", "repeats"};
  bool is_same = true;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    is_same = is_same &&
              bf_json_equal(bf_json_get(record->document, names[i]), bf_json_get(head, names[i]));
  return is_same;
}

bf_status bf_record_read_head(bf_record *record, const bf_json *value)
{
  bf_status status = BF_OK;
  BF_CHECK(bf_json_kind_of(value) == BF_JSON_OBJECT, BF_ERR_DATA, "'bitfront' is no object");
  BF_CHECK(record->document == NULL || bf_record_has_space(record, value), BF_ERR_DATA,
           "the study goes on with another space or other repeats than it began with");
  bf_record_release_head(record);
  record->document = bf_json_hold(value);
  BF_TRY(read_document(record));
done:
  return status;
}
