/* Refits in one process, over workers that make results up: tasks, seeds, files, means, intervals
 * and the order of the nets. Tests of src/study/refit*.c. */
#include "unit.h"

#include <math.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "nn/checkpoint.h"
#include "study/refit.h"
#include "study_fixture.h"

enum { N_NETS = 3, MAX_SEEDS = 4, N_VAL = 1000, N_TEST = 500, N_CHOICES = 5 };

static char folder[64];
static char last_line[256];

static int make_folder(void **state)
{
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/bitfront-refit-XXXXXX");
  fixture_manifest.n_rows[BF_VAL] = N_VAL;
  fixture_manifest.n_rows[BF_TEST] = N_TEST;
  return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
  (void)state;
  bf_folder_remove(folder);
  return 0;
}

static void keep_line(bf_log_level level, const char *line, void *context)
{
  (void)level;
  (void)context;
  snprintf(last_line, sizeof last_line, "%s", line);
}

#define SPACE                                                                                      \
  "[search.search_space.seed.default.config]\nname = [\"NA\"]\n"                                   \
  "[search.search_space.seed.seq_blocks_2.config]\nname = [\"integer\"]\n"                         \
  "channel_multiplier = [1, 2, 3]\ndata_in = [[8, 4]]\nweight = [[8, 6], [4, 2]]\nbias = [[8, "    \
  "4]]\n"
#define BRIEF                                                                                      \
  "[search.strategy.sw_runner.basic_train]\nmax_epochs = 2\noptimizer = \"sgd\"\n"                 \
  "learning_rate = 0.25\nlr_scheduler = \"linear\"\nnum_warmup_steps = 4\nweight_decay = 0.5\n"    \
  "gradient_accumulation_steps = 3\n"

/* name, channel_multiplier, data_in, weight, bias */
static const uint32_t configurations[N_NETS][N_CHOICES] = {
    {0, 0, 0, 0, 0}, {0, 1, 0, 1, 0}, {0, 2, 0, 0, 0}};
static const uint64_t numbers[N_NETS] = {12, 4, 30};

/* What the made-up workers find: a net's row, a seed's column. A negative loss is a training that
 * fails, a negative number of hits a test that fails. */
typedef struct findings {
  double brief[N_NETS]; /* loss in the study */
  double loss[N_NETS][MAX_SEEDS];
  double accuracy[N_NETS][MAX_SEEDS]; /* accuracy_micro */
  int n_hits[N_NETS][MAX_SEEDS];      /* test rows that are right */
} findings;

/* Net 1 is best by validation and worst by test rows; the study ranked the other way round. */
static const findings plain = {
    .brief = {0.9, 1.1, 0.5},
    .loss = {{0.71, 0.72, 0.73}, {0.60, 0.64, 0.62}, {0.95, 0.90, 1.00}},
    .accuracy = {{0.75, 0.74, 0.73}, {0.80, 0.80, 0.80}, {0.6, 0.6, 0.7}},
    .n_hits = {{375, 370, 365}, {300, 310, 290}, {400, 400, 400}},
};

typedef struct fixture {
  bf_job *job;
  bf_plan *plan;
  bf_refit *refit;
  size_t n_seeds;
  findings found;
} fixture;

static bf_status create(const fixture *f, size_t n_nets, bf_refit **refit)
{
  bf_refit_net nets[N_NETS];
  bf_refit_options options = {.study = "R",
                              .rule = "front",
                              .n_nets = n_nets,
                              .nets = nets,
                              .n_seeds = f->n_seeds,
                              .info = {.isa = "base", .backend = "reference", .n_ranks = 1}};
  for (size_t i = 0; i < N_NETS; i++) {
    nets[i] = (bf_refit_net){
        .number = numbers[i], .indexes = configurations[i], .brief = bf_metrics_none()};
    nets[i].brief.value[BF_METRIC_loss] = f->found.brief[i];
    nets[i].brief.value[BF_METRIC_weight_bits] = 100 * (double)i;
  }
  char *path = bf_path_join(folder, "a");
  bf_status status = path != NULL ? bf_refit_create(f->plan, path, &options, refit) : BF_ERR_NOMEM;
  free(path);
  return status;
}

