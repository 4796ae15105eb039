/* Saving checkpoints, and what saving and loading must agree on.
 * Room: nn. */
#include "nn/checkpoint.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "data/h5.h"
#include "nn/checkpoint_layout.h"

void bf_checkpoint_arrays(const bf_layer *layer, bf_checkpoint_array arrays[BF_LAYER_ARRAYS])
{
  bf_layer_shape shape = bf_layer_shape_of(layer);
  bool is_matrix = layer->kind == BF_LAYER_LINEAR;
  arrays[0] = (bf_checkpoint_array){"weight", is_matrix ? layer->n_out : shape.n_weight,
                                    is_matrix ? layer->n_in : 0};
  arrays[1] = (bf_checkpoint_array){"bias", shape.n_bias, 0};
  arrays[2] = (bf_checkpoint_array){"running_mean", shape.n_statistics, 0};
  arrays[3] = (bf_checkpoint_array){"running_var", shape.n_statistics, 0};
}

void bf_checkpoint_tensors(bf_layer *layer, bf_checkpoint_tensor tensors[BF_LAYER_TENSORS])
{
  tensors[0] = (bf_checkpoint_tensor){"data_in", &layer->data_in};
  tensors[1] = (bf_checkpoint_tensor){"weight", &layer->weight};
  tensors[2] = (bf_checkpoint_tensor){"bias", &layer->bias};
}

/* Flags are 0 or 1; of a block, -1 is a whole dimension, as in job files. */
static bf_status save_parameter(bf_h5 *file, const char *group, const char *name,
                                const bf_setting *setting)
{
  const bf_block *block = &setting->block;
  const int64_t entries[] = {block->n_rows > 0 ? block->n_rows : -1,
                             block->n_columns > 0 ? block->n_columns : -1};
  if (setting->is_null)
    return BF_OK;
  return setting->kind == BF_VALUE_BLOCK ? bf_h5_set_i64s(file, group, name, 2, entries)
                                         : bf_h5_set_i64(file, group, name, setting->value);
}

/* Nothing is written for what is not quantised. */
static bf_status save_format(bf_h5 *file, const char *group, const char *tensor,
                             const bf_quantizer *quantizer)
{
  bf_status status = BF_OK;
  char name[BF_CHECKPOINT_PATH_BYTES];
  if (quantizer->format == NULL)
    return BF_OK;
  snprintf(name, sizeof name, "%s_name", tensor);
  BF_TRY(bf_h5_set_text(file, group, name, bf_quantizer_name(quantizer)));
  for (size_t i = 0; i < bf_quantizer_n_parameters(quantizer); i++) {
    bf_setting setting = bf_quantizer_parameter(quantizer, i);
    snprintf(name, sizeof name, "%s_%s", tensor, setting.key);
    BF_TRY(save_parameter(file, group, name, &setting));
  }
done:
  return status;
}

static bf_status save_arrays(bf_h5 *file, const bf_layer *layer, const bf_layer_values *values)
{
  bf_status status = BF_OK;
  const float *const numbers[BF_LAYER_ARRAYS] = {values->weight, values->bias, values->mean,
                                                 values->variance};
  bf_checkpoint_array arrays[BF_LAYER_ARRAYS];
  bf_checkpoint_arrays(layer, arrays);
  for (size_t a = 0; a < BF_LAYER_ARRAYS; a++) {
    char path[BF_CHECKPOINT_PATH_BYTES];
    if (arrays[a].n_rows == 0)
      continue;
    snprintf(path, sizeof path, "/%s/%s", layer->node, arrays[a].name);
    BF_TRY(bf_h5_write_floats(file, path, arrays[a].n_rows, arrays[a].n_columns, numbers[a]));
  }
done:
  return status;
}

