/* A small data folder written through the private writers, for tests of what reads it.
 * Room: data (tests). */
#ifndef BF_TESTS_SMALL_SET_H
#define BF_TESTS_SMALL_SET_H

#include <stddef.h>
#include <stdint.h>

#include "data/manifest.h"

enum { SMALL_FEATURES = 3, SMALL_CLASSES = 2, SMALL_SHARDS = 3 };

/** Writes the set into the scratch folder's "set": train 5 + 2 rows, no val row, test 4 rows. */
const char *small_set_write(void);

/** Feature @p j of row @p i of @p split, as written. */
float small_set_value(bf_split split, size_t i, size_t j);
uint8_t small_set_label(bf_split split, size_t i);

#endif
