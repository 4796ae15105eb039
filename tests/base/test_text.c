/* Tests of src/base/text.c.
 * Room: base. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "base/text.h"

static void text_empty_views_as_the_empty_string(void **state)
{
  (void)state;
  bf_text text = {0};
  assert_string_equal(bf_text_view(&text), "");
  assert_ok(bf_text_status(&text));
  bf_text_release(&text);
}

static void text_grows_over_many_appends(void **state)
{
  (void)state;
  bf_text text = {0};
  for (int i = 0; i < 1000; i++)
    bf_text_printf(&text, "%03d,", i);
  bf_text_append(&text, "end");
  bf_text_append_bytes(&text, "!x", 1);
  assert_ok(bf_text_status(&text));
  assert_int_equal(text.length, 4004);
  assert_int_equal(strlen(text.data), 4004);
  assert_memory_equal(text.data, "000,001,", 8);
  assert_string_equal(text.data + 3996, "999,end!");
  bf_text_release(&text);
}

static void text_reset_keeps_memory_and_forgets_the_rest(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_text_append(&text, "abc");
  const char *memory = text.data;
  bf_text_reset(&text);
  assert_ptr_equal(text.data, memory);
  assert_string_equal(bf_text_view(&text), "");
  bf_text_append(&text, "de");
  assert_string_equal(text.data, "de");
  bf_text_release(&text);
  assert_null(text.data);
}

static void text_short_of_memory_sticks_until_reset(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_text_append(&text, "abc");
  char longest[500];
  memset(longest, 'x', sizeof longest);
  bf_alloc_fail_after(0);
  bf_text_append_bytes(&text, longest, sizeof longest);
  bf_text_append(&text, "d");
  assert_fails(bf_text_status(&text), BF_ERR_NOMEM, "out of memory");
  assert_string_equal(text.data, "abcd");
  bf_text_reset(&text);
  assert_ok(bf_text_status(&text));
  bf_text_release(&text);
}

static void text_number_is_short_and_whole_numbers_exact(void **state)
{
  (void)state;
  static const double numbers[] = {0, -0.0, 8, -123456789012, 0.123456789, 1e20, -2.5};
  bf_text text = {0};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    bf_text_number(&text, numbers[i]);
    bf_text_append(&text, " ");
  }
  bf_text_number(&text, (double)NAN);
  assert_string_equal(text.data, "0 0 8 -123456789012 0.123457 1e+20 -2.5 -");
  bf_text_release(&text);
}

static void text_of_a_file_stays_short_and_on_one_line(void **state)
{
  (void)state;
  static const struct {
    const char *given;
    const char *printed;
  } cases[] = {{"", ""},
               {"abcd", "abcd"},
               {"abcde", "abcd..."},
               {"\n\t\x1b[", "???["},
               {"\x7f\xc3\xa4", "?\xc3\xa4"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_text text = {0};
    bf_text_printable(&text, cases[i].given, 4);
    assert_string_equal(bf_text_view(&text), cases[i].printed);
    bf_text_release(&text);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_empty_views_as_the_empty_string),
      cmocka_unit_test(text_grows_over_many_appends),
      cmocka_unit_test(text_reset_keeps_memory_and_forgets_the_rest),
      cmocka_unit_test(text_short_of_memory_sticks_until_reset),
      cmocka_unit_test(text_number_is_short_and_whole_numbers_exact),
      cmocka_unit_test(text_of_a_file_stays_short_and_on_one_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
