/* Whole studies in one process: tasks out, results in, files at the end.
 * Tests of src/study/study*.c, open_tasks.c, evaluator.c and results_*.c. */
#include "unit.h"

#include <math.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "nn/checkpoint.h"
#include "rows_fixture.h"
#include "study/evaluator.h"
#include "study/journal.h"
#include "study/results.h"
#include "study/study.h"
#include "study_fixture.h"

static char folder[64];

static int make_folder(void **state)
{
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/bitfront-study-XXXXXX");
  return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
  (void)state;
  bf_folder_remove(folder);
  return 0;
}

/* A study with everything it borrows. */
typedef struct fixture {
  bf_job *job;
  bf_plan *plan;
  bf_evaluator *evaluator;
  bf_study *study;
  bf_record *record; /* read back at the end */
} fixture;

static void start(fixture *f, const char *text, const char *name)
{
  const bf_kernels *kernels = NULL;
  bf_run_info info = {.isa = "base", .backend = "reference", .n_ranks = 1};
  char *path = bf_path_join(folder, name);
  assert_ok(bf_kernels_find("reference", BF_ISA_BASE, &kernels));
  assert_ok(fixture_plan(text, &f->job, &f->plan));
  assert_ok(bf_evaluator_create(f->plan, &dataset, kernels, &f->evaluator));
  assert_ok(bf_study_create(f->plan, path, &info, &f->study));
  free(path);
}

static void stop(fixture *f)
{
  bf_record_free(f->record);
  bf_study_free(f->study);
  bf_evaluator_free(f->evaluator);
  bf_plan_free(f->plan);
  bf_job_free(f->job);
}

/* Holds up to @p n_pending results back and accepts them in reverse order: workers of all speeds.
 */
static void run(fixture *f, size_t n_pending)
{
  bf_bytes results[8] = {{0}};
  size_t n_held = 0;
  bf_next next = BF_NEXT_WAIT;
  while (next != BF_NEXT_DONE) {
    bf_bytes task = {0};
    assert_ok(bf_study_next(f->study, 1, &task, &next));
    if (next == BF_NEXT_TASK)
      assert_ok(bf_evaluator_run(f->evaluator, task.data, task.length, &results[n_held++]));
    bf_bytes_release(&task);
    while (n_held > 0 && (n_held == n_pending || next != BF_NEXT_TASK)) {
      n_held--;
      assert_ok(bf_study_accept(f->study, 1, results[n_held].data, results[n_held].length));
      bf_bytes_release(&results[n_held]);
    }
  }
  assert_ok(bf_study_close(f->study));
  assert_ok(bf_study_open(f->study->folder, &f->record));
  assert_ok(bf_results_write(f->plan, f->record));
}

static char *read_file(const char *study, const char *name)
{
  bf_text text = {0};
  char *inner = bf_path_join(folder, study);
  char *path = bf_path_join(inner, name);
  assert_ok(bf_file_read(path, &text));
  free(inner);
  free(path);
  return text.data;
}

/* Cuts every line of a CSV text before its column `rank`. */
static void cut_volatile(char *csv)
{
  const char *header_end = strchr(csv, '\n');
  const char *rank = strstr(csv, ",rank,");
  assert_non_null(rank);
  assert_true(rank < header_end);
  size_t n_columns = 0;
  for (const char *at = csv; at < rank; at++)
    n_columns += *at == ',';
  char *to = csv;
  size_t n_commas = 0;
  int quoted = 0;
  for (const char *at = csv; *at != '\0'; at++) {
    quoted ^= *at == '"';
    if (*at == '\n')
      n_commas = 0;
    else if (*at == ',' && !quoted)
      n_commas++;
    if (n_commas <= n_columns)
      *to++ = *at;
  }
  *to = '\0';
}

#define SPACE                                                                                      \
  "[search.search_space.seed.default.config]\nname = [\"NA\"]\n"                                   \
  "[search.search_space.seed.seq_blocks_2.config]\nname = [\"integer\"]\n"                         \
  "channel_multiplier = [1, 2, 3]\ndata_in = [[8, 4]]\nweight = [[8, 6], [4, 2]]\nbias = [[8, "    \
  "4]]\n"
#define BRIEF                                                                                      \
  "[search.strategy.sw_runner.basic_train]\nmax_epochs = 4\noptimizer = \"adam\"\n"                \
  "learning_rate = 2e-2\nlr_scheduler = \"linear\"\nnum_warmup_steps = 4\n"

