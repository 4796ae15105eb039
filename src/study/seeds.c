/* The seed tables of a search space: one form for all, which is whose, and what none can rule.
 * Room: study. */
#include "study/seeds.h"

#include <string.h>

#include "base/pattern.h"
#include "base/suggest.h"

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

/* Other kinds of layer that the Python tool quantises, and its name of the last node: tables of
 * theirs make no difference to nets that have none. */
static const char *const strangers[] = {"add",    "bmm", "conv1d", "conv2d",
                                        "matmul", "mul", "sub",    "output"};
enum { N_STRANGERS = sizeof strangers / sizeof *strangers };

/* What a table under `seed` can rule: a node, a type of layer, the input, the rest. */
static size_t list_known(const bf_model *model, const char **known)
{
  size_t n = 0;
  known[n++] = "default";
  known[n++] = "x";
  for (size_t i = 0; i < N_STRANGERS; i++)
    known[n++] = strangers[i];
  for (int kind = 0; kind < BF_N_LAYER_KINDS; kind++)
    known[n++] = bf_layer_kind_name((bf_layer_kind)kind);
  for (size_t i = 0; i < model->n_layers; i++)
    known[n++] = model->layers[i].node;
  return n;
}

static bf_status check_pattern(const bf_job *job, const bf_model *model, const bf_toml *seed)
{
  bool matches = false;
  for (size_t i = 0; !matches && i < model->n_layers; i++)
    if (bf_pattern_match(seed->key, model->layers[i].node, &matches) != BF_OK)
      return bf_job_fail(job, seed, "%s", bf_trail());
  if (matches)
    return BF_OK;
  return bf_job_unknown(job, seed, "pattern '%s' matches no node of model '%s'", seed->key,
                        model->name);
}

bf_status bf_seeds_check(const bf_job *job, const bf_model *model, const bf_toml *seeds,
                         bf_seed_by by)
{
  const char *known[BF_MAX_LAYERS + BF_N_LAYER_KINDS + N_STRANGERS + 2];
  size_t n = list_known(model, known);
  for (size_t i = 0; i < seeds->n_items; i++) {
    const bf_toml *seed = seeds->items[i];
    size_t k = 0;
    while (k < n && strcmp(known[k], seed->key) != 0)
      k++;
    if (k == n && by == BF_SEED_BY_REGEX && seed->kind == BF_TOML_TABLE) {
      bf_status status = check_pattern(job, model, seed);
      if (status != BF_OK)
        return status;
      continue;
    }
    /* A configuration that was sampled there says once more how it is to be read. */
    if (k == n && strcmp(seed->key, "by") == 0 && seed->kind == BF_TOML_STRING)
      continue;
    if (k == n) {
      const char *near = bf_suggest(seed->key, known, n);
      bf_status status =
          bf_job_unknown(job, seed, "model '%s' has no node '%s'; did you mean '%s'?", model->name,
                         seed->key, near != NULL ? near : known[n - 1]);
      if (status != BF_OK)
        return status;
    }
    if (seed->kind != BF_TOML_TABLE && seed->kind != BF_TOML_NULL)
      return bf_job_fail(job, seed, "'%s' is no table", seed->key);
  }
  return BF_OK;
}
