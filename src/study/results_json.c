/* study.json, best.json and log.json.
 * Room: study. best.json and log.json keep the Python tool's names and order. */
#include <inttypes.h>
#include <math.h>

#include "study/results.h"
#include "study/values.h"

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

static bf_json *scaled_json(const bf_study *study, const bf_metrics *metrics)
{
  bf_json *json = bf_json_object();
  for (size_t i = 0; i < study->plan->n_terms; i++) {
    const bf_objective *term = &study->plan->terms[i];
    bf_json_set(json, bf_metric_name(term->metric),
                rounded(term->scale * metrics->value[term->metric]));
  }
  return json;
}

/* Tied values are written under the names that untied ones have. */
static void set_tied(bf_json *config, const bf_choice *choice, const char *format,
                     const bf_toml *values)
{
  for (size_t i = 0; format != NULL && i < values->n_items; i++) {
    char key[64];
    snprintf(key, sizeof key, "%s_%s", bf_tensor_name(choice->tensor),
             bf_format_parameter(format, i));
    bf_json_set(config, key, bf_value_json(values->items[i]));
  }
}

/* The configuration of the choices first .. end, all of one node. */
static bf_json *node_json(const bf_study *study, const uint32_t *indexes, size_t first, size_t end)
{
  bf_json *node = bf_json_object();
  bf_json *config = bf_json_object();
  const char *format = NULL;
  for (size_t i = first; i < end; i++)
    if (study->plan->choices[i].slot == BF_SLOT_NAME)
      format = bf_plan_value(study->plan, i, indexes[i])->string;
  for (size_t i = first; i < end; i++) {
    const bf_choice *choice = &study->plan->choices[i];
    const bf_toml *value = bf_plan_value(study->plan, i, indexes[i]);
    if (choice->slot == BF_SLOT_TIED)
      set_tied(config, choice, format, value);
    else
      bf_json_set(config, choice->values->key,
                  bf_plan_matters(study->plan, indexes, i) ? bf_value_json(value) : bf_json_null());
  }
  bf_json_set(node, "config", config);
  return node;
}

static const char *node_name(const bf_plan *plan, size_t node)
{
  return node == BF_NODE_INPUT ? "x" : plan->model.layers[node].node;
}

/* Every node with choices, and null for each other node that could be quantised. */
static bf_json *config_json(const bf_study *study, const bf_trial *trial)
{
  const bf_plan *plan = study->plan;
  const uint32_t *indexes = bf_study_indexes(study, trial->number);
  bf_json *json = bf_json_object();
  for (size_t i = 0; i < plan->model.n_layers; i++)
    if (plan->model.layers[i].kind == BF_LAYER_LINEAR ||
        plan->model.layers[i].kind == BF_LAYER_RELU)
      bf_json_set(json, plan->model.layers[i].node, bf_json_null());
  for (size_t first = 0, end; first < plan->n_choices; first = end) {
    end = bf_plan_node_end(plan, first);
    bf_json_set(json, node_name(plan, plan->choices[first].node),
                node_json(study, indexes, first, end));
  }
  return json;
}

static bf_json *params_json(const bf_study *study, const bf_trial *trial)
{
  const uint32_t *indexes = bf_study_indexes(study, trial->number);
  bf_json *json = bf_json_object();
  for (size_t i = 0; i < study->plan->n_choices; i++)
    bf_json_set(json, study->plan->choices[i].path, bf_json_integer(indexes[i]));
  return json;
}

/* Objective i of these metrics; null for those of a failed trial. */
static bf_json *objective_json(const bf_study *study, const bf_metrics *metrics, size_t i)
{
  double values[BF_N_METRICS];
  if (bf_plan_objectives(study->plan, metrics, values, NULL) != BF_OK)
    return bf_json_null();
  return rounded(values[i]);
}

static bf_json *value_json(const bf_study *study, const bf_metrics *metrics)
{
  if (study->plan->n_objectives == 1)
    return objective_json(study, metrics, 0);
  bf_json *values = bf_json_array();
  for (size_t i = 0; i < study->plan->n_objectives; i++)
    bf_json_push(values, objective_json(study, metrics, i));
  return values;
}

/* The spread of the objectives' metrics over the repeats of a configuration. */
static bf_json *spread_json(const bf_study *study, const bf_summary *summary)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "n_complete", bf_json_integer((int64_t)summary->n_complete));
  for (size_t i = 0; i < study->plan->n_terms; i++) {
    bf_metric metric = study->plan->terms[i].metric;
    bf_json_set(json, bf_metric_name(metric), bf_json_number(summary->sd.value[metric]));
  }
  return json;
}

