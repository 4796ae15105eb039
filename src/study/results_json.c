/* best.json.
 * Room: study. They keep the Python tool's names and order. */
#include <math.h>

#include "base/memory.h"
#include "study/results.h"
#include "study/sampled.h"

/* The Python tool writes floats to ten decimals. */
static bf_json *rounded(double value)
{
  return bf_json_number(fabs(value) < 1e5 ? round(value * 1e10) / 1e10 : value);
}

static bf_json *metrics_json(const bf_metrics *metrics, bool software)
{
  bf_json *json = bf_json_object();
  for (int m = 0; m < BF_N_METRICS; m++) {
    bool is_software = bf_metric_group_of((bf_metric)m) == BF_METRIC_SOFTWARE;
    if (is_software == software && !isnan(metrics->value[m]))
      bf_json_set(json, bf_metric_name((bf_metric)m), rounded(metrics->value[m]));
  }
  return json;
}

static bf_json *scaled_json(const bf_plan *plan, const bf_metrics *metrics)
{
  bf_json *json = bf_json_object();
  for (size_t i = 0; i < plan->n_terms; i++) {
    const bf_objective *term = &plan->terms[i];
    bf_json_set(json, bf_metric_name(term->metric),
                rounded(term->scale * metrics->value[term->metric]));
  }
  return json;
}

/* The index of a choice as samplers have it: 0 where it makes no difference. */
static uint32_t index_of(const bf_record *record, size_t i, size_t choice)
{
  uint32_t index = bf_record_indexes(record, i)[choice];
  return index != BF_NO_VALUE ? index : 0;
}

/* Every node with choices, and null for each other node that could be quantised. */
static bf_json *config_json(const bf_plan *plan, const bf_record *record, size_t i)
{
  uint32_t *indexes = bf_alloc(plan->n_choices, sizeof *indexes);
  if (indexes == NULL)
    return NULL;
  bf_json *json = bf_json_object();
  for (size_t l = 0; l < plan->model.n_layers; l++)
    if (plan->model.layers[l].kind == BF_LAYER_LINEAR ||
        plan->model.layers[l].kind == BF_LAYER_RELU)
      bf_json_set(json, plan->model.layers[l].node, bf_json_null());
  for (size_t k = 0; k < plan->n_choices; k++)
    indexes[k] = index_of(record, i, k);
  bf_sampled_set(plan, indexes, json);
  free(indexes);
  return json;
}

static bf_json *params_json(const bf_plan *plan, const bf_record *record, size_t i)
{
  bf_json *json = bf_json_object();
  for (size_t k = 0; k < plan->n_choices; k++)
    bf_json_set(json, plan->choices[k].path, bf_json_integer(index_of(record, i, k)));
  return json;
}

/* Objective j of these metrics; null for those of a failed trial. */
static bf_json *objective_json(const bf_plan *plan, const bf_metrics *metrics, size_t j)
{
  double values[BF_N_METRICS];
  if (bf_plan_objectives(plan, metrics, values, NULL) != BF_OK)
    return bf_json_null();
  return rounded(values[j]);
}

static bf_json *value_json(const bf_plan *plan, const bf_metrics *metrics)
{
  if (plan->n_objectives == 1)
    return objective_json(plan, metrics, 0);
  bf_json *values = bf_json_array();
  for (size_t j = 0; j < plan->n_objectives; j++)
    bf_json_push(values, objective_json(plan, metrics, j));
  return values;
}

/* The spread of the objectives' metrics over the repeats of a configuration. */
static bf_json *spread_json(const bf_plan *plan, const bf_candidate *candidate)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "n_complete", bf_json_integer((int64_t)candidate->n_complete));
  for (size_t i = 0; i < plan->n_terms; i++) {
    bf_metric metric = plan->terms[i].metric;
    bf_json_set(json, bf_metric_name(metric), bf_json_number(candidate->sd->value[metric]));
  }
  return json;
}

static bf_json *best_row(const bf_plan *plan, const bf_record *record,
                         const bf_candidate *candidate)
{
  const bf_metrics *mean = candidate->mean;
  bf_json *row = bf_json_object();
  bf_json_set(row, "number", bf_json_integer((int64_t)candidate->number));
  bf_json_set(row, "value", value_json(plan, mean));
  bf_json_set(row, "software_metrics", metrics_json(mean, true));
  bf_json_set(row, "hardware_metrics", metrics_json(mean, false));
  bf_json_set(row, "scaled_metrics", scaled_json(plan, mean));
  if (record->repeats > 1)
    bf_json_set(row, "spread", spread_json(plan, candidate));
  bf_json_set(row, "sampled_config", config_json(plan, record, candidate->first));
  bf_json_set(row, "params", params_json(plan, record, candidate->first));
  if (record->is_compat)
    bf_json_set(row, "compat", bf_json_boolean(true));
  return row;
}

bf_json *bf_results_best_json(const bf_plan *plan, const bf_record *record)
{
  bf_json *rows = bf_json_object();
  size_t n = 0;
  for (size_t c = 0; c < record->n_candidates; c++) {
    char key[32];
    if (!record->candidates[c].on_front)
      continue;
    snprintf(key, sizeof key, "%zu", n++);
    bf_json_set(rows, key, best_row(plan, record, &record->candidates[c]));
  }
  return rows;
}
