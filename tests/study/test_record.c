/* Tests of src/study/record*.c: journals written by hand, real ones, damaged ones.
 * Room: study. */
#include "unit.h"

#include <math.h>

#include <sys/stat.h>

#include "base/random.h"
#include "record_fixture.h"
#include "study/evaluator.h"
#include "study/study.h"
#include "study/study_parts.h"
#include "study_fixture.h"

static bf_record *open_study(const char *head, const char *table)
{
  bf_record *record = NULL;
  write_study(head, table, RECORD_JOB);
  assert_ok(bf_study_open(record_folder, &record));
  return record;
}

/* The study of RECORD_TABLE with more lines before its session's end. */
static bf_record *open_with(const char *lines)
{
  bf_record *record = NULL;
  bf_text text = {0};
  print_begin(RECORD_HEAD, RECORD_JOB, &text);
  print_trials(RECORD_TABLE, &text);
  bf_text_append(&text, lines);
  bf_text_append(&text, RECORD_END);
  write_file(BF_JOURNAL_NAME, text.data);
  bf_text_release(&text);
  assert_ok(bf_study_open(record_folder, &record));
  return record;
}

static void record_has_what_the_head_says(void **state)
{
  (void)state;
  bf_record *record = open_study(RECORD_HEAD, RECORD_TABLE);
  assert_string_equal(record->folder, record_folder);
  assert_string_equal(record->sampler, "random");
  assert_string_equal(record->data_hash, "00ff");
  assert_string_equal(record->select_by, "knee");
  assert_true(record->seed == 9007199254740993);
  assert_int_equal(record->n_asked_at_most, 9);
  assert_int_equal(record->space_size, 6);
  assert_int_equal(record->n_parameters, 2);
  assert_string_equal(record->parameters[0].name, "a/width");
  assert_true(record->parameters[0].is_ordered);
  assert_int_equal(record->parameters[0].n_values, 3);
  assert_string_equal(record->parameters[0].texts[2], "NA");
  assert_false(record->parameters[1].is_ordered);
  assert_string_equal(record->parameters[1].texts[0], "[8, 4]");
  assert_int_equal(record->n_objectives, 2);
  assert_string_equal(bf_record_objective_name(record, 1), "bitops");
  assert_true(bf_record_is_maximised(record, 0));
  assert_false(bf_record_is_maximised(record, 1));
  assert_true(record->terms[1].scale == 0.5);
  bf_record_free(record);
}

static void record_has_every_trial_that_ended(void **state)
{
  (void)state;
  bf_record *record = open_study(RECORD_HEAD, RECORD_TABLE);
  assert_int_equal(record->n_trials, 5);
  assert_int_equal(record->n_pending, 0);
  const bf_record_trial *trial = record->trials;
  assert_true(trial[1].failed && !trial[0].failed);
  assert_string_equal(trial[1].reason, "died");
  assert_string_equal(trial[0].reason, "");
  assert_string_equal(trial[0].host, "h");
  assert_true(isnan(trial[1].metrics.value[BF_METRIC_loss]));
  assert_true(isnan(bf_record_minimised(record, 1)[0]));
  assert_int_equal(trial[4].seed, 15);
  assert_true(trial[4].metrics.value[BF_METRIC_latency] == 0.25);
  assert_true(isnan(trial[4].metrics.value[BF_METRIC_flops]));
  assert_true(trial[0].started_s == 1000.5 && trial[0].duration_s == 2);
  assert_int_equal(trial[3].rank, 2);
  assert_true(trial[2].on_front && !trial[3].on_front);
  assert_int_equal(bf_record_indexes(record, 3)[0], 2);
  assert_int_equal(bf_record_indexes(record, 3)[1], BF_NO_VALUE);
  assert_int_equal(bf_record_indexes(record, 4)[1], 1);
  assert_true(bf_record_minimised(record, 2)[0] == -0.6);
  assert_true(bf_record_minimised(record, 2)[1] == 100);
  assert_true(bf_record_is_feasible(record, 0));
  assert_false(bf_record_is_feasible(record, 1));
  bf_record_free(record);
}

/* Trial 2 ends before trial 1, and the trials 0 and 3 do not end; 3 was handed out again. */
static void trials_that_did_not_end_are_pending(void **state)
{
  (void)state;
  static const char table[] = "number state    a/width b/data_in accuracy bitops\n"
                              "2      COMPLETE 4       x         0.5      7\n"
                              "1      FAIL     2       [8,4]     -        -\n"
                              "5      COMPLETE NA      x         0.5      7\n"
                              "4      COMPLETE NA      x         0.5      7\n";
  bf_record *record = NULL;
  bf_text text = {0};
  print_begin(RECORD_HEAD, RECORD_JOB, &text);
  print_trials(table, &text);
  bf_text_append(&text, OURS(8) "\"trial_id\":3,\"user_attr\":{\"rank\":9}}\n");
  write_file(BF_JOURNAL_NAME, text.data);
  assert_ok(bf_study_open(record_folder, &record));
  static const uint64_t numbers[] = {1, 2, 4, 5};
  static const size_t told[] = {1, 0, 3, 2};
  assert_int_equal(record->n_trials, 4);
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(record->trials[i].number, numbers[i]);
    assert_int_equal(record->told[i], told[i]);
  }
  assert_int_equal(bf_record_indexes(record, 0)[0], 0);
  assert_int_equal(bf_record_indexes(record, 1)[0], 1);
  assert_int_equal(bf_record_indexes(record, 3)[0], 2);
  assert_int_equal(record->n_pending, 2);
  assert_int_equal(record->pending[0].number, 0);
  assert_int_equal(record->pending[1].number, 3);
  assert_int_equal(record->pending[1].seed, 14);
  assert_int_equal(record->pending[0].rank, 1);
  assert_int_equal(record->pending[1].rank, 9);
  assert_int_equal(record->pending_indexes[2], BF_NO_VALUE);
  assert_true(fmod(record->pending[0].asked_s, 60) == 0.25);
  assert_null(bf_record_end(record));
  bf_record_free(record);
  bf_text_release(&text);
}

