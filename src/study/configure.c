/* From a configuration to a net: what every sampled index sets.
 * Room: study. */
#include "study/plan.h"

#include <inttypes.h>

/* Of all formats a node may have; each has its own parameters. */
enum { MAX_SETTINGS = 32 };

/* All that was chosen for one node. */
typedef struct chosen {
  const bf_toml *format; /* a string, NA, or NULL when the node has none */
  size_t multiplier;
  size_t n_settings[BF_N_TENSORS];
  bf_setting settings[BF_N_TENSORS][MAX_SETTINGS];
} chosen;

const bf_toml *bf_plan_value(const bf_plan *plan, size_t i, uint32_t index)
{
  return plan->choices[i].values->items[index];
}

size_t bf_plan_node_end(const bf_plan *plan, size_t first)
{
  size_t end = first;
  while (end < plan->n_choices && plan->choices[end].node == plan->choices[first].node)
    end++;
  return end;
}

const char *bf_plan_node_name(const bf_plan *plan, size_t first)
{
  size_t node = plan->choices[first].node;
  return node == BF_NODE_INPUT ? "x" : plan->model.layers[node].node;
}

enum { MAX_BLOCK_ENTRIES = 8 };

static bf_status read_block(const bf_toml *value, bf_setting *setting)
{
  int64_t entries[MAX_BLOCK_ENTRIES];
  if (value->n_items > MAX_BLOCK_ENTRIES)
    return bf_fail(BF_ERR_USAGE, "a block has %zu entries", value->n_items);
  for (size_t i = 0; i < value->n_items; i++) {
    if (value->items[i]->kind != BF_TOML_INTEGER)
      return bf_fail(BF_ERR_USAGE, "a block has an entry that is no whole number");
    entries[i] = value->items[i]->integer;
  }
  return bf_setting_block(setting, value->n_items, entries);
}

/* Which kind a parameter wants is for the number format to say: the same key may belong to several
 * formats of the node. */
static bf_status read_setting(const char *key, const bf_toml *value, bf_setting *setting)
{
  *setting = (bf_setting){.key = key, .kind = BF_VALUE_UNUSED};
  setting->is_null = value->kind == BF_TOML_NULL;
  if (value->kind == BF_TOML_ARRAY)
    return read_block(value, setting);
  if (value->kind == BF_TOML_INTEGER || value->kind == BF_TOML_BOOLEAN) {
    bool is_number = value->kind == BF_TOML_INTEGER;
    setting->kind = is_number ? BF_VALUE_NUMBER : BF_VALUE_FLAG;
    setting->value = is_number ? value->integer : value->boolean;
  }
  return BF_OK;
}

static bf_status add_value(chosen *c, bf_tensor tensor, const char *key, const bf_toml *value)
{
  size_t n = c->n_settings[tensor];
  if (n == MAX_SETTINGS)
    return bf_fail(BF_ERR_USAGE, "more than %d parameters", (int)MAX_SETTINGS);
  bf_status status = read_setting(key, value, &c->settings[tensor][n]);
  c->n_settings[tensor] += status == BF_OK;
  return status;
}

/* The values of a tied choice belong to the format's parameters in their order. */
static bf_status add_tied(chosen *c, bf_tensor tensor, const bf_toml *values)
{
  if (c->format == NULL || c->format->kind != BF_TOML_STRING)
    return BF_OK;
  if (values->kind != BF_TOML_ARRAY)
    return bf_fail(BF_ERR_USAGE, "a tied choice is no array such as [8, 4]");
  for (size_t i = 0; i < values->n_items; i++) {
    const char *key = bf_format_parameter(c->format->string, i);
    if (key == NULL)
      return bf_fail(BF_ERR_USAGE, "%zu values for number format '%s', which has %zu",
                     values->n_items, c->format->string, i);
    bf_status status = add_value(c, tensor, key, values->items[i]);
    if (status != BF_OK)
      return status;
  }
  return BF_OK;
}

static bf_status add_multiplier(chosen *c, const bf_toml *value)
{
  if (value->kind != BF_TOML_INTEGER || value->integer < 1 || value->integer > BF_MAX_WIDTH)
    return bf_fail(BF_ERR_USAGE, "it is no whole number in 1..%d", BF_MAX_WIDTH);
  c->multiplier = (size_t)value->integer;
  return BF_OK;
}

