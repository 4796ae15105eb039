/* Members that a line of a journal must have.
 * Room: study. */
#include <inttypes.h>

#include "study/record_parts.h"

static const char *const kind_names[] = {
    [BF_JSON_NONE] = "absent",           [BF_JSON_NULL] = "null",
    [BF_JSON_BOOLEAN] = "a truth value", [BF_JSON_INTEGER] = "a whole number",
    [BF_JSON_REAL] = "a number",         [BF_JSON_STRING] = "a text",
    [BF_JSON_ARRAY] = "an array",        [BF_JSON_OBJECT] = "an object",
};

bf_status bf_need(const bf_json *object, const char *where, const char *key, bf_json_kind kind,
                  const bf_json **out)
{
  const bf_json *value = bf_json_get(object, key);
  bf_json_kind found = bf_json_kind_of(value);
  if (found != kind && !(kind == BF_JSON_REAL && found == BF_JSON_INTEGER))
    return bf_fail(BF_ERR_DATA, "%s'%s' is %s, expected %s", where, key, kind_names[found],
                   kind_names[kind]);
  *out = value;
  return BF_OK;
}

bf_status bf_need_text(const bf_json *object, const char *where, const char *key, const char **out)
{
  const bf_json *value = NULL;
  bf_status status = bf_need(object, where, key, BF_JSON_STRING, &value);
  if (status == BF_OK)
    *out = bf_json_text(value);
  return status;
}

bf_status bf_need_copy(bf_record *record, const bf_json *object, const char *where, const char *key,
                       const char **out)
{
  const char *text = NULL;
  bf_status status = bf_need_text(object, where, key, &text);
  if (status != BF_OK)
    return status;
  *out = bf_record_text(record, text, strlen(text));
  return *out != NULL ? BF_OK : bf_fail(BF_ERR_NOMEM, "out of memory for '%s'", key);
}

bf_status bf_need_number(const bf_json *object, const char *where, const char *key, double *out)
{
  const bf_json *value = NULL;
  bf_status status = bf_need(object, where, key, BF_JSON_REAL, &value);
  return status == BF_OK ? bf_json_double(value, out) : status;
}

bf_status bf_need_natural(const bf_json *object, const char *where, const char *key, uint64_t most,
                          uint64_t *out)
{
  const bf_json *value = NULL;
  bf_status status = bf_need(object, where, key, BF_JSON_INTEGER, &value);
  if (status != BF_OK)
    return status;
  /* No unsigned bound is as large as a negative number becomes. */
  int64_t number = bf_json_int64(value);
  BF_ASSERT(most <= INT64_MAX);
  if ((uint64_t)number > most)
    return bf_fail(BF_ERR_DATA, "%s'%s' is %" PRId64 ", expected 0 to %" PRIu64, where, key, number,
                   most);
  *out = (uint64_t)number;
  return BF_OK;
}

static const double longest_s = 1e12;

bool bf_is_seconds(double seconds)
{
  return seconds >= 0 && seconds < longest_s;
}

bf_status bf_need_seconds(const bf_json *object, const char *where, const char *key, double *out)
{
  double seconds = 0;
  bf_status status = bf_need_number(object, where, key, &seconds);
  if (status != BF_OK)
    return status;
  if (!bf_is_seconds(seconds))
    return bf_fail(BF_ERR_DATA, "%s'%s' is %g seconds, expected 0 to %g", where, key, seconds,
                   longest_s);
  *out = seconds;
  return BF_OK;
}

bf_status bf_need_word(const bf_json *object, const char *where, const char *key, const char *yes,
                       const char *no, bool *is_yes)
{
  const char *text = NULL;
  bf_status status = bf_need_text(object, where, key, &text);
  if (status != BF_OK)
    return status;
  if (strcmp(text, yes) != 0 && strcmp(text, no) != 0)
    return bf_fail(BF_ERR_DATA, "%s'%s' is '%.40s', expected '%s' or '%s'", where, key, text, yes,
                   no);
  *is_yes = strcmp(text, yes) == 0;
  return BF_OK;
}
