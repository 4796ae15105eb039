/* Keys of a node's config as the Python tool and its forks spell them.
 * Room: study. */
#include "study/node_keys.h"

#include <string.h>

static const struct spelling {
  const char *key;
  bf_node_key meaning;
} spellings[] = {
    {"name", BF_NODE_KEY_FORMAT},
    {"channel_multiplier", BF_NODE_KEY_OUTPUTS},
    {"channel_multiplier_out", BF_NODE_KEY_OUTPUTS},
    {"channel_multiplier_output", BF_NODE_KEY_OUTPUTS},
    {"output_multiplier", BF_NODE_KEY_OUTPUTS},
    {"channel_multiplier_in", BF_NODE_KEY_INPUTS},
    {"channel_multiplier_input", BF_NODE_KEY_INPUTS},
    {"input_multiplier", BF_NODE_KEY_INPUTS},
    /* Forks name the layer before, which here is known from the net. */
    {"parent", BF_NODE_KEY_NOTHING},
    {"prev_link", BF_NODE_KEY_NOTHING},
    /* Read with the node. */
    {"bypass", BF_NODE_KEY_NOTHING},
    /* True there whatever a config says; rows never share a block here, either. */
    {"data_in_skip_first_dim", BF_NODE_KEY_NOTHING},
};

static bool is_text(const bf_toml *value, const char *text)
{
  return value->kind == BF_TOML_STRING && strcmp(value->string, text) == 0;
}

static bool is_input_only(const bf_toml *names)
{
  bool all = names != NULL && names->kind == BF_TOML_ARRAY && names->n_items > 0;
  for (size_t i = 0; all && i < names->n_items; i++)
    all = is_text(names->items[i], "input_only");
  return all;
}

bf_node_key bf_node_key_find(const bf_toml *config, const char *key)
{
  if (strcmp(key, "channel_multiplier") == 0 && is_input_only(bf_toml_get(config, "name")))
    return BF_NODE_KEY_INPUTS;
  for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
    if (strcmp(spellings[i].key, key) == 0)
      return spellings[i].meaning;
  return BF_NODE_KEY_SETTING;
}

bool bf_node_labels_widths(const bf_toml *names)
{
  static const char *const labels[] = {"output_only", "input_only", "both"};
  bool all = true;
  for (size_t i = 0; all && i < names->n_items; i++) {
    all = names->items[i]->kind == BF_TOML_NULL;
    for (size_t k = 0; k < sizeof labels / sizeof *labels; k++)
      all |= is_text(names->items[i], labels[k]);
  }
  return all;
}

bf_status bf_node_bypass(const bf_toml *config, bool *bypassed)
{
  const bf_toml *choices = bf_toml_get(config, "bypass");
  *bypassed = false;
  if (choices == NULL)
    return BF_OK;
  if (choices->kind != BF_TOML_ARRAY || choices->n_items != 1 ||
      choices->items[0]->kind != BF_TOML_BOOLEAN)
    return bf_fail(BF_ERR_USAGE, "'bypass' is neither true nor false; to search with and without "
                                 "a format, put \"NA\" among the choices of 'name'");
  *bypassed = choices->items[0]->boolean;
  return BF_OK;
}
