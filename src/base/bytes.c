/* Little-endian byte strings.
 * Room: base. */
#include "base/bytes.h"

#include "base/memory.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "bytes.c copies values as they are in memory: little-endian machines only");

static int grow(bf_bytes *bytes, size_t wanted)
{
  size_t capacity = bytes->capacity * 2 > wanted ? bytes->capacity * 2 : wanted + 64;
  uint8_t *grown = bf_grow(bytes->data, bytes->length, capacity, 1);
  if (grown == NULL) {
    bytes->short_of_memory = 1;
    return 0;
  }
  bytes->data = grown;
  bytes->capacity = capacity;
  return 1;
}

void bf_bytes_put(bf_bytes *bytes, const void *data, size_t n)
{
  if (bytes->length + n > bytes->capacity && !grow(bytes, bytes->length + n))
    return;
  if (n > 0)
    memcpy(bytes->data + bytes->length, data, n);
  bytes->length += n;
}

void bf_bytes_put_i64(bf_bytes *bytes, int64_t value)
{
  bf_bytes_put(bytes, &value, sizeof value);
}

void bf_bytes_put_f64(bf_bytes *bytes, double value)
{
  bf_bytes_put(bytes, &value, sizeof value);
}

void bf_bytes_put_text(bf_bytes *bytes, const char *text)
{
  size_t n = strlen(text);
  bf_bytes_put_i64(bytes, (int64_t)n);
  bf_bytes_put(bytes, text, n);
}

void bf_bytes_put_floats(bf_bytes *bytes, const float *values, size_t n)
{
  bf_bytes_put_i64(bytes, (int64_t)n);
  bf_bytes_put(bytes, values, n * sizeof *values);
}

bf_status bf_bytes_status(const bf_bytes *bytes)
{
  return bytes->short_of_memory ? bf_fail(BF_ERR_NOMEM, "out of memory for a message") : BF_OK;
}

void bf_bytes_reset(bf_bytes *bytes)
{
  bytes->length = 0;
  bytes->short_of_memory = 0;
}

void bf_bytes_release(bf_bytes *bytes)
{
  free(bytes->data);
  *bytes = (bf_bytes){0};
}

void bf_bytes_swap(bf_bytes *a, bf_bytes *b)
{
  bf_bytes kept = *a;
  *a = *b;
  *b = kept;
}

bf_reader bf_reader_view(const void *data, size_t length)
{
  return (bf_reader){.data = data, .length = length, .at = 0};
}

static bf_status take(bf_reader *reader, void *to, size_t n)
{
  if (n > reader->length - reader->at)
    return bf_fail(BF_ERR_DATA,
                   "message ends at byte %zu, a value of %zu bytes expected at byte %zu",
                   reader->length, n, reader->at);
  if (n > 0)
    memcpy(to, reader->data + reader->at, n);
  reader->at += n;
  return BF_OK;
}

bf_status bf_reader_i64(bf_reader *reader, int64_t *value)
{
  return take(reader, value, sizeof *value);
}

bf_status bf_reader_f64(bf_reader *reader, double *value)
{
  return take(reader, value, sizeof *value);
}

/* The length field of a text or an array of @p size byte items, checked against what is left. */
static bf_status take_length(bf_reader *reader, size_t size, size_t *n)
{
  bf_reader ahead = *reader;
  int64_t length = 0;
  bf_status status = bf_reader_i64(&ahead, &length);
  if (status != BF_OK)
    return status;
  if (length < 0 || (uint64_t)length > (ahead.length - ahead.at) / size)
    return bf_fail(BF_ERR_DATA, "message ends at byte %zu inside a field of %lld items",
                   reader->length, (long long)length);
  *n = (size_t)length;
  *reader = ahead;
  return BF_OK;
}

bf_status bf_reader_text(bf_reader *reader, char **text)
{
  bf_reader ahead = *reader;
  size_t n = 0;
  bf_status status = take_length(&ahead, 1, &n);
  if (status != BF_OK)
    return status;
  char *copy = bf_alloc(n + 1, 1);
  if (copy == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a text of %zu bytes", n);
  take(&ahead, copy, n);
  *text = copy;
  *reader = ahead;
  return BF_OK;
}

bf_status bf_reader_floats(bf_reader *reader, float *values, size_t n)
{
  bf_reader ahead = *reader;
  size_t n_put = 0;
  bf_status status = take_length(&ahead, sizeof *values, &n_put);
  if (status != BF_OK)
    return status;
  if (n_put != n)
    return bf_fail(BF_ERR_DATA, "message holds %zu values, expected %zu", n_put, n);
  take(&ahead, values, n * sizeof *values);
  *reader = ahead;
  return BF_OK;
}
