/* What is measured on ranks of MPI.
 * Room: cli. */
#include "cli/cluster_timing.h"

#include <math.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/median.h"
#include "base/memory.h"
#include "cli/cluster_job.h"
#include "cluster/agenda.h"
#include "study/study.h"

enum { N_BURSTS = 40 };
/* Long enough for every worker to do what it holds and to send what came of it. */
static const double stall_s = 5e-3;
/* A worker holds two trials of this length, and up to 64 of none (cluster/pace.h). */
static const double long_ms = 1.2;
enum { N_LONG = 2, N_SHORT = 32 };

/*
 * Bursts: rank 0 waits until each worker has sent its results, and then works on them without ever
 * finding its mailbox empty, which looks would be counted for. What it hands out is one task again
 * and again, and what comes back is not read: all of its time is the coordinator's and MPI's.
 */
typedef struct bursts {
  bf_bytes task;
  size_t burst; /* exchanges in one */
  size_t n_tasks;
  size_t n_asked;
  size_t n_told;
  double start_s;
  double cost_s[N_BURSTS]; /* of an exchange */
} bursts;

static bf_status burst_next(void *context, int rank, bf_bytes *task, bf_next *next)
{
  bursts *b = context;
  (void)rank;
  *next = b->n_told == b->n_tasks ? BF_NEXT_DONE : BF_NEXT_WAIT;
  if (b->n_asked == b->n_tasks)
    return BF_OK;
  *next = BF_NEXT_TASK;
  b->n_asked++;
  bf_bytes_put(task, b->task.data, b->task.length);
  return bf_bytes_status(task);
}

/* A sleep would leave the core, and its caches, to others. */
static void spin(double seconds)
{
  for (double start_s = bf_clock_s(); bf_clock_s() - start_s < seconds;) {
  }
}

static bf_status burst_accept(void *context, int rank, const void *result, size_t n)
{
  bursts *b = context;
  (void)rank;
  (void)result;
  (void)n;
  size_t n_bursts = b->n_told++ / b->burst;
  if ((b->n_told - 1) % b->burst != 0 || n_bursts > N_BURSTS)
    return BF_OK;
  if (n_bursts > 0)
    b->cost_s[n_bursts - 1] = (bf_clock_thread_s() - b->start_s) / (double)b->burst;
  spin(stall_s);
  b->start_s = bf_clock_thread_s();
  return BF_OK;
}

/* What fewer ranks measure is of no use. */
static bf_status lose(void *context, int rank, bool is_suspect)
{
  (void)context;
  (void)is_suspect;
  return bf_fail(BF_ERR_MPI, "rank %d was lost while it measured", rank);
}

static int compare(const void *a, const void *b)
{
  double left = *(const double *)a;
  double right = *(const double *)b;
  return (left > right) - (left < right);
}

static bf_status encode_task(const bf_plan *plan, bf_bytes *bytes)
{
  uint32_t indexes[64] = {0};
  BF_ASSERT(plan->n_choices <= sizeof indexes / sizeof *indexes);
  const bf_task task = {.kind = BF_TASK_TRIAL, .n_indexes = plan->n_choices, .indexes = indexes};
  return bf_task_encode(&task, bytes);
}

/* A worker that had no core comes late and rank 0 naps meanwhile: the lower quartile. */
static bf_status measure_messages(bf_session *session, double trial_ms, size_t n_each,
                                  double *message_s)
{
  bf_status status = BF_OK;
  bf_cluster_job job = {0};
  bursts b = {.burst = n_each * ((size_t)bf_session_size(session) - 1)};
  b.n_tasks = (N_BURSTS + 2) * b.burst;
  const bf_agenda agenda = {
      .context = &b, .next = burst_next, .accept = burst_accept, .lose = lose};
  status = bf_cluster_job_init(&job, "random", 1, trial_ms);
  if (status == BF_OK)
    status = encode_task(job.plan, &b.task);
  BF_TRY(bf_session_agree(session, status));
  BF_TRY(bf_agenda_run(session, &agenda, job.evaluator));
  qsort(b.cost_s, N_BURSTS, sizeof *b.cost_s, compare);
  *message_s = b.cost_s[N_BURSTS / 4];
done:
  bf_bytes_release(&b.task);
  bf_cluster_job_release(&job);
  return status;
}

