/* The plan of a search: what can be sampled, what a sample means.
 * Room: study. */
#include "study/plan.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/suggest.h"
#include "study/node_keys.h"
#include "study/plan_parts.h"
#include "study/rule.h"
#include "study/widths.h"

/* Which kinds of choice a space knows. The aliases are spellings of other versions of the Python
 * tool. */
static const struct space_kind {
  const char *name;
  bool quantises;
  bool widens;
} space_kinds[] = {
    {"graph/quantize/mixed_precision_ptq", true, false},
    {"graph/lab4/model_structure_ptq", false, true},
    {"graph/bitfront/joint", true, true},
    {"graph/channel_multiply/channel_multiplier", false, true},
    {"graph/quantize/network_search", false, true},
    {"graph/quantize/channel_size_modifier", false, true},
    {"transform/linear_channel_multiplier", false, true},
    {"redefine/linear_channel_multiplier", false, true},
};
enum { N_SPACE_KINDS = sizeof space_kinds / sizeof *space_kinds };

static const char *const tensor_names[BF_N_TENSORS] = {
    [BF_TENSOR_DATA_IN] = "data_in", [BF_TENSOR_WEIGHT] = "weight", [BF_TENSOR_BIAS] = "bias"};

const char *bf_tensor_name(bf_tensor tensor)
{
  return tensor_names[tensor];
}

/* What a kind of node can have; the input node comes last. */
static const struct node_kind {
  bool tensors[BF_N_TENSORS];
  bool widens;
} node_kinds[BF_N_LAYER_KINDS + 1] = {
    [BF_LAYER_RELU] = {.tensors = {[BF_TENSOR_DATA_IN] = true}},
    [BF_LAYER_LINEAR] = {.tensors = {true, true, true}, .widens = true},
    [BF_N_LAYER_KINDS] = {.tensors = {[BF_TENSOR_DATA_IN] = true}},
};

/* The making of a plan. */
typedef struct planner {
  bf_plan *plan;
  const struct space_kind *space;
  const bf_toml *seeds;
  bf_seed_by by;
  const bf_toml *inputs[BF_MAX_LAYERS]; /* multipliers that the job gives for a layer's inputs */
} planner;

/* One node of the net with its config table. */
typedef struct node_config {
  size_t node;
  const char *name;
  const struct node_kind *kind;
  const bf_toml *config;
  const bf_toml *formats; /* its "name" choices; NULL, or if they are none of number formats */
  const bf_toml *kinds;   /* which of its choices are ordered, where the job says so; NULL */
} node_config;

static bf_status find_space(const bf_job *job, const struct space_kind **out)
{
  const char *names[N_SPACE_KINDS];
  if (job->space == NULL)
    return bf_fail(BF_ERR_USAGE, "%s: no search space: give search.search_space.name = \"%s\"",
                   job->source, space_kinds[0].name);
  for (size_t i = 0; i < N_SPACE_KINDS; i++) {
    names[i] = space_kinds[i].name;
    if (bf_same_name(names[i], job->space)) {
      *out = &space_kinds[i];
      return BF_OK;
    }
  }
  const char *near = bf_suggest(job->space, names, N_SPACE_KINDS);
  return bf_job_fail(job, bf_toml_at(job->tree, "search.search_space.name"),
                     "unknown search space '%s'%s%s%s there are '%s' (formats), '%s' (widths) and "
                     "'%s' (both)",
                     job->space, near != NULL ? ", did you mean '" : "", near != NULL ? near : "",
                     near != NULL ? "'?" : ";", names[0], names[1], names[2]);
}

