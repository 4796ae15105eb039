/* A choice's value as text and as JSON, and a data set's hash.
 * Room: study. */
#include "study/values.h"

#include <inttypes.h>

void bf_value_print(const bf_toml *value, const char *open, const char *close, bf_text *text)
{
  switch (value->kind) {
  case BF_TOML_NULL:
    bf_text_append(text, "NA");
    break;
  case BF_TOML_BOOLEAN:
    bf_text_append(text, value->boolean ? "true" : "false");
    break;
  case BF_TOML_INTEGER:
    bf_text_printf(text, "%" PRId64, value->integer);
    break;
  case BF_TOML_FLOAT:
    bf_text_printf(text, "%.9g", value->number);
    break;
  case BF_TOML_STRING:
    bf_text_append(text, value->string);
    break;
  case BF_TOML_ARRAY:
  case BF_TOML_TABLE:
    bf_text_append(text, open);
    for (size_t i = 0; i < value->n_items; i++) {
      bf_text_append(text, i > 0 ? ", " : "");
      bf_value_print(value->items[i], open, close, text);
    }
    bf_text_append(text, close);
    break;
  }
}

bf_json *bf_value_json(const bf_toml *value)
{
  bf_json *json = NULL;
  switch (value->kind) {
  case BF_TOML_NULL:
    return bf_json_null();
  case BF_TOML_BOOLEAN:
    return bf_json_boolean(value->boolean);
  case BF_TOML_INTEGER:
    return bf_json_integer(value->integer);
  case BF_TOML_FLOAT:
    return bf_json_number(value->number);
  case BF_TOML_STRING:
    return bf_json_string(value->string);
  case BF_TOML_ARRAY:
  case BF_TOML_TABLE:
    json = bf_json_array();
    for (size_t i = 0; i < value->n_items; i++)
      bf_json_push(json, bf_value_json(value->items[i]));
    return json;
  }
  return json;
}

void bf_value_print_json(const bf_json *json, const char *open, const char *close, bf_text *text)
{
  double number = 0;
  switch (bf_json_kind_of(json)) {
  case BF_JSON_NONE:
  case BF_JSON_NULL:
    bf_text_append(text, "NA");
    break;
  case BF_JSON_BOOLEAN:
    bf_text_append(text, bf_json_is_true(json) ? "true" : "false");
    break;
  case BF_JSON_INTEGER:
    bf_text_printf(text, "%" PRId64, bf_json_int64(json));
    break;
  case BF_JSON_REAL:
    if (bf_json_double(json, &number) == BF_OK)
      bf_text_printf(text, "%.9g", number);
    break;
  case BF_JSON_STRING:
    bf_text_append(text, bf_json_text(json));
    break;
  case BF_JSON_ARRAY:
  case BF_JSON_OBJECT:
    bf_text_append(text, open);
    for (size_t i = 0; i < bf_json_size(json); i++) {
      bf_text_append(text, i > 0 ? ", " : "");
      bf_value_print_json(bf_json_at(json, i), open, close, text);
    }
    bf_text_append(text, close);
    break;
  }
}

bf_json *bf_hash_json(uint64_t hash)
{
  char text[17];
  snprintf(text, sizeof text, "%016" PRIx64, hash);
  return bf_json_string(text);
}
