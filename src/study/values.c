/* A choice's value as text and as JSON.
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
