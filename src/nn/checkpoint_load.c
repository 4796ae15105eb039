/* Loading checkpoints, trusting nothing in them.
 * Room: nn. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "data/h5.h"
#include "nn/checkpoint.h"
#include "nn/checkpoint_layout.h"

static bf_status load_width(const bf_h5 *file, const char *group, const char *name, size_t *width)
{
  int64_t value;
  bf_status status;
  BF_TRY(bf_h5_get_i64(file, group, name, &value));
  BF_CHECK(value >= 1 && value <= BF_MAX_WIDTH, BF_ERR_DATA, "'%s' of '%s' is %lld, expected 1..%d",
           name, group, (long long)value, (int)BF_MAX_WIDTH);
  *width = (size_t)value;
done:
  return status;
}

static bf_status load_block(const bf_h5 *file, const char *group, const char *name,
                            bf_setting *setting)
{
  bf_status status = BF_OK;
  size_t n = 0;
  int64_t *entries = NULL;
  BF_TRY(bf_h5_get_i64s(file, group, name, &n, &entries));
  BF_TRY(bf_setting_block(setting, n, entries));
done:
  free(entries);
  return status;
}

/* What a format needs, by the names its parameters have in the file. */
static bf_status load_parameters(const bf_h5 *file, const char *group, const char *tensor,
                                 const char *format, bf_setting *settings)
{
  bf_status status = BF_OK;
  const char *key;
  for (size_t i = 0; (key = bf_format_parameter(format, i)) != NULL; i++) {
    char name[BF_CHECKPOINT_PATH_BYTES];
    bf_value_kind kind = bf_format_parameter_kind(format, i);
    settings[i] = (bf_setting){.key = key, .kind = kind, .is_null = kind == BF_VALUE_UNUSED};
    snprintf(name, sizeof name, "%s_%s", tensor, key);
    if (kind == BF_VALUE_BLOCK)
      BF_TRY(load_block(file, group, name, &settings[i]));
    else if (kind != BF_VALUE_UNUSED)
      BF_TRY(bf_h5_get_i64(file, group, name, &settings[i].value));
  }
done:
  return status;
}

static bf_status load_format(const bf_h5 *file, const char *group, const char *tensor,
                             bool is_unsigned, bf_quantizer *quantizer)
{
  bf_status status = BF_OK;
  bf_setting settings[BF_MAX_FORMAT_PARAMETERS];
  char name[BF_CHECKPOINT_PATH_BYTES];
  char *format = NULL;
  snprintf(name, sizeof name, "%s_name", tensor);
  if (!bf_h5_has_attribute(file, group, name))
    return BF_OK;
  BF_TRY(bf_h5_get_text(file, group, name, &format));
  BF_TRY(load_parameters(file, group, tensor, format, settings));
  size_t n = 0;
  while (bf_format_parameter(format, n) != NULL)
    n++;
  BF_TRY(bf_quantizer_init(quantizer, format, n, settings, is_unsigned));
done:
  free(format);
  return status;
}

/* A node's name becomes part of a path. */
static bool is_node_name(const char *name)
{
  size_t length = strlen(name);
  if (length == 0 || length >= BF_NODE_BYTES || strcmp(name, "x") == 0)
    return false;
  for (size_t i = 0; i < length; i++)
    if (!isalnum((unsigned char)name[i]) && name[i] != '_')
      return false;
  return true;
}

static bf_status load_kind(const bf_h5 *file, const char *group, bf_layer *layer)
{
  bf_status status;
  char *kind = NULL;
  size_t n_drops = 0;
  double *drop = NULL;
  BF_TRY(bf_h5_get_text(file, group, "kind", &kind));
  BF_TRY(bf_layer_kind_find(kind, &layer->kind));
  if (layer->kind == BF_LAYER_DROPOUT) {
    BF_TRY(bf_h5_get_doubles(file, group, "drop", &n_drops, &drop));
    BF_CHECK(n_drops == 1 && drop[0] >= 0.0 && drop[0] < 1.0, BF_ERR_DATA,
             "'drop' of '%s' is no chance", group);
    layer->drop = drop[0];
  }
done:
  free(kind);
  free(drop);
  return status;
}

