/* The Python tool's flags: that jobs know what they set.
 * Room: cli (tests). */
#include "unit.h"

#include "cli/tool_flags.h"
#include "study/job.h"

enum { N_OWN = 2 };
static const char *own_value;
static const bf_option own[N_OWN] = {
    {"--task", "T", "a command's own", bf_read_text, &own_value},
    {"--out", "DIR", "where", bf_read_text, &own_value},
};

/* Of what a flag's reader accepts. */
static const char *something(const bf_option *flag)
{
  static const char *const words[][2] = {{"--task", "cls"},
                                         {"--load-type", "pl"},
                                         {"--log-level", "debug"},
                                         {"--accelerator", "cpu"},
                                         {"--training-optimizer", "sgd"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(words[i][0], flag->name) == 0)
      return words[i][1];
  return flag->argument == NULL ? "" : "2";
}

static void flags_set_keys_that_jobs_know(void **state)
{
  (void)state;
  bf_tool_flags flags = {{0}};
  bf_option all[BF_MAX_TOOL_FLAGS];
  bf_toml *tree = NULL;
  bf_job *job = NULL;
  bf_text keyless = {0};
  size_t n = bf_tool_flags_join(&flags, 0, NULL, all);
  for (size_t i = 0; i < n; i++)
    assert_ok(all[i].read(all[i].name, something(&all[i]), all[i].value));
  assert_ok(bf_toml_parse("seed = 1\n", "j", &tree));
  assert_ok(bf_tool_flags_apply(&flags, tree));
  assert_ok(bf_job_create(tree, "j", false, &job));
  assert_int_equal(job->batch_size, 2);
  assert_int_equal(job->training.n_epochs, 2);
  assert_int_equal(job->training.max_steps, 2);
  assert_int_equal(job->training.accumulate, 2);
  assert_true(job->training.learning_rate == 2 && job->training.weight_decay == 2);
  assert_string_equal(job->training.optimizer, "sgd");
  assert_string_equal(job->task, "cls");
  assert_string_equal(bf_toml_get(job->tree, "project")->string, "2");
  assert_true(bf_toml_get(job->tree, "to_debug")->boolean);
  bf_tool_flags_print_keyless(&flags, &keyless);
  assert_string_equal(bf_text_view(&keyless),
                      "--profile, --no-warnings, --run-emit, --skip-build, --skip-test");
  bf_text_release(&keyless);
  bf_job_free(job);
}

static void flags_of_a_command_stay_its_own(void **state)
{
  (void)state;
  bf_tool_flags flags = {{0}};
  bf_option all[N_OWN + BF_MAX_TOOL_FLAGS];
  size_t n_tasks = 0;
  size_t n = bf_tool_flags_join(&flags, N_OWN, own, all);
  for (size_t i = 0; i < n; i++)
    n_tasks += strcmp(all[i].name, "--task") == 0;
  assert_int_equal(n_tasks, 1);
  assert_ptr_equal(all[0].value, &own_value);
  assert_null(all[N_OWN].help);
}

static void flags_not_given_set_nothing(void **state)
{
  (void)state;
  const bf_tool_flags flags = {{0}};
  bf_toml *tree = NULL;
  bf_text keyless = {0};
  assert_ok(bf_toml_parse("", "j", &tree));
  assert_ok(bf_tool_flags_apply(&flags, tree));
  assert_int_equal(tree->n_items, 0);
  assert_null(bf_tool_flags_value(&flags, "project"));
  bf_tool_flags_print_keyless(&flags, &keyless);
  assert_int_equal(keyless.length, 0);
  bf_text_release(&keyless);
  bf_toml_free(tree);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(flags_set_keys_that_jobs_know),
      cmocka_unit_test(flags_of_a_command_stay_its_own),
      cmocka_unit_test(flags_not_given_set_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
