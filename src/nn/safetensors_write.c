/* Writing safetensors files.
 * Room: nn. */
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "nn/safetensors.h"
#include "nn/safetensors_layout.h"

enum { BLOCK_BYTES = 1 << 16, LARGEST_ELEMENT = 8 };

/* Calls @p visit for every tensor in the order of the data: large elements first, so that each is
 * aligned; of one size in the state's order. */
typedef bf_status (*visitor)(void *context, size_t i, const bf_state_tensor *tensor);

static bf_status visit_data(const bf_state *state, visitor visit, void *context)
{
  bf_status status = BF_OK;
  for (size_t size = LARGEST_ELEMENT; size > 0; size /= 2)
    for (size_t i = 0; i < state->n_tensors; i++)
      if (bf_dtype_bytes(state->tensors[i].dtype) == size)
        BF_TRY(visit(context, i, &state->tensors[i]));
done:
  return status;
}

/* Where each tensor begins. */
typedef struct plan {
  uint64_t *begins; /* (n_tensors) */
  uint64_t n_bytes; /* placed so far */
} plan;

static bf_status place(void *context, size_t i, const bf_state_tensor *tensor)
{
  plan *p = context;
  p->begins[i] = p->n_bytes;
  p->n_bytes += (uint64_t)tensor->n_values * bf_dtype_bytes(tensor->dtype);
  return BF_OK;
}

static bf_json *entry_json(const bf_state_tensor *tensor, uint64_t begin)
{
  uint64_t n_bytes = (uint64_t)tensor->n_values * bf_dtype_bytes(tensor->dtype);
  bf_json *shape = bf_json_array();
  for (size_t i = 0; i < tensor->n_dims; i++)
    bf_json_push(shape, bf_json_integer((int64_t)tensor->shape[i]));
  bf_json *offsets = bf_json_array();
  bf_json_push(offsets, bf_json_integer((int64_t)begin));
  bf_json_push(offsets, bf_json_integer((int64_t)(begin + n_bytes)));
  bf_json *json = bf_json_object();
  bf_json_set(json, "dtype", bf_json_string(bf_safetensors_code(tensor->dtype)));
  bf_json_set(json, "shape", shape);
  bf_json_set(json, "data_offsets", offsets);
  return json;
}

/* A key of the header is any UTF-8 but the one that is taken. */
static bf_status check_name(const bf_json *header, const char *name)
{
  bf_status status = BF_OK;
  bf_json *text = bf_json_string(name);
  BF_CHECK_MEMORY(text);
  BF_CHECK(strcmp(bf_json_text(text), name) == 0, BF_ERR_USAGE, "the name of a tensor is no UTF-8");
  BF_CHECK(strcmp(name, BF_SAFETENSORS_METADATA) != 0, BF_ERR_USAGE,
           "no tensor can be called '%s' in safetensors", name);
  BF_CHECK(bf_json_get(header, name) == NULL, BF_ERR_USAGE, "two tensors are called '%.64s'", name);
done:
  bf_json_free(text);
  return status;
}

/* The header's text, padded, behind its length. */
static bf_status print_header(const bf_json *header, bf_text *text)
{
  bf_status status;
  bf_text json = {0};
  BF_TRY(bf_json_print_exact(header, &json));
  while (json.length % BF_SAFETENSORS_ALIGNMENT != 0 && !json.short_of_memory)
    bf_text_append(&json, " ");
  for (size_t i = 0; i < BF_SAFETENSORS_LENGTH; i++) {
    char byte = (char)(unsigned char)((uint64_t)json.length >> (8 * i) & 0xFF);
    bf_text_append_bytes(text, &byte, 1);
  }
  bf_text_append_bytes(text, bf_text_view(&json), json.length);
  BF_TRY(bf_text_status(&json));
  BF_TRY(bf_text_status(text));
done:
  bf_text_release(&json);
  return status;
}

static bf_status make_header(const bf_state *state, bf_text *text)
{
  bf_status status = BF_OK;
  plan p = {0};
  bf_json *header = bf_json_object();
  BF_CHECK_MEMORY(header);
  p.begins = bf_alloc(state->n_tensors, sizeof *p.begins);
  BF_CHECK_MEMORY(p.begins);
  BF_TRY(visit_data(state, place, &p));
  for (size_t i = 0; i < state->n_tensors; i++) {
    BF_TRY(check_name(header, state->tensors[i].name));
    bf_json_set(header, state->tensors[i].name, entry_json(&state->tensors[i], p.begins[i]));
  }
  BF_TRY(print_header(header, text));
done:
  bf_json_free(header);
  free(p.begins);
  return status;
}

static bf_status write_values(void *context, size_t i, const bf_state_tensor *tensor)
{
  (void)i;
  bf_status status = BF_OK;
  unsigned char block[BLOCK_BYTES];
  size_t size = bf_dtype_bytes(tensor->dtype);
  size_t n_block = BLOCK_BYTES / size;
  for (size_t first = 0; first < tensor->n_values; first += n_block) {
    size_t n = tensor->n_values - first < n_block ? tensor->n_values - first : n_block;
    for (size_t k = 0; k < n; k++)
      bf_dtype_write(tensor->dtype, tensor->values[first + k], block + k * size);
    BF_TRY(bf_file_writer_append(context, block, n * size));
  }
done:
  return status;
}

bf_status bf_safetensors_write(const char *path, const bf_state *state)
{
  bf_status status;
  bf_text header = {0};
  bf_file_writer *writer = NULL;
  BF_TRY(make_header(state, &header));
  BF_TRY(bf_file_writer_create(path, &writer));
  BF_TRY(bf_file_writer_append(writer, header.data, header.length));
  BF_TRY(visit_data(state, write_values, writer));
  BF_TRY(bf_file_writer_publish(writer));
done:
  bf_file_writer_free(writer);
  bf_text_release(&header);
  return status;
}
