/* best.json and log.json.
 * Room: study. They keep the Python tool's names and order. */
#include <inttypes.h>
#include <math.h>

#include "base/file.h"
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
    bf_json_set(json, bf_metric_name(metric), bf_json_number(candidate->sd.value[metric]));
  }
  return json;
}

static bf_json *best_row(const bf_plan *plan, const bf_record *record,
                         const bf_candidate *candidate)
{
  const bf_metrics *mean = &candidate->mean;
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

static void set_values(const bf_plan *plan, const bf_record_trial *trial, bf_json *row)
{
  const bf_metrics none = bf_metrics_none();
  const bf_metrics *metrics = trial->failed ? &none : &trial->metrics;
  if (plan->n_objectives == 1) {
    bf_json_set(row, "value", objective_json(plan, metrics, 0));
    return;
  }
  for (size_t j = 0; j < plan->n_objectives; j++) {
    char key[32];
    snprintf(key, sizeof key, "values_%zu", j);
    bf_json_set(row, key, objective_json(plan, metrics, j));
  }
}

static int64_t milliseconds(double seconds)
{
  return (int64_t)llround(1e3 * seconds);
}

static bf_json *log_row(const bf_plan *plan, const bf_record *record, size_t i)
{
  const bf_record_trial *trial = &record->trials[i];
  bf_json *row = bf_json_object();
  bf_json_set(row, "number", bf_json_integer((int64_t)trial->number));
  set_values(plan, trial, row);
  bf_json_set(row, "user_attrs_hardware_metrics", metrics_json(&trial->metrics, false));
  bf_json_set(row, "user_attrs_sampled_config", config_json(plan, record, i));
  bf_json_set(row, "user_attrs_scaled_metrics", scaled_json(plan, &trial->metrics));
  bf_json_set(row, "user_attrs_software_metrics", metrics_json(&trial->metrics, true));
  bf_json_set(row, "params", params_json(plan, record, i));
  bf_json_set(row, "state", bf_json_string(trial->failed ? "FAIL" : "COMPLETE"));
  bf_json_set(row, "datetime_start", bf_json_integer(milliseconds(trial->started_s)));
  bf_json_set(row, "datetime_complete",
              bf_json_integer(milliseconds(trial->started_s + trial->duration_s)));
  bf_json_set(row, "duration", bf_json_integer(milliseconds(trial->duration_s)));
  return row;
}

/* The document of one row, without its closing brace; of a later row, without the opening one,
 * too: joined, they are that of all rows. */
static bf_status write_log_row(const bf_plan *plan, const bf_record *record, size_t i,
                               bf_text *scratch, bf_file_writer *writer)
{
  static const char open[] = "{";
  static const char close[] = "\n}\n";
  size_t skipped = i > 0 ? strlen(open) : 0;
  bf_status status = BF_OK;
  bf_json *json = bf_json_object();
  char key[32];
  snprintf(key, sizeof key, "%" PRIu64, record->trials[i].number);
  bf_json_set(json, key, log_row(plan, record, i));
  bf_text_reset(scratch);
  BF_TRY(bf_json_print(json, scratch));
  if (i > 0)
    BF_TRY(bf_file_writer_append(writer, ",", 1));
  BF_TRY(bf_file_writer_append(writer, scratch->data + skipped,
                               scratch->length - skipped - strlen(close)));
done:
  bf_json_free(json);
  return status;
}

bf_status bf_results_log_write(const bf_plan *plan, const bf_record *record, const char *path)
{
  bf_status status = BF_OK;
  bf_file_writer *writer = NULL;
  bf_text scratch = {0};
  const char *end = record->n_trials > 0 ? "\n}\n" : "{}\n";
  BF_TRY(bf_file_writer_create(path, &writer));
  for (size_t i = 0; i < record->n_trials; i++)
    BF_TRY(write_log_row(plan, record, i, &scratch, writer));
  BF_TRY(bf_file_writer_append(writer, end, strlen(end)));
  BF_TRY(bf_file_writer_publish(writer));
done:
  bf_file_writer_free(writer);
  bf_text_release(&scratch);
  return status;
}
