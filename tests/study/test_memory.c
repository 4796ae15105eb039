/* What a finished trial takes of rank 0's memory, from its asking to the files about it.
 * Tests of src/study/study*.c, record*.c and results*.c. BITFRONT_LONG: a million trials. */
#include "unit.h"

#include <unistd.h>

#include "base/file.h"
#include "study/null_study.h"
#include "study/resident.h"
#include "study/results.h"

static char folder[64];

static int make_folder(void **state)
{
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/bitfront-memory-XXXXXX");
  return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
  (void)state;
  bf_folder_remove(folder);
  return 0;
}

static const bf_run_info info = {.isa = "base", .backend = "auto", .n_ranks = 1};

static void search(const bf_plan *plan, const char *path)
{
  const bf_dataset data = {.n_classes = 5};
  bf_study *study = NULL;
  bf_evaluator *evaluator = NULL;
  null_costs spent = {0};
  assert_ok(bf_evaluator_create(plan, &data, NULL, &evaluator));
  assert_ok(bf_study_create(plan, path, &info, &study));
  bf_study_hold(study);
  assert_ok(null_search(study, evaluator, &spent));
  assert_ok(bf_study_close(study));
  bf_study_free(study);
  bf_evaluator_free(evaluator);
}

static void write_results(const bf_plan *plan, const char *path, size_t n)
{
  bf_record *record = NULL;
  assert_ok(bf_study_open(path, &record));
  assert_int_equal(record->n_trials, n);
  assert_ok(bf_results_write(plan, record));
  bf_record_free(record);
}

/* The record is there until the study is. */
static void go_on(const bf_plan *plan, const char *path)
{
  bf_record *record = NULL;
  bf_study *study = NULL;
  assert_ok(bf_study_open(path, &record));
  assert_ok(bf_study_resume(plan, record, &info, &study));
  assert_int_equal(study->n_done, record->n_trials);
  bf_record_free(record);
  bf_study_free(study);
}

/* The most memory that this process has while it works off a study of @p n trials. */
static double most_of(size_t n, bool resumes)
{
  bf_job *job = NULL;
  bf_plan *plan = NULL;
  bf_text text = {0};
  char *path = bf_path_join(folder, "study");
  bf_text_printf(&text, NULL_STUDY, (unsigned long long)n);
  assert_ok(fixture_plan(text.data, &job, &plan));
  if (!forget_most_resident())
    skip();
  search(plan, path);
  write_results(plan, path, n);
  if (resumes)
    go_on(plan, path);
  bf_folder_remove(path);
  bf_plan_free(plan);
  bf_job_free(job);
  bf_text_release(&text);
  free(path);
  return most_resident_bytes();
}

static void assert_slope(bool resumes, double most)
{
  bool is_long = getenv("BITFRONT_LONG") != NULL;
  size_t few = is_long ? 50000 : 5000;
  size_t many = is_long ? 1000000 : 30000;
  double before = most_of(few, resumes);
  double slope = (most_of(many, resumes) - before) / (double)(many - few);
  print_message("%zu trials%s: %.0f bytes a trial at most\n", many, resumes ? ", resumed" : "",
                slope);
  assert_true(slope > 0 && slope < most);
}

static void skip_under_sanitizer(void)
{
#ifdef __SANITIZE_ADDRESS__
  print_message("skipped: the address sanitizer keeps freed memory\n");
  skip();
#endif
}

/* The bar is 1 KiB; this is half of it, so that what takes more is noticed. */
static void trial_takes_less_than_a_kibibyte(void **state)
{
  (void)state;
  skip_under_sanitizer();
  assert_slope(false, 512);
}

static void trial_of_a_resumed_study_takes_less_than_a_kibibyte(void **state)
{
  (void)state;
  skip_under_sanitizer();
  assert_slope(true, 640);
}

/* A disk that stopped in time may leave a file that is far longer than what is in it. */
static void journal_with_a_hole_is_refused(void **state)
{
  (void)state;
  enum { N_TRIALS = 3000 };
  bf_job *job = NULL;
  bf_plan *plan = NULL;
  bf_record *record = NULL;
  bf_text text = {0};
  char *path = bf_path_join(folder, "study");
  char *journal = bf_path_join(path, BF_JOURNAL_NAME);
  bf_text_printf(&text, NULL_STUDY, (unsigned long long)N_TRIALS);
  assert_ok(fixture_plan(text.data, &job, &plan));
  search(plan, path);
  assert_int_equal(truncate(journal, (off_t)1 << 40), 0);
  assert_fails(bf_study_open(path, &record), BF_ERR_DATA, "it is longer than 64 MiB");
  bf_folder_remove(path);
  bf_plan_free(plan);
  bf_job_free(job);
  bf_text_release(&text);
  free(journal);
  free(path);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(trial_takes_less_than_a_kibibyte, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(trial_of_a_resumed_study_takes_less_than_a_kibibyte,
                                      make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(journal_with_a_hole_is_refused, make_folder, remove_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
