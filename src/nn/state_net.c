/* Nets from state dicts and back.
 * Room: nn. */
#include "nn/state_net.h"

#include <math.h>

#include "nn/checkpoint_layout.h"
#include "nn/state_names.h"

/* Bytes of a list of complaints in a message of at most 1 KiB. */
enum { LIST_BYTES = 250, NAME_BYTES = 64 };

/* What is wrong with the tensors of a state, a list a kind. */
typedef enum wrong { MISSING, UNEXPECTED, SHAPE, N_WRONGS } wrong;

typedef struct complaints {
  size_t n[N_WRONGS];
  size_t n_listed[N_WRONGS];
  bf_text lists[N_WRONGS];
} complaints;

/* The tensors of a state by layer and array, in the order of bf_checkpoint_arrays. */
typedef struct match {
  const bf_state_tensor *tensors[BF_MAX_LAYERS][BF_LAYER_ARRAYS];
  complaints complaints;
} match;

static void release_match(match *m)
{
  for (size_t i = 0; i < N_WRONGS; i++)
    bf_text_release(&m->complaints.lists[i]);
}

static void append_shape(size_t n_dims, const size_t *shape, bf_text *text)
{
  bf_text_append(text, "(");
  for (size_t i = 0; i < n_dims; i++)
    bf_text_printf(text, "%s%zu", i > 0 ? ", " : "", shape[i]);
  bf_text_append(text, ")");
}

/* The dimensions that an array should have. */
static size_t shape_of(const bf_checkpoint_array *array, size_t shape[2])
{
  shape[0] = array->n_rows;
  shape[1] = array->n_columns;
  return array->n_columns > 0 ? 2 : 1;
}

/* Makes room for one more complaint; NULL if its list is full. */
static bf_text *add_complaint(complaints *c, wrong kind)
{
  bf_text *list = &c->lists[kind];
  c->n[kind]++;
  if (list->length > LIST_BYTES || c->n_listed[kind] + 1 < c->n[kind])
    return NULL;
  if (c->n_listed[kind]++ > 0)
    bf_text_append(list, ", ");
  return list;
}

static void complain_of_tensor(complaints *c, wrong kind, const bf_state_tensor *tensor)
{
  bf_text *list = add_complaint(c, kind);
  if (list == NULL)
    return;
  bf_text_append(list, "'");
  bf_text_printable(list, tensor->name, NAME_BYTES);
  bf_text_append(list, "' ");
  append_shape(tensor->n_dims, tensor->shape, list);
}

static void complain_of_array(complaints *c, const bf_layer *layer,
                              const bf_checkpoint_array *array)
{
  size_t shape[2];
  size_t n_dims = shape_of(array, shape);
  bf_text *list = add_complaint(c, MISSING);
  if (list == NULL)
    return;
  bf_text_append(list, "'");
  bf_state_name_print(layer->node, array->name, list);
  bf_text_append(list, "' ");
  append_shape(n_dims, shape, list);
}

static void complain_of_shape(complaints *c, const bf_state_tensor *tensor,
                              const bf_checkpoint_array *array)
{
  size_t shape[2];
  size_t n_dims = shape_of(array, shape);
  size_t n_before = c->n_listed[SHAPE];
  complain_of_tensor(c, SHAPE, tensor);
  if (c->n_listed[SHAPE] == n_before)
    return;
  bf_text_append(&c->lists[SHAPE], " instead of ");
  append_shape(n_dims, shape, &c->lists[SHAPE]);
}

/* The layer at that place; NULL if there is none. */
static const bf_layer *layer_at(const bf_model *model, size_t index)
{
  for (size_t i = 0; i < model->n_layers; i++) {
    size_t place;
    if (bf_node_place(model->layers[i].node, &place) && place == index)
      return &model->layers[i];
  }
  return NULL;
}

/* Which array of the layer is called so; BF_LAYER_ARRAYS if none. */
static size_t array_called(const bf_layer *layer, const char *name)
{
  bf_checkpoint_array arrays[BF_LAYER_ARRAYS];
  bf_checkpoint_arrays(layer, arrays);
  size_t a = 0;
  while (a < BF_LAYER_ARRAYS && (arrays[a].n_rows == 0 || strcmp(arrays[a].name, name) != 0))
    a++;
  return a;
}

/* A second tensor of one place is as unexpected as one without a place. */
static void place_tensor(const bf_model *model, const bf_state_tensor *tensor, match *m)
{
  bf_state_name name;
  const bf_layer *layer = NULL;
  if (bf_state_name_read(tensor->name, &name))
    layer = layer_at(model, name.index);
  if (layer != NULL && layer->kind == BF_LAYER_BATCHNORM &&
      strcmp(name.array, BF_STATE_COUNTER) == 0)
    return;
  size_t a = layer != NULL ? array_called(layer, name.array) : BF_LAYER_ARRAYS;
  if (a == BF_LAYER_ARRAYS || m->tensors[layer - model->layers][a] != NULL)
    complain_of_tensor(&m->complaints, UNEXPECTED, tensor);
  else
    m->tensors[layer - model->layers][a] = tensor;
}

