/* A journal's lines: what they hold, read back as JSON.
 * Tests of src/study/journal_form.c, journal_head.c, journal_text.c and head.c. */
#include "unit.h"

#include <math.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/random.h"
#include "study/journal_form.h"
#include "study/journal_text.h"
#include "study/sampled.h"
#include "study_fixture.h"

/* Tied and untied values, a format that may be NA, a multiplier that always matters. */
#define SEEDS                                                                                      \
  "[search.search_space.seed.default.config]\nname = [\"NA\"]\n"                                   \
  "[search.search_space.seed.x.config]\nname = [\"integer\"]\ndata_in = [[8, 5]]\n"                \
  "[search.search_space.seed.seq_blocks_1.config]\nname = [\"integer\"]\ndata_in_width = [6]\n"    \
  "[search.search_space.seed.seq_blocks_2.config]\nname = [\"NA\", \"integer\"]\n"                 \
  "channel_multiplier = [1, 2]\ndata_in = [[8, 4]]\nweight = [[8, 6], [4, \"NA\"]]\n"              \
  "bias_width = [8]\n"
#define CONSTRAINTS                                                                                \
  "[search.strategy.constraints]\nweight_bits = \"<= 1200\"\naccuracy = \">= 0.7\"\n"

enum { N_CHOICES = 9 };

/* A study's plan, its form, and lines. */
typedef struct fixture {
  bf_job *job;
  bf_plan *plan;
  bf_journal_form *form;
  bf_text text;
} fixture;

static void start(fixture *f, const char *job)
{
  *f = (fixture){0};
  assert_ok(fixture_plan(job, &f->job, &f->plan));
  assert_ok(bf_journal_form_create(f->plan, &f->form));
}

static void stop(fixture *f)
{
  bf_text_release(&f->text);
  bf_journal_form_free(f->form);
  bf_plan_free(f->plan);
  bf_job_free(f->job);
}

/* Line @p i of the text; every line must end. */
static bf_json *parse_line(const fixture *f, size_t i)
{
  bf_json *json = NULL;
  const char *at = bf_text_view(&f->text);
  const char *end = strchr(at, '\n');
  for (; i > 0 && end != NULL; i--) {
    at = end + 1;
    end = strchr(at, '\n');
  }
  assert_non_null(end);
  char *line = bf_copy_text(at);
  line[end - at] = '\0';
  assert_ok(bf_json_parse(line, "line", &json));
  free(line);
  assert_string_equal(bf_json_text(bf_json_get(json, "worker_id")), "bitfront");
  return json;
}

static size_t n_lines(const fixture *f)
{
  size_t n = 0;
  for (size_t i = 0; i < f->text.length; i++)
    n += f->text.data[i] == '\n';
  return n;
}

static int64_t integer_at(const bf_json *json, const char *key)
{
  assert_int_equal(bf_json_kind_of(bf_json_get(json, key)), BF_JSON_INTEGER);
  return bf_json_int64(bf_json_get(json, key));
}

static double number_at(const bf_json *json, const char *key)
{
  double value = (double)NAN;
  assert_ok(bf_json_double(bf_json_get(json, key), &value));
  return value;
}

/* Both are freed. */
static void assert_same(bf_json *found, bf_json *expected)
{
  bf_text texts[2] = {0};
  assert_ok(bf_json_print(found, &texts[0]));
  assert_ok(bf_json_print(expected, &texts[1]));
  assert_string_equal(texts[0].data, texts[1].data);
  bf_text_release(&texts[0]);
  bf_text_release(&texts[1]);
  bf_json_free(found);
  bf_json_free(expected);
}

static bf_result sample_result(void)
{
  static char reason[] = "";
  static char host[] = "node1";
  bf_result result = {.kind = BF_TASK_TRIAL,
                      .number = 7,
                      .reason = reason,
                      .metrics = bf_metrics_none(),
                      .host = host,
                      .started_s = 1795410414.125,
                      .duration_s = 0.5};
  result.metrics.value[BF_METRIC_loss] = 0.1;
  result.metrics.value[BF_METRIC_accuracy] = 2.0 / 3;
  result.metrics.value[BF_METRIC_weight_bits] = 1300;
  result.metrics.value[BF_METRIC_bitops] = (double)INFINITY;
  return result;
}

