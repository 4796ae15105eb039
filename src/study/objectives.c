/* What a search optimises, and whether its runners can produce it.
 * Room: study. */
#include <math.h>

#include "study/plan.h"
#include "study/plan_parts.h"

static bf_status read_direction(const bf_job *job, const bf_toml *node, const char *what,
                                const char *text, bool *maximize)
{
  if (text != NULL && strcmp(text, "maximize") == 0)
    *maximize = true;
  else if (text != NULL && strcmp(text, "minimize") == 0)
    *maximize = false;
  else if (text != NULL)
    return bf_job_fail(job, node, "%s: direction is '%s', expected \"maximize\" or \"minimize\"",
                       what, text);
  else
    return bf_job_fail(job, node, "%s: direction is missing, expected \"maximize\" or \"minimize\"",
                       what);
  return BF_OK;
}

static bf_status check_term_keys(const bf_job *job, const bf_toml *node)
{
  bf_status status = BF_OK;
  for (size_t i = 0; status == BF_OK && i < node->n_items; i++)
    if (strcmp(node->items[i]->key, "scale") != 0 && strcmp(node->items[i]->key, "direction") != 0)
      status = bf_job_unknown(job, node->items[i],
                              "unknown key '%s' of metric '%s'; there are scale and direction",
                              node->items[i]->key, node->key);
  return status;
}

/* Null counts as not given. */
static const bf_toml *find_given(const bf_toml *table, const char *key)
{
  const bf_toml *value = bf_toml_get(table, key);
  return value != NULL && value->kind != BF_TOML_NULL ? value : NULL;
}

static bf_status read_term(const bf_job *job, const bf_toml *node, bf_objective *term)
{
  if (bf_metric_find(node->key, &term->metric) != BF_OK)
    return bf_job_fail(job, node, "%s", bf_trail());
  if (node->kind != BF_TOML_TABLE)
    return bf_job_fail(job, node, "metric '%s' is no table with scale and direction", node->key);
  bf_status status = check_term_keys(job, node);
  if (status != BF_OK)
    return status;
  const bf_toml *scale = find_given(node, "scale");
  const bf_toml *direction = find_given(node, "direction");
  /* Beside other objectives a factor changes nothing but the numbers shown; in a sum it is the
   * weight, which nobody can guess. */
  bool has_default = scale == NULL && !job->sum_scaled_metrics;
  bool is_number =
      scale != NULL && (scale->kind == BF_TOML_FLOAT || scale->kind == BF_TOML_INTEGER);
  if (!has_default && !(is_number && isfinite(scale->number)))
    return bf_job_fail(job, node, "metric '%s' has no scale, a number", node->key);
  term->scale = has_default ? 1 : scale->number;
  if (job->sum_scaled_metrics)
    return BF_OK;
  return read_direction(job, direction != NULL ? direction : node, node->key,
                        direction != NULL ? direction->string : NULL, &term->maximize);
}

/* The order of names is the Python tool's order of objectives. */
static void sort_terms(bf_plan *plan)
{
  for (size_t i = 1; i < plan->n_terms; i++)
    for (size_t j = i; j > 0 && strcmp(bf_metric_name(plan->terms[j - 1].metric),
                                       bf_metric_name(plan->terms[j].metric)) > 0;
         j--) {
      bf_objective term = plan->terms[j];
      plan->terms[j] = plan->terms[j - 1];
      plan->terms[j - 1] = term;
    }
}

bf_status bf_plan_find_objectives(bf_plan *plan)
{
  const bf_job *job = plan->job;
  const bf_toml *metrics = job->metrics;
  size_t n = metrics != NULL && metrics->kind == BF_TOML_TABLE ? metrics->n_items : 0;
  for (size_t i = 0; i < n; i++) {
    if (metrics->items[i]->kind == BF_TOML_NULL)
      continue;
    /* Keys of a table differ, and unknown ones end here, so at most BF_N_METRICS pass. */
    bf_status status = read_term(job, metrics->items[i], &plan->terms[plan->n_terms]);
    if (status != BF_OK)
      return status;
    plan->n_terms++;
  }
  if (plan->n_terms == 0)
    return bf_fail(BF_ERR_USAGE,
                   "%s: no objective: give search.strategy.metrics.accuracy, for instance",
                   job->source);
  sort_terms(plan);
  plan->n_objectives = job->sum_scaled_metrics ? 1 : plan->n_terms;
  if (!job->sum_scaled_metrics)
    return BF_OK;
  const bf_toml *setup = bf_toml_at(job->tree, "search.strategy.setup");
  const bf_toml *direction = bf_toml_get(setup, "direction");
  return read_direction(job, direction != NULL ? direction : setup, "sum_scaled_metrics",
                        job->direction, &plan->sum_maximize);
}

static bf_status check_loader(const bf_job *job, const char *loader)
{
  if (strcmp(loader, "val_dataloader") == 0 || strcmp(loader, "train_dataloader") == 0)
    return BF_OK;
  return bf_fail(
      BF_ERR_USAGE,
      "%s: data_loader is '%s', expected \"val_dataloader\" or \"train_dataloader\" (test rows "
      "are for the final report)",
      job->source, loader);
}