static bool has_shape(const bf_state_tensor *tensor, const bf_checkpoint_array *array)
{
  size_t shape[2];
  size_t n_dims = shape_of(array, shape);
  return tensor->n_dims == n_dims && memcmp(tensor->shape, shape, n_dims * sizeof *shape) == 0;
}

static void check_layer(const bf_layer *layer,
                        const bf_state_tensor *const tensors[BF_LAYER_ARRAYS], complaints *c)
{
  bf_checkpoint_array arrays[BF_LAYER_ARRAYS];
  bf_checkpoint_arrays(layer, arrays);
  for (size_t a = 0; a < BF_LAYER_ARRAYS; a++) {
    if (arrays[a].n_rows == 0)
      continue;
    if (tensors[a] == NULL)
      complain_of_array(c, layer, &arrays[a]);
    else if (!has_shape(tensors[a], &arrays[a]))
      complain_of_shape(c, tensors[a], &arrays[a]);
  }
}

/* Finds each array of the model its tensor; whether all is well is in the complaints. */
static void match_tensors(const bf_state *state, const bf_model *model, match *m)
{
  for (size_t i = 0; i < state->n_tensors; i++)
    place_tensor(model, &state->tensors[i], m);
  for (size_t i = 0; i < model->n_layers; i++)
    check_layer(&model->layers[i], m->tensors[i], &m->complaints);
}

static bool is_complete(const match *m)
{
  const size_t *n = m->complaints.n;
  return n[MISSING] + n[UNEXPECTED] + n[SHAPE] == 0;
}

bf_status bf_state_widths(const bf_state *state, size_t *n_features, size_t *n_outputs)
{
  const bf_state_tensor *first = NULL, *last = NULL;
  size_t lowest = 0, highest = 0;
  for (size_t i = 0; i < state->n_tensors; i++) {
    const bf_state_tensor *tensor = &state->tensors[i];
    bf_state_name name;
    if (!bf_state_name_read(tensor->name, &name) || strcmp(name.array, "weight") != 0 ||
        tensor->n_dims < 1 || tensor->n_dims > 2)
      continue;
    if (first == NULL || name.index < lowest) {
      first = tensor;
      lowest = name.index;
    }
    if (last == NULL || name.index > highest) {
      last = tensor;
      highest = name.index;
    }
  }
  if (first == NULL)
    return bf_fail(BF_ERR_DATA,
                   "no tensor is called like a layer's weight ('seq_blocks.0.weight')");
  size_t n_in = first->shape[first->n_dims - 1];
  size_t n_out = last->shape[0];
  if (n_in - 1 >= BF_MAX_WIDTH || n_out - 1 >= BF_MAX_WIDTH)
    return bf_fail(BF_ERR_DATA,
                   "its first layer takes %zu values and its last gives %zu, expected "
                   "1..%d",
                   n_in, n_out, (int)BF_MAX_WIDTH);
  *n_features = n_in;
  *n_outputs = n_out;
  return BF_OK;
}

static bool fits(const bf_state *state, const bf_model *model)
{
  match m = {0};
  match_tensors(state, model, &m);
  bool is_fit = is_complete(&m);
  release_match(&m);
  return is_fit;
}

const char *bf_state_zoo_net(const bf_state *state)
{
  bf_model model;
  size_t n, n_features = 0, n_outputs = 0;
  const char *const *names = bf_model_zoo_names(&n);
  if (bf_state_widths(state, &n_features, &n_outputs) != BF_OK)
    return NULL;
  for (size_t i = 0; i < n; i++)
    if (bf_model_zoo(names[i], n_features, n_outputs, &model) == BF_OK && fits(state, &model))
      return names[i];
  return NULL;
}

bf_status bf_state_fail_unnamed(const bf_state *state)
{
  const char *fit = bf_state_zoo_net(state);
  if (fit == NULL)
    return bf_fail(BF_ERR_USAGE, "a %s does not say which net it is of: give --model or --job",
                   state->kind);
  return bf_fail(BF_ERR_USAGE,
                 "a %s does not say which net it is of: give --model or --job (its tensors are "
                 "those of '%s')",
                 state->kind, fit);
}

/* Says which net of the zoo the tensors are of, if any. */
static void append_hint(const bf_state *state, bf_text *line)
{
  size_t n_features = 0, n_outputs = 0;
  const char *name = bf_state_zoo_net(state);
  if (name != NULL && bf_state_widths(state, &n_features, &n_outputs) == BF_OK)
    bf_text_printf(line, "; they are those of '%s' with %zu features and %zu classes", name,
                   n_features, n_outputs);
}

