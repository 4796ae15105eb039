/* Talk goes to a sink set by the program.
 * Room: base. */
#include "base/log.h"

#include <stdarg.h>

enum { LINE_BYTES = 2048 };

static bf_log_sink current_sink;
static void *current_context;
static bf_log_level current_least;

void bf_log_set_sink(bf_log_sink sink, void *context)
{
  current_sink = sink;
  current_context = context;
}

bf_log_level bf_log_set_least(bf_log_level least)
{
  bf_log_level before = current_least;
  current_least = least;
  return before;
}

BF_PRINTF(2, 0)
static void say(bf_log_level level, const char *format, va_list arguments)
{
  char line[LINE_BYTES];
  if (current_sink == NULL || level < current_least)
    return;
  vsnprintf(line, sizeof line, format, arguments);
  current_sink(level, line, current_context);
}

void bf_info(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  say(BF_LOG_INFO, format, arguments);
  va_end(arguments);
}

void bf_warn(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  say(BF_LOG_WARNING, format, arguments);
  va_end(arguments);
}