static void study_of_nothing_covers_the_space_and_writes_every_file(void **state)
{
  (void)state;
  fixture f = {0};
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "a");
  run(&f, 1);
  assert_int_equal(f.study->n_done, 6);
  assert_int_equal(f.study->n_failed, 0);
  assert_int_equal(bf_study_exit_code(f.study), 0);
  static const char *const names[] = {"job.toml",  "study.json", "trials.csv",
                                      "front.csv", "best.json",  "log.json"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char *text = read_file("a", names[i]);
    assert_true(strlen(text) > 20);
    free(text);
  }
  char *csv = read_file("a", "trials.csv");
  assert_non_null(strstr(csv, "number,state,seed,seq_blocks_2/name,seq_blocks_2/channel_multiplier,"
                              "seq_blocks_2/data_in,seq_blocks_2/weight,seq_blocks_2/bias,loss,"));
  assert_non_null(strstr(csv, ",on_front,reason,rank,host,latency,started_s,duration_s\n"));
  assert_non_null(strstr(csv, "\n5,COMPLETE,"));
  assert_non_null(strstr(csv, ",integer,3,\"[8, 4]\",\"[4, 2]\",\"[8, 4]\","));
  free(csv);
  stop(&f);
}

static void study_does_not_depend_on_the_order_of_results(void **state)
{
  (void)state;
  char *csv[3];
  static const size_t pending[] = {1, 3, 5};
  for (size_t i = 0; i < 3; i++) {
    char name[2] = {(char)('a' + i), '\0'};
    fixture f = {0};
    start(&f, JOB_HEAD SPACE BRIEF JOB_TAIL, name);
    run(&f, pending[i]);
    stop(&f);
    csv[i] = read_file(name, "trials.csv");
    cut_volatile(csv[i]);
  }
  assert_string_equal(csv[0], csv[1]);
  assert_string_equal(csv[0], csv[2]);
  for (size_t i = 0; i < 3; i++)
    free(csv[i]);
}

static void study_records_failed_trials_and_goes_on(void **state)
{
  (void)state;
  fixture f = {0};
  start(&f, JOB_HEAD SPACE "[search.strategy.sw_runner.null]\nfail_trials = [1, 4]\n" JOB_TAIL,
        "a");
  run(&f, 2);
  assert_int_equal(f.study->n_done, 4);
  assert_int_equal(f.study->n_failed, 2);
  assert_int_equal(bf_study_exit_code(f.study), 3);
  assert_false(bf_front_has(f.study->front, 1));
  char *csv = read_file("a", "trials.csv");
  assert_non_null(strstr(csv, "\n1,FAIL,"));
  assert_non_null(strstr(csv, "the null runner was told to fail this trial"));
  free(csv);
  char *log = read_file("a", "log.json");
  assert_non_null(strstr(log, "\"values_0\": null"));
  free(log);
  stop(&f);
}

static void study_records_divergence_with_its_place(void **state)
{
  (void)state;
  fixture f = {0};
  start(&f,
        JOB_HEAD SPACE
        "[search.strategy.sw_runner.basic_train]\nmax_epochs = 2\noptimizer = \"sgd\"\n"
        "learning_rate = 1e30\n" JOB_TAIL,
        "a");
  run(&f, 1);
  assert_int_equal(f.study->n_failed, 6);
  assert_non_null(strstr(f.record->trials[0].reason, "at epoch 1, step"));
  assert_int_equal(bf_front_size(f.study->front), 0);
  stop(&f);
}