static void parameters_of_pending_trials_are_known(void **state)
{
  (void)state;
  bf_record *record = NULL;
  bf_text text = {0};
  print_begin(RECORD_HEAD, RECORD_JOB, &text);
  for (size_t i = 0; i < 5; i++)
    print_ask(RECORD_TABLE, i, &text);
  write_file(BF_JOURNAL_NAME, text.data);
  assert_ok(bf_study_open(record_folder, &record));
  assert_int_equal(record->n_trials, 0);
  assert_int_equal(record->n_candidates, 0);
  assert_int_equal(record->n_pending, 5);
  assert_int_equal(record->pending_indexes[0], 0);
  assert_int_equal(record->pending_indexes[1], 0);
  assert_int_equal(record->pending_indexes[2 * 4], 1);
  assert_int_equal(record->pending_indexes[2 * 4 + 1], 1);
  assert_true(record->wall_s == 0);
  bf_record_free(record);
  bf_text_release(&text);
}

#define SECOND_SESSION                                                                             \
  STUDY_ATTRIBUTE("session:1", "{\"version\":\"1\",\"isa\":\"avx2\",\"backend\":\"blis\","         \
                               "\"ranks\":5,\"host\":\"k\",\"pid\":78,\"start_s\":2000.5}")

static void sessions_add_up(void **state)
{
  (void)state;
  bf_record *record = NULL;
  char *journal = make_journal(RECORD_HEAD, RECORD_TABLE, RECORD_JOB);
  /* The first was cut off: it lasted to 1006, when trial 2 ended. */
  char *cut = replaced(journal, RECORD_END,
                       SECOND_SESSION STUDY_ATTRIBUTE(
                           "end:1", "{\"reason\":\"signal\",\"exit\":4,\"wall_s\":30.25}"));
  write_file(BF_JOURNAL_NAME, cut);
  assert_ok(bf_study_open(record_folder, &record));
  assert_int_equal(record->n_sessions, 2);
  assert_true(record->wall_s == 6 + 30.25);
  assert_int_equal(record->n_ranks, 5);
  assert_string_equal(bf_record_end(record), "signal");
  const bf_record_session *session = record->sessions;
  assert_null(session[0].end);
  assert_true(session[0].wall_s == 6 && session[0].start_s == 1000);
  assert_string_equal(session[0].isa, "base");
  assert_int_equal(session[0].pid, 77);
  assert_string_equal(session[1].version, "1");
  assert_string_equal(session[1].backend, "blis");
  assert_string_equal(session[1].host, "k");
  assert_int_equal(session[1].exit_code, 4);
  bf_record_free(record);
  free(cut);
  free(journal);
}

/* Nothing adds up: the last ones are as if they stood alone. */
static void last_head_and_job_count(void **state)
{
  (void)state;
  char *head = replaced(RECORD_HEAD, "\"n_trials\": 9", "\"n_trials\": 20");
  char *bound = replaced(head, "\"constraints\": {}", "\"constraints\": {\"loss\": \"<= 2\"}");
  bf_text lines = {0};
  for (size_t i = 0; i < 20; i++)
    bf_text_printf(&lines, STUDY_ATTRIBUTE("bitfront", "%s"), bound);
  bf_text_append(&lines, STUDY_ATTRIBUTE("job", "\"seed = 8\""));
  bf_record *record = open_with(lines.data);
  assert_int_equal(record->n_asked_at_most, 20);
  assert_int_equal(record->n_parameters, 2);
  assert_int_equal(record->n_constraints, 1);
  assert_null(record->select_by);
  assert_int_equal(bf_toml_at(record->job, "seed")->integer, 8);
  assert_int_equal(record->n_trials, 5);
  bf_record_free(record);
  bf_text_release(&lines);
  free(bound);
  free(head);
}

static void record_of_a_sum_has_one_objective(void **state)
{
  (void)state;
  char *head =
      replaced(RECORD_HEAD, RECORD_OBJECTIVES,
               "\"objectives\": [{\"name\": \"sum_scaled_metrics\", \"direction\": \"maximize\", "
               "\"scale\": 1, \"terms\": [{\"name\": \"accuracy\", \"scale\": 2.0}, "
               "{\"name\": \"bitops\", \"scale\": -0.001}]}]");
  bf_record *record = open_study(head, RECORD_TABLE);
  assert_int_equal(record->n_objectives, 1);
  assert_int_equal(record->n_terms, 2);
  assert_string_equal(bf_record_objective_name(record, 0), "sum_scaled_metrics");
  assert_true(bf_record_is_maximised(record, 0));
  assert_true(fabs(bf_record_minimised(record, 0)[0] + 0.9) < 1e-12);
  bf_record_free(record);
  free(head);
}

static char *head_with_repeats(const char *bound)
{
  char constraints[64];
  snprintf(constraints, sizeof constraints, "\"constraints\": {\"accuracy\": \"%s\"}", bound);
  char *twice = replaced(RECORD_HEAD, "\"repeats\": 1", "\"repeats\": 2");
  char *head = replaced(twice, "\"constraints\": {}", constraints);
  free(twice);
  return head;
}

