/* Values of options: strict readers, because a mistyped number must not become another number.
 * Room: cli. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cli/options.h"

static bool is_digits(const char *text)
{
  return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

bf_status bf_read_switch(const char *option, const char *text, void *value)
{
  (void)option;
  (void)text;
  *(bool *)value = true;
  return BF_OK;
}

bf_status bf_read_text(const char *option, const char *text, void *value)
{
  if (text[0] == '\0')
    return bf_fail(BF_ERR_USAGE, "option '%s' has an empty value", option);
  *(const char **)value = text;
  return BF_OK;
}

/* A negative number is as whole as others: what it lacks is size. */
static bf_status read_whole(const char *option, const char *text, int least, uint64_t *value)
{
  if (!is_digits(text + (text[0] == '-')))
    return bf_fail(BF_ERR_USAGE, "option '%s' is '%s', expected a whole number", option, text);
  if (text[0] == '-')
    return bf_fail(BF_ERR_USAGE, "option '%s' is %s, expected at least %d", option, text, least);
  errno = 0;
  unsigned long long number = strtoull(text, NULL, 10);
  if (errno != 0 || number > INT64_MAX)
    return bf_fail(BF_ERR_USAGE, "option '%s' is %s, expected at most %lld", option, text,
                   (long long)INT64_MAX);
  if (number < (uint64_t)least)
    return bf_fail(BF_ERR_USAGE, "option '%s' is %s, expected at least %d", option, text, least);
  *value = number;
  return BF_OK;
}

bf_status bf_read_natural(const char *option, const char *text, void *value)
{
  return read_whole(option, text, 0, value);
}

bf_status bf_read_count(const char *option, const char *text, void *value)
{
  uint64_t number = 0;
  bf_status status = read_whole(option, text, 1, &number);
  if (status == BF_OK)
    *(size_t *)value = (size_t)number;
  return status;
}

static bf_status read_number(const char *option, const char *text, double *value)
{
  char *end = NULL;
  bool is_plain = text[strspn(text, "0123456789.eE+-")] == '\0';
  double number = strtod(text, &end);
  if (!is_plain || end == text || *end != '\0' || !isfinite(number))
    return bf_fail(BF_ERR_USAGE, "option '%s' is '%s', expected a number", option, text);
  *value = number;
  return BF_OK;
}

bf_status bf_read_share(const char *option, const char *text, void *value)
{
  double number = 0;
  bf_status status = read_number(option, text, &number);
  if (status != BF_OK)
    return status;
  if (number < 0 || number > 1)
    return bf_fail(BF_ERR_USAGE, "option '%s' is %s, expected 0 .. 1", option, text);
  *(double *)value = number;
  return BF_OK;
}

bf_status bf_read_positive(const char *option, const char *text, void *value)
{
  double number = 0;
  bf_status status = read_number(option, text, &number);
  if (status != BF_OK)
    return status;
  if (!(number > 0))
    return bf_fail(BF_ERR_USAGE, "option '%s' is %s, expected more than 0", option, text);
  *(double *)value = number;
  return BF_OK;
}

bf_status bf_read_natural_text(const char *option, const char *text, void *value)
{
  uint64_t number;
  bf_status status = bf_read_natural(option, text, &number);
  if (status == BF_OK)
    *(const char **)value = text;
  return status;
}

bf_status bf_read_count_text(const char *option, const char *text, void *value)
{
  size_t number;
  bf_status status = bf_read_count(option, text, &number);
  if (status == BF_OK)
    *(const char **)value = text;
  return status;
}

bf_status bf_read_seconds_text(const char *option, const char *text, void *value)
{
  double number = 0;
  bf_status status = read_number(option, text, &number);
  if (status != BF_OK)
    return status;
  if (!(number > 0))
    return bf_fail(BF_ERR_USAGE, "option '%s' is %s s, expected more than 0", option, text);
  *(const char **)value = text;
  return BF_OK;
}

bf_status bf_read_number_text(const char *option, const char *text, void *value)
{
  double number = 0;
  bf_status status = read_number(option, text, &number);
  if (status == BF_OK)
    *(const char **)value = text;
  return status;
}

bf_status bf_read_list(const char *option, const char *text, void *value)
{
  bf_list *list = value;
  const char *item = NULL;
  bf_status status = bf_read_text(option, text, &item);
  if (status != BF_OK)
    return status;
  const char **items = bf_grow(list->items, list->n, list->n + 1, sizeof *items);
  if (items == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory (option '%s')", option);
  list->items = items;
  list->items[list->n++] = item;
  return BF_OK;
}

void bf_list_release(bf_list *list)
{
  free(list->items);
  *list = (bf_list){0};
}
