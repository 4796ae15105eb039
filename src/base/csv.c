/* CSV texts as tables of cells.
 * Room: base. */
#include "base/csv.h"

#include <stdbool.h>

#include "base/memory.h"

/* A walk through the text, which takes quotes off in place. */
typedef struct parser {
  const char *source;
  bf_csv *csv;
  char *at;
  char *end; /* the NUL behind the text */
  size_t line;
  size_t n_cells;
  size_t cell_capacity;
  size_t n_lines; /* of the table: the header and the rows */
  size_t line_capacity;
} parser;

void bf_csv_free(bf_csv *csv)
{
  if (csv == NULL)
    return;
  free(csv->cells);
  free(csv->lines);
  free(csv->text);
  free(csv);
}

size_t bf_csv_column(const bf_csv *csv, const char *name)
{
  size_t column = 0;
  while (column < csv->n_columns && strcmp(csv->cells[column], name) != 0)
    column++;
  return column;
}

const char *bf_csv_name(const bf_csv *csv, size_t column)
{
  return csv->cells[column];
}

const char *bf_csv_cell(const bf_csv *csv, size_t row, size_t column)
{
  return csv->cells[(row + 1) * csv->n_columns + column];
}

size_t bf_csv_line(const bf_csv *csv, size_t row)
{
  return csv->lines[row + 1];
}