/* Trials 0 and 1 are one configuration, as are 2 and 3; of 4 and 5 the last is not there. */
static void record_with_repeats_has_candidates_of_means(void **state)
{
  (void)state;
  char *head = head_with_repeats(">= 0.55");
  bf_record *record = open_study(head, RECORD_TABLE);
  assert_int_equal(record->repeats, 2);
  assert_int_equal(record->n_candidates, 3);
  const bf_candidate *c = record->candidates;
  assert_int_equal(c[1].number, 2);
  assert_int_equal(c[1].first, 2);
  assert_int_equal(c[1].n_complete, 2);
  assert_true(fabs(c[1].mean->value[BF_METRIC_accuracy] - 0.575) < 1e-12);
  assert_true(fabs(c[1].sd->value[BF_METRIC_accuracy] - 0.05 / sqrt(2)) < 1e-12);
  assert_true(c[1].mean->value[BF_METRIC_bitops] == 250);
  assert_true(isnan(c[1].mean->value[BF_METRIC_flops]));
  assert_true(c[1].on_front && c[1].violation == 0);
  assert_true(record->trials[2].on_front && record->trials[3].on_front);
  assert_true(bf_record_minimised(record, 1)[1] == 125);
  /* One of two failed: the other one's metrics; 0.5 misses 0.55 by an eleventh. */
  assert_int_equal(c[0].n_complete, 1);
  assert_true(c[0].mean->value[BF_METRIC_accuracy] == 0.5);
  assert_true(isnan(c[0].sd->value[BF_METRIC_accuracy]));
  assert_true(fabs(c[0].violation - 1.0 / 11) < 1e-12);
  assert_false(bf_record_is_feasible(record, 0) || c[0].on_front);
  assert_true(fabs(record->trials[0].violation - 1.0 / 11) < 1e-12);
  assert_int_equal(c[2].n_complete, 0);
  assert_true(isnan(c[2].mean->value[BF_METRIC_accuracy]));
  assert_true(isnan(bf_record_minimised(record, 2)[0]));
  assert_false(c[2].on_front);
  assert_false(bf_record_is_feasible(record, 2));
  bf_record_free(record);
  free(head);
}

/* Each of two is a number and their sum is none: nobody knows what the configuration is worth. */
static void means_that_overflow_do_not_count(void **state)
{
  (void)state;
  char *head = head_with_repeats(">= 0");
  bf_record *record = open_study(head, "number state a/width b/data_in accuracy bitops\n"
                                       "0 COMPLETE 2 x 1e308 1\n1 COMPLETE 2 x 1e308 1\n");
  assert_int_equal(record->candidates[0].n_complete, 0);
  assert_true(isnan(record->candidates[0].mean->value[BF_METRIC_accuracy]));
  assert_true(isnan(bf_record_minimised(record, 0)[0]));
  assert_false(record->candidates[0].on_front);
  bf_record_free(record);
  free(head);
}

static void tests_are_those_of_the_trials(void **state)
{
  (void)state;
  bf_record *record = NULL;
  bf_text text = {0};
  char *head = head_with_repeats(">= 0");
  print_begin(head, RECORD_JOB, &text);
  print_trials(RECORD_TABLE, &text);
  bf_text_append(&text, STUDY_ATTRIBUTE("test:2", "{\"rows\":100,\"correct\":50,\"loss\":1.5}")
                            STUDY_ATTRIBUTE("test:3", "{\"rows\":100,\"correct\":100,\"loss\":0.5}")
                                STUDY_ATTRIBUTE("test:0", "{\"failed\":\"no net\"}")
                                    STUDY_ATTRIBUTE("test:4", "{\"rows\":1,\"correct\":0}"));
  write_file(BF_JOURNAL_NAME, text.data);
  assert_ok(bf_study_open(record_folder, &record));
  const bf_candidate *c = record->candidates;
  assert_int_equal(c[1].n_tested, 2);
  assert_int_equal(c[1].n_test_rows, 100);
  assert_true(c[1].test_accuracy == 0.75 && c[1].test_loss == 1);
  assert_true(record->trials[2].tested && record->trials[2].n_test_correct == 50);
  assert_int_equal(c[0].n_tested, 0);
  assert_true(isnan(c[0].test_accuracy) && isnan(c[0].test_loss));
  assert_true(record->trials[0].test_failed && !record->trials[0].tested);
  assert_true(c[2].test_accuracy == 0 && isnan(c[2].test_loss));
  bf_record_free(record);
  bf_text_release(&text);
  free(head);
}

static void record_finds_checkpoints_that_exist(void **state)
{
  (void)state;
  bf_record *record = NULL;
  char *path = NULL;
  char *folder = bf_path_join(record_folder, "checkpoints");
  write_study(RECORD_HEAD, RECORD_TABLE, RECORD_JOB);
  assert_ok(bf_folder_create(folder));
  write_file("checkpoints/trial-000002.h5", "net");
  assert_ok(bf_study_open(record_folder, &record));
  assert_ok(bf_record_checkpoint(record, 0, &path));
  assert_null(path);
  assert_ok(bf_record_checkpoint(record, 2, &path));
  assert_non_null(strstr(path, "/checkpoints/trial-000002.h5"));
  free(path);
  free(folder);
  bf_record_free(record);
}

static void assert_refused(const char *words)
{
  bf_record *record = NULL;
  assert_fails(bf_study_open(record_folder, &record), BF_ERR_DATA, words);
  assert_non_null(strstr(bf_trail(), "cannot read study '/tmp/bitfront-record-"));
  assert_null(strchr(bf_trail(), '\n'));
  assert_null(record);
}