static void start_job(fixture *f, const char *text, const findings *found, size_t n_seeds)
{
  *f = (fixture){.n_seeds = n_seeds, .found = *found};
  assert_ok(fixture_plan(text, &f->job, &f->plan));
  assert_int_equal(f->plan->n_choices, N_CHOICES);
  assert_ok(create(f, N_NETS, &f->refit));
}

static void start(fixture *f, const findings *found, size_t n_seeds)
{
  start_job(f, JOB_HEAD SPACE BRIEF JOB_TAIL, found, n_seeds);
}

static void stop(fixture *f)
{
  bf_refit_free(f->refit);
  bf_plan_free(f->plan);
  bf_job_free(f->job);
}

/* A net of the right size that holds the seed it was trained with. */
static void train(const fixture *f, const bf_task *task, bf_result *result)
{
  bf_model *model = bf_alloc(1, sizeof *model);
  bf_net *net = NULL;
  assert_ok(bf_plan_configure(f->plan, task->indexes, model));
  assert_ok(bf_net_create(model, &net));
  result->n_values = net->n_values;
  result->values = bf_alloc(net->n_values, sizeof *result->values);
  for (size_t i = 0; i < net->n_values; i++)
    result->values[i] = (float)(task->seed % 1000);
  bf_net_free(net);
  free(model);
}

/* What a worker answers to a task. */
static void answer(const fixture *f, const bf_bytes *bytes, bf_bytes *out)
{
  bf_task task = {0};
  assert_ok(bf_task_decode(bytes->data, bytes->length, &task));
  size_t net = task.number % N_NETS;
  size_t k = task.number / N_NETS;
  bool is_test = task.kind == BF_TASK_TEST;
  double loss = f->found.loss[net][k];
  int n_hits = f->found.n_hits[net][k];
  bf_result result = {.kind = task.kind,
                      .number = task.number,
                      .failed = is_test ? n_hits < 0 : loss < 0,
                      .metrics = bf_metrics_none(),
                      .host = bf_copy_text("h")};
  result.reason = bf_copy_text(!result.failed ? "" : is_test ? "no test" : "loss is nan");
  assert_memory_equal(task.indexes, configurations[net], sizeof configurations[net]);
  assert_int_equal(task.seed, bf_refit_seed(7, numbers[net], k));
  if (is_test) {
    result.n_test_rows = N_TEST;
    result.n_test_correct = n_hits > 0 ? (size_t)n_hits : 0;
    result.test_loss = 2 * loss;
    assert_true(task.n_values > 0 && task.values[0] == (float)(task.seed % 1000));
  } else if (!result.failed) {
    result.metrics.value[BF_METRIC_loss] = loss;
    result.metrics.value[BF_METRIC_accuracy_micro] = f->found.accuracy[net][k];
    result.metrics.value[BF_METRIC_weight_bits] = 100 * (double)net;
    result.metrics.value[BF_METRIC_dead_outputs] = net == 2 && k == 1 ? 3 : 0;
    train(f, &task, &result);
  }
  assert_ok(bf_result_encode(&result, out));
  bf_task_release(&task);
  bf_result_release(&result);
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
    assert_ok(bf_refit_next(f->refit, &task, &next));
    if (next == BF_NEXT_TASK)
      answer(f, &task, &results[n_held++]);
    assert_true(next != BF_NEXT_WAIT || n_held > 0);
    bf_bytes_release(&task);
    while (n_held > 0 && (n_held == n_pending || next != BF_NEXT_TASK)) {
      n_held--;
      assert_ok(bf_refit_accept(f->refit, 1, results[n_held].data, results[n_held].length));
      bf_bytes_release(&results[n_held]);
    }
  }
  assert_ok(bf_refit_finish(f->refit));
}

static char *read_file(const char *name)
{
  bf_text text = {0};
  bf_text path = {0};
  bf_text_printf(&path, "%s/a/%s", folder, name);
  assert_ok(bf_file_read(path.data, &text));
  bf_text_release(&path);
  return text.data;
}

static bf_json *read_json(void)
{
  bf_json *json = NULL;
  char *text = read_file("refit.json");
  assert_ok(bf_json_parse(text, "refit.json", &json));
  free(text);
  return json;
}

