/* Named arrays: their memory.
 * Room: nn. */
#include "nn/state.h"

#include <stdint.h>

#include "base/memory.h"
#include "base/utf8.h"

bf_status bf_state_create(const char *kind, bf_state **out)
{
  bf_status status = BF_OK;
  bf_state *state = bf_alloc(1, sizeof *state);
  BF_CHECK_MEMORY(state);
  state->kind = kind;
  *out = state;
done:
  return status;
}

static void release_tensor(bf_state_tensor *tensor)
{
  free(tensor->name);
  free(tensor->values);
}

void bf_state_free(bf_state *state)
{
  if (state == NULL)
    return;
  for (size_t i = 0; i < state->n_tensors; i++)
    release_tensor(&state->tensors[i]);
  free(state->tensors);
  free(state);
}

/* A dimension of 0 makes the product 0, whatever the others are. */
static bool count_values(bf_state_tensor *tensor)
{
  tensor->n_values = 1;
  for (size_t i = 0; i < tensor->n_dims; i++)
    if (tensor->shape[i] == 0)
      tensor->n_values = 0;
  for (size_t i = 0; i < tensor->n_dims && tensor->n_values > 0; i++) {
    if (tensor->shape[i] > SIZE_MAX / sizeof(float) / tensor->n_values)
      return false;
    tensor->n_values *= tensor->shape[i];
  }
  return true;
}

static bf_status make_room(bf_state *state)
{
  bf_status status = BF_OK;
  if (state->n_tensors < state->capacity)
    return BF_OK;
  size_t capacity = bf_grown(state->capacity);
  bf_state_tensor *grown =
      bf_grow(state->tensors, state->capacity, capacity, sizeof *state->tensors);
  BF_CHECK_MEMORY(grown);
  state->tensors = grown;
  state->capacity = capacity;
done:
  return status;
}

bf_status bf_state_add(bf_state *state, const char *name, bf_dtype dtype, size_t n_dims,
                       const size_t *shape, float **values)
{
  bf_status status = BF_OK;
  bf_state_tensor tensor = {.dtype = dtype, .n_dims = n_dims};
  BF_CHECK(n_dims <= BF_STATE_MAX_DIMS, BF_ERR_DATA,
           "tensor '%s' has %zu dimensions, expected 0..%d", name, n_dims, (int)BF_STATE_MAX_DIMS);
  for (size_t i = 0; i < n_dims; i++)
    tensor.shape[i] = shape[i];
  BF_CHECK(count_values(&tensor), BF_ERR_DATA, "tensor '%s' has more values than memory", name);
  BF_TRY(make_room(state));
  tensor.name = bf_copy_text(name);
  BF_CHECK_MEMORY(tensor.name);
  tensor.values = bf_alloc(tensor.n_values, sizeof *tensor.values);
  BF_CHECK_MEMORY(tensor.values);
  state->tensors[state->n_tensors++] = tensor;
  if (values != NULL)
    *values = tensor.values;
  return BF_OK;
done:
  release_tensor(&tensor);
  return status;
}

const bf_state_tensor *bf_state_find(const bf_state *state, const char *name)
{
  for (size_t i = 0; i < state->n_tensors; i++)
    if (strcmp(state->tensors[i].name, name) == 0)
      return &state->tensors[i];
  return NULL;
}

bf_status bf_state_check_name(const char *name)
{
  bf_status status = BF_OK;
  size_t n;
  for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at += n) {
    n = bf_utf8_length(at);
    BF_CHECK(n > 0 && *at >= ' ' && *at != 0x7f, BF_ERR_DATA,
             "byte %zu of a tensor's name, 0x%02x, is no part of a text",
             (size_t)(at - (const unsigned char *)name), (unsigned)*at);
  }
done:
  return status;
}

static int compare(const void *a, const void *b)
{
  const char *const *first = a;
  const char *const *second = b;
  return strcmp(*first, *second);
}

bf_status bf_state_check_names(const bf_state *state)
{
  bf_status status = BF_OK;
  const char **names = bf_alloc(state->n_tensors, sizeof *names);
  BF_CHECK_MEMORY(names);
  for (size_t i = 0; i < state->n_tensors; i++) {
    names[i] = state->tensors[i].name;
    BF_TRY(bf_state_check_name(names[i]));
  }
  qsort(names, state->n_tensors, sizeof *names, compare);
  for (size_t i = 1; i < state->n_tensors; i++)
    BF_CHECK(strcmp(names[i - 1], names[i]) != 0, BF_ERR_DATA, "two tensors are called '%s'",
             names[i]);
done:
  free(names);
  return status;
}