/* Every front net is on disk, alone, and is the net whose metrics stand in the tables. */
static void study_keeps_the_nets_of_its_front(void **state)
{
  (void)state;
  fixture f = {0};
  const bf_kernels *kernels = NULL;
  start(&f, JOB_HEAD SPACE BRIEF JOB_TAIL, "a");
  run(&f, 1);
  assert_int_equal(f.study->n_done, 6);
  assert_ok(bf_kernels_find("reference", BF_ISA_BASE, &kernels));
  assert_true(bf_front_size(f.study->front) >= 1);
  for (uint64_t number = 0; number < 6; number++) {
    bf_text name = {0};
    bf_text_printf(&name, "%s/a/", folder);
    bf_study_checkpoint_print(number, &name);
    assert_int_equal(bf_file_exists(name.data), bf_front_has(f.study->front, number));
    if (bf_front_has(f.study->front, number)) {
      const bf_record_trial *trial = &f.record->trials[number];
      bf_net *net = NULL;
      bf_score val;
      bf_score test;
      assert_ok(bf_checkpoint_load(name.data, &net));
      assert_ok(bf_evaluate(net, kernels, dataset.split[BF_VAL], &val));
      assert_ok(bf_evaluate(net, kernels, dataset.split[BF_TEST], &test));
      assert_true(val.loss == trial->metrics.value[BF_METRIC_loss]);
      assert_true(val.loss < 1.2); /* ln 5 = 1.61: something was learned */
      assert_true(trial->tested);
      assert_int_equal(test.n_correct, trial->n_test_correct);
      assert_true(test.loss == trial->test_loss);
      bf_net_free(net);
    }
    bf_text_release(&name);
  }
  char *csv = read_file("a", "front.csv");
  assert_non_null(
      strstr(csv, ",test_accuracy,test_accuracy_lo,test_accuracy_hi,test_loss,checkpoint\n"));
  assert_non_null(strstr(csv, ",checkpoints/trial-00000"));
  free(csv);
  stop(&f);
}

static void study_json_says_what_was_run(void **state)
{
  (void)state;
  fixture f = {0};
  bf_json *json = NULL;
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "a");
  run(&f, 1);
  char *text = read_file("a", "study.json");
  assert_ok(bf_json_parse(text, "study.json", &json));
  static const char *const keys[] = {"format",     "version",  "seed", "sampler", "space",
                                     "objectives", "data",     "isa",  "backend", "ranks",
                                     "hosts",      "n_trials", "done", "failed",  "start_s",
                                     "wall_s",     "front",    "best", "exit"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (bf_json_get(json, keys[i]) == NULL)
      fail_msg("study.json lacks '%s'", keys[i]);
  double value = 0;
  assert_ok(bf_json_double(bf_json_get(bf_json_get(json, "space"), "size"), &value));
  assert_true(value == 6);
  assert_int_equal(bf_json_size(bf_json_get(json, "objectives")), 2);
  bf_json_free(json);
  free(text);
  char *best = read_file("a", "best.json");
  assert_non_null(strstr(best, "\"params\""));
  assert_non_null(strstr(best, "\"data_in_frac_width\": 4"));
  free(best);
  stop(&f);
}

static void study_with_one_objective_lists_the_best_with_a_number(void **state)
{
  (void)state;
  fixture f = {0};
  start(&f,
        JOB_HEAD SPACE JOB_NULL
        "[search.strategy.setup]\nsampler = \"brute\"\nordered = true\nsum_scaled_metrics = true\n"
        "direction = \"maximize\"\n[search.strategy.metrics]\naccuracy.scale = 2.0\n",
        "a");
  run(&f, 1);
  assert_int_equal(bf_front_size(f.study->front), 1);
  assert_int_equal(bf_front_numbers(f.study->front)[0], 5);
  char *best = read_file("a", "best.json");
  assert_non_null(strstr(best, "\"value\": 0.8")); /* 2 x (1 + 1) / 5 parameters */
  free(best);
  char *text = read_file("a", "study.json");
  assert_non_null(strstr(text, "\"best\": 5"));
  free(text);
  stop(&f);
}

static void study_stops_asking_after_its_timeout(void **state)
{
  (void)state;
  fixture f = {0};
  start(&f, JOB_HEAD SPACE "[search.strategy.sw_runner.null]\ncost_ms = 30\n" JOB_TAIL, "a");
  f.job->timeout_s = 0.05;
  run(&f, 1);
  assert_true(f.study->n_done >= 1 && f.study->n_done < 6);
  assert_int_equal(bf_study_exit_code(f.study), 0);
  stop(&f);
}

/* A task that @p rank gets, answered: the result's bytes. */
static bf_bytes answer(fixture *f, int rank)
{
  bf_bytes task = {0};
  bf_bytes result = {0};
  bf_next next;
  assert_ok(bf_study_next(f->study, rank, &task, &next));
  assert_int_equal(next, BF_NEXT_TASK);
  assert_ok(bf_evaluator_run(f->evaluator, task.data, task.length, &result));
  bf_bytes_release(&task);
  return result;
}

static void accept(fixture *f, int rank, bf_bytes *result)
{
  assert_ok(bf_study_accept(f->study, rank, result->data, result->length));
}

