/* JSON documents: our names over jansson, with memory through bf_alloc.
 * Room: base. */
#include "base/json.h"

#include <math.h>
#include <threads.h>

#include <jansson.h>

#include "base/file.h"
#include "base/memory.h"

/* Whether a value of a document was lost on this thread since the last document was printed. */
static _Thread_local bool lost;

/* Whether a document is being parsed on this thread. */
static _Thread_local bool parses;

static once_flag once = ONCE_FLAG_INIT;

/* jansson forgets to look when the buffer of a string cannot grow, and reads and writes behind its
 * end when the closing quote is what is missing. A document that is lost is thrown away in the end;
 * until then the parser gets what there is. */
static void *allocate(size_t n)
{
  void *memory = bf_alloc_bytes(n);
  lost = lost || memory == NULL;
  return memory == NULL && parses ? malloc(n) : memory;
}

static void use_our_memory(void)
{
  json_set_alloc_funcs(allocate, free);
}

/* Every maker and the parser starts with this: memory must come from one allocator throughout. */
static void start(void)
{
  call_once(&once, use_our_memory);
}

bf_json *bf_json_object(void)
{
  start();
  return json_object();
}

bf_json *bf_json_array(void)
{
  start();
  return json_array();
}

/* Names of files and hosts may be any bytes, JSON is UTF-8: the rest becomes question marks. */
static bf_json *ascii_string(const char *text)
{
  char *copy = bf_copy_text(text);
  if (copy == NULL) {
    lost = true;
    return NULL;
  }
  for (char *at = copy; *at != '\0'; at++)
    if ((unsigned char)*at > 0x7f)
      *at = '?';
  bf_json *json = json_string(copy);
  free(copy);
  return json;
}

bf_json *bf_json_string(const char *text)
{
  start();
  bool lost_before = lost;
  lost = false;
  bf_json *json = json_string(text);
  if (json == NULL && !lost)
    json = ascii_string(text);
  lost = lost || lost_before;
  return json;
}

bf_json *bf_json_integer(int64_t value)
{
  start();
  return json_integer(value);
}

bf_json *bf_json_boolean(bool value)
{
  return json_boolean(value);
}

bf_json *bf_json_null(void)
{
  return json_null();
}

bf_json *bf_json_number(double value)
{
  start();
  return isfinite(value) ? json_real(value) : json_null();
}

void bf_json_set(bf_json *object, const char *key, bf_json *value)
{
  if (json_object_set_new(object, key, value) != 0)
    lost = true;
}

void bf_json_push(bf_json *array, bf_json *value)
{
  if (json_array_append_new(array, value) != 0)
    lost = true;
}

void bf_json_free(bf_json *json)
{
  json_decref(json);
}

bf_json *bf_json_copy(const bf_json *json)
{
  start();
  return json_deep_copy(json);
}

static int append(const char *bytes, size_t n, void *text)
{
  bf_text_append_bytes(text, bytes, n);
  return 0;
}

static bf_status print(const bf_json *json, size_t flags, bf_text *text)
{
  bool whole = json != NULL && !lost;
  if (whole && json_dump_callback(json, append, text, flags | JSON_ENCODE_ANY) != 0)
    whole = false;
  lost = false;
  return whole ? bf_text_status(text) : bf_fail(BF_ERR_NOMEM, "out of memory for a JSON document");
}

bf_status bf_json_print(const bf_json *json, bf_text *text)
{
  bf_status status = print(json, JSON_INDENT(4) | JSON_REAL_PRECISION(15), text);
  if (status != BF_OK)
    return status;
  bf_text_append(text, "\n");
  return bf_text_status(text);
}

bf_status bf_json_print_exact(const bf_json *json, bf_text *text)
{
  return print(json, JSON_COMPACT | JSON_REAL_PRECISION(17), text);
}

bf_status bf_json_write(const bf_json *json, const char *path)
{
  bf_text text = {0};
  bf_status status = bf_json_print(json, &text);
  if (status == BF_OK)
    status = bf_file_write_text(path, &text);
  bf_text_release(&text);
  return status;
}

bf_json *bf_json_hold(const bf_json *json)
{
  /* A count of holders inside of the value is all that changes. */
  return json_incref((json_t *)(uintptr_t)json);
}

