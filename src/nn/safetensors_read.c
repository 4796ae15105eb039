/* Reading safetensors files, trusting nothing in them.
 * Room: nn. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "nn/safetensors.h"
#include "nn/safetensors_layout.h"

/* MOST_HEADER bounds what parsing takes: some thirty times as much memory, at worst. */
enum { MOST_HEADER = 8 << 20, BLOCK_BYTES = 1 << 16 };

/* A text file with a brace in the right place has a "length" that no disk can hold. */
#define PLAUSIBLE_LENGTH ((uint64_t)1 << 40)

static const char *const codes[BF_N_DTYPES] = {
    [BF_DTYPE_F16] = "F16",   [BF_DTYPE_BF16] = "BF16", [BF_DTYPE_F32] = "F32",
    [BF_DTYPE_F64] = "F64",   [BF_DTYPE_U8] = "U8",     [BF_DTYPE_I8] = "I8",
    [BF_DTYPE_I16] = "I16",   [BF_DTYPE_I32] = "I32",   [BF_DTYPE_I64] = "I64",
    [BF_DTYPE_BOOL] = "BOOL",
};

const char *bf_safetensors_code(bf_dtype dtype)
{
  return codes[dtype];
}

/* One tensor of the header. */
typedef struct entry {
  const char *name; /* the header's */
  bf_dtype dtype;
  size_t n_dims;
  size_t shape[BF_STATE_MAX_DIMS];
  uint64_t begin; /* bytes from the start of the data */
  uint64_t end;
} entry;

/* A file that is being read; all zero is one that is not open. */
typedef struct source {
  FILE *file;
  uint64_t n_header;
  uint64_t n_data;
  bf_json *header;
  size_t n_entries;
  entry *entries; /* in the header's order */
} source;

static void release_source(source *s)
{
  if (s->file != NULL)
    fclose(s->file);
  bf_json_free(s->header);
  free(s->entries);
}

/* The length of the header, if one seems to follow. */
static bool read_start(const char *path, uint64_t *n_header)
{
  unsigned char start[BF_SAFETENSORS_LENGTH + 1];
  if (bf_file_head(path, start, sizeof start) != sizeof start ||
      start[BF_SAFETENSORS_LENGTH] != '{')
    return false;
  *n_header = 0;
  for (size_t i = BF_SAFETENSORS_LENGTH; i-- > 0;)
    *n_header = *n_header << 8 | start[i];
  return *n_header <= PLAUSIBLE_LENGTH;
}

bool bf_safetensors_applies(const char *path)
{
  uint64_t n_header;
  return read_start(path, &n_header);
}

static bf_status open_source(const char *path, source *s)
{
  bf_status status = BF_OK;
  struct stat info;
  BF_CHECK(read_start(path, &s->n_header), BF_ERR_DATA, "it does not begin like safetensors");
  s->file = fopen(path, "rb");
  BF_CHECK(s->file != NULL && fstat(fileno(s->file), &info) == 0, BF_ERR_DATA, "cannot open it: %s",
           strerror(errno));
  BF_CHECK(s->n_header <= MOST_HEADER, BF_ERR_DATA,
           "its header has %llu bytes, at most %d are read", (unsigned long long)s->n_header,
           (int)MOST_HEADER);
  uint64_t n_bytes = (uint64_t)info.st_size;
  BF_CHECK(BF_SAFETENSORS_LENGTH + s->n_header <= n_bytes, BF_ERR_DATA,
           "its header should have %llu bytes, but the file has %llu",
           (unsigned long long)s->n_header, (unsigned long long)n_bytes);
  s->n_data = n_bytes - BF_SAFETENSORS_LENGTH - s->n_header;
done:
  return status;
}

static bf_status read_bytes(source *s, void *bytes, size_t n)
{
  if (fread(bytes, 1, n, s->file) == n)
    return BF_OK;
  return bf_fail(BF_ERR_DATA, "cannot read it: %s",
                 ferror(s->file) ? strerror(errno) : "it has become shorter");
}

static bf_status read_header(source *s)
{
  bf_status status = BF_OK;
  size_t n = (size_t)s->n_header;
  char *text = bf_alloc(n, 1);
  BF_CHECK_MEMORY(text);
  BF_CHECK(fseek(s->file, BF_SAFETENSORS_LENGTH, SEEK_SET) == 0, BF_ERR_DATA, "cannot read it: %s",
           strerror(errno));
  BF_TRY(read_bytes(s, text, n));
  status = bf_json_parse_line(text, n, &s->header);
  if (status != BF_OK)
    status = bf_because(status, "its header");
done:
  free(text);
  return status;
}