/* The number at nets[place].a.b, or .a.b.c; NaN for null. */
static double number_at(const bf_json *json, size_t place, const char *a, const char *b,
                        const char *c)
{
  double value = (double)NAN;
  const bf_json *net = bf_json_at(bf_json_get(json, "nets"), place);
  const bf_json *at = bf_json_get(bf_json_get(net, a), b);
  at = c != NULL ? bf_json_get(at, c) : at;
  assert_non_null(at);
  bf_json_double(at, &value);
  return value;
}

static bool is_near(double a, double b)
{
  return fabs(a - b) < 1e-6;
}

static size_t trial_at(const bf_json *json, size_t place)
{
  double value = -1;
  assert_ok(
      bf_json_double(bf_json_get(bf_json_at(bf_json_get(json, "nets"), place), "trial"), &value));
  return (size_t)value;
}

static void seeds_are_no_seeds_of_the_study(void **state)
{
  (void)state;
  enum { N_TRIALS = 2000, N_CHOSEN = 40, N = N_TRIALS + N_CHOSEN * 10 };
  static uint64_t seeds[N];
  size_t n = 0;
  for (uint64_t number = 0; number < N_TRIALS; number++)
    seeds[n++] = bf_trial_seed(7, number);
  for (uint64_t number = 0; number < N_CHOSEN; number++)
    for (size_t k = 0; k < 10; k++)
      seeds[n++] = bf_refit_seed(7, number, k);
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < i; j++)
      assert_true(seeds[i] != seeds[j]);
  /* The corner of what is promised: the last trial, the last seed. */
  assert_true(bf_refit_seed(7, (UINT64_C(1) << 40) - 1, 0) != bf_refit_seed(7, 0, 1));
  assert_int_equal(bf_refit_seed(7, 5, 2),
                   bf_trial_seed(7, (UINT64_C(1) << 62) + (UINT64_C(2) << 40) + 5));
}

static bf_status refit_job(const char *text, double rate, bf_job **out)
{
  bf_toml *tree = NULL;
  assert_ok(bf_toml_parse(text, "R/job.toml", &tree));
  bf_status status = bf_refit_job(tree, "R/job.toml", 20, rate, out);
  bf_toml_free(tree);
  return status;
}

static void job_trains_as_before_but_longer_and_scores_all_validation_rows(void **state)
{
  (void)state;
  bf_job *job = NULL;
  assert_ok(refit_job(JOB_HEAD SPACE
                      "[search.strategy.sw_runner.basic_evaluation]\nnum_samples = 64\n" BRIEF
                      "max_steps = 10\ndata_loader = \"train_dataloader\"\nnum_samples = 64\n"
                      "[search.strategy.hw_runner.bitops]\nbatch_size = 3\n" JOB_TAIL,
                      0, &job));
  assert_int_equal(job->n_runners, 1);
  assert_int_equal(job->runners[0], BF_RUNNER_TRAIN);
  assert_int_equal(job->brief.n_epochs, 20);
  assert_int_equal(job->brief.max_steps, 0);
  assert_string_equal(job->brief.optimizer, "sgd");
  assert_string_equal(job->brief.scheduler, "linear");
  assert_true(job->brief.learning_rate == 0.25 && job->brief.weight_decay == 0.5);
  assert_int_equal(job->brief.n_warmup_steps, 4);
  assert_int_equal(job->brief.accumulate, 3);
  assert_int_equal(job->brief_rows, 0);
  assert_string_equal(job->brief_loader, "val_dataloader");
  assert_int_equal(job->seed, 7);
  assert_int_equal(job->bitops_batch, 3);
  assert_string_equal(job->sampler, "brute-force");
  bf_job_free(job);
  assert_ok(refit_job(JOB_HEAD SPACE BRIEF JOB_TAIL, 0.1, &job));
  assert_true(job->brief.learning_rate == 0.1);
  bf_job_free(job);
}