static bf_status check_evaluation(const bf_plan *plan)
{
  const bf_job *job = plan->job;
  bool trains = false;
  for (size_t i = 0; i < job->n_runners; i++)
    trains |= job->runners[i] == BF_RUNNER_TRAIN;
  if (!job->eval_mode && !job->compat)
    return bf_fail(
        BF_ERR_USAGE,
        "%s: eval_mode = false does not fit basic_evaluation: batch statistics would be scored "
        "(compat = true does that)",
        job->source);
  if (!job->eval_mode && job->batch_size < 2)
    return bf_fail(BF_ERR_USAGE, "%s: batch_size is 1, but one row has no batch statistics",
                   job->source);
  if (plan->widens && !trains)
    return bf_fail(
        BF_ERR_USAGE,
        "%s: basic_evaluation cannot score resized nets, which are untrained; use basic_train",
        job->source);
  if (job->load == NULL && !trains)
    return bf_fail(
        BF_ERR_USAGE,
        "basic_evaluation needs a trained net: give --load, or run bitfront train first");
  return check_loader(job, job->evaluation_loader);
}

static bf_status check_training(const bf_plan *plan)
{
  const bf_job *job = plan->job;
  if (job->load != NULL && plan->widens)
    return bf_fail(BF_ERR_USAGE,
                   "%s: --load does not fit channel multipliers: resized nets start untrained",
                   job->source);
  bf_status status =
      bf_job_check_training(job, &job->brief, "search.strategy.sw_runner.basic_train.optimizer",
                            "search.strategy.sw_runner.basic_train.lr_scheduler");
  if (status != BF_OK)
    return bf_because(BF_ERR_USAGE, "%s: basic_train", job->source);
  return check_loader(job, job->brief_loader);
}

static bf_status check_numbers(const bf_job *job, const bf_toml *list)
{
  if (list == NULL || list->kind == BF_TOML_ARRAY)
    return BF_OK;
  return bf_job_fail(job, list, "'%s' is no array of trial numbers", list->key);
}

static bf_status check_null(const bf_plan *plan)
{
  bf_status status = BF_OK;
  BF_TRY(check_numbers(plan->job, plan->job->null_slow_trials));
  BF_TRY(check_numbers(plan->job, plan->job->null_fail_trials));
  BF_TRY(check_numbers(plan->job, plan->job->null_kill_trials));
done:
  return status;
}

static bf_status (*const runner_checks[BF_N_RUNNERS])(const bf_plan *plan) = {
    [BF_RUNNER_EVALUATION] = check_evaluation,
    [BF_RUNNER_TRAIN] = check_training,
    [BF_RUNNER_NULL] = check_null,
};

bf_status bf_plan_check_runners(const bf_plan *plan)
{
  const bf_job *job = plan->job;
  if (job->n_runners == 0)
    return bf_fail(
        BF_ERR_USAGE,
        "%s: no runner: give [search.strategy.sw_runner.basic_evaluation] or basic_train",
        job->source);
  bf_status status = BF_OK;
  for (size_t i = 0; status == BF_OK && i < job->n_runners; i++)
    status = runner_checks[job->runners[i]](plan);
  return status;
}

const char *bf_goal_name(const bf_goal *goal, size_t j)
{
  return goal->is_summed ? "sum_scaled_metrics" : bf_metric_name(goal->terms[j].metric);
}

bool bf_goal_is_maximised(const bf_goal *goal, size_t j)
{
  return goal->is_summed ? goal->sum_maximize : goal->terms[j].maximize;
}

bf_status bf_goal_objectives(const bf_goal *goal, const bf_metrics *metrics, double *values,
                             double *minimised)
{
  double scaled[BF_N_METRICS] = {0};
  double sum = 0;
  for (size_t i = 0; i < goal->n_terms; i++) {
    scaled[i] = goal->terms[i].scale * metrics->value[goal->terms[i].metric];
    if (!isfinite(scaled[i]))
      return bf_fail(BF_ERR_TRIAL, "objective '%s' is %g", bf_metric_name(goal->terms[i].metric),
                     scaled[i]);
    sum += scaled[i];
  }
  if (goal->is_summed && !isfinite(sum))
    return bf_fail(BF_ERR_TRIAL, "objective 'sum_scaled_metrics' is %g", sum);
  for (size_t i = 0; i < (goal->is_summed ? 1 : goal->n_terms); i++) {
    values[i] = goal->is_summed ? sum : scaled[i];
    if (minimised != NULL)
      minimised[i] = bf_goal_is_maximised(goal, i) ? -values[i] : values[i];
  }
  return BF_OK;
}

bf_goal bf_plan_goal(const bf_plan *plan)
{
  return (bf_goal){.n_terms = plan->n_terms,
                   .terms = plan->terms,
                   .is_summed = plan->job->sum_scaled_metrics,
                   .sum_maximize = plan->sum_maximize};
}

bf_status bf_plan_objectives(const bf_plan *plan, const bf_metrics *metrics, double *values,
                             double *minimised)
{
  const bf_goal goal = bf_plan_goal(plan);
  return bf_goal_objectives(&goal, metrics, values, minimised);
}
