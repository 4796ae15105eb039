/* A look at a study from outside.
 * Room: cli. */
#include "cli/status_look.h"

#include <math.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "search/hypervolume.h"

const double bf_look_patience_s = 30;

/* Long enough that a second counts little, short enough that a change shows. */
static const double stretch_s = 60;
enum { LEAST_TRIALS = 16 };

void bf_look_release(bf_look *look)
{
  free(look->running);
  *look = (bf_look){.record = NULL};
}

double bf_look_value(const bf_record *record, size_t j, double minimised)
{
  /* Not -minimised, which would make -0 of 0. */
  return bf_record_is_maximised(record, j) ? 0 - minimised : minimised;
}

static const bf_record_session *session_of(const bf_look *look)
{
  return &look->record->sessions[look->record->n_sessions - 1];
}

/* Pids are used again, in a container that was restarted even at once. Who was started after rank
 * 0's last sign of life is somebody else; the dates are good to a second or so. */
static bool is_somebody_else(const bf_look *look)
{
  return look->silent_s - bf_process_age_s(look->pid) > 2;
}

static bool runs(const bf_look *look)
{
  if (look->exit_code >= 0)
    return false;
  bf_run_file here = bf_run_file_start();
  if (strcmp(look->host, here.host) == 0)
    return bf_process_lives(look->pid) && !is_somebody_else(look);
  return look->silent_s < bf_look_patience_s;
}

/* Rank 0 as the journal has it, or as run.json does, unless that is left of an earlier session. */
static void find_state(bf_look *look)
{
  const bf_record_session *session = session_of(look);
  look->host = session->host;
  look->pid = session->pid;
  look->exit_code = -1;
  look->silent_s = (double)NAN;
  if (bf_run_file_read(look->record->folder, &look->run) == BF_OK &&
      look->run.date_s >= session->start_s) {
    look->host = look->run.host;
    look->pid = look->run.pid;
    look->exit_code = look->run.exit_code;
    look->silent_s = fmax(look->now_s - look->run.date_s, 0);
  }
  look->wall_s = look->record->wall_s;
  if (runs(look)) {
    look->state = BF_STUDY_RUNS;
    look->wall_s += fmax(look->now_s - session->start_s, 0) - session->wall_s;
    return;
  }
  look->state = session->end != NULL ? BF_STUDY_ENDED : BF_STUDY_CUT_OFF;
  if (look->exit_code < 0 && session->end != NULL)
    look->exit_code = session->exit_code;
}

/* Of a trial that no worker ended, which failed because its workers died, none is known. */
static bool has_times(const bf_record_trial *trial)
{
  return trial->started_s > 0;
}

static double end_of(const bf_record_trial *trial)
{
  return trial->started_s + trial->duration_s;
}

static const bf_record_trial *told(const bf_look *look, size_t i)
{
  return &look->record->trials[look->record->told[i]];
}

static void count_trials(bf_look *look)
{
  for (size_t i = 0; i < look->record->n_trials; i++) {
    const bf_record_trial *trial = told(look, i);
    look->n_failed += trial->failed;
    if (trial->failed)
      look->last_failed = trial;
  }
  look->n_done = look->record->n_trials - look->n_failed;
}

/* Counts back from now. Without a trial before those that count, the session's start is before. */
static void find_rate(bf_look *look)
{
  const bf_record *record = look->record;
  double session_s = session_of(look)->start_s;
  double minute_s = fmax(look->now_s - stretch_s, session_s);
  double before_s = session_s;
  double first_s = look->now_s;
  size_t n = 0;
  look->rate = (double)NAN;
  look->eta_s = (double)NAN;
  for (size_t i = record->n_trials; look->state == BF_STUDY_RUNS && i-- > 0; n++) {
    double end_s = end_of(told(look, i));
    if (!has_times(told(look, i)))
      continue;
    if (end_s < session_s)
      break;
    if (n >= LEAST_TRIALS && end_s < minute_s) {
      before_s = end_s;
      break;
    }
    first_s = end_s;
  }
  if (n >= LEAST_TRIALS && first_s >= minute_s)
    before_s = minute_s;
  if (n == 0 || look->now_s <= before_s)
    return;
  look->rate = (double)n / (look->now_s - before_s);
  /* Fewer may be wanted now than were run before. */
  if (record->n_asked_at_most > record->n_trials)
    look->eta_s = (double)(record->n_asked_at_most - record->n_trials) / look->rate;
}

/* What is known of a rank. */
typedef struct worker {
  const bf_record_trial *last;    /* that it ended in this session */
  const bf_record_pending *first; /* that it was handed */
} worker;