/** A search that is watched. */
typedef struct watched {
  bf_study *study;
  bf_timed_run *run;
  double start_s;
  double *ends_s; /* (n_ranks) dates at which each ended its last trial; 0: none yet */
  double *gaps_s; /* (n_trials) */
  size_t n_gaps;
} watched;

static void take_time(watched *w, double clock_before_s, double cpu_before_s)
{
  w->run->clock_s += bf_clock_s() - clock_before_s;
  w->run->cpu_s += bf_clock_thread_s() - cpu_before_s;
}

static bf_status watched_next(void *context, int rank, bf_bytes *task, bf_next *next)
{
  watched *w = context;
  double clock_before_s = bf_clock_s();
  double cpu_before_s = bf_clock_thread_s();
  if (w->start_s == 0)
    w->start_s = clock_before_s;
  bf_status status = bf_study_next(w->study, rank, task, next);
  take_time(w, clock_before_s, cpu_before_s);
  return status;
}

static bf_status note_times(watched *w, int rank, const void *bytes, size_t n)
{
  bf_result result = {0};
  bf_status status = bf_result_decode(bytes, n, &result);
  if (status != BF_OK)
    return status;
  w->run->busy_s += result.duration_s;
  if (w->ends_s[rank] > 0)
    w->gaps_s[w->n_gaps++] = result.started_s - w->ends_s[rank];
  w->ends_s[rank] = result.started_s + result.duration_s;
  bf_result_release(&result);
  return BF_OK;
}

static bf_status watched_accept(void *context, int rank, const void *result, size_t n)
{
  watched *w = context;
  double clock_before_s = bf_clock_s();
  double cpu_before_s = bf_clock_thread_s();
  bf_status status = bf_study_accept(w->study, rank, result, n);
  take_time(w, clock_before_s, cpu_before_s);
  w->run->wall_s = bf_clock_s() - w->start_s;
  return status == BF_OK ? note_times(w, rank, result, n) : status;
}

static bf_status start_study(const char *folder, const bf_cluster_job *job, watched *w)
{
  static const bf_run_info info = {.isa = "base", .backend = "reference", .n_ranks = 1};
  bf_status status = BF_OK;
  char *path = bf_path_join(folder, "run");
  w->ends_s = bf_alloc((size_t)w->run->n_ranks, sizeof *w->ends_s);
  w->gaps_s = bf_alloc(w->run->given.n_trials, sizeof *w->gaps_s);
  BF_CHECK(path != NULL && w->ends_s != NULL && w->gaps_s != NULL, BF_ERR_NOMEM,
           "out of memory (%zu trials)", w->run->given.n_trials);
  bf_folder_remove(path);
  BF_TRY(bf_study_create(job->plan, path, &info, &w->study));
done:
  free(path);
  return status;
}

static bf_status run_case(bf_session *session, const char *folder, bf_timed_run *run)
{
  bf_status status = BF_OK;
  bf_cluster_job job = {0};
  watched w = {.run = run};
  const bf_agenda agenda = {
      .context = &w, .next = watched_next, .accept = watched_accept, .lose = lose};
  status = bf_cluster_job_init(&job, run->given.sampler, run->given.n_trials, run->given.trial_ms);
  if (status == BF_OK && folder != NULL)
    status = start_study(folder, &job, &w);
  BF_TRY(bf_session_agree(session, status));
  BF_TRY(bf_agenda_run(session, &agenda, job.evaluator));
  if (w.n_gaps > 0)
    run->gap_s = bf_median(w.n_gaps, w.gaps_s);
done:
  bf_study_free(w.study);
  free(w.ends_s);
  free(w.gaps_s);
  bf_cluster_job_release(&job);
  return status;
}

bf_status bf_timing_take(bf_session *session, const char *folder, size_t n_cases,
                         const bf_timed_case *cases, bf_timing *out)
{
  bf_status status = BF_OK;
  *out = (bf_timing){.n_runs = n_cases};
  out->runs = bf_alloc(n_cases, sizeof *out->runs);
  if (out->runs == NULL)
    status = bf_fail(BF_ERR_NOMEM, "out of memory (%zu runs)", n_cases);
  BF_TRY(bf_session_agree(session, status));
  if (bf_session_size(session) > 1) {
    BF_TRY(measure_messages(session, long_ms, N_LONG, &out->message_s));
    BF_TRY(measure_messages(session, 0, N_SHORT, &out->bundled_s));
  }
  for (size_t i = 0; out->runs != NULL && i < n_cases; i++) {
    out->runs[i] = (bf_timed_run){.given = cases[i], .n_ranks = bf_session_size(session)};
    BF_TRY(run_case(session, folder, &out->runs[i]));
  }
done:
  return status;
}

