/* Tests of regular expressions that match whole texts.
 * Room: tests. */
#include "unit.h"

#include "base/pattern.h"

/* What Python's re.fullmatch says of the same pattern and text. */
static void pattern_matches_whole_texts(void **state)
{
  (void)state;
  static const struct {
    const char *pattern, *text;
    bool matches;
  } cases[] = {
      {"seq_blocks_2", "seq_blocks_2", true},
      {"seq_blocks_2", "seq_blocks_24", false},
      {"blocks_2", "seq_blocks_2", false},
      {"seq_blocks_[24]", "seq_blocks_4", true},
      {"seq_blocks_\\d+", "seq_blocks_12", true},
      {"seq_blocks_\\d", "seq_blocks_12", false},
      {"seq.*", "seq_blocks_0", true},
      {"\\w+_2|x", "seq_blocks_2", true},
      {"a|ab", "ab", true},
      {"\\\\d", "\\d", true},
      {"", "", true},
      {"", "a", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bool matches = !cases[i].matches;
    assert_ok(bf_pattern_match(cases[i].pattern, cases[i].text, &matches));
    if (matches != cases[i].matches)
      fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].text);
  }
}

static void pattern_that_is_none_is_refused(void **state)
{
  (void)state;
  bool matches = true;
  assert_fails(bf_pattern_match("seq_[", "seq", &matches), BF_ERR_USAGE,
               "'seq_[' is no regular expression");
  assert_true(matches);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pattern_matches_whole_texts),
      cmocka_unit_test(pattern_that_is_none_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
