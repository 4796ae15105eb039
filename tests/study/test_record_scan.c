/* Tests of src/study/record_scan.c: the JSON parser is the oracle. */
#include "unit.h"

#include <math.h>

#include "base/json.h"
#include "base/random.h"
#include "study/record_scan.h"

/* As in a line of a journal, a line break follows. */
static bool skips(const char *text, size_t n)
{
  char line[512];
  assert_true(n + 1 < sizeof line);
  memcpy(line, text, n);
  line[n] = '\n';
  bf_scan scan = {.at = line, .end = line + n};
  return bf_scan_skip(&scan) && scan.at == scan.end;
}

static bool parses(const char *text, size_t n)
{
  bf_json *json = NULL;
  bf_status status = bf_json_parse_line(text, n, &json);
  bf_json_free(json);
  /* Of that alone a scan takes no notice. */
  return status == BF_OK || strstr(bf_trail(), "duplicate object key") != NULL;
}

static const char sample[] =
    "{\"a\":[1,-2.5,3e-7,0,null,true,false],\"b\":{\"c\":\"x \\\" \\\\ \\n y\",\"d\":{}},"
    "\"e\":[],\"f\":\"\",\"g\":[[[\"{]\"]]],\"h\":123456789012345678}";

static void value_that_is_printed_is_skipped(void **state)
{
  (void)state;
  assert_true(skips(sample, strlen(sample)));
  assert_true(parses(sample, strlen(sample)));
}

/* A byte of a text, which has no blanks between its values, is replaced, put in or left out. */
static size_t change(bf_random *random, char *text, size_t n)
{
  static const char bytes[] = "\"\\/bfnrtu{}[]:,.-+eE01 9\t\r\0\x01\x7f\xc3\xff";
  size_t at = bf_random_below(random, n);
  char byte = bytes[bf_random_below(random, sizeof bytes - 1)];
  uint64_t how = bf_random_below(random, 3);
  if (how == 0)
    text[at] = byte;
  if (how == 1) {
    memmove(text + at + 1, text + at, n - at);
    text[at] = byte;
    return n + 1;
  }
  if (how == 2)
    memmove(text + at, text + at + 1, n - at - 1);
  return how == 2 ? n - 1 : n;
}

static void what_is_skipped_is_json(void **state)
{
  (void)state;
  enum { N_TEXTS = 50000 };
  bf_random random = bf_random_stream(1, BF_PURPOSE_SAMPLER, 0);
  size_t n_skipped = 0;
  for (size_t i = 0; i < N_TEXTS; i++) {
    char text[sizeof sample + 4];
    size_t n = sizeof sample - 1;
    memcpy(text, sample, n);
    for (uint64_t k = bf_random_below(&random, 3); k < 3; k++)
      n = change(&random, text, n);
    if (!skips(text, n))
      continue;
    n_skipped++;
    if (!parses(text, n))
      fail_msg("skipped, but no JSON: %.*s", (int)n, text);
  }
  assert_true(n_skipped > N_TEXTS / 50);
}

static void assert_number(const char *text)
{
  double found = 1;
  double expected = 2;
  char line[64];
  snprintf(line, sizeof line, "%s,", text);
  bf_scan scan = {.at = line, .end = line + strlen(text)};
  bf_json *json = NULL;
  assert_ok(bf_json_parse_line(text, strlen(text), &json));
  assert_ok(bf_json_double(json, &expected));
  assert_true(bf_scan_number(&scan, &found) && scan.at == scan.end);
  if (memcmp(&found, &expected, sizeof found) != 0)
    fail_msg("%s: %g, expected %g", text, found, expected);
  bf_json_free(json);
}

static void number_is_that_of_the_parser(void **state)
{
  (void)state;
  static const char *const texts[] = {"0",
                                      "-0",
                                      "-0.0",
                                      "1",
                                      "-1",
                                      "0.1",
                                      "1e0",
                                      "1E+3",
                                      "2.5e-7",
                                      "9007199254740993",
                                      "1e-400",
                                      "5e-324",
                                      "1.7e308",
                                      "-12.50",
                                      "999999999999999999",
                                      "0.30000000000000004",
                                      "1795427701.2742164"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert_number(texts[i]);
}

static void no_number_is_none(void **state)
{
  (void)state;
  static const char *const texts[] = {"",
                                      "-",
                                      "01",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "+1",
                                      "--1",
                                      "0x1",
                                      "1e400",
                                      "NaN",
                                      "1e+",
                                      "1234567890123456789"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    double value;
    bf_scan scan = {.at = texts[i], .end = texts[i] + strlen(texts[i])};
    assert_false(bf_scan_number(&scan, &value) && scan.at == scan.end);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(value_that_is_printed_is_skipped),
      cmocka_unit_test(what_is_skipped_is_json),
      cmocka_unit_test(number_is_that_of_the_parser),
      cmocka_unit_test(no_number_is_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
