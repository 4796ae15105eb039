/* Several tasks, or several results, in one message.
 * Room: cluster. */
#include "cluster/bundle.h"

#include <string.h>

enum { HEAD_BYTES = 2 * sizeof(int64_t) };

size_t bf_bundle_open(bf_bytes *bytes)
{
  size_t place = bytes->length;
  bf_bytes_put_i64(bytes, 0);
  bf_bytes_put_i64(bytes, 0);
  return place;
}

/* Without memory for its head there is no parcel; the bytes say so (bf_bytes_status). */
void bf_bundle_close(bf_bytes *bytes, size_t place, int64_t note)
{
  if (bytes->short_of_memory)
    return;
  const int64_t head[] = {note, (int64_t)(bytes->length - place - HEAD_BYTES)};
  memcpy(bytes->data + place, head, sizeof head);
}

void bf_bundle_drop(bf_bytes *bytes, size_t place)
{
  bytes->length = place;
}

bf_status bf_bundle_read(bf_reader *reader, bf_parcel *parcel)
{
  bf_reader ahead = *reader;
  int64_t note = 0;
  int64_t length = 0;
  bf_status status = BF_OK;
  BF_TRY(bf_reader_i64(&ahead, &note));
  BF_TRY(bf_reader_i64(&ahead, &length));
  BF_CHECK(length >= 0 && (uint64_t)length <= ahead.length - ahead.at, BF_ERR_DATA,
           "message has a parcel of %lld bytes, and %zu are left", (long long)length,
           ahead.length - ahead.at);
  *parcel = (bf_parcel){.note = note, .data = ahead.data + ahead.at, .length = (size_t)length};
  ahead.at += (size_t)length;
  *reader = ahead;
done:
  return status;
}

bf_status bf_bundle_count(const void *data, size_t length, size_t *n)
{
  bf_reader reader = bf_reader_view(data, length);
  bf_parcel parcel;
  size_t count = 0;
  bf_status status = BF_OK;
  for (; reader.at < reader.length; count++)
    BF_TRY(bf_bundle_read(&reader, &parcel));
  *n = count;
done:
  return status;
}
