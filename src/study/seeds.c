/* The seed tables of a search space in one form.
 * Room: study. */
#include "study/seeds.h"

#include <string.h>

#include "base/pattern.h"

static bf_toml *find(bf_toml *table, const char *key)
{
  const bf_toml *wanted = bf_toml_get(table, key);
  for (size_t i = 0; wanted != NULL && i < table->n_items; i++)
    if (table->items[i] == wanted)
      return table->items[i];
  return NULL;
}

static bool stands_alone(const bf_toml *value)
{
  return value->kind != BF_TOML_ARRAY && value->kind != BF_TOML_TABLE;
}

static bf_status wrap_config(bf_toml *config, bool all)
{
  bf_status status = BF_OK;
  if (config == NULL || config->kind != BF_TOML_TABLE)
    return BF_OK;
  for (size_t i = 0; status == BF_OK && i < config->n_items; i++)
    if (all || stands_alone(config->items[i]))
      status = bf_toml_wrap(config->items[i]);
  return status;
}

static bf_status wrap(bf_toml *seeds, bool all)
{
  bf_status status = BF_OK;
  if (seeds == NULL || seeds->kind != BF_TOML_TABLE)
    return BF_OK;
  for (size_t i = 0; status == BF_OK && i < seeds->n_items; i++)
    status = wrap_config(find(seeds->items[i], "config"), all);
  return status;
}

bf_status bf_seeds_wrap(bf_toml *tree)
{
  return wrap(find(find(find(tree, "search"), "search_space"), "seed"), false);
}

bf_status bf_passes_wrap(bf_toml *tree)
{
  return wrap(find(find(tree, "passes"), "quantize"), true);
}

static const bf_toml *find_by_name(const bf_toml *seeds, const bf_layer *layer)
{
  return bf_toml_get(seeds, layer->node);
}

static const bf_toml *find_by_type(const bf_toml *seeds, const bf_layer *layer)
{
  return bf_toml_get(seeds, bf_layer_kind_name(layer->kind));
}

static const bf_toml *find_by_regex(const bf_toml *seeds, const bf_layer *layer)
{
  bool matches = false;
  for (size_t i = 0; i < seeds->n_items; i++)
    if (bf_pattern_match(seeds->items[i]->key, layer->node, &matches) == BF_OK && matches)
      return seeds->items[i];
  return NULL;
}

static const struct way {
  const char *name;
  const bf_toml *(*find)(const bf_toml *seeds, const bf_layer *layer);
} ways[] = {
    [BF_SEED_BY_NAME] = {"name", find_by_name},
    [BF_SEED_BY_TYPE] = {"type", find_by_type},
    [BF_SEED_BY_REGEX] = {"regex_name", find_by_regex},
};

bool bf_seed_by_find(const char *name, bf_seed_by *by)
{
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    if (strcmp(ways[i].name, name) == 0) {
      *by = (bf_seed_by)i;
      return true;
    }
  return false;
}

const bf_toml *bf_seed_find(const bf_toml *seeds, bf_seed_by by, const bf_layer *layer)
{
  return ways[by].find(seeds, layer);
}