static void job_that_only_evaluates_fine_tunes_its_net(void **state)
{
  (void)state;
  bf_job *job = NULL;
  assert_ok(refit_job("load_name = \"base.h5\"\ntraining_optimizer = \"adamw\"\n"
                      "learning_rate = 2e-3\nweight_decay = 0.125\nmax_steps = 9\n" JOB_HEAD SPACE
                      "[search.strategy.sw_runner.basic_evaluation]\n" JOB_TAIL,
                      0, &job));
  assert_int_equal(job->n_runners, 1);
  assert_int_equal(job->runners[0], BF_RUNNER_TRAIN);
  assert_string_equal(job->load, "base.h5");
  assert_string_equal(job->brief.optimizer, "adamw");
  assert_string_equal(job->brief.scheduler, "cosine");
  assert_true(job->brief.learning_rate == 2e-3 && job->brief.weight_decay == 0.125);
  assert_int_equal(job->brief.max_steps, 0);
  assert_int_equal(job->brief.n_epochs, 20);
  bf_job_free(job);
}

static void job_without_any_training_is_refused(void **state)
{
  (void)state;
  bf_job *job = NULL;
  assert_fails(refit_job(JOB_HEAD SPACE JOB_NULL JOB_TAIL, 0, &job), BF_ERR_USAGE,
               "R/job.toml: the null runner trains nothing");
  assert_fails(refit_job("training_optimizer = \"adma\"\n" JOB_HEAD SPACE
                         "[search.strategy.sw_runner.basic_evaluation]\n" JOB_TAIL,
                         0, &job),
               BF_ERR_USAGE, "R/job.toml: ");
  assert_null(job);
}

/* The kind and number of the next task; -1 for none. */
static int64_t ask(const fixture *f, bf_bytes *task, bf_task_kind *kind)
{
  bf_next next = BF_NEXT_DONE;
  bf_task decoded = {0};
  bf_bytes_reset(task);
  assert_ok(bf_refit_next(f->refit, task, &next));
  if (next != BF_NEXT_TASK)
    return -1;
  assert_ok(bf_task_decode(task->data, task->length, &decoded));
  int64_t number = (int64_t)decoded.number;
  *kind = decoded.kind;
  bf_task_release(&decoded);
  return number;
}

static void tell(fixture *f, const bf_bytes *task)
{
  bf_bytes result = {0};
  answer(f, task, &result);
  assert_ok(bf_refit_accept(f->refit, 2, result.data, result.length));
  bf_bytes_release(&result);
}

static void tasks_go_seed_after_seed_and_tests_come_first(void **state)
{
  (void)state;
  fixture f;
  bf_bytes tasks[2 * N_NETS] = {{0}};
  bf_bytes task = {0};
  bf_task_kind kind = BF_TASK_TEST;
  start(&f, &plain, 2);
  for (int64_t i = 0; i < 2 * N_NETS; i++) {
    assert_int_equal(ask(&f, &tasks[i], &kind), i);
    assert_int_equal(kind, BF_TASK_TRIAL);
  }
  assert_int_equal(ask(&f, &task, &kind), -1);
  tell(&f, &tasks[4]);
  tell(&f, &tasks[1]);
  assert_int_equal(ask(&f, &tasks[4], &kind), 4);
  assert_int_equal(kind, BF_TASK_TEST);
  assert_int_equal(ask(&f, &task, &kind), 1);
  assert_int_equal(ask(&f, &tasks[1], &kind), -1);
  assert_int_equal(f.refit->n_done, 0);
  tell(&f, &task);
  assert_int_equal(f.refit->n_done, 1);
  assert_int_equal(f.refit->runs[1].n_values, 0);
  for (size_t i = 0; i < 2 * N_NETS; i++)
    bf_bytes_release(&tasks[i]);
  bf_bytes_release(&task);
  stop(&f);
}

static void net_is_on_disk_before_its_run_counts(void **state)
{
  (void)state;
  fixture f;
  bf_bytes task = {0};
  bf_task_kind kind;
  bf_net *net = NULL;
  bf_text path = {0};
  start(&f, &plain, 2);
  for (size_t i = 0; i < 5; i++)
    assert_int_equal(ask(&f, &task, &kind), i);
  tell(&f, &task);
  bf_text_printf(&path, "%s/a/checkpoints/trial-000004-seed-1.h5", folder);
  assert_ok(bf_checkpoint_load(path.data, &net));
  assert_true(net->values[0] == (float)(bf_refit_seed(7, 4, 1) % 1000));
  assert_int_equal(net->model.layers[2].n_out, 32);
  assert_int_equal(f.refit->n_done, 0);
  bf_net_free(net);
  bf_text_release(&path);
  bf_bytes_release(&task);
  stop(&f);
}

