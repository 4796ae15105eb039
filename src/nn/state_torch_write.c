/* State dicts as torch.save writes them: the pickle of an OrderedDict, and a storage a tensor.
 * Room: nn. */
#include <stdint.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/zip.h"
#include "nn/state.h"

/* The names are PyTorch's; docs/formats.md. */
#define ROOT "archive/"

static const char *const storage_classes[BF_N_DTYPES] = {
    [BF_DTYPE_F16] = "HalfStorage",  [BF_DTYPE_BF16] = "BFloat16Storage",
    [BF_DTYPE_F32] = "FloatStorage", [BF_DTYPE_F64] = "DoubleStorage",
    [BF_DTYPE_U8] = "ByteStorage",   [BF_DTYPE_I8] = "CharStorage",
    [BF_DTYPE_I16] = "ShortStorage", [BF_DTYPE_I32] = "IntStorage",
    [BF_DTYPE_I64] = "LongStorage",  [BF_DTYPE_BOOL] = "BoolStorage",
};

/* Opcodes of protocol 2, without a memo: what is needed twice is written twice. */

static void put_code(bf_bytes *pickle, char code)
{
  bf_bytes_put(pickle, &code, 1);
}

static void put_little_endian(bf_bytes *pickle, uint64_t bits, size_t n_bytes)
{
  for (size_t i = 0; i < n_bytes; i++)
    put_code(pickle, (char)(uint8_t)(bits >> (8 * i)));
}

static void put_text(bf_bytes *pickle, const char *text)
{
  const size_t n = strlen(text);
  put_code(pickle, 'X'); /* BINUNICODE */
  put_little_endian(pickle, n, 4);
  bf_bytes_put(pickle, text, n);
}

static void put_whole(bf_bytes *pickle, uint64_t whole)
{
  if (whole <= INT32_MAX) {
    put_code(pickle, 'J'); /* BININT */
    put_little_endian(pickle, whole, 4);
  } else {
    put_code(pickle, (char)(uint8_t)0x8a); /* LONG1 */
    put_code(pickle, 8);
    put_little_endian(pickle, whole, 8);
  }
}

static void put_global(bf_bytes *pickle, const char *module, const char *name)
{
  put_code(pickle, 'c'); /* GLOBAL */
  bf_bytes_put(pickle, module, strlen(module));
  put_code(pickle, '\n');
  bf_bytes_put(pickle, name, strlen(name));
  put_code(pickle, '\n');
}

static void put_empty_dict(bf_bytes *pickle)
{
  put_global(pickle, "collections", "OrderedDict");
  put_code(pickle, ')'); /* EMPTY_TUPLE */
  put_code(pickle, 'R'); /* REDUCE */
}

static void put_shape(bf_bytes *pickle, const bf_state_tensor *tensor)
{
  put_code(pickle, '('); /* MARK */
  for (size_t i = 0; i < tensor->n_dims; i++)
    put_whole(pickle, tensor->shape[i]);
  put_code(pickle, 't'); /* TUPLE */
}

/* Of a row-major array; those of an empty one mean nothing, but must be there. */
static void put_strides(bf_bytes *pickle, const bf_state_tensor *tensor)
{
  size_t strides[BF_STATE_MAX_DIMS];
  size_t stride = 1;
  for (size_t i = tensor->n_dims; i-- > 0;) {
    strides[i] = stride;
    stride = tensor->n_values > 0 ? stride * tensor->shape[i] : 1;
  }
  put_code(pickle, '(');
  for (size_t i = 0; i < tensor->n_dims; i++)
    put_whole(pickle, strides[i]);
  put_code(pickle, 't');
}

static void put_storage(bf_bytes *pickle, const bf_state_tensor *tensor, const char *key)
{
  put_code(pickle, '(');
  put_text(pickle, "storage");
  put_global(pickle, "torch", storage_classes[tensor->dtype]);
  put_text(pickle, key);
  put_text(pickle, "cpu");
  put_whole(pickle, tensor->n_values);
  put_code(pickle, 't');
  put_code(pickle, 'Q'); /* BINPERSID */
}

/* _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks) */
static void put_tensor(bf_bytes *pickle, const bf_state_tensor *tensor, const char *key)
{
  put_text(pickle, tensor->name);
  put_global(pickle, "torch._utils", "_rebuild_tensor_v2");
  put_code(pickle, '(');
  put_storage(pickle, tensor, key);
  put_whole(pickle, 0);
  put_shape(pickle, tensor);
  put_strides(pickle, tensor);
  put_code(pickle, (char)(uint8_t)0x89); /* NEWFALSE */
  put_empty_dict(pickle);
  put_code(pickle, 't');
  put_code(pickle, 'R');
}

enum { KEY_BYTES = 24 };

static bf_status add_pickle(bf_zip_writer *zip, const bf_state *state)
{
  bf_status status;
  bf_bytes pickle = {0};
  put_code(&pickle, (char)(uint8_t)0x80); /* PROTO */
  put_code(&pickle, 2);
  put_empty_dict(&pickle);
  put_code(&pickle, '(');
  for (size_t i = 0; i < state->n_tensors; i++) {
    char key[KEY_BYTES];
    snprintf(key, sizeof key, "%zu", i);
    put_tensor(&pickle, &state->tensors[i], key);
  }
  put_code(&pickle, 'u'); /* SETITEMS */
  put_code(&pickle, '.'); /* STOP */
  BF_TRY(bf_bytes_status(&pickle));
  BF_TRY(bf_zip_writer_add(zip, ROOT "data.pkl", pickle.data, pickle.length));
done:
  bf_bytes_release(&pickle);
  return status;
}

static bf_status add_storage(bf_zip_writer *zip, const bf_state_tensor *tensor, size_t key)
{
  bf_status status = BF_OK;
  char name[sizeof ROOT "data/" + KEY_BYTES];
  const size_t n_bytes = bf_dtype_bytes(tensor->dtype);
  uint8_t *bytes = bf_alloc(tensor->n_values, n_bytes);
  BF_CHECK_MEMORY(bytes);
  for (size_t i = 0; i < tensor->n_values; i++)
    bf_dtype_write(tensor->dtype, tensor->values[i], bytes + i * n_bytes);
  snprintf(name, sizeof name, ROOT "data/%zu", key);
  BF_TRY(bf_zip_writer_add(zip, name, bytes, tensor->n_values * n_bytes));
done:
  free(bytes);
  return status;
}

static bf_status fill(bf_zip_writer *zip, const bf_state *state)
{
  bf_status status;
  /* PyTorch takes the folder of the first entry for that of the archive. */
  BF_TRY(add_pickle(zip, state));
  BF_TRY(bf_zip_writer_add(zip, ROOT "byteorder", "little", 6));
  for (size_t i = 0; i < state->n_tensors; i++)
    BF_TRY(add_storage(zip, &state->tensors[i], i));
  BF_TRY(bf_zip_writer_add(zip, ROOT "version", "3\n", 2));
done:
  return status;
}

bf_status bf_torch_write(const char *path, const bf_state *state)
{
  bf_status status;
  bf_zip_writer *zip = NULL;
  BF_TRY(bf_state_check_names(state));
  BF_TRY(bf_zip_writer_create(&zip));
  BF_TRY(fill(zip, state));
  BF_TRY(bf_zip_writer_save(zip, path));
done:
  bf_zip_writer_free(zip);
  return status != BF_OK ? bf_because(status, "cannot save checkpoint '%s'", path) : BF_OK;
}
