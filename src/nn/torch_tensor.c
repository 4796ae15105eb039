/* A tensor is a view of a storage: an offset, a shape, strides.
 * Room: nn. */
#include "nn/torch_tensor.h"

#include "nn/torch_names.h"

typedef struct view {
  const char *key;  /* of the storage */
  size_t n_storage; /* elements of it */
  size_t n_storage_bytes;
  bf_dtype dtype;
  size_t offset;
  size_t n_dims, n_values;
  size_t shape[BF_STATE_MAX_DIMS];
  size_t strides[BF_STATE_MAX_DIMS];
} view;

enum { KEY_BYTES = 32 };

static const bf_pickle_global *function_of(const bf_pickle_value *value)
{
  return value->kind == BF_PICKLE_OBJECT ? value->items[0]->global : NULL;
}

static bool is_call(const bf_pickle_value *value, bf_torch_role role)
{
  const bf_pickle_global *function = function_of(value);
  return function != NULL && function->role == (int)role;
}

/* The tensor of a parameter, else the value itself. */
static const bf_pickle_value *tensor_of(const bf_pickle_value *value)
{
  const bf_pickle_value *arguments = is_call(value, BF_TORCH_PARAMETER) ? value->items[1] : NULL;
  return arguments != NULL && arguments->n > 0 ? arguments->items[0] : value;
}

bool bf_torch_is_tensor(const bf_pickle_value *value)
{
  return is_call(tensor_of(value), BF_TORCH_TENSOR);
}

static bf_status read_count(const bf_pickle_value *value, const char *what, size_t *out)
{
  if (value->kind != BF_PICKLE_WHOLE || value->whole < 0)
    return bf_fail(BF_ERR_DATA, "its %s is no count", what);
  *out = (size_t)value->whole;
  return BF_OK;
}

static bf_status read_counts(const bf_pickle_value *tuple, const char *what, size_t *n, size_t *out)
{
  bf_status status = BF_OK;
  BF_CHECK(tuple->kind == BF_PICKLE_TUPLE, BF_ERR_DATA, "its %s is no tuple", what);
  BF_CHECK(tuple->n <= BF_STATE_MAX_DIMS, BF_ERR_DATA, "it has %zu dimensions, expected 0..%d",
           tuple->n, (int)BF_STATE_MAX_DIMS);
  for (size_t i = 0; i < tuple->n; i++)
    BF_TRY(read_count(tuple->items[i], what, &out[i]));
  *n = tuple->n;
done:
  return status;
}