static void means_and_intervals_are_those_of_paper_and_pencil(void **state)
{
  (void)state;
  fixture f;
  start(&f, &plain, 3);
  run(&f, 1);
  assert_int_equal(f.refit->n_done, 9);
  assert_int_equal(bf_refit_exit_code(f.refit), 0);
  bf_json *json = read_json();
  /* By mean validation loss: 0.62, 0.72, 0.95; test rows and the study said otherwise. */
  assert_int_equal(trial_at(json, 0), 4);
  assert_int_equal(trial_at(json, 1), 12);
  assert_int_equal(trial_at(json, 2), 30);
  /* Trial 12: loss 0.71, 0.72, 0.73: sd 0.01, half 4.302653 * 0.01 / sqrt(3) = 0.02484138. */
  assert_true(is_near(number_at(json, 1, "val", "loss", "mean"), 0.72));
  assert_true(is_near(number_at(json, 1, "val", "loss", "sd"), 0.01));
  assert_true(is_near(number_at(json, 1, "val", "loss", "lo"), 0.69515862));
  assert_true(is_near(number_at(json, 1, "value", "hi", NULL), 0.74484138));
  /* Its test rows: 375, 370, 365 of 500, losses twice those above. */
  assert_true(is_near(number_at(json, 1, "test", "accuracy", "mean"), 0.74));
  assert_true(is_near(number_at(json, 1, "test", "accuracy", "lo"), 0.71515862));
  assert_true(is_near(number_at(json, 1, "test", "loss", "mean"), 1.44));
  assert_true(is_near(number_at(json, 1, "test", "loss", "hi"), 1.48968276));
  assert_true(is_near(number_at(json, 1, "hardware", "weight_bits", NULL), 0));
  assert_true(is_near(number_at(json, 2, "hardware", "weight_bits", NULL), 200));
  /* Brief 1.1, 0.9, 0.5 against long 0.62, 0.72, 0.95: the order turned round. */
  double spearman = 0;
  assert_ok(bf_json_double(bf_json_get(json, "spearman"), &spearman));
  assert_true(spearman == -1);
  const bf_json *net = bf_json_at(bf_json_get(json, "nets"), 0);
  assert_string_equal(bf_json_text(bf_json_get(net, "checkpoint")),
                      "checkpoints/trial-000004-seed-0.h5");
  assert_string_equal(bf_json_text(bf_json_get(bf_json_get(json, "criterion"), "name")), "loss");
  bf_json_free(json);
  stop(&f);
}

static void one_seed_has_wilson_intervals_of_shares_and_no_others(void **state)
{
  (void)state;
  fixture f;
  double lo;
  double hi;
  start(&f, &plain, 1);
  run(&f, 2);
  bf_json *json = read_json();
  assert_int_equal(trial_at(json, 1), 12);
  bf_wilson(375, N_TEST, &lo, &hi);
  assert_true(is_near(number_at(json, 1, "test", "accuracy", "mean"), 0.75));
  assert_true(is_near(number_at(json, 1, "test", "accuracy", "lo"), lo));
  assert_true(is_near(number_at(json, 1, "test", "accuracy", "hi"), hi));
  bf_wilson(750, N_VAL, &lo, &hi);
  assert_true(is_near(number_at(json, 1, "val", "accuracy_micro", "lo"), lo));
  assert_true(is_near(number_at(json, 1, "val", "accuracy_micro", "hi"), hi));
  assert_true(isnan(number_at(json, 1, "val", "accuracy_micro", "sd")));
  assert_true(is_near(number_at(json, 1, "val", "loss", "mean"), 0.71));
  assert_true(isnan(number_at(json, 1, "val", "loss", "lo")));
  assert_true(isnan(number_at(json, 1, "test", "loss", "hi")));
  bf_json_free(json);
  stop(&f);
}