static void head_that_makes_no_sense_is_refused(void **state)
{
  (void)state;
  static const struct {
    const char *from;
    const char *to;
    const char *words;
  } cases[] = {
      {"\"format\": 1", "\"format\": 2", "journal:3: 'format' is 2, expected 1"},
      {"\"seed\": 9007199254740993, ", "", "journal:3: 'seed' is absent, expected a whole number"},
      {"\"seed\": 9007199254740993", "\"seed\": -1", "journal:3: 'seed' is -1, expected 0 to"},
      {"\"random\"", "7", "journal:3: 'sampler' is a whole number, expected a text"},
      {"\"n_trials\": 9", "\"n_trials\": \"x\"",
       "journal:3: 'n_trials' is a text, expected a whole"},
      {RECORD_SPACE, "\"space\": []", "journal:3: 'space' is an array, expected an object"},
      {"\"ordered\"", "\"odd\"", "journal:3: parameter 1: 'kind' is 'odd', expected 'ordered' or"},
      {"[2, 4, null]", "[]", "journal:3: parameter 1: 'values' has 0 values"},
      {"[2, 4, null]", "3", "parameter 1: 'values' is a whole number, expected an array"},
      {"\"name\": \"b/data_in\", ", "", "journal:3: parameter 2: 'name' is absent"},
      {"\"b/data_in\"", "\"a/width\"", "journal:3: two parameters have the name 'a/width'"},
      {RECORD_OBJECTIVES, "\"objectives\": []", "journal:3: 0 objectives, expected 1 to"},
      {"\"accuracy\"", "\"acuracy\"", "objective 1: unknown metric 'acuracy', did you mean"},
      {"\"minimize\"", "\"down\"", "journal:3: objective 2: 'direction' is 'down'"},
      {"\"scale\": 0.5", "\"scale\": null", "journal:3: objective 2: 'scale' is null"},
      {"\"repeats\": 1", "\"repeats\": 0", "journal:3: 'repeats' is 0"},
      {"\"constraints\": {}", "\"constraints\": {\"loss\": \"1\"}",
       "constraint on 'loss' is no text"},
      {"\"constraints\": {}", "\"constraints\": {\"lost\": \"<= 1\"}",
       "'constraints' has an unknown"},
      {RECORD_HEAD, "[]", "journal:3: 'bitfront' is no object"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *head = replaced(RECORD_HEAD, cases[i].from, cases[i].to);
    write_study(head, RECORD_TABLE, RECORD_JOB);
    assert_refused(cases[i].words);
    free(head);
  }
}

/* A line each, in place of the first one that has `from`. Lines 1 to 5 are the head, 6 to 8 trial
 * 0: asked, result, state; the last is the end of the session. */
static void line_that_makes_no_sense_is_refused_with_its_number(void **state)
{
  (void)state;
  static const struct {
    const char *from;
    const char *to;
    const char *words;
  } cases[] = {
      {"{\"op_code\":0", "{\"op_code\":0,", "journal:1: column 14: "},
      {"{\"op_code\":0", "[{\"op_code\":0", "journal:1: column "},
      {"\"op_code\":3", "\"op_code\":11", "journal:2: 'op_code' is 11, expected 0 to 10"},
      {"\"op_code\":3", "\"op_code\":-1", "journal:2: 'op_code' is -1"},
      {"\"op_code\":3", "\"op_code\":1e0", "journal:2: 'op_code' is a number, expected a whole"},
      {"\"op_code\":3", "\"op_code\":1,\"op_code\":3",
       "journal:2: column 22: duplicate object key"},
      {"\"op_code\":3", "\"op_code\":7", "journal:2: op_code 7 is none that bitfront writes"},
      {"\"op_code\":3,\"worker_id\"", "\"op_code\":3,\"worker\"",
       "journal:2: 'worker_id' is absent"},
      {OURS(3) "\"study_id\":0", OURS(3) "\"study_id\":1", "journal:2: 'study_id' is 1"},
      {OURS(0), "{\"op_code\":0,\"worker_id\":\"x\",",
       "journal:1: the file does not begin with a study"},
      {OURS(3) "\"study_id\":0,", OURS(0) "\"study_name\":\"x\",",
       "journal:2: a second study begins"},
      {OURS(3), OURS(1), "journal:2: it deletes the study"},
      {"\"bitfront\":{", "\"more\":0,\"bitfront\":{",
       "journal:3: 'user_attr' has 2 members, expected 1"},
      {"\"job\":\"seed", "\"job\":\"seed\\n", "journal:4: the study's job: job:1:"},
      {"\\u0022knee\\u0022", "3", "journal:4: job:3:1: 'select.by' is no text"},
      {"\"job\":\"", "\"jobs\":\"", "journal:22: it ends before the study's job"},
      {"session:0", "session:1", "journal:5: session 1 follows 0 others"},
      {"session:0", "session:", "journal:5: attribute 'session:' has no number"},
      {"session:0", "session:99999999999999999999", "has no number"},
      {"session:0", "cession:0", "journal:6: a trial stands before what is searched and who"},
      {"\"start_s\":1000", "\"start_s\":-1", "journal:5: 'start_s' is -1 seconds"},
      {"\"start_s\":1000", "\"start_s\":1e999", "journal:5: column "},
      {"\"pid\":77", "\"pid\":9223372036854775808", "journal:5: column "},
      {"end:0", "end:1", "journal:21: session 1 ends, the last of 1 has not"},
      {"\"exit\":3", "\"exit\":256", "journal:21: 'exit' is 256, expected 0 to 255"},
      {"\"2026-11-22T17:00:00.250000\"", "\"2026-11-22\"",
       "journal:6: 'datetime_start' is '2026-11-22',"},
      {"\"2026-11-22T17:00:00.250000\"", "null",
       "journal:6: 'datetime_start' is null, expected a text"},
      {"\"a/width\":0", "\"a/width\":3", "journal:6: params: 'a/width' is 3, expected 0 to 2"},
      {"\"a/width\":0", "\"a/width\":-1", "journal:6: params: 'a/width' is -1"},
      {"\"a/width\":0", "\"a/width\":0.5", "journal:6: params: 'a/width' is a number"},
      {"\"a/width\":0", "\"a/with\":0",
       "journal:6: params: 1 of 2 parameters are none of the study's"},
      {"\"seed\":11", "\"seed\":-11", "journal:6: user_attrs: 'seed' is -11"},
      {"\"seed\":11", "\"sed\":11", "journal:6: user_attrs: 'seed' is absent"},
      {"\"trial_id\":0", "\"trial_id\":1", "journal:7: trial 1 was not asked before"},
      {"\"trial_id\":0", "\"trial_id\":-1", "journal:7: 'trial_id' is -1"},
      {"\"trial_id\":0", "\"trial_id\":9223372036854775807",
       "journal:7: trial 9223372036854775807 was"},
      {"\"loss\":0.9", "\"loss\":\"0.9\"",
       "journal:7: result: 'loss' is a text, expected a number"},
      {"\"loss\":0.9", "\"loss\":NaN", "journal:7: column "},
      {"\"loss\":0.9", "\"loss\":1e309", "journal:7: column "},
      {"\"host\":\"h\",\"r", "\"host\":7,\"r",
       "journal:7: result: 'host' is a whole number, expected a text"},
      {"\"duration_s\":2", "\"duration_s\":1e13",
       "journal:7: result: 'duration_s' is 1e+13 seconds"},
      {"\"rank\":1,\"started_s\"", "\"rank\":-1,\"started_s\"", "journal:7: result: 'rank' is -1"},
      {"{\"result\":{", "{\"rest\":{", "journal:8: trial 0 ends without a result"},
      {"\"accuracy\":0.5,", "", "journal:8: trial 0 is complete, but: objective 'accuracy' is nan"},
      {"\"accuracy\":0.5,", "\"accuracy\":null,", "objective 'accuracy' is nan"},
      {"\"state\":1", "\"state\":0", "journal:8: 'state' is 0, expected 1 or 3"},
      {"\"state\":1", "\"state\":4", "journal:8: 'state' is 4, expected 0 to 3"},
      {"\"trial_id\":1", "\"trial_id\":0", "journal:10: trial 0 has a result and ended before"},
      {OURS(8) "\"trial_id\":1", OURS(9) "\"trial_id\":0", "journal:10: trial 0 has ended before"},
      {OURS(6) "\"trial_id\":1", OURS(6) "\"trial_id\":0", "journal:11: trial 0 has ended before"},
      {OURS(4), "{\"op_code\":4,\"worker_id\":\"x\",", "journal:6: another program made a trial"},
      {OURS(4), "{\"op_code\":1,\"worker_id\":\"x\",", "journal:6: it deletes the study"},
      {"end:0", "test:5", "journal:21: trial 5 is tested, but has not ended before"},
      {"end:0", "test:1", "journal:21: test: 'rows' is absent"},
      {"end:0\":{", "test:1\":{\"rows\":2,\"correct\":3,",
       "journal:21: test: 'correct' is 3, expected 0 to 2"},
      {"end:0\":{", "test:1\":{\"rows\":0,\"correct\":0,", "journal:21: test: 'rows' is 0"},
      {"end:0", "bitfront", "journal:21: the study goes on with another space or other repeats"},
  };
  char *journal = make_journal(RECORD_HEAD, RECORD_TABLE, RECORD_JOB);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *damaged = replaced(journal, cases[i].from, cases[i].to);
    write_file(BF_JOURNAL_NAME, damaged);
    assert_refused(cases[i].words);
    free(damaged);
  }
  free(journal);
}

