/* study.json: what was searched.
 * Room: study. */
#include <inttypes.h>

#include "base/memory.h"
#include "study/plan_parts.h"
#include "study/record_parts.h"
#include "study/values.h"

static const char *const kind_names[] = {
    [BF_JSON_NONE] = "absent",           [BF_JSON_NULL] = "null",
    [BF_JSON_BOOLEAN] = "a truth value", [BF_JSON_INTEGER] = "a whole number",
    [BF_JSON_REAL] = "a number",         [BF_JSON_STRING] = "a text",
    [BF_JSON_ARRAY] = "an array",        [BF_JSON_OBJECT] = "an object",
};

/* Member @p key of @p object, of which messages say where it is: "", "objective 1: ". */
static bf_status need(const bf_json *object, const char *where, const char *key, bf_json_kind kind,
                      const bf_json **out)
{
  const bf_json *value = bf_json_get(object, key);
  bf_json_kind found = bf_json_kind_of(value);
  if (found != kind && !(kind == BF_JSON_REAL && found == BF_JSON_INTEGER))
    return bf_fail(BF_ERR_DATA, "study.json: %s'%s' is %s, expected %s", where, key,
                   kind_names[found], kind_names[kind]);
  *out = value;
  return BF_OK;
}

static bf_status need_text(const bf_json *object, const char *where, const char *key,
                           const char **out)
{
  const bf_json *value = NULL;
  bf_status status = need(object, where, key, BF_JSON_STRING, &value);
  if (status == BF_OK)
    *out = bf_json_text(value);
  return status;
}

static bf_status need_number(const bf_json *object, const char *where, const char *key, double *out)
{
  const bf_json *value = NULL;
  bf_status status = need(object, where, key, BF_JSON_REAL, &value);
  return status == BF_OK ? bf_json_double(value, out) : status;
}

static bf_status need_natural(const bf_json *object, const char *key, uint64_t *out)
{
  const bf_json *value = NULL;
  bf_status status = need(object, "", key, BF_JSON_INTEGER, &value);
  if (status != BF_OK)
    return status;
  if (bf_json_int64(value) < 0)
    return bf_fail(BF_ERR_DATA, "study.json: '%s' is negative", key);
  *out = (uint64_t)bf_json_int64(value);
  return BF_OK;
}

/* One of two words. */
static bf_status need_word(const bf_json *object, const char *where, const char *key,
                           const char *yes, const char *no, bool *is_yes)
{
  const char *text = NULL;
  bf_status status = need_text(object, where, key, &text);
  if (status != BF_OK)
    return status;
  *is_yes = strcmp(text, yes) == 0;
  if (!*is_yes && strcmp(text, no) != 0)
    return bf_fail(BF_ERR_DATA, "study.json: %s'%s' is '%.40s', expected '%s' or '%s'", where, key,
                   text, yes, no);
  return BF_OK;
}

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
  BF_TRY(need_text(json, where, "name", &parameter->name));
  BF_TRY(need_word(json, where, "kind", "ordered", "choice", &parameter->is_ordered));
  BF_TRY(need(json, where, "values", BF_JSON_ARRAY, &parameter->values));
  size_t n = bf_json_size(parameter->values);
  BF_CHECK(n > 0 && n < UINT32_MAX, BF_ERR_DATA, "study.json: %s'values' has %zu values", where, n);
  parameter->n_values = n;
  BF_TRY(read_texts(parameter));
done:
  return status;
}

static bf_status read_space(bf_record *record)
{
  bf_status status = BF_OK;
  const bf_json *space = NULL;
  const bf_json *parameters = NULL;
  BF_TRY(need(record->document, "", "space", BF_JSON_OBJECT, &space));
  BF_TRY(need_natural(space, "size", &record->space_size));
  BF_TRY(need(space, "space: ", "parameters", BF_JSON_ARRAY, &parameters));
  size_t n = bf_json_size(parameters);
  record->parameters = bf_alloc(n, sizeof *record->parameters);
  BF_CHECK_MEMORY(record->parameters);
  record->n_parameters = n;
  for (size_t i = 0; i < n; i++)
    BF_TRY(read_parameter(bf_json_at(parameters, i), i, &record->parameters[i]));
done:
  return status;
}

