/* Tests of src/study/record*.c: a folder by hand, a real one, damaged ones.
 * Room: study. */
#include "unit.h"

#include <math.h>

#include <sys/stat.h>

#include "base/random.h"
#include "record_fixture.h"
#include "study/evaluator.h"
#include "study/study.h"
#include "study_fixture.h"

static void record_has_what_the_document_says(void **state)
{
  (void)state;
  bf_record *record = NULL;
  write_study(RECORD_DOCUMENT, RECORD_TABLE, RECORD_JOB);
  assert_ok(bf_study_open(record_folder, &record));
  assert_string_equal(record->folder, record_folder);
  assert_string_equal(record->sampler, "random");
  assert_string_equal(record->data_hash, "00ff");
  assert_string_equal(record->select_by, "knee");
  assert_true(record->seed == 9007199254740993);
  assert_true(record->wall_s == 10);
  assert_int_equal(record->n_ranks, 3);
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

static void record_has_every_trial_of_the_table(void **state)
{
  (void)state;
  bf_record *record = NULL;
  write_study(RECORD_DOCUMENT, RECORD_TABLE, RECORD_JOB);
  assert_ok(bf_study_open(record_folder, &record));
  assert_int_equal(record->n_trials, 5);
  const bf_record_trial *trial = record->trials;
  assert_true(trial[1].failed && !trial[0].failed);
  assert_string_equal(trial[1].reason, "it \"died\", early");
  assert_string_equal(trial[0].reason, "");
  assert_true(isnan(trial[1].metrics.value[BF_METRIC_loss]));
  assert_true(isnan(bf_record_minimised(record, 1)[0]));
  assert_int_equal(trial[4].seed, 15);
  assert_true(trial[4].metrics.value[BF_METRIC_latency] == 0.25);
  assert_true(isnan(trial[4].metrics.value[BF_METRIC_flops]));
  assert_true(trial[0].started_s == 1000.5 && trial[0].duration_s == 2);
  assert_int_equal(trial[3].rank, 2);
  assert_true(trial[2].on_front && !trial[3].on_front);
  assert_int_equal(bf_record_indexes(record, 3)[0], 2);
  assert_int_equal(bf_record_indexes(record, 3)[1], 1);
  assert_true(bf_record_minimised(record, 2)[0] == -0.6);
  assert_true(bf_record_minimised(record, 2)[1] == 100);
  assert_true(bf_record_is_feasible(record, 0));
  assert_false(bf_record_is_feasible(record, 1));
  bf_record_free(record);
}

static void record_of_a_sum_has_one_objective(void **state)
{
  (void)state;
  bf_record *record = NULL;
  char *document =
      replaced(RECORD_DOCUMENT, RECORD_OBJECTIVES,
               "\"objectives\": [{\"name\": \"sum_scaled_metrics\", \"direction\": \"maximize\", "
               "\"scale\": 1, \"terms\": [{\"name\": \"accuracy\", \"scale\": 2.0}, "
               "{\"name\": \"bitops\", \"scale\": -0.001}]}]");
  write_study(document, RECORD_TABLE, RECORD_JOB);
  assert_ok(bf_study_open(record_folder, &record));
  assert_int_equal(record->n_objectives, 1);
  assert_int_equal(record->n_terms, 2);
  assert_string_equal(bf_record_objective_name(record, 0), "sum_scaled_metrics");
  assert_true(bf_record_is_maximised(record, 0));
  assert_true(fabs(bf_record_minimised(record, 0)[0] + 0.9) < 1e-12);
  bf_record_free(record);
  free(document);
}

/* Trials 0 and 1 are one configuration, as are 2 and 3; of 4 and 5 the last is not there. */
static void record_with_repeats_has_candidates_of_means(void **state)
{
  (void)state;
  bf_record *record = NULL;
  char *document =
      replaced(RECORD_DOCUMENT, "\"ranks\"",
               "\"repeats\": 2, \"constraints\": {\"accuracy\": \">= 0.6\"}, \"ranks\"");
  char *table = replaced(RECORD_TABLE, "300,0,", "300,1,");
  write_study(document, table, RECORD_JOB);
  assert_ok(bf_study_open(record_folder, &record));
  assert_int_equal(record->repeats, 2);
  assert_int_equal(record->n_candidates, 3);
  const bf_candidate *c = record->candidates;
  assert_int_equal(c[1].number, 2);
  assert_int_equal(c[1].first, 2);
  assert_int_equal(c[1].n_complete, 2);
  assert_true(fabs(c[1].mean.value[BF_METRIC_accuracy] - 0.575) < 1e-12);
  assert_true(fabs(c[1].sd.value[BF_METRIC_accuracy] - 0.05 / sqrt(2)) < 1e-12);
  assert_true(c[1].mean.value[BF_METRIC_bitops] == 250);
  assert_true(isnan(c[1].mean.value[BF_METRIC_flops]));
  assert_true(c[1].on_front && c[1].violation == 0);
  assert_true(bf_record_minimised(record, 1)[1] == 125);
  /* One of two failed: the other one's metrics; 0.5 misses 0.6 by a sixth. */
  assert_int_equal(c[0].n_complete, 1);
  assert_true(c[0].mean.value[BF_METRIC_accuracy] == 0.5);
  assert_true(isnan(c[0].sd.value[BF_METRIC_accuracy]));
  assert_int_equal(c[2].n_complete, 0);
  assert_false(c[2].on_front);
  assert_false(bf_record_is_feasible(record, 2));
  bf_record_free(record);
  free(table);
  free(document);
}

static void record_with_repeats_derives_the_violation_of_means(void **state)
{
  (void)state;
  bf_record *record = NULL;
  char *document =
      replaced(RECORD_DOCUMENT, "\"ranks\"",
               "\"repeats\": 2, \"constraints\": {\"accuracy\": \">= 0.6\"}, \"ranks\"");
  char *table = replaced(RECORD_TABLE, "100,1,", "100,0,");
  write_study(document, table, RECORD_JOB);
  assert_ok(bf_study_open(record_folder, &record));
  assert_true(fabs(record->candidates[0].violation - 1.0 / 6) < 1e-12);
  assert_false(bf_record_is_feasible(record, 0));
  bf_record_free(record);
  free(table);
  free(document);
}

/* Columns that other versions leave out, add or put elsewhere. */
static void record_finds_columns_by_name(void **state)
{
  (void)state;
  bf_record *record = NULL;
  write_study(RECORD_DOCUMENT,
              "violation,accuracy,number,b/data_in,a/width,bitops,state,news\n"
              "0,0.5,0,x,2,100,COMPLETE,?\n"
              "2.5,0.9,2,x,4,100,COMPLETE,?\n"
              "0,0.4,5,,NA,100,COMPLETE,?\n"
              ",,6,x,4,,FAIL,?\n"
              ",0.5,7,x,4,90,COMPLETE,?\n",
              "seed = 7\n");
  assert_ok(bf_study_open(record_folder, &record));
  assert_int_equal(record->trials[2].number, 5);
  assert_null(record->select_by);
  assert_int_equal(bf_record_indexes(record, 2)[1], BF_NO_VALUE);
  assert_int_equal(record->trials[0].rank, -1);
  assert_true(isnan(record->trials[0].started_s));
  assert_true(record->trials[1].violation == 2.5);
  assert_false(bf_record_is_feasible(record, 1));
  /* Without the column the front is made anew, of feasible trials. */
  static const bool on_front[] = {false, false, false, false, true};
  for (size_t i = 0; i < 5; i++)
    assert_int_equal(record->trials[i].on_front, on_front[i]);
  bf_record_free(record);
}

static void record_finds_checkpoints_that_exist(void **state)
{
  (void)state;
  bf_record *record = NULL;
  char *path = NULL;
  char *folder = bf_path_join(record_folder, "checkpoints");
  write_study(RECORD_DOCUMENT, RECORD_TABLE, RECORD_JOB);
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

static void document_that_makes_no_sense_is_refused(void **state)
{
  (void)state;
  static const struct {
    const char *from;
    const char *to;
    const char *words;
  } cases[] = {
      {"\"format\": 1", "\"format\": 2", "study.json: 'format' is 2, expected 1"},
      {"\"seed\": 9007199254740993, ", "", "study.json: 'seed' is absent, expected a whole number"},
      {"\"seed\": 9007199254740993", "\"seed\": -1", "study.json: 'seed' is negative"},
      {"\"random\"", "7", "study.json: 'sampler' is a whole number, expected a text"},
      {"\"wall_s\": 10", "\"wall_s\": \"x\"", "study.json: 'wall_s' is a text, expected a number"},
      {RECORD_SPACE, "\"space\": []", "study.json: 'space' is an array, expected an object"},
      {"\"ordered\"", "\"odd\"", "study.json: parameter 1: 'kind' is 'odd', expected 'ordered' or"},
      {"[2, 4, null]", "[]", "study.json: parameter 1: 'values' has 0 values"},
      {"[2, 4, null]", "3", "parameter 1: 'values' is a whole number, expected an array"},
      {"\"name\": \"b/data_in\", ", "", "study.json: parameter 2: 'name' is absent"},
      {RECORD_OBJECTIVES, "\"objectives\": []", "study.json: 0 objectives, expected 1 to"},
      {"\"accuracy\"", "\"acuracy\"", "objective 1: unknown metric 'acuracy', did you mean"},
      {"\"minimize\"", "\"down\"", "study.json: objective 2: 'direction' is 'down'"},
      {"\"scale\": 0.5", "\"scale\": null", "study.json: objective 2: 'scale' is null"},
      {"\"done\": 4", "\"done\": 5", "trials.csv has 5 trials, study.json says 6"},
      {"\"done\"", "\"repeats\": 0, \"done\"", "study.json: 'repeats' is 0"},
      {"\"done\"", "\"constraints\": {\"loss\": \"1\"}, \"done\"",
       "constraint on 'loss' is no text"},
      {"\"done\"", "\"constraints\": {\"lost\": \"<= 1\"}, \"done\"",
       "'constraints' has an unknown"},
      {"\"failed\": 1, ", "", "study.json: 'done' and 'failed': a number is expected"},
      {"\"wall_s\": 10}", "\"wall_s\": 10", "study.json:2:"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *document = replaced(RECORD_DOCUMENT, cases[i].from, cases[i].to);
    write_study(document, RECORD_TABLE, RECORD_JOB);
    assert_refused(cases[i].words);
    free(document);
  }
}

static void table_that_makes_no_sense_is_refused_with_its_line(void **state)
{
  (void)state;
  static const struct {
    const char *from;
    const char *to;
    const char *words;
  } cases[] = {
      {"number,", "nmber,", "trials.csv:1: no column 'number'"},
      {",bitops,", ",bitopz,", "trials.csv:1: no column 'bitops'"},
      {",a/width,", ",a/with,", "trials.csv:1: no column 'a/width'"},
      {"\n2,", "\nzwei,", "trials.csv:4: column 'number' is 'zwei', expected a whole number"},
      {"\n2,", "\n0,", "trials.csv:4: trial 0 stands behind trial 1"},
      {"4,COMPLETE", "4,COMPL", "trials.csv:6: column 'state' is 'COMPL', expected COMPLETE or"},
      {",11,2,", ",11,3,", "trials.csv:2: column 'a/width' is '3', expected a value that"},
      {",0.9,0.5,", ",0.9x,0.5,", "trials.csv:2: column 'loss' is '0.9x', expected a number"},
      {",0.9,0.5,", ",0.9,,", "column 'accuracy' is '', expected a number, as the trial is"},
      {",0.9,0.5,", ",0.9,nan,", "column 'accuracy' is 'nan', expected a number, as the trial is"},
      {"100,1,,", "100,2,,", "trials.csv:2: column 'on_front' is '2', expected 1 or 0"},
      {",1000.5,", ",,,", "trials.csv:2: 16 cells, expected 15"},
      {",13,4,", ",13\",4,", "trials.csv:4: a quote inside a cell"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *table = replaced(RECORD_TABLE, cases[i].from, cases[i].to);
    write_study(RECORD_DOCUMENT, table, RECORD_JOB);
    assert_refused(cases[i].words);
    free(table);
  }
}

static void objective_that_overflows_is_refused(void **state)
{
  (void)state;
  char *document = replaced(RECORD_DOCUMENT, "\"scale\": 0.5", "\"scale\": 1e308");
  write_study(document, RECORD_TABLE, RECORD_JOB);
  assert_refused("trials.csv:2: objective 'bitops' is inf, expected a finite number");
  free(document);
}

/* Whatever the length at which a file ends, it is refused: every file ends in a line break. */
static void file_cut_anywhere_is_refused(void **state)
{
  (void)state;
  static const char *const names[] = {"study.json", "trials.csv", "job.toml"};
  static const char *const texts[] = {RECORD_DOCUMENT, RECORD_TABLE, RECORD_JOB};
  for (size_t f = 0; f < 2; f++)
    for (size_t n = 0; n < strlen(texts[f]); n++) {
      char *path = bf_path_join(record_folder, names[f]);
      write_study(RECORD_DOCUMENT, RECORD_TABLE, RECORD_JOB);
      assert_ok(bf_file_write(path, texts[f], n));
      assert_refused(names[f]);
      free(path);
    }
  write_study(RECORD_DOCUMENT, RECORD_TABLE, "seed = 7\n[select]\nby = \"kn");
  assert_refused("job.toml:3: it is cut off, expected a line break at its end");
}

static void folder_without_a_study_is_refused(void **state)
{
  (void)state;
  write_study(NULL, NULL, NULL);
  assert_refused("study.json: No such file");
  write_study(RECORD_DOCUMENT, NULL, RECORD_JOB);
  assert_refused("trials.csv: No such file");
  write_study(RECORD_DOCUMENT, RECORD_TABLE, NULL);
  assert_refused("job.toml: No such file");
  write_study(RECORD_DOCUMENT, RECORD_TABLE, "seed = \n");
  assert_refused("job.toml:1:");
  write_study(RECORD_DOCUMENT, RECORD_TABLE, "select.by = 3\n");
  assert_refused("job.toml:1:8: 'select.by' is no text");
}

static void folder_with_a_pipe_is_refused(void **state)
{
  (void)state;
  char *path = bf_path_join(record_folder, "trials.csv");
  write_study(RECORD_DOCUMENT, NULL, RECORD_JOB);
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_refused("trials.csv: it is no regular file");
  free(path);
}

static void open_reports_every_lack_of_memory(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  char *table = replaced(RECORD_TABLE, ",on_front,", ",on_back,");
  write_study(RECORD_DOCUMENT, table, RECORD_JOB);
  free(table);
  for (; status != BF_OK; n++) {
    bf_record *record = NULL;
    bf_alloc_fail_after(n);
    status = bf_study_open(record_folder, &record);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true((record != NULL) == (status == BF_OK));
    bf_record_free(record);
  }
  assert_true(n > 30);
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
    assert_ok(bf_study_next(*out, &task, &next));
    if (next == BF_NEXT_TASK) {
      assert_ok(bf_evaluator_run(evaluator, task.data, task.length, &result));
      assert_ok(bf_study_accept(*out, 1, result.data, result.length));
    }
    bf_bytes_release(&task);
    bf_bytes_release(&result);
  }
  assert_ok(bf_study_finish(*out));
  bf_evaluator_free(evaluator);
  free(path);
}

static void assert_metrics(const bf_metrics *wrote, const bf_metrics *read)
{
  for (int m = 0; m < BF_N_METRICS; m++) {
    double a = wrote->value[m];
    double b = read->value[m];
    assert_true((isnan(a) && isnan(b)) || fabs(a - b) <= 1e-8 * fabs(a));
  }
}

static void assert_trial(const bf_study *study, const bf_record *record, size_t i)
{
  const bf_trial *wrote = &study->trials[i];
  const bf_record_trial *read = &record->trials[i];
  assert_int_equal(read->number, wrote->number);
  assert_true(read->seed == wrote->seed);
  assert_int_equal(read->failed, wrote->failed);
  assert_int_equal(read->on_front, bf_front_has(study->front, bf_study_leader(study, i)));
  assert_string_equal(read->reason, wrote->reason);
  for (size_t d = 0; d < record->n_parameters; d++) {
    uint32_t index = bf_record_indexes(record, i)[d];
    if (bf_plan_matters(study->plan, bf_study_indexes(study, i), d))
      assert_int_equal(index, bf_study_indexes(study, i)[d]);
    else
      assert_true(index == BF_NO_VALUE);
  }
  if (!wrote->failed)
    assert_metrics(&wrote->metrics, &read->metrics);
}

static void assert_candidate(const bf_study *study, const bf_record *record, size_t c)
{
  const bf_candidate *read = &record->candidates[c];
  bf_summary wrote = bf_study_summary(study, read->number);
  double values[BF_N_METRICS];
  double minimised[BF_N_METRICS];
  double violation = 0;
  assert_int_equal(read->n_complete, wrote.n_complete);
  assert_int_equal(read->on_front, bf_front_has(study->front, read->number));
  assert_metrics(&wrote.mean, &read->mean);
  assert_metrics(&wrote.sd, &read->sd);
  if (wrote.n_complete == 0)
    return;
  assert_ok(bf_plan_objectives(study->plan, &wrote.mean, values, minimised));
  assert_ok(bf_plan_violation(study->plan, &wrote.mean, &violation));
  assert_true(fabs(violation - read->violation) <= 1e-8);
  assert_int_equal(bf_record_is_feasible(record, c), violation == 0);
  for (size_t j = 0; j < record->n_objectives; j++)
    assert_true(fabs(minimised[j] - bf_record_minimised(record, c)[j]) <=
                1e-8 * fabs(minimised[j]));
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
      CASE(record_has_what_the_document_says),
      CASE(record_has_every_trial_of_the_table),
      CASE(record_of_a_sum_has_one_objective),
      CASE(record_with_repeats_has_candidates_of_means),
      CASE(record_with_repeats_derives_the_violation_of_means),
      CASE(record_finds_columns_by_name),
      CASE(record_finds_checkpoints_that_exist),
      CASE(document_that_makes_no_sense_is_refused),
      CASE(table_that_makes_no_sense_is_refused_with_its_line),
      CASE(objective_that_overflows_is_refused),
      CASE(file_cut_anywhere_is_refused),
      CASE(folder_without_a_study_is_refused),
      CASE(folder_with_a_pipe_is_refused),
      CASE(open_reports_every_lack_of_memory),
      CASE(record_is_the_study_that_was_written),
      CASE(record_is_the_study_with_repeats_and_constraints),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