static void study_drops_what_was_answered_before(void **state)
{
  (void)state;
  fixture f = {0};
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "a");
  assert_fails(bf_study_accept(f.study, 1, "x", 1), BF_ERR_DATA, "message ends");
  bf_bytes result = answer(&f, 1);
  accept(&f, 1, &result);
  accept(&f, 1, &result);
  assert_int_equal(f.study->n_done, 1);
  assert_int_equal(f.study->n_late, 1);
  bf_bytes_release(&result);
  run(&f, 1);
  assert_int_equal(f.record->n_trials, 6);
  stop(&f);
}

static void lost_tasks_go_to_others_and_late_results_count_once(void **state)
{
  (void)state;
  fixture f = {0};
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "a");
  bf_bytes first = answer(&f, 1);
  bf_bytes second = answer(&f, 1);
  assert_ok(bf_study_lose(f.study, 1, false));
  bf_bytes again = answer(&f, 2);
  assert_int_equal(again.length, first.length);
  assert_int_equal(f.study->n_again, 1);
  /* The one that was given up is faster with its second task than whoever gets it. */
  accept(&f, 1, &second);
  accept(&f, 2, &again);
  accept(&f, 1, &first);
  assert_int_equal(f.study->n_done, 2);
  assert_int_equal(f.study->n_late, 1);
  run(&f, 1);
  assert_int_equal(f.record->n_trials, 6);
  assert_int_equal(f.record->trials[0].rank, 2);
  assert_int_equal(f.record->trials[1].rank, 1);
  bf_bytes_release(&first);
  bf_bytes_release(&second);
  bf_bytes_release(&again);
  stop(&f);
}

static void trial_that_two_workers_die_of_is_poisonous(void **state)
{
  (void)state;
  fixture f = {0};
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "a");
  for (int rank = 1; rank <= 2; rank++) {
    bf_bytes running = answer(&f, rank);
    bf_bytes in_advance = answer(&f, rank);
    assert_ok(bf_study_lose(f.study, rank, true));
    bf_bytes_release(&running);
    bf_bytes_release(&in_advance);
  }
  assert_int_equal(f.study->n_failed, 1);
  run(&f, 1);
  assert_int_equal(f.record->n_trials, 6);
  assert_true(f.record->trials[0].failed);
  assert_non_null(strstr(f.record->trials[0].reason, "poisonous"));
  for (size_t i = 1; i < 6; i++)
    assert_false(f.record->trials[i].failed);
  /* The host of the others is the only one: nobody ended this one. */
  bf_json *json = bf_results_study_json(f.record);
  assert_int_equal(bf_json_size(bf_json_get(json, "hosts")), 1);
  bf_json_free(json);
  stop(&f);
}

/* A worker that merely fell silent is no reason to suspect what it ran. */
static void trial_of_silent_workers_is_not_suspected(void **state)
{
  (void)state;
  fixture f = {0};
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "a");
  for (int rank = 1; rank <= 4; rank++) {
    bf_bytes result = answer(&f, rank);
    assert_ok(bf_study_lose(f.study, rank, false));
    bf_bytes_release(&result);
  }
  run(&f, 1);
  assert_int_equal(f.study->n_failed, 0);
  assert_int_equal(f.record->n_trials, 6);
  stop(&f);
}

static void stopped_study_takes_in_what_runs_and_no_more(void **state)
{
  (void)state;
  fixture f = {0};
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "a");
  bf_bytes result = answer(&f, 1);
  bf_bytes task = {0};
  bf_next next;
  bf_study_stop(f.study, BF_END_SIGNAL);
  bf_study_stop(f.study, BF_END_LIMIT);
  assert_ok(bf_study_next(f.study, 2, &task, &next));
  assert_int_equal(next, BF_NEXT_WAIT);
  accept(&f, 1, &result);
  bf_bytes_release(&result);
  run(&f, 1);
  assert_int_equal(f.record->n_trials, 1);
  assert_int_equal(bf_study_exit_code(f.study), 4);
  assert_string_equal(bf_record_end(f.record), "signal");
  stop(&f);
}

static void study_that_was_done_when_it_was_stopped_is_done(void **state)
{
  (void)state;
  fixture f = {0};
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "a");
  for (int i = 0; i < 6; i++) {
    bf_bytes result = answer(&f, 1);
    accept(&f, 1, &result);
    bf_bytes_release(&result);
  }
  bf_bytes task = {0};
  bf_next next;
  assert_ok(bf_study_next(f.study, 1, &task, &next));
  bf_study_stop(f.study, BF_END_SIGNAL);
  run(&f, 1);
  assert_int_equal(bf_study_exit_code(f.study), 0);
  assert_string_equal(bf_record_end(f.record), "space");
  stop(&f);
}

