/* Rank 0's side of a refit: hands out trainings and tests, takes results in, keeps the nets.
 * Room: study. */
#include "study/refit.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "study/nets.h"
#include "study/task.h"

uint64_t bf_refit_seed(uint64_t study_seed, uint64_t number, size_t k)
{
  return bf_trial_seed(study_seed, (UINT64_C(1) << 62) + ((uint64_t)k << 40) + number);
}

void bf_refit_checkpoint_print(uint64_t number, size_t k, bf_text *text)
{
  bf_text_printf(text, "checkpoints/trial-%06" PRIu64 "-seed-%zu.h5", number, k);
}

size_t bf_refit_total(const bf_refit *refit)
{
  return refit->n_nets * refit->n_seeds;
}

const bf_refit_run *bf_refit_run_of(const bf_refit *refit, size_t net, size_t k)
{
  return &refit->runs[k * refit->n_nets + net];
}

int bf_refit_exit_code(const bf_refit *refit)
{
  return refit->n_failed > 0 ? bf_status_exit_code(BF_ERR_TRIAL) : 0;
}

static bf_status write_text(const bf_refit *refit, const char *name, const bf_text *text)
{
  char *path = bf_path_join(refit->folder, name);
  bf_status status = path != NULL ? bf_file_write_text(path, text)
                                  : bf_fail(BF_ERR_NOMEM, "out of memory for a path");
  free(path);
  return status;
}

static bf_status write_csv(const bf_refit *refit)
{
  bf_text text = {0};
  bf_status status = bf_refit_csv(refit, &text);
  if (status == BF_OK)
    status = write_text(refit, "refit.csv", &text);
  bf_text_release(&text);
  return status;
}

static bf_status write_job(const bf_refit *refit)
{
  bf_text text = {0};
  bf_toml_print(refit->plan->job->tree, &text);
  bf_status status = write_text(refit, "job.toml", &text);
  bf_text_release(&text);
  return status;
}

static bf_status make_folder(const bf_refit *refit)
{
  bf_status status = BF_OK;
  char *inner = bf_path_join(refit->folder, "checkpoints");
  BF_CHECK_MEMORY(inner);
  BF_TRY(bf_folder_create(refit->folder));
  BF_TRY(bf_folder_create(inner));
  BF_TRY(write_job(refit));
done:
  free(inner);
  return status;
}

static bf_status copy_nets(bf_refit *refit, const bf_refit_options *options)
{
  size_t n_choices = refit->plan->n_choices;
  bf_status status = BF_OK;
  refit->nets = bf_alloc(options->n_nets, sizeof *refit->nets);
  BF_CHECK_MEMORY(refit->nets);
  refit->indexes = bf_alloc(options->n_nets * n_choices, sizeof *refit->indexes);
  BF_CHECK_MEMORY(refit->indexes);
  for (size_t i = 0; i < options->n_nets; i++) {
    uint32_t *indexes = refit->indexes + i * n_choices;
    memcpy(indexes, options->nets[i].indexes, n_choices * sizeof *indexes);
    refit->nets[i] = options->nets[i];
    refit->nets[i].indexes = indexes;
  }
  refit->n_nets = options->n_nets;
done:
  return status;
}

static bf_status make_runs(bf_refit *refit, size_t n_seeds)
{
  bf_status status = BF_OK;
  refit->runs = bf_alloc(refit->n_nets * n_seeds, sizeof *refit->runs);
  BF_CHECK_MEMORY(refit->runs);
  refit->n_seeds = n_seeds;
  for (size_t i = 0; i < refit->n_nets * n_seeds; i++) {
    uint64_t number = refit->nets[i % refit->n_nets].number;
    refit->runs[i].seed = bf_refit_seed(refit->plan->job->seed, number, i / refit->n_nets);
    refit->runs[i].metrics = bf_metrics_none();
  }
done:
  return status;
}

/* A data set may be made without test rows. */
static bool has_test_rows(const bf_refit *refit)
{
  return refit->plan->manifest->n_rows[BF_TEST] > 0;
}

