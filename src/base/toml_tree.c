/* The TOML tree in memory: look up, put, print, free.
 * Room: base. */
#include "base/toml.h"

#include <inttypes.h>
#include <math.h>

#include "base/memory.h"
#include "base/toml_node.h"

static const char bare_key[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bf_toml *bf_toml_node(bf_toml_kind kind, const char *key)
{
  bf_toml *node = bf_alloc(1, sizeof *node);
  if (node == NULL)
    return NULL;
  node->kind = kind;
  if (key != NULL) {
    node->key = bf_copy_text(key);
    if (node->key == NULL) {
      free(node);
      return NULL;
    }
  }
  return node;
}

void bf_toml_free(bf_toml *node)
{
  if (node == NULL)
    return;
  for (size_t i = 0; i < node->n_items; i++)
    bf_toml_free(node->items[i]);
  free(node->items);
  free(node->key);
  free(node->string);
  free(node);
}

/* Room for one more item. The capacity is the power of two at or above n_items. */
static bool has_room(bf_toml *parent)
{
  size_t n = parent->n_items;
  if ((n & (n - 1)) != 0)
    return true;
  bf_toml **items = bf_grow(parent->items, n, n > 0 ? 2 * n : 1, sizeof(bf_toml *));
  if (items == NULL)
    return false;
  parent->items = items;
  return true;
}

static bf_status insert(bf_toml *parent, size_t at, bf_toml *item)
{
  if (item == NULL || !has_room(parent)) {
    bf_toml_free(item);
    return bf_fail(BF_ERR_NOMEM, "out of memory for a TOML value");
  }
  for (size_t i = parent->n_items; i > at; i--)
    parent->items[i] = parent->items[i - 1];
  parent->items[at] = item;
  parent->n_items++;
  return BF_OK;
}

bf_status bf_toml_add(bf_toml *parent, bf_toml *item)
{
  return insert(parent, parent->n_items, item);
}

bf_status bf_toml_fill_string(bf_toml *node, const char *string)
{
  if (strcmp(string, "NA") == 0) {
    node->kind = BF_TOML_NULL;
    return BF_OK;
  }
  char *copy = bf_copy_text(string);
  if (copy == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a TOML string");
  node->kind = BF_TOML_STRING;
  node->string = copy;
  return BF_OK;
}

static bf_toml *child(const bf_toml *table, const char *key, size_t n)
{
  if (table->kind != BF_TOML_TABLE)
    return NULL;
  for (size_t i = 0; i < table->n_items; i++) {
    bf_toml *item = table->items[i];
    if (strncmp(item->key, key, n) == 0 && item->key[n] == '\0')
      return item;
  }
  return NULL;
}

const bf_toml *bf_toml_get(const bf_toml *table, const char *key)
{
  return table != NULL ? child(table, key, strlen(key)) : NULL;
}

const bf_toml *bf_toml_at(const bf_toml *root, const char *path)
{
  const bf_toml *node = root;
  while (node != NULL) {
    size_t n = strcspn(path, ".");
    node = child(node, path, n);
    if (path[n] == '\0')
      break;
    path += n + 1;
  }
  return node;
}

/* The innermost table of a chain of only children. */
static bf_toml *innermost(bf_toml *chain)
{
  while (chain->kind == BF_TOML_TABLE && chain->n_items == 1)
    chain = chain->items[0];
  return chain;
}

/* The tables that the dotted path stands for, outermost first, each the only child of the one
 * before it; read as the table header "[path]", so that the parser says what a key is. */
static bf_status parse_path(const char *path, bf_toml **chain)
{
  bf_status status;
  bf_text header = {0};
  bf_toml *made = NULL;
  bf_text_printf(&header, "[%s]", path);
  BF_TRY(bf_text_status(&header));
  BF_TRY(bf_toml_parse(header.data, path, &made));
  const bf_toml *leaf = innermost(made);
  BF_CHECK(leaf != made && leaf->kind == BF_TOML_TABLE && leaf->n_items == 0, BF_ERR_USAGE,
           "'%s' is no dotted key", path);
  *chain = made;
  made = NULL;
done:
  bf_toml_free(made);
  bf_text_release(&header);
  if (status == BF_ERR_USAGE)
    bf_fail(status, "'%s' is no dotted key", path);
  return status;
}

/* Takes the value of the document "v = <value>"; BF_ERR_USAGE if that is not what it is. */
static bf_status parse_value(const char *value, const char *source, bf_toml **out)
{
  bf_status status;
  bf_text line = {0};
  bf_toml *document = NULL;
  bf_text_printf(&line, "v = %s", value);
  BF_TRY(bf_text_status(&line));
  BF_TRY(bf_toml_parse(line.data, source, &document));
  BF_CHECK(document->n_items == 1, BF_ERR_USAGE, "'%s' is more than one value", value);
  *out = document->items[0];
  document->n_items = 0;
done:
  bf_toml_free(document);
  bf_text_release(&line);
  return status;
}

static void forget_positions(bf_toml *node)
{
  node->line = 0;
  node->column = 0;
  for (size_t i = 0; i < node->n_items; i++)
    forget_positions(node->items[i]);
}

/* Where a new child goes: a value in front of the trailing tables, as a file has to have it. */
static size_t place_for(const bf_toml *table, const bf_toml *item)
{
  size_t at = table->n_items;
  while (item->kind != BF_TOML_TABLE && at > 0 && table->items[at - 1]->kind == BF_TOML_TABLE)
    at--;
  return at;
}

static void replace(bf_toml *table, const bf_toml *old, bf_toml *item)
{
  size_t i = 0;
  while (table->items[i] != old)
    i++;
  bf_toml_free(table->items[i]);
  table->items[i] = item;
}

/* Puts the leaf of a chain of only children into the tree at @p root, with as much of the chain as
 * the tree lacks. */
static bf_status graft(bf_toml *root, bf_toml *chain, const bf_toml *leaf, const char *path)
{
  bf_toml *at = root;
  for (;;) {
    bf_toml *step = chain->items[0];
    bf_toml *present = child(at, step->key, strlen(step->key));
    if (present == NULL) {
      chain->n_items = 0;
      return insert(at, place_for(at, step), step);
    }
    if (step == leaf) {
      chain->n_items = 0;
      replace(at, present, step);
      return BF_OK;
    }
    if (present->kind != BF_TOML_TABLE)
      return bf_fail(BF_ERR_USAGE, "cannot set '%s': '%s' is a value, not a table", path,
                     step->key);
    at = present;
    chain = step;
  }
}

/* Turns the empty table @p leaf into the value, under the key it has. */
static void become(bf_toml *leaf, bf_toml *value)
{
  free(value->key);
  value->key = leaf->key;
  free(leaf->items);
  *leaf = *value;
  free(value);
}

static bf_status set(bf_toml *root, const char *path, bf_toml *value)
{
  bf_toml *chain = NULL;
  bf_status status = parse_path(path, &chain);
  if (status != BF_OK) {
    bf_toml_free(value);
    return status;
  }
  bf_toml *leaf = innermost(chain);
  become(leaf, value);
  forget_positions(chain);
  status = graft(root, chain, leaf, path);
  bf_toml_free(chain);
  return status;
}

static void print_string(const char *string, bf_text *text)
{
  bf_text_append(text, "\"");
  for (const char *at = string; *at != '\0'; at++) {
    unsigned char byte = (unsigned char)*at;
    if (byte == '"' || byte == '\\')
      bf_text_printf(text, "\\%c", byte);
    else if (byte < 0x20 || byte == 0x7f)
      bf_text_printf(text, "\\u%04X", byte);
    else
      bf_text_append_bytes(text, at, 1);
  }
  bf_text_append(text, "\"");
}

bf_status bf_toml_set_string(bf_toml *root, const char *path, const char *string)
{
  bf_status status;
  bf_toml *value = NULL;
  bf_text quoted = {0};
  print_string(string, &quoted);
  BF_TRY(bf_text_status(&quoted));
  /* Through the parser, which turns "NA" into null and refuses what is not UTF-8. */
  BF_TRY(parse_value(quoted.data, path, &value));
  status = set(root, path, value);
done:
  bf_text_release(&quoted);
  return status;
}

bf_status bf_toml_set(bf_toml *root, const char *path, const char *value)
{
  bf_toml *parsed = NULL;
  bf_status status = parse_value(value, path, &parsed);
  if (status == BF_ERR_USAGE)
    return bf_toml_set_string(root, path, value);
  return status == BF_OK ? set(root, path, parsed) : status;
}

bf_status bf_toml_wrap(bf_toml *value)
{
  bf_toml *inner = bf_toml_node(value->kind, NULL);
  bf_toml **items = bf_alloc(1, sizeof(bf_toml *));
  if (inner == NULL || items == NULL) {
    bf_toml_free(inner);
    free(items);
    return bf_fail(BF_ERR_NOMEM, "out of memory for a TOML array");
  }
  *inner = *value;
  inner->key = NULL;
  items[0] = inner;
  *value = (bf_toml){.kind = BF_TOML_ARRAY,
                     .key = value->key,
                     .line = value->line,
                     .column = value->column,
                     .items = items,
                     .n_items = 1};
  return BF_OK;
}

void bf_toml_remove(bf_toml *table, const char *key)
{
  const bf_toml *gone = bf_toml_get(table, key);
  size_t kept = 0;
  for (size_t i = 0; i < table->n_items; i++) {
    if (table->items[i] == gone)
      bf_toml_free(table->items[i]);
    else
      table->items[kept++] = table->items[i];
  }
  table->n_items = kept;
}

static void print_key(const char *key, bf_text *text)
{
  if (key[0] != '\0' && key[strspn(key, bare_key)] == '\0')
    bf_text_append(text, key);
  else
    print_string(key, text);
}

/* The fewest digits that read back as the same number, and always a mark of a float. */
static void print_number(double number, bf_text *text)
{
  char digits[40];
  if (!isfinite(number)) {
    bf_text_append(text, isnan(number) ? "nan" : number < 0 ? "-inf" : "inf");
    return;
  }
  for (int precision = 15; precision <= 17; precision++) {
    snprintf(digits, sizeof digits, "%.*g", precision, number);
    if (strtod(digits, NULL) == number)
      break;
  }
  bf_text_append(text, digits);
  if (strpbrk(digits, ".e") == NULL)
    bf_text_append(text, ".0");
}

static void print_value(const bf_toml *node, bf_text *text);

static void print_items(const bf_toml *node, const char *brackets, bf_text *text)
{
  bf_text_append_bytes(text, &brackets[0], 1);
  for (size_t i = 0; i < node->n_items; i++) {
    if (i > 0)
      bf_text_append(text, ", ");
    if (node->kind == BF_TOML_TABLE) {
      print_key(node->items[i]->key, text);
      bf_text_append(text, " = ");
    }
    print_value(node->items[i], text);
  }
  bf_text_append_bytes(text, &brackets[1], 1);
}

static void print_value(const bf_toml *node, bf_text *text)
{
  switch (node->kind) {
  case BF_TOML_NULL:
    bf_text_append(text, "\"NA\"");
    break;
  case BF_TOML_BOOLEAN:
    bf_text_append(text, node->boolean ? "true" : "false");
    break;
  case BF_TOML_INTEGER:
    bf_text_printf(text, "%" PRId64, node->integer);
    break;
  case BF_TOML_FLOAT:
    print_number(node->number, text);
    break;
  case BF_TOML_STRING:
    print_string(node->string, text);
    break;
  case BF_TOML_ARRAY:
    print_items(node, "[]", text);
    break;
  case BF_TOML_TABLE:
    print_items(node, "{}", text);
    break;
  }
}

void bf_toml_print_value(const bf_toml *node, bf_text *text)
{
  print_value(node, text);
}

/* The enclosing tables of the one being printed, innermost first. */
typedef struct header {
  const struct header *outer;
  const char *key;
} header;

static void print_path(const header *at, bf_text *text)
{
  if (at->outer != NULL) {
    print_path(at->outer, text);
    bf_text_append(text, ".");
  }
  print_key(at->key, text);
}

/* A header says that all following lines are of that table, so only the trailing tables get one;
 * a table with a value after it stands inline, which keeps the order. */
static void print_table(const bf_toml *table, const header *path, bf_text *text)
{
  size_t n_lines = table->n_items;
  while (n_lines > 0 && table->items[n_lines - 1]->kind == BF_TOML_TABLE)
    n_lines--;
  /* The header of a table with nothing but tables goes without saying. */
  if (path != NULL && (n_lines > 0 || table->n_items == 0)) {
    bf_text_append(text, text->length > 0 ? "\n[" : "[");
    print_path(path, text);
    bf_text_append(text, "]\n");
  }
  for (size_t i = 0; i < n_lines; i++) {
    print_key(table->items[i]->key, text);
    bf_text_append(text, " = ");
    print_value(table->items[i], text);
    bf_text_append(text, "\n");
  }
  for (size_t i = n_lines; i < table->n_items; i++)
    print_table(table->items[i], &(header){path, table->items[i]->key}, text);
}

void bf_toml_print(const bf_toml *root, bf_text *text)
{
  print_table(root, NULL, text);
}
