/* CSV files: a header, columns by name, a class column of names or indexes.
 * Room: data. */
#include "data/source.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>

#include "base/memory.h"
#include "base/suggest.h"

static const char *const label_columns[] = {"class", "label", "jet_type"};

enum { N_LABEL_COLUMNS = sizeof label_columns / sizeof label_columns[0], PEEK_BYTES = 4096 };

typedef struct csv {
  const bf_request *request;
  FILE *file;
  char *line; /* getline's */
  size_t line_capacity;
  uint64_t n_lines; /* read so far */
  size_t n_cells;   /* of the header */
  char **cells;     /* (cells_capacity) into the line */
  size_t cells_capacity;
  char **names;    /* (n_cells) of the header; copies */
  size_t *columns; /* (n_features) cell of each feature */
  size_t label;    /* cell of the class */
  double *row;     /* (n_features + 1) as it is hashed */
} csv;

static void csv_close(void *reader)
{
  csv *self = reader;
  if (self->file != NULL)
    fclose(self->file);
  for (size_t i = 0; self->names != NULL && i < self->n_cells; i++)
    free(self->names[i]);
  free(self->names);
  free(self->columns);
  free(self->cells);
  free(self->line);
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

static bool is_blank(const char *text)
{
  return text[strspn(text, " \t\r\n")] == '\0';
}

/* The next line that is not blank, without its line break; NULL at the end. */
static bf_status read_line(csv *self, char **line)
{
  *line = NULL;
  for (;;) {
    errno = 0;
    ssize_t n = getline(&self->line, &self->line_capacity, self->file);
    if (n < 0 && errno == ENOMEM)
      return bf_fail(BF_ERR_NOMEM, "out of memory for line %llu",
                     (unsigned long long)self->n_lines + 1);
    if (n < 0)
      return ferror(self->file) ? bf_fail(BF_ERR_DATA, "%s", strerror(errno)) : BF_OK;
    self->n_lines++;
    if (strlen(self->line) != (size_t)n)
      return bf_fail(BF_ERR_DATA, "line %llu holds a NUL byte", (unsigned long long)self->n_lines);
    if (!is_blank(self->line))
      break;
  }
  bool has_mark = self->n_lines == 1 && strncmp(self->line, "\xef\xbb\xbf", 3) == 0;
  *line = self->line + (has_mark ? 3 : 0);
  (*line)[strcspn(*line, "\r\n")] = '\0';
  return BF_OK;
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
             "line %llu: bad quotes in cell %zu", (unsigned long long)self->n_lines, n + 1);
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

static bf_status check_twins(const csv *self)
{
  for (size_t i = 0; i < self->n_cells; i++)
    for (size_t j = 0; j < i; j++)
      if (strcmp(self->names[i], self->names[j]) == 0 && self->names[i][0] != '\0')
        return bf_fail(BF_ERR_DATA, "line %llu names column '%s' twice",
                       (unsigned long long)self->n_lines, self->names[i]);
  return BF_OK;
}

/* Copies the header's names, which the next line overwrites. */
static bf_status keep_header(csv *self, size_t n_cells)
{
  bf_status status = BF_OK;
  self->names = bf_alloc(n_cells, sizeof *self->names);
  BF_CHECK_MEMORY(self->names);
  self->n_cells = n_cells;
  for (size_t i = 0; i < n_cells; i++) {
    self->names[i] = bf_copy_text(self->cells[i]);
    BF_CHECK_MEMORY(self->names[i]);
  }
  BF_TRY(check_twins(self));
done:
  return status;
}

static bf_status find_column(const csv *self, const char *name, size_t *cell)
{
  const char *const *names = (const char *const *)self->names;
  size_t found = bf_column_find(name, self->n_cells, names);
  if (found < self->n_cells) {
    *cell = found;
    return BF_OK;
  }
  const char *nearest = bf_suggest(name, names, self->n_cells);
  return bf_fail(BF_ERR_DATA, "it lacks column '%s'%s%s%s", name,
                 nearest != NULL ? "; the nearest is '" : "", nearest != NULL ? nearest : "",
                 nearest != NULL ? "'" : "");
}

static bf_status find_label_column(const csv *self, size_t *cell)
{
  for (size_t i = 0; i < N_LABEL_COLUMNS; i++) {
    size_t found =
        bf_column_find(label_columns[i], self->n_cells, (const char *const *)self->names);
    if (found < self->n_cells) {
      *cell = found;
      return BF_OK;
    }
  }
  return bf_fail(BF_ERR_DATA, "it lacks a class column: 'class', 'label' or 'jet_type'");
}

static bf_status read_header(csv *self)
{
  bf_status status = BF_OK;
  char *line = NULL;
  size_t n_cells = 0;
  BF_TRY(read_line(self, &line));
  BF_CHECK(line != NULL, BF_ERR_DATA, "it has no header line");
  BF_TRY(split_line(self, line, &n_cells));
  BF_TRY(keep_header(self, n_cells));
  for (size_t i = 0; i < self->request->n_features; i++)
    BF_TRY(find_column(self, self->request->features[i], &self->columns[i]));
  BF_TRY(find_label_column(self, &self->label));
done:
  return status;
}

static bf_status csv_open(const bf_request *request, size_t i, void **reader)
{
  bf_status status = BF_OK;
  csv *self = bf_alloc(1, sizeof *self);
  BF_CHECK_MEMORY(self);
  self->request = request;
  self->columns = bf_alloc(request->n_features, sizeof *self->columns);
  self->row = bf_alloc(request->n_features + 1, sizeof *self->row);
  BF_CHECK_MEMORY(self->columns);
  BF_CHECK_MEMORY(self->row);
  self->file = fopen(request->paths[i], "rb");
  BF_CHECK(self->file != NULL, BF_ERR_DATA, "%s", strerror(errno));
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
  const char *cell = self->cells[self->columns[feature]];
  const char *name = self->request->features[feature];
  unsigned long long line = self->n_lines;
  char *end = NULL;
  if (cell[0] == '\0')
    return bf_fail(BF_ERR_DATA, "line %llu: column '%s' is empty", line, name);
  double number = strtod(cell, &end);
  if (*end != '\0')
    return bf_fail(BF_ERR_DATA, "line %llu: '%.40s' in column '%s' is no number", line, cell, name);
  *value = number;
  return BF_OK;
}

/* A class by its name, or by its index as written by programs that know only floats. */
static bf_status parse_label(const csv *self, uint8_t *label)
{
  const bf_request *request = self->request;
  const char *cell = self->cells[self->label];
  char *end = NULL;
  for (size_t c = 0; c < request->n_classes; c++)
    if (strcmp(cell, request->classes[c]) == 0) {
      *label = (uint8_t)c;
      return BF_OK;
    }
  double index = strtod(cell, &end);
  bool is_index = end != cell && *end == '\0' && index >= 0 && index < (double)request->n_classes &&
                  index == floor(index);
  if (!is_index)
    return bf_fail(BF_ERR_DATA, "line %llu: '%.40s' is no class and no index below %zu",
                   (unsigned long long)self->n_lines, cell, request->n_classes);
  *label = (uint8_t)index;
  return BF_OK;
}

static bf_status parse_row(csv *self, char *line, bf_block *block)
{
  bf_status status = BF_OK;
  size_t n_cells = 0;
  size_t n_features = self->request->n_features;
  BF_TRY(split_line(self, line, &n_cells));
  BF_CHECK(n_cells == self->n_cells, BF_ERR_DATA, "line %llu has %zu cells, expected %zu",
           (unsigned long long)self->n_lines, n_cells, self->n_cells);
  for (size_t i = 0; i < n_features; i++)
    BF_TRY(parse_feature(self, i, &self->row[i]));
  BF_TRY(parse_label(self, &block->labels[block->n]));
  self->row[n_features] = (double)block->labels[block->n];
  memcpy(block->features + block->n * n_features, self->row, n_features * sizeof(double));
  block->hashes[block->n] = bf_hash_wide(self->row, (n_features + 1) * sizeof(double));
  block->places[block->n] = self->n_lines;
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
    BF_TRY(read_line(self, &line));
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