static bf_status add_choice(planner *p, const node_config *node, const bf_toml *values,
                            bf_choice choice)
{
  bf_plan *plan = p->plan;
  if (values->kind != BF_TOML_ARRAY || values->n_items == 0)
    return bf_job_fail(plan->job, values, "'%s' of node '%s' is no array with at least one choice",
                       values->key, node->name);
  bf_text path = {0};
  bf_text_printf(&path, "%s/%s", node->name, values->key);
  bf_choice *grown =
      bf_grow(plan->choices, plan->n_choices, plan->n_choices + 1, sizeof *plan->choices);
  if (grown == NULL || bf_text_status(&path) != BF_OK) {
    if (grown != NULL)
      plan->choices = grown;
    bf_text_release(&path);
    return bf_fail(BF_ERR_NOMEM, "out of memory for a search space");
  }
  plan->choices = grown;
  choice.path = path.data;
  choice.node = node->node;
  choice.values = values;
  choice.kind = bf_toml_get(node->kinds, values->key);
  plan->choices[plan->n_choices++] = choice;
  return BF_OK;
}

/* Whether some format of the node can be something other than NA. */
static bool may_quantise(const bf_toml *formats)
{
  for (size_t i = 0; formats != NULL && i < formats->n_items; i++)
    if (formats->items[i]->kind != BF_TOML_NULL)
      return true;
  return false;
}

static bf_status fail_format(const planner *p, const bf_toml *name)
{
  /* What others call NA. */
  static const char *const nulls[] = {"null", "none", "float"};
  bf_text list = {0};
  size_t n;
  const char *const *names = bf_format_names(&n);
  const char *near = bf_suggest(name->string, names, n);
  for (size_t i = 0; i < n; i++)
    bf_text_printf(&list, "%s%s", i > 0 ? ", " : "", names[i]);
  for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
    near = bf_same_name(name->string, nulls[i]) ? "NA" : near;
  bf_status status = bf_text_status(&list);
  if (status == BF_OK)
    status = bf_job_fail(p->plan->job, name,
                         "unknown number format '%s'%s%s%s there are %s, and NA for none",
                         name->string, near != NULL ? "; did you mean '" : "",
                         near != NULL ? near : "", near != NULL ? "'?" : ";", bf_text_view(&list));
  bf_text_release(&list);
  return status;
}

static bf_status check_formats(const planner *p, const bf_toml *formats)
{
  for (size_t i = 0; i < formats->n_items; i++) {
    const bf_toml *name = formats->items[i];
    if (name->kind == BF_TOML_NULL)
      continue;
    if (name->kind != BF_TOML_STRING)
      return bf_job_fail(p->plan->job, name, "a number format is no string");
    const char *refusal = bf_format_refusal(name->string);
    if (refusal != NULL)
      return bf_job_fail(p->plan->job, name, "number format '%s' is refused: %s", name->string,
                         refusal);
    if (!bf_format_exists(name->string))
      return fail_format(p, name);
  }
  return BF_OK;
}

/* "weight_frac_width" is tensor weight, key "frac_width"; "weight" is tied: key NULL. */
static bool split_key(const char *name, bf_tensor *tensor, const char **key)
{
  for (int t = 0; t < BF_N_TENSORS; t++) {
    size_t n = strlen(tensor_names[t]);
    if (strncmp(name, tensor_names[t], n) != 0 || (name[n] != '_' && name[n] != '\0'))
      continue;
    *tensor = (bf_tensor)t;
    *key = name[n] == '_' ? name + n + 1 : NULL;
    return true;
  }
  return false;
}

/* Whether one of the node's formats has the parameter. */
static bool key_is_known(const bf_toml *formats, const char *key)
{
  for (size_t i = 0; i < formats->n_items; i++)
    if (formats->items[i]->kind == BF_TOML_STRING &&
        bf_format_has_parameter(formats->items[i]->string, key))
      return true;
  return false;
}

/* Appends to @p text what @p key looks like among the tensor's keys of the node's formats, if
 * anything. */
static void suggest_setting(const bf_toml *formats, bf_tensor tensor, const char *key,
                            bf_text *text)
{
  enum { MOST = 64, BYTES = 48 };
  char keys[MOST][BYTES];
  const char *known[MOST];
  size_t n = 0;
  for (size_t f = 0; f < formats->n_items; f++) {
    const char *parameter;
    if (formats->items[f]->kind != BF_TOML_STRING)
      continue;
    for (size_t i = 0; (parameter = bf_format_parameter(formats->items[f]->string, i)) != NULL; i++)
      if (n < MOST) {
        snprintf(keys[n], BYTES, "%s_%s", tensor_names[tensor], parameter);
        known[n] = keys[n];
        n++;
      }
  }
  const char *near = bf_suggest(key, known, n);
  if (near != NULL)
    bf_text_printf(text, "; did you mean '%s'?", near);
}