/* NULL with *short_of_memory, or with *error. */
static bf_json *load(const char *text, size_t n, json_error_t *error, bool *short_of_memory)
{
  start();
  bool lost_before = lost;
  lost = false;
  parses = true;
  *error = (json_error_t){.line = 0};
  bf_json *json = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, error);
  parses = false;
  *short_of_memory = lost;
  lost = lost_before;
  if (!*short_of_memory)
    return json;
  json_decref(json);
  return NULL;
}

bf_status bf_json_parse(const char *text, const char *source, bf_json **out)
{
  json_error_t error;
  bool short_of_memory = false;
  bf_json *json = load(text, strlen(text), &error, &short_of_memory);
  if (short_of_memory)
    return bf_fail(BF_ERR_NOMEM, "out of memory while parsing '%s'", source);
  if (json == NULL)
    return bf_fail(BF_ERR_DATA, "%s:%d:%d: %s", source, error.line, error.column, error.text);
  *out = json;
  return BF_OK;
}

bf_status bf_json_parse_line(const char *line, size_t n, bf_json **out)
{
  json_error_t error;
  bool short_of_memory = false;
  bf_json *json = load(line, n, &error, &short_of_memory);
  if (short_of_memory)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a line of %zu bytes", n);
  if (json == NULL)
    return bf_fail(BF_ERR_DATA, "column %d: %s", error.column, error.text);
  *out = json;
  return BF_OK;
}

bf_json_kind bf_json_kind_of(const bf_json *json)
{
  static const bf_json_kind kinds[] = {
      [JSON_OBJECT] = BF_JSON_OBJECT, [JSON_ARRAY] = BF_JSON_ARRAY,
      [JSON_STRING] = BF_JSON_STRING, [JSON_INTEGER] = BF_JSON_INTEGER,
      [JSON_REAL] = BF_JSON_REAL,     [JSON_TRUE] = BF_JSON_BOOLEAN,
      [JSON_FALSE] = BF_JSON_BOOLEAN, [JSON_NULL] = BF_JSON_NULL,
  };
  return json != NULL ? kinds[json_typeof(json)] : BF_JSON_NONE;
}

int64_t bf_json_int64(const bf_json *json)
{
  return json_integer_value(json);
}

bool bf_json_is_true(const bf_json *json)
{
  return json_is_true(json);
}

const bf_json *bf_json_get(const bf_json *json, const char *key)
{
  return json_object_get(json, key);
}

const char *bf_json_key_after(const bf_json *json, const char *key)
{
  /* The library walks objects by pointers that could change them; nothing is changed here. */
  json_t *object = (json_t *)(uintptr_t)json;
  void *at = key == NULL ? json_object_iter(object)
                         : json_object_iter_next(object, json_object_iter_at(object, key));
  return at != NULL ? json_object_iter_key(at) : NULL;
}

bool bf_json_equal(const bf_json *a, const bf_json *b)
{
  return a == b || json_equal(a, b) == 1;
}

size_t bf_json_size(const bf_json *json)
{
  return json_is_object(json) ? json_object_size(json) : json_array_size(json);
}

const bf_json *bf_json_at(const bf_json *json, size_t i)
{
  return json_array_get(json, i);
}

const char *bf_json_text(const bf_json *json)
{
  return json_string_value(json);
}

bf_status bf_json_double(const bf_json *json, double *value)
{
  if (!json_is_number(json))
    return bf_fail(BF_ERR_DATA, "a number is expected");
  *value = json_number_value(json);
  return BF_OK;
}

bf_status bf_json_doubles(const bf_json *json, const char *key, size_t n, double *values)
{
  const bf_json *array = bf_json_get(json, key);
  if (!json_is_array(array))
    return bf_fail(BF_ERR_DATA, "'%s' is no array, expected %zu numbers", key, n);
  if (json_array_size(array) != n)
    return bf_fail(BF_ERR_DATA, "'%s' has %zu values, expected %zu", key, json_array_size(array),
                   n);
  /* JSON has no NaN and no infinity, and the parser refuses reals that overflow. */
  for (size_t i = 0; i < n; i++)
    if (!json_is_number(json_array_get(array, i)))
      return bf_fail(BF_ERR_DATA, "'%s' holds something else than a number at index %zu", key, i);
  for (size_t i = 0; i < n; i++)
    values[i] = json_number_value(json_array_get(array, i));
  return BF_OK;
}
