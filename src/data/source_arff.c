/* ARFF files, as OpenML and Weka write them: columns by name, classes by name, dense or sparse
 * rows. Room: data. */
#include "data/source.h"

#include <math.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "data/arff_cell.h"
#include "data/arff_header.h"

typedef struct arff {
  const bf_request *request;
  bf_text_file lines;
  bf_arff_header header;
  bf_arff_cell *cells; /* (attributes) of a dense row */
  uint64_t *seen;      /* (attributes) the last line that gave a value in a sparse row */
  double *row;         /* (n_features + 1) as it is hashed; the label last */
} arff;

static void arff_close(void *reader)
{
  arff *self = reader;
  bf_arff_header_release(&self->header);
  bf_text_file_close(&self->lines);
  free(self->cells);
  free(self->seen);
  free(self->row);
  free(self);
}

static bf_status arff_open(const bf_request *request, size_t i, void **reader)
{
  bf_status status = BF_OK;
  arff *self = bf_alloc(1, sizeof *self);
  BF_CHECK_MEMORY(self);
  self->request = request;
  BF_TRY(bf_text_file_open(request->paths[i], &self->lines));
  BF_TRY(bf_arff_header_read(request, &self->lines, &self->header));
  self->seen = bf_alloc(self->header.columns.n, sizeof *self->seen);
  self->cells = bf_alloc(self->header.columns.n, sizeof *self->cells);
  self->row = bf_alloc(request->n_features + 1, sizeof *self->row);
  BF_CHECK_MEMORY(self->cells);
  BF_CHECK_MEMORY(self->seen);
  BF_CHECK_MEMORY(self->row);
  *reader = self;
  self = NULL;
done:
  if (self != NULL)
    arff_close(self);
  return status;
}

/* How messages show a word. */
static int shown(const bf_arff_cell *cell)
{
  return cell->n < 40 ? (int)cell->n : 40;
}

static bf_status refuse(const arff *self, size_t attribute, const bf_arff_cell *cell,
                        const char *what)
{
  return bf_fail(BF_ERR_DATA, "line %llu: '%.*s' in attribute '%s' is %s",
                 (unsigned long long)self->lines.n, shown(cell), cell->text,
                 self->header.columns.names[attribute], what);
}

/* A missing value is none at all: NaN, which the import refuses or leaves out. */
static bf_status put_feature(arff *self, size_t attribute, const bf_arff_cell *cell)
{
  size_t n_read = 0;
  double value = (double)NAN;
  bool is_missing = !cell->is_quoted && cell->n == 1 && *cell->text == '?';
  if (!is_missing)
    value = bf_decimal_read(cell->text, &n_read);
  if (!is_missing && (n_read != cell->n || cell->n == 0))
    return refuse(self, attribute, cell, "no number");
  self->row[self->header.roles[attribute]] = value;
  return BF_OK;
}

static bool is_text(const bf_arff_cell *cell, const char *text)
{
  return strncmp(cell->text, text, cell->n) == 0 && text[cell->n] == '\0';
}

static bf_status put_class(arff *self, size_t attribute, const bf_arff_cell *cell, size_t class)
{
  if (class == self->request->n_classes)
    return refuse(self, attribute, cell, "no class and no index of one");
  self->row[self->request->n_features] = (double)class;
  return BF_OK;
}

static bf_status put_label(arff *self, size_t attribute, const bf_arff_cell *cell)
{
  char text[64];
  const bf_arff_attribute *label = &self->header.attributes[attribute];
  if (!cell->is_quoted && cell->n == 1 && *cell->text == '?')
    return refuse(self, attribute, cell, "a missing class");
  for (size_t v = 0; v < label->n_values; v++)
    if (is_text(cell, label->values[v]))
      return put_class(self, attribute, cell, self->header.classes[v]);
  if (label->type == BF_ARFF_NOMINAL)
    return refuse(self, attribute, cell, "none of its declared values");
  snprintf(text, sizeof text, "%.*s", cell->n < sizeof text ? (int)cell->n : 0, cell->text);
  return put_class(self, attribute, cell, bf_class_find(self->request, text));
}

static bf_status put(arff *self, size_t attribute, const bf_arff_cell *cell)
{
  size_t role = self->header.roles[attribute];
  if (role < self->request->n_features)
    return put_feature(self, attribute, cell);
  return role == self->request->n_features ? put_label(self, attribute, cell) : BF_OK;
}

static bf_status refuse_weight(const arff *self)
{
  return bf_fail(BF_ERR_DATA,
                 "line %llu: the row has a weight ('{...}' at its end), and rows here "
                 "have none; remove the weights",
                 (unsigned long long)self->lines.n);
}

