/* JSON values, printed as a journal needs them: fast, and so that they are read back exactly.
 * Room: study. */
#include "study/journal_text.h"

#include <math.h>
#include <time.h>

#include "base/utf8.h"

static void escape(unsigned char byte, bf_text *text)
{
  switch (byte) {
  case '"':
    bf_text_append(text, "\\\"");
    break;
  case '\\':
    bf_text_append(text, "\\\\");
    break;
  case '\n':
    bf_text_append(text, "\\n");
    break;
  case '\t':
    bf_text_append(text, "\\t");
    break;
  default:
    bf_text_printf(text, "\\u%04x", (unsigned)byte);
  }
}

void bf_journal_string(const char *string, bf_text *text)
{
  const unsigned char *at = (const unsigned char *)string;
  const unsigned char *plain = at; /* nothing from here to `at` needs an escape */
  bf_text_append(text, "\"");
  while (*at != '\0') {
    size_t n = bf_utf8_length(at);
    if (n > 0 && *at >= 0x20 && *at != '"' && *at != '\\') {
      at += n;
      continue;
    }
    bf_text_append_bytes(text, (const char *)plain, (size_t)(at - plain));
    if (n == 0)
      bf_text_append(text, "?");
    else
      escape(*at, text);
    plain = ++at;
  }
  bf_text_append_bytes(text, (const char *)plain, (size_t)(at - plain));
  bf_text_append(text, "\"");
}

/* "2026-11-23T05:06:54." of a second; kept, because many dates in a row are of one second. */
static const char *second_text(time_t second)
{
  static _Thread_local time_t kept;
  static _Thread_local char text[40];
  struct tm local;
  if (text[0] != '\0' && second == kept)
    return text;
  if (localtime_r(&second, &local) == NULL)
    return NULL;
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.", &local);
  kept = second;
  return text;
}

void bf_journal_date(double date_s, bf_text *text)
{
  /* To the year 9999, after which ISO dates are something else; false for NaN. */
  bool is_date = date_s >= 0 && date_s < 253402300000.0;
  const char *second = is_date ? second_text((time_t)date_s) : NULL;
  if (second == NULL) {
    bf_text_append(text, "null");
    return;
  }
  char micros[7] = "000000";
  unsigned n = (unsigned)(1e6 * (date_s - floor(date_s)));
  for (size_t i = 6; i > 0; n /= 10)
    micros[--i] = (char)('0' + n % 10);
  bf_text_append(text, "\"");
  bf_text_append(text, second);
  bf_text_append(text, micros);
  bf_text_append(text, "\"");
}

static void print_array(const bf_toml *array, bf_text *text)
{
  bf_text_append(text, "[");
  for (size_t i = 0; i < array->n_items; i++) {
    bf_text_append(text, i > 0 ? "," : "");
    bf_journal_value(array->items[i], text);
  }
  bf_text_append(text, "]");
}

void bf_journal_value(const bf_toml *value, bf_text *text)
{
  switch (value->kind) {
  case BF_TOML_NULL:
    bf_text_append(text, "null");
    break;
  case BF_TOML_BOOLEAN:
    bf_text_append(text, value->boolean ? "true" : "false");
    break;
  case BF_TOML_INTEGER:
    bf_text_printf(text, "%lld", (long long)value->integer);
    break;
  case BF_TOML_FLOAT:
    bf_journal_number(value->number, text);
    break;
  case BF_TOML_STRING:
    bf_journal_string(value->string, text);
    break;
  case BF_TOML_ARRAY:
  case BF_TOML_TABLE:
    print_array(value, text);
    break;
  }
}