/* Net 0 fails once in training, net 1 always, net 2 once in its test. */
static const findings failing = {
    .brief = {0.9, 1.1, 0.5},
    .loss = {{0.70, -1, 0.74}, {-1, -1, -1}, {0.5, 0.5, 0.6}},
    .accuracy = {{0.7, 0.7, 0.7}, {0.7, 0.7, 0.7}, {0.8, 0.8, 0.8}},
    .n_hits = {{350, 350, 350}, {350, 350, 350}, {400, -1, 400}},
};

static void failed_runs_are_data(void **state)
{
  (void)state;
  fixture f;
  start(&f, &failing, 3);
  run(&f, 3);
  assert_int_equal(f.refit->n_done, 4);
  assert_int_equal(f.refit->n_failed, 5);
  assert_int_equal(bf_refit_exit_code(f.refit), 3);
  char *csv = read_file("refit.csv");
  assert_non_null(strstr(csv, "trial,seed_number,seed,state,loss,accuracy,accuracy_micro,"
                              "dead_outputs,test_accuracy,test_loss,checkpoint,reason,rank,host,"
                              "latency,started_s,duration_s\n"));
  char expected[160];
  snprintf(expected, sizeof expected, "\n12,1,%llu,FAIL,,,,,,,,loss is nan,1,h,",
           (unsigned long long)bf_refit_seed(7, 12, 1));
  assert_non_null(strstr(csv, expected));
  snprintf(expected, sizeof expected,
           "\n30,1,%llu,FAIL,0.5,,0.8,3,,,checkpoints/trial-000030-seed-1.h5,no test,1,h,",
           (unsigned long long)bf_refit_seed(7, 30, 1));
  assert_non_null(strstr(csv, expected));
  free(csv);
  bf_json *json = read_json();
  assert_int_equal(trial_at(json, 0), 30);
  assert_int_equal(trial_at(json, 2), 4);
  /* Two runs: t of one degree is 12.706205, sd 0.02828427. */
  assert_true(is_near(number_at(json, 1, "val", "loss", "mean"), 0.72));
  assert_true(is_near(number_at(json, 1, "val", "loss", "hi"), 0.72 + 0.25412410));
  assert_true(isnan(number_at(json, 2, "val", "loss", "mean")));
  double spearman = 0;
  assert_ok(bf_json_double(bf_json_get(json, "spearman"), &spearman));
  assert_true(spearman == 1); /* of the two that were trained */
  bf_json_free(json);
  bf_text table = {0};
  assert_ok(bf_refit_table(f.refit, &table));
  assert_non_null(strstr(table.data, "best by mean val loss: trial 30, "));
  bf_text_release(&table);
  stop(&f);
}

static void nothing_trained_is_said(void **state)
{
  (void)state;
  fixture f;
  findings none = plain;
  bf_text table = {0};
  for (size_t i = 0; i < N_NETS; i++)
    none.loss[i][0] = -1;
  start(&f, &none, 1);
  run(&f, 1);
  bf_json *json = read_json();
  double value;
  assert_true(bf_json_double(bf_json_get(json, "best"), &value) == BF_ERR_DATA);
  assert_true(bf_json_double(bf_json_get(json, "spearman"), &value) == BF_ERR_DATA);
  bf_json_free(json);
  assert_ok(bf_refit_table(f.refit, &table));
  assert_non_null(strstr(table.data, "no net could be trained"));
  bf_text_release(&table);
  stop(&f);
}

static void data_without_test_rows_gives_no_test_scores(void **state)
{
  (void)state;
  fixture f;
  fixture_manifest.n_rows[BF_TEST] = 0;
  bf_log_set_sink(keep_line, NULL);
  start(&f, &plain, 2);
  bf_log_set_sink(NULL, NULL);
  assert_string_equal(last_line, "data set 'D' has no test rows: there will be no test scores");
  run(&f, 2);
  assert_int_equal(f.refit->n_done, 6);
  bf_json *json = read_json();
  assert_true(isnan(number_at(json, 0, "test", "accuracy", "mean")));
  assert_true(is_near(number_at(json, 0, "val", "loss", "mean"), 0.62));
  bf_json_free(json);
  stop(&f);
}

/* refit.csv of a whole refit; made-up workers all have the same rank, host and times. */
static char *whole_csv(size_t n_pending)
{
  fixture f;
  start(&f, &failing, 3);
  run(&f, n_pending);
  stop(&f);
  char *csv = read_file("refit.csv");
  bf_folder_remove(folder);
  assert_int_equal(make_folder(NULL), 0);
  return csv;
}

