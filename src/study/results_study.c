/* study.json.
 * Room: study. */
#include "study/effort.h"
#include "study/results.h"
#include "study/results_parts.h"
#include "study/study.h"

/* Members of the document that the study started with. */
static void copy_members(const bf_record *record, size_t n, const char *const *names, bf_json *json)
{
  for (size_t i = 0; i < n; i++) {
    const bf_json *value = bf_json_get(record->document, names[i]);
    if (value != NULL)
      bf_json_set(json, names[i], bf_json_copy(value));
  }
}

/* Every host that ended a trial, in the order of first use; poisonous ones have none. */
static bf_json *hosts_json(const bf_record *record)
{
  bf_json *hosts = bf_json_array();
  for (size_t i = 0; i < record->n_trials; i++) {
    const char *host = record->trials[i].host;
    bool known = host[0] == '\0';
    for (size_t k = 0; !known && k < bf_json_size(hosts); k++)
      known = strcmp(bf_json_text(bf_json_at(hosts, k)), host) == 0;
    if (!known)
      bf_json_push(hosts, bf_json_string(host));
  }
  return hosts;
}

bf_json *bf_results_front_json(const bf_record *record)
{
  bf_json *front = bf_json_array();
  for (size_t c = 0; c < record->n_candidates; c++)
    if (record->candidates[c].on_front)
      bf_json_push(front, bf_json_integer((int64_t)record->candidates[c].number));
  return front;
}

/* With one objective, the first of the best; with several there is no best. */
static bf_json *best_json(const bf_record *record)
{
  for (size_t c = 0; record->n_objectives == 1 && c < record->n_candidates; c++)
    if (record->candidates[c].on_front)
      return bf_json_integer((int64_t)record->candidates[c].number);
  return bf_json_null();
}

/* Why a session ended; one that was cut off says no more than one that goes on. */
static bf_json *end_json(const bf_record_session *session)
{
  return bf_json_string(session->end != NULL ? session->end : bf_end_name(BF_END_NONE));
}

static bf_json *exit_json(const bf_record_session *session)
{
  return session->end != NULL ? bf_json_integer(session->exit_code) : bf_json_null();
}

static bf_json *session_json(const bf_record_session *session)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "version", bf_json_string(session->version));
  bf_json_set(json, "isa", bf_json_string(session->isa));
  bf_json_set(json, "backend", bf_json_string(session->backend));
  bf_json_set(json, "ranks", bf_json_integer((int64_t)session->n_ranks));
  bf_json_set(json, "host", bf_json_string(session->host));
  bf_json_set(json, "start_s", bf_json_number(session->start_s));
  bf_json_set(json, "wall_s", bf_json_number(session->wall_s));
  bf_json_set(json, "end", end_json(session));
  bf_json_set(json, "exit", exit_json(session));
  return json;
}

static bf_json *sessions_json(const bf_record *record)
{
  bf_json *sessions = bf_json_array();
  for (size_t k = 0; k < record->n_sessions; k++)
    bf_json_push(sessions, session_json(&record->sessions[k]));
  return sessions;
}

static size_t count_failed(const bf_record *record)
{
  size_t n = 0;
  for (size_t i = 0; i < record->n_trials; i++)
    n += record->trials[i].failed;
  return n;
}

bf_json *bf_results_study_json(const bf_record *record)
{
  static const char *const what[] = {"format", "version",    "seed",        "compat", "sampler",
                                     "space",  "objectives", "constraints", "data"};
  static const char *const extent[] = {"n_trials", "repeats"};
  const bf_record_session *last = &record->sessions[record->n_sessions - 1];
  size_t n_failed = count_failed(record);
  const bf_effort effort = bf_effort_of(record);
  bf_json *json = bf_json_object();
  copy_members(record, sizeof what / sizeof *what, what, json);
  bf_json_set(json, "isa", bf_json_string(last->isa));
  bf_json_set(json, "backend", bf_json_string(last->backend));
  bf_json_set(json, "ranks", bf_json_integer((int64_t)last->n_ranks));
  bf_json_set(json, "hosts", hosts_json(record));
  copy_members(record, sizeof extent / sizeof *extent, extent, json);
  bf_json_set(json, "done", bf_json_integer((int64_t)(record->n_trials - n_failed)));
  bf_json_set(json, "failed", bf_json_integer((int64_t)n_failed));
  bf_json_set(json, "end", end_json(last));
  bf_json_set(json, "start_s", bf_json_number(record->sessions[0].start_s));
  bf_json_set(json, "wall_s", bf_json_number(record->wall_s));
  bf_json_set(json, "core_hours", bf_json_number(effort.core_hours));
  bf_json_set(json, "trials_per_core_hour", bf_json_number(effort.trials_per_core_hour));
  bf_json_set(json, "utilisation", bf_json_number(effort.utilisation));
  bf_json_set(json, "front", bf_results_front_json(record));
  bf_json_set(json, "best", best_json(record));
  bf_json_set(json, "exit", exit_json(last));
  bf_json_set(json, "sessions", sessions_json(record));
  return json;
}
