/* What a checkpoint says about itself, as text for people and as JSON.
 * Room: cli. */
#include "cli/checkpoint_view.h"

#include <inttypes.h>

#include "base/table.h"
#include "cli/format_view.h"
#include "nn/state_net.h"

enum { NAME_BYTES = 200, HASH_BYTES = 17 };

static const char *kind_of(const bf_checkpoint_view *view)
{
  return view->ours != NULL ? "bitfront checkpoint" : view->state->kind;
}

/* Starts a line of the width that the longest label needs. */
static void put_label(const bf_checkpoint_view *view, const char *label, bf_text *text)
{
  size_t width = 4;
  for (size_t i = 0; i < view->state->n_notes; i++) {
    size_t n = strlen(view->state->notes[i].name);
    width = n > width ? n : width;
  }
  bf_text_printf(text, "%-*s  ", (int)width, label);
}

static void put_line(const bf_checkpoint_view *view, const char *label, const char *value,
                     bf_text *text)
{
  put_label(view, label, text);
  bf_text_printable(text, value, NAME_BYTES);
  bf_text_append(text, "\n");
}

static void print_hash(uint64_t hash, char digits[HASH_BYTES])
{
  snprintf(digits, HASH_BYTES, "%016" PRIx64, hash);
}

static void append_shape(const bf_state_tensor *tensor, bf_text *text)
{
  for (size_t i = 0; i < tensor->n_dims; i++)
    bf_text_printf(text, "%s%zu", i > 0 ? " x " : "", tensor->shape[i]);
  if (tensor->n_dims == 0)
    bf_text_append(text, "one number");
}

/* Adds the text as a cell, and empties it. */
static void add_cell(bf_table *table, bf_text *scratch)
{
  bf_table_cell(table, "%s", bf_text_view(scratch));
  table->short_of_memory |= scratch->short_of_memory != 0;
  bf_text_reset(scratch);
}

static bf_status print_tensors(const bf_state *state, bf_text *text)
{
  bf_table table = {.n_columns = 3};
  bf_text scratch = {0};
  bf_table_cell(&table, "tensor");
  bf_table_cell(&table, "type");
  bf_table_cell(&table, "shape");
  for (size_t i = 0; i < state->n_tensors; i++) {
    const bf_state_tensor *tensor = &state->tensors[i];
    bf_text_printable(&scratch, tensor->name, NAME_BYTES);
    add_cell(&table, &scratch);
    bf_table_cell(&table, "%s", bf_dtype_name(tensor->dtype));
    append_shape(tensor, &scratch);
    add_cell(&table, &scratch);
  }
  bf_status status = bf_table_print(&table, text);
  bf_text_release(&scratch);
  bf_table_release(&table);
  return status;
}

static void print_data(const bf_checkpoint_view *view, bf_text *text)
{
  const bf_origin *origin = &view->ours->origin;
  put_label(view, "data", text);
  bf_text_printable(text, origin->data_kind, NAME_BYTES);
  if (origin->data_hash != 0)
    bf_text_printf(text, ", set %016" PRIx64, origin->data_hash);
  for (size_t i = 0; origin->classes != NULL && i < origin->n_classes; i++) {
    bf_text_append(text, i > 0 ? "," : ", classes ");
    bf_text_printable(text, origin->classes[i], NAME_BYTES);
  }
  bf_text_append(text, "\n");
}

/* A net that was converted has no seed that anybody knew. */
static void print_training(const bf_checkpoint_view *view, bf_text *text)
{
  const bf_origin *origin = &view->ours->origin;
  if (origin->source != NULL) {
    put_line(view, "from", origin->source, text);
    return;
  }
  put_label(view, "seed", text);
  bf_text_printf(text, "%" PRIu64, origin->seed);
  if (origin->trial >= 0)
    bf_text_printf(text, ", trial %" PRId64, origin->trial);
  bf_text_append(text, "\n");
}

static void print_origin(const bf_checkpoint_view *view, bf_text *text)
{
  const bf_model *model = &view->ours->net->model;
  put_label(view, "net", text);
  bf_text_printf(text, "%s: %zu features, %zu classes, %zu parameters\n", model->name,
                 model->n_features, model->n_classes, view->ours->net->n_trained);
  print_data(view, text);
  print_training(view, text);
}

