/* What a study is, as a document: known when it starts, and the same for all its sessions.
 * Room: study. */
#include "study/journal_form.h"
#include "study/values.h"

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

/* "<= 1200", with as many digits as are needed to read the same bound. */
static void print_constraint(const bf_constraint *constraint, size_t n, char *text)
{
  const char *sign = constraint->is_upper ? "<=" : ">=";
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, n, "%s %.*g", sign, digits, constraint->bound);
    if (strtod(text + strlen(sign), NULL) == constraint->bound)
      return;
  }
}

/* {"weight_bits": "<= 1200"}, as in the job. */
static bf_json *constraints_json(const bf_plan *plan)
{
  bf_json *constraints = bf_json_object();
  for (size_t i = 0; i < plan->n_constraints; i++) {
    const bf_constraint *constraint = &plan->constraints[i];
    char text[64];
    print_constraint(constraint, sizeof text, text);
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

bf_json *bf_head_json(const bf_plan *plan)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "format", bf_json_integer(1));
  bf_json_set(json, "version", bf_json_string(BITFRONT_VERSION));
  bf_json_set(json, "seed", bf_json_integer((int64_t)plan->job->seed));
  if (plan->job->compat)
    bf_json_set(json, "compat", bf_json_boolean(true));
  bf_json_set(json, "sampler", bf_json_string(plan->sampler));
  bf_json_set(json, "space", space_json(plan));
  bf_json_set(json, "objectives", objectives_json(plan));
  bf_json_set(json, "constraints", constraints_json(plan));
  bf_json_set(json, "data", data_json(plan->manifest));
  bf_json_set(json, "n_trials", bf_json_integer((int64_t)plan->n_trials));
  bf_json_set(json, "repeats", bf_json_integer((int64_t)plan->job->repeats));
  return json;
}
