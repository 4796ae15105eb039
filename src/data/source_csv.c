/* CSV files: a header, columns by name, a class column of names or indexes.
 * Room: data. */
#include "data/source.h"

#include <ctype.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "data/columns.h"
#include "data/text_file.h"

enum { PEEK_BYTES = 4096 };

typedef struct csv {
  const bf_request *request;
  bf_text_file lines;
  bf_columns columns;
  size_t cells_capacity;
  char **cells; /* (cells_capacity) into the line */
  double *row;  /* (n_features + 1) as it is hashed */
} csv;

static void csv_close(void *reader)
{
  csv *self = reader;
  bf_text_file_close(&self->lines);
  bf_columns_release(&self->columns);
  free(self->cells);
  free(self->row);
  free(self);
}

/* Text whose first line holds a comma and does not open like an ARFF file. */
static bool csv_applies(const char *path)
{
  char bytes[PEEK_BYTES];
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return false;
  size_t n = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  const char *end = memchr(bytes, '\n', n);
  size_t n_line = end != NULL ? (size_t)(end - bytes) : n;
  return memchr(bytes, '\0', n) == NULL && n > 0 && bytes[0] != '@' && bytes[0] != '%' &&
         memchr(bytes, ',', n_line) != NULL;
}

/* Takes the quotes off the cell at @p cell, in place; returns what follows it, NULL if the closing
 * quote is absent. */
static char *unquote(char *cell)
{
  char *to = cell;
  for (char *from = cell + 1; *from != '\0'; from++) {
    if (*from == '"' && from[1] != '"') {
      *to = '\0';
      return from + 1 + strspn(from + 1, " \t");
    }
    if (*from == '"')
      from++;
    *to++ = *from;
  }
  return NULL;
}

static void trim_end(char *cell)
{
  size_t n = strlen(cell);
  while (n > 0 && isspace((unsigned char)cell[n - 1]))
    n--;
  cell[n] = '\0';
}

static bf_status push_cell(csv *self, size_t n, char *cell)
{
  if (n == self->cells_capacity) {
    char **grown = bf_grow(self->cells, n, 2 * n + 16, sizeof *grown);
    if (grown == NULL)
      return bf_fail(BF_ERR_NOMEM, "out of memory for %zu cells", 2 * n + 16);
    self->cells = grown;
    self->cells_capacity = 2 * n + 16;
  }
  self->cells[n] = cell;
  return BF_OK;
}

/* Cuts the line into cells without the blanks around them. */
static bf_status split_line(csv *self, char *line, size_t *n_cells)
{
  bf_status status = BF_OK;
  size_t n = 0;
  for (char *at = line; at != NULL; n++) {
    at += strspn(at, " \t");
    char *cell = at;
    bool is_quoted = *cell == '"';
    char *end = is_quoted ? unquote(cell) : at + strcspn(at, ",");
    BF_CHECK(end != NULL && (*end == ',' || *end == '\0'), BF_ERR_DATA,
             "line %llu: bad quotes in cell %zu", (unsigned long long)self->lines.n, n + 1);
    at = *end == ',' ? end + 1 : NULL;
    if (!is_quoted) {
      *end = '\0';
      trim_end(cell);
    }
    BF_TRY(push_cell(self, n, cell));
  }
  *n_cells = n;
done:
  return status;
}

static bf_status read_header(csv *self)
{
  bf_status status = BF_OK;
  char *line = NULL;
  size_t n_cells = 0, twin = 0;
  self->columns.noun = "column";
  BF_TRY(bf_text_file_next(&self->lines, &line));
  BF_CHECK(line != NULL, BF_ERR_DATA, "it has no header line");
  BF_TRY(split_line(self, line, &n_cells));
  for (size_t i = 0; i < n_cells; i++)
    BF_TRY(bf_columns_add(&self->columns, self->cells[i]));
  BF_TRY(bf_columns_twin(&self->columns, &twin));
  BF_CHECK(twin == self->columns.n, BF_ERR_DATA, "line %llu names column '%s' twice",
           (unsigned long long)self->lines.n, self->columns.names[twin]);
  BF_TRY(bf_columns_find(self->request, &self->columns));
done:
  return status;
}

static bf_status csv_open(const bf_request *request, size_t i, void **reader)
{
  bf_status status = BF_OK;
  csv *self = bf_alloc(1, sizeof *self);
  BF_CHECK_MEMORY(self);
  self->request = request;
  self->row = bf_alloc(request->n_features + 1, sizeof *self->row);
  BF_CHECK_MEMORY(self->row);
  BF_TRY(bf_text_file_open(request->paths[i], &self->lines));
  BF_TRY(read_header(self));
  *reader = self;
  self = NULL;
done:
  if (self != NULL)
    csv_close(self);
  return status;
}

static bf_status parse_feature(const csv *self, size_t feature, double *value)
{
  const char *cell = self->cells[self->columns.features[feature]];
  const char *name = self->request->features[feature];
  unsigned long long line = self->lines.n;
  size_t n_read = 0;
  if (cell[0] == '\0')
    return bf_fail(BF_ERR_DATA, "line %llu: column '%s' is empty", line, name);
  double number = bf_decimal_read(cell, &n_read);
  if (cell[n_read] != '\0')
    return bf_fail(BF_ERR_DATA, "line %llu: '%.40s' in column '%s' is no number", line, cell, name);
  *value = number;
  return BF_OK;
}

static bf_status parse_label(const csv *self, uint8_t *label)
{
  const bf_request *request = self->request;
  const char *cell = self->cells[self->columns.label];
  size_t found = bf_class_find(request, cell);
  if (found == request->n_classes)
    return bf_fail(BF_ERR_DATA, "line %llu: '%.40s' is no class and no index below %zu",
                   (unsigned long long)self->lines.n, cell, request->n_classes);
  *label = (uint8_t)found;
  return BF_OK;
}

static bf_status parse_row(csv *self, char *line, bf_block *block)
{
  bf_status status = BF_OK;
  size_t n_cells = 0;
  size_t n_features = self->request->n_features;
  BF_TRY(split_line(self, line, &n_cells));
  BF_CHECK(n_cells == self->columns.n, BF_ERR_DATA, "line %llu has %zu cells, expected %zu",
           (unsigned long long)self->lines.n, n_cells, self->columns.n);
  for (size_t i = 0; i < n_features; i++)
    BF_TRY(parse_feature(self, i, &self->row[i]));
  BF_TRY(parse_label(self, &block->labels[block->n]));
  self->row[n_features] = (double)block->labels[block->n];
  memcpy(block->features + block->n * n_features, self->row, n_features * sizeof(double));
  block->hashes[block->n] = bf_hash_wide(self->row, (n_features + 1) * sizeof(double));
  block->places[block->n] = self->lines.n;
  block->n++;
done:
  return status;
}

static bf_status csv_next(void *reader, bf_block *block)
{
  bf_status status = BF_OK;
  csv *self = reader;
  while (block->n < block->capacity) {
    char *line = NULL;
    BF_TRY(bf_text_file_next(&self->lines, &line));
    if (line == NULL)
      break;
    BF_TRY(parse_row(self, line, block));
  }
done:
  return status;
}

const bf_format bf_format_csv = {.name = "csv",
                                 .place = "line",
                                 .applies = csv_applies,
                                 .open = csv_open,
                                 .next = csv_next,
                                 .close = csv_close};
