/* JSON documents (jansson behind it).
 * Room: base. */
#ifndef BF_BASE_JSON_H
#define BF_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

/*
 * Building: makers return a new value or NULL when memory is short; bf_json_set and bf_json_push
 * take ownership of the value and pass a NULL on, so that a whole document can be written down
 * without a check a line. What was lost is remembered (thread-local) and reported by the next print
 * or write. Objects keep the order of insertion.
 */
typedef struct json_t bf_json;

bf_json *bf_json_object(void);
bf_json *bf_json_array(void);
/** A @p text that is not UTF-8 keeps its ASCII; every other byte becomes '?'. */
bf_json *bf_json_string(const char *text);
bf_json *bf_json_integer(int64_t value);
bf_json *bf_json_boolean(bool value);
bf_json *bf_json_null(void);
/** Printed with up to 15 significant digits; NaN and infinities become null. */
bf_json *bf_json_number(double value);

void bf_json_set(bf_json *object, const char *key, bf_json *value);
void bf_json_push(bf_json *array, bf_json *value);
void bf_json_free(bf_json *json);

/** @brief Appends the document, indented by 4, and a newline. @return BF_OK; BF_ERR_NOMEM if any
 * part was lost. */
bf_status bf_json_print(const bf_json *json, bf_text *text);

/** @brief Appends the document on one line, without blanks and without a newline; numbers have the
 * digits (17) that give them back exactly. @return As bf_json_print. */
bf_status bf_json_print_exact(const bf_json *json, bf_text *text);

/** @brief Writes the document atomically (bf_file_write). @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_json_write(const bf_json *json, const char *path);

/** A copy of the value and all that is in it; NULL of NULL. */
bf_json *bf_json_copy(const bf_json *json);

/** The value itself once more: it lives until both are freed. NULL of NULL. */
bf_json *bf_json_hold(const bf_json *json);

/** @brief Parses a text named @p source in messages. @return BF_OK; BF_ERR_DATA with line and
 * column; BF_ERR_NOMEM. */
bf_status bf_json_parse(const char *text, const char *source, bf_json **out);

/** @brief Parses one line of @p n bytes without its line break. @return BF_OK; BF_ERR_DATA "column
 * <column>: <cause>", for the caller to say where; BF_ERR_NOMEM. */
bf_status bf_json_parse_line(const char *line, size_t n, bf_json **out);

typedef enum bf_json_kind {
  BF_JSON_NONE, /**< of NULL, an absent value */
  BF_JSON_NULL,
  BF_JSON_BOOLEAN,
  BF_JSON_INTEGER,
  BF_JSON_REAL,
  BF_JSON_STRING,
  BF_JSON_ARRAY,
  BF_JSON_OBJECT
} bf_json_kind;
bf_json_kind bf_json_kind_of(const bf_json *json);

/** The member of an object; NULL if absent or @p json is no object. Borrowed. */
const bf_json *bf_json_get(const bf_json *json, const char *key);
/** The key that follows @p key in an object, the first for NULL; NULL behind the last one, and if
 * @p json is no object. Borrowed. */
const char *bf_json_key_after(const bf_json *json, const char *key);
/** Whether both are the same value, with members in any order; absent values equal each other. */
bool bf_json_equal(const bf_json *a, const bf_json *b);
/** Elements of an array, members of an object, else 0. */
size_t bf_json_size(const bf_json *json);
/** Element @p i of an array; NULL outside. Borrowed. */
const bf_json *bf_json_at(const bf_json *json, size_t i);
/** The text of a string; NULL for anything else. Borrowed. */
const char *bf_json_text(const bf_json *json);
/** @brief The value of a number. @return BF_OK; BF_ERR_DATA if it is none. */
bf_status bf_json_double(const bf_json *json, double *value);
/** The value of a whole number; 0 for anything else. */
int64_t bf_json_int64(const bf_json *json);
/** Whether it is true. */
bool bf_json_is_true(const bf_json *json);
/** @brief Member @p key as an array of exactly @p n finite numbers. @return BF_OK; BF_ERR_DATA
 * naming the key. */
bf_status bf_json_doubles(const bf_json *json, const char *key, size_t n, double *values);

#endif