static void head_names_study_objectives_and_job(void **state)
{
  (void)state;
  fixture f;
  start(&f, JOB_HEAD SEEDS JOB_NULL JOB_TAIL CONSTRAINTS);
  bf_journal_print_head(f.plan, "a \"b\"", &f.text);
  assert_ok(bf_text_status(&f.text));
  assert_int_equal(n_lines(&f), 4);
  bf_json *line = parse_line(&f, 0);
  assert_int_equal(integer_at(line, "op_code"), 0);
  assert_string_equal(bf_json_text(bf_json_get(line, "study_name")), "a \"b\"");
  assert_int_equal(bf_json_size(bf_json_get(line, "directions")), 2);
  assert_int_equal(bf_json_int64(bf_json_at(bf_json_get(line, "directions"), 0)), 1);
  bf_json_free(line);
  line = parse_line(&f, 1);
  assert_int_equal(integer_at(line, "op_code"), 3);
  const bf_json *names = bf_json_get(bf_json_get(line, "system_attr"), "study:metric_names");
  assert_string_equal(bf_json_text(bf_json_at(names, 0)), "loss");
  assert_string_equal(bf_json_text(bf_json_at(names, 1)), "weight_bits");
  bf_json_free(line);
  line = parse_line(&f, 2);
  assert_int_equal(integer_at(line, "op_code"), 2);
  assert_int_equal(integer_at(line, "study_id"), 0);
  const bf_json *head = bf_json_get(bf_json_get(line, "user_attr"), "bitfront");
  assert_int_equal(integer_at(bf_json_get(head, "space"), "size"), 6);
  assert_string_equal(bf_json_text(bf_json_get(bf_json_get(head, "constraints"), "accuracy")),
                      ">= 0.7");
  const bf_json *objective = bf_json_at(bf_json_get(head, "objectives"), 1);
  assert_string_equal(bf_json_text(bf_json_get(objective, "direction")), "minimize");
  assert_true(number_at(objective, "scale") == 0.5);
  assert_string_equal(bf_json_text(bf_json_get(bf_json_get(head, "data"), "kind")), "synthetic");
  assert_int_equal(integer_at(head, "seed"), 7);
  assert_same(bf_json_copy(head), bf_head_json(f.plan));
  bf_json_free(line);
  stop(&f);
}

static void head_has_the_job_as_it_is_in_effect(void **state)
{
  (void)state;
  fixture f;
  bf_toml *back = NULL;
  bf_text texts[2] = {0};
  start(&f, JOB_HEAD SEEDS JOB_NULL JOB_TAIL);
  assert_ok(bf_toml_set(f.job->tree, "data", "\"a\\t\\\"b\\\" \\u00e9\""));
  bf_journal_print_job(f.plan, &f.text);
  bf_json *line = parse_line(&f, 1);
  const char *job = bf_json_text(bf_json_get(bf_json_get(line, "user_attr"), "job"));
  assert_ok(bf_toml_parse(job, "job", &back));
  bf_toml_print(f.job->tree, &texts[0]);
  bf_toml_print(back, &texts[1]);
  assert_string_equal(texts[0].data, texts[1].data);
  assert_string_equal(bf_toml_at(back, "data")->string, "a\t\"b\" \xc3\xa9");
  bf_text_release(&texts[0]);
  bf_text_release(&texts[1]);
  bf_toml_free(back);
  bf_json_free(line);
  stop(&f);
}