static bf_status load_layer(const bf_h5 *file, const char *node, bf_layer *layer)
{
  bf_status status = BF_OK;
  char group[BF_CHECKPOINT_PATH_BYTES];
  char bias[BF_CHECKPOINT_PATH_BYTES];
  bf_checkpoint_tensor tensors[BF_LAYER_TENSORS];
  BF_CHECK(is_node_name(node), BF_ERR_DATA, "'nodes' has a name that is none");
  snprintf(layer->node, sizeof layer->node, "%s", node);
  snprintf(group, sizeof group, "/%s", layer->node);
  snprintf(bias, sizeof bias, "/%s/bias", layer->node);
  BF_TRY(load_kind(file, group, layer));
  BF_TRY(load_width(file, group, "n_in", &layer->n_in));
  BF_TRY(load_width(file, group, "n_out", &layer->n_out));
  layer->has_bias = layer->kind == BF_LAYER_LINEAR && bf_h5_has(file, bias);
  bf_checkpoint_tensors(layer, tensors);
  for (size_t t = 0; t < BF_LAYER_TENSORS; t++)
    BF_TRY(load_format(file, group, tensors[t].name, layer->kind == BF_LAYER_RELU,
                       tensors[t].quantizer));
done:
  return status;
}

static bf_status load_name(const bf_h5 *file, bf_model *model)
{
  bf_status status;
  char *name = NULL;
  BF_TRY(bf_h5_get_text(file, "/", "model", &name));
  BF_CHECK(strlen(name) < sizeof model->name, BF_ERR_DATA, "the model's name is too long");
  snprintf(model->name, sizeof model->name, "%s", name);
done:
  free(name);
  return status;
}

static bf_status load_layers(const bf_h5 *file, bf_model *model)
{
  bf_status status;
  size_t n = 0;
  char **nodes = NULL;
  BF_TRY(bf_h5_get_texts(file, "/", "nodes", &n, &nodes));
  BF_CHECK(n >= 1 && n <= BF_MAX_LAYERS, BF_ERR_DATA, "it has %zu layers, expected 1..%d", n,
           (int)BF_MAX_LAYERS);
  for (size_t i = 0; i < n; i++) {
    BF_CHECK(bf_model_layer(model, nodes[i]) == NULL, BF_ERR_DATA, "two layers are called '%s'",
             nodes[i]);
    BF_TRY(load_layer(file, nodes[i], &model->layers[i]));
    model->n_layers++;
  }
done:
  bf_h5_free_texts(n, nodes);
  return status;
}

/* Widths follow each other from the features to at least the classes. */
static bf_status check_widths(const bf_model *model)
{
  bf_status status = BF_OK;
  size_t width = model->n_features;
  for (size_t i = 0; i < model->n_layers; i++) {
    const bf_layer *layer = &model->layers[i];
    BF_CHECK(layer->n_in == width, BF_ERR_DATA, "layer '%s' takes %zu values, but gets %zu",
             layer->node, layer->n_in, width);
    BF_CHECK(layer->kind == BF_LAYER_LINEAR || layer->n_out == width, BF_ERR_DATA,
             "layer '%s' changes the width", layer->node);
    width = layer->n_out;
  }
  BF_CHECK(width >= model->n_classes, BF_ERR_DATA, "it has %zu outputs for %zu classes", width,
           model->n_classes);
done:
  return status;
}

