/* Tests of src/base/suggest.c.
 * Room: base. */
#include "unit.h"

#include "base/suggest.h"

static const char *const words[] = {"sampler", "seed", "n_trials", "timeout"};

static const char *nearest(const char *word)
{
  return bf_suggest(word, words, sizeof words / sizeof *words);
}

static void suggest_finds_the_nearest_word(void **state)
{
  (void)state;
  assert_string_equal(nearest("samplers"), "sampler");
  assert_string_equal(nearest("n_trails"), "n_trials");
  assert_string_equal(nearest("timout"), "timeout");
  assert_string_equal(nearest("SEED"), "seed");
}

static void suggest_leaves_far_words_alone(void **state)
{
  (void)state;
  assert_null(nearest("batch"));
  assert_null(nearest(""));
  assert_null(bf_suggest("seed", words, 0));
}

/* A third of the longer word is the limit: 2 of 6 letters pass, 2 of 5 do not. */
static void suggest_stops_at_a_third_of_the_longer_word(void **state)
{
  (void)state;
  const char *const six[] = {"abcdef"};
  const char *const five[] = {"abcde"};
  assert_string_equal(bf_suggest("abcdxy", six, 1), "abcdef");
  assert_null(bf_suggest("abcxy", five, 1));
}

static void suggest_skips_words_that_are_very_long(void **state)
{
  (void)state;
  char longest[200];
  memset(longest, 'a', sizeof longest);
  longest[sizeof longest - 1] = '\0';
  const char *const list[] = {longest};
  assert_null(nearest(longest));
  assert_null(bf_suggest("aaa", list, 1));
}

static void name_is_the_same_in_every_spelling(void **state)
{
  (void)state;
  static const char *const spellings[] = {"bruteforce", "brute_force", "BruteForce",
                                          "-brute-force_"};
  for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
    assert_true(bf_same_name(spellings[i], "brute-force"));
  assert_true(bf_same_name("", "-"));
  assert_false(bf_same_name("brute", "brute-force"));
  assert_false(bf_same_name("brute-force", "brute"));
  assert_false(bf_same_name("brute force", "brute-force"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(suggest_finds_the_nearest_word),
      cmocka_unit_test(suggest_leaves_far_words_alone),
      cmocka_unit_test(suggest_stops_at_a_third_of_the_longer_word),
      cmocka_unit_test(suggest_skips_words_that_are_very_long),
      cmocka_unit_test(name_is_the_same_in_every_spelling),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
