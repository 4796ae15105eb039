/* Jobs with the command line merged in.
 * Room: cli (tests). */
#include "unit.h"

#include "cli/job_file.h"
#include "cli_folder.h"

static int make_folder_without_data(void **state)
{
  unsetenv("BITFRONT_DATA");
  return make_folder(state);
}

static const char *write_job(const char *text)
{
  const char *path = in_folder("job.toml");
  assert_ok(bf_file_write(path, text, strlen(text)));
  return path;
}

static void job_takes_options_over_sets_over_the_file(void **state)
{
  (void)state;
  bf_job *job = NULL;
  const char *sets[] = {"seed=3", "batch_size=64", "search.strategy.setup.sampler=random"};
  const bf_overrides overrides = {
      .data = "D", .seed = "4", .n_trials = "25", .sets = {.n = 3, .items = sets}};
  assert_ok(bf_job_read(write_job("seed = 1\nbatch_size = 32\n"), &overrides, &job));
  assert_int_equal(job->seed, 4);
  assert_int_equal(job->batch_size, 64);
  assert_int_equal(job->n_trials, 25);
  assert_string_equal(job->sampler, "random");
  assert_string_equal(job->data, "D");
  bf_job_free(job);
}

static void job_finds_its_data_in_the_documented_order(void **state)
{
  (void)state;
  bf_job *job = NULL;
  const bf_overrides none = {0};
  const bf_overrides option = {.data = "OPTION"};
  assert_fails(bf_job_read(write_job("seed = 1\n"), &none, &job), BF_ERR_USAGE,
               "bitfront data synth");
  assert_fails(bf_job_read(write_job("seed = 1\n"), &none, &job), BF_ERR_USAGE,
               "bitfront data import");
  setenv("BITFRONT_DATA", "VARIABLE", 1);
  assert_ok(bf_job_read(write_job("seed = 1\n"), &none, &job));
  assert_string_equal(job->data, "VARIABLE");
  bf_job_free(job);
  assert_ok(bf_job_read(write_job("data = \"KEY\"\n"), &none, &job));
  assert_string_equal(job->data, "KEY");
  bf_job_free(job);
  assert_ok(bf_job_read(write_job("data = \"KEY\"\n"), &option, &job));
  assert_string_equal(job->data, "OPTION");
  bf_job_free(job);
  unsetenv("BITFRONT_DATA");
}

static void job_with_a_bad_set_is_refused(void **state)
{
  (void)state;
  bf_job *job = NULL;
  static const char *const wrong[] = {"seed", "=3", "seed.x=3", "sede=3", "a..b=1", "seed=many"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    const char *item = wrong[i];
    const bf_overrides overrides = {.data = "D", .sets = {.n = 1, .items = &item}};
    assert_fails(bf_job_read(write_job("seed = 1\n"), &overrides, &job), BF_ERR_USAGE, "");
    assert_true(strlen(bf_trail()) > 0);
    assert_null(job);
  }
}

static void job_file_with_a_zero_byte_is_refused(void **state)
{
  (void)state;
  bf_job *job = NULL;
  const bf_overrides overrides = {.data = "D"};
  const char *path = in_folder("zero.toml");
  assert_ok(bf_file_write(path, "seed\0 = 1\n", 10));
  assert_fails(bf_job_read(path, &overrides, &job), BF_ERR_USAGE, "byte 5 is zero");
  assert_fails(bf_job_read(in_folder("absent.toml"), &overrides, &job), BF_ERR_USAGE,
               "absent.toml");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(job_takes_options_over_sets_over_the_file),
      cmocka_unit_test(job_finds_its_data_in_the_documented_order),
      cmocka_unit_test(job_with_a_bad_set_is_refused),
      cmocka_unit_test(job_file_with_a_zero_byte_is_refused),
  };
  return cmocka_run_group_tests(tests, make_folder_without_data, remove_folder);
}
