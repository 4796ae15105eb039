/* Bounds on metrics: what a configuration must keep to be on the front.
 * Room: study. */
#include <float.h>
#include <math.h>

#include "base/text.h"
#include "study/plan_parts.h"

bool bf_constraint_parse(const char *text, bf_constraint *out)
{
  char *end = NULL;
  while (*text == ' ')
    text++;
  if ((text[0] != '<' && text[0] != '>') || text[1] != '=')
    return false;
  out->is_upper = text[0] == '<';
  out->bound = strtod(text + 2, &end);
  if (end == text + 2)
    return false;
  while (*end == ' ')
    end++;
  return *end == '\0' && isfinite(out->bound);
}

static bf_status read_constraint(const bf_job *job, const bf_toml *node, bf_constraint *out)
{
  if (bf_metric_find(node->key, &out->metric) != BF_OK)
    return bf_job_fail(job, node, "%s", bf_trail());
  if (node->kind != BF_TOML_STRING || !bf_constraint_parse(node->string, out))
    return bf_job_fail(job, node,
                       "constraint on '%s' is '%s', expected a text such as \"<= 1200\" or "
                       "\">= 0.7\"",
                       node->key, node->kind == BF_TOML_STRING ? node->string : "");
  return BF_OK;
}

bf_status bf_plan_find_constraints(bf_plan *plan)
{
  const bf_job *job = plan->job;
  const bf_toml *table = job->constraints;
  if (table == NULL || table->kind == BF_TOML_NULL)
    return BF_OK;
  if (table->kind != BF_TOML_TABLE)
    return bf_job_fail(job, table,
                       "'search.strategy.constraints' is no table such as "
                       "{weight_bits = \"<= 1200\"}");
  for (size_t i = 0; i < table->n_items; i++) {
    if (table->items[i]->kind == BF_TOML_NULL)
      continue;
    /* Keys of a table differ, and unknown ones end here, so at most BF_N_METRICS pass. */
    bf_status status =
        read_constraint(job, table->items[i], &plan->constraints[plan->n_constraints]);
    if (status != BF_OK)
      return status;
    plan->n_constraints++;
  }
  return BF_OK;
}

bf_status bf_constraints_violation(size_t n, const bf_constraint *constraints,
                                   const bf_metrics *metrics, double *violation)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    const bf_constraint *constraint = &constraints[i];
    double value = metrics->value[constraint->metric];
    double bound = constraint->bound;
    if (!isfinite(value))
      return bf_fail(BF_ERR_TRIAL, "metric '%s', on which there is a constraint, is %g",
                     bf_metric_name(constraint->metric), value);
    double missed = constraint->is_upper ? value - bound : bound - value;
    sum += fmax(missed, 0) / (bound != 0 ? fabs(bound) : 1);
  }
  /* A bound near 0 makes any miss huge; it stays a number that can be compared. */
  *violation = fmin(sum, DBL_MAX);
  return BF_OK;
}

bf_status bf_plan_violation(const bf_plan *plan, const bf_metrics *metrics, double *violation)
{
  return bf_constraints_violation(plan->n_constraints, plan->constraints, metrics, violation);
}