static void head_of_another_space_is_refused(void **state)
{
  (void)state;
  static const char *const changes[][2] = {{"[2, 4, null]", "[2, 4]"},
                                           {"\"repeats\": 1", "\"repeats\": 2"}};
  for (size_t i = 0; i < 2; i++) {
    bf_text text = {0};
    char *head = replaced(RECORD_HEAD, changes[i][0], changes[i][1]);
    print_begin(RECORD_HEAD, RECORD_JOB, &text);
    bf_text_printf(&text, STUDY_ATTRIBUTE("bitfront", "%s"), head);
    write_file(BF_JOURNAL_NAME, text.data);
    assert_refused("journal:6: the study goes on with another space or other repeats");
    bf_text_release(&text);
    free(head);
  }
}

static void session_that_comes_or_ends_twice_is_refused(void **state)
{
  (void)state;
  char *journal = make_journal(RECORD_HEAD, RECORD_TABLE, RECORD_JOB);
  char *twice = replaced(journal, RECORD_END, RECORD_END RECORD_END);
  write_file(BF_JOURNAL_NAME, twice);
  assert_refused("journal:22: session 0 ends twice");
  free(twice);
  twice = replaced(journal, RECORD_END, RECORD_END RECORD_SESSION);
  write_file(BF_JOURNAL_NAME, twice);
  assert_refused("journal:22: session 0 follows 1 others");
  free(twice);
  free(journal);
}

static void objective_that_overflows_is_refused(void **state)
{
  (void)state;
  char *head = replaced(RECORD_HEAD, "\"scale\": 0.5", "\"scale\": 1e308");
  write_study(head, RECORD_TABLE, RECORD_JOB);
  assert_refused("journal:8: trial 0 is complete, but: objective 'bitops' is inf");
  free(head);
}

static void nesting_without_an_end_is_refused(void **state)
{
  (void)state;
  enum { DEPTH = 100000 };
  bf_text text = {0};
  print_begin(RECORD_HEAD, RECORD_JOB, &text);
  for (size_t i = 0; i < DEPTH; i++)
    bf_text_append(&text, i % 2 == 0 ? "[" : "{\"a\":");
  bf_text_append(&text, "\n");
  write_file(BF_JOURNAL_NAME, text.data);
  assert_refused("journal:6: column ");
  bf_text_release(&text);
}

/* Notes, values on the way, a second study that was opened again: none of our business. */
static void lines_of_other_programs_are_ignored(void **state)
{
  (void)state;
#define OTHERS(op) "{\"op_code\":" #op ",\"worker_id\":\"5c1-139\","
  bf_record *record = open_with(OTHERS(0) "\"study_name\":\"s\",\"directions\":[1]}\n" OTHERS(
      2) "\"study_id\":0,\"user_"
         "attr\":{\"job\":7}}"
         "\n" OTHERS(3) "\"study_"
                        "id\":0,"
                        "\"system_"
                        "attr\":{"
                        "\"dashboard:"
                        "note:0\":"
                        "\"good\"}}"
                        "\n" OTHERS(5) "\"trial_id\":0}\n" OTHERS(
                            6) "\"trial_id\":0,\"state\":3,"
                               "\"values\":null}\n" OTHERS(
                                   7) "\"trial_id\":0,\"step\":1,"
                                      "\"intermediate_value\":2}"
                                      "\n" OTHERS(8) "\"tri"
                                                     "al_"
                                                     "id\":"
                                                     "0,"
                                                     "\"use"
                                                     "r_"
                                                     "attr"
                                                     "\":{"
                                                     "\"res"
                                                     "ult\""
                                                     ":7}}"
                                                     "\n" OTHERS(9) "\"trial_"
                                                                    "id\":77,"
                                                                    "\"system"
                                                                    "_attr\":"
                                                                    "{}}"
                                                                    "\n" OTHERS(
                                                                        10) "\"trial_id\":0}\n");
#undef OTHERS
  assert_int_equal(record->n_trials, 5);
  assert_false(record->trials[0].failed);
  bf_record_free(record);
}