/* A number that counts something; jansson's are signed. */
static bool read_natural(const bf_json *json, uint64_t *value)
{
  int64_t number = bf_json_int64(json);
  if (bf_json_kind_of(json) != BF_JSON_INTEGER || number < 0)
    return false;
  *value = (uint64_t)number;
  return true;
}

static bf_status read_dtype(const bf_json *json, bf_dtype *dtype)
{
  const char *code = bf_json_text(bf_json_get(json, "dtype"));
  for (int i = 0; code != NULL && i < BF_N_DTYPES; i++)
    if (strcmp(codes[i], code) == 0) {
      *dtype = (bf_dtype)i;
      return BF_OK;
    }
  return bf_fail(BF_ERR_DATA,
                 "its dtype is '%.16s', expected F16, BF16, F32, F64, U8, I8, I16, I32, "
                 "I64 or BOOL",
                 code != NULL ? code : "none");
}

static bf_status read_shape(const bf_json *json, entry *e)
{
  bf_status status = BF_OK;
  const bf_json *shape = bf_json_get(json, "shape");
  BF_CHECK(bf_json_kind_of(shape) == BF_JSON_ARRAY, BF_ERR_DATA, "it has no shape");
  e->n_dims = bf_json_size(shape);
  BF_CHECK(e->n_dims <= BF_STATE_MAX_DIMS, BF_ERR_DATA, "it has %zu dimensions, expected 0..%d",
           e->n_dims, (int)BF_STATE_MAX_DIMS);
  for (size_t i = 0; i < e->n_dims; i++) {
    uint64_t size;
    BF_CHECK(read_natural(bf_json_at(shape, i), &size), BF_ERR_DATA,
             "dimension %zu of its shape is no number of values", i);
    e->shape[i] = (size_t)size;
  }
done:
  return status;
}

static bf_status read_offsets(const bf_json *json, entry *e)
{
  bf_status status = BF_OK;
  const bf_json *offsets = bf_json_get(json, "data_offsets");
  BF_CHECK(bf_json_kind_of(offsets) == BF_JSON_ARRAY && bf_json_size(offsets) == 2 &&
               read_natural(bf_json_at(offsets, 0), &e->begin) &&
               read_natural(bf_json_at(offsets, 1), &e->end) && e->begin <= e->end,
           BF_ERR_DATA, "its data_offsets are no range of bytes");
done:
  return status;
}

/* Whether the shape takes exactly the bytes of the range, which the file has: so nothing behind
 * this can overflow or ask for memory without end. */
static bool shape_fills_range(const entry *e)
{
  uint64_t left = (e->end - e->begin) / bf_dtype_bytes(e->dtype);
  uint64_t product = 1;
  bool is_empty = false;
  if ((e->end - e->begin) % bf_dtype_bytes(e->dtype) != 0)
    return false;
  for (size_t i = 0; i < e->n_dims; i++)
    is_empty |= e->shape[i] == 0;
  if (is_empty)
    return left == 0;
  for (size_t i = 0; i < e->n_dims; i++) {
    if (e->shape[i] > left / product)
      return false;
    product *= e->shape[i];
  }
  return product == left;
}

static bf_status read_entry(const source *s, const bf_json *json, entry *e)
{
  bf_status status;
  BF_TRY(read_dtype(json, &e->dtype));
  BF_TRY(read_shape(json, e));
  BF_TRY(read_offsets(json, e));
  BF_CHECK(e->end <= s->n_data, BF_ERR_DATA, "it ends at byte %llu of %llu",
           (unsigned long long)e->end, (unsigned long long)s->n_data);
  BF_CHECK(shape_fills_range(e), BF_ERR_DATA, "its shape does not fit its %llu bytes",
           (unsigned long long)(e->end - e->begin));
done:
  return status;
}

/* Texts about the file, which we have no use for. */
static bf_status check_metadata(const bf_json *metadata)
{
  const char *key = NULL;
  bf_status status = BF_OK;
  BF_CHECK(bf_json_kind_of(metadata) == BF_JSON_OBJECT, BF_ERR_DATA,
           "its '" BF_SAFETENSORS_METADATA "' is no object");
  while ((key = bf_json_key_after(metadata, key)) != NULL)
    BF_CHECK(bf_json_text(bf_json_get(metadata, key)) != NULL, BF_ERR_DATA,
             "its '" BF_SAFETENSORS_METADATA "' holds something else than texts");
done:
  return status;
}

