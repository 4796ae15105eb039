/* Several tasks, or several results, in one message.
 * Room: cluster. MPI: nothing. Byte layout: docs/formats.md, "Messages". */
#ifndef BF_CLUSTER_BUNDLE_H
#define BF_CLUSTER_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/*
 * A bundle is a row of parcels up to the end of the message; each is a note (int64), a length
 * (int64) and so many bytes, which this room does not read. Sides take nothing of each other for
 * granted: a parcel that is longer than what is left of the message, or shorter than nothing, is
 * an error.
 */
typedef struct bf_parcel {
  int64_t note; /**< of a task: how long its result may wait for others, in ns; 0: it may not;
                   of a result: how long it took, in ns */
  const uint8_t *data; /**< (length) inside the message */
  size_t length;
} bf_parcel;

/** A bundle that is longer than this is sent, also if it could take more. */
enum { BF_BUNDLE_BYTES = 65536 };

/** @brief Begins a parcel at the end of @p bytes: what is put there next is its contents.
 * @return Its place, for close or drop. */
size_t bf_bundle_open(bf_bytes *bytes);

/** Ends the parcel at @p place, which was the last to be opened. */
void bf_bundle_close(bf_bytes *bytes, size_t place, int64_t note);

/** Takes the parcel at @p place back. */
void bf_bundle_drop(bf_bytes *bytes, size_t place);

/** @brief The next parcel of those that are left. @return BF_OK; BF_ERR_DATA: it is none, and the
 * position stays. */
bf_status bf_bundle_read(bf_reader *reader, bf_parcel *parcel);

/** @brief How many parcels a whole message holds. @return BF_OK; BF_ERR_DATA. */
bf_status bf_bundle_count(const void *data, size_t length, size_t *n);

#endif
