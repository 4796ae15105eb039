/* Rows of doubles on disk, written in any order: the import's middle step.
 * Room: data. */
#ifndef BF_DATA_ROWS_FILE_H
#define BF_DATA_ROWS_FILE_H

#include <stddef.h>

#include "base/status.h"

typedef struct bf_rows_file {
  int fd;
  size_t n_features;
} bf_rows_file;

/** @brief Makes a file without a name in @p folder. @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM. */
bf_status bf_rows_file_open(const char *folder, size_t n_features, bf_rows_file *file);
/** A file that is not open has fd -1. */
void bf_rows_file_close(bf_rows_file *file);

/** @brief Writes the row at @p position. @return BF_OK; BF_ERR_IO. */
bf_status bf_rows_file_put(const bf_rows_file *file, size_t position, const double *row);

/** @brief Reads @p n rows from @p first on. @return BF_OK; BF_ERR_IO. */
bf_status bf_rows_file_get(const bf_rows_file *file, size_t first, size_t n, double *rows);

#endif
