/* Multipliers of inputs: whether a job's agree with what the layers before make.
 * Room: study. */
#include "study/widths.h"

#include "study/values.h"

/* The Linear whose outputs are the inputs of @p layer; @p layer itself if it is the first. */
static size_t linear_before(const bf_model *model, size_t layer)
{
  for (size_t i = layer; i-- > 0;)
    if (model->layers[i].kind == BF_LAYER_LINEAR)
      return i;
  return layer;
}

/* By what its outputs are multiplied; NULL: by 1. */
static const bf_toml *outputs_of(const bf_plan *plan, size_t layer)
{
  for (size_t i = 0; i < plan->n_choices; i++)
    if (plan->choices[i].node == layer && plan->choices[i].slot == BF_SLOT_MULTIPLIER)
      return plan->choices[i].values;
  return NULL;
}

static bool holds(const bf_toml *values, const bf_toml *value)
{
  if (values == NULL)
    return value->number == 1;
  for (size_t i = 0; i < values->n_items; i++)
    if (values->items[i]->kind == BF_TOML_INTEGER && values->items[i]->number == value->number)
      return true;
  return false;
}

bf_status bf_plan_check_inputs(const bf_plan *plan, size_t layer, const bf_toml *values)
{
  const bf_layer *layers = plan->model.layers;
  size_t before = linear_before(&plan->model, layer);
  const bf_toml *made = before != layer ? outputs_of(plan, before) : NULL;
  bool agrees = false;
  for (size_t i = 0; i < values->n_items; i++) {
    const bf_toml *value = values->items[i];
    if (value->kind != BF_TOML_INTEGER || value->integer < 1)
      return bf_job_fail(plan->job, value, "'%s' of node '%s' is no whole number of at least 1",
                         values->key, layers[layer].node);
    agrees |= holds(made, value);
  }
  if (agrees)
    return BF_OK;
  bf_text list = {0};
  if (made != NULL)
    bf_value_print(made, "[", "]", &list);
  bf_status status = bf_job_fail(
      plan->job, values, "'%s' of node '%s' is never what comes in: %s%s%s multiplied by %s",
      values->key, layers[layer].node, before != layer ? "the outputs of '" : "",
      before != layer ? layers[before].node : "the features of the data",
      before != layer ? "' are" : " are", made != NULL ? bf_text_view(&list) : "1");
  bf_text_release(&list);
  return status;
}