static void head_of_a_sum_has_one_objective(void **state)
{
  (void)state;
  fixture f;
  start(&f, JOB_HEAD SEEDS JOB_NULL
        "[search.strategy.setup]\nsampler = \"random\"\nn_trials = 3\nsum_scaled_metrics = true\n"
        "direction = \"maximize\"\n"
        "[search.strategy.metrics]\nloss.scale = -0.5\naccuracy.scale = 1\n");
  bf_journal_print_head(f.plan, "s", &f.text);
  bf_json *line = parse_line(&f, 0);
  assert_int_equal(bf_json_size(bf_json_get(line, "directions")), 1);
  assert_int_equal(bf_json_int64(bf_json_at(bf_json_get(line, "directions"), 0)), 2);
  bf_json_free(line);
  line = parse_line(&f, 1);
  const bf_json *names = bf_json_get(bf_json_get(line, "system_attr"), "study:metric_names");
  assert_string_equal(bf_json_text(bf_json_at(names, 0)), "sum_scaled_metrics");
  bf_json_free(line);
  bf_text_reset(&f.text);
  bf_result result = sample_result();
  bf_journal_print_tell(f.form, 1, &result, &f.text);
  line = parse_line(&f, 1);
  const bf_json *values = bf_json_get(line, "values");
  double value = 0;
  assert_int_equal(bf_json_size(values), 1);
  assert_ok(bf_json_double(bf_json_at(values, 0), &value));
  assert_true(value == -0.5 * 0.1 + 1.0 * (2.0 / 3) || value == 1.0 * (2.0 / 3) + -0.5 * 0.1);
  bf_json_free(line);
  stop(&f);
}

/* What of a line says of the configuration. */
static void assert_line_tells(const fixture *f, const bf_json *line, const uint32_t *indexes)
{
  const bf_json *params = bf_json_get(line, "params");
  const bf_json *distributions = bf_json_get(line, "distributions");
  size_t n_mattering = 0;
  for (size_t i = 0; i < f->plan->n_choices; i++) {
    const bf_choice *choice = &f->plan->choices[i];
    bool matters = bf_plan_matters(f->plan, indexes, i);
    n_mattering += matters;
    if (!matters) {
      assert_null(bf_json_get(params, choice->path));
      continue;
    }
    bf_json *distribution = NULL;
    assert_int_equal(integer_at(params, choice->path), indexes[i]);
    assert_ok(bf_json_parse(bf_json_text(bf_json_get(distributions, choice->path)), "distribution",
                            &distribution));
    assert_string_equal(bf_json_text(bf_json_get(distribution, "name")), "CategoricalDistribution");
    const bf_json *choices = bf_json_get(bf_json_get(distribution, "attributes"), "choices");
    assert_int_equal(bf_json_size(choices), choice->values->n_items);
    bf_json_free(distribution);
  }
  assert_int_equal(bf_json_size(params), n_mattering);
  assert_int_equal(bf_json_size(distributions), n_mattering);
}

static void trial_line_has_every_configuration(void **state)
{
  (void)state;
  fixture f;
  start(&f, JOB_HEAD SEEDS JOB_NULL JOB_TAIL);
  assert_int_equal(f.plan->n_choices, N_CHOICES);
  for (uint64_t code = 0; code < bf_space_size(&f.plan->space); code++) {
    uint32_t indexes[N_CHOICES];
    bf_json *expected = bf_json_object();
    bf_space_decode(&f.plan->space, code, indexes);
    bf_text_reset(&f.text);
    bf_journal_print_ask(f.form, 9007199254740991 - code, 3, indexes, 1795410414.5, &f.text);
    assert_int_equal(n_lines(&f), 1);
    bf_json *line = parse_line(&f, 0);
    assert_int_equal(integer_at(line, "op_code"), 4);
    assert_null(bf_json_get(line, "state"));
    assert_line_tells(&f, line, indexes);
    const bf_json *attributes = bf_json_get(line, "user_attrs");
    assert_int_equal(integer_at(attributes, "seed"), 9007199254740991 - code);
    assert_int_equal(integer_at(attributes, "rank"), 3);
    assert_int_equal(bf_json_kind_of(bf_json_get(line, "system_attrs")), BF_JSON_OBJECT);
    bf_sampled_set(f.plan, indexes, expected);
    assert_same(bf_json_copy(bf_json_get(attributes, "config")), expected);
    bf_json_free(line);
  }
  stop(&f);
}