static bf_status load_model(const bf_h5 *file, bf_model *model)
{
  bf_status status;
  int64_t format;
  BF_CHECK(!bf_h5_has_attribute(file, "/", "scaler_mean"), BF_ERR_DATA,
           "it is a file of a data set, not a checkpoint");
  BF_TRY(bf_h5_get_i64(file, "/", "format", &format));
  BF_CHECK(format == BF_CHECKPOINT_FORMAT, BF_ERR_DATA, "its format is %lld, this program reads %d",
           (long long)format, (int)BF_CHECKPOINT_FORMAT);
  BF_TRY(load_name(file, model));
  BF_TRY(load_width(file, "/", "n_features", &model->n_features));
  BF_TRY(load_width(file, "/", "n_classes", &model->n_classes));
  BF_TRY(load_format(file, BF_CHECKPOINT_INPUT, "data_in", false, &model->input));
  BF_TRY(load_layers(file, model));
  BF_TRY(check_widths(model));
done:
  return status;
}

/* Values are stored plainly, so a file cannot hold more of them than it has bytes for: HDF5 itself
 * accepts any shape, and we take memory by shapes. */
static bf_status check_size(const char *path, const bf_model *model)
{
  struct stat info;
  size_t n_values = bf_model_n_values(model);
  if (stat(path, &info) != 0 || (uint64_t)info.st_size / sizeof(float) < n_values)
    return bf_fail(BF_ERR_DATA, "it is too short for a net of %zu values", n_values);
  return BF_OK;
}

static bf_status load_array(const bf_h5 *file, const char *node, const bf_checkpoint_array *array,
                            float lowest, float *values)
{
  bf_status status;
  char path[BF_CHECKPOINT_PATH_BYTES];
  size_t n = array->n_rows * (array->n_columns > 0 ? array->n_columns : 1);
  snprintf(path, sizeof path, "/%s/%s", node, array->name);
  BF_TRY(bf_h5_read_floats(file, path, array->n_rows, array->n_columns, values));
  for (size_t i = 0; i < n; i++)
    BF_CHECK(isfinite(values[i]) && values[i] >= lowest, BF_ERR_DATA,
             "dataset '%s' holds %g at place %zu", path, (double)values[i], i);
done:
  return status;
}

static bf_status load_arrays(const bf_h5 *file, bf_net *net)
{
  bf_status status = BF_OK;
  /* Nothing but a variance has to be positive. */
  const float lowest[BF_LAYER_ARRAYS] = {-INFINITY, -INFINITY, -INFINITY, 0.0F};
  for (size_t i = 0; i < net->model.n_layers; i++) {
    const bf_layer_values *values = &net->layers[i];
    float *const numbers[BF_LAYER_ARRAYS] = {values->weight, values->bias, values->mean,
                                             values->variance};
    bf_checkpoint_array arrays[BF_LAYER_ARRAYS];
    bf_checkpoint_arrays(&net->model.layers[i], arrays);
    for (size_t a = 0; a < BF_LAYER_ARRAYS; a++)
      if (numbers[a] != NULL)
        BF_TRY(load_array(file, net->model.layers[i].node, &arrays[a], lowest[a], numbers[a]));
  }
done:
  return status;
}

/* Formats and layer types of the file are refused in the words meant for job files. */
static bf_status explain(bf_status status, const char *path)
{
  if (status == BF_OK)
    return BF_OK;
  return bf_because(status == BF_ERR_USAGE ? BF_ERR_DATA : status, "cannot load checkpoint '%s'",
                    path);
}

static bool is_empty(const char *path)
{
  struct stat info;
  return stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0;
}

/* Opens the file, which must be as bf_checkpoint_save left it. */
static bf_status open_sealed(const char *path, bf_h5 **out)
{
  bf_status status;
  bf_h5 *file = NULL;
  BF_CHECK(!is_empty(path), BF_ERR_DATA, "it is empty");
  BF_TRY(bf_h5_open(path, &file));
  BF_CHECK(bf_h5_is_sealed(file), BF_ERR_DATA,
           "it has no seal: it is incomplete, another program has changed it, or it never was a "
           "checkpoint of bitfront");
  *out = file;
  file = NULL;
done:
  bf_h5_close(file);
  return status;
}

