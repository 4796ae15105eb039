/* Status codes, the error trail, and the checks that use them.
 * Room: base. */
#include "base/status.h"

#include <stdarg.h>

enum { TRAIL_BYTES = 1024 };

static _Thread_local char trail[TRAIL_BYTES];

static const struct {
  const char *name;
  int exit_code;
} statuses[] = {
#define STATUS_ROW(name, exit_code, text) {#name, exit_code},
    BF_STATUS_LIST(STATUS_ROW)
#undef STATUS_ROW
};

int bf_status_exit_code(bf_status status)
{
  return statuses[status].exit_code;
}

const char *bf_status_name(bf_status status)
{
  return statuses[status].name;
}

bf_status bf_fail(bf_status status, const char *format, ...)
{
  /* Arguments may point into the trail, so the line is made beside it. */
  char line[TRAIL_BYTES];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  bf_trail_set(line);
  return status;
}

bf_status bf_because(bf_status status, const char *format, ...)
{
  char line[TRAIL_BYTES];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  char joined[2 * TRAIL_BYTES + 2];
  snprintf(joined, sizeof joined, "%s: %s", line, trail);
  bf_trail_set(joined);
  return status;
}

const char *bf_trail(void)
{
  return trail;
}

void bf_trail_set(const char *text)
{
  /* memmove, because the text may be the trail itself. */
  size_t n = strlen(text);
  n = n < TRAIL_BYTES ? n : TRAIL_BYTES - 1;
  memmove(trail, text, n);
  trail[n] = '\0';
}

void bf_assert_failed(const char *condition, const char *file, int line)
{
  fprintf(stderr, "bitfront: bug: '%s' does not hold (%s, line %d)\n", condition, file, line);
  abort();
}
