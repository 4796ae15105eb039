/* A text file line by line, numbered: what the readers of text formats share.
 * Room: data. */
#ifndef BF_DATA_TEXT_FILE_H
#define BF_DATA_TEXT_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

/** All zero is one that is not open. */
typedef struct bf_text_file {
  FILE *file;
  char *line; /* getline's */
  size_t capacity;
  uint64_t n; /**< lines read so far: the number of the last one */
} bf_text_file;

/** @brief Opens the file at @p path. @return BF_OK; BF_ERR_DATA. */
bf_status bf_text_file_open(const char *path, bf_text_file *lines);

/** Closes what is open, if anything is. */
void bf_text_file_close(bf_text_file *lines);

/**
 * @brief The next line that is not blank, without its line break (LF or CRLF) and, if it is the
 *        first of the file, without its byte order mark.
 * @param[out] line NULL at the end. Borrowed until the next call; may be written to.
 * @return BF_OK; BF_ERR_DATA of a NUL byte or a failure to read; BF_ERR_NOMEM.
 */
bf_status bf_text_file_next(bf_text_file *lines, char **line);

#endif
