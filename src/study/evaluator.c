/* The worker's side of a study: a task in, a result out.
 * Room: study. */
#include "study/evaluator.h"

#include <math.h>
#include <signal.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/memory.h"
#include "nn/checkpoint.h"
#include "nn/train.h"
#include "study/compat.h"
#include "study/task.h"

enum { HOST_BYTES = 256 };

struct bf_evaluator {
  const bf_plan *plan;
  const bf_dataset *data;
  const bf_kernels *kernels;
  bf_net *base;        /* the loaded checkpoint; NULL without one */
  bf_shuffled batches; /* with eval_mode = false: the rows that basic_evaluation scores */
  char host[HOST_BYTES];
};

/* A trial on its way through the runners. */
typedef struct run {
  const bf_evaluator *evaluator;
  const bf_task *task;
  bf_model model;
  bf_net *net; /* made by the first runner that needs one */
  bf_metrics metrics;
} run;

static bf_status need_rows(const bf_evaluator *evaluator, bf_split split, size_t n_least)
{
  size_t n = evaluator->data->split[split].n;
  if (n >= n_least)
    return BF_OK;
  return bf_fail(BF_ERR_DATA, "split '%s' of data set '%s' has %zu rows, this job needs %zu",
                 bf_split_name(split), evaluator->plan->manifest->folder, n, n_least);
}

/* Otherwise every trial would fail. A batch of one row has no statistics to train with. */
static bf_status check_rows(const bf_evaluator *evaluator)
{
  const bf_job *job = evaluator->plan->job;
  bf_status status = BF_OK;
  for (size_t i = 0; i < job->n_runners; i++) {
    if (job->runners[i] == BF_RUNNER_EVALUATION)
      BF_TRY(need_rows(evaluator, bf_compat_split(job, job->evaluation_loader),
                       job->eval_mode ? 1 : 2));
    if (job->runners[i] == BF_RUNNER_TRAIN) {
      BF_TRY(need_rows(evaluator, BF_TRAIN, 2));
      BF_TRY(need_rows(evaluator, bf_compat_split(job, job->brief_loader), 1));
    }
  }
done:
  return status;
}

/* What a shuffling loader would hand out: whole batches. */
static bf_status find_batches(bf_evaluator *evaluator)
{
  const bf_job *job = evaluator->plan->job;
  bool wants_batches = false;
  for (size_t i = 0; i < job->n_runners; i++)
    wants_batches |= job->runners[i] == BF_RUNNER_EVALUATION && !job->eval_mode;
  if (!wants_batches)
    return BF_OK;
  size_t n_batches = (job->evaluation_rows + job->batch_size - 1) / job->batch_size;
  return bf_shuffled_create(evaluator->data->split[BF_TRAIN], job->seed,
                            n_batches * job->batch_size, &evaluator->batches);
}

bf_status bf_evaluator_create(const bf_plan *plan, const bf_dataset *data,
                              const bf_kernels *kernels, bf_evaluator **out)
{
  bf_status status = BF_OK;
  bf_evaluator *evaluator = bf_alloc(1, sizeof *evaluator);
  BF_CHECK_MEMORY(evaluator);
  evaluator->plan = plan;
  evaluator->data = data;
  evaluator->kernels = kernels;
  if (gethostname(evaluator->host, HOST_BYTES - 1) != 0)
    snprintf(evaluator->host, HOST_BYTES, "unknown");
  BF_TRY(check_rows(evaluator));
  BF_TRY(find_batches(evaluator));
  if (plan->job->load != NULL)
    BF_TRY(bf_checkpoint_open(plan->job->load, &plan->model, plan->manifest, &evaluator->base));
  *out = evaluator;
  evaluator = NULL;
done:
  bf_evaluator_free(evaluator);
  return status;
}

void bf_evaluator_free(bf_evaluator *evaluator)
{
  if (evaluator == NULL)
    return;
  bf_net_free(evaluator->base);
  bf_shuffled_release(&evaluator->batches);
  free(evaluator);
}

