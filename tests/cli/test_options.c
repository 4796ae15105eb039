/* The option table: what is found where, and what is said of what is wrong.
 * Room: cli (tests). */
#include "unit.h"

#include "cli/options.h"

/* A command with one option of each form. */
static struct {
  const char *out;
  size_t n_rows;
  bool is_dry;
  bf_list sets;
} given;

static const bf_option options[] = {
    {"--out", "DIR", "where", bf_read_text, &given.out},
    {"--rows", "N", "how many", bf_read_count, &given.n_rows},
    {"--dry-run", NULL, "nothing", bf_read_switch, &given.is_dry},
    {"--set", "KEY=VALUE", "any", bf_read_list, &given.sets},
};
static const bf_usage usage = {"data synth", "--out DIR --rows N", "Makes.\n", 4, options};

static int reset(void **state)
{
  (void)state;
  bf_list_release(&given.sets);
  memset(&given, 0, sizeof given);
  return 0;
}

/* Reads up to eight words, NULL-terminated. */
static char words_store[8][32];
static char *words[8];

static bf_status read_words(bf_arguments *arguments, const char *const *text)
{
  size_t n = 0;
  for (; text[n] != NULL; n++) {
    snprintf(words_store[n], sizeof words_store[n], "%s", text[n]);
    words[n] = words_store[n];
  }
  return bf_options_read(&usage, n, words, arguments);
}

#define READ(arguments, ...) read_words(arguments, (const char *const[]){__VA_ARGS__, NULL})

static void options_are_found_anywhere(void **state)
{
  (void)state;
  bf_arguments arguments;
  assert_ok(READ(&arguments, "a", "--rows", "10", "b", "--dry-run", "--out=x=y", "c"));
  assert_int_equal(given.n_rows, 10);
  assert_true(given.is_dry);
  assert_string_equal(given.out, "x=y");
  assert_int_equal(arguments.n, 3);
  assert_string_equal(arguments.items[0], "a");
  assert_string_equal(arguments.items[1], "b");
  assert_string_equal(arguments.items[2], "c");
  assert_false(arguments.wants_help);
}

static void option_that_repeats_makes_a_list(void **state)
{
  (void)state;
  bf_arguments arguments;
  assert_ok(READ(&arguments, "--set", "a=1", "--set=b=2"));
  assert_int_equal(given.sets.n, 2);
  assert_string_equal(given.sets.items[0], "a=1");
  assert_string_equal(given.sets.items[1], "b=2");
}

static void options_end_at_two_dashes_and_a_dash_is_none(void **state)
{
  (void)state;
  bf_arguments arguments;
  assert_ok(READ(&arguments, "-", "--", "--rows", "-x"));
  assert_int_equal(arguments.n, 3);
  assert_string_equal(arguments.items[0], "-");
  assert_string_equal(arguments.items[1], "--rows");
  assert_string_equal(arguments.items[2], "-x");
}

static void option_unknown_is_refused_with_a_suggestion(void **state)
{
  (void)state;
  bf_arguments arguments;
  assert_fails(READ(&arguments, "--row", "3"), BF_ERR_USAGE, "did you mean '--rows'?");
  assert_fails(READ(&arguments, "--zzzzzzzzzz"), BF_ERR_USAGE, "see 'bitfront data synth --help'");
  assert_fails(READ(&arguments, "-r"), BF_ERR_USAGE, "unknown option '-r'");
}

static void option_without_or_with_too_much_value_is_refused(void **state)
{
  (void)state;
  bf_arguments arguments;
  assert_fails(READ(&arguments, "a", "--rows"), BF_ERR_USAGE, "'--rows' wants a value");
  assert_fails(READ(&arguments, "--dry-run=yes"), BF_ERR_USAGE, "'--dry-run' takes no value");
  assert_fails(READ(&arguments, "--out="), BF_ERR_USAGE, "'--out' has an empty value");
}

static void help_wins_over_errors_but_not_behind_two_dashes(void **state)
{
  (void)state;
  bf_arguments arguments;
  assert_ok(READ(&arguments, "--zzz", "--rows", "x", "--help"));
  assert_true(arguments.wants_help);
  assert_ok(READ(&arguments, "--", "--help"));
  assert_false(arguments.wants_help);
}

static void arguments_are_counted(void **state)
{
  (void)state;
  char *items[] = {words_store[0], words_store[1]};
  snprintf(words_store[1], sizeof words_store[1], "second");
  const bf_arguments two = {.n = 2, .items = items};
  assert_ok(bf_arguments_check(&usage, &two, 1, 2, "SOURCE"));
  assert_fails(bf_arguments_check(&usage, &two, 3, 3, "SOURCE"), BF_ERR_USAGE,
               "SOURCE is missing; usage: bitfront data synth --out DIR --rows N");
  assert_fails(bf_arguments_check(&usage, &two, 0, 1, "SOURCE"), BF_ERR_USAGE,
               "unexpected argument 'second'");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(options_are_found_anywhere, reset, reset),
      cmocka_unit_test_setup_teardown(option_that_repeats_makes_a_list, reset, reset),
      cmocka_unit_test_setup_teardown(options_end_at_two_dashes_and_a_dash_is_none, reset, reset),
      cmocka_unit_test_setup_teardown(option_unknown_is_refused_with_a_suggestion, reset, reset),
      cmocka_unit_test_setup_teardown(option_without_or_with_too_much_value_is_refused, reset,
                                      reset),
      cmocka_unit_test_setup_teardown(help_wins_over_errors_but_not_behind_two_dashes, reset,
                                      reset),
      cmocka_unit_test(arguments_are_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