static const char *suggest_key(const char *key)
{
  static const char *const known[] = {"name",
                                      "channel_multiplier",
                                      "data_in",
                                      "weight",
                                      "bias",
                                      "data_in_width",
                                      "weight_width",
                                      "bias_width",
                                      "data_in_frac_width",
                                      "weight_frac_width",
                                      "bias_frac_width"};
  return bf_suggest(key, known, sizeof known / sizeof *known);
}

/* Tied and single values of one tensor would contradict each other. */
static bf_status check_tie(const planner *p, const node_config *node, const bf_toml *tied,
                           bf_tensor tensor)
{
  for (size_t i = 0; i < node->config->n_items; i++) {
    const bf_toml *other = node->config->items[i];
    bf_tensor of;
    const char *key;
    if (split_key(other->key, &of, &key) && of == tensor && key != NULL)
      return bf_job_fail(p->plan->job, other, "'%s' of node '%s' is set by '%s', too", other->key,
                         node->name, tied->key);
  }
  return BF_OK;
}

static bf_status add_setting(planner *p, const node_config *node, const bf_toml *values,
                             bf_tensor tensor, const char *key)
{
  if (!p->space->quantises || !node->kind->tensors[tensor] || !may_quantise(node->formats))
    return BF_OK; /* it makes no difference here, as in a config shared by several kinds of node */
  if (key != NULL && !key_is_known(node->formats, key)) {
    bf_text hint = {0};
    const bf_toml *format = node->formats->items[0];
    suggest_setting(node->formats, tensor, values->key, &hint);
    bf_status unknown = bf_job_unknown(
        p->plan->job, values, "'%s' is no parameter of number format '%s'%s", values->key,
        format->kind == BF_TOML_STRING ? format->string : "NA", bf_text_view(&hint));
    bf_text_release(&hint);
    return unknown;
  }
  bf_status status = key == NULL ? check_tie(p, node, values, tensor) : BF_OK;
  if (status != BF_OK)
    return status;
  return add_choice(p, node, values,
                    (bf_choice){.slot = key != NULL ? BF_SLOT_SETTING : BF_SLOT_TIED,
                                .tensor = tensor,
                                .key = key});
}

static bf_status add_format(planner *p, const node_config *node, const bf_toml *values)
{
  if (!may_quantise(node->formats))
    return BF_OK;
  if (!node->kind->tensors[BF_TENSOR_DATA_IN])
    return bf_job_fail(p->plan->job, values, "node '%s' cannot be quantised: leave it out or NA",
                       node->name);
  return add_choice(p, node, values, (bf_choice){.slot = BF_SLOT_NAME});
}

static bf_status add_multiplier(planner *p, const node_config *node, const bf_toml *values,
                                bool is_of_inputs)
{
  const bf_plan *plan = p->plan;
  if (!p->space->widens)
    return bf_job_fail(plan->job, values, "space '%s' has no %s; use 'graph/bitfront/joint'",
                       p->space->name, values->key);
  if (!node->kind->widens)
    return BF_OK;
  if (is_of_inputs && values->kind == BF_TOML_ARRAY) {
    p->inputs[node->node] = values;
    return BF_OK;
  }
  for (size_t i = 0; i < plan->n_choices; i++)
    if (plan->choices[i].node == node->node && plan->choices[i].slot == BF_SLOT_MULTIPLIER)
      return bf_job_fail(plan->job, values, "'%s' of node '%s' is set by '%s', too", values->key,
                         node->name, plan->choices[i].values->key);
  return add_choice(p, node, values, (bf_choice){.slot = BF_SLOT_MULTIPLIER});
}

