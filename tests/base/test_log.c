/* Tests of src/base/log.c.
 * Room: base. */
#include "unit.h"

#include "base/log.h"
#include "base/text.h"

static void collect(bf_log_level level, const char *line, void *context)
{
  bf_text_printf(context, "%s:%s;", level == BF_LOG_WARNING ? "warning" : "info", line);
}

static void log_sends_lines_with_their_level_to_the_sink(void **state)
{
  (void)state;
  bf_text lines = {0};
  bf_log_set_sink(collect, &lines);
  bf_info("%d rows", 5);
  bf_warn("'%s' is slow", "a");
  bf_log_set_sink(NULL, NULL);
  bf_info("nobody hears this");
  assert_string_equal(bf_text_view(&lines), "info:5 rows;warning:'a' is slow;");
  bf_text_release(&lines);
}

static void log_drops_lines_below_the_least_level(void **state)
{
  (void)state;
  bf_text lines = {0};
  bf_log_set_sink(collect, &lines);
  bf_log_set_least(BF_LOG_WARNING);
  bf_info("quiet");
  bf_warn("loud");
  bf_log_set_least(BF_LOG_SILENT);
  bf_warn("too late");
  bf_log_set_least(BF_LOG_INFO);
  bf_log_set_sink(NULL, NULL);
  assert_string_equal(bf_text_view(&lines), "warning:loud;");
  bf_text_release(&lines);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(log_sends_lines_with_their_level_to_the_sink),
      cmocka_unit_test(log_drops_lines_below_the_least_level),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