/* Keys are numbers in decimal; letters cannot hurt, but nothing else becomes part of a name. */
static bf_status read_key(const bf_pickle_value *value, char key[KEY_BYTES])
{
  bf_status status = BF_OK;
  BF_CHECK(value->kind == BF_PICKLE_TEXT && value->n > 0 && value->n < KEY_BYTES, BF_ERR_DATA,
           "its storage has no key");
  for (size_t i = 0; i < value->n; i++) {
    const char c = value->text[i];
    BF_CHECK((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_',
             BF_ERR_DATA, "its storage has no key");
    key[i] = c;
  }
  key[value->n] = '\0';
done:
  return status;
}

/* ('storage', class, key, location, elements). Where it was, on which GPU for instance, is no
 * matter. */
static bf_status read_storage(const bf_pickle_value *value, view *v, char key[KEY_BYTES])
{
  bf_status status = BF_OK;
  size_t n = 0;
  const bf_pickle_value *tuple = value->kind == BF_PICKLE_PERSISTENT ? value->items[0] : NULL;
  BF_CHECK(tuple != NULL && tuple->kind == BF_PICKLE_TUPLE && tuple->n == 5 &&
               bf_pickle_is_text(tuple->items[0], "storage") &&
               tuple->items[1]->kind == BF_PICKLE_GLOBAL &&
               tuple->items[1]->global->role == BF_TORCH_STORAGE,
           BF_ERR_DATA, "it has no storage");
  v->dtype = (bf_dtype)tuple->items[1]->global->detail;
  BF_TRY(read_key(tuple->items[2], key));
  BF_TRY(read_count(tuple->items[4], "storage's length", &n));
  BF_CHECK(n <= SIZE_MAX / bf_dtype_bytes(v->dtype), BF_ERR_DATA,
           "its storage is longer than memory");
  v->n_storage_bytes = n * bf_dtype_bytes(v->dtype);
done:
  return status;
}

/* Views that conjugate or negate what is stored are marked in a dict behind the other arguments. */
static bf_status check_plain(const bf_pickle_value *arguments, size_t n)
{
  bf_status status = BF_OK;
  BF_CHECK(arguments->n == n || arguments->n == n + 1, BF_ERR_DATA,
           "it is made of %zu arguments, expected %zu", arguments->n, n);
  BF_CHECK(arguments->n == n || arguments->items[n]->kind == BF_PICKLE_NONE ||
               (arguments->items[n]->kind == BF_PICKLE_DICT && arguments->items[n]->n == 0),
           BF_ERR_DATA, "it is a conjugated or negated view; save a copy of it");
done:
  return status;
}

static bf_status read_view(const bf_pickle_value *value, view *v, char key[KEY_BYTES])
{
  bf_status status;
  const size_t n = (size_t)value->items[0]->global->detail;
  const bf_pickle_value *arguments = value->items[1];
  bf_pickle_value *const *argument = arguments->items;
  size_t n_strides = 0;
  BF_TRY(check_plain(arguments, n));
  BF_TRY(read_storage(argument[0], v, key));
  BF_TRY(read_count(argument[1], "offset", &v->offset));
  BF_TRY(read_counts(argument[2], "shape", &v->n_dims, v->shape));
  BF_TRY(read_counts(argument[3], "stride", &n_strides, v->strides));
  BF_CHECK(n_strides == v->n_dims, BF_ERR_DATA, "it has %zu dimensions and %zu strides", v->n_dims,
           n_strides);
  if (n == BF_TORCH_TYPED_ARGUMENTS) {
    const bf_pickle_value *dtype = argument[n - 1];
    BF_CHECK(dtype->kind == BF_PICKLE_GLOBAL && dtype->global->role == BF_TORCH_DTYPE, BF_ERR_DATA,
             "it has no dtype");
    v->dtype = (bf_dtype)dtype->global->detail;
  }
  v->n_storage = v->n_storage_bytes / bf_dtype_bytes(v->dtype);
done:
  return status;
}

/* A tensor may have more values than its storage has elements (stride 0), so its own bound is
 * needed. */
static bf_status count_values(view *v, size_t n_most)
{
  bf_status status = BF_OK;
  v->n_values = 1;
  for (size_t i = 0; i < v->n_dims; i++)
    if (v->shape[i] == 0)
      v->n_values = 0;
  for (size_t i = 0; i < v->n_dims && v->n_values > 0; i++) {
    BF_CHECK(v->shape[i] <= n_most / v->n_values, BF_ERR_DATA,
             "it has more values than this file can be meant to hold");
    v->n_values *= v->shape[i];
  }
done:
  return status;
}

/* Its last value, which is the farthest as no stride is negative, must be in the storage. */
static bf_status check_inside(const view *v)
{
  bf_status status = BF_OK;
  size_t last = v->offset;
  bool is_inside = v->n_storage > 0 && last < v->n_storage;
  for (size_t i = 0; i < v->n_dims && is_inside; i++) {
    const size_t steps = v->shape[i] - 1;
    is_inside = steps == 0 || v->strides[i] <= (v->n_storage - 1 - last) / steps;
    last += is_inside ? steps * v->strides[i] : 0;
  }
  BF_CHECK(is_inside, BF_ERR_DATA, "it reaches beyond its storage of %zu elements", v->n_storage);
done:
  return status;
}

/* Like a mileage counter: the last index turns fastest. */
static void copy(const view *v, const uint8_t *storage, bool is_big_endian, float *values)
{
  const size_t n_bytes = bf_dtype_bytes(v->dtype);
  size_t index[BF_STATE_MAX_DIMS] = {0};
  size_t at = v->offset;
  for (size_t i = 0; i < v->n_values; i++) {
    values[i] = bf_dtype_read(v->dtype, storage + at * n_bytes, is_big_endian);
    for (size_t d = v->n_dims; d-- > 0;) {
      at += v->strides[d];
      if (++index[d] < v->shape[d])
        break;
      at -= v->shape[d] * v->strides[d];
      index[d] = 0;
    }
  }
}

static bf_status add(bf_state *state, bf_torch_archive *archive, const char *name,
                     const bf_pickle_value *value, size_t *n_left)
{
  bf_status status;
  view v = {.n_dims = 0};
  char key[KEY_BYTES];
  const uint8_t *storage = NULL;
  float *values = NULL;
  BF_TRY(read_view(value, &v, key));
  BF_TRY(count_values(&v, *n_left));
  if (v.n_values > 0) {
    BF_TRY(check_inside(&v));
    BF_TRY(bf_torch_archive_storage(archive, key, v.n_storage_bytes, &storage));
  }
  BF_TRY(bf_state_add(state, name, v.dtype, v.n_dims, v.shape, &values));
  copy(&v, storage, bf_torch_archive_is_big_endian(archive), values);
  *n_left -= v.n_values;
done:
  return status;
}

bf_status bf_torch_tensor_add(bf_state *state, bf_torch_archive *archive, const char *name,
                              const bf_pickle_value *value, size_t *n_left)
{
  bf_status status = add(state, archive, name, tensor_of(value), n_left);
  return status != BF_OK ? bf_because(status, "tensor '%s'", name) : BF_OK;
}
