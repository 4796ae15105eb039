/* Text tables for people and CSV fields for programs.
 * Room: base. */
#ifndef BF_BASE_TABLE_H
#define BF_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/text.h"

/** Rows of cells; the first row is the header. All zero is a valid empty table with 0 columns. */
typedef struct bf_table {
  size_t n_columns;
  size_t n_cells;
  size_t capacity;
  char **cells; /**< row-major; owned */
  bool short_of_memory;
} bf_table;

/** Adds the next cell (copied); rows fill from left to right. */
void bf_table_cell(bf_table *table, const char *format, ...) BF_PRINTF(2, 3);

/** Adds a number for people as the next cell (bf_text_number). */
void bf_table_number(bf_table *table, double value);

/**
 * @brief Appends the table as aligned text in org-mode style: "| a | b |", a rule "|---+---|" after
 * the header. A column whose body holds only numbers, "-" or nothing is aligned right, others left.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_table_print(const bf_table *table, bf_text *text);
void bf_table_release(bf_table *table);

/** Appends one CSV field, quoted as in RFC 4180 when it holds a comma, a quote or a line break. */
void bf_csv_field(bf_text *text, const char *value);

/** Appends "%.9g", or nothing for NaN. */
void bf_csv_number(bf_text *text, double value);

#endif