static void distribution_has_values_and_tied_ones_as_text(void **state)
{
  (void)state;
  fixture f;
  uint32_t indexes[N_CHOICES] = {0, 0, 0, 0, 1, 1, 0, 1, 0};
  start(&f, JOB_HEAD SEEDS JOB_NULL JOB_TAIL);
  bf_journal_print_ask(f.form, 1, 1, indexes, 1, &f.text);
  bf_json *line = parse_line(&f, 0);
  const bf_json *all = bf_json_get(line, "distributions");
  assert_string_equal(bf_json_text(bf_json_get(all, "seq_blocks_2/name")),
                      "{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": "
                      "[null, \"integer\"]}}");
  assert_string_equal(bf_json_text(bf_json_get(all, "seq_blocks_2/weight")),
                      "{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": "
                      "[\"[8, 6]\", \"[4, NA]\"]}}");
  assert_string_equal(bf_json_text(bf_json_get(all, "seq_blocks_2/channel_multiplier")),
                      "{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": "
                      "[1, 2]}}");
  bf_json_free(line);
  stop(&f);
}

static void trial_handed_out_again_has_its_new_rank(void **state)
{
  (void)state;
  fixture f = {0};
  bf_journal_print_again(12, 5, &f.text);
  bf_json *line = parse_line(&f, 0);
  assert_int_equal(integer_at(line, "op_code"), 8);
  assert_int_equal(integer_at(line, "trial_id"), 12);
  assert_int_equal(integer_at(bf_json_get(line, "user_attr"), "rank"), 5);
  bf_json_free(line);
  bf_text_release(&f.text);
}

static void complete_trial_has_metrics_and_objectives(void **state)
{
  (void)state;
  fixture f;
  double values[2];
  start(&f, JOB_HEAD SEEDS JOB_NULL JOB_TAIL);
  bf_result result = sample_result();
  bf_journal_print_tell(f.form, 2, &result, &f.text);
  assert_int_equal(n_lines(&f), 2);
  bf_json *line = parse_line(&f, 0);
  assert_int_equal(integer_at(line, "op_code"), 8);
  assert_int_equal(integer_at(line, "trial_id"), 7);
  const bf_json *told = bf_json_get(bf_json_get(line, "user_attr"), "result");
  assert_int_equal(bf_json_size(told), 3 + 5);
  assert_true(number_at(told, "loss") == 0.1);
  assert_true(number_at(told, "accuracy") == 2.0 / 3);
  assert_int_equal(integer_at(told, "weight_bits"), 1300);
  assert_int_equal(integer_at(told, "rank"), 2);
  assert_string_equal(bf_json_text(bf_json_get(told, "host")), "node1");
  assert_true(number_at(told, "started_s") == 1795410414.125);
  assert_true(number_at(told, "duration_s") == 0.5);
  assert_string_equal(bf_json_text(bf_json_get(told, "reason")), "");
  bf_json_free(line);
  line = parse_line(&f, 1);
  assert_int_equal(integer_at(line, "op_code"), 6);
  assert_int_equal(integer_at(line, "trial_id"), 7);
  assert_int_equal(integer_at(line, "state"), 1);
  assert_ok(bf_json_doubles(line, "values", 2, values));
  assert_true(values[0] == 0.1 && values[1] == 650);
  bf_json_free(line);
  stop(&f);
}

static void constraints_are_signed_and_missed_by_what_failed(void **state)
{
  (void)state;
  fixture f;
  double values[2];
  start(&f, JOB_HEAD SEEDS JOB_NULL JOB_TAIL CONSTRAINTS);
  bf_result result = sample_result();
  bf_journal_print_tell(f.form, 2, &result, &f.text);
  assert_int_equal(n_lines(&f), 3);
  bf_json *line = parse_line(&f, 0);
  assert_int_equal(integer_at(line, "op_code"), 9);
  assert_ok(bf_json_doubles(bf_json_get(line, "system_attr"), "constraints", 2, values));
  assert_true(values[0] == 100 && values[1] == 0.7 - 2.0 / 3);
  bf_json_free(line);
  bf_text_reset(&f.text);
  result.failed = true;
  bf_journal_print_tell(f.form, 2, &result, &f.text);
  line = parse_line(&f, 0);
  assert_ok(bf_json_doubles(bf_json_get(line, "system_attr"), "constraints", 2, values));
  assert_true(values[0] == 1 && values[1] == 1);
  bf_json_free(line);
  stop(&f);
}

