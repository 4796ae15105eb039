/* Rank 0's side of a study: asks the sampler, hands out tasks, takes results in, keeps the front.
 * Room: study. */
#include "study/study.h"

#include <inttypes.h>
#include <math.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "search/sampler.h"
#include "study/nets.h"
#include "study/results.h"

static const char *const end_names[BF_N_ENDS] = {[BF_END_NONE] = "none",
                                                 [BF_END_TRIALS] = "n_trials",
                                                 [BF_END_SPACE] = "space",
                                                 [BF_END_TIMEOUT] = "timeout",
                                                 [BF_END_PLATEAU] = "plateau"};

const char *bf_end_name(bf_end end)
{
  return end_names[end];
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
  const bf_job *job = plan->job;
  BF_CHECK_MEMORY(study);
  study->plan = plan;
  study->info = *info;
  study->folder = bf_copy_text(folder);
  BF_CHECK_MEMORY(study->folder);
  BF_TRY(bf_sampler_create(plan->sampler, &plan->space, &plan->options, &study->sampler));
  BF_TRY(bf_front_create(plan->n_objectives, &study->front));
  /* A rule that looks at more configurations than there will be never holds. */
  if (job->plateau_trials > 0 && job->plateau_trials < plan->n_trials / job->repeats)
    BF_TRY(bf_plateau_create(plan->n_objectives, job->plateau_trials, job->plateau_gain,
                             &study->plateau));
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
  bf_plateau_free(study->plateau);
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

static size_t n_repeats(const bf_study *study)
{
  BF_ASSERT(study->plan->job->repeats > 0);
  return study->plan->job->repeats;
}

/* Trials whose results the next ask may know. With in_flight = L, the ask for trial k sees the
 * results of the trials 0 .. k - L and no others. */
static size_t n_visible(const bf_study *study)
{
  size_t in_flight = study->plan->job->in_flight;
  if (in_flight == 0)
    return study->n_prefix;
  return study->n_asked >= in_flight ? study->n_asked - in_flight + 1 : 0;
}

static bool is_flat(const bf_study *study)
{
  return study->is_flat && study->n_judged * n_repeats(study) <= n_visible(study);
}

/* Whether the count, the clock or the stopping rule forbids another ask. A configuration that was
 * begun gets all its trials. */
static bf_end find_end(const bf_study *study)
{
  double timeout_s = study->plan->job->timeout_s;
  if (study->n_asked >= study->plan->n_trials)
    return study->plan->exhausts ? BF_END_SPACE : BF_END_TRIALS;
  if (study->n_asked % n_repeats(study) != 0)
    return BF_END_NONE;
  if (timeout_s > 0 && bf_clock_s() - study->start_clock_s >= timeout_s)
    return BF_END_TIMEOUT;
  return is_flat(study) ? BF_END_PLATEAU : BF_END_NONE;
}

/* What a configuration is worth. @return Whether it has objectives; it may still miss constraints.
 */
static bool appraise(const bf_study *study, uint64_t leader, double *minimised, double *violation)
{
  double values[BF_N_METRICS];
  bf_summary summary = bf_study_summary(study, leader);
  *violation = 0;
  return summary.n_complete > 0 &&
         bf_plan_objectives(study->plan, &summary.mean, values, minimised) == BF_OK &&
         bf_plan_violation(study->plan, &summary.mean, violation) == BF_OK;
}

/* @param minimised NULL: the configuration failed. */
static bf_status teach(bf_study *study, uint64_t leader, const double *minimised, double violation)
{
  return bf_sampler_tell(study->sampler, leader / n_repeats(study), minimised, violation);
}

static bool must_wait(const bf_study *study)
{
  return study->n_prefix < n_visible(study);
}

static bf_status teach_in_order(bf_study *study)
{
  bf_status status = BF_OK;
  for (; status == BF_OK && (study->n_taught + 1) * n_repeats(study) <= n_visible(study);
       study->n_taught++) {
    double minimised[BF_N_METRICS];
    double violation = 0;
    uint64_t leader = study->n_taught * n_repeats(study);
    bool counts = appraise(study, leader, minimised, &violation);
    status = teach(study, leader, counts ? minimised : NULL, violation);
  }
  return status;
}

/* The next configuration, or the last one again. */
static bf_status sample(bf_study *study, uint32_t *indexes)
{
  uint64_t number = study->n_asked;
  size_t n_choices = study->plan->n_choices;
  bool exhausted = false;
  bf_status status = BF_OK;
  if (number % n_repeats(study) != 0) {
    memcpy(indexes, indexes_of(study, number - 1), n_choices * sizeof *indexes);
    return BF_OK;
  }
  if (study->plan->job->in_flight > 0)
    BF_TRY(teach_in_order(study));
  BF_TRY(bf_sampler_ask(study->sampler, number / n_repeats(study), indexes, &exhausted));
  /* The number of trials is within the space. */
  BF_ASSERT(!exhausted);
done:
  return status;
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
  BF_TRY(sample(study, task.indexes));
  study->trials[number] =
      (bf_trial){.number = number, .seed = task.seed, .metrics = bf_metrics_none()};
  study->n_asked++;
  BF_TRY(bf_task_encode(&task, bytes));
done:
  return status;
}

/* Trial @p place of all trials of front configurations. */
static bf_trial *front_trial(const bf_study *study, size_t place)
{
  uint64_t leader = bf_front_numbers(study->front)[place / n_repeats(study)];
  return &study->trials[leader + place % n_repeats(study)];
}

/* The next net of the front that was not yet handed out; failed trials left none, the null runner
 * leaves none at all. NULL: all were. */
static const bf_trial *next_untested(bf_study *study)
{
  size_t n_places = bf_front_size(study->front) * n_repeats(study);
  while (study->test_cursor < n_places) {
    const bf_trial *trial = front_trial(study, study->test_cursor++);
    if (trial->n_values > 0)
      return trial;
  }
  return NULL;
}

static bf_status ask_test(bf_study *study, const bf_trial *trial, bf_bytes *bytes)
{
  bf_task task = {.kind = BF_TASK_TEST,
                  .number = trial->number,
                  .seed = trial->seed,
                  .n_indexes = study->plan->n_choices,
                  .indexes = indexes_of(study, trial->number),
                  .n_values = trial->n_values,
                  .values = trial->values};
  study->n_tests_asked++;
  return bf_task_encode(&task, bytes);
}

static bf_status next_test(bf_study *study, bf_bytes *task, bf_next *next)
{
  const bf_trial *trial = next_untested(study);
  *next = BF_NEXT_TASK;
  if (trial != NULL)
    return ask_test(study, trial, task);
  *next = study->n_tests_told < study->n_tests_asked ? BF_NEXT_WAIT : BF_NEXT_DONE;
  return BF_OK;
}

bf_status bf_study_next(bf_study *study, bf_bytes *task, bf_next *next)
{
  /* What ended the asking stays the reason, whatever the clock says by the last result. */
  if (study->end == BF_END_NONE)
    study->end = find_end(study);
  *next = BF_NEXT_WAIT;
  if (study->end == BF_END_NONE) {
    if (must_wait(study))
      return BF_OK;
    *next = BF_NEXT_TASK;
    return ask(study, task);
  }
  return study->n_prefix < study->n_asked ? BF_OK : next_test(study, task, next);
}

static bf_status for_repeats(bf_study *study, uint64_t leader,
                             bf_status (*act)(const bf_study *study, bf_trial *trial))
{
  bf_status status = BF_OK;
  for (size_t i = 0; status == BF_OK && i < n_repeats(study); i++)
    status = act(study, &study->trials[leader + i]);
  return status;
}

static bf_status save_net(const bf_study *study, bf_trial *trial)
{
  return bf_study_save_net(study, trial);
}

/* A configuration that entered the front keeps its nets; others lose them. */
static bf_status offer_to_front(bf_study *study, uint64_t leader, const double *minimised)
{
  bf_status status = BF_OK;
  bool entered = false;
  size_t n_dropped = 0;
  BF_TRY(bf_front_insert(study->front, leader, minimised, &entered));
  if (!entered)
    return for_repeats(study, leader, bf_study_drop_net);
  BF_TRY(for_repeats(study, leader, save_net));
  const uint64_t *dropped = bf_front_dropped(study->front, &n_dropped);
  for (size_t i = 0; i < n_dropped; i++)
    BF_TRY(for_repeats(study, dropped[i], bf_study_drop_net));
done:
  return status;
}

static bool is_settled(const bf_study *study, uint64_t leader)
{
  if (leader + n_repeats(study) > study->n_asked)
    return false;
  for (size_t i = 0; i < n_repeats(study); i++)
    if (!study->trials[leader + i].told)
      return false;
  return true;
}

/* All trials of a configuration are told. */
static bf_status settle(bf_study *study, uint64_t leader)
{
  double minimised[BF_N_METRICS];
  double violation = 0;
  bf_status status = BF_OK;
  bool counts = appraise(study, leader, minimised, &violation);
  if (counts && violation == 0)
    BF_TRY(offer_to_front(study, leader, minimised));
  else
    BF_TRY(for_repeats(study, leader, bf_study_drop_net));
  if (study->plan->job->in_flight == 0)
    BF_TRY(teach(study, leader, counts ? minimised : NULL, violation));
done:
  return status;
}

/* Whether the stopping rule has a configuration to judge: it sees them in the order of their
 * numbers, whoever was faster, and none after the one that makes it say stop. */
static bool may_judge(const bf_study *study)
{
  return study->plateau != NULL && !study->is_flat &&
         (study->n_judged + 1) * n_repeats(study) <= study->n_prefix;
}

static bf_status judge(bf_study *study)
{
  bf_status status = BF_OK;
  while (study->n_prefix < study->n_asked && study->trials[study->n_prefix].told)
    study->n_prefix++;
  for (; status == BF_OK && may_judge(study); study->n_judged++) {
    double minimised[BF_N_METRICS];
    double violation = 0;
    bool counts = appraise(study, study->n_judged * n_repeats(study), minimised, &violation);
    status = bf_plateau_add(study->plateau, counts && violation == 0 ? minimised : NULL,
                            &study->is_flat);
  }
  return status;
}

/* A metric that is no number is found here by whoever needs it, and fails the trial. */
static bf_status check_metrics(const bf_plan *plan, const bf_metrics *metrics)
{
  double values[BF_N_METRICS];
  double violation;
  bf_status status = bf_plan_objectives(plan, metrics, values, NULL);
  return status == BF_OK ? bf_plan_violation(plan, metrics, &violation) : status;
}

/* Takes over what the result owns. */
static void record(const bf_study *study, bf_trial *trial, bf_result *result)
{
  trial->metrics = result->metrics;
  trial->failed = result->failed;
  if (!trial->failed && check_metrics(study->plan, &result->metrics) != BF_OK) {
    trial->failed = true;
    free(result->reason);
    result->reason = bf_copy_text(bf_trail());
  }
  trial->reason = result->reason;
  trial->host = result->host;
  result->reason = NULL;
  result->host = NULL;
  trial->started_s = result->started_s;
  trial->duration_s = result->duration_s;
  if (trial->failed)
    return;
  trial->n_values = result->n_values;
  trial->values = result->values;
  result->values = NULL;
  result->n_values = 0;
}

static bf_status accept_trial(bf_study *study, bf_trial *trial, bf_result *result)
{
  bf_status status = BF_OK;
  uint64_t leader = bf_study_leader(study, trial->number);
  record(study, trial, result);
  trial->told = true;
  if (is_settled(study, leader))
    BF_TRY(settle(study, leader));
  study->n_failed += trial->failed;
  study->n_done += !trial->failed;
  BF_TRY(judge(study));
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
    bf_summary summary = bf_study_summary(study, bf_front_numbers(study->front)[i]);
    n_dead += summary.mean.value[BF_METRIC_dead_outputs] > 0;
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