static bf_status read_entries(source *s)
{
  bf_status status = BF_OK;
  const char *key = NULL;
  BF_CHECK(bf_json_kind_of(s->header) == BF_JSON_OBJECT, BF_ERR_DATA, "its header is no object");
  s->entries = bf_alloc(bf_json_size(s->header), sizeof *s->entries);
  BF_CHECK_MEMORY(s->entries);
  while ((key = bf_json_key_after(s->header, key)) != NULL) {
    const bf_json *value = bf_json_get(s->header, key);
    entry *e = &s->entries[s->n_entries];
    if (strcmp(key, BF_SAFETENSORS_METADATA) == 0) {
      BF_TRY(check_metadata(value));
      continue;
    }
    e->name = key;
    status = read_entry(s, value, e);
    if (status != BF_OK) {
      status = bf_because(status, "tensor '%.64s'", key);
      goto done;
    }
    s->n_entries++;
  }
done:
  return status;
}

static int compare_places(const void *a, const void *b)
{
  const entry *one = a, *other = b;
  if (one->begin != other->begin)
    return one->begin < other->begin ? -1 : 1;
  return one->end < other->end ? -1 : one->end > other->end;
}

/* Every byte of the data belongs to one tensor: what hides between them could be anything. */
static bf_status check_cover(const source *s)
{
  bf_status status = BF_OK;
  uint64_t at = 0;
  entry *sorted = bf_alloc(s->n_entries, sizeof *sorted);
  BF_CHECK_MEMORY(sorted);
  if (s->n_entries > 0)
    memcpy(sorted, s->entries, s->n_entries * sizeof *sorted);
  qsort(sorted, s->n_entries, sizeof *sorted, compare_places);
  for (size_t i = 0; i < s->n_entries; i++) {
    BF_CHECK(sorted[i].begin == at, BF_ERR_DATA,
             "tensor '%.64s' begins at byte %llu of the data, %s", sorted[i].name,
             (unsigned long long)sorted[i].begin,
             sorted[i].begin < at ? "inside of another one" : "and what is before it has no name");
    at = sorted[i].end;
  }
  BF_CHECK(at == s->n_data, BF_ERR_DATA, "its tensors end at byte %llu of %llu",
           (unsigned long long)at, (unsigned long long)s->n_data);
done:
  free(sorted);
  return status;
}

static bf_status read_values(source *s, const entry *e, float *values)
{
  bf_status status = BF_OK;
  unsigned char block[BLOCK_BYTES];
  size_t size = bf_dtype_bytes(e->dtype);
  uint64_t at = BF_SAFETENSORS_LENGTH + s->n_header + e->begin;
  uint64_t n_left = (e->end - e->begin) / size;
  BF_CHECK(fseeko(s->file, (off_t)at, SEEK_SET) == 0, BF_ERR_DATA, "cannot read it: %s",
           strerror(errno));
  while (n_left > 0) {
    size_t n = n_left < BLOCK_BYTES / size ? (size_t)n_left : BLOCK_BYTES / size;
    BF_TRY(read_bytes(s, block, n * size));
    for (size_t i = 0; i < n; i++)
      *values++ = bf_dtype_read(e->dtype, block + i * size, false);
    n_left -= n;
  }
done:
  return status;
}

static bf_status read_tensors(source *s, bf_state *state)
{
  bf_status status = BF_OK;
  for (size_t i = 0; i < s->n_entries; i++) {
    const entry *e = &s->entries[i];
    float *values;
    BF_TRY(bf_state_add(state, e->name, e->dtype, e->n_dims, e->shape, &values));
    BF_TRY(read_values(s, e, values));
  }
done:
  return status;
}

bf_status bf_safetensors_read(const char *path, bf_state **out)
{
  bf_status status;
  source s = {0};
  bf_state *state = NULL;
  BF_TRY(bf_state_create("safetensors file", &state));
  BF_TRY(open_source(path, &s));
  BF_TRY(read_header(&s));
  BF_TRY(read_entries(&s));
  BF_TRY(check_cover(&s));
  BF_TRY(read_tensors(&s, state));
  *out = state;
  state = NULL;
done:
  bf_state_free(state);
  release_source(&s);
  return status;
}