bf_status bf_checkpoint_print(const bf_checkpoint_view *view, bf_text *text)
{
  bf_status status = BF_OK;
  const char *fit = bf_state_zoo_net(view->state);
  put_line(view, "file", view->path, text);
  put_line(view, "kind", kind_of(view), text);
  if (view->ours != NULL)
    print_origin(view, text);
  for (size_t i = 0; i < view->state->n_notes; i++)
    put_line(view, view->state->notes[i].name, view->state->notes[i].text, text);
  put_line(view, "fits", fit != NULL ? fit : "no net of the zoo", text);
  if (view->ours != NULL) {
    bf_text_append(text, "\n");
    BF_TRY(bf_formats_print(&view->ours->net->model, text));
  }
  bf_text_append(text, "\n");
  BF_TRY(print_tensors(view->state, text));
done:
  return status;
}

static void set_format(bf_json *json, const char *key, const bf_quantizer *quantizer)
{
  if (quantizer->format != NULL)
    bf_json_set(json, key, bf_format_json(quantizer));
}

static bf_json *layers_json(const bf_model *model)
{
  bf_json *layers = bf_json_array();
  for (size_t i = 0; i < model->n_layers; i++) {
    const bf_layer *layer = &model->layers[i];
    bf_json *json = bf_json_object();
    bf_json_set(json, "node", bf_json_string(layer->node));
    bf_json_set(json, "type", bf_json_string(bf_layer_kind_name(layer->kind)));
    bf_json_set(json, "in", bf_json_integer((int64_t)layer->n_in));
    bf_json_set(json, "out", bf_json_integer((int64_t)layer->n_out));
    set_format(json, "data_in", &layer->data_in);
    set_format(json, "weight", &layer->weight);
    set_format(json, "bias", &layer->bias);
    bf_json_push(layers, json);
  }
  return layers;
}

static bf_json *tensors_json(const bf_state *state)
{
  bf_json *tensors = bf_json_array();
  for (size_t i = 0; i < state->n_tensors; i++) {
    const bf_state_tensor *tensor = &state->tensors[i];
    bf_json *shape = bf_json_array();
    for (size_t d = 0; d < tensor->n_dims; d++)
      bf_json_push(shape, bf_json_integer((int64_t)tensor->shape[d]));
    bf_json *json = bf_json_object();
    bf_json_set(json, "name", bf_json_string(tensor->name));
    bf_json_set(json, "dtype", bf_json_string(bf_dtype_name(tensor->dtype)));
    bf_json_set(json, "shape", shape);
    bf_json_push(tensors, json);
  }
  return tensors;
}

static bf_json *classes_json(const bf_origin *origin)
{
  if (origin->classes == NULL)
    return bf_json_null();
  bf_json *names = bf_json_array();
  for (size_t i = 0; i < origin->n_classes; i++)
    bf_json_push(names, bf_json_string(origin->classes[i]));
  return names;
}

static void set_ours(bf_json *json, const bf_checkpoint *ours)
{
  const bf_model *model = &ours->net->model;
  const bf_origin *origin = &ours->origin;
  char digits[HASH_BYTES];
  print_hash(origin->data_hash, digits);
  bf_json_set(json, "model", bf_json_string(model->name));
  bf_json_set(json, "n_features", bf_json_integer((int64_t)model->n_features));
  bf_json_set(json, "n_classes", bf_json_integer((int64_t)model->n_classes));
  bf_json_set(json, "n_params", bf_json_integer((int64_t)ours->net->n_trained));
  bf_json_set(json, "data_kind", bf_json_string(origin->data_kind));
  bf_json_set(json, "data_hash", bf_json_string(digits));
  bf_json_set(json, "seed", bf_json_integer((int64_t)origin->seed));
  bf_json_set(json, "trial", bf_json_integer(origin->trial));
  bf_json_set(json, "source",
              origin->source != NULL ? bf_json_string(origin->source) : bf_json_null());
  bf_json_set(json, "classes", classes_json(origin));
  set_format(json, "input", &model->input);
  bf_json_set(json, "layers", layers_json(model));
}

bf_json *bf_checkpoint_json(const bf_checkpoint_view *view)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "file", bf_json_string(view->path));
  bf_json_set(json, "kind", bf_json_string(kind_of(view)));
  if (view->ours != NULL)
    set_ours(json, view->ours);
  for (size_t i = 0; i < view->state->n_notes; i++)
    bf_json_set(json, view->state->notes[i].name, bf_json_string(view->state->notes[i].text));
  const char *fit = bf_state_zoo_net(view->state);
  bf_json_set(json, "fits", fit != NULL ? bf_json_string(fit) : bf_json_null());
  bf_json_set(json, "tensors", tensors_json(view->state));
  return json;
}