static bf_status fail_unmatched(const bf_state *state, const bf_model *model, const match *m)
{
  static const char *const words[N_WRONGS] = {"missing", "unexpected", "wrong shape"};
  const complaints *c = &m->complaints;
  bf_text line = {0};
  for (size_t i = 0; i < N_WRONGS; i++) {
    if (c->n[i] == 0)
      continue;
    bf_text_printf(&line, "; %s: %s", words[i], bf_text_view(&c->lists[i]));
    if (c->n[i] > c->n_listed[i])
      bf_text_printf(&line, " and %zu more", c->n[i] - c->n_listed[i]);
  }
  append_hint(state, &line);
  bf_status status = bf_fail(BF_ERR_DATA, "its tensors are not those of net '%s'%s", model->name,
                             bf_text_view(&line));
  bf_text_release(&line);
  return status;
}

/* Whole numbers are somebody else's quantisation, whose scales we do not know. */
static bool is_real(bf_dtype dtype)
{
  return dtype == BF_DTYPE_F16 || dtype == BF_DTYPE_BF16 || dtype == BF_DTYPE_F32 ||
         dtype == BF_DTYPE_F64;
}

static bf_status copy_values(const bf_state_tensor *tensor, float lowest, float *values)
{
  bf_status status = BF_OK;
  BF_CHECK(is_real(tensor->dtype), BF_ERR_DATA, "it holds %s, expected floating point",
           bf_dtype_name(tensor->dtype));
  for (size_t i = 0; i < tensor->n_values; i++) {
    BF_CHECK(isfinite(tensor->values[i]) && tensor->values[i] >= lowest, BF_ERR_DATA,
             "it holds %g at place %zu", (double)tensor->values[i], i);
    values[i] = tensor->values[i];
  }
done:
  if (status != BF_OK) {
    bf_text name = {0};
    bf_text_printable(&name, tensor->name, NAME_BYTES);
    bf_because(status, "tensor '%s'", bf_text_view(&name));
    bf_text_release(&name);
  }
  return status;
}

static bf_status copy_tensors(const match *m, bf_net *net)
{
  bf_status status = BF_OK;
  for (size_t i = 0; i < net->model.n_layers; i++) {
    const bf_layer_values *values = &net->layers[i];
    float *const numbers[BF_LAYER_ARRAYS] = {values->weight, values->bias, values->mean,
                                             values->variance};
    for (size_t a = 0; a < BF_LAYER_ARRAYS; a++)
      if (m->tensors[i][a] != NULL)
        BF_TRY(copy_values(m->tensors[i][a], numbers[a] == values->variance ? 0.0F : -HUGE_VALF,
                           numbers[a]));
  }
done:
  return status;
}

bf_status bf_state_to_net(const bf_state *state, const bf_model *model, bf_net **out)
{
  bf_status status = BF_OK;
  bf_net *net = NULL;
  match m = {0};
  match_tensors(state, model, &m);
  if (!is_complete(&m)) {
    status = fail_unmatched(state, model, &m);
    goto done;
  }
  BF_TRY(bf_net_create(model, &net));
  BF_TRY(copy_tensors(&m, net));
  *out = net;
  net = NULL;
done:
  bf_net_free(net);
  release_match(&m);
  return status;
}

static bf_status add_tensor(bf_state *state, const bf_layer *layer, const char *array,
                            bf_dtype dtype, size_t n_dims, const size_t *shape, float **values)
{
  bf_text name = {0};
  bf_state_name_print(layer->node, array, &name);
  bf_status status = bf_text_status(&name);
  if (status == BF_OK)
    status = bf_state_add(state, name.data, dtype, n_dims, shape, values);
  bf_text_release(&name);
  return status;
}

static bf_status add_layer(bf_state *state, const bf_layer *layer, const bf_layer_values *values)
{
  bf_status status = BF_OK;
  const float *const numbers[BF_LAYER_ARRAYS] = {values->weight, values->bias, values->mean,
                                                 values->variance};
  bf_checkpoint_array arrays[BF_LAYER_ARRAYS];
  bf_checkpoint_arrays(layer, arrays);
  for (size_t a = 0; a < BF_LAYER_ARRAYS; a++) {
    size_t shape[2];
    size_t n_dims = shape_of(&arrays[a], shape);
    float *to;
    if (arrays[a].n_rows == 0)
      continue;
    BF_TRY(add_tensor(state, layer, arrays[a].name, BF_DTYPE_F32, n_dims, shape, &to));
    memcpy(to, numbers[a], shape[0] * (n_dims > 1 ? shape[1] : 1) * sizeof *to);
  }
  if (layer->kind == BF_LAYER_BATCHNORM)
    BF_TRY(add_tensor(state, layer, BF_STATE_COUNTER, BF_DTYPE_I64, 0, NULL, NULL));
done:
  return status;
}

bf_status bf_state_of_net(const bf_net *net, bf_state **out)
{
  bf_status status;
  bf_state *state = NULL;
  BF_TRY(bf_state_create("state dict", &state));
  for (size_t i = 0; i < net->model.n_layers; i++)
    BF_TRY(add_layer(state, &net->model.layers[i], &net->layers[i]));
  *out = state;
  state = NULL;
done:
  bf_state_free(state);
  return status;
}