bf_json *bf_results_best_json(const bf_study *study)
{
  bf_json *rows = bf_json_object();
  for (size_t i = 0; i < bf_front_size(study->front); i++) {
    uint64_t number = bf_front_numbers(study->front)[i];
    const bf_trial *trial = &study->trials[number];
    bf_summary summary = bf_study_summary(study, number);
    bf_json *row = bf_json_object();
    char key[32];
    snprintf(key, sizeof key, "%zu", i);
    bf_json_set(row, "number", bf_json_integer((int64_t)number));
    bf_json_set(row, "value", value_json(study, &summary.mean));
    bf_json_set(row, "software_metrics", metrics_json(&summary.mean, true));
    bf_json_set(row, "hardware_metrics", metrics_json(&summary.mean, false));
    bf_json_set(row, "scaled_metrics", scaled_json(study, &summary.mean));
    if (study->plan->job->repeats > 1)
      bf_json_set(row, "spread", spread_json(study, &summary));
    bf_json_set(row, "sampled_config", config_json(study, trial));
    bf_json_set(row, "params", params_json(study, trial));
    bf_json_set(rows, key, row);
  }
  return rows;
}

static void set_values(const bf_study *study, const bf_trial *trial, bf_json *row)
{
  const bf_metrics none = bf_metrics_none();
  const bf_metrics *metrics = trial->failed ? &none : &trial->metrics;
  if (study->plan->n_objectives == 1) {
    bf_json_set(row, "value", objective_json(study, metrics, 0));
    return;
  }
  for (size_t i = 0; i < study->plan->n_objectives; i++) {
    char key[32];
    snprintf(key, sizeof key, "values_%zu", i);
    bf_json_set(row, key, objective_json(study, metrics, i));
  }
}

static int64_t milliseconds(double seconds)
{
  return (int64_t)llround(1e3 * seconds);
}

static bf_json *log_row(const bf_study *study, const bf_trial *trial)
{
  bf_json *row = bf_json_object();
  bf_json_set(row, "number", bf_json_integer((int64_t)trial->number));
  set_values(study, trial, row);
  bf_json_set(row, "user_attrs_hardware_metrics", metrics_json(&trial->metrics, false));
  bf_json_set(row, "user_attrs_sampled_config", config_json(study, trial));
  bf_json_set(row, "user_attrs_scaled_metrics", scaled_json(study, &trial->metrics));
  bf_json_set(row, "user_attrs_software_metrics", metrics_json(&trial->metrics, true));
  bf_json_set(row, "params", params_json(study, trial));
  bf_json_set(row, "state", bf_json_string(trial->failed ? "FAIL" : "COMPLETE"));
  bf_json_set(row, "datetime_start", bf_json_integer(milliseconds(trial->started_s)));
  bf_json_set(row, "datetime_complete",
              bf_json_integer(milliseconds(trial->started_s + trial->duration_s)));
  bf_json_set(row, "duration", bf_json_integer(milliseconds(trial->duration_s)));
  return row;
}

/* An object of this one row, without the braces around it. */
static bf_status print_log_row(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  static const char open[] = "{\n";
  static const char close[] = "\n}\n";
  bf_text object = {0};
  bf_json *json = bf_json_object();
  char key[32];
  snprintf(key, sizeof key, "%" PRIu64, trial->number);
  bf_json_set(json, key, log_row(study, trial));
  bf_status status = bf_json_print(json, &object);
  if (status == BF_OK)
    bf_text_append_bytes(text, object.data + strlen(open),
                         object.length - strlen(open) - strlen(close));
  bf_json_free(json);
  bf_text_release(&object);
  return status;
}

bf_status bf_results_log_json(const bf_study *study, bf_text *text)
{
  bf_status status = BF_OK;
  const char *before = "{\n";
  for (size_t i = 0; i < study->n_asked; i++) {
    if (!study->trials[i].told)
      continue;
    bf_text_append(text, before);
    BF_TRY(print_log_row(study, &study->trials[i], text));
    before = ",\n";
  }
  bf_text_append(text, before[0] == ',' ? "\n}\n" : "{}\n");
  status = bf_text_status(text);
done:
  return status;
}

static bf_json *space_json(const bf_plan *plan)
{
  bf_json *space = bf_json_object();
  bf_json *parameters = bf_json_array();
  for (size_t i = 0; i < plan->n_choices; i++) {
    const bf_choice *choice = &plan->choices[i];
    bf_json *parameter = bf_json_object();
    bf_json_set(parameter, "name", bf_json_string(choice->path));
    bf_json_set(
        parameter, "kind",
        bf_json_string(plan->parameters[i].kind == BF_PARAMETER_ORDERED ? "ordered" : "choice"));
    bf_json_set(parameter, "values", bf_value_json(choice->values));
    bf_json_push(parameters, parameter);
  }
  uint64_t size = bf_space_size(&plan->space);
  bf_json_set(space, "size", bf_json_integer(size <= INT64_MAX ? (int64_t)size : INT64_MAX));
  bf_json_set(space, "parameters", parameters);
  return space;
}

static bf_json *objective_of(const char *name, bool maximize, double scale)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "name", bf_json_string(name));
  bf_json_set(json, "direction", bf_json_string(maximize ? "maximize" : "minimize"));
  bf_json_set(json, "scale", bf_json_number(scale));
  return json;
}