static void rows_do_not_depend_on_the_order_of_results(void **state)
{
  (void)state;
  char *csv[3];
  static const size_t pending[] = {1, 3, 7};
  for (size_t i = 0; i < 3; i++)
    csv[i] = whole_csv(pending[i]);
  assert_string_equal(csv[0], csv[1]);
  assert_string_equal(csv[0], csv[2]);
  for (size_t i = 0; i < 3; i++)
    free(csv[i]);
}

#define SUM                                                                                        \
  "[search.strategy.setup]\nsampler = \"brute-force\"\nsum_scaled_metrics = true\n"                \
  "direction = \"maximize\"\n[search.strategy.metrics]\naccuracy_micro.scale = 1.0\n"              \
  "weight_bits.scale = -0.002\n"
#define HARDWARE                                                                                   \
  "[search.strategy.setup]\nsampler = \"brute-force\"\nsum_scaled_metrics = false\n"               \
  "[search.strategy.metrics]\nweight_bits.scale = 1\nweight_bits.direction = \"minimize\"\n"

static void criterion_is_the_jobs_or_accuracy(void **state)
{
  (void)state;
  static const struct {
    const char *tail;
    const char *name;
    size_t best;
  } cases[] = {
      /* 0.74, 0.8 - 0.2, 0.63 - 0.4 */
      {SUM, "sum_scaled_metrics", 12},
      {HARDWARE, "accuracy_micro", 4},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[2048];
    fixture f;
    snprintf(text, sizeof text, "%s%s%s%s", JOB_HEAD, SPACE, BRIEF, cases[i].tail);
    start_job(&f, text, &plain, 3);
    run(&f, 1);
    bf_json *json = read_json();
    assert_string_equal(bf_json_text(bf_json_get(bf_json_get(json, "criterion"), "name")),
                        cases[i].name);
    assert_int_equal(trial_at(json, 0), cases[i].best);
    bf_json_free(json);
    stop(&f);
    bf_folder_remove(folder);
    assert_int_equal(make_folder(NULL), 0);
  }
}

static void equal_nets_keep_their_order_and_have_no_correlation(void **state)
{
  (void)state;
  fixture f;
  findings equal = plain;
  bf_text table = {0};
  for (size_t i = 0; i < N_NETS; i++)
    equal.loss[i][0] = 0.5;
  start(&f, &equal, 1);
  run(&f, 1);
  bf_json *json = read_json();
  for (size_t i = 0; i < N_NETS; i++)
    assert_int_equal(trial_at(json, i), numbers[i]);
  bf_json_free(json);
  assert_ok(bf_refit_table(f.refit, &table));
  assert_non_null(strstr(table.data, "no order to compare"));
  bf_text_release(&table);
  stop(&f);
}

static void table_and_warning_say_what_people_need(void **state)
{
  (void)state;
  fixture f;
  bf_text table = {0};
  start(&f, &plain, 3);
  bf_log_set_sink(keep_line, NULL);
  run(&f, 1);
  bf_log_set_sink(NULL, NULL);
  assert_non_null(strstr(last_line, "1 of 9 trained nets have outputs that are 0"));
  assert_ok(bf_refit_table(f.refit, &table));
  assert_non_null(
      strstr(table.data, "configuration: seq_blocks_2/channel_multiplier, seq_blocks_2/weight\n"));
  assert_non_null(
      strstr(table.data, "|     4 | 2 [4, 2]      |    3 |     1.1000 | 0.6200 [0.5703"));
  assert_non_null(strstr(table.data, "Spearman -1.000"));
  assert_non_null(strstr(table.data, "/a/checkpoints/trial-000004-seed-0.h5"));
  bf_text_release(&table);
  stop(&f);
}