static void failed_trial_has_its_reason_and_no_values(void **state)
{
  (void)state;
  fixture f;
  char reason[] = "it said \"no\"\n\x01 caf\xc3\xa9 \xff \xc3";
  start(&f, JOB_HEAD SEEDS JOB_NULL JOB_TAIL);
  bf_result result = {.number = 3,
                      .failed = true,
                      .reason = reason,
                      .metrics = bf_metrics_none(),
                      .started_s = (double)NAN,
                      .duration_s = (double)NAN};
  bf_journal_print_tell(f.form, -1, &result, &f.text);
  bf_json *line = parse_line(&f, 0);
  const bf_json *told = bf_json_get(bf_json_get(line, "user_attr"), "result");
  assert_int_equal(bf_json_size(told), 3);
  assert_string_equal(bf_json_text(bf_json_get(told, "reason")),
                      "it said \"no\"\n\x01 caf\xc3\xa9 ? ?");
  assert_string_equal(bf_json_text(bf_json_get(told, "host")), "");
  assert_int_equal(integer_at(told, "rank"), -1);
  bf_json_free(line);
  line = parse_line(&f, 1);
  assert_int_equal(integer_at(line, "state"), 3);
  assert_int_equal(bf_json_kind_of(bf_json_get(line, "values")), BF_JSON_NULL);
  /* Now: an Optuna study has a date here, or cannot be read. */
  assert_non_null(bf_json_text(bf_json_get(line, "datetime_complete")));
  bf_json_free(line);
  stop(&f);
}

static void sessions_begin_and_end(void **state)
{
  (void)state;
  fixture f = {0};
  bf_run_info info = {.isa = "avx2", .backend = "tile", .n_ranks = 4};
  bf_journal_print_session(2, &info, 1795410414.25, &f.text);
  bf_journal_print_end(2, "signal", 4, 12.5, &f.text);
  bf_json *line = parse_line(&f, 0);
  assert_int_equal(integer_at(line, "op_code"), 2);
  const bf_json *session = bf_json_get(bf_json_get(line, "user_attr"), "session:2");
  assert_string_equal(bf_json_text(bf_json_get(session, "version")), BITFRONT_VERSION);
  assert_string_equal(bf_json_text(bf_json_get(session, "isa")), "avx2");
  assert_string_equal(bf_json_text(bf_json_get(session, "backend")), "tile");
  assert_int_equal(integer_at(session, "ranks"), 4);
  assert_int_equal(integer_at(session, "pid"), getpid());
  assert_true(number_at(session, "start_s") == 1795410414.25);
  assert_true(strlen(bf_json_text(bf_json_get(session, "host"))) > 0);
  bf_json_free(line);
  line = parse_line(&f, 1);
  const bf_json *end = bf_json_get(bf_json_get(line, "user_attr"), "end:2");
  assert_string_equal(bf_json_text(bf_json_get(end, "reason")), "signal");
  assert_int_equal(integer_at(end, "exit"), 4);
  assert_true(number_at(end, "wall_s") == 12.5);
  bf_json_free(line);
  bf_text_release(&f.text);
}

static void test_score_belongs_to_the_study(void **state)
{
  (void)state;
  fixture f = {0};
  char reason[] = "out of memory";
  bf_result result = {.number = 12, .n_test_rows = 10, .n_test_correct = 9, .test_loss = 0.25};
  bf_journal_print_test(&result, &f.text);
  result.test_loss = (double)NAN;
  bf_journal_print_test(&result, &f.text);
  result.failed = true;
  result.reason = reason;
  bf_journal_print_test(&result, &f.text);
  bf_json *line = parse_line(&f, 0);
  const bf_json *test = bf_json_get(bf_json_get(line, "user_attr"), "test:12");
  assert_int_equal(integer_at(line, "op_code"), 2);
  assert_int_equal(integer_at(test, "rows"), 10);
  assert_int_equal(integer_at(test, "correct"), 9);
  assert_true(number_at(test, "loss") == 0.25);
  bf_json_free(line);
  line = parse_line(&f, 1);
  assert_null(bf_json_get(bf_json_get(bf_json_get(line, "user_attr"), "test:12"), "loss"));
  bf_json_free(line);
  line = parse_line(&f, 2);
  test = bf_json_get(bf_json_get(line, "user_attr"), "test:12");
  assert_string_equal(bf_json_text(bf_json_get(test, "failed")), "out of memory");
  assert_int_equal(bf_json_size(test), 1);
  bf_json_free(line);
  bf_text_release(&f.text);
}