/* Collects the choices first .. of one node; the format comes first, since tied values need it. */
static bf_status collect(const bf_plan *plan, const uint32_t *indexes, size_t first, size_t end,
                         chosen *c)
{
  *c = (chosen){.multiplier = 1};
  for (size_t i = first; i < end; i++)
    if (plan->choices[i].slot == BF_SLOT_NAME)
      c->format = bf_plan_value(plan, i, indexes[i]);
  bf_status status = BF_OK;
  for (size_t i = first; status == BF_OK && i < end; i++) {
    const bf_choice *choice = &plan->choices[i];
    const bf_toml *value = bf_plan_value(plan, i, indexes[i]);
    if (choice->slot == BF_SLOT_SETTING)
      status = add_value(c, choice->tensor, choice->key, value);
    else if (choice->slot == BF_SLOT_TIED)
      status = add_tied(c, choice->tensor, value);
    else if (choice->slot == BF_SLOT_MULTIPLIER)
      status = add_multiplier(c, value);
    if (status != BF_OK)
      bf_because(status, "%s", choice->path);
  }
  return status;
}

/* Settings of another format than the chosen one make no difference. */
static size_t keep_own(const char *format, size_t n, const bf_setting *settings, bf_setting *own)
{
  size_t n_own = 0;
  for (size_t i = 0; i < n; i++)
    if (bf_format_has_parameter(format, settings[i].key))
      own[n_own++] = settings[i];
  return n_own;
}

static bf_status quantise(const chosen *c, bf_tensor tensor, bool is_unsigned, bf_quantizer *out)
{
  bf_setting own[MAX_SETTINGS];
  size_t n = keep_own(c->format->string, c->n_settings[tensor], c->settings[tensor], own);
  bf_status status = bf_quantizer_init(out, c->format->string, n, own, is_unsigned);
  return status == BF_OK ? BF_OK : bf_because(status, "%s", bf_tensor_name(tensor));
}

/* Draws are made once a step, for weights; data would need them for every row. */
static bf_status quantise_data(const chosen *c, bool is_unsigned, bf_quantizer *out)
{
  bf_status status;
  BF_TRY(quantise(c, BF_TENSOR_DATA_IN, is_unsigned, out));
  BF_CHECK(!bf_quantizer_is_stochastic(out), BF_ERR_USAGE,
           "data_in: stochastic is true, but only weights are drawn at random");
done:
  return status;
}

static bf_status quantise_linear(const chosen *c, bf_layer *layer)
{
  bf_status status;
  BF_TRY(quantise(c, BF_TENSOR_WEIGHT, false, &layer->weight));
  if (bf_format_is_for_weights(c->format->string))
    return BF_OK;
  BF_TRY(quantise_data(c, false, &layer->data_in));
  /* A config without any bias key leaves the bias as it is. */
  if (layer->has_bias && c->n_settings[BF_TENSOR_BIAS] > 0)
    BF_TRY(quantise(c, BF_TENSOR_BIAS, false, &layer->bias));
done:
  return status;
}

static bf_status apply_format(const chosen *c, bf_model *model, size_t node)
{
  if (c->format == NULL || c->format->kind != BF_TOML_STRING)
    return BF_OK;
  if (node == BF_NODE_INPUT)
    return quantise_data(c, false, &model->input);
  bf_layer *layer = &model->layers[node];
  return layer->kind == BF_LAYER_LINEAR ? quantise_linear(c, layer)
                                        : quantise_data(c, true, &layer->data_in);
}

bf_status bf_plan_configure(const bf_plan *plan, const uint32_t *indexes, bf_model *out)
{
  size_t multipliers[BF_MAX_LAYERS];
  bf_model model = plan->model;
  bf_status status = BF_OK;
  for (size_t i = 0; i < model.n_layers; i++)
    multipliers[i] = 1;
  for (size_t first = 0, end; first < plan->n_choices; first = end) {
    chosen c;
    size_t node = plan->choices[first].node;
    end = bf_plan_node_end(plan, first);
    BF_TRY(collect(plan, indexes, first, end, &c));
    status = apply_format(&c, &model, node);
    if (status != BF_OK)
      return bf_because(status, "%s", bf_plan_node_name(plan, first));
    if (node != BF_NODE_INPUT)
      multipliers[node] = c.multiplier;
  }
  if (plan->widens)
    BF_TRY(bf_model_widen(&model, multipliers));
  *out = model;
done:
  return status;
}