/* What later versions may say. */
static void words_of_ours_that_mean_nothing_are_ignored(void **state)
{
  (void)state;
  bf_record *record =
      open_with(STUDY_ATTRIBUTE("mood", "\"good\"") STUDY_ATTRIBUTE("jobs", "7")
                    OURS(8) "\"trial_id\":0,\"user_attr\":{\"mood\":[1,2]}}\n" OURS(
                        8) "\"trial_id\":0,\"user_attr\":{\"rank\":7},\"more\":1}"
                           "\n" STUDY_ATTRIBUTE("test:0", "{\"rows\":2,\"correct\":1,\"loss\":3,"
                                                          "\"more\":4}"));
  assert_int_equal(record->n_trials, 5);
  /* Its rank is that of who told it. */
  assert_int_equal(record->trials[0].rank, 1);
  assert_true(record->trials[0].tested);
  bf_record_free(record);
}

/* A result whose state was cut off is told again. */
static void result_without_a_state_is_replaced(void **state)
{
  (void)state;
  bf_record *record = NULL;
  bf_text text = {0};
  print_begin(RECORD_HEAD, RECORD_JOB, &text);
  print_ask(RECORD_TABLE, 0, &text);
  bf_text_append(&text, OURS(8) "\"trial_id\":0,\"user_attr\":{\"result\":{\"flops\":7,\"rank\":3,"
                                "\"host\":\"k\",\"started_s\":1,\"duration_s\":1,"
                                "\"reason\":\"cut\"}}}\n");
  write_file(BF_JOURNAL_NAME, text.data);
  assert_ok(bf_study_open(record_folder, &record));
  assert_int_equal(record->n_pending, 1);
  bf_record_free(record);
  print_tell(RECORD_TABLE, row_of(RECORD_TABLE, 0), &text);
  write_file(BF_JOURNAL_NAME, text.data);
  assert_ok(bf_study_open(record_folder, &record));
  assert_int_equal(record->n_trials, 1);
  assert_int_equal(record->trials[0].rank, 1);
  assert_string_equal(record->trials[0].reason, "");
  assert_true(isnan(record->trials[0].metrics.value[BF_METRIC_flops]));
  bf_record_free(record);
  bf_text_release(&text);
}

/* Before the session there is no study; behind it, each length is one, torn unless it ends a line.
 */
static void file_cut_anywhere_has_its_whole_lines(void **state)
{
  (void)state;
  char *journal = make_journal(RECORD_HEAD, RECORD_TABLE, RECORD_JOB);
  const char *session = strstr(journal, "session:0");
  size_t n_head = (size_t)(strchr(session, '\n') + 1 - journal);
  size_t n_whole = 0;
  for (size_t n = 0; n <= strlen(journal); n++) {
    bf_record *record = NULL;
    write_bytes(BF_JOURNAL_NAME, journal, n);
    if (n > 0 && journal[n - 1] == '\n')
      n_whole = n;
    if (n < n_head) {
      assert_refused(n_whole == 0 ? "journal:1: it holds no study" : "journal:");
      continue;
    }
    assert_ok(bf_study_open(record_folder, &record));
    assert_int_equal(record->n_bytes, n_whole);
    assert_int_equal(record->is_torn, n > n_whole);
    bf_record_free(record);
  }
  free(journal);
}

/* A few bytes become others: the file is read or refused, and never more than that. */
static void file_with_other_bytes_is_read_or_refused(void **state)
{
  (void)state;
  enum { N_TIMES = 2000 };
  bf_random random = bf_random_stream(5, BF_PURPOSE_SAMPLER, 0);
  char *journal = make_journal(RECORD_HEAD, RECORD_TABLE, RECORD_JOB);
  size_t n = strlen(journal);
  size_t n_read = 0;
  for (size_t i = 0; i < N_TIMES; i++) {
    static const char likely[] = "0123456789-.eE\"{}[]:,\\\n";
    bf_record *record = NULL;
    char *other = bf_copy_text(journal);
    for (uint64_t k = bf_random_below(&random, 3); k < 3; k++)
      other[bf_random_below(&random, (uint32_t)n)] =
          i % 2 == 0 ? likely[bf_random_below(&random, sizeof likely - 1)]
                     : (char)bf_random_below(&random, 256);
    write_bytes(BF_JOURNAL_NAME, other, n);
    bf_status status = bf_study_open(record_folder, &record);
    assert_true(status == BF_OK || status == BF_ERR_DATA);
    n_read += status == BF_OK;
    bf_record_free(record);
    free(other);
  }
  assert_true(n_read > N_TIMES / 100 && n_read < N_TIMES);
  free(journal);
}

static void garbage_is_damage_in_a_whole_line_only(void **state)
{
  (void)state;
  bf_record *record = NULL;
  static const char zeros[40] = {0};
  bf_text text = {0};
  print_begin(RECORD_HEAD, RECORD_JOB, &text);
  size_t n = text.length;
  bf_text_append_bytes(&text, zeros, sizeof zeros);
  write_bytes(BF_JOURNAL_NAME, text.data, text.length);
  assert_ok(bf_study_open(record_folder, &record));
  assert_true(record->is_torn && record->n_bytes == n);
  bf_record_free(record);
  bf_text_append(&text, "\n");
  write_bytes(BF_JOURNAL_NAME, text.data, text.length);
  assert_refused("journal:6: it holds a NUL byte");
  text.length = n;
  bf_text_append(&text, "{\"op_code\":2,\"worker_id\":\"\xff\"}\n");
  write_bytes(BF_JOURNAL_NAME, text.data, text.length);
  assert_refused("journal:6: column ");
  bf_text_release(&text);
}

