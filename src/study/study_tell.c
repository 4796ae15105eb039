/* What a study takes in: results, and the news that a worker is lost.
 * Room: study. */
#include <inttypes.h>
#include <math.h>

#include "base/log.h"
#include "base/memory.h"
#include "search/sampler.h"
#include "study/compat.h"
#include "study/journal_form.h"
#include "study/nets.h"
#include "study/study_parts.h"

bool bf_study_is_settled(const bf_study *study, uint64_t leader)
{
  if (leader + bf_study_repeats(study) > study->n_asked)
    return false;
  for (size_t i = 0; i < bf_study_repeats(study); i++)
    if (!study->trials[leader + i].told)
      return false;
  return true;
}

bf_appraisal bf_study_appraise(const bf_study *study, uint64_t leader)
{
  bf_appraisal appraisal = {.counts = false};
  double values[BF_N_METRICS];
  bf_metrics mean;
  bf_metrics sd;
  size_t n = 0;
  for (size_t i = 0; i < bf_study_repeats(study); i++)
    if (!study->trials[leader + i].failed)
      study->repeats[n++] = &study->trials[leader + i].found->metrics;
  bf_metrics_average(n, study->repeats, &mean, &sd);
  appraisal.counts = n > 0 &&
                     bf_plan_objectives(study->plan, &mean, values, appraisal.minimised) == BF_OK &&
                     bf_plan_violation(study->plan, &mean, &appraisal.violation) == BF_OK;
  return appraisal;
}

bf_status bf_study_offer(bf_study *study, uint64_t leader, bf_appraisal *appraisal)
{
  if (!appraisal->counts || appraisal->violation > 0)
    return BF_OK;
  return bf_front_insert(study->front, leader, appraisal->minimised, &appraisal->entered);
}

bf_status bf_study_teach(bf_study *study, uint64_t leader, const bf_appraisal *appraisal)
{
  return bf_sampler_tell(study->sampler, leader / bf_study_repeats(study),
                         appraisal->counts ? appraisal->minimised : NULL, appraisal->violation);
}

bf_status bf_study_teach_in_order(bf_study *study)
{
  bf_status status = BF_OK;
  size_t repeats = bf_study_repeats(study);
  size_t n_visible = bf_study_n_visible(study);
  size_t n = n_visible < study->n_prefix ? n_visible : study->n_prefix;
  for (; status == BF_OK && (study->n_taught + 1) * repeats <= n; study->n_taught++) {
    uint64_t leader = study->n_taught * repeats;
    bf_appraisal appraisal = bf_study_appraise(study, leader);
    status = bf_study_teach(study, leader, &appraisal);
  }
  return status;
}

/* Whether the stopping rule has a configuration to judge: it sees them in the order of their
 * numbers, whoever was faster, and none after the one that makes it say stop. */
static bool may_judge(const bf_study *study)
{
  return study->plateau != NULL && !study->is_flat &&
         (study->n_judged + 1) * bf_study_repeats(study) <= study->n_prefix;
}

bf_status bf_study_judge(bf_study *study)
{
  bf_status status = BF_OK;
  while (study->n_prefix < study->n_asked && study->trials[study->n_prefix].told)
    study->n_prefix++;
  for (; status == BF_OK && may_judge(study); study->n_judged++) {
    bf_appraisal appraisal = bf_study_appraise(study, study->n_judged * bf_study_repeats(study));
    bool is_feasible = appraisal.counts && appraisal.violation <= 0;
    status =
        bf_plateau_add(study->plateau, is_feasible ? appraisal.minimised : NULL, &study->is_flat);
  }
  return status;
}

static void forget_nets(bf_study *study, uint64_t leader)
{
  for (size_t i = 0; i < bf_study_repeats(study); i++)
    bf_study_forget_net(&study->trials[leader + i]);
}

static bf_status for_repeats(bf_study *study, uint64_t leader,
                             bf_status (*act)(const bf_study *study, bf_trial *trial))
{
  bf_status status = BF_OK;
  for (size_t i = 0; status == BF_OK && i < bf_study_repeats(study); i++)
    status = act(study, &study->trials[leader + i]);
  return status;
}

static bf_status save_net(const bf_study *study, bf_trial *trial)
{
  return bf_study_save_net(study, trial);
}

/* A configuration that entered the front pushes others off, whose nets go when that is written
 * down; one that did not loses its nets, of which none is on disk. */
static bf_status drop_nets(bf_study *study, uint64_t leader, bool entered)
{
  bf_status status = BF_OK;
  size_t n_dropped = 0;
  if (!entered) {
    forget_nets(study, leader);
    return BF_OK;
  }
  const uint64_t *dropped = bf_front_dropped(study->front, &n_dropped);
  if (n_dropped > 0 && bf_study_has_nets(study))
    status = bf_study_commit(study);
  for (size_t i = 0; status == BF_OK && i < n_dropped; i++) {
    status = for_repeats(study, dropped[i], bf_study_drop_net);
    bf_study_forget_dropped(study, dropped[i]);
  }
  return status;
}

static bf_status write_tell(bf_study *study, int rank, const bf_result *result)
{
  bf_journal_print_tell(study->form, rank, result, &study->line);
  return bf_study_write_down(study);
}

/* All trials of a configuration are told, @p result being the last. What the journal says of the
 * front is on disk before, and what it no longer needs is removed after it is written. */