static void results_that_were_not_asked_for_are_refused(void **state)
{
  (void)state;
  fixture f;
  bf_bytes task = {0};
  bf_bytes result = {0};
  bf_task_kind kind;
  start(&f, &plain, 2);
  assert_fails(bf_refit_accept(f.refit, 1, "x", 1), BF_ERR_DATA, "message ends");
  bf_result early = {.number = 0, .reason = (char[]){""}, .host = (char[]){"h"}};
  assert_ok(bf_result_encode(&early, &result));
  assert_fails(bf_refit_accept(f.refit, 1, result.data, result.length), BF_ERR_DATA,
               "run 0, which was not asked");
  assert_int_equal(ask(&f, &task, &kind), 0);
  bf_bytes_reset(&result);
  early.kind = BF_TASK_TEST;
  assert_ok(bf_result_encode(&early, &result));
  assert_fails(bf_refit_accept(f.refit, 1, result.data, result.length), BF_ERR_DATA,
               "test of run 0, which was not asked");
  bf_bytes_reset(&result);
  answer(&f, &task, &result);
  assert_ok(bf_refit_accept(f.refit, 1, result.data, result.length));
  assert_fails(bf_refit_accept(f.refit, 1, result.data, result.length), BF_ERR_DATA,
               "second training of run 0");
  bf_bytes_release(&task);
  bf_bytes_release(&result);
  stop(&f);
}

static void folder_seeds_and_nets_must_do(void **state)
{
  (void)state;
  fixture f;
  bf_refit *second = NULL;
  start(&f, &plain, 1);
  char *job = read_file("job.toml");
  assert_non_null(strstr(job, "basic_train"));
  free(job);
  assert_fails(create(&f, N_NETS, &second), BF_ERR_USAGE, "exists");
  assert_fails(create(&f, 0, &second), BF_ERR_USAGE, "no net of 'R' was chosen");
  f.n_seeds = 0;
  assert_fails(create(&f, N_NETS, &second), BF_ERR_USAGE, "0 seeds");
  f.n_seeds = BF_REFIT_MAX_SEEDS + 1;
  assert_fails(create(&f, N_NETS, &second), BF_ERR_USAGE, "seeds, expected 1..");
  assert_null(second);
  stop(&f);
}

static void refit_without_memory_fails_cleanly(void **state)
{
  (void)state;
  fixture f = {.n_seeds = 2, .found = plain};
  bf_status status = BF_ERR_NOMEM;
  char *path = bf_path_join(folder, "a");
  assert_ok(fixture_plan(JOB_HEAD SPACE BRIEF JOB_TAIL, &f.job, &f.plan));
  for (long n = 0; status != BF_OK; n++) {
    bf_folder_remove(path);
    bf_alloc_fail_after(n);
    status = create(&f, N_NETS, &f.refit);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true(n < 1000);
  }
  run(&f, 1);
  status = BF_ERR_NOMEM;
  for (long n = 0; status != BF_OK; n++) {
    bf_text table = {0};
    bf_alloc_fail_after(n);
    status = bf_refit_finish(f.refit);
    if (status == BF_OK)
      status = bf_refit_table(f.refit, &table);
    bf_alloc_fail_after(-1);
    bf_text_release(&table);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    assert_true(n < 5000);
  }
  free(path);
  stop(&f);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(seeds_are_no_seeds_of_the_study),
      cmocka_unit_test(job_trains_as_before_but_longer_and_scores_all_validation_rows),
      cmocka_unit_test(job_that_only_evaluates_fine_tunes_its_net),
      cmocka_unit_test(job_without_any_training_is_refused),
      IN_FOLDER(tasks_go_seed_after_seed_and_tests_come_first),
      IN_FOLDER(net_is_on_disk_before_its_run_counts),
      IN_FOLDER(means_and_intervals_are_those_of_paper_and_pencil),
      IN_FOLDER(one_seed_has_wilson_intervals_of_shares_and_no_others),
      IN_FOLDER(failed_runs_are_data),
      IN_FOLDER(nothing_trained_is_said),
      IN_FOLDER(data_without_test_rows_gives_no_test_scores),
      IN_FOLDER(rows_do_not_depend_on_the_order_of_results),
      IN_FOLDER(criterion_is_the_jobs_or_accuracy),
      IN_FOLDER(equal_nets_keep_their_order_and_have_no_correlation),
      IN_FOLDER(table_and_warning_say_what_people_need),
      IN_FOLDER(results_that_were_not_asked_for_are_refused),
      IN_FOLDER(folder_seeds_and_nets_must_do),
      IN_FOLDER(refit_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