/* The rows a data_loader names, cut to whole batches: ceil(num_samples / batch) of them. */
static bf_tiles rows_to_score(const run *r, const char *loader, size_t n_samples)
{
  const bf_job *job = r->evaluator->plan->job;
  size_t batch = job->batch_size;
  bf_tiles rows = r->evaluator->data->split[bf_compat_split(job, loader)];
  size_t n_batches = (n_samples + batch - 1) / batch;
  if (n_samples > 0 && n_batches < (rows.n + batch - 1) / batch)
    rows.n = n_batches * batch;
  return rows;
}

static bf_status score(run *r, const char *loader, size_t n_samples)
{
  const bf_evaluator *evaluator = r->evaluator;
  bf_tiles rows = rows_to_score(r, loader, n_samples);
  bf_score counts;
  if (evaluator->plan->job->compat)
    return bf_compat_score(r->net, evaluator->kernels, rows, false, evaluator->plan->job,
                           &r->metrics);
  bf_status status = bf_evaluate(r->net, evaluator->kernels, rows, &counts);
  if (status == BF_OK)
    bf_metrics_score(&counts, &r->metrics);
  return status;
}

/* The trial's net before any training: the checkpoint's weights, or fresh ones. */
static bf_status make_net(run *r)
{
  if (r->net != NULL)
    return BF_OK;
  if (r->evaluator->base != NULL)
    return bf_net_copy(r->evaluator->base, &r->model, &r->net);
  bf_status status = bf_net_create(&r->model, &r->net);
  if (status == BF_OK)
    bf_net_init(r->net, r->task->seed);
  return status;
}

static bf_status run_evaluation(run *r)
{
  const bf_job *job = r->evaluator->plan->job;
  bf_status status = make_net(r);
  if (status == BF_OK && !job->eval_mode)
    return bf_compat_score(r->net, r->evaluator->kernels, r->evaluator->batches.rows, true, job,
                           &r->metrics);
  return status == BF_OK ? score(r, job->evaluation_loader, job->evaluation_rows) : status;
}

static bf_status run_training(run *r)
{
  const bf_job *job = r->evaluator->plan->job;
  bf_training training = job->brief;
  bf_status status = BF_OK;
  training.seed = r->task->seed;
  BF_TRY(make_net(r));
  BF_TRY(bf_train(r->net, &training, r->evaluator->kernels, r->evaluator->data->split[BF_TRAIN],
                  NULL));
  BF_TRY(score(r, job->brief_loader, job->brief_rows));
done:
  return status;
}

static bool lists(const bf_toml *numbers, uint64_t number)
{
  for (size_t i = 0; numbers != NULL && i < numbers->n_items; i++)
    if (numbers->items[i]->kind == BF_TOML_INTEGER && numbers->items[i]->integer == (int64_t)number)
      return true;
  return false;
}

/* In naps, between which it can be cancelled, as a training is. */
static bf_status take_time(double seconds)
{
  const double nap_s = 0.05;
  double end_s = bf_clock_s() + seconds;
  double left_s = seconds;
  bf_status status = BF_OK;
  while (left_s > 0) {
    BF_CHECK(!bf_is_cancelled(), BF_ERR_STOPPED, "the trial was cancelled");
    bf_sleep(fmin(left_s, nap_s));
    left_s = end_s - bf_clock_s();
  }
done:
  return status;
}

/* Accuracy is the mean relative index: the last choice of everything scores 1. */
static bf_status run_nothing(run *r)
{
  const bf_plan *plan = r->evaluator->plan;
  const bf_job *job = plan->job;
  bool slow = lists(job->null_slow_trials, r->task->number);
  bf_status status = BF_OK;
  double sum = 0;
  for (size_t i = 0; i < plan->n_choices; i++)
    if (plan->parameters[i].n_choices > 1)
      sum += (double)r->task->indexes[i] / (plan->parameters[i].n_choices - 1);
  BF_TRY(take_time(1e-3 * job->null_cost_ms * (slow ? job->null_slow_factor : 1)));
  if (lists(job->null_kill_trials, r->task->number))
    raise(SIGKILL);
  BF_CHECK(!lists(job->null_fail_trials, r->task->number), BF_ERR_TRIAL,
           "the null runner was told to fail this trial");
  double accuracy = sum / (double)plan->n_choices;
  r->metrics.value[BF_METRIC_accuracy] = accuracy;
  r->metrics.value[BF_METRIC_accuracy_micro] = accuracy;
  r->metrics.value[BF_METRIC_loss] = 1 - accuracy;
  r->metrics.value[BF_METRIC_dead_outputs] = 0;
done:
  return status;
}