static bf_status copy_text(const char *text, size_t n, parser *p)
{
  static const char mark[] = "\xef\xbb\xbf";
  const char *nul = n > 0 ? memchr(text, '\0', n) : NULL;
  if (nul != NULL) {
    size_t line = 1;
    for (const char *at = text; at < nul; at++)
      line += *at == '\n';
    return bf_fail(BF_ERR_DATA, "%s:%zu: a NUL byte, expected text", p->source, line);
  }
  p->csv->text = bf_alloc(n + 1, 1);
  if (p->csv->text == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu bytes of '%s'", n, p->source);
  if (n > 0)
    memcpy(p->csv->text, text, n);
  bool has_mark = strncmp(p->csv->text, mark, strlen(mark)) == 0;
  p->at = p->csv->text + (has_mark ? strlen(mark) : 0);
  p->end = p->csv->text + n;
  return BF_OK;
}

/* The length of the line break at @p at; 0 if there is none. */
static size_t line_break(const char *at)
{
  return at[0] == '\n' ? 1 : at[0] == '\r' && at[1] == '\n' ? 2 : 0;
}

static bool ends_cell(const char *at)
{
  return *at == ',' || *at == '\0' || line_break(at) > 0;
}

/* Takes the quotes off the cell that begins here; p->at ends up behind the closing one. */
static bf_status read_quoted(parser *p, char **last)
{
  size_t first_line = p->line;
  char *to = p->at;
  for (p->at++; p->at < p->end; p->at++) {
    if (*p->at == '"' && p->at[1] != '"')
      break;
    if (*p->at == '"')
      p->at++;
    p->line += *p->at == '\n';
    *to++ = *p->at;
  }
  if (p->at == p->end)
    return bf_fail(BF_ERR_DATA, "%s:%zu: a quote is not closed", p->source, first_line);
  p->at++;
  if (!ends_cell(p->at))
    return bf_fail(BF_ERR_DATA, "%s:%zu: text behind a closing quote, expected a comma", p->source,
                   p->line);
  *last = to;
  return BF_OK;
}

static bf_status read_plain(parser *p, char **last)
{
  while (!ends_cell(p->at) && *p->at != '"')
    p->at++;
  if (*p->at == '"')
    return bf_fail(BF_ERR_DATA, "%s:%zu: a quote inside a cell that does not begin with one",
                   p->source, p->line);
  *last = p->at;
  return BF_OK;
}

static bf_status push_cell(parser *p, char *cell)
{
  if (p->n_cells == p->cell_capacity) {
    size_t capacity = 2 * p->n_cells + 64;
    char **cells = bf_grow(p->csv->cells, p->n_cells, capacity, sizeof *cells);
    if (cells == NULL)
      return bf_fail(BF_ERR_NOMEM, "out of memory for %zu cells of '%s'", capacity, p->source);
    p->csv->cells = cells;
    p->cell_capacity = capacity;
  }
  p->csv->cells[p->n_cells++] = cell;
  return BF_OK;
}

static bf_status push_line(parser *p, size_t line)
{
  if (p->n_lines == p->line_capacity) {
    size_t capacity = 2 * p->n_lines + 64;
    size_t *lines = bf_grow(p->csv->lines, p->n_lines, capacity, sizeof *lines);
    if (lines == NULL)
      return bf_fail(BF_ERR_NOMEM, "out of memory for %zu lines of '%s'", capacity, p->source);
    p->csv->lines = lines;
    p->line_capacity = capacity;
  }
  p->csv->lines[p->n_lines++] = line;
  return BF_OK;
}

/* Reads a cell and what ends it. */
static bf_status read_cell(parser *p, bool *is_last)
{
  char *cell = p->at;
  char *last = cell;
  bf_status status = *p->at == '"' ? read_quoted(p, &last) : read_plain(p, &last);
  if (status != BF_OK)
    return status;
  size_t n_break = line_break(p->at);
  *is_last = *p->at != ',';
  p->line += n_break > 0;
  p->at += *is_last ? n_break : 1;
  *last = '\0';
  return push_cell(p, cell);
}

static bf_status read_row(parser *p)
{
  size_t line = p->line;
  size_t n_before = p->n_cells;
  bool is_last = false;
  while (!is_last) {
    bf_status status = read_cell(p, &is_last);
    if (status != BF_OK)
      return status;
  }
  size_t n = p->n_cells - n_before;
  if (p->n_lines == 0)
    p->csv->n_columns = n;
  if (n != p->csv->n_columns)
    return bf_fail(BF_ERR_DATA, "%s:%zu: %zu cells, expected %zu as in the header", p->source, line,
                   n, p->csv->n_columns);
  return push_line(p, line);
}

static bf_status read_rows(parser *p)
{
  bf_status status = BF_OK;
  while (status == BF_OK && p->at < p->end) {
    size_t n_break = line_break(p->at);
    p->at += n_break;
    p->line += n_break > 0;
    if (n_break == 0)
      status = read_row(p);
  }
  return status;
}

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, because a hostile header may be long. */
static bf_status check_twins(const parser *p)
{
  size_t n = p->csv->n_columns;
  bf_status status = BF_OK;
  char **names = bf_alloc(n, sizeof *names);
  BF_CHECK_MEMORY(names);
  memcpy(names, p->csv->cells, n * sizeof *names);
  qsort(names, n, sizeof *names, compare_names);
  for (size_t i = 1; i < n; i++)
    BF_CHECK(names[i][0] == '\0' || strcmp(names[i - 1], names[i]) != 0, BF_ERR_DATA,
             "%s:%zu: two columns are called '%.80s'", p->source, p->csv->lines[0], names[i]);
done:
  free(names);
  return status;
}

bf_status bf_csv_parse(const char *text, size_t n, const char *source, bf_csv **out)
{
  bf_status status = BF_OK;
  parser p = {.source = source, .line = 1};
  p.csv = bf_alloc(1, sizeof *p.csv);
  BF_CHECK_MEMORY(p.csv);
  BF_TRY(copy_text(text, n, &p));
  BF_TRY(read_rows(&p));
  BF_CHECK(p.n_lines > 0, BF_ERR_DATA, "%s:1: it is empty, expected a header", source);
  BF_TRY(check_twins(&p));
  p.csv->n_rows = p.n_lines - 1;
  *out = p.csv;
  p.csv = NULL;
done:
  bf_csv_free(p.csv);
  return status;
}
