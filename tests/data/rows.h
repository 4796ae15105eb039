/* Reading a whole source into memory, and writing CSV, for tests of importers.
 * Room: data (tests). */
#ifndef BF_TESTS_ROWS_H
#define BF_TESTS_ROWS_H

#include "data/source.h"

enum { TEST_FEATURES = 2, TEST_CLASSES = 3 };

/** A request for features "mass" and "width", classes g, q, t, of one path. */
bf_request rows_request(const char *const *path);

/** All rows of a source. */
typedef struct rows {
  size_t n;
  double *features;
  uint8_t *labels;
  bf_hash128 *hashes;
  uint64_t *places;
} rows;

/** Reads everything @p request asks for, @p capacity rows a block (0: the block's own). */
bf_status rows_read(const bf_request *request, const bf_format *format, size_t capacity, rows *out);
void rows_release(rows *all);

/** Reads a text file of these contents, its format found by them; @p capacity rows at a time, 0: as
 * many as fit. */
bf_status rows_read_text(const char *text, size_t capacity, rows *out);

/** Row @p i has these features and this label. */
void rows_assert(const rows *all, size_t i, double mass, double width, uint8_t label);

/** Reads a text file of one row, failing one allocation after the other: each time there is no row
 * and no leak, until none is left to fail. */
void rows_read_short_of_memory(const char *text);

#endif