static bf_status (*const runners[BF_N_RUNNERS])(run *r) = {
    [BF_RUNNER_EVALUATION] = run_evaluation,
    [BF_RUNNER_TRAIN] = run_training,
    [BF_RUNNER_NULL] = run_nothing,
};

static bf_status run_trial(run *r)
{
  const bf_plan *plan = r->evaluator->plan;
  const bf_job *job = plan->job;
  bf_cost_options cost = {.bitops_batch = job->bitops_batch, .compare_to = job->compare_to};
  double values[BF_N_METRICS];
  bf_status status = BF_OK;
  BF_TRY(bf_plan_configure(plan, r->task->indexes, &r->model));
  bf_metrics_cost(&r->model, &cost, &r->metrics);
  for (size_t i = 0; i < job->n_runners; i++)
    BF_TRY(runners[job->runners[i]](r));
  if (job->wants_latency) {
    BF_TRY(make_net(r));
    BF_TRY(bf_metrics_latency(r->net, r->evaluator->kernels, job->latency_batch, &r->metrics));
  }
  /* A trial whose objectives are no numbers has failed, whatever ran through. */
  BF_TRY(bf_plan_objectives(plan, &r->metrics, values, NULL));
done:
  return status;
}

static bf_status run_test(run *r, bf_result *result)
{
  bf_score counts;
  bf_status status = BF_OK;
  BF_TRY(bf_plan_configure(r->evaluator->plan, r->task->indexes, &r->model));
  BF_TRY(bf_net_create(&r->model, &r->net));
  BF_CHECK(r->net->n_values == r->task->n_values, BF_ERR_DATA,
           "test task holds %zu values, the net has %zu", r->task->n_values, r->net->n_values);
  memcpy(r->net->values, r->task->values, r->net->n_values * sizeof *r->net->values);
  BF_TRY(bf_evaluate(r->net, r->evaluator->kernels, r->evaluator->data->split[BF_TEST], &counts));
  result->n_test_rows = counts.n_rows;
  result->n_test_correct = counts.n_correct;
  result->test_loss = counts.loss;
done:
  return status;
}

static bf_status check_indexes(const bf_plan *plan, const bf_task *task)
{
  bool fits = task->n_indexes == plan->n_choices;
  for (size_t i = 0; fits && i < plan->n_choices; i++)
    fits = task->indexes[i] < plan->parameters[i].n_choices;
  return fits ? BF_OK
              : bf_fail(BF_ERR_DATA, "task %llu does not fit the search space",
                        (unsigned long long)task->number);
}

bf_status bf_evaluator_run(bf_evaluator *evaluator, const void *task_bytes, size_t n,
                           bf_bytes *result_bytes)
{
  bf_task task = {0};
  run r = {.evaluator = evaluator, .task = &task, .metrics = bf_metrics_none()};
  bf_result result = {.host = evaluator->host, .started_s = bf_date_s()};
  double start_s = bf_clock_s();
  bf_status status = BF_OK;
  BF_TRY(bf_task_decode(task_bytes, n, &task));
  BF_TRY(check_indexes(evaluator->plan, &task));
  bf_trail_set("");
  bf_status ran = task.kind == BF_TASK_TRIAL ? run_trial(&r) : run_test(&r, &result);
  /* Nobody waits for this one any more. */
  if (ran == BF_ERR_STOPPED) {
    status = ran;
    goto done;
  }
  result.failed = ran != BF_OK;
  result.kind = task.kind;
  result.number = task.number;
  result.metrics = r.metrics;
  char reason[1024];
  snprintf(reason, sizeof reason, "%s", result.failed ? bf_trail() : "");
  result.reason = reason;
  if (task.kind == BF_TASK_TRIAL && !result.failed && r.net != NULL) {
    result.n_values = r.net->n_values;
    result.values = r.net->values;
  }
  result.duration_s = bf_clock_s() - start_s;
  BF_TRY(bf_result_encode(&result, result_bytes));
done:
  bf_net_free(r.net);
  bf_task_release(&task);
  return status;
}
