/* A configuration as JSON, by the nodes of the net.
 * Room: study. The names are those of the Python tool. */
#include "study/sampled.h"

#include "study/values.h"

static void set_tied(bf_json *config, const bf_choice *choice, const char *format,
                     const bf_toml *values)
{
  for (size_t i = 0; format != NULL && i < values->n_items; i++) {
    char key[64];
    const char *name = bf_format_parameter(format, i);
    /* A format that does not use the values has no names for them. */
    if (name == NULL)
      break;
    snprintf(key, sizeof key, "%s_%s", bf_tensor_name(choice->tensor), name);
    bf_json_set(config, key, bf_value_json(values->items[i]));
  }
}

void bf_sampled_set_choice(const bf_choice *choice, const char *format, const bf_toml *value,
                           bf_json *config)
{
  if (choice->slot == BF_SLOT_TIED)
    set_tied(config, choice, format, value);
  else
    bf_json_set(config, choice->values->key, value != NULL ? bf_value_json(value) : bf_json_null());
}

/* The configuration of the choices first .. end, all of one node. */
static bf_json *node_json(const bf_plan *plan, const uint32_t *indexes, size_t first, size_t end)
{
  bf_json *node = bf_json_object();
  bf_json *config = bf_json_object();
  const char *format = NULL;
  for (size_t i = first; i < end; i++)
    if (plan->choices[i].slot == BF_SLOT_NAME)
      format = bf_plan_value(plan, i, indexes[i])->string;
  for (size_t i = first; i < end; i++) {
    bool counts = plan->choices[i].slot == BF_SLOT_TIED || bf_plan_matters(plan, indexes, i);
    bf_sampled_set_choice(&plan->choices[i], format,
                          counts ? bf_plan_value(plan, i, indexes[i]) : NULL, config);
  }
  bf_json_set(node, "config", config);
  return node;
}

void bf_sampled_set(const bf_plan *plan, const uint32_t *indexes, bf_json *json)
{
  for (size_t first = 0, end; first < plan->n_choices; first = end) {
    end = bf_plan_node_end(plan, first);
    bf_json_set(json, bf_plan_node_name(plan, first), node_json(plan, indexes, first, end));
  }
}
