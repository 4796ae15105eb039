/* Text tables for people and CSV fields for programs.
 * Room: base. */
#include "base/table.h"

#include <math.h>
#include <stdarg.h>

#include "base/decimal.h"
#include "base/memory.h"

void bf_table_cell(bf_table *table, const char *format, ...)
{
  bf_text cell = {0};
  va_list arguments;
  va_start(arguments, format);
  bf_text_append(&cell, "");
  bf_text_vprintf(&cell, format, arguments);
  va_end(arguments);
  if (table->n_cells == table->capacity) {
    size_t capacity = 2 * table->capacity + 16;
    char **cells = bf_grow(table->cells, table->n_cells, capacity, sizeof(char *));
    if (cells == NULL) {
      table->short_of_memory = true;
      bf_text_release(&cell);
      return;
    }
    table->cells = cells;
    table->capacity = capacity;
  }
  table->short_of_memory = table->short_of_memory || cell.short_of_memory;
  table->cells[table->n_cells++] = cell.data;
}

void bf_table_number(bf_table *table, double value)
{
  bf_text text = {0};
  bf_text_number(&text, value);
  table->short_of_memory = table->short_of_memory || text.short_of_memory;
  bf_table_cell(table, "%s", bf_text_view(&text));
  bf_text_release(&text);
}

/* A row that was not filled to its end is empty there. */
static const char *cell_at(const bf_table *table, size_t row, size_t column)
{
  size_t i = row * table->n_columns + column;
  return i < table->n_cells ? table->cells[i] : "";
}

/* Characters of a UTF-8 text: every byte but the continuations. */
static size_t n_characters(const char *text)
{
  size_t n = 0;
  for (; *text != '\0'; text++)
    n += ((unsigned char)*text & 0xc0) != 0x80;
  return n;
}

/* Or nothing, where a number would be. */
static bool is_number(const char *text)
{
  char *end;
  strtod(text, &end);
  return *end == '\0' || strcmp(text, "-") == 0;
}

typedef struct column_style {
  size_t width;
  bool right;
} column_style;

static column_style style_of(const bf_table *table, size_t n_rows, size_t column)
{
  column_style style = {.width = 0, .right = n_rows > 1};
  for (size_t row = 0; row < n_rows; row++) {
    const char *cell = cell_at(table, row, column);
    size_t width = n_characters(cell);
    style.width = width > style.width ? width : style.width;
    style.right = style.right && (row == 0 || is_number(cell));
  }
  return style;
}

static void print_spaces(size_t n, bf_text *text)
{
  for (size_t i = 0; i < n; i++)
    bf_text_append(text, " ");
}

static void print_row(const bf_table *table, const column_style *styles, size_t row, bf_text *text)
{
  for (size_t column = 0; column < table->n_columns; column++) {
    const char *cell = cell_at(table, row, column);
    size_t n_spaces = styles[column].width - n_characters(cell);
    bf_text_append(text, "| ");
    print_spaces(styles[column].right ? n_spaces : 0, text);
    bf_text_append(text, cell);
    print_spaces(styles[column].right ? 0 : n_spaces, text);
    bf_text_append(text, " ");
  }
  bf_text_append(text, "|\n");
}

static void print_rule(const bf_table *table, const column_style *styles, bf_text *text)
{
  for (size_t column = 0; column < table->n_columns; column++) {
    bf_text_append(text, column == 0 ? "|" : "+");
    for (size_t i = 0; i < styles[column].width + 2; i++)
      bf_text_append(text, "-");
  }
  bf_text_append(text, "|\n");
}

bf_status bf_table_print(const bf_table *table, bf_text *text)
{
  if (table->short_of_memory)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a table");
  if (table->n_columns == 0 || table->n_cells == 0)
    return BF_OK;
  bf_status status = BF_OK;
  size_t n_rows = (table->n_cells + table->n_columns - 1) / table->n_columns;
  column_style *styles = bf_alloc(table->n_columns, sizeof *styles);
  BF_CHECK_MEMORY(styles);
  for (size_t column = 0; column < table->n_columns; column++)
    styles[column] = style_of(table, n_rows, column);
  for (size_t row = 0; row < n_rows; row++) {
    print_row(table, styles, row, text);
    if (row == 0)
      print_rule(table, styles, text);
  }
  status = bf_text_status(text);
done:
  free(styles);
  return status;
}

void bf_table_release(bf_table *table)
{
  for (size_t i = 0; i < table->n_cells; i++)
    free(table->cells[i]);
  free(table->cells);
  *table = (bf_table){.n_columns = 0};
}

void bf_csv_field(bf_text *text, const char *value)
{
  if (value[strcspn(value, ",\"\r\n")] == '\0') {
    bf_text_append(text, value);
    return;
  }
  bf_text_append(text, "\"");
  for (const char *at = value; *at != '\0'; at++)
    bf_text_append_bytes(text, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
  bf_text_append(text, "\"");
}

void bf_csv_number(bf_text *text, double value)
{
  if (!isnan(value))
    bf_decimal_short(value, text);
}