/* 80 MiB that take no room on the disk. */
static void line_longer_than_any_is_refused(void **state)
{
  (void)state;
  bf_text text = {0};
  print_begin(RECORD_HEAD, RECORD_JOB, &text);
  write_bytes(BF_JOURNAL_NAME, text.data, text.length);
  char *path = bf_path_join(record_folder, BF_JOURNAL_NAME);
  assert_int_equal(truncate(path, 80 << 20), 0);
  assert_refused("journal:6: it is longer than 64 MiB");
  free(path);
  bf_text_release(&text);
}

static void folder_without_a_study_is_refused(void **state)
{
  (void)state;
  assert_refused("study.journal: No such file");
  write_file(BF_JOURNAL_NAME, "");
  assert_refused("study.journal:1: it holds no study");
  write_file(BF_JOURNAL_NAME, "\n");
  assert_refused("study.journal:1: column ");
  char *path = bf_path_join(record_folder, BF_JOURNAL_NAME);
  unlink(path);
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_refused("study.journal: it is no regular file");
  unlink(path);
  assert_ok(bf_folder_create(path));
  assert_refused("study.journal: it is no regular file");
  free(path);
}

static void open_reports_every_lack_of_memory(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  write_study(RECORD_HEAD, RECORD_TABLE, RECORD_JOB);
  for (; status != BF_OK; n++) {
    bf_record *record = NULL;
    bf_alloc_fail_after(n);
    status = bf_study_open(record_folder, &record);
    /* The last one needed all: the next fails. */
    if (status == BF_OK)
      assert_null(bf_alloc(1, 1));
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true((record != NULL) == (status == BF_OK));
    bf_record_free(record);
  }
  assert_true(n > 30);
}

/* By number: what a study was told, which it does not keep. */
static bf_metrics told_metrics[256];

static void remember(const bf_bytes *bytes)
{
  bf_result result = {0};
  assert_ok(bf_result_decode(bytes->data, bytes->length, &result));
  assert_true(result.number < 256);
  told_metrics[result.number] = result.metrics;
  bf_result_release(&result);
}

/* The null runner needs no rows. */
static void run_study(const bf_plan *plan, bf_study **out)
{
  static const bf_dataset no_rows = {.n_classes = 5};
  bf_run_info info = {.isa = "base", .backend = "reference", .n_ranks = 2};
  const bf_kernels *kernels = NULL;
  bf_evaluator *evaluator = NULL;
  bf_next next = BF_NEXT_WAIT;
  char *path = bf_path_join(record_folder, "real");
  assert_ok(bf_kernels_find("reference", BF_ISA_BASE, &kernels));
  assert_ok(bf_evaluator_create(plan, &no_rows, kernels, &evaluator));
  assert_ok(bf_study_create(plan, path, &info, out));
  while (next != BF_NEXT_DONE) {
    bf_bytes task = {0};
    bf_bytes result = {0};
    assert_ok(bf_study_next(*out, 1, &task, &next));
    if (next == BF_NEXT_TASK) {
      assert_ok(bf_evaluator_run(evaluator, task.data, task.length, &result));
      assert_ok(bf_study_accept(*out, 1, result.data, result.length));
      remember(&result);
    }
    bf_bytes_release(&task);
    bf_bytes_release(&result);
  }
  assert_ok(bf_study_close(*out));
  bf_evaluator_free(evaluator);
  free(path);
}

static void assert_trial(const bf_study *study, const bf_record *record, size_t i)
{
  const bf_trial *wrote = &study->trials[i];
  const bf_record_trial *read = &record->trials[i];
  assert_int_equal(read->number, wrote->number);
  assert_int_equal(record->told[i], i);
  assert_true(read->seed == bf_study_seed(study, i));
  assert_int_equal(read->failed, wrote->failed);
  assert_int_equal(read->reason[0] != '\0', wrote->failed);
  assert_int_equal(read->on_front, bf_front_has(study->front, bf_study_leader(study, i)));
  for (size_t d = 0; d < record->n_parameters; d++) {
    uint32_t index = bf_record_indexes(record, i)[d];
    if (bf_plan_matters(study->plan, bf_study_indexes(study, i), d))
      assert_int_equal(index, bf_study_indexes(study, i)[d]);
    else
      assert_true(index == BF_NO_VALUE);
  }
  /* To the last bit. */
  for (int m = 0; m < BF_N_METRICS; m++)
    assert_true(told_metrics[i].value[m] == read->metrics.value[m] ||
                (isnan(told_metrics[i].value[m]) && isnan(read->metrics.value[m])));
}

static void assert_candidate(const bf_study *study, const bf_record *record, size_t c)
{
  const bf_candidate *read = &record->candidates[c];
  const bf_metrics *complete[8] = {NULL};
  bf_metrics mean;
  bf_metrics sd;
  double values[BF_N_METRICS];
  double minimised[BF_N_METRICS];
  double violation = 0;
  size_t n = 0;
  for (size_t i = 0; i < record->repeats; i++)
    if (!study->trials[read->number + i].failed)
      complete[n++] = &told_metrics[read->number + i];
  bf_metrics_average(n, complete, &mean, &sd);
  assert_int_equal(read->n_complete, n);
  assert_int_equal(read->on_front, bf_front_has(study->front, read->number));
  if (n == 0)
    return;
  assert_ok(bf_plan_objectives(study->plan, &mean, values, minimised));
  assert_ok(bf_plan_violation(study->plan, &mean, &violation));
  assert_true(violation == read->violation);
  assert_int_equal(bf_record_is_feasible(record, c), violation <= 0);
  for (size_t j = 0; j < record->n_objectives; j++)
    assert_true(minimised[j] == bf_record_minimised(record, c)[j]);
}