static double read_back(const char *text)
{
  bf_json *json = NULL;
  double value = 0;
  assert_ok(bf_json_parse(text, "number", &json));
  assert_ok(bf_json_double(json, &value));
  bf_json_free(json);
  return value;
}

static void assert_number_survives(double value)
{
  bf_text text = {0};
  bf_journal_number(value, &text);
  double back = read_back(bf_text_view(&text));
  if (memcmp(&back, &value, sizeof value) != 0)
    fail_msg("%.17g became '%s'", value, text.data);
  bf_text_release(&text);
}

static void numbers_are_read_back_exactly(void **state)
{
  (void)state;
  static const double values[] = {0,
                                  -0.0,
                                  1,
                                  -1,
                                  0.1,
                                  1.0 / 3,
                                  1e15,
                                  1e16,
                                  1e17,
                                  1e22,
                                  1e23,
                                  5e-324,
                                  1e-5,
                                  1e-4,
                                  9.5e-6,
                                  0.3,
                                  1.7e308,
                                  2.5,
                                  123456.75,
                                  -2e-9,
                                  1e-22,
                                  1e-300,
                                  99.99,
                                  0.7,
                                  4503599627370497.5,
                                  9007199254740991,
                                  9007199254740994,
                                  0.99999999999999989,
                                  1.0000000000000002,
                                  1795410414.1234567};
  bf_random random = bf_random_stream(3, BF_PURPOSE_SAMPLER, 0);
  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    assert_number_survives(values[i]);
  for (int i = 0; i < 30000; i++) {
    uint64_t bits = bf_random_u64(&random);
    double value;
    memcpy(&value, &bits, sizeof value);
    if (isfinite(value))
      assert_number_survives(value);
    assert_number_survives(bf_random_normal(&random));
    assert_number_survives((double)(bits >> 40) / 1000);
    assert_number_survives(exp(20 * bf_random_normal(&random)));
  }
}

