/* Rank 0's side of a study: asks the sampler, hands out tasks, takes results in, keeps the front.
 * Room: study. */
#include "study/study.h"

#include <inttypes.h>
#include <math.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "nn/checkpoint.h"
#include "search/sampler.h"
#include "study/results.h"

void bf_study_checkpoint_print(uint64_t number, bf_text *text)
{
  bf_text_printf(text, "checkpoints/trial-%06" PRIu64 ".h5", number);
}

static uint32_t *indexes_of(const bf_study *study, uint64_t number)
{
  return study->indexes + number * study->plan->n_choices;
}

const uint32_t *bf_study_indexes(const bf_study *study, uint64_t number)
{
  return indexes_of(study, number);
}

size_t bf_study_total(const bf_study *study)
{
  return study->plan->n_trials;
}

int bf_study_exit_code(const bf_study *study)
{
  return study->n_failed > 0 ? bf_status_exit_code(BF_ERR_TRIAL) : 0;
}

static bf_status make_folders(const char *folder)
{
  bf_status status = bf_folder_create(folder);
  if (status != BF_OK)
    return status;
  char *inner = bf_path_join(folder, "checkpoints");
  status =
      inner != NULL ? bf_folder_create(inner) : bf_fail(BF_ERR_NOMEM, "out of memory for a path");
  free(inner);
  return status;
}

bf_status bf_study_create(const bf_plan *plan, const char *folder, const bf_run_info *info,
                          bf_study **out)
{
  bf_status status = BF_OK;
  bf_study *study = bf_alloc(1, sizeof *study);
  bf_sampler_options options = bf_sampler_defaults();
  options.seed = plan->job->seed;
  options.n_objectives = plan->n_objectives;
  options.ordered = plan->job->ordered;
  BF_CHECK_MEMORY(study);
  study->plan = plan;
  study->info = *info;
  study->folder = bf_copy_text(folder);
  BF_CHECK_MEMORY(study->folder);
  BF_TRY(bf_sampler_create(plan->sampler, &plan->space, &options, &study->sampler));
  BF_TRY(bf_front_create(plan->n_objectives, &study->front));
  BF_TRY(make_folders(folder));
  study->start_s = bf_date_s();
  study->start_clock_s = bf_clock_s();
  *out = study;
  study = NULL;
done:
  bf_study_free(study);
  return status;
}

void bf_study_free(bf_study *study)
{
  if (study == NULL)
    return;
  for (size_t i = 0; i < study->n_asked; i++) {
    free(study->trials[i].reason);
    free(study->trials[i].host);
    free(study->trials[i].values);
  }
  free(study->trials);
  free(study->indexes);
  bf_sampler_free(study->sampler);
  bf_front_free(study->front);
  free(study->folder);
  free(study);
}

static bf_status reserve(bf_study *study)
{
  if (study->n_asked < study->capacity)
    return BF_OK;
  size_t capacity = study->capacity > 0 ? 2 * study->capacity : 64;
  size_t n_choices = study->plan->n_choices;
  bf_status status = BF_OK;
  bf_trial *trials = bf_grow(study->trials, study->n_asked, capacity, sizeof *trials);
  BF_CHECK_MEMORY(trials);
  study->trials = trials;
  uint32_t *indexes =
      bf_grow(study->indexes, study->n_asked * n_choices, capacity * n_choices, sizeof *indexes);
  BF_CHECK_MEMORY(indexes);
  study->indexes = indexes;
  study->capacity = capacity;
done:
  return status;
}

/* Whether the clock or the count forbids another ask. */
static bool asked_enough(const bf_study *study)
{
  double timeout_s = study->plan->job->timeout_s;
  return study->n_asked >= study->plan->n_trials ||
         (timeout_s > 0 && bf_clock_s() - study->start_clock_s >= timeout_s);
}

static bf_status ask(bf_study *study, bf_bytes *bytes)
{
  uint64_t number = study->n_asked;
  bf_status status = BF_OK;
  BF_TRY(reserve(study));
  bf_task task = {.kind = BF_TASK_TRIAL,
                  .number = number,
                  .seed = bf_trial_seed(study->plan->job->seed, number),
                  .n_indexes = study->plan->n_choices,
                  .indexes = indexes_of(study, number)};
  BF_TRY(bf_sampler_ask(study->sampler, number, task.indexes, &study->exhausted));
  if (study->exhausted)
    goto done;
  study->trials[number] =
      (bf_trial){.number = number, .seed = task.seed, .metrics = bf_metrics_none()};
  study->n_asked++;
  BF_TRY(bf_task_encode(&task, bytes));
done:
  return status;
}