static bf_status add_key(planner *p, const node_config *node, const bf_toml *values)
{
  bf_tensor tensor;
  const char *key;
  bf_node_key meaning = bf_node_key_find(node->config, values->key);
  if (meaning == BF_NODE_KEY_FORMAT)
    return add_format(p, node, values);
  if (meaning == BF_NODE_KEY_OUTPUTS || meaning == BF_NODE_KEY_INPUTS)
    return add_multiplier(p, node, values, meaning == BF_NODE_KEY_INPUTS);
  if (meaning == BF_NODE_KEY_NOTHING)
    return BF_OK;
  if (split_key(values->key, &tensor, &key))
    return add_setting(p, node, values, tensor, key);
  const char *near = suggest_key(values->key);
  return bf_job_unknown(p->plan->job, values, "unknown key '%s' of node '%s'; did you mean '%s'?",
                        values->key, node->name, near != NULL ? near : "name");
}

/* What stands beside a node's config. */
static bf_status check_node_keys(const planner *p, const bf_toml *seed)
{
  bf_status status = BF_OK;
  for (size_t i = 0; status == BF_OK && i < seed->n_items; i++)
    if (strcmp(seed->items[i]->key, "config") != 0 && strcmp(seed->items[i]->key, "kind") != 0)
      status = bf_job_unknown(p->plan->job, seed->items[i],
                              "unknown key '%s'; did you mean 'config'?", seed->items[i]->key);
  return status;
}

static bf_status check_kinds(const planner *p, const node_config *node)
{
  for (size_t i = 0; node->kinds != NULL && i < node->kinds->n_items; i++) {
    const bf_toml *kind = node->kinds->items[i];
    if (bf_toml_get(node->config, kind->key) == NULL)
      return bf_job_fail(p->plan->job, kind, "'%s' has a kind, but no choices in 'config'",
                         kind->key);
  }
  return BF_OK;
}

/* The format comes first, because the others depend on it. */
static bf_status add_keys(planner *p, const node_config *node)
{
  bf_status status = node->formats != NULL ? add_key(p, node, node->formats) : BF_OK;
  for (size_t i = 0; status == BF_OK && i < node->config->n_items; i++)
    if (node->config->items[i] != node->formats)
      status = add_key(p, node, node->config->items[i]);
  return status;
}

/* The choices of "name", unless they are labels (in a space of widths they all are) or the node is
 * bypassed. */
static bf_status find_formats(const planner *p, node_config *node)
{
  const bf_job *job = p->plan->job;
  const bf_toml *names = bf_toml_get(node->config, "name");
  bool is_bypassed = false;
  if (bf_node_bypass(node->config, &is_bypassed) != BF_OK)
    return bf_job_fail(job, bf_toml_get(node->config, "bypass"), "%s", bf_trail());
  if (names == NULL)
    return BF_OK;
  if (names->kind != BF_TOML_ARRAY || names->n_items == 0)
    return bf_job_fail(job, names, "'name' is no array with at least one number format");
  if (is_bypassed || !p->space->quantises || (p->space->widens && bf_node_labels_widths(names)))
    return BF_OK;
  node->formats = names;
  return check_formats(p, names);
}

static bf_status add_node(planner *p, node_config *node, const bf_toml *seed)
{
  const bf_job *job = p->plan->job;
  /* What a trial of the Python tool notes of a node that it left alone. */
  node->config = bf_toml_get(seed, "config");
  if (seed->kind == BF_TOML_NULL || (node->config != NULL && node->config->kind == BF_TOML_NULL))
    return BF_OK;
  bf_status status = check_node_keys(p, seed);
  if (status != BF_OK)
    return status;
  node->kinds = bf_toml_get(seed, "kind");
  if (node->config == NULL || node->config->kind != BF_TOML_TABLE)
    return bf_job_fail(job, seed, "'%s' has no table 'config'", seed->key);
  if (node->kinds != NULL && node->kinds->kind != BF_TOML_TABLE)
    return bf_job_fail(job, node->kinds, "'kind' is no table such as {weight_width = \"choice\"}");
  status = find_formats(p, node);
  if (status == BF_OK)
    status = check_kinds(p, node);
  return status == BF_OK ? add_keys(p, node) : status;
}