static void number_is_short_where_that_is_enough(void **state)
{
  (void)state;
  static const struct {
    double value;
    const char *text;
  } cases[] = {{0, "0"},       {1300, "1300"},        {0.1, "0.1"},
               {-2.5, "-2.5"}, {(double)NAN, "null"}, {(double)INFINITY, "null"},
               {0.75, "0.75"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_text text = {0};
    bf_journal_number(cases[i].value, &text);
    assert_string_equal(text.data, cases[i].text);
    bf_text_release(&text);
  }
}

static void string_of_any_bytes_is_json(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(4, BF_PURPOSE_SAMPLER, 0);
  for (int round = 0; round < 20000; round++) {
    char bytes[12] = "";
    bf_text text = {0};
    bf_json *json = NULL;
    size_t n = (size_t)bf_random_below(&random, sizeof bytes);
    for (size_t i = 0; i < n; i++)
      bytes[i] = (char)(1 + bf_random_below(&random, 255));
    /* Half of them could begin a character. */
    if (n > 4 && round % 2 == 0)
      memcpy(bytes,
             (const char *[]){"\xf0\x9f\x98\x80", "\xed\xa0\x80!", "\xe0\x80\x80!",
                              "\xf4\x90\x80\x80", "\xe2\x82\xac!"}[round / 2 % 5],
             4);
    bf_journal_string(bytes, &text);
    assert_ok(bf_json_parse(text.data, "string", &json));
    const char *back = bf_json_text(json);
    assert_non_null(back);
    for (size_t i = 0; i < strlen(bytes); i++)
      assert_true(back[i] == bytes[i] || ((unsigned char)bytes[i] > 0x7f && back[i] == '?'));
    assert_int_equal(strlen(back), strlen(bytes));
    bf_json_free(json);
    bf_text_release(&text);
  }
}

static void string_keeps_what_is_utf_8(void **state)
{
  (void)state;
  static const struct {
    const char *bytes;
    const char *text;
  } cases[] = {
      {"plain", "\"plain\""},
      {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
      {"\xf4\x8f\xbf\xbf\xed\x9f\xbf", "\"\xf4\x8f\xbf\xbf\xed\x9f\xbf\""},
      {"\xc0\x80\xed\xa0\x80", "\"?????\""},
      {"a\xe2\x82", "\"a??\""},
      {"\t\n\"\\\x1f\x7f", "\"\\t\\n\\\"\\\\\\u001f\x7f\""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_text text = {0};
    bf_journal_string(cases[i].bytes, &text);
    assert_string_equal(text.data, cases[i].text);
    bf_text_release(&text);
  }
}

static void dates_are_local_with_microseconds(void **state)
{
  (void)state;
  static const struct {
    double date_s;
    const char *text;
  } cases[] = {
      {1795410414.25, "\"2026-11-23T06:06:54.250000\""},
      {1795410414.75, "\"2026-11-23T06:06:54.750000\""},
      {1795410415, "\"2026-11-23T06:06:55.000000\""},
      {1795410414.000001, "\"2026-11-23T06:06:54.000000\""}, /* a double has 2.4e-7 there */
      {1782864000, "\"2026-07-01T02:00:00.000000\""},
      {(double)NAN, "null"},
      {-1, "null"},
      {1e300, "null"},
  };
  assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
  tzset();
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_text text = {0};
    bf_journal_date(cases[i].date_s, &text);
    assert_string_equal(text.data, cases[i].text);
    bf_text_release(&text);
  }
}

static void form_without_memory_is_never_taken_for_whole(void **state)
{
  (void)state;
  fixture f;
  uint32_t indexes[N_CHOICES] = {0, 0, 0, 0, 1, 1, 0, 1, 0};
  bf_status status = BF_ERR_NOMEM;
  start(&f, JOB_HEAD SEEDS JOB_NULL JOB_TAIL);
  bf_journal_print_ask(f.form, 1, 1, indexes, 1, &f.text);
  for (long n = 0; status != BF_OK; n++) {
    bf_journal_form *form = NULL;
    bf_text text = {0};
    bf_alloc_fail_after(n);
    status = bf_journal_form_create(f.plan, &form);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true((form != NULL) == (status == BF_OK));
    if (status == BF_OK) {
      bf_journal_print_ask(form, 1, 1, indexes, 1, &text);
      assert_string_equal(text.data, f.text.data);
    }
    bf_text_release(&text);
    bf_journal_form_free(form);
    assert_true(n < 1000);
  }
  stop(&f);
}

static void head_without_memory_is_never_taken_for_whole(void **state)
{
  (void)state;
  fixture f;
  start(&f, JOB_HEAD SEEDS JOB_NULL JOB_TAIL);
  bf_journal_print_head(f.plan, "s", &f.text);
  bf_status status = BF_ERR_NOMEM;
  for (long n = 0; status != BF_OK; n++) {
    bf_text text = {0};
    bf_alloc_fail_after(n);
    bf_journal_print_head(f.plan, "s", &text);
    bf_alloc_fail_after(-1);
    status = bf_text_status(&text);
    if (status == BF_OK)
      assert_string_equal(text.data, f.text.data);
    bf_text_release(&text);
    assert_true(n < 5000);
  }
  stop(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(head_names_study_objectives_and_job),
      cmocka_unit_test(head_has_the_job_as_it_is_in_effect),
      cmocka_unit_test(head_of_a_sum_has_one_objective),
      cmocka_unit_test(trial_line_has_every_configuration),
      cmocka_unit_test(distribution_has_values_and_tied_ones_as_text),
      cmocka_unit_test(trial_handed_out_again_has_its_new_rank),
      cmocka_unit_test(complete_trial_has_metrics_and_objectives),
      cmocka_unit_test(constraints_are_signed_and_missed_by_what_failed),
      cmocka_unit_test(failed_trial_has_its_reason_and_no_values),
      cmocka_unit_test(sessions_begin_and_end),
      cmocka_unit_test(test_score_belongs_to_the_study),
      cmocka_unit_test(numbers_are_read_back_exactly),
      cmocka_unit_test(number_is_short_where_that_is_enough),
      cmocka_unit_test(string_of_any_bytes_is_json),
      cmocka_unit_test(string_keeps_what_is_utf_8),
      cmocka_unit_test(dates_are_local_with_microseconds),
      cmocka_unit_test(form_without_memory_is_never_taken_for_whole),
      cmocka_unit_test(head_without_memory_is_never_taken_for_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
