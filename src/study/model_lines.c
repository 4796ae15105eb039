/* The net of a job: a name of the zoo, or a list of layers.
 * Room: study. */
#include "base/suggest.h"
#include "study/job.h"

static const char *const line_keys[] = {"type", "out", "bias", "p"};
enum { N_LINE_KEYS = sizeof line_keys / sizeof *line_keys };

static bf_status check_keys(const bf_job *job, const bf_toml *line)
{
  for (size_t i = 0; i < line->n_items; i++) {
    const char *key = line->items[i]->key;
    size_t k = 0;
    while (k < N_LINE_KEYS && strcmp(key, line_keys[k]) != 0)
      k++;
    if (k == N_LINE_KEYS) {
      const char *near = bf_suggest(key, line_keys, N_LINE_KEYS);
      bf_status status = bf_job_unknown(
          job, line->items[i], "unknown key '%s' in a layer; there are type, out, bias, p%s%s", key,
          near != NULL ? "; did you mean " : "", near != NULL ? near : "");
      if (status != BF_OK)
        return status;
    }
  }
  return BF_OK;
}

static bf_status read_line(const bf_job *job, const bf_toml *node, bf_layer_line *line)
{
  if (node->kind != BF_TOML_TABLE)
    return bf_job_fail(job, node, "a layer is a table such as {type = \"linear\", out = 32}");
  bf_status status = check_keys(job, node);
  if (status != BF_OK)
    return status;
  const bf_toml *type = bf_toml_get(node, "type");
  const bf_toml *out = bf_toml_get(node, "out");
  const bf_toml *bias = bf_toml_get(node, "bias");
  const bf_toml *drop = bf_toml_get(node, "p");
  *line = (bf_layer_line){0};
  if (type == NULL || type->kind != BF_TOML_STRING)
    return bf_job_fail(job, node, "a layer lacks its type");
  if (bf_layer_kind_find(type->string, &line->kind) != BF_OK)
    return bf_job_fail(job, type, "%s", bf_trail());
  if ((line->kind == BF_LAYER_LINEAR) != (out != NULL))
    return bf_job_fail(job, node, "'out' is %s for a layer of type '%s'",
                       out != NULL ? "not meant" : "missing", type->string);
  if (out != NULL) {
    if (out->kind != BF_TOML_INTEGER || out->integer < 1 || out->integer > BF_MAX_WIDTH)
      return bf_job_fail(job, out, "'out' is no number in 1..%d", BF_MAX_WIDTH);
    line->out = (size_t)out->integer;
  }
  if (bias != NULL && bias->kind != BF_TOML_BOOLEAN)
    return bf_job_fail(job, bias, "'bias' is neither true nor false");
  line->no_bias = bias != NULL && !bias->boolean;
  if (drop != NULL && drop->kind != BF_TOML_FLOAT && drop->kind != BF_TOML_INTEGER)
    return bf_job_fail(job, drop, "'p' is no number");
  line->drop = drop != NULL ? drop->number : line->kind == BF_LAYER_DROPOUT ? 0.5 : 0.0;
  return BF_OK;
}

static bf_status model_from_list(const bf_job *job, size_t n_features, size_t n_classes,
                                 bf_model *out)
{
  bf_layer_line lines[BF_MAX_LAYERS];
  const bf_toml *list = job->layers;
  if (list->kind != BF_TOML_ARRAY || list->n_items == 0 || list->n_items > BF_MAX_LAYERS)
    return bf_job_fail(job, list, "'layers' is no array of 1..%d layers", BF_MAX_LAYERS);
  for (size_t i = 0; i < list->n_items; i++) {
    bf_status status = read_line(job, list->items[i], &lines[i]);
    if (status != BF_OK)
      return status;
  }
  if (bf_model_from_layers(list->n_items, lines, n_features, n_classes, out) != BF_OK)
    return bf_job_fail(job, list, "%s", bf_trail());
  return BF_OK;
}

bf_status bf_job_model(const bf_job *job, size_t n_features, size_t n_classes, bf_model *out)
{
  if (job->layers != NULL)
    return model_from_list(job, n_features, n_classes, out);
  if (job->model == NULL)
    return bf_fail(BF_ERR_USAGE, "%s: no model: give model = \"jsc-tiny\", or [model] with layers",
                   job->source);
  if (bf_model_zoo(job->model, n_features, n_classes, out) != BF_OK)
    return bf_job_fail(job, bf_toml_get(job->tree, "model"), "%s", bf_trail());
  return BF_OK;
}
