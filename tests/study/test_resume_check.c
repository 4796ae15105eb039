/* Which studies go on, and with what: locks, other jobs, other rows, other versions.
 * Tests of src/study/resume_check.c and of the lock of a journal. */
#include "unit.h"

#include "base/log.h"
#include "resumed_study.h"

#define OTHER_SPACE                                                                                \
  DEFAULT NODE                                                                                     \
      "name = [\"integer\", \"NA\"]\ndata_in_width = [8, 6, 4]\ndata_in_frac_width = [4, 2]\n"     \
      "weight_width = [8, 4, 2]\nweight_frac_width = [2]\nchannel_multiplier = [1, 2, 3]\n"        \
      "bias_width = [8]\nbias_frac_width = [2]\n"
#define SETUP(sampler, more) JOB_NULL TAIL("sampler = \"" sampler "\"\nn_trials = 20\n" more)
#define CONSTRAINED          "[search.strategy.constraints]\nweight_bits = \"<= 7\"\n"

static const char plain[] = JOB_HEAD SPACE SETUP("random", "");

static life begin(const char *name)
{
  life l = {.text = plain, .n_held = 2, .first_failed = 1000};
  life_start(&l, name);
  return l;
}

static void study_that_runs_is_not_taken_up_again(void **state)
{
  (void)state;
  bf_record *record = NULL;
  bf_study *second = NULL;
  life l = begin("locked");
  for (int i = 0; i < 2; i++) {
    life_run(&l, 3);
    assert_ok(bf_study_open(l.f.study->folder, &record));
    assert_fails(bf_study_resume(l.f.plan, record, &run_info, &second), BF_ERR_USAGE,
                 "another process runs this study");
    assert_null(second);
    bf_record_free(record);
    life_kill(&l);
    life_resume(&l, "locked");
  }
  life_kill(&l);
}

/* Of two that wait for the lock, the second has read what is no longer the end. */
static void study_that_went_on_meanwhile_is_not_taken_up(void **state)
{
  (void)state;
  bf_record *record = NULL;
  bf_study *second = NULL;
  life l = begin("grown");
  life_run(&l, 3);
  assert_ok(bf_study_open(l.f.study->folder, &record));
  life_run(&l, 3);
  life_kill(&l);
  start_plan(&l.f, l.text);
  assert_fails(bf_study_resume(l.f.plan, record, &run_info, &second), BF_ERR_USAGE,
               "has changed while it was read");
  bf_record_free(record);
  stop(&l.f);
  life_resume(&l, "grown");
  life_finish(&l);
  life_kill(&l);
}

/* Whether a study of @p text would go on with the job @p other. */
static bf_status check_other(const char *text, const char *other)
{
  bf_record *record = NULL;
  static int n_studies = 0;
  char name[32];
  snprintf(name, sizeof name, "check-%d", n_studies++);
  life l = {.text = text, .n_held = 1};
  life_start(&l, name);
  life_run(&l, 1);
  assert_ok(bf_study_open(l.f.study->folder, &record));
  life_kill(&l);
  start_plan(&l.f, other);
  bf_status status = bf_study_check_resume(l.f.plan, record);
  stop(&l.f);
  bf_record_free(record);
  return status;
}

static void other_jobs_are_refused_by_the_key_that_differs(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    const char *words;
  } others[] = {
      {JOB_HEAD SPACE SETUP("qmc", ""),
       "is of another job: search.strategy.setup.sampler (was random, is qmc); give --sampler "
       "random"},
      {JOB_HEAD SPACE SETUP("random", "in_flight = 4\n"),
       "search.strategy.setup.in_flight (was absent, is 4)"},
      {JOB_HEAD OTHER_SPACE SETUP("random", ""),
       "search.search_space.seed.seq_blocks_2.config.name (was [\"integer\"], is [\"integer\", "
       "\"NA\"])"},
      {JOB_HEAD OTHER_SPACE SETUP("random", "") CONSTRAINED, ", and more; leave the job file away"},
      {JOB_HEAD SPACE SETUP("random", "") CONSTRAINED,
       "search.strategy.constraints.weight_bits (was absent, is \"<= 7\")"},
      {"load_name = \"x.h5\"\n" JOB_HEAD SPACE SETUP("random", ""),
       "load_name (was absent, is \"x.h5\")"},
  };
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    assert_fails(check_other(plain, others[i].text), BF_ERR_USAGE, others[i].words);
}

