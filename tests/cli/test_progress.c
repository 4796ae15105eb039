/* Progress on a clock of the test's own: what is shown, and how often.
 * Room: cli (tests). */
#include "unit.h"

#include "cli/progress.h"

static const bf_progress_state some = {.n_done = 120, .n_total = 500, .n_front = 7};

/* How many times something is shown in @p seconds, asked @p rate times a second. */
static size_t count_shown(bf_progress_style style, size_t seconds, size_t rate)
{
  bf_progress progress = bf_progress_start(style, 100);
  bf_text text = {0};
  size_t n = 0;
  for (size_t i = 0; i <= seconds * rate; i++) {
    double now_s = 100 + (double)i / (double)rate;
    n += bf_progress_show(&progress, now_s, "12:00:00", &some, false, &text);
  }
  bf_text_release(&text);
  return n;
}

static void style_is_found_by_name(void **state)
{
  (void)state;
  bf_progress_style style = BF_PROGRESS_NONE;
  assert_ok(bf_progress_style_find("auto", true, &style));
  assert_int_equal(style, BF_PROGRESS_BAR);
  assert_ok(bf_progress_style_find("auto", false, &style));
  assert_int_equal(style, BF_PROGRESS_LINES);
  assert_ok(bf_progress_style_find("bar", false, &style));
  assert_int_equal(style, BF_PROGRESS_BAR);
  assert_ok(bf_progress_style_find("lines", true, &style));
  assert_int_equal(style, BF_PROGRESS_LINES);
  assert_ok(bf_progress_style_find("none", true, &style));
  assert_int_equal(style, BF_PROGRESS_NONE);
  assert_fails(bf_progress_style_find("fast", true, &style), BF_ERR_USAGE, "auto, bar, lines");
}

static void line_says_counts_rate_eta_and_front(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_progress progress = bf_progress_start(BF_PROGRESS_LINES, 10);
  assert_true(bf_progress_show(&progress, 13.4, "14:03:59", &some, false, &text));
  assert_string_equal(bf_text_view(&text), "14:03:59 done 120 failed 0 of 500, 35.3 trials/s, "
                                           "ETA 11 s, front 7\n");
  bf_text_release(&text);
}

static void line_of_the_end_comes_early_and_without_eta(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_progress progress = bf_progress_start(BF_PROGRESS_LINES, 10);
  const bf_progress_state all = {.n_done = 3, .n_failed = 1, .n_total = 4, .n_front = 2};
  assert_false(bf_progress_show(&progress, 10.5, "14:03:59", &all, false, &text));
  assert_true(bf_progress_show(&progress, 10.5, "14:03:59", &all, true, &text));
  assert_string_equal(bf_text_view(&text),
                      "14:03:59 done 3 failed 1 of 4, 8.0 trials/s, front 2\n");
  bf_text_release(&text);
}

static void line_of_long_trainings_has_no_rate_and_no_front(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_progress progress = bf_progress_start(BF_PROGRESS_LINES, 0);
  const bf_progress_state few = {.n_done = 3, .n_total = 9, .is_counted_only = true};
  assert_true(bf_progress_show(&progress, 600, "14:03:59", &few, false, &text));
  assert_string_equal(bf_text_view(&text), "14:03:59 done 3 failed 0 of 9, ETA 20 min\n");
  bf_text_release(&text);
}

static void lines_slow_down_after_ten_seconds(void **state)
{
  (void)state;
  assert_int_equal(count_shown(BF_PROGRESS_LINES, 10, 16), 10);
  assert_int_equal(count_shown(BF_PROGRESS_LINES, 60, 16), 15);
}

static void bar_is_drawn_at_most_ten_times_a_second(void **state)
{
  (void)state;
  size_t n = count_shown(BF_PROGRESS_BAR, 3, 1000);
  assert_in_range(n, 15, 21);
}

static void bar_fills_and_ends_with_a_newline(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_progress progress = bf_progress_start(BF_PROGRESS_BAR, 0);
  const bf_progress_state half = {.n_done = 2, .n_total = 4};
  assert_true(bf_progress_show(&progress, 2, "", &half, false, &text));
  assert_non_null(strstr(bf_text_view(&text), "\r[############............] done 2 failed 0 of 4"));
  assert_null(strchr(bf_text_view(&text), '\n'));
  bf_text_reset(&text);
  const bf_progress_state all = {.n_done = 4, .n_total = 4};
  assert_true(bf_progress_show(&progress, 2, "", &all, true, &text));
  assert_non_null(strstr(bf_text_view(&text), "[########################]"));
  assert_int_equal(bf_text_view(&text)[text.length - 1], '\n');
  bf_text_release(&text);
}

static void nothing_is_shown_when_none_is_wanted(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_progress progress = bf_progress_start(BF_PROGRESS_NONE, 0);
  assert_false(bf_progress_show(&progress, 99, "", &some, true, &text));
  assert_int_equal(text.length, 0);
}

static void nothing_to_do_divides_by_nothing(void **state)
{
  (void)state;
  bf_text text = {0};
  const bf_progress_state empty = {0};
  bf_progress progress = bf_progress_start(BF_PROGRESS_BAR, 0);
  assert_true(bf_progress_show(&progress, 0, "", &empty, true, &text));
  assert_non_null(strstr(bf_text_view(&text), "of 0, 0.0 trials/s, front 0"));
  bf_text_release(&text);
}

static void duration_has_the_unit_that_fits(void **state)
{
  (void)state;
  static const struct {
    double seconds;
    const char *text;
  } rows[] = {{0.0042, "0.0042 s"}, {3.14, "3.1 s"}, {11.4, "11 s"},
              {119, "119 s"},       {600, "10 min"}, {36000, "10.0 h"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bf_text text = {0};
    bf_duration_print(rows[i].seconds, &text);
    assert_string_equal(bf_text_view(&text), rows[i].text);
    bf_text_release(&text);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(style_is_found_by_name),
      cmocka_unit_test(line_says_counts_rate_eta_and_front),
      cmocka_unit_test(line_of_the_end_comes_early_and_without_eta),
      cmocka_unit_test(line_of_long_trainings_has_no_rate_and_no_front),
      cmocka_unit_test(lines_slow_down_after_ten_seconds),
      cmocka_unit_test(bar_is_drawn_at_most_ten_times_a_second),
      cmocka_unit_test(bar_fills_and_ends_with_a_newline),
      cmocka_unit_test(nothing_is_shown_when_none_is_wanted),
      cmocka_unit_test(nothing_to_do_divides_by_nothing),
      cmocka_unit_test(duration_has_the_unit_that_fits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
