/* Job files: keys, types, ranges, positions.
 * Tests of src/study/job.c, job_keys.c and model_lines.c. */
#include "unit.h"

#include "base/log.h"
#include "base/memory.h"
#include "study_fixture.h"

static char last_line[2048];

static void keep_line(bf_log_level level, const char *line, void *context)
{
  (void)level;
  (void)context;
  snprintf(last_line, sizeof last_line, "%s", line);
}

static void job_values_land_in_their_members(void **state)
{
  (void)state;
  bf_job *job = NULL;
  assert_ok(fixture_job("model = \"jsc-tiny\"\nbatch_size = 512\nlearning_rate = 1e-2\nseed = 42\n"
                        "max_steps = -1\n[search.strategy]\neval_mode = false\n"
                        "[search.strategy.sw_runner.basic_train]\nmax_epochs = 5\n"
                        "[search.strategy.setup]\nn_trials = 20\ntimeout = 20000\n",
                        &job));
  assert_string_equal(job->model, "jsc-tiny");
  assert_int_equal(job->batch_size, 512);
  assert_int_equal(job->seed, 42);
  assert_true(job->training.learning_rate == 1e-2);
  assert_int_equal(job->training.max_steps, 0);
  assert_int_equal(job->training.batch_size, 512);
  assert_int_equal(job->bitops_batch, 512);
  assert_false(job->eval_mode);
  assert_int_equal(job->brief.n_epochs, 5);
  assert_int_equal(job->brief.batch_size, 512);
  assert_int_equal(job->n_trials, 20);
  assert_true(job->timeout_s == 20000);
  assert_int_equal(job->n_runners, 1);
  assert_int_equal(job->runners[0], BF_RUNNER_TRAIN);
  bf_job_free(job);
}

static void job_runners_keep_file_order_and_empty_tables_count(void **state)
{
  (void)state;
  bf_job *job = NULL;
  assert_ok(fixture_job("[search.strategy.sw_runner.null]\n"
                        "[search.strategy.sw_runner.basic_evaluation]\nnum_samples = 10\n"
                        "[search.strategy.hw_runner.latency]\n",
                        &job));
  assert_int_equal(job->n_runners, 2);
  assert_int_equal(job->runners[0], BF_RUNNER_NULL);
  assert_int_equal(job->runners[1], BF_RUNNER_EVALUATION);
  assert_true(job->wants_latency);
  bf_job_free(job);
}

static void job_ignored_keys_are_remembered_by_name(void **state)
{
  (void)state;
  bf_job *job = NULL;
  assert_ok(
      fixture_job("accelerator = \"gpu\"\nload_type = \"pl\"\n[passes.quantize]\nby = \"type\"\n"
                  "[search.strategy.setup]\nn_jobs = 1\n",
                  &job));
  assert_string_equal(job->ignored, "accelerator, load_type, passes, search.strategy.setup.n_jobs");
  bf_job_free(job);
  assert_ok(fixture_job("seed = 1\n", &job));
  assert_null(job->ignored);
  bf_job_free(job);
}

static void job_bad_input_names_line_and_column(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    const char *words;
  } cases[] = {
      {"seed = 1\nbatch_sise = 8\n",
       "job.toml:2:1: unknown key 'batch_sise'; did you mean 'batch_size'?"},
      {"[search.strategy.setup]\nn_trails = 8\n", "job.toml:2:1: unknown key"},
      {"[serch]\nx = 1\n", "unknown key 'serch'"},
      {"batch_size = 0\n", "'batch_size' is 0, expected 1.."},
      {"batch_size = \"8\"\n", "'batch_size' is no whole number"},
      {"learning_rate = -1.0\n", "'learning_rate' is -1"},
      {"learning_rate = nan\n", "'learning_rate' is nan"},
      {"learning_rate = true\n", "'learning_rate' is no number"},
      {"model = 3\n", "'model' is no string"},
      {"search = 3\n", "'search' is a value, expected a table"},
      {"[search.strategy]\neval_mode = 1\n",
       "'search.strategy.eval_mode' is neither true nor false"},
      {"max_steps = -2\n", "'max_steps' is -2"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_job *job = NULL;
    assert_fails(fixture_job(cases[i].text, &job), BF_ERR_USAGE, cases[i].words);
    assert_null(job);
  }
}

