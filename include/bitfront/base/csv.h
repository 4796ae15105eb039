/* CSV texts as tables of cells (RFC 4180).
 * Room: base. Writing a field: base/table.h. */
#ifndef BF_BASE_CSV_H
#define BF_BASE_CSV_H

#include <stddef.h>

#include "base/status.h"

/*
 * The first line that is not blank is the header; each further one is a row with as many cells. A
 * cell in quotes may hold commas, line breaks and quotes written twice. Lines end in LF or CRLF,
 * the last one perhaps in neither. A byte order mark and blank lines are skipped.
 */
typedef struct bf_csv {
  size_t n_columns;
  size_t n_rows; /**< without the header */
  char **cells;  /**< (1 + n_rows, n_columns), the header first; they point into `text` */
  size_t *lines; /**< (1 + n_rows) where each begins, from 1 */
  char *text;    /**< owned */
} bf_csv;

/**
 * @brief Takes a text of @p n bytes, called @p source in messages, apart.
 * @return BF_OK; BF_ERR_DATA "<source>:<line>: ..." for no header, a NUL byte, a quote that is not
 *         closed or stands elsewhere than around a cell, a row with more or fewer cells than the
 *         header, a name that two columns have (none does not count); BF_ERR_NOMEM.
 */
bf_status bf_csv_parse(const char *text, size_t n, const char *source, bf_csv **out);
void bf_csv_free(bf_csv *csv);

/** The column called @p name; n_columns if there is none. */
size_t bf_csv_column(const bf_csv *csv, const char *name);

/** The name of a column, a cell of row 0 .. n_rows - 1, and the line on which that row begins.
 * Borrowed. */
const char *bf_csv_name(const bf_csv *csv, size_t column);
const char *bf_csv_cell(const bf_csv *csv, size_t row, size_t column);
size_t bf_csv_line(const bf_csv *csv, size_t row);

#endif