static worker *list_workers(const bf_look *look)
{
  const bf_record *record = look->record;
  worker *workers = bf_alloc(record->n_ranks, sizeof *workers);
  for (size_t i = 0; workers != NULL && i < record->n_trials; i++) {
    const bf_record_trial *trial = told(look, i);
    if (trial->rank >= 0 && (size_t)trial->rank < record->n_ranks && has_times(trial) &&
        trial->started_s >= session_of(look)->start_s)
      workers[trial->rank].last = trial;
  }
  return workers;
}

static void add_running(bf_look *look, const bf_record_pending *pending, worker *w)
{
  double since_s = fmax(pending->asked_s, session_of(look)->start_s);
  bf_running *running = &look->running[look->n_running++];
  *running = (bf_running){.number = pending->number, .rank = pending->rank};
  if (w != NULL && w->last != NULL) {
    running->host = w->last->host;
    since_s = fmax(since_s, end_of(w->last));
  }
  running->for_s = fmax(look->now_s - since_s, 0);
}

/* Of pending trial @p i; NULL for a rank that there is not. */
static worker *worker_of(const bf_look *look, worker *workers, size_t i)
{
  int rank = look->record->pending[i].rank;
  return rank >= 0 && (size_t)rank < look->record->n_ranks ? &workers[rank] : NULL;
}

/* A worker runs what it was handed first. */
static bf_status find_running(bf_look *look)
{
  bf_status status = BF_OK;
  const bf_record *record = look->record;
  worker *workers = NULL;
  look->n_waiting = record->n_pending;
  if (look->state != BF_STUDY_RUNS)
    return BF_OK;
  workers = list_workers(look);
  BF_CHECK_MEMORY(workers);
  look->running = bf_alloc(record->n_pending, sizeof *look->running);
  BF_CHECK_MEMORY(look->running);
  for (size_t i = 0; i < record->n_pending; i++) {
    worker *w = worker_of(look, workers, i);
    if (w != NULL && (w->first == NULL || record->pending[i].place < w->first->place))
      w->first = &record->pending[i];
  }
  for (size_t i = 0; i < record->n_pending; i++) {
    worker *w = worker_of(look, workers, i);
    if (w == NULL || w->first == &record->pending[i])
      add_running(look, &record->pending[i], w);
  }
  look->n_waiting -= look->n_running;
done:
  free(workers);
  return status;
}

/* The box of all that was seen; front and best. @return Whether it has an extent. */
static bool find_box(bf_look *look)
{
  const bf_record *record = look->record;
  bool is_wide = false;
  for (size_t j = 0; j < record->n_objectives; j++) {
    look->ideal[j] = (double)INFINITY;
    look->worst[j] = -(double)INFINITY;
  }
  for (size_t c = 0; c < record->n_candidates; c++) {
    const double *point = bf_record_minimised(record, c);
    for (size_t j = 0; bf_record_is_feasible(record, c) && j < record->n_objectives; j++) {
      look->ideal[j] = fmin(look->ideal[j], point[j]);
      look->worst[j] = fmax(look->worst[j], point[j]);
      is_wide = is_wide || look->worst[j] > look->ideal[j];
    }
    look->n_front += record->candidates[c].on_front;
    if (record->n_objectives == 1 && look->best == NULL && record->candidates[c].on_front)
      look->best = &record->candidates[c];
  }
  return is_wide;
}

/* An objective in which all agree takes no part. Halves, because the difference of the largest
 * numbers is none. */
static double scaled(const bf_look *look, size_t j, double value)
{
  double range = look->worst[j] / 2 - look->ideal[j] / 2;
  return range > 0 ? (value / 2 - look->ideal[j] / 2) / range : 0;
}

static bf_status find_volume(bf_look *look)
{
  bf_status status = BF_OK;
  const bf_record *record = look->record;
  size_t m = record->n_objectives;
  size_t n = 0;
  double corner[BF_N_METRICS];
  double *points = NULL;
  look->volume = (double)NAN;
  if (!find_box(look) || m == 1)
    return BF_OK;
  points = bf_alloc(look->n_front * m, sizeof *points);
  BF_CHECK_MEMORY(points);
  for (size_t j = 0; j < m; j++)
    corner[j] = 1;
  for (size_t c = 0; c < record->n_candidates; c++)
    for (size_t j = 0; record->candidates[c].on_front && j < m; j++)
      points[n++] = scaled(look, j, bf_record_minimised(record, c)[j]);
  BF_TRY(bf_hypervolume(m, look->n_front, points, corner, &look->volume));
done:
  free(points);
  return status;
}

bf_status bf_look_take(const bf_record *record, bf_look *out)
{
  *out = (bf_look){.record = record, .now_s = bf_date_s()};
  find_state(out);
  count_trials(out);
  find_rate(out);
  bf_status status = find_running(out);
  if (status == BF_OK)
    status = find_volume(out);
  if (status != BF_OK)
    bf_look_release(out);
  return status;
}