static void job_unknown_key_is_a_warning_when_lenient(void **state)
{
  (void)state;
  bf_toml *tree = NULL;
  bf_job *job = NULL;
  assert_ok(bf_toml_parse("batch_sise = 8\nseed = 3\n", "j", &tree));
  bf_log_set_sink(keep_line, NULL);
  assert_ok(bf_job_create(tree, "j", true, &job));
  bf_log_set_sink(NULL, NULL);
  assert_non_null(strstr(last_line, "batch_sise"));
  assert_int_equal(job->seed, 3);
  bf_job_free(job);
}

static void job_with_compat_scores_what_the_python_tool_scores(void **state)
{
  (void)state;
  static const struct {
    const char *keys;
    size_t n_rows; /* 0: all */
  } cases[] = {
      {"batch_size = 8\n", 0},
      {"batch_size = 8\ncompat = true\n", 8}, /* one batch */
      {"batch_size = 8\ncompat = true\nsearch.strategy.eval_mode = false\n", 2002 * 8},
      {"batch_size = 8\ncompat = true\n"
       "search.strategy.sw_runner.basic_evaluation.num_samples = 50\n",
       50},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_job *job = NULL;
    assert_ok(fixture_job(cases[i].keys, &job));
    assert_int_equal(job->evaluation_rows, cases[i].n_rows);
    bf_job_free(job);
  }
}

static void job_layer_list_makes_a_net(void **state)
{
  (void)state;
  bf_job *job = NULL;
  bf_model *model = bf_alloc(1, sizeof *model);
  assert_non_null(model);
  assert_ok(
      fixture_job("[model]\nlayers = [{type = \"batchnorm\"}, {type = \"relu\"},\n"
                  "{type = \"linear\", out = 32, bias = false}, {type = \"linear\", out = 5}]\n",
                  &job));
  assert_ok(bf_job_model(job, 16, 5, model));
  assert_int_equal(model->n_layers, 4);
  assert_int_equal(model->layers[2].n_in, 16);
  assert_int_equal(model->layers[2].n_out, 32);
  assert_false(model->layers[2].has_bias);
  assert_true(model->layers[3].has_bias);
  assert_string_equal(model->layers[3].node, "seq_blocks_3");
  bf_job_free(job);
  free(model);
}

static void job_bad_layer_list_is_refused(void **state)
{
  (void)state;
  static const struct {
    const char *list;
    const char *words;
  } cases[] = {
      {"[]", "'layers' is no array of 1.."},
      {"[3]", "a layer is a table"},
      {"[{out = 3}]", "a layer lacks its type"},
      {"[{type = \"liner\", out = 5}]", "linear"},
      {"[{type = \"linear\"}]", "'out' is missing"},
      {"[{type = \"relu\", out = 5}]", "'out' is not meant"},
      {"[{type = \"linear\", out = 0}]", "'out' is no number in 1.."},
      {"[{type = \"linear\", out = -4}]", "'out' is no number in 1.."},
      {"[{type = \"linear\", out = 5, bais = true}]", "unknown key 'bais'"},
      {"[{type = \"linear\", out = 4}]", "4"},
  };
  bf_model *model = bf_alloc(1, sizeof *model);
  assert_non_null(model);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[256];
    bf_job *job = NULL;
    snprintf(text, sizeof text, "[model]\nlayers = %s\n", cases[i].list);
    assert_ok(fixture_job(text, &job));
    assert_fails(bf_job_model(job, 16, 5, model), BF_ERR_USAGE, cases[i].words);
    bf_job_free(job);
  }
  free(model);
}

static void job_without_memory_fails_cleanly(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  for (long n = 0; status != BF_OK; n++) {
    bf_toml *tree = NULL;
    bf_job *job = NULL;
    assert_ok(bf_toml_parse("batch_size = 8\naccelerator = \"cpu\"\n", "j", &tree));
    bf_alloc_fail_after(n);
    status = bf_job_create(tree, "j", false, &job);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true(status == BF_OK || job == NULL);
    bf_job_free(job);
    assert_true(n < 1000);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(job_values_land_in_their_members),
      cmocka_unit_test(job_runners_keep_file_order_and_empty_tables_count),
      cmocka_unit_test(job_ignored_keys_are_remembered_by_name),
      cmocka_unit_test(job_bad_input_names_line_and_column),
      cmocka_unit_test(job_unknown_key_is_a_warning_when_lenient),
      cmocka_unit_test(job_with_compat_scores_what_the_python_tool_scores),
      cmocka_unit_test(job_layer_list_makes_a_net),
      cmocka_unit_test(job_bad_layer_list_is_refused),
      cmocka_unit_test(job_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
