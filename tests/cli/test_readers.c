/* Values of options: exactly what is meant, or an error; never another number.
 * Room: cli (tests). */
#include "unit.h"

#include "base/memory.h"
#include "cli/options.h"

static void natural_takes_whole_numbers_up_to_int64(void **state)
{
  (void)state;
  uint64_t value = 5;
  assert_ok(bf_read_natural("--seed", "0", &value));
  assert_int_equal(value, 0);
  assert_ok(bf_read_natural("--seed", "9223372036854775807", &value));
  assert_int_equal(value, INT64_MAX);
}

static void natural_refuses_everything_else(void **state)
{
  (void)state;
  static const char *const wrong[] = {"",    "+1", " 1",  "1 ",  "10x", "1e3",
                                      "0x7", "1.", "one", "--1", "nan", "1,000"};
  uint64_t value = 5;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_fails(bf_read_natural("--seed", wrong[i], &value), BF_ERR_USAGE, "a whole number");
  assert_fails(bf_read_natural("--seed", "-1", &value), BF_ERR_USAGE,
               "'--seed' is -1, expected at least 0");
  assert_fails(bf_read_natural("--seed", "9223372036854775808", &value), BF_ERR_USAGE, "at most");
  assert_fails(bf_read_natural("--seed", "99999999999999999999999", &value), BF_ERR_USAGE,
               "at most");
  assert_int_equal(value, 5);
}

static void count_refuses_0(void **state)
{
  (void)state;
  size_t value = 5;
  assert_fails(bf_read_count("--rows", "0", &value), BF_ERR_USAGE,
               "'--rows' is 0, expected at least 1");
  assert_fails(bf_read_count("--rows", "-5", &value), BF_ERR_USAGE,
               "'--rows' is -5, expected at least 1");
  assert_int_equal(value, 5);
  assert_ok(bf_read_count("--rows", "12", &value));
  assert_int_equal(value, 12);
}

static void share_takes_0_to_1(void **state)
{
  (void)state;
  double value = 5;
  assert_ok(bf_read_share("--label-noise", "0.12", &value));
  assert_true(value == 0.12);
  assert_ok(bf_read_share("--label-noise", "1", &value));
  assert_true(value == 1);
  assert_fails(bf_read_share("--label-noise", "1.01", &value), BF_ERR_USAGE, "0 .. 1");
  assert_fails(bf_read_share("--label-noise", "-0.1", &value), BF_ERR_USAGE, "0 .. 1");
  static const char *const wrong[] = {"",      "x",  "0.1x", "nan",   "inf", "0x1",
                                      "1e999", " 1", "1-2",  "0.1.1", "1e"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_fails(bf_read_share("--label-noise", wrong[i], &value), BF_ERR_USAGE, "a number");
  assert_true(value == 1);
}

static void positive_numbers_are_more_than_nothing(void **state)
{
  (void)state;
  double value = -1;
  assert_ok(bf_read_positive("--learning-rate", "1e-3", &value));
  assert_true(value == 1e-3);
  assert_fails(bf_read_positive("--learning-rate", "0", &value), BF_ERR_USAGE, "more than 0");
  assert_fails(bf_read_positive("--learning-rate", "-1", &value), BF_ERR_USAGE, "more than 0");
  assert_fails(bf_read_positive("--learning-rate", "fast", &value), BF_ERR_USAGE, "a number");
  assert_true(value == 1e-3);
}

static void texts_of_numbers_are_checked_and_kept(void **state)
{
  (void)state;
  const char *value = "old";
  assert_fails(bf_read_count_text("--n-trials", "10x", &value), BF_ERR_USAGE, "--n-trials");
  assert_fails(bf_read_natural_text("--seed", "-1", &value), BF_ERR_USAGE, "--seed");
  assert_fails(bf_read_seconds_text("--timeout", "0", &value), BF_ERR_USAGE, "more than 0");
  assert_fails(bf_read_seconds_text("--timeout", "soon", &value), BF_ERR_USAGE, "a number");
  assert_string_equal(value, "old");
  assert_ok(bf_read_count_text("--n-trials", "25", &value));
  assert_string_equal(value, "25");
  assert_ok(bf_read_natural_text("--seed", "0", &value));
  assert_string_equal(value, "0");
  assert_ok(bf_read_seconds_text("--timeout", "1.5", &value));
  assert_string_equal(value, "1.5");
}

static void list_without_memory_stays_as_it_was(void **state)
{
  (void)state;
  bf_list list = {0};
  assert_ok(bf_read_list("--set", "a=1", &list));
  bf_alloc_fail_after(0);
  assert_fails(bf_read_list("--set", "b=2", &list), BF_ERR_NOMEM, "--set");
  bf_alloc_fail_after(-1);
  assert_int_equal(list.n, 1);
  assert_string_equal(list.items[0], "a=1");
  bf_list_release(&list);
  assert_null(list.items);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(natural_takes_whole_numbers_up_to_int64),
      cmocka_unit_test(natural_refuses_everything_else),
      cmocka_unit_test(count_refuses_0),
      cmocka_unit_test(share_takes_0_to_1),
      cmocka_unit_test(positive_numbers_are_more_than_nothing),
      cmocka_unit_test(texts_of_numbers_are_checked_and_kept),
      cmocka_unit_test(list_without_memory_stays_as_it_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