static bf_status settle(bf_study *study, int rank, uint64_t leader, const bf_result *result)
{
  bf_status status = BF_OK;
  bf_appraisal appraisal = bf_study_appraise(study, leader);
  BF_TRY(bf_study_offer(study, leader, &appraisal));
  if (appraisal.entered)
    BF_TRY(for_repeats(study, leader, save_net));
  BF_TRY(write_tell(study, rank, result));
  BF_TRY(drop_nets(study, leader, appraisal.entered));
  if (study->plan->job->in_flight == 0)
    BF_TRY(bf_study_teach(study, leader, &appraisal));
done:
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

static bf_status judge_result(const bf_study *study, bf_result *result)
{
  if (result->failed || check_metrics(study->plan, &result->metrics) == BF_OK)
    return BF_OK;
  char *reason = bf_copy_text(bf_trail());
  if (reason == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for the reason of a failed trial");
  free(result->reason);
  result->reason = reason;
  result->failed = true;
  return BF_OK;
}

static bf_status take_net(bf_trial *trial, bf_result *result)
{
  bf_finding *found = bf_study_find(trial);
  if (found == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for what a trial found");
  found->n_values = result->n_values;
  found->values = result->values;
  result->values = NULL;
  result->n_values = 0;
  return BF_OK;
}

static bf_status take_finding(bf_trial *trial, bf_result *result)
{
  bf_status status = take_net(trial, result);
  if (status == BF_OK)
    trial->found->metrics = result->metrics;
  return status;
}

static bf_status accept_trial(bf_study *study, int rank, bf_trial *trial, bf_result *result)
{
  bf_status status = BF_OK;
  uint64_t leader = bf_study_leader(study, trial->number);
  BF_TRY(judge_result(study, result));
  trial->failed = result->failed;
  if (!trial->failed && bf_compat_averages(study->plan->job))
    bf_compat_average(&study->running, &result->metrics);
  if (!trial->failed)
    BF_TRY(take_finding(trial, result));
  trial->told = true;
  status = bf_study_is_settled(study, leader) ? settle(study, rank, leader, result)
                                              : write_tell(study, rank, result);
  BF_TRY(status);
  study->n_failed += trial->failed;
  study->n_done += !trial->failed;
  study->longest_s = fmax(study->longest_s, result->duration_s);
  BF_TRY(bf_study_judge(study));
  bf_study_forget(study);
done:
  return status;
}

/* What a trial run again must find as before: nothing that is measured or an average. */
static bool is_repeatable(const bf_job *job, bf_metric metric)
{
  bool is_average = metric == BF_METRIC_accuracy || metric == BF_METRIC_loss;
  return bf_metric_group_of(metric) != BF_METRIC_VOLATILE &&
         !(is_average && bf_compat_averages(job));
}

/* What is no finite number is not in the journal: after a resume it is unknown. */
static bool has_same_metrics(const bf_job *job, const bf_metrics *a, const bf_metrics *b)
{
  for (int m = 0; m < BF_N_METRICS; m++) {
    bool both_unknown = !isfinite(a->value[m]) && !isfinite(b->value[m]);
    if (is_repeatable(job, (bf_metric)m) && !both_unknown && a->value[m] != b->value[m])
      return false;
  }
  return true;
}

/* A trial that was told before was run again for its net, which is tested next if it was not. */
static bf_status accept_net(bf_study *study, bf_trial *trial, bf_result *result)
{
  bf_status status = BF_OK;
  if (trial->found == NULL)
    return BF_OK;
  if (result->failed ||
      !has_same_metrics(study->plan->job, &trial->found->metrics, &result->metrics)) {
    bf_warn("trial %" PRIu64 ", run again for its net, %s: it has no checkpoint", trial->number,
            result->failed ? "failed" : "has other metrics than before");
    return BF_OK;
  }
  BF_TRY(take_net(trial, result));
  BF_TRY(bf_study_save_net(study, trial));
  if (bf_study_wants_test(study, trial))
    BF_TRY(bf_open_tasks_add(&study->tasks, BF_TASK_TEST, trial->number, BF_NO_RANK));
done:
  return status;
}

static bf_status accept_test(bf_study *study, bf_trial *trial, const bf_result *result)
{
  if (result->failed)
    bf_warn("trial %" PRIu64 " could not be scored on the test split: %s", trial->number,
            result->reason);
  trial->tested = true;
  bf_journal_print_test(result, &study->line);
  return bf_study_write_down(study);
}

static bf_status take_in(bf_study *study, int rank, bf_result *result)
{
  bf_trial *trial = &study->trials[result->number];
  if (!bf_open_tasks_finish(&study->tasks, result->kind, result->number)) {
    study->n_late++;
    return BF_OK;
  }
  if (result->kind == BF_TASK_TEST)
    return accept_test(study, trial, result);
  if (trial->told)
    return accept_net(study, trial, result);
  return accept_trial(study, rank, trial, result);
}

bf_status bf_study_accept(bf_study *study, int rank, const void *bytes, size_t n)
{
  bf_result result = {0};
  bf_status status = BF_OK;
  BF_TRY(bf_result_decode(bytes, n, &result));
  BF_CHECK(result.number < study->n_asked, BF_ERR_DATA,
           "result of trial %" PRIu64 ", which was not asked", result.number);
  BF_TRY(take_in(study, rank, &result));
done:
  bf_result_release(&result);
  return status;
}

bf_status bf_study_lose(bf_study *study, int rank, bool is_suspect)
{
  bf_open_task first;
  bf_result result = {0};
  bf_status status = BF_OK;
  if (bf_open_tasks_lose(&study->tasks, rank, &first) == 0 || !is_suspect)
    return BF_OK;
  if (++study->trials[first.number].n_deaths < BF_MAX_DEATHS)
    return BF_OK;
  BF_TRY(bf_result_poisonous(first.kind, first.number, &result));
  BF_TRY(take_in(study, rank, &result));
done:
  bf_result_release(&result);
  return status;
}