/* The next front net without a test score; tests are handed out in the order of numbers. */
static bf_status ask_test(bf_study *study, bf_bytes *bytes)
{
  uint64_t number = bf_front_numbers(study->front)[study->n_tests_asked++];
  const bf_trial *trial = &study->trials[number];
  bf_task task = {.kind = BF_TASK_TEST,
                  .number = number,
                  .seed = trial->seed,
                  .n_indexes = study->plan->n_choices,
                  .indexes = indexes_of(study, number),
                  .n_values = trial->n_values,
                  .values = trial->values};
  return bf_task_encode(&task, bytes);
}

/* The null runner leaves no nets, so nothing can be tested. */
static bool has_nets(const bf_study *study)
{
  return bf_front_size(study->front) > 0 &&
         study->trials[bf_front_numbers(study->front)[0]].n_values > 0;
}

bf_status bf_study_next(bf_study *study, bf_bytes *task, bf_next *next)
{
  if (!study->exhausted)
    study->exhausted = asked_enough(study);
  if (!study->exhausted) {
    bf_status status = ask(study, task);
    if (status != BF_OK)
      return status;
    if (!study->exhausted) {
      *next = BF_NEXT_TASK;
      return BF_OK;
    }
  }
  size_t n_tests = has_nets(study) ? bf_front_size(study->front) : 0;
  if (study->n_done + study->n_failed < study->n_asked) {
    *next = BF_NEXT_WAIT;
    return BF_OK;
  }
  if (study->n_tests_asked < n_tests) {
    *next = BF_NEXT_TASK;
    return ask_test(study, task);
  }
  *next = study->n_tests_told < n_tests ? BF_NEXT_WAIT : BF_NEXT_DONE;
  return BF_OK;
}

static bf_status checkpoint_path(const bf_study *study, uint64_t number, char **path)
{
  bf_text name = {0};
  bf_study_checkpoint_print(number, &name);
  *path = bf_path_join(study->folder, bf_text_view(&name));
  bf_status status = bf_text_status(&name);
  bf_text_release(&name);
  return *path != NULL ? status : bf_fail(BF_ERR_NOMEM, "out of memory for a path");
}

static bf_status save_net(const bf_study *study, const bf_trial *trial)
{
  const bf_manifest *manifest = study->plan->manifest;
  bf_origin origin = {.data_kind = manifest->kind,
                      .data_hash = manifest->hash,
                      .seed = trial->seed,
                      .trial = (int64_t)trial->number};
  bf_status status = BF_OK;
  bf_net *net = NULL;
  char *path = NULL;
  bf_model *model = bf_alloc(1, sizeof *model);
  BF_CHECK_MEMORY(model);
  BF_TRY(bf_plan_configure(study->plan, bf_study_indexes(study, trial->number), model));
  BF_TRY(bf_net_create(model, &net));
  BF_CHECK(net->n_values == trial->n_values, BF_ERR_DATA,
           "result of trial %" PRIu64 " holds %zu values, the net has %zu", trial->number,
           trial->n_values, net->n_values);
  memcpy(net->values, trial->values, net->n_values * sizeof *net->values);
  BF_TRY(checkpoint_path(study, trial->number, &path));
  BF_TRY(bf_checkpoint_save(path, net, &origin));
done:
  free(path);
  bf_net_free(net);
  free(model);
  return status;
}

/* Nets that a new member pushed off the front are not kept. */
static bf_status drop_nets(bf_study *study)
{
  size_t n_dropped = 0;
  const uint64_t *dropped = bf_front_dropped(study->front, &n_dropped);
  for (size_t i = 0; i < n_dropped; i++) {
    bf_trial *trial = &study->trials[dropped[i]];
    if (trial->values == NULL)
      continue;
    char *path = NULL;
    bf_status status = checkpoint_path(study, trial->number, &path);
    if (status != BF_OK)
      return status;
    unlink(path);
    free(path);
    free(trial->values);
    trial->values = NULL;
    trial->n_values = 0;
  }
  return BF_OK;
}

static bf_status offer_to_front(bf_study *study, bf_trial *trial, bf_result *result,
                                const double *minimised)
{
  bf_status status = BF_OK;
  bool entered = false;
  BF_TRY(bf_front_insert(study->front, trial->number, minimised, &entered));
  if (!entered)
    goto done;
  trial->n_values = result->n_values;
  trial->values = result->values;
  result->values = NULL;
  result->n_values = 0;
  if (trial->n_values > 0)
    BF_TRY(save_net(study, trial));
  BF_TRY(drop_nets(study));
done:
  return status;
}