bf_status bf_timed_case_read(const char *text, bf_timed_case *out)
{
  bf_timed_case read = {0};
  char *after_ms = NULL;
  char *after_trials = NULL;
  size_t n_name = strcspn(text, ":");
  bool is_good = n_name > 0 && n_name < sizeof read.sampler && text[n_name] == ':';
  if (is_good) {
    memcpy(read.sampler, text, n_name);
    read.trial_ms = strtod(text + n_name + 1, &after_ms);
    is_good = after_ms > text + n_name + 1 && *after_ms == ':' && read.trial_ms >= 0;
  }
  if (is_good) {
    long n_trials = strtol(after_ms + 1, &after_trials, 10);
    is_good = *after_trials == '\0' && n_trials > 0;
    read.n_trials = (size_t)n_trials;
  }
  if (!is_good)
    return bf_fail(BF_ERR_USAGE, "option '--case' is '%s', expected SAMPLER:MS:TRIALS", text);
  *out = read;
  return BF_OK;
}

static bf_json *run_json(const bf_timed_run *run)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "sampler", bf_json_string(run->given.sampler));
  bf_json_set(json, "trials", bf_json_integer((int64_t)run->given.n_trials));
  bf_json_set(json, "ranks", bf_json_integer(run->n_ranks));
  bf_json_set(json, "trial_ms", bf_json_number(run->given.trial_ms));
  bf_json_set(json, "wall_s", bf_json_number(run->wall_s));
  bf_json_set(json, "busy_s", bf_json_number(run->busy_s));
  bf_json_set(json, "gap_s", bf_json_number(run->gap_s));
  bf_json_set(json, "cpu_s", bf_json_number(run->cpu_s));
  bf_json_set(json, "clock_s", bf_json_number(run->clock_s));
  return json;
}

bf_json *bf_timing_json(const bf_timing *timing)
{
  bf_json *json = bf_json_object();
  bf_json *runs = bf_json_array();
  for (size_t i = 0; i < timing->n_runs; i++)
    bf_json_push(runs, run_json(&timing->runs[i]));
  bf_json_set(json, "message_s", bf_json_number(timing->message_s));
  bf_json_set(json, "bundled_s", bf_json_number(timing->bundled_s));
  bf_json_set(json, "runs", runs);
  return json;
}

static bf_status read_run(const bf_json *json, bf_timed_run *run)
{
  bf_status status = BF_OK;
  const struct {
    const char *key;
    double *value;
  } rows[] = {{"trial_ms", &run->given.trial_ms},
              {"wall_s", &run->wall_s},
              {"busy_s", &run->busy_s},
              {"gap_s", &run->gap_s},
              {"cpu_s", &run->cpu_s},
              {"clock_s", &run->clock_s}};
  const char *sampler = bf_json_text(bf_json_get(json, "sampler"));
  BF_CHECK(sampler != NULL, BF_ERR_DATA, "a run has no sampler");
  snprintf(run->given.sampler, sizeof run->given.sampler, "%s", sampler);
  run->given.n_trials = (size_t)bf_json_int64(bf_json_get(json, "trials"));
  run->n_ranks = (int)bf_json_int64(bf_json_get(json, "ranks"));
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    BF_TRY(bf_json_double(bf_json_get(json, rows[i].key), rows[i].value));
done:
  return status;
}

bf_status bf_timing_read(const bf_json *json, bf_timing *out)
{
  bf_status status = BF_OK;
  const bf_json *runs = bf_json_get(json, "runs");
  bf_timed_run *read = bf_alloc(bf_json_size(runs), sizeof *read);
  *out = (bf_timing){.runs = read};
  BF_CHECK_MEMORY(read);
  BF_TRY(bf_json_double(bf_json_get(json, "message_s"), &out->message_s));
  BF_TRY(bf_json_double(bf_json_get(json, "bundled_s"), &out->bundled_s));
  for (; out->n_runs < bf_json_size(runs); out->n_runs++)
    BF_TRY(read_run(bf_json_at(runs, out->n_runs), &read[out->n_runs]));
done:
  return status;
}

void bf_timing_release(bf_timing *timing)
{
  free(timing->runs);
  *timing = (bf_timing){0};
}