static bf_status read_term(const bf_json *json, const char *where, bool is_summed,
                           bf_objective *term)
{
  bf_status status = BF_OK;
  const char *name = NULL;
  BF_TRY(need_text(json, where, "name", &name));
  if (bf_metric_find(name, &term->metric) != BF_OK)
    return bf_because(BF_ERR_DATA, "study.json: %.*s", (int)strlen(where) - 2, where);
  BF_TRY(need_number(json, where, "scale", &term->scale));
  if (!is_summed)
    BF_TRY(need_word(json, where, "direction", "maximize", "minimize", &term->maximize));
done:
  return status;
}

static bf_status read_terms(bf_record *record, const bf_json *terms)
{
  size_t n = bf_json_size(terms);
  if (n < 1 || n > BF_N_METRICS)
    return bf_fail(BF_ERR_DATA, "study.json: %zu objectives, expected 1 to %d", n,
                   (int)BF_N_METRICS);
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
  BF_TRY(need(record->document, "", "objectives", BF_JSON_ARRAY, &objectives));
  const bf_json *first = bf_json_at(objectives, 0);
  record->is_summed = bf_json_kind_of(bf_json_get(first, "terms")) == BF_JSON_ARRAY;
  if (record->is_summed)
    BF_TRY(need_word(first, "objective 1: ", "direction", "maximize", "minimize",
                     &record->sum_maximize));
  BF_TRY(read_terms(record, record->is_summed ? bf_json_get(first, "terms") : objectives));
  record->n_objectives = record->is_summed ? 1 : record->n_terms;
done:
  return status;
}

/* {"weight_bits": "<= 1200"}; files of earlier versions have none. */
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
      return bf_fail(BF_ERR_DATA, "study.json: constraint on '%s' is no text such as \"<= 1200\"",
                     name);
    record->constraints[record->n_constraints++] = constraint;
  }
  if (bf_json_size(constraints) != record->n_constraints)
    return bf_fail(BF_ERR_DATA, "study.json: 'constraints' has an unknown metric");
  return BF_OK;
}

static bf_status read_repeats(bf_record *record)
{
  uint64_t repeats = 1;
  if (bf_json_get(record->document, "repeats") != NULL) {
    bf_status status = need_natural(record->document, "repeats", &repeats);
    if (status != BF_OK)
      return status;
  }
  if (repeats < 1 || repeats > UINT32_MAX)
    return bf_fail(BF_ERR_DATA, "study.json: 'repeats' is %" PRIu64, repeats);
  record->repeats = (size_t)repeats;
  return BF_OK;
}

bf_status bf_record_read_document(bf_record *record)
{
  bf_status status = BF_OK;
  const bf_json *root = record->document;
  uint64_t format = 0;
  uint64_t n_ranks = 0;
  BF_TRY(need_natural(root, "format", &format));
  BF_CHECK(format == 1, BF_ERR_DATA, "study.json: 'format' is %llu, expected 1",
           (unsigned long long)format);
  BF_TRY(need_text(root, "", "sampler", &record->sampler));
  BF_TRY(need_natural(root, "seed", &record->seed));
  BF_TRY(need_natural(root, "ranks", &n_ranks));
  BF_TRY(need_number(root, "", "wall_s", &record->wall_s));
  record->n_ranks = (size_t)n_ranks;
  record->data_hash = bf_json_text(bf_json_get(bf_json_get(root, "data"), "hash"));
  BF_TRY(read_space(record));
  BF_TRY(read_objectives(record));
  BF_TRY(read_constraints(record));
  BF_TRY(read_repeats(record));
done:
  return status;
}
