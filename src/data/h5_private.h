/* What the h5*.c files share: the handle and its helpers. No other file includes this header.
 * Room: data. */
#ifndef BF_DATA_H5_PRIVATE_H
#define BF_DATA_H5_PRIVATE_H

#include <stdio.h>

/* Newer libraries have this interface, too, but some of its types by other names. */
#define H5_USE_110_API 1
#include <hdf5.h>

#include "data/h5.h"

struct bf_h5 {
  hid_t id;
  char *path;
  FILE *output;              /* of a file that is made; NULL */
  struct bf_h5_image *image; /* what is to stand in it; NULL */
  bool is_sealed;
};

/** Starts a trail with the line and HDF5's innermost message, and empties HDF5's own stack. */
bf_status bf_h5_fail(bf_status status, const char *format, ...) BF_PRINTF(2, 3);

/** Releases an identifier of any kind; negative ones (never opened) are fine. */
void bf_h5_drop(hid_t id);

/**
 * @brief Copies of @p n texts that start at @p texts, or lie @p stride bytes apart (no NUL needed)
 *        in @p fixed. Our own memory, so that freeing does not need the library that read them.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_h5_copy_texts(size_t n, char *const *texts, const char *fixed, size_t stride,
                           char ***out);

/** "rows x columns" or "rows" in @p text: how messages show a shape. Returns @p text. */
enum { BF_H5_SHAPE_BYTES = 64 };
const char *bf_h5_shape_text(size_t n_rows, size_t n_columns, char text[BF_H5_SHAPE_BYTES]);

#endif