static size_t journal_bytes(const fixture *f)
{
  bf_text text = {0};
  char *path = bf_path_join(f->study->folder, BF_JOURNAL_NAME);
  assert_ok(bf_file_read(path, &text));
  size_t n = text.length;
  bf_text_release(&text);
  free(path);
  return n;
}

static void ask_and_answer(fixture *f)
{
  bf_next next = BF_NEXT_WAIT;
  bf_bytes task = {0};
  bf_bytes result = {0};
  assert_ok(bf_study_next(f->study, 1, &task, &next));
  assert_int_equal(next, BF_NEXT_TASK);
  assert_ok(bf_evaluator_run(f->evaluator, task.data, task.length, &result));
  assert_ok(bf_study_accept(f->study, 1, result.data, result.length));
  bf_bytes_release(&task);
  bf_bytes_release(&result);
}

static size_t n_shown(const fixture *f)
{
  size_t n_done = 0;
  size_t n_failed = 0;
  bf_study_shown(f->study, &n_done, &n_failed);
  return n_done + n_failed;
}

/* What is shown follows the journal with a step between. */
static void held_trials_are_written_and_shown_when_they_are_committed(void **state)
{
  (void)state;
  fixture f = {.record = NULL};
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "held");
  size_t n = journal_bytes(&f);
  bf_study_hold(f.study);
  ask_and_answer(&f);
  ask_and_answer(&f);
  assert_int_equal(journal_bytes(&f), n);
  assert_int_equal(n_shown(&f) + n_shown(&f), 0);
  assert_ok(bf_study_commit(f.study));
  assert_true(journal_bytes(&f) > n);
  n_shown(&f);
  assert_ok(bf_journal_sync(f.study->journal));
  n_shown(&f);
  assert_ok(bf_journal_sync(f.study->journal));
  assert_int_equal(n_shown(&f), 2);
  stop(&f);
}

/* Whole lines stay, and come before what is printed next. */
static void held_lines_survive_a_lack_of_memory(void **state)
{
  (void)state;
  fixture f = {.record = NULL};
  bf_next next = BF_NEXT_WAIT;
  bf_bytes task = {0};
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "scarce");
  bf_study_hold(f.study);
  ask_and_answer(&f);
  /* As if there was no room left: the first piece of the next line needs memory. */
  f.study->line.capacity = f.study->line.length + 1;
  bf_alloc_fail_after(0);
  assert_int_equal(bf_study_next(f.study, 1, &task, &next), BF_ERR_NOMEM);
  bf_alloc_fail_after(-1);
  bf_bytes_release(&task);
  assert_ok(bf_study_close(f.study));
  assert_ok(bf_study_open(f.study->folder, &f.record));
  assert_int_equal(f.record->n_trials, 1);
  stop(&f);
}

static void study_refuses_a_folder_that_exists(void **state)
{
  (void)state;
  fixture f = {0};
  bf_study *second = NULL;
  bf_run_info info = {.isa = "base", .backend = "reference", .n_ranks = 1};
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "a");
  assert_fails(bf_study_create(f.plan, f.study->folder, &info, &second), BF_ERR_USAGE, "exists");
  assert_null(second);
  stop(&f);
}

static void study_without_memory_fails_cleanly(void **state)
{
  (void)state;
  fixture f = {0};
  bf_run_info info = {.isa = "base", .backend = "reference", .n_ranks = 1};
  bf_status status = BF_ERR_NOMEM;
  char *path = bf_path_join(folder, "a");
  assert_ok(fixture_plan(JOB_HEAD SPACE JOB_NULL JOB_TAIL, &f.job, &f.plan));
  for (long n = 0; status != BF_OK; n++) {
    bf_folder_remove(path);
    bf_alloc_fail_after(n);
    status = bf_study_create(f.plan, path, &info, &f.study);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true(n < 1000);
  }
  free(path);
  stop(&f);
}

