/* refit.json.
 * Room: study. */
#include <math.h>

#include "study/refit_outcome.h"
#include "study/values.h"

static bf_json *data_json(const bf_manifest *manifest)
{
  bf_json *data = bf_json_object();
  bf_json_set(data, "dir", bf_json_string(manifest->folder));
  bf_json_set(data, "hash", bf_hash_json(manifest->hash));
  bf_json_set(data, "kind", bf_json_string(manifest->kind));
  return data;
}

/* Choices that make no difference are null. */
static bf_json *configuration_json(const bf_plan *plan, const uint32_t *indexes)
{
  bf_json *json = bf_json_object();
  for (size_t i = 0; i < plan->n_choices; i++)
    bf_json_set(json, plan->choices[i].path,
                bf_plan_matters(plan, indexes, i)
                    ? bf_value_json(bf_plan_value(plan, i, indexes[i]))
                    : bf_json_null());
  return json;
}

static bf_json *metrics_json(const bf_metrics *metrics, bf_metric_group group)
{
  bf_json *json = bf_json_object();
  for (int m = 0; m < BF_N_METRICS; m++)
    if (bf_metric_group_of((bf_metric)m) == group && !isnan(metrics->value[m]))
      bf_json_set(json, bf_metric_name((bf_metric)m), bf_json_number(metrics->value[m]));
  return json;
}

static bf_json *spread_json(const bf_spread *spread)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "mean", bf_json_number(spread->mean));
  bf_json_set(json, "sd", bf_json_number(spread->sd));
  bf_json_set(json, "lo", bf_json_number(spread->lo));
  bf_json_set(json, "hi", bf_json_number(spread->hi));
  return json;
}

static bf_json *val_json(const bf_refit_summary *summary)
{
  bf_json *json = bf_json_object();
  for (int m = 0; m < BF_N_METRICS; m++)
    if (bf_metric_group_of((bf_metric)m) == BF_METRIC_SOFTWARE)
      bf_json_set(json, bf_metric_name((bf_metric)m), spread_json(&summary->metrics[m]));
  return json;
}

static bf_json *test_json(const bf_refit_summary *summary)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "accuracy", spread_json(&summary->test_accuracy));
  bf_json_set(json, "loss", spread_json(&summary->test_loss));
  return json;
}

static bf_json *checkpoint_json(const bf_refit_net *net, const bf_refit_summary *summary)
{
  bf_text name = {0};
  if (summary->value.n == 0)
    return bf_json_null();
  bf_refit_checkpoint_print(net->number, summary->best, &name);
  bf_json *json = bf_json_string(bf_text_view(&name));
  bf_text_release(&name);
  return json;
}

static bf_json *net_json(const bf_plan *plan, const bf_refit_criterion *criterion,
                         const bf_refit_net *net, const bf_refit_summary *summary)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "trial", bf_json_integer((int64_t)net->number));
  bf_json_set(json, "configuration", configuration_json(plan, net->indexes));
  bf_json_set(json, "brief_value", bf_json_number(bf_refit_value(plan, criterion, &net->brief)));
  bf_json_set(json, "value", spread_json(&summary->value));
  bf_json_set(json, "brief", metrics_json(&net->brief, BF_METRIC_SOFTWARE));
  bf_json_set(json, "val", val_json(summary));
  bf_json_set(json, "test", test_json(summary));
  bf_json_set(json, "hardware", metrics_json(&net->brief, BF_METRIC_HARDWARE));
  bf_json_set(json, "done", bf_json_integer((int64_t)summary->value.n));
  bf_json_set(json, "failed", bf_json_integer((int64_t)summary->n_failed));
  bf_json_set(json, "checkpoint", checkpoint_json(net, summary));
  return json;
}

static bf_json *criterion_json(const bf_refit_criterion *criterion)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "name", bf_json_string(criterion->name));
  bf_json_set(json, "direction",
              bf_json_string(criterion->larger_is_better ? "maximize" : "minimize"));
  return json;
}

/* The nets in their order; the best is the first, if anything was trained at all. */
static void set_outcome(const bf_refit *refit, const bf_refit_outcome *outcome, bf_json *json)
{
  bf_json *nets = bf_json_array();
  for (size_t i = 0; i < refit->n_nets; i++) {
    size_t net = outcome->order[i];
    bf_json_push(
        nets, net_json(refit->plan, &outcome->criterion, &refit->nets[net], &outcome->nets[net]));
  }
  bf_json_set(json, "criterion", criterion_json(&outcome->criterion));
  bf_json_set(json, "spearman", bf_json_number(outcome->spearman));
  bf_json_set(json, "best",
              outcome->n_ranked > 0
                  ? bf_json_integer((int64_t)refit->nets[outcome->order[0]].number)
                  : bf_json_null());
  bf_json_set(json, "nets", nets);
}

bf_json *bf_refit_json(const bf_refit *refit)
{
  bf_refit_outcome outcome;
  const bf_job *job = refit->plan->job;
  if (bf_refit_outcome_init(refit, &outcome) != BF_OK)
    return NULL;
  bf_json *json = bf_json_object();
  bf_json_set(json, "format", bf_json_integer(1));
  bf_json_set(json, "version", bf_json_string(BITFRONT_VERSION));
  bf_json_set(json, "study", bf_json_string(refit->study));
  if (refit->is_compat)
    bf_json_set(json, "study_compat", bf_json_boolean(true));
  bf_json_set(json, "by", bf_json_string(refit->rule));
  bf_json_set(json, "epochs", bf_json_integer((int64_t)job->brief.n_epochs));
  bf_json_set(json, "seeds", bf_json_integer((int64_t)refit->n_seeds));
  bf_json_set(json, "seed", bf_json_integer((int64_t)job->seed));
  bf_json_set(json, "data", data_json(refit->plan->manifest));
  bf_json_set(json, "isa", bf_json_string(refit->info.isa));
  bf_json_set(json, "backend", bf_json_string(refit->info.backend));
  bf_json_set(json, "ranks", bf_json_integer(refit->info.n_ranks));
  bf_json_set(json, "done", bf_json_integer((int64_t)refit->n_done));
  bf_json_set(json, "failed", bf_json_integer((int64_t)refit->n_failed));
  bf_json_set(json, "start_s", bf_json_number(refit->start_s));
  bf_json_set(json, "wall_s", bf_json_number(refit->wall_s));
  set_outcome(refit, &outcome, json);
  bf_json_set(json, "exit", bf_json_integer(bf_refit_exit_code(refit)));
  bf_refit_outcome_release(&outcome);
  return json;
}
