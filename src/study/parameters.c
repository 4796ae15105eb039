/* The space as a sampler sees it: which choices are alike, and which make no difference.
 * Room: study. */
#include "base/log.h"
#include "base/memory.h"
#include "study/plan_parts.h"
#include "study/values.h"

static bool is_number(const bf_toml *value)
{
  return value->kind == BF_TOML_INTEGER || value->kind == BF_TOML_FLOAT;
}

/* Compares numbers, or arrays of numbers by their first difference; false if something else is
 * anywhere in them. */
static bool compare(const bf_toml *a, const bf_toml *b, int *order)
{
  if (is_number(a) && is_number(b)) {
    *order = (a->number > b->number) - (a->number < b->number);
    return true;
  }
  if (a->kind != BF_TOML_ARRAY || b->kind != BF_TOML_ARRAY || a->n_items != b->n_items)
    return false;
  *order = 0;
  for (size_t i = 0; i < a->n_items; i++) {
    int here = 0;
    if (!compare(a->items[i], b->items[i], &here))
      return false;
    *order = *order != 0 ? *order : here;
  }
  return true;
}

/* Whether the values rise or fall from each to the next: then neighbours are alike. A single value
 * is as ordered as its kind. */
static bool is_monotonic(const bf_toml *values)
{
  int first = 0;
  if (!compare(values->items[0], values->items[0], &first))
    return false;
  for (size_t i = 1; i < values->n_items; i++) {
    int order = 0;
    if (!compare(values->items[i - 1], values->items[i], &order) || order == 0)
      return false;
    if (i > 1 && order != first)
      return false;
    first = order;
  }
  return true;
}

static bf_status find_kind(const bf_plan *plan, const bf_choice *choice, bf_parameter_kind *kind)
{
  const bf_toml *given = choice->kind;
  const char *name = given != NULL && given->kind == BF_TOML_STRING ? given->string : "";
  if (given == NULL)
    *kind = is_monotonic(choice->values) ? BF_PARAMETER_ORDERED : BF_PARAMETER_CHOICE;
  else if (strcmp(name, "ordered") == 0)
    *kind = BF_PARAMETER_ORDERED;
  else if (strcmp(name, "choice") == 0)
    *kind = BF_PARAMETER_CHOICE;
  else
    return bf_job_fail(plan->job, given, "kind of '%s' is '%s', expected \"ordered\" or \"choice\"",
                       choice->path, name);
  return BF_OK;
}

/* Whether the node has the tensor and the number format quantises it there. */
static bool is_quantised(const bf_plan *plan, const char *format, const bf_choice *choice)
{
  if (choice->node == BF_NODE_INPUT)
    return true;
  const bf_layer *layer = &plan->model.layers[choice->node];
  if (choice->tensor == BF_TENSOR_BIAS && !layer->has_bias)
    return false;
  return layer->kind != BF_LAYER_LINEAR || choice->tensor == BF_TENSOR_WEIGHT ||
         !bf_format_is_for_weights(format);
}

/* Whether the number format uses the choice. */
static bool uses(const bf_plan *plan, const bf_toml *format, const bf_choice *choice)
{
  if (format->kind != BF_TOML_STRING || !is_quantised(plan, format->string, choice))
    return false;
  return choice->key == NULL || bf_format_uses_parameter(format->string, choice->key);
}

/* The number format comes first among the choices of a node. */
static bf_status find_condition(bf_plan *plan, size_t format, size_t i)
{
  bf_choice *choice = &plan->choices[i];
  const bf_toml *formats = plan->choices[format].values;
  bool is_setting = choice->slot == BF_SLOT_SETTING || choice->slot == BF_SLOT_TIED;
  bool always = true;
  if (!is_setting || plan->choices[format].slot != BF_SLOT_NAME)
    return BF_OK;
  bool *matters = bf_alloc(formats->n_items, sizeof *matters);
  if (matters == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a search space");
  for (size_t f = 0; f < formats->n_items; f++) {
    matters[f] = uses(plan, formats->items[f], choice);
    always &= matters[f];
  }
  choice->matters = always ? NULL : matters;
  if (always)
    free(matters);
  return BF_OK;
}

/* Values as they are printed tell which are equal. */
static bf_status find_twin(const bf_toml *values, size_t n, const bf_toml *value, bool *has_twin)
{
  bf_text one = {0}, other = {0};
  bf_value_print(value, "[", "]", &one);
  for (size_t i = 0; i < n && !*has_twin; i++) {
    bf_text_reset(&other);
    bf_value_print(values->items[i], "[", "]", &other);
    *has_twin = strcmp(bf_text_view(&one), bf_text_view(&other)) == 0;
  }
  bf_status status = bf_text_status(&one) == BF_OK ? bf_text_status(&other) : bf_text_status(&one);
  bf_text_release(&one);
  bf_text_release(&other);
  return status;
}

/* Nodes may share a table, of which the first one warns. */
static bf_status warn_of_twins(const bf_plan *plan, size_t choice)
{
  bf_status status = BF_OK;
  const bf_toml *values = plan->choices[choice].values;
  bf_text text = {0};
  bool has_twin = false;
  size_t v = 0;
  for (size_t i = 0; i < choice; i++)
    if (plan->choices[i].values == values)
      return BF_OK;
  while (!has_twin && ++v < values->n_items)
    BF_TRY(find_twin(values, v, values->items[v], &has_twin));
  if (!has_twin)
    goto done;
  bf_value_print(values->items[v], "[", "]", &text);
  bf_warn("%s:%d:%d: '%s' of node '%s' holds %s twice: each counts as a configuration of its own, "
          "and equal nets are tried again",
          plan->job->source, values->items[v]->line, values->items[v]->column, values->key,
          bf_plan_node_name(plan, choice), bf_text_view(&text));
done:
  bf_text_release(&text);
  return status;
}

bf_status bf_plan_find_parameters(bf_plan *plan)
{
  bf_status status = BF_OK;
  plan->parameters = bf_alloc(plan->n_choices, sizeof *plan->parameters);
  BF_CHECK_MEMORY(plan->parameters);
  for (size_t i = 0, first = 0; i < plan->n_choices; i++) {
    bf_choice *choice = &plan->choices[i];
    bf_parameter_kind kind = BF_PARAMETER_CHOICE;
    first = choice->node == plan->choices[first].node ? first : i;
    BF_TRY(warn_of_twins(plan, i));
    BF_TRY(find_kind(plan, choice, &kind));
    BF_TRY(find_condition(plan, first, i));
    plan->parameters[i] = (bf_parameter){.name = choice->path,
                                         .n_choices = (uint32_t)choice->values->n_items,
                                         .kind = kind,
                                         .parent = first,
                                         .matters = choice->matters};
    plan->widens |= choice->slot == BF_SLOT_MULTIPLIER;
  }
  plan->space = (bf_space){.n_parameters = plan->n_choices, .parameters = plan->parameters};
done:
  return status;
}

bool bf_plan_matters(const bf_plan *plan, const uint32_t *indexes, size_t i)
{
  return bf_space_matters(&plan->space, indexes, i);
}