/* Another n_trials may make "auto" another sampler, which knows nothing of what was asked. */
static void sampler_stays_that_of_the_study(void **state)
{
  (void)state;
  static const char few[] = JOB_HEAD SPACE JOB_NULL TAIL("n_trials = 53\n");
  static const char all[] = JOB_HEAD SPACE JOB_NULL TAIL("n_trials = 54\n");
  static const char gp[] = JOB_HEAD SPACE JOB_NULL TAIL("sampler = \"GP\"\nn_trials = 54\n");
  assert_fails(check_other(few, all), BF_ERR_USAGE,
               "sampler (was gp, is brute-force, picked for this n_trials); give --sampler gp");
  assert_ok(check_other(few, gp));
}

static void jobs_may_differ_in_what_changes_no_trial(void **state)
{
  (void)state;
  assert_ok(check_other(plain, plain));
  assert_ok(check_other(plain,
                        "data = \"elsewhere\"\n" JOB_HEAD SPACE JOB_NULL
                        "[search.strategy.setup]\nsampler = \"random\"\n"
                        "sum_scaled_metrics = false\nn_trials = 44\ntimeout = 3\nn_jobs = 2\n"
                        "[search.strategy.metrics]\nloss.scale = 1\nloss.direction = \"minimize\"\n"
                        "weight_bits.scale = 1.0\nweight_bits.direction = \"minimize\"\n"
                        "[search.report]\nline = \"{number}\"\n[select]\nby = \"knee\"\n"));
}

static void other_rows_are_refused(void **state)
{
  (void)state;
  life l = begin("rows");
  bf_record *record = NULL;
  life_run(&l, 1);
  assert_ok(bf_study_open(l.f.study->folder, &record));
  life_kill(&l);
  start_plan(&l.f, l.text);
  fixture_manifest.hash++;
  assert_fails(bf_study_check_resume(l.f.plan, record), BF_ERR_DATA,
               "was run on other rows: data set 'D' has hash 0000000000000001, the study's has "
               "0000000000000000");
  fixture_manifest.hash--;
  bf_record_free(record);
  life_kill(&l);
}

/* Warnings so far. */
static bf_text warnings;

static void keep_line(bf_log_level level, const char *line, void *context)
{
  (void)context;
  if (level == BF_LOG_WARNING)
    bf_text_append(&warnings, line);
}

static void other_versions_are_warned_of(void **state)
{
  (void)state;
  static const char words[] = "\"session:0\":{\"version\":\"";
  life l = begin("version");
  life_run(&l, 1);
  life_kill(&l);
  char *study = life_path("version");
  char *path = bf_path_join(study, BF_JOURNAL_NAME);
  char *journal = read_journal("version");
  *(strstr(journal, words) + strlen(words)) = '9';
  assert_ok(bf_file_write(path, journal, strlen(journal)));
  bf_log_set_sink(keep_line, NULL);
  life_resume(&l, "version");
  assert_non_null(strstr(bf_text_view(&warnings), "was run by version 9"));
  assert_non_null(strstr(bf_text_view(&warnings), "this is " BITFRONT_VERSION));
  bf_text_reset(&warnings);
  life_finish(&l);
  life_kill(&l);
  life_resume(&l, "version");
  assert_string_equal(bf_text_view(&warnings), "");
  life_kill(&l);
  bf_log_set_sink(NULL, NULL);
  bf_text_release(&warnings);
  free(journal);
  free(path);
  free(study);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
  const struct CMUnitTest tests[] = {
      IN_FOLDER(study_that_runs_is_not_taken_up_again),
      IN_FOLDER(study_that_went_on_meanwhile_is_not_taken_up),
      IN_FOLDER(other_jobs_are_refused_by_the_key_that_differs),
      IN_FOLDER(sampler_stays_that_of_the_study),
      IN_FOLDER(jobs_may_differ_in_what_changes_no_trial),
      IN_FOLDER(other_rows_are_refused),
      IN_FOLDER(other_versions_are_warned_of),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