static bf_status save_layer(bf_h5 *file, const bf_layer *layer, const bf_layer_values *values)
{
  bf_status status;
  char group[BF_CHECKPOINT_PATH_BYTES];
  bf_layer copy = *layer;
  bf_checkpoint_tensor tensors[BF_LAYER_TENSORS];
  bf_checkpoint_tensors(&copy, tensors);
  snprintf(group, sizeof group, "/%s", layer->node);
  BF_TRY(bf_h5_make_group(file, group));
  BF_TRY(bf_h5_set_text(file, group, "kind", bf_layer_kind_name(layer->kind)));
  BF_TRY(bf_h5_set_i64(file, group, "n_in", (int64_t)layer->n_in));
  BF_TRY(bf_h5_set_i64(file, group, "n_out", (int64_t)layer->n_out));
  if (layer->kind == BF_LAYER_DROPOUT)
    BF_TRY(bf_h5_set_doubles(file, group, "drop", 1, &layer->drop));
  for (size_t t = 0; t < BF_LAYER_TENSORS; t++)
    BF_TRY(save_format(file, group, tensors[t].name, tensors[t].quantizer));
  BF_TRY(save_arrays(file, layer, values));
done:
  return status;
}

static bf_status save_origin(bf_h5 *file, const bf_origin *origin)
{
  bf_status status;
  char digits[17];
  snprintf(digits, sizeof digits, "%016" PRIx64, origin->data_hash);
  BF_TRY(bf_h5_set_text(file, "/", "data_kind", origin->data_kind));
  BF_TRY(bf_h5_set_text(file, "/", "data_hash", digits));
  BF_TRY(bf_h5_set_i64(file, "/", "seed", (int64_t)origin->seed));
  BF_TRY(bf_h5_set_i64(file, "/", "trial", origin->trial));
  if (origin->source != NULL)
    BF_TRY(bf_h5_set_text(file, "/", "source", origin->source));
  if (origin->classes != NULL)
    BF_TRY(bf_h5_set_texts(file, "/", "classes", origin->n_classes,
                           (const char *const *)origin->classes));
done:
  return status;
}

static bf_status save_net(bf_h5 *file, const bf_net *net)
{
  bf_status status;
  const bf_model *model = &net->model;
  const char *nodes[BF_MAX_LAYERS];
  for (size_t i = 0; i < model->n_layers; i++)
    nodes[i] = model->layers[i].node;
  BF_TRY(bf_h5_set_i64(file, "/", "format", BF_CHECKPOINT_FORMAT));
  BF_TRY(bf_h5_set_text(file, "/", "model", model->name));
  BF_TRY(bf_h5_set_i64(file, "/", "n_features", (int64_t)model->n_features));
  BF_TRY(bf_h5_set_i64(file, "/", "n_classes", (int64_t)model->n_classes));
  BF_TRY(bf_h5_set_texts(file, "/", "nodes", model->n_layers, nodes));
  BF_TRY(bf_h5_make_group(file, BF_CHECKPOINT_INPUT));
  BF_TRY(save_format(file, BF_CHECKPOINT_INPUT, "data_in", &model->input));
  for (size_t i = 0; i < model->n_layers; i++)
    BF_TRY(save_layer(file, &model->layers[i], &net->layers[i]));
done:
  return status;
}

static bf_status save_file(const char *path, const bf_net *net, const bf_origin *origin)
{
  bf_h5 *file = NULL;
  bf_status status = bf_h5_create(path, &file);
  if (status != BF_OK)
    return status;
  status = save_net(file, net);
  if (status == BF_OK)
    status = save_origin(file, origin);
  bf_status closed = bf_h5_close(file);
  return status != BF_OK ? status : closed;
}

bf_status bf_checkpoint_save(const char *path, const bf_net *net, const bf_origin *origin)
{
  bf_status status;
  bf_text temporary = {0};
  bf_text_printf(&temporary, "%s.tmp.%ld", path, (long)getpid());
  BF_TRY(bf_text_status(&temporary));
  BF_TRY(save_file(temporary.data, net, origin));
  BF_TRY(bf_file_publish(temporary.data, path));
done:
  if (status != BF_OK && temporary.data != NULL)
    unlink(temporary.data);
  bf_text_release(&temporary);
  return status != BF_OK ? bf_because(status, "cannot save checkpoint '%s'", path) : BF_OK;
}
