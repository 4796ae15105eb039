/* Little-endian byte strings: what messages and hashes are made of.
 * Room: base. Writing sticks on lack of memory; reading checks every bound. */
#ifndef BF_BASE_BYTES_H
#define BF_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** All zero is a valid empty byte string. */
typedef struct bf_bytes {
  uint8_t *data;
  size_t length;
  size_t capacity;
  int short_of_memory;
} bf_bytes;

void bf_bytes_put(bf_bytes *bytes, const void *data, size_t n);
void bf_bytes_put_i64(bf_bytes *bytes, int64_t value);
void bf_bytes_put_f64(bf_bytes *bytes, double value);
void bf_bytes_put_text(bf_bytes *bytes, const char *text);
void bf_bytes_put_floats(bf_bytes *bytes, const float *values, size_t n);

/** BF_OK, or BF_ERR_NOMEM if any put so far found no memory. */
bf_status bf_bytes_status(const bf_bytes *bytes);
void bf_bytes_reset(bf_bytes *bytes);
void bf_bytes_release(bf_bytes *bytes);
/** Each gets what the other held. */
void bf_bytes_swap(bf_bytes *a, bf_bytes *b);

/** A read position in borrowed bytes. */
typedef struct bf_reader {
  const uint8_t *data;
  size_t length;
  size_t at;
} bf_reader;

bf_reader bf_reader_view(const void *data, size_t length);

/*
 * Each returns BF_OK, or BF_ERR_DATA ("message ends at byte N") with its output and the position
 * untouched. bf_reader_text copies (freed with free()) and can return BF_ERR_NOMEM;
 * bf_reader_floats fails unless exactly @p n values were put.
 */
bf_status bf_reader_i64(bf_reader *reader, int64_t *value);
bf_status bf_reader_f64(bf_reader *reader, double *value);
bf_status bf_reader_text(bf_reader *reader, char **text);
bf_status bf_reader_floats(bf_reader *reader, float *values, size_t n);

#endif
