/* A comparison of studies as JSON.
 * Room: cli. */
#include <inttypes.h>
#include <math.h>

#include "cli/comparison_view.h"
#include "study/results.h"

/* NaN becomes null. */
static bf_json *count_json(size_t n)
{
  return n > 0 ? bf_json_integer((int64_t)n) : bf_json_null();
}

static bf_json *curve_json(const bf_compared *study)
{
  bf_json *curve = bf_json_array();
  for (size_t i = 0; i < study->n_steps; i++) {
    bf_json *step = bf_json_array();
    bf_json_push(step, bf_json_integer((int64_t)study->steps[i].n_trials));
    bf_json_push(step, bf_json_number(study->steps[i].share));
    bf_json_push(curve, step);
  }
  return curve;
}

static bf_json *study_json(const bf_compared *study)
{
  const bf_record *record = study->record;
  bf_json *json = bf_json_object();
  bf_json_set(json, "dir", bf_json_string(record->folder));
  bf_json_set(json, "name", bf_json_string(study->name));
  if (record->is_compat)
    bf_json_set(json, "compat", bf_json_boolean(true));
  bf_json_set(json, "sampler", bf_json_string(record->sampler));
  bf_json_set(json, "seed", bf_json_integer((int64_t)record->seed));
  bf_json_set(json, "ranks", bf_json_integer((int64_t)record->n_ranks));
  bf_json_set(json, "trials", bf_json_integer((int64_t)record->n_trials));
  bf_json_set(json, "failed", bf_json_integer((int64_t)study->n_failed));
  bf_json_set(json, "repeats", bf_json_integer((int64_t)record->repeats));
  bf_json_set(json, "wall_s", bf_json_number(record->wall_s));
  bf_json_set(json, "seconds_per_trial", bf_json_number(study->trial_s));
  bf_json_set(json, "front", bf_results_front_json(record));
  bf_json_set(json, "hypervolume", bf_json_number(study->volume));
  bf_json_set(json, "share", bf_json_number(study->share));
  bf_json_set(json, "trials_to_95", count_json(study->n_to_95));
  bf_json_set(json, "trials_to_99", count_json(study->n_to_99));
  bf_json_set(json, "exhaustive", bf_json_boolean(study->is_exhaustive));
  bf_json_set(json, "true_front_share", bf_json_number(study->true_share));
  bf_json_set(json, "curve", curve_json(study));
  return json;
}

static double seen(const bf_record *record, size_t j, double minimised)
{
  return bf_record_is_maximised(record, j) ? -minimised : minimised;
}

static bf_json *objectives_json(const bf_comparison *comparison)
{
  const bf_record *record = comparison->studies[0].record;
  bf_json *objectives = bf_json_array();
  for (size_t j = 0; j < comparison->n_objectives; j++) {
    bf_json *objective = bf_json_object();
    bf_json_set(objective, "name", bf_json_string(bf_record_objective_name(record, j)));
    bf_json_set(objective, "direction",
                bf_json_string(bf_record_is_maximised(record, j) ? "maximize" : "minimize"));
    bf_json_set(objective, "ideal", bf_json_number(seen(record, j, comparison->ideal[j])));
    bf_json_set(objective, "nadir", bf_json_number(seen(record, j, comparison->nadir[j])));
    bf_json_push(objectives, objective);
  }
  return objectives;
}

static bf_json *finder_json(const bf_comparison *comparison, const bf_finder *finder)
{
  const bf_compared *study = &comparison->studies[finder->study];
  bf_json *json = bf_json_object();
  bf_json_set(json, "study", bf_json_string(study->name));
  bf_json_set(json, "number",
              bf_json_integer((int64_t)study->record->candidates[finder->candidate].number));
  return json;
}

static bf_json *values_json(const bf_comparison *comparison, const bf_finder *finder)
{
  const bf_record *record = comparison->studies[finder->study].record;
  const double *point = bf_comparison_point(comparison, finder);
  bf_json *values = bf_json_array();
  for (size_t j = 0; j < comparison->n_objectives; j++)
    bf_json_push(values, bf_json_number(seen(record, j, point[j])));
  return values;
}

static bf_json *joint_json(const bf_comparison *comparison)
{
  bf_json *front = bf_json_array();
  for (size_t i = 0; i < comparison->n_finders;) {
    const bf_finder *first = &comparison->finders[i];
    bf_json *member = bf_json_object();
    bf_json *found_by = bf_json_array();
    bf_json_set(member, "objectives", values_json(comparison, first));
    for (; i < comparison->n_finders && comparison->finders[i].vector == first->vector; i++)
      bf_json_push(found_by, finder_json(comparison, &comparison->finders[i]));
    bf_json_set(member, "found_by", found_by);
    bf_json_push(front, member);
  }
  return front;
}

/* {"accuracy": {"loss": -0.97, ...}, ...} of the metrics that vary. */
static bf_json *correlations_json(const bf_comparison *comparison)
{
  bf_json *rows = bf_json_object();
  for (size_t a = 0; a < BF_N_METRICS; a++) {
    bf_json *row = bf_json_object();
    for (size_t b = 0; b < BF_N_METRICS; b++)
      if (b != a && !isnan(comparison->correlation[a][b]))
        bf_json_set(row, bf_metric_name((bf_metric)b),
                    bf_json_number(comparison->correlation[a][b]));
    if (isnan(comparison->correlation[a][a]))
      bf_json_free(row);
    else
      bf_json_set(rows, bf_metric_name((bf_metric)a), row);
  }
  return rows;
}

bf_json *bf_comparison_json(const bf_comparison *comparison)
{
  bf_json *json = bf_json_object();
  bf_json *studies = bf_json_array();
  for (size_t s = 0; s < comparison->n_studies; s++)
    bf_json_push(studies, study_json(&comparison->studies[s]));
  bf_json_set(json, "studies", studies);
  bf_json_set(json, "objectives", objectives_json(comparison));
  bf_json_set(json, "reference", bf_json_number(bf_comparison_reference));
  bf_json_set(json, "hypervolume", bf_json_number(comparison->volume));
  bf_json_set(json, "joint_front", joint_json(comparison));
  bf_json_set(json, "complete", bf_json_integer((int64_t)comparison->n_complete));
  bf_json_set(json, "spearman", correlations_json(comparison));
  return json;
}