bf_status bf_refit_create(const bf_plan *plan, const char *folder, const bf_refit_options *options,
                          bf_refit **out)
{
  bf_status status = BF_OK;
  bf_refit *refit = bf_alloc(1, sizeof *refit);
  BF_CHECK_MEMORY(refit);
  BF_CHECK(options->n_nets > 0, BF_ERR_USAGE, "no net of '%s' was chosen", options->study);
  BF_CHECK(options->n_seeds >= 1 && options->n_seeds <= BF_REFIT_MAX_SEEDS, BF_ERR_USAGE,
           "%zu seeds, expected 1..%d", options->n_seeds, BF_REFIT_MAX_SEEDS);
  refit->plan = plan;
  refit->info = options->info;
  refit->is_compat = options->is_compat;
  refit->folder = bf_copy_text(folder);
  refit->study = bf_copy_text(options->study);
  refit->rule = bf_copy_text(options->rule);
  BF_CHECK_MEMORY(refit->folder);
  BF_CHECK_MEMORY(refit->study);
  BF_CHECK_MEMORY(refit->rule);
  BF_TRY(copy_nets(refit, options));
  BF_TRY(make_runs(refit, options->n_seeds));
  BF_TRY(make_folder(refit));
  if (!has_test_rows(refit))
    bf_warn("data set '%s' has no test rows: there will be no test scores", plan->manifest->folder);
  refit->start_s = bf_date_s();
  refit->start_clock_s = bf_clock_s();
  *out = refit;
  refit = NULL;
done:
  bf_refit_free(refit);
  return status;
}

void bf_refit_free(bf_refit *refit)
{
  if (refit == NULL)
    return;
  for (size_t i = 0; refit->runs != NULL && i < bf_refit_total(refit); i++) {
    free(refit->runs[i].reason);
    free(refit->runs[i].host);
    free(refit->runs[i].values);
  }
  free(refit->runs);
  bf_open_tasks_release(&refit->tasks);
  free(refit->nets);
  free(refit->indexes);
  free(refit->rule);
  free(refit->study);
  free(refit->folder);
  free(refit);
}

/* A run is known to the workers by its place. */
static bf_status encode(const bf_refit *refit, const bf_open_task *open, bf_bytes *bytes)
{
  const bf_refit_run *run = &refit->runs[open->number];
  size_t n_choices = refit->plan->n_choices;
  const bf_task task = {.kind = open->kind,
                        .number = open->number,
                        .seed = run->seed,
                        .n_indexes = n_choices,
                        .indexes = refit->indexes + open->number % refit->n_nets * n_choices,
                        .n_values = run->n_values,
                        .values = run->values};
  return bf_task_encode(&task, bytes);
}

/* Tests and what was lost first: tests are short, and what was trained is kept in memory until
 * then. */
bf_status bf_refit_next(bf_refit *refit, int rank, bf_bytes *bytes, bf_next *next)
{
  bf_status status = BF_OK;
  bf_open_task task = {.kind = BF_TASK_TRIAL, .number = refit->n_asked, .rank = rank};
  *next = BF_NEXT_TASK;
  if (bf_open_tasks_take(&refit->tasks, rank, &task))
    return encode(refit, &task, bytes);
  if (refit->n_asked < bf_refit_total(refit)) {
    BF_TRY(bf_open_tasks_add(&refit->tasks, task.kind, task.number, rank));
    refit->n_asked++;
    return encode(refit, &task, bytes);
  }
  *next = refit->tasks.n > 0 ? BF_NEXT_WAIT : BF_NEXT_DONE;
done:
  return status;
}

static bf_status save_net(const bf_refit *refit, size_t place)
{
  const bf_refit_run *run = &refit->runs[place];
  const bf_refit_net *net = &refit->nets[place % refit->n_nets];
  const bf_trained trained = {.number = net->number,
                              .seed = run->seed,
                              .indexes = net->indexes,
                              .n_values = run->n_values,
                              .values = run->values};
  bf_text name = {0};
  bf_refit_checkpoint_print(net->number, place / refit->n_nets, &name);
  bf_status status = bf_text_status(&name);
  if (status == BF_OK)
    status = bf_trained_save(&trained, refit->plan, refit->folder, name.data);
  bf_text_release(&name);
  return status;
}

/* The last thing that happens to a run. */
static bf_status close_run(bf_refit *refit, bf_refit_run *run)
{
  free(run->values);
  run->values = NULL;
  run->n_values = 0;
  run->told = true;
  refit->n_failed += run->failed;
  refit->n_done += !run->failed;
  return write_csv(refit);
}

