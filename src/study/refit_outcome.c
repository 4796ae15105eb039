/* What the runs of a refit say together.
 * Room: study. */
#include "study/refit_outcome.h"

#include <math.h>

#include "base/memory.h"
#include "study/spearman.h"

static bf_refit_criterion find_criterion(const bf_plan *plan)
{
  if (plan->job->sum_scaled_metrics)
    return (bf_refit_criterion){
        .name = "sum_scaled_metrics", .is_sum = true, .larger_is_better = plan->sum_maximize};
  for (size_t i = 0; i < plan->n_terms; i++) {
    const bf_objective *term = &plan->terms[i];
    if (bf_metric_group_of(term->metric) == BF_METRIC_SOFTWARE)
      return (bf_refit_criterion){.name = bf_metric_name(term->metric),
                                  .metric = term->metric,
                                  .larger_is_better = term->maximize == (term->scale >= 0)};
  }
  return (bf_refit_criterion){.name = bf_metric_name(BF_METRIC_accuracy_micro),
                              .metric = BF_METRIC_accuracy_micro,
                              .larger_is_better = true};
}

double bf_refit_value(const bf_plan *plan, const bf_refit_criterion *criterion,
                      const bf_metrics *metrics)
{
  double values[BF_N_METRICS];
  if (!criterion->is_sum)
    return metrics->value[criterion->metric];
  return bf_plan_objectives(plan, metrics, values, NULL) == BF_OK ? values[0] : (double)NAN;
}

/* One value a complete run, in scratch memory of n_seeds values. */
typedef struct gather {
  const bf_refit *refit;
  const bf_refit_criterion *criterion;
  double *values;
} gather;

static double value_of(const gather *g, const bf_refit_run *run)
{
  return bf_refit_value(g->refit->plan, g->criterion, &run->metrics);
}

static bool is_complete(const bf_refit_run *run)
{
  return run->told && !run->failed;
}

/* A share of a single run is as sure as its rows make it. */
static void say_wilson(bf_spread *spread, size_t n_rows)
{
  if (spread->n == 1)
    bf_wilson((size_t)llround(spread->mean * (double)n_rows), n_rows, &spread->lo, &spread->hi);
}

static void gather_value(const gather *g, size_t net, bf_refit_summary *summary)
{
  size_t n = 0;
  for (size_t k = 0; k < g->refit->n_seeds; k++) {
    const bf_refit_run *run = bf_refit_run_of(g->refit, net, k);
    summary->n_failed += run->told && run->failed;
    if (!is_complete(run))
      continue;
    double value = value_of(g, run);
    double best = n > 0 ? value_of(g, bf_refit_run_of(g->refit, net, summary->best)) : value;
    if (n == 0 || (g->criterion->larger_is_better ? value > best : value < best))
      summary->best = k;
    g->values[n++] = value;
  }
  summary->value = bf_spread_of(g->values, n);
}

static void gather_metric(const gather *g, size_t net, bf_metric metric, bf_spread *spread)
{
  size_t n = 0;
  for (size_t k = 0; k < g->refit->n_seeds; k++)
    if (is_complete(bf_refit_run_of(g->refit, net, k)))
      g->values[n++] = bf_refit_run_of(g->refit, net, k)->metrics.value[metric];
  *spread = bf_spread_of(g->values, n);
}

static double test_accuracy_of(const bf_refit_run *run)
{
  return (double)run->n_test_correct / (double)run->n_test_rows;
}

static double test_loss_of(const bf_refit_run *run)
{
  return run->test_loss;
}

static void gather_test(const gather *g, size_t net, double (*value)(const bf_refit_run *),
                        bf_spread *spread)
{
  size_t n = 0;
  for (size_t k = 0; k < g->refit->n_seeds; k++)
    if (bf_refit_run_of(g->refit, net, k)->tested)
      g->values[n++] = value(bf_refit_run_of(g->refit, net, k));
  *spread = bf_spread_of(g->values, n);
}

static void summarise(const gather *g, size_t net, bf_refit_summary *summary)
{
  const size_t *n_rows = g->refit->plan->manifest->n_rows;
  gather_value(g, net, summary);
  for (int m = 0; m < BF_N_METRICS; m++)
    gather_metric(g, net, (bf_metric)m, &summary->metrics[m]);
  gather_test(g, net, test_accuracy_of, &summary->test_accuracy);
  gather_test(g, net, test_loss_of, &summary->test_loss);
  say_wilson(&summary->metrics[BF_METRIC_accuracy_micro], n_rows[BF_VAL]);
  say_wilson(&summary->test_accuracy, n_rows[BF_TEST]);
  if (!g->criterion->is_sum && g->criterion->metric == BF_METRIC_accuracy_micro)
    summary->value = summary->metrics[BF_METRIC_accuracy_micro];
}

static bool comes_before(const bf_refit_outcome *outcome, size_t a, size_t b)
{
  const bf_spread *of_a = &outcome->nets[a].value;
  const bf_spread *of_b = &outcome->nets[b].value;
  if (of_a->n == 0 || of_b->n == 0)
    return of_a->n > 0 && of_b->n == 0;
  return outcome->criterion.larger_is_better ? of_a->mean > of_b->mean : of_a->mean < of_b->mean;
}

/* By insertion: equals keep their order, and chosen nets are few. */
static void put_in_order(bf_refit_outcome *outcome, size_t n_nets)
{
  for (size_t i = 0; i < n_nets; i++) {
    size_t at = i;
    for (; at > 0 && comes_before(outcome, i, outcome->order[at - 1]); at--)
      outcome->order[at] = outcome->order[at - 1];
    outcome->order[at] = i;
    outcome->n_ranked += outcome->nets[i].value.n > 0;
  }
}

static bf_status compare_orders(const bf_refit *refit, bf_refit_outcome *outcome)
{
  size_t n = outcome->n_ranked;
  bf_status status = BF_OK;
  double *values = bf_alloc(2 * n, sizeof *values);
  BF_CHECK_MEMORY(values);
  for (size_t i = 0; i < n; i++) {
    size_t net = outcome->order[i];
    values[i] = bf_refit_value(refit->plan, &outcome->criterion, &refit->nets[net].brief);
    values[n + i] = outcome->nets[net].value.mean;
  }
  BF_TRY(bf_spearman(n, values, values + n, &outcome->spearman));
done:
  free(values);
  return status;
}

bf_status bf_refit_outcome_init(const bf_refit *refit, bf_refit_outcome *out)
{
  bf_refit_outcome outcome = {.criterion = find_criterion(refit->plan)};
  gather g = {.refit = refit, .criterion = &outcome.criterion};
  bf_status status = BF_OK;
  g.values = bf_alloc(refit->n_seeds, sizeof *g.values);
  BF_CHECK_MEMORY(g.values);
  outcome.nets = bf_alloc(refit->n_nets, sizeof *outcome.nets);
  BF_CHECK_MEMORY(outcome.nets);
  outcome.order = bf_alloc(refit->n_nets, sizeof *outcome.order);
  BF_CHECK_MEMORY(outcome.order);
  for (size_t i = 0; i < refit->n_nets; i++)
    summarise(&g, i, &outcome.nets[i]);
  put_in_order(&outcome, refit->n_nets);
  BF_TRY(compare_orders(refit, &outcome));
  *out = outcome;
  outcome = (bf_refit_outcome){0};
done:
  free(g.values);
  bf_refit_outcome_release(&outcome);
  return status;
}

void bf_refit_outcome_release(bf_refit_outcome *outcome)
{
  free(outcome->nets);
  free(outcome->order);
  *outcome = (bf_refit_outcome){0};
}