/* The table that rules a node: its own or its type's, else the default, which the input and layers
 * that are never quantised (BatchNorm) have not. */
static const bf_toml *seed_of(const planner *p, const bf_layer *layer)
{
  bool may_differ = node_kinds[layer->kind].tensors[BF_TENSOR_DATA_IN];
  /* A pattern such as "seq_blocks_.*" means those that can be quantised. */
  if (p->by == BF_SEED_BY_REGEX && !may_differ)
    return NULL;
  const bf_toml *seed = bf_seed_find(p->seeds, p->by, layer);
  return seed != NULL || !may_differ ? seed : bf_toml_get(p->seeds, "default");
}

static bf_status add_nodes(planner *p)
{
  const bf_model *model = &p->plan->model;
  const bf_toml *input = bf_toml_get(p->seeds, "x");
  bf_status status = BF_OK;
  if (input != NULL) {
    node_config node = {.node = BF_NODE_INPUT, .name = "x", .kind = &node_kinds[BF_N_LAYER_KINDS]};
    status = add_node(p, &node, input);
  }
  for (size_t i = 0; status == BF_OK && i < model->n_layers; i++) {
    const bf_layer *layer = &model->layers[i];
    const bf_toml *seed = seed_of(p, layer);
    node_config node = {.node = i, .name = layer->node, .kind = &node_kinds[layer->kind]};
    if (seed != NULL)
      status = add_node(p, &node, seed);
  }
  return status;
}

static bf_status check_inputs(const planner *p)
{
  bf_status status = BF_OK;
  for (size_t i = 0; status == BF_OK && i < p->plan->model.n_layers; i++)
    if (p->inputs[i] != NULL)
      status = bf_plan_check_inputs(p->plan, i, p->inputs[i]);
  return status;
}

static bf_status make_space(planner *p)
{
  bf_plan *plan = p->plan;
  const bf_job *job = plan->job;
  bf_status status = BF_OK;
  BF_TRY(find_space(job, &p->space));
  BF_CHECK(job->by != NULL, BF_ERR_USAGE,
           "%s: search.search_space.setup.by is missing, expected \"name\" or \"type\"",
           job->source);
  if (strcmp(job->by, "name") != 0 && strcmp(job->by, "type") != 0)
    return bf_job_fail(job, bf_toml_at(job->tree, "search.search_space.setup.by"),
                       "search.search_space.setup.by is '%s', expected \"name\" or \"type\"",
                       job->by);
  bf_seed_by_find(job->by, &p->by);
  p->seeds = job->seeds;
  BF_CHECK(job->seeds != NULL && job->seeds->kind == BF_TOML_TABLE, BF_ERR_USAGE,
           "%s: the search space has no table search.search_space.seed", job->source);
  BF_TRY(bf_seeds_check(job, &plan->model, p->seeds, p->by));
  BF_TRY(add_nodes(p));
  BF_TRY(check_inputs(p));
  BF_CHECK(plan->n_choices > 0, BF_ERR_USAGE,
           "%s: nothing to search: no node of model '%s' has choices (by = \"%s\")", job->source,
           plan->model.name, job->by);
  BF_TRY(bf_plan_find_parameters(plan));
done:
  return status;
}

bf_status bf_plan_of_seeds(const bf_job *job, const bf_model *model, const bf_toml *seeds,
                           bf_seed_by by, bf_plan **out)
{
  bf_status status = BF_OK;
  bf_plan *plan = bf_alloc(1, sizeof *plan);
  planner p = {.plan = plan, .space = &space_kinds[0], .seeds = seeds, .by = by};
  BF_CHECK_MEMORY(plan);
  plan->job = job;
  plan->model = *model;
  BF_TRY(bf_seeds_check(job, model, seeds, by));
  BF_TRY(add_nodes(&p));
  *out = plan;
  plan = NULL;
done:
  bf_plan_free(plan);
  return status;
}