static bf_json *objectives_json(const bf_plan *plan)
{
  bf_json *objectives = bf_json_array();
  if (plan->job->sum_scaled_metrics) {
    bf_json *sum = objective_of("sum_scaled_metrics", plan->sum_maximize, 1);
    bf_json *terms = bf_json_array();
    for (size_t i = 0; i < plan->n_terms; i++) {
      bf_json *term = bf_json_object();
      bf_json_set(term, "name", bf_json_string(bf_metric_name(plan->terms[i].metric)));
      bf_json_set(term, "scale", bf_json_number(plan->terms[i].scale));
      bf_json_push(terms, term);
    }
    bf_json_set(sum, "terms", terms);
    bf_json_push(objectives, sum);
    return objectives;
  }
  for (size_t i = 0; i < plan->n_terms; i++)
    bf_json_push(objectives, objective_of(bf_metric_name(plan->terms[i].metric),
                                          plan->terms[i].maximize, plan->terms[i].scale));
  return objectives;
}

/* {"weight_bits": "<= 1200"}, as in the job. */
static bf_json *constraints_json(const bf_plan *plan)
{
  bf_json *constraints = bf_json_object();
  for (size_t i = 0; i < plan->n_constraints; i++) {
    const bf_constraint *constraint = &plan->constraints[i];
    char text[64];
    snprintf(text, sizeof text, "%s %.15g", constraint->is_upper ? "<=" : ">=", constraint->bound);
    bf_json_set(constraints, bf_metric_name(constraint->metric), bf_json_string(text));
  }
  return constraints;
}

static bf_json *data_json(const bf_manifest *manifest)
{
  bf_json *data = bf_json_object();
  bf_json *splits = bf_json_object();
  size_t n_rows = 0;
  for (int s = 0; s < BF_N_SPLITS; s++) {
    n_rows += manifest->n_rows[s];
    bf_json_set(splits, bf_split_name((bf_split)s), bf_json_integer((int64_t)manifest->n_rows[s]));
  }
  bf_json_set(data, "dir", bf_json_string(manifest->folder));
  bf_json_set(data, "hash", bf_hash_json(manifest->hash));
  bf_json_set(data, "kind", bf_json_string(manifest->kind));
  bf_json_set(data, "rows", bf_json_integer((int64_t)n_rows));
  bf_json_set(data, "splits", splits);
  return data;
}

/* Every host that ran a trial, in the order of first use. */
static bf_json *hosts_json(const bf_study *study)
{
  bf_json *hosts = bf_json_array();
  for (size_t i = 0; i < study->n_asked; i++) {
    const char *host = study->trials[i].told ? study->trials[i].host : NULL;
    bool known = host == NULL;
    for (size_t k = 0; !known && k < bf_json_size(hosts); k++)
      known = strcmp(bf_json_text(bf_json_at(hosts, k)), host) == 0;
    if (!known)
      bf_json_push(hosts, bf_json_string(host));
  }
  return hosts;
}

static bf_json *front_json(const bf_study *study)
{
  bf_json *front = bf_json_array();
  for (size_t i = 0; i < bf_front_size(study->front); i++)
    bf_json_push(front, bf_json_integer((int64_t)bf_front_numbers(study->front)[i]));
  return front;
}

/* With one objective, the first of the best; with several there is no best. */
static bf_json *best_json(const bf_study *study)
{
  if (study->plan->n_objectives != 1 || bf_front_size(study->front) == 0)
    return bf_json_null();
  return bf_json_integer((int64_t)bf_front_numbers(study->front)[0]);
}

bf_json *bf_results_study_json(const bf_study *study)
{
  const bf_plan *plan = study->plan;
  bf_json *json = bf_json_object();
  bf_json_set(json, "format", bf_json_integer(1));
  bf_json_set(json, "version", bf_json_string(BITFRONT_VERSION));
  bf_json_set(json, "seed", bf_json_integer((int64_t)plan->job->seed));
  bf_json_set(json, "sampler", bf_json_string(plan->sampler));
  bf_json_set(json, "space", space_json(plan));
  bf_json_set(json, "objectives", objectives_json(plan));
  bf_json_set(json, "constraints", constraints_json(plan));
  bf_json_set(json, "data", data_json(plan->manifest));
  bf_json_set(json, "isa", bf_json_string(study->info.isa));
  bf_json_set(json, "backend", bf_json_string(study->info.backend));
  bf_json_set(json, "ranks", bf_json_integer(study->info.n_ranks));
  bf_json_set(json, "hosts", hosts_json(study));
  bf_json_set(json, "n_trials", bf_json_integer((int64_t)plan->n_trials));
  bf_json_set(json, "repeats", bf_json_integer((int64_t)plan->job->repeats));
  bf_json_set(json, "done", bf_json_integer((int64_t)study->n_done));
  bf_json_set(json, "failed", bf_json_integer((int64_t)study->n_failed));
  bf_json_set(json, "end", bf_json_string(bf_end_name(study->end)));
  bf_json_set(json, "start_s", bf_json_number(study->start_s));
  bf_json_set(json, "wall_s", bf_json_number(study->wall_s));
  bf_json_set(json, "front", front_json(study));
  bf_json_set(json, "best", best_json(study));
  bf_json_set(json, "exit", bf_json_integer(bf_study_exit_code(study)));
  return json;
}