/* Cuts "1.5, 2, g"; what stands between two cells is a comma, or just a blank. */
static bf_status cut_row(arff *self, char *at, size_t *n_cells)
{
  bf_status status = BF_OK;
  bf_arff_cell cell;
  size_t i = 0;
  for (bool has_more = true; has_more; i++) {
    if (bf_arff_peek(&at) == '{')
      return refuse_weight(self);
    BF_CHECK(bf_arff_take(&at, BF_ARFF_BLANKS ",", &cell), BF_ERR_DATA,
             "line %llu: bad quotes in cell %zu", (unsigned long long)self->lines.n, i + 1);
    if (i < self->header.columns.n)
      self->cells[i] = cell;
    bool has_comma = bf_arff_peek(&at) == ',';
    at += has_comma;
    has_more = has_comma || bf_arff_peek(&at) != '\0';
  }
  *n_cells = i;
done:
  return status;
}

static bf_status read_dense(arff *self, char *at)
{
  bf_status status = BF_OK;
  size_t n = self->header.columns.n;
  size_t n_cells = 0;
  BF_TRY(cut_row(self, at, &n_cells));
  BF_CHECK(n_cells == n, BF_ERR_DATA, "line %llu has %zu cells, expected %zu",
           (unsigned long long)self->lines.n, n_cells, n);
  for (size_t i = 0; i < n; i++)
    BF_TRY(put(self, i, &self->cells[i]));
done:
  return status;
}

/* A sparse row without a class has the first declared one. */
static bf_status put_first_class(arff *self)
{
  size_t label = self->header.columns.label;
  const bf_arff_attribute *attribute = &self->header.attributes[label];
  const char *first = attribute->type == BF_ARFF_NOMINAL ? attribute->values[0] : "0";
  return put_label(self, label, &(bf_arff_cell){.text = first, .n = strlen(first)});
}

/* "15 g": an index from 0 on, and a value. */
static bf_status read_pair(arff *self, char **at)
{
  bf_status status = BF_OK;
  bf_arff_cell cell;
  char *end = NULL;
  unsigned long long line = self->lines.n;
  bool is_digit = **at >= '0' && **at <= '9';
  unsigned long long index = strtoull(*at, &end, 10);
  BF_CHECK(is_digit && (*end == ' ' || *end == '\t'), BF_ERR_DATA,
           "line %llu: a sparse row holds pairs '{index value, ...}'", line);
  BF_CHECK(index < self->header.columns.n, BF_ERR_DATA,
           "line %llu: index %llu is not below the number of attributes, %zu", line, index,
           self->header.columns.n);
  BF_CHECK(self->seen[index] != self->lines.n, BF_ERR_DATA, "line %llu gives index %llu twice",
           line, index);
  self->seen[index] = self->lines.n;
  *at = end;
  BF_CHECK(bf_arff_peek(at) != '\0' && bf_arff_take(at, BF_ARFF_BLANKS ",}", &cell), BF_ERR_DATA,
           "line %llu: no value, or bad quotes, behind index %llu", line, index);
  BF_TRY(put(self, index, &cell));
done:
  return status;
}

/* "{0 1.5, 16 g}": what is not named is 0. */
static bf_status read_sparse(arff *self, char *at)
{
  bf_status status = BF_OK;
  for (size_t f = 0; f < self->request->n_features; f++)
    self->row[f] = 0;
  at++;
  while (bf_arff_peek(&at) != '}') {
    BF_TRY(read_pair(self, &at));
    if (bf_arff_peek(&at) == ',')
      at++;
  }
  at++;
  if (self->seen[self->header.columns.label] != self->lines.n)
    BF_TRY(put_first_class(self));
  if (bf_arff_peek(&at) == ',')
    at++;
  if (bf_arff_peek(&at) == '{')
    return refuse_weight(self);
  BF_CHECK(bf_arff_peek(&at) == '\0', BF_ERR_DATA, "line %llu goes on behind its sparse row",
           (unsigned long long)self->lines.n);
done:
  return status;
}

static bf_status read_row(arff *self, char *line, bf_block *block)
{
  bf_status status = BF_OK;
  size_t n_features = self->request->n_features;
  if (bf_arff_peek(&line) == '\0')
    return BF_OK;
  BF_TRY(*line == '{' ? read_sparse(self, line) : read_dense(self, line));
  memcpy(block->features + block->n * n_features, self->row, n_features * sizeof(double));
  block->labels[block->n] = (uint8_t)self->row[n_features];
  block->hashes[block->n] = bf_hash_wide(self->row, (n_features + 1) * sizeof(double));
  block->places[block->n] = self->lines.n;
  block->n++;
done:
  return status;
}

static bf_status arff_next(void *reader, bf_block *block)
{
  bf_status status = BF_OK;
  arff *self = reader;
  while (block->n < block->capacity) {
    char *line = NULL;
    BF_TRY(bf_text_file_next(&self->lines, &line));
    if (line == NULL)
      break;
    BF_TRY(read_row(self, line, block));
  }
done:
  return status;
}

const bf_format bf_format_arff = {.name = "arff",
                                  .place = "line",
                                  .applies = bf_arff_applies,
                                  .open = arff_open,
                                  .next = arff_next,
                                  .close = arff_close};