/* Beside every format of its node under which it makes a difference, and beside the first. */
static bf_status try_value(const bf_plan *plan, size_t i, uint32_t v, uint32_t *indexes,
                           bf_model *model)
{
  size_t parent = plan->parameters[i].parent;
  size_t n_formats = parent != i ? plan->choices[parent].values->n_items : 1;
  bf_status status = BF_OK;
  for (size_t f = 0; status == BF_OK && f < n_formats; f++) {
    indexes[parent] = (uint32_t)f;
    indexes[i] = v;
    if (f == 0 || bf_plan_matters(plan, indexes, i))
      status = bf_plan_configure(plan, indexes, model);
  }
  indexes[parent] = 0;
  indexes[i] = 0;
  return status;
}

/* Where the first choices do not fit: what fits with another value of one choice, and not with its
 * first, has that to blame. If there is none, the message names it, but no line. */
static bf_status fail_first(const bf_plan *plan, uint32_t *indexes, bf_model *model)
{
  const bf_toml *blamed = NULL;
  for (size_t i = 0; blamed == NULL && i < plan->n_choices; i++) {
    const bf_toml *values = plan->choices[i].values;
    for (size_t v = 1; blamed == NULL && v < values->n_items; v++) {
      indexes[i] = (uint32_t)v;
      if (bf_plan_configure(plan, indexes, model) == BF_OK)
        blamed = values->items[0];
    }
    indexes[i] = 0;
  }
  (void)bf_plan_configure(plan, indexes, model);
  return blamed != NULL ? bf_job_fail(plan->job, blamed, "%s", bf_trail())
                        : bf_because(BF_ERR_USAGE, "%s", plan->job->source);
}

/* Tries every value once beside the first choices of the others but its format, so that no bad
 * number waits for its trial. */
static bf_status try_choices(const bf_plan *plan)
{
  bf_status status = BF_OK;
  bf_model *model = bf_alloc(1, sizeof *model);
  uint32_t *indexes = bf_alloc(plan->n_choices, sizeof *indexes);
  BF_CHECK_MEMORY(model);
  BF_CHECK_MEMORY(indexes);
  for (size_t i = 0; i < plan->n_choices; i++) {
    const bf_toml *values = plan->choices[i].values;
    for (size_t v = 0; v < values->n_items; v++)
      if (try_value(plan, i, (uint32_t)v, indexes, model) != BF_OK) {
        status = i + v == 0 ? fail_first(plan, indexes, model)
                            : bf_job_fail(plan->job, values->items[v], "%s", bf_trail());
        goto done;
      }
  }
done:
  free(model);
  free(indexes);
  return status;
}

/* The rule is applied when the search is over; a bad one should not wait until then. */
static bf_status check_selection(const bf_job *job)
{
  bf_rule rule;
  if (job->select_by == NULL || bf_rule_parse(job->select_by, &rule) == BF_OK)
    return BF_OK;
  return bf_job_fail(job, bf_toml_at(job->tree, "select.by"), "%s", bf_trail());
}

bf_status bf_plan_create(const bf_job *job, const bf_manifest *manifest, bf_plan **out)
{
  bf_status status = BF_OK;
  bf_plan *plan = bf_alloc(1, sizeof *plan);
  planner p = {.plan = plan, .space = &space_kinds[0]};
  BF_CHECK_MEMORY(plan);
  plan->job = job;
  plan->manifest = manifest;
  BF_TRY(bf_job_model(job, manifest->n_features, manifest->n_classes, &plan->model));
  BF_TRY(make_space(&p));
  BF_TRY(try_choices(plan));
  BF_TRY(bf_plan_find_objectives(plan));
  BF_TRY(bf_plan_find_constraints(plan));
  BF_TRY(bf_plan_check_runners(plan));
  BF_TRY(bf_plan_find_sampler(plan));
  BF_TRY(bf_report_check(plan));
  BF_TRY(check_selection(job));
  *out = plan;
  plan = NULL;
done:
  bf_plan_free(plan);
  return status;
}

void bf_plan_free(bf_plan *plan)
{
  if (plan == NULL)
    return;
  for (size_t i = 0; i < plan->n_choices; i++) {
    free(plan->choices[i].path);
    free(plan->choices[i].matters);
  }
  free(plan->choices);
  free(plan->parameters);
  free(plan);
}