/* The journal with a blank in each line, in which nothing is read quickly any more. */
static void slow_down(const char *path)
{
  bf_text text = {0};
  bf_text slow = {0};
  char *journal = bf_path_join(path, BF_JOURNAL_NAME);
  assert_ok(bf_file_read(journal, &text));
  for (const char *line = text.data; *line != '\0'; line = strchr(line, '\n') + 1)
    bf_text_printf(&slow, "{ %.*s", (int)strcspn(line + 1, "\n") + 1, line + 1);
  assert_ok(bf_file_write_text(journal, &slow));
  bf_text_release(&text);
  bf_text_release(&slow);
  free(journal);
}

static void assert_read_slowly_the_same(const char *path, const bf_record *quick)
{
  bf_record *slow = NULL;
  slow_down(path);
  assert_ok(bf_study_open(path, &slow));
  assert_int_equal(slow->n_trials, quick->n_trials);
  assert_memory_equal(slow->indexes, quick->indexes,
                      quick->n_trials * quick->n_parameters * sizeof *quick->indexes);
  assert_memory_equal(slow->told, quick->told, quick->n_trials * sizeof *quick->told);
  for (size_t i = 0; i < quick->n_trials; i++) {
    const bf_record_trial *a = &slow->trials[i];
    const bf_record_trial *b = &quick->trials[i];
    assert_memory_equal(&a->metrics, &b->metrics, sizeof a->metrics);
    assert_true(a->number == b->number && a->seed == b->seed && a->rank == b->rank);
    assert_true(a->started_s == b->started_s && a->duration_s == b->duration_s);
    assert_true(a->failed == b->failed && a->on_front == b->on_front);
    assert_string_equal(a->host, b->host);
    assert_string_equal(a->reason, b->reason);
  }
  bf_record_free(slow);
}

static void check_real(const char *text, size_t repeats)
{
  bf_job *job = NULL;
  bf_plan *plan = NULL;
  bf_study *study = NULL;
  bf_record *record = NULL;
  assert_ok(fixture_plan(text, &job, &plan));
  run_study(plan, &study);
  char *path = bf_path_join(record_folder, "real");
  assert_ok(bf_study_open(path, &record));
  assert_string_equal(record->sampler, "brute-force");
  assert_int_equal(record->seed, 7);
  assert_int_equal(record->n_ranks, 2);
  assert_int_equal(record->repeats, repeats);
  assert_true(record->space_size == bf_space_size(&plan->space));
  assert_int_equal(record->n_parameters, plan->n_choices);
  assert_int_equal(record->n_trials, study->n_asked);
  assert_int_equal(record->n_candidates * repeats, study->n_asked);
  for (size_t i = 0; i < record->n_trials; i++)
    assert_trial(study, record, i);
  for (size_t c = 0; c < record->n_candidates; c++)
    assert_candidate(study, record, c);
  assert_read_slowly_the_same(path, record);
  bf_record_free(record);
  bf_study_free(study);
  bf_plan_free(plan);
  bf_job_free(job);
  free(path);
}

#define REAL_SPACE                                                                                 \
  "[search.search_space.seed.seq_blocks_2.config]\nname = [\"integer\", \"NA\"]\n"                 \
  "data_in = [[8, 4], [4, 2]]\nweight_width = [2, 4]\nweight_frac_width = [\"NA\", 1]\n"           \
  "[search.strategy.sw_runner.null]\nfail_trials = [1, 4]\n"

static void record_is_the_study_that_was_written(void **state)
{
  (void)state;
  check_real(JOB_HEAD REAL_SPACE JOB_TAIL, 1);
}

static void record_is_the_study_with_repeats_and_constraints(void **state)
{
  (void)state;
  check_real(JOB_HEAD REAL_SPACE
             "[search.strategy.constraints]\naccuracy = \">= 0.4\"\n"
             "[search.strategy.setup]\nsampler = \"brute-force\"\nrepeats = 3\n"
             "[search.strategy.metrics]\nloss.scale = 1.0\nloss.direction = \"minimize\"\n",
             3);
}

#define CASE(function)                                                                             \
  cmocka_unit_test_setup_teardown(function, make_record_folder, remove_record_folder)

int main(void)
{
  const struct CMUnitTest tests[] = {
      CASE(record_has_what_the_head_says),
      CASE(record_has_every_trial_that_ended),
      CASE(trials_that_did_not_end_are_pending),
      CASE(parameters_of_pending_trials_are_known),
      CASE(sessions_add_up),
      CASE(last_head_and_job_count),
      CASE(record_of_a_sum_has_one_objective),
      CASE(record_with_repeats_has_candidates_of_means),
      CASE(means_that_overflow_do_not_count),
      CASE(tests_are_those_of_the_trials),
      CASE(record_finds_checkpoints_that_exist),
      CASE(head_that_makes_no_sense_is_refused),
      CASE(line_that_makes_no_sense_is_refused_with_its_number),
      CASE(head_of_another_space_is_refused),
      CASE(session_that_comes_or_ends_twice_is_refused),
      CASE(objective_that_overflows_is_refused),
      CASE(nesting_without_an_end_is_refused),
      CASE(lines_of_other_programs_are_ignored),
      CASE(words_of_ours_that_mean_nothing_are_ignored),
      CASE(result_without_a_state_is_replaced),
      CASE(file_cut_anywhere_has_its_whole_lines),
      CASE(file_with_other_bytes_is_read_or_refused),
      CASE(garbage_is_damage_in_a_whole_line_only),
      CASE(line_longer_than_any_is_refused),
      CASE(folder_without_a_study_is_refused),
      CASE(open_reports_every_lack_of_memory),
      CASE(record_is_the_study_that_was_written),
      CASE(record_is_the_study_with_repeats_and_constraints),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