static bf_status accept_trial(bf_study *study, bf_trial *trial, bf_result *result)
{
  double values[BF_N_METRICS];
  double minimised[BF_N_METRICS];
  bf_status status = BF_OK;
  trial->metrics = result->metrics;
  trial->failed = result->failed ||
                  bf_plan_objectives(study->plan, &trial->metrics, values, minimised) != BF_OK;
  if (!trial->failed)
    BF_TRY(offer_to_front(study, trial, result, minimised));
  BF_TRY(bf_sampler_tell(study->sampler, trial->number, trial->failed ? NULL : minimised, 0));
  trial->reason = result->reason;
  trial->host = result->host;
  result->reason = NULL;
  result->host = NULL;
  trial->started_s = result->started_s;
  trial->duration_s = result->duration_s;
  trial->told = true;
  study->n_failed += trial->failed;
  study->n_done += !trial->failed;
done:
  return status;
}

static void accept_test(bf_study *study, bf_trial *trial, const bf_result *result)
{
  if (result->failed)
    bf_warn("trial %" PRIu64 " could not be scored on the test split: %s", trial->number,
            result->reason);
  trial->tested = !result->failed;
  trial->n_test_rows = result->n_test_rows;
  trial->n_test_correct = result->n_test_correct;
  trial->test_loss = result->test_loss;
  study->n_tests_told++;
}

bf_status bf_study_accept(bf_study *study, int rank, const void *bytes, size_t n)
{
  bf_result result = {0};
  bf_status status = BF_OK;
  BF_TRY(bf_result_decode(bytes, n, &result));
  BF_CHECK(result.number < study->n_asked, BF_ERR_DATA,
           "result of trial %" PRIu64 ", which was not asked", result.number);
  bf_trial *trial = &study->trials[result.number];
  if (result.kind == BF_TASK_TEST) {
    accept_test(study, trial, &result);
  } else {
    BF_CHECK(!trial->told, BF_ERR_DATA, "second result of trial %" PRIu64, result.number);
    trial->rank = rank;
    BF_TRY(accept_trial(study, trial, &result));
  }
done:
  bf_result_release(&result);
  return status;
}

static bf_status write_text(const bf_study *study, const char *name,
                            bf_status (*make)(const bf_study *, bf_text *))
{
  bf_text text = {0};
  bf_status status = BF_OK;
  char *path = bf_path_join(study->folder, name);
  BF_CHECK_MEMORY(path);
  BF_TRY(make(study, &text));
  BF_TRY(bf_file_write_text(path, &text));
done:
  free(path);
  bf_text_release(&text);
  return status;
}

static bf_status write_json(const bf_study *study, const char *name,
                            bf_json *(*make)(const bf_study *))
{
  bf_json *json = make(study);
  char *path = bf_path_join(study->folder, name);
  bf_status status =
      path != NULL ? bf_json_write(json, path) : bf_fail(BF_ERR_NOMEM, "out of memory for a path");
  free(path);
  bf_json_free(json);
  return status;
}

static bf_status print_job(const bf_study *study, bf_text *text)
{
  bf_toml_print(study->plan->job->tree, text);
  return bf_text_status(text);
}

/* Nets that end in a ReLU lose classes silently; the front must not. */
static void warn_of_dead_outputs(const bf_study *study)
{
  size_t n_dead = 0;
  for (size_t i = 0; i < bf_front_size(study->front); i++) {
    const bf_trial *trial = &study->trials[bf_front_numbers(study->front)[i]];
    n_dead += trial->metrics.value[BF_METRIC_dead_outputs] > 0;
  }
  if (n_dead > 0)
    bf_warn("%zu of %zu nets on the front have outputs that are 0 for every validation row "
            "(dead_outputs)",
            n_dead, bf_front_size(study->front));
}

bf_status bf_study_finish(bf_study *study)
{
  bf_status status = BF_OK;
  study->wall_s = bf_clock_s() - study->start_clock_s;
  BF_TRY(write_text(study, "job.toml", print_job));
  BF_TRY(write_text(study, "trials.csv", bf_results_trials_csv));
  BF_TRY(write_text(study, "front.csv", bf_results_front_csv));
  BF_TRY(write_json(study, "best.json", bf_results_best_json));
  BF_TRY(write_text(study, "log.json", bf_results_log_json));
  BF_TRY(write_json(study, "study.json", bf_results_study_json));
  warn_of_dead_outputs(study);
done:
  return status;
}
