/* What ranks measure, as it travels to who started them.
 * Tests of src/cli/cluster_timing.c; the measuring itself is part of cli.bench_cluster. */
#include "unit.h"

#include "cli/cluster_timing.h"

static void case_is_read(void **state)
{
  (void)state;
  bf_timed_case read;
  assert_ok(bf_timed_case_read("tpe:0.5:1000", &read));
  assert_string_equal(read.sampler, "tpe");
  assert_true(read.trial_ms == 0.5);
  assert_int_equal(read.n_trials, 1000);
}

static void senseless_case_is_refused(void **state)
{
  (void)state;
  static const char *const texts[] = {
      "",         "tpe",        "tpe:5",      "tpe:5:",
      "tpe:5:0",  "tpe:-1:10",  "tpe:x:10",   ":5:10",
      "tpe:5:1x", "tpe:nan:10", "tpe:5:10:1", "a-name-that-is-too-long-for-a-sampler:5:10"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    bf_timed_case read = {.n_trials = 7};
    assert_fails(bf_timed_case_read(texts[i], &read), BF_ERR_USAGE, "SAMPLER:MS:TRIALS");
    assert_int_equal(read.n_trials, 7);
  }
}

static void timing_comes_back_from_json(void **state)
{
  (void)state;
  bf_timed_run run = {.given = {.sampler = "random", .trial_ms = 5, .n_trials = 100},
                      .n_ranks = 4,
                      .wall_s = 1,
                      .busy_s = 2,
                      .gap_s = 3,
                      .cpu_s = 4,
                      .clock_s = 5};
  const bf_timing timing = {.message_s = 6, .bundled_s = 7, .n_runs = 1, .runs = &run};
  bf_timing back = {0};
  bf_json *json = bf_timing_json(&timing);
  assert_ok(bf_timing_read(json, &back));
  bf_json_free(json);
  assert_true(back.message_s == 6 && back.bundled_s == 7);
  assert_int_equal(back.n_runs, 1);
  assert_string_equal(back.runs[0].given.sampler, "random");
  assert_true(back.runs[0].given.trial_ms == 5 && back.runs[0].given.n_trials == 100);
  assert_true(back.runs[0].n_ranks == 4 && back.runs[0].wall_s == 1 && back.runs[0].busy_s == 2);
  assert_true(back.runs[0].gap_s == 3 && back.runs[0].cpu_s == 4 && back.runs[0].clock_s == 5);
  bf_timing_release(&back);
}

static void damaged_timing_is_refused(void **state)
{
  (void)state;
  static const char *const texts[] = {
      "{}", "{\"message_s\": 1, \"bundled_s\": \"x\"}",
      "{\"message_s\": 1, \"bundled_s\": 1, \"runs\": [{}]}",
      "{\"message_s\": 1, \"bundled_s\": 1, \"runs\": [{\"sampler\": \"tpe\"}]}"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    bf_timing back = {0};
    bf_json *json = NULL;
    assert_ok(bf_json_parse(texts[i], "text", &json));
    assert_int_equal(bf_timing_read(json, &back), BF_ERR_DATA);
    bf_json_free(json);
    bf_timing_release(&back);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(case_is_read),
      cmocka_unit_test(senseless_case_is_refused),
      cmocka_unit_test(timing_comes_back_from_json),
      cmocka_unit_test(damaged_timing_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
