/* NumPy's array files (.npy): their header, and rows of numbers.
 * Room: data. Nothing in a file is executed: the header is read by hand, objects are not read. */
#ifndef BF_DATA_NPY_H
#define BF_DATA_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

enum { BF_NPY_MAX_DIMS = 32 };

/** An opened file. All zero is none. */
typedef struct bf_npy {
  FILE *file;
  char kind;   /**< 'f' float, 'i' integer, 'u' unsigned, 'b' truth; other letters as in NumPy */
  size_t size; /**< bytes of an element */
  bool is_swapped; /**< of the other byte order than this machine's */
  bool is_fortran; /**< column after column */
  size_t n_dims;
  size_t dims[BF_NPY_MAX_DIMS];
  int64_t start; /**< where the data begins in the file */
} bf_npy;

/** Whether the file starts like one. */
bool bf_npy_applies(const char *path);

/** @brief Opens a file and reads its header (versions 1, 2 and 3). Arrays of numbers must be as
 * long as they say. @return BF_OK; BF_ERR_DATA. */
bf_status bf_npy_open(const char *path, bf_npy *array);
void bf_npy_close(bf_npy *array);

/** Whether the elements are numbers that bf_npy_read knows: float16, 32 and 64, integers of 8 to 64
 * bits, truth values. */
bool bf_npy_is_numeric(const bf_npy *array);

/** Rows (the first dimension), and elements of one (the second dimension, if there is one). */
size_t bf_npy_rows(const bf_npy *array);
size_t bf_npy_columns(const bf_npy *array);

/**
 * @brief Reads @p n rows from @p first on of an array of numbers with one or two dimensions.
 * @param[out] raw (n, columns, size) bytes as in the file, but row after row.
 * @param[out] values (n, columns).
 * @return BF_OK; BF_ERR_DATA; BF_ERR_NOMEM.
 */
bf_status bf_npy_read(const bf_npy *array, size_t first, size_t n, uint8_t *raw, double *values);

#endif