static void table_of_the_best_shows_metrics_as_the_python_tool_does(void **state)
{
  (void)state;
  fixture f = {0};
  bf_text text = {0};
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "a");
  run(&f, 1);
  assert_ok(bf_results_best_table(f.plan, f.record, &text));
  assert_non_null(strstr(text.data, "number | software_metrics"));
  assert_non_null(
      strstr(text.data, "| {'loss': 0.8, 'accuracy': 0.2} | {'weight_bits': 11776.0} |"));
  assert_non_null(strstr(text.data, "{'loss': 0.8, 'weight_bits': 5888.0}"));
  bf_text_release(&text);
  stop(&f);
}

static void report_line_prints_one_line_a_trial(void **state)
{
  (void)state;
  fixture f = {0};
  bf_text text = {0};
  start(&f,
        JOB_HEAD SPACE
        "[search.report]\nline = \"{number}: {seq_blocks_2/weight} loss {loss} {open\"\n" JOB_NULL
            JOB_TAIL,
        "a");
  run(&f, 1);
  assert_ok(bf_results_report(f.plan, f.record, &text));
  assert_non_null(strstr(text.data, "0: (8, 6) loss 1 {open\n1: (4, 2) loss 0.8 {open\n"));
  bf_text_release(&text);
  stop(&f);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

static void log_json_has_a_row_a_trial_or_none(void **state)
{
  (void)state;
  fixture f = {0};
  bf_json *rows = NULL;
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "none");
  bf_study_stop(f.study, BF_END_SIGNAL);
  run(&f, 1);
  char *empty = read_file("none", "log.json");
  assert_string_equal(empty, "{}\n");
  free(empty);
  stop(&f);
  f = (fixture){0};
  start(&f, JOB_HEAD SPACE JOB_NULL JOB_TAIL, "a");
  run(&f, 1);
  char *log = read_file("a", "log.json");
  bf_text again = {0};
  assert_ok(bf_json_parse(log, "log.json", &rows));
  assert_int_equal(bf_json_size(rows), 6);
  assert_non_null(bf_json_get(bf_json_get(rows, "5"), "duration"));
  /* The layout, too, is that of one document. */
  assert_ok(bf_json_print(rows, &again));
  assert_string_equal(bf_text_view(&again), log);
  bf_json_free(rows);
  bf_text_release(&again);
  free(log);
  stop(&f);
}

static void trials_csv_counts_are_exact(void **state)
{
  (void)state;
  fixture f = {0};
  start(&f,
        JOB_HEAD
        "[search.search_space.seed.seq_blocks_2.config]\nchannel_multiplier = [1]\n" JOB_NULL
        "[search.strategy.hw_runner.bitops]\nbatch_size = 12345679\n" JOB_TAIL,
        "exact");
  run(&f, 1);
  char *csv = read_file("exact", "trials.csv");
  assert_non_null(strstr(csv, ",8547950608736,692384,"));
  free(csv);
  stop(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      IN_FOLDER(study_of_nothing_covers_the_space_and_writes_every_file),
      IN_FOLDER(study_does_not_depend_on_the_order_of_results),
      IN_FOLDER(study_records_failed_trials_and_goes_on),
      IN_FOLDER(study_records_divergence_with_its_place),
      IN_FOLDER(study_keeps_the_nets_of_its_front),
      IN_FOLDER(study_json_says_what_was_run),
      IN_FOLDER(study_with_one_objective_lists_the_best_with_a_number),
      IN_FOLDER(study_stops_asking_after_its_timeout),
      IN_FOLDER(study_drops_what_was_answered_before),
      IN_FOLDER(lost_tasks_go_to_others_and_late_results_count_once),
      IN_FOLDER(trial_that_two_workers_die_of_is_poisonous),
      IN_FOLDER(trial_of_silent_workers_is_not_suspected),
      IN_FOLDER(stopped_study_takes_in_what_runs_and_no_more),
      IN_FOLDER(study_that_was_done_when_it_was_stopped_is_done),
      IN_FOLDER(held_trials_are_written_and_shown_when_they_are_committed),
      IN_FOLDER(held_lines_survive_a_lack_of_memory),
      IN_FOLDER(study_refuses_a_folder_that_exists),
      IN_FOLDER(study_without_memory_fails_cleanly),
      IN_FOLDER(table_of_the_best_shows_metrics_as_the_python_tool_does),
      IN_FOLDER(report_line_prints_one_line_a_trial),
      IN_FOLDER(log_json_has_a_row_a_trial_or_none),
      IN_FOLDER(trials_csv_counts_are_exact),
  };
  return cmocka_run_group_tests(tests, make_rows, NULL);
}
