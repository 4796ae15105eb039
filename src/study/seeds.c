/* The seed tables of a search space in one form.
 * Room: study. */
#include "study/seeds.h"

static bf_toml *find(bf_toml *table, const char *key)
{
  const bf_toml *wanted = bf_toml_get(table, key);
  for (size_t i = 0; wanted != NULL && i < table->n_items; i++)
    if (table->items[i] == wanted)
      return table->items[i];
  return NULL;
}

static bf_status wrap_config(bf_toml *config)
{
  bf_status status = BF_OK;
  if (config == NULL || config->kind != BF_TOML_TABLE)
    return BF_OK;
  for (size_t i = 0; status == BF_OK && i < config->n_items; i++)
    if (config->items[i]->kind != BF_TOML_ARRAY && config->items[i]->kind != BF_TOML_TABLE)
      status = bf_toml_wrap(config->items[i]);
  return status;
}

bf_status bf_seeds_wrap(bf_toml *tree)
{
  bf_status status = BF_OK;
  bf_toml *seeds = find(find(find(tree, "search"), "search_space"), "seed");
  if (seeds == NULL || seeds->kind != BF_TOML_TABLE)
    return BF_OK;
  for (size_t i = 0; status == BF_OK && i < seeds->n_items; i++)
    status = wrap_config(find(seeds->items[i], "config"));
  return status;
}
