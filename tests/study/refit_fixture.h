/* Refits in one process, over workers that make results up.
 * Tests of the study room. */
#ifndef BF_TESTS_REFIT_FIXTURE_H
#define BF_TESTS_REFIT_FIXTURE_H

#include <math.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "nn/net.h"
#include "study/refit.h"
#include "study_fixture.h"

enum { N_NETS = 3, MAX_SEEDS = 4, N_VAL = 1000, N_TEST = 500, N_CHOICES = 5 };

static char folder[64];
static char last_line[256];

static inline int make_folder(void **state)
{
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/bitfront-refit-XXXXXX");
  fixture_manifest.n_rows[BF_VAL] = N_VAL;
  fixture_manifest.n_rows[BF_TEST] = N_TEST;
  return mkdtemp(folder) != NULL ? 0 : -1;
}

static inline int remove_folder(void **state)
{
  (void)state;
  bf_folder_remove(folder);
  return 0;
}

static inline void keep_line(bf_log_level level, const char *line, void *context)
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

static inline bf_status create(const fixture *f, size_t n_nets, bf_refit **refit)
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

static inline void start_job(fixture *f, const char *text, const findings *found, size_t n_seeds)
{
  *f = (fixture){.n_seeds = n_seeds, .found = *found};
  assert_ok(fixture_plan(text, &f->job, &f->plan));
  assert_int_equal(f->plan->n_choices, N_CHOICES);
  assert_ok(create(f, N_NETS, &f->refit));
}

static inline void start(fixture *f, const findings *found, size_t n_seeds)
{
  start_job(f, JOB_HEAD SPACE BRIEF JOB_TAIL, found, n_seeds);
}

static inline void stop(fixture *f)
{
  bf_refit_free(f->refit);
  bf_plan_free(f->plan);
  bf_job_free(f->job);
}

/* A net of the right size that holds the seed it was trained with. */
static inline void train(const fixture *f, const bf_task *task, bf_result *result)
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
static inline void answer(const fixture *f, const bf_bytes *bytes, bf_bytes *out)
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
static inline void run(fixture *f, size_t n_pending)
{
  bf_bytes results[8] = {{0}};
  size_t n_held = 0;
  bf_next next = BF_NEXT_WAIT;
  while (next != BF_NEXT_DONE) {
    bf_bytes task = {0};
    assert_ok(bf_refit_next(f->refit, 1, &task, &next));
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

static inline bf_json *read_json(void)
{
  bf_json *json = NULL;
  char *text = read_file("refit.json");
  assert_ok(bf_json_parse(text, "refit.json", &json));
  free(text);
  return json;
}

/* The number at nets[place].a.b, or .a.b.c; NaN for null. */
static inline double number_at(const bf_json *json, size_t place, const char *a, const char *b,
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

static inline bool is_near(double a, double b)
{
  return fabs(a - b) < 1e-6;
}

static inline size_t trial_at(const bf_json *json, size_t place)
{
  double value = -1;
  assert_ok(
      bf_json_double(bf_json_get(bf_json_at(bf_json_get(json, "nets"), place), "trial"), &value));
  return (size_t)value;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

#endif
