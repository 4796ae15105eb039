/* Tests of src/base/status.c.
 * Room: base. */
#include "unit.h"

static void status_names_and_exit_codes_follow_the_list(void **state)
{
  (void)state;
  assert_string_equal(bf_status_name(BF_OK), "BF_OK");
  assert_string_equal(bf_status_name(BF_ERR_DATA), "BF_ERR_DATA");
  assert_int_equal(bf_status_exit_code(BF_OK), 0);
  assert_int_equal(bf_status_exit_code(BF_ERR_NOMEM), 1);
  assert_int_equal(bf_status_exit_code(BF_ERR_USAGE), 2);
  assert_int_equal(bf_status_exit_code(BF_ERR_TRIAL), 3);
  assert_int_equal(bf_status_exit_code(BF_ERR_DATA), 5);
  assert_int_equal(bf_status_exit_code(BF_ERR_BUG), 70);
}

static void fail_starts_a_new_trail_and_returns_its_status(void **state)
{
  (void)state;
  assert_int_equal(bf_fail(BF_ERR_IO, "old"), BF_ERR_IO);
  assert_int_equal(bf_fail(BF_ERR_DATA, "cannot read '%s'", "a.h5"), BF_ERR_DATA);
  assert_string_equal(bf_trail(), "cannot read 'a.h5'");
}

static void fail_may_quote_the_trail_itself(void **state)
{
  (void)state;
  bf_fail(BF_ERR_IO, "inner");
  bf_fail(BF_ERR_IO, "outer (%s)", bf_trail());
  assert_string_equal(bf_trail(), "outer (inner)");
}

static void because_puts_the_reason_in_front(void **state)
{
  (void)state;
  bf_fail(BF_ERR_DATA, "no such file");
  assert_int_equal(bf_because(BF_ERR_DATA, "cannot read job '%s'", "x"), BF_ERR_DATA);
  assert_string_equal(bf_trail(), "cannot read job 'x': no such file");
}

static void trail_set_takes_the_trail_itself(void **state)
{
  (void)state;
  bf_fail(BF_ERR_DATA, "kept");
  bf_trail_set(bf_trail());
  assert_string_equal(bf_trail(), "kept");
}

static void trail_cuts_long_lines_at_a_kibibyte(void **state)
{
  (void)state;
  char longest[3000];
  memset(longest, 'x', sizeof longest);
  longest[sizeof longest - 1] = '\0';
  bf_trail_set(longest);
  assert_int_equal(strlen(bf_trail()), 1023);
  bf_fail(BF_ERR_IO, "%s", longest);
  assert_int_equal(strlen(bf_trail()), 1023);
  bf_because(BF_ERR_IO, "%s", longest);
  assert_int_equal(strlen(bf_trail()), 1023);
}

static bf_status third_of(int n, int *third)
{
  bf_status status = BF_OK;
  BF_CHECK(n % 3 == 0, BF_ERR_DATA, "%d has no third", n);
  *third = n / 3;
done:
  return status;
}

static bf_status ninth_of(int n, int *ninth)
{
  bf_status status;
  BF_TRY(third_of(n, &n));
  BF_TRY(third_of(n, ninth));
done:
  return status;
}

static void checks_leave_with_status_and_trail_and_without_output(void **state)
{
  (void)state;
  int ninth = -1;
  assert_ok(ninth_of(18, &ninth));
  assert_int_equal(ninth, 2);
  assert_fails(ninth_of(12, &ninth), BF_ERR_DATA, "4 has no third");
  assert_int_equal(ninth, 2);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(status_names_and_exit_codes_follow_the_list),
      cmocka_unit_test(fail_starts_a_new_trail_and_returns_its_status),
      cmocka_unit_test(fail_may_quote_the_trail_itself),
      cmocka_unit_test(because_puts_the_reason_in_front),
      cmocka_unit_test(trail_set_takes_the_trail_itself),
      cmocka_unit_test(trail_cuts_long_lines_at_a_kibibyte),
      cmocka_unit_test(checks_leave_with_status_and_trail_and_without_output),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