static bf_status load_net(const char *path, const bf_h5 *file, bf_net **out)
{
  bf_status status;
  bf_net *net = NULL;
  bf_model model = {.n_layers = 0};
  BF_TRY(load_model(file, &model));
  BF_TRY(check_size(path, &model));
  BF_TRY(bf_net_create(&model, &net));
  BF_TRY(load_arrays(file, net));
  *out = net;
  net = NULL;
done:
  bf_net_free(net);
  return status;
}

bf_status bf_checkpoint_load(const char *path, bf_net **out)
{
  bf_status status;
  bf_h5 *file = NULL;
  BF_TRY(open_sealed(path, &file));
  BF_TRY(load_net(path, file, out));
done:
  bf_h5_close(file);
  return explain(status, path);
}

static bf_status load_hash(const bf_h5 *file, uint64_t *hash)
{
  bf_status status;
  char *digits = NULL;
  char *end;
  BF_TRY(bf_h5_get_text(file, "/", "data_hash", &digits));
  uint64_t value = strtoull(digits, &end, 16);
  BF_CHECK(strlen(digits) == 16 && isxdigit((unsigned char)digits[0]) && *end == '\0', BF_ERR_DATA,
           "'data_hash' is no hash of 16 digits");
  *hash = value;
done:
  free(digits);
  return status;
}

/* Older checkpoints, and nets that other programs trained, do not say them. */
static bf_status load_classes(const bf_h5 *file, bf_checkpoint *checkpoint)
{
  bf_status status;
  bf_origin *origin = &checkpoint->origin;
  size_t n_classes = checkpoint->net->model.n_classes;
  if (!bf_h5_has_attribute(file, "/", "classes"))
    return BF_OK;
  BF_TRY(bf_h5_get_texts(file, "/", "classes", &origin->n_classes, &checkpoint->classes));
  origin->classes = checkpoint->classes;
  BF_CHECK(origin->n_classes == n_classes, BF_ERR_DATA, "'classes' has %zu names for %zu classes",
           origin->n_classes, n_classes);
done:
  return status;
}

static bf_status load_origin(const bf_h5 *file, bf_checkpoint *checkpoint)
{
  bf_status status;
  int64_t seed;
  bf_origin *origin = &checkpoint->origin;
  BF_TRY(bf_h5_get_text(file, "/", "data_kind", &checkpoint->data_kind));
  BF_TRY(load_hash(file, &origin->data_hash));
  BF_TRY(bf_h5_get_i64(file, "/", "seed", &seed));
  BF_TRY(bf_h5_get_i64(file, "/", "trial", &origin->trial));
  if (bf_h5_has_attribute(file, "/", "source"))
    BF_TRY(bf_h5_get_text(file, "/", "source", &checkpoint->source));
  BF_TRY(load_classes(file, checkpoint));
  origin->seed = (uint64_t)seed;
  origin->data_kind = checkpoint->data_kind;
  origin->source = checkpoint->source;
done:
  return status;
}

bf_status bf_checkpoint_read(const char *path, bf_checkpoint **out)
{
  bf_status status;
  bf_h5 *file = NULL;
  bf_checkpoint *checkpoint = bf_alloc(1, sizeof *checkpoint);
  BF_CHECK_MEMORY(checkpoint);
  BF_TRY(open_sealed(path, &file));
  BF_TRY(load_net(path, file, &checkpoint->net));
  BF_TRY(load_origin(file, checkpoint));
  *out = checkpoint;
  checkpoint = NULL;
done:
  bf_h5_close(file);
  bf_checkpoint_free(checkpoint);
  return explain(status, path);
}

void bf_checkpoint_free(bf_checkpoint *checkpoint)
{
  if (checkpoint == NULL)
    return;
  bf_net_free(checkpoint->net);
  free(checkpoint->data_kind);
  free(checkpoint->source);
  bf_h5_free_texts(checkpoint->origin.n_classes, checkpoint->classes);
  free(checkpoint);
}