static void swap_texts(char **a, char **b)
{
  char *kept = *a;
  *a = *b;
  *b = kept;
}

static bf_status accept_training(bf_refit *refit, size_t place, int rank, bf_result *result)
{
  bf_refit_run *run = &refit->runs[place];
  bf_status status = BF_OK;
  run->rank = rank;
  run->metrics = result->metrics;
  run->started_s = result->started_s;
  run->duration_s = result->duration_s;
  swap_texts(&run->host, &result->host);
  swap_texts(&run->reason, &result->reason);
  run->failed = result->failed;
  if (run->failed)
    return close_run(refit, run);
  run->n_values = result->n_values;
  run->values = result->values;
  result->n_values = 0;
  result->values = NULL;
  BF_TRY(save_net(refit, place));
  run->trained = true;
  if (!has_test_rows(refit))
    return close_run(refit, run);
  BF_TRY(bf_open_tasks_add(&refit->tasks, BF_TASK_TEST, place, BF_NO_RANK));
done:
  return status;
}

static bf_status accept_test(bf_refit *refit, size_t place, bf_result *result)
{
  bf_refit_run *run = &refit->runs[place];
  run->failed = result->failed;
  run->tested = !result->failed;
  run->n_test_rows = result->n_test_rows;
  run->n_test_correct = result->n_test_correct;
  run->test_loss = result->test_loss;
  if (run->failed)
    swap_texts(&run->reason, &result->reason);
  return close_run(refit, run);
}

/* What another worker has answered before is dropped. */
static bf_status take_in(bf_refit *refit, int rank, bf_result *result)
{
  size_t place = (size_t)result->number;
  if (!bf_open_tasks_finish(&refit->tasks, result->kind, result->number))
    return BF_OK;
  return result->kind == BF_TASK_TEST ? accept_test(refit, place, result)
                                      : accept_training(refit, place, rank, result);
}

bf_status bf_refit_accept(bf_refit *refit, int rank, const void *bytes, size_t n)
{
  bf_result result = {0};
  bf_status status = BF_OK;
  BF_TRY(bf_result_decode(bytes, n, &result));
  BF_CHECK(result.number < refit->n_asked, BF_ERR_DATA,
           "result of run %" PRIu64 ", which was not asked", result.number);
  BF_TRY(take_in(refit, rank, &result));
done:
  bf_result_release(&result);
  return status;
}

bf_status bf_refit_lose(bf_refit *refit, int rank, bool is_suspect)
{
  bf_open_task first;
  bf_result result = {0};
  bf_status status = BF_OK;
  if (bf_open_tasks_lose(&refit->tasks, rank, &first) == 0 || !is_suspect)
    return BF_OK;
  if (++refit->runs[first.number].n_deaths < BF_MAX_DEATHS)
    return BF_OK;
  BF_TRY(bf_result_poisonous(first.kind, first.number, &result));
  BF_TRY(take_in(refit, rank, &result));
done:
  bf_result_release(&result);
  return status;
}

/* Nets that end in a ReLU lose classes silently, with one seed and not with the next: it shows as a
 * wide interval, whose reason should be known. */
static void warn_of_dead_outputs(const bf_refit *refit)
{
  size_t n_dead = 0;
  for (size_t i = 0; i < bf_refit_total(refit); i++)
    n_dead += !refit->runs[i].failed && refit->runs[i].metrics.value[BF_METRIC_dead_outputs] > 0;
  if (n_dead > 0)
    bf_warn("%zu of %zu trained nets have outputs that are 0 for every validation row "
            "(dead_outputs)",
            n_dead, bf_refit_total(refit) - refit->n_failed);
}

bf_status bf_refit_finish(bf_refit *refit)
{
  bf_status status = BF_OK;
  refit->wall_s = bf_clock_s() - refit->start_clock_s;
  bf_json *json = bf_refit_json(refit);
  char *path = bf_path_join(refit->folder, "refit.json");
  BF_CHECK_MEMORY(path);
  BF_TRY(bf_json_write(json, path));
  warn_of_dead_outputs(refit);
done:
  free(path);
  bf_json_free(json);
  return status;
}
