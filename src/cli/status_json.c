/* A look at a study, for programs.
 * Room: cli. */
#include <math.h>

#include "cli/status_view.h"
#include "study/results.h"

static const char *const state_names[] = {
    [BF_STUDY_RUNS] = "running", [BF_STUDY_ENDED] = "ended", [BF_STUDY_CUT_OFF] = "interrupted"};

/* The maker of strings wants one. */
static bf_json *text_json(const char *text)
{
  return text != NULL ? bf_json_string(text) : bf_json_null();
}

static bf_json *count_json(size_t n)
{
  return bf_json_integer((int64_t)n);
}

static bf_json *running_json(const bf_look *look)
{
  bf_json *list = bf_json_array();
  for (size_t i = 0; i < look->n_running; i++) {
    const bf_running *running = &look->running[i];
    bf_json *json = bf_json_object();
    bf_json_set(json, "number", bf_json_integer((int64_t)running->number));
    bf_json_set(json, "rank", bf_json_integer(running->rank));
    bf_json_set(json, "host", text_json(running->host));
    bf_json_set(json, "for_s", bf_json_number(running->for_s));
    bf_json_push(list, json);
  }
  return list;
}

static bf_json *point_json(const bf_record *record, const double *point)
{
  bf_json *json = bf_json_object();
  for (size_t j = 0; j < record->n_objectives; j++)
    bf_json_set(json, bf_record_objective_name(record, j),
                bf_json_number(bf_look_value(record, j, point[j])));
  return json;
}

static bf_json *failure_json(const bf_record_trial *trial)
{
  if (trial == NULL)
    return bf_json_null();
  bf_json *json = bf_json_object();
  bf_json_set(json, "number", bf_json_integer((int64_t)trial->number));
  bf_json_set(json, "reason", bf_json_string(trial->reason));
  return json;
}

static void set_run(const bf_look *look, bf_json *json)
{
  const bf_record *record = look->record;
  const char *end = look->state == BF_STUDY_ENDED ? bf_record_end(record) : NULL;
  bf_json_set(json, "state", bf_json_string(state_names[look->state]));
  bf_json_set(json, "host", text_json(look->host));
  bf_json_set(json, "pid", bf_json_integer(look->pid));
  bf_json_set(json, "ranks", count_json(record->n_ranks));
  bf_json_set(json, "sessions", count_json(record->n_sessions));
  bf_json_set(json, "date_s", bf_json_number(look->now_s));
  bf_json_set(json, "silent_s", bf_json_number(look->silent_s));
  bf_json_set(json, "wall_s", bf_json_number(look->wall_s));
  bf_json_set(json, "end", text_json(end));
  bf_json_set(json, "exit",
              look->exit_code >= 0 ? bf_json_integer(look->exit_code) : bf_json_null());
}

static void set_trials(const bf_look *look, bf_json *json)
{
  bf_json_set(json, "n_trials", count_json(look->record->n_asked_at_most));
  bf_json_set(json, "done", count_json(look->n_done));
  bf_json_set(json, "failed", count_json(look->n_failed));
  bf_json_set(json, "rate", bf_json_number(look->rate));
  bf_json_set(json, "eta_s", bf_json_number(look->eta_s));
  bf_json_set(json, "running", running_json(look));
  bf_json_set(json, "waiting", count_json(look->n_waiting));
  bf_json_set(json, "last_failed", failure_json(look->last_failed));
}

static void set_found(const bf_look *look, bf_json *json)
{
  const bf_record *record = look->record;
  bool is_known = look->n_front > 0;
  bf_json_set(json, "front", bf_results_front_json(record));
  bf_json_set(json, "hypervolume", bf_json_number(look->volume));
  bf_json_set(json, "ideal", is_known ? point_json(record, look->ideal) : bf_json_null());
  bf_json_set(json, "worst", is_known ? point_json(record, look->worst) : bf_json_null());
  bf_json_set(json, "best",
              look->best != NULL ? bf_json_integer((int64_t)look->best->number) : bf_json_null());
}

bf_json *bf_look_json(const bf_look *look)
{
  const bf_record *record = look->record;
  bf_json *json = bf_json_object();
  bf_json_set(json, "dir", bf_json_string(record->folder));
  bf_json_set(json, "sampler", bf_json_string(record->sampler));
  bf_json_set(json, "seed", bf_json_integer((int64_t)record->seed));
  if (record->is_compat)
    bf_json_set(json, "compat", bf_json_boolean(true));
  bf_json_set(json, "space_size", bf_json_integer((int64_t)record->space_size));
  set_run(look, json);
  set_trials(look, json);
  set_found(look, json);
  return json;
}
