/* What stands in front of the rows of an ARFF file: its attributes, and what is wanted of them.
 * Room: data. Format: Weka's "Attribute-Relation File Format (stable version)". */
#include "data/arff_header.h"

#include <strings.h>

#include "base/memory.h"
#include "data/arff_cell.h"

void bf_arff_header_release(bf_arff_header *header)
{
  for (size_t i = 0; header->attributes != NULL && i < header->columns.n; i++) {
    for (size_t v = 0; v < header->attributes[i].n_values; v++)
      free(header->attributes[i].values[v]);
    free(header->attributes[i].values);
  }
  free(header->attributes);
  free(header->roles);
  free(header->classes);
  bf_columns_release(&header->columns);
}

static bf_status copy_cell(const bf_arff_cell *cell, char **out)
{
  char *copy = bf_alloc(cell->n + 1, 1);
  if (copy == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a name of %zu bytes", cell->n);
  memcpy(copy, cell->text, cell->n);
  *out = copy;
  return BF_OK;
}

static bf_status add_value(const bf_arff_cell *cell, bf_arff_attribute *attribute)
{
  bf_status status = BF_OK;
  size_t n = attribute->n_values;
  /* Full at every power of two. */
  if ((n & (n - 1)) == 0) {
    char **grown = bf_grow(attribute->values, n, n > 0 ? 2 * n : 1, sizeof *grown);
    BF_CHECK_MEMORY(grown);
    attribute->values = grown;
  }
  BF_TRY(copy_cell(cell, &attribute->values[n]));
  attribute->n_values++;
done:
  return status;
}

/* "{a, 'b c'}", the list of the values of a nominal attribute. */
static bf_status read_values(char *at, const char *name, bf_arff_attribute *attribute)
{
  bf_status status = BF_OK;
  bf_arff_cell cell;
  at++;
  while (bf_arff_peek(&at) != '}') {
    bool is_sound =
        bf_arff_peek(&at) != '\0' && bf_arff_take(&at, BF_ARFF_BLANKS ",}", &cell) && cell.n > 0;
    BF_CHECK(is_sound, BF_ERR_DATA, "line %zu: bad list of the values of attribute '%s'",
             attribute->line, name);
    BF_TRY(add_value(&cell, attribute));
    if (bf_arff_peek(&at) == ',')
      at++;
  }
  BF_CHECK(attribute->n_values > 0, BF_ERR_DATA, "line %zu: attribute '%s' has no values",
           attribute->line, name);
done:
  return status;
}

static bf_status read_type(char *at, const char *name, bf_arff_attribute *attribute)
{
  static const struct {
    const char *word;
    bf_arff_type type;
  } types[] = {{"numeric", BF_ARFF_NUMBER},
               {"real", BF_ARFF_NUMBER},
               {"integer", BF_ARFF_NUMBER},
               {"string", BF_ARFF_OTHER},
               {"date", BF_ARFF_OTHER}};
  bf_arff_cell cell;
  attribute->type = BF_ARFF_NOMINAL;
  if (bf_arff_peek(&at) == '{')
    return read_values(at, name, attribute);
  bool is_sound = bf_arff_peek(&at) != '\0' && bf_arff_take(&at, BF_ARFF_BLANKS, &cell);
  for (size_t i = 0; is_sound && i < sizeof types / sizeof types[0]; i++)
    if (bf_arff_is_word(&cell, types[i].word)) {
      attribute->type = types[i].type;
      return BF_OK;
    }
  return bf_fail(BF_ERR_DATA,
                 "line %zu: the type of attribute '%s' is none of numeric, real, integer, string, "
                 "date and {a, b, ...}",
                 attribute->line, name);
}

/* The rest of "@attribute name type". */
static bf_status read_attribute(char *at, size_t line, bf_arff_header *header)
{
  bf_status status = BF_OK;
  size_t n = header->columns.n;
  bf_arff_cell cell;
  char *name = NULL;
  bool is_sound =
      bf_arff_peek(&at) != '\0' && bf_arff_take(&at, BF_ARFF_BLANKS "{", &cell) && cell.n > 0;
  BF_CHECK(is_sound, BF_ERR_DATA, "line %zu: an attribute without a name, or with bad quotes",
           line);
  BF_TRY(copy_cell(&cell, &name));
  if ((n & (n - 1)) == 0) {
    bf_arff_attribute *grown =
        bf_grow(header->attributes, n, n > 0 ? 2 * n : 1, sizeof *header->attributes);
    BF_CHECK_MEMORY(grown);
    header->attributes = grown;
  }
  BF_TRY(bf_columns_add(&header->columns, name));
  header->attributes[n] = (bf_arff_attribute){.line = line};
  BF_TRY(read_type(at, name, &header->attributes[n]));
done:
  free(name);
  return status;
}

/* One line; @p is_last says whether it was "@data". */
static bf_status read_declaration(char *at, size_t line, bf_arff_header *header, bool *is_last)
{
  bf_arff_cell cell;
  if (bf_arff_peek(&at) == '\0')
    return BF_OK;
  bf_arff_take(&at, BF_ARFF_BLANKS, &cell);
  *is_last = bf_arff_is_word(&cell, "@data");
  if (bf_arff_is_word(&cell, "@attribute"))
    return read_attribute(at, line, header);
  if (*is_last || bf_arff_is_word(&cell, "@relation"))
    return BF_OK;
  return bf_fail(BF_ERR_DATA,
                 "line %zu: '%.*s' in front of the rows is neither '@attribute' nor '@data'", line,
                 cell.n < 40 ? (int)cell.n : 40, cell.text);
}

static bf_status read_declarations(bf_text_file *lines, bf_arff_header *header)
{
  bf_status status = BF_OK;
  bool is_last = false;
  while (!is_last) {
    char *line = NULL;
    BF_TRY(bf_text_file_next(lines, &line));
    BF_CHECK(line != NULL, BF_ERR_DATA, "it has no line '@data'");
    BF_TRY(read_declaration(line, lines->n, header, &is_last));
  }
done:
  return status;
}

static bf_status check_twins(const bf_arff_header *header)
{
  bf_status status;
  const bf_columns *columns = &header->columns;
  size_t twin = 0;
  BF_TRY(bf_columns_twin(columns, &twin));
  BF_CHECK(twin == columns->n, BF_ERR_DATA, "line %zu declares attribute '%s' once more",
           header->attributes[twin].line, columns->names[twin]);
done:
  return status;
}

/* Classes of the label's values, by name: their order in the file is any. */
static bf_status map_classes(const bf_request *request, bf_arff_header *header)
{
  bf_status status = BF_OK;
  const bf_arff_attribute *label = &header->attributes[header->columns.label];
  BF_CHECK(label->type != BF_ARFF_OTHER, BF_ERR_DATA,
           "line %zu: attribute '%s' is neither nominal nor a number, so it holds no classes",
           label->line, header->columns.names[header->columns.label]);
  if (label->type == BF_ARFF_NUMBER)
    return BF_OK;
  header->classes = bf_alloc(label->n_values, sizeof *header->classes);
  BF_CHECK_MEMORY(header->classes);
  for (size_t v = 0; v < label->n_values; v++)
    header->classes[v] = bf_class_find(request, label->values[v]);
done:
  return status;
}

static bf_status give_roles(const bf_request *request, bf_arff_header *header)
{
  bf_status status = BF_OK;
  const bf_columns *columns = &header->columns;
  header->roles = bf_alloc(columns->n, sizeof *header->roles);
  BF_CHECK_MEMORY(header->roles);
  for (size_t i = 0; i < columns->n; i++)
    header->roles[i] = request->n_features + 1;
  header->roles[columns->label] = request->n_features;
  for (size_t f = 0; f < request->n_features; f++) {
    size_t i = columns->features[f];
    BF_CHECK(header->attributes[i].type == BF_ARFF_NUMBER, BF_ERR_DATA,
             "line %zu: attribute '%s' is declared as something else than a number",
             header->attributes[i].line, columns->names[i]);
    header->roles[i] = f;
  }
done:
  return status;
}

bf_status bf_arff_header_read(const bf_request *request, bf_text_file *lines,
                              bf_arff_header *header)
{
  bf_status status = BF_OK;
  header->columns.noun = "attribute";
  BF_TRY(read_declarations(lines, header));
  BF_TRY(check_twins(header));
  BF_TRY(bf_columns_find(request, &header->columns));
  BF_TRY(map_classes(request, header));
  BF_TRY(give_roles(request, header));
done:
  return status;
}

/* The first byte of the first line that is neither blank nor a comment (of a byte order mark, if
 * there is one). Comments may be long: those of OpenML tell the whole story of a set. */
static int find_declaration(FILE *file)
{
  bool is_comment = false;
  int c;
  while ((c = getc(file)) > 0 && (is_comment || strchr(" \t\r\n%\xef\xbb\xbf", c) != NULL))
    is_comment = c == '%' || (is_comment && c != '\n');
  return c;
}

bool bf_arff_applies(const char *path)
{
  static const char *const words[] = {"relation", "attribute", "data"};
  char word[16] = "";
  bool applies = false;
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return false;
  if (find_declaration(file) == '@' && fscanf(file, "%15s", word) == 1)
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
      applies |= strcasecmp(word, words[i]) == 0;
  fclose(file);
  return applies;
}
