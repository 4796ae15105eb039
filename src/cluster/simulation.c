/* A search on more workers than there are, as events.
 * Room: cluster. */
#include "cluster/simulation.h"

#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "base/random.h"
#include "cluster/backlog.h"
#include "cluster/nap.h"
#include "cluster/pace.h"

/* A look at an empty mailbox. Too short to matter; but time must pass. */
static const double look_s = 0.3e-6;
static const double shortest_trial_s = 1e-3;
/* Of a wait; by the last one naps have grown as long as they get. */
enum { N_LOOKS = 512 };
typedef struct worker {
  size_t n_queued; /* tasks that wait behind the one it runs */
  bool is_running;
  bool has_told;
  double start_s; /* of the trial it runs */
  double end_s;
  double idle_s; /* since when it waits */
} worker;

typedef struct result {
  double arrival_s;
  size_t worker;
} result;

/* A study in progress. Trials that run are a heap by their ends. */
typedef struct run {
  const bf_simulation *given;
  size_t depth; /* tasks that a worker holds */
  bf_backlog backlog;
  double *looks_s; /* (N_LOOKS) when somebody who waits looks, from the start of the wait */
  worker *workers;
  size_t *heap; /* (n_workers) workers that run a trial, the earliest end first */
  size_t n_running;
  result *mail; /* (n_mail_most) a ring: results that came, in the order of their coming */
  size_t n_mail_most;
  size_t first_mail;
  size_t n_mail;
  size_t n_asked;
  size_t n_started;
  size_t n_told;
  size_t n_heard; /* workers that told a trial */
  double now_s;   /* rank 0's time */
  double work_s;  /* of it in work */
  double busy_s;  /* in trials that ended */
  double steady_from_s;
  double steady_from_busy_s;
  double steady_to_s;
  double steady_to_busy_s;
} run;

static double trial_length(const bf_simulation *given, size_t number)
{
  if (given->spread <= 0)
    return given->trial_s;
  bf_random random = bf_random_stream(given->seed, BF_PURPOSE_LENGTH, number);
  double variance = log1p(given->spread * given->spread);
  return given->trial_s * exp(sqrt(variance) * bf_random_normal(&random) - 0.5 * variance);
}

static void list_looks(const bf_simulation *given, double *looks_s)
{
  bf_nap nap = {0};
  for (size_t i = 1; i < N_LOOKS; i++) {
    double pause_s = bf_nap_next(&nap);
    looks_s[i] = looks_s[i - 1] + (pause_s > 0 ? pause_s + given->nap_late_s : look_s);
  }
}

/* When somebody who looks for mail from @p from_s on finds what comes at @p arrival_s. */
static double notice(const run *r, double from_s, double arrival_s)
{
  double wait_s = arrival_s - from_s;
  const double *looks_s = r->looks_s;
  size_t low = 0;
  size_t high = N_LOOKS - 1;
  if (wait_s <= 0)
    return from_s;
  if (wait_s > looks_s[high]) {
    double step_s = looks_s[high] - looks_s[high - 1];
    return from_s + looks_s[high] + step_s * ceil((wait_s - looks_s[high]) / step_s);
  }
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (looks_s[middle] < wait_s)
      low = middle;
    else
      high = middle;
  }
  return from_s + looks_s[high];
}

static bool ends_before(const run *r, size_t a, size_t b)
{
  return r->workers[r->heap[a]].end_s < r->workers[r->heap[b]].end_s;
}

static void exchange(run *r, size_t a, size_t b)
{
  size_t kept = r->heap[a];
  r->heap[a] = r->heap[b];
  r->heap[b] = kept;
}

static void push_running(run *r, size_t w)
{
  size_t at = r->n_running++;
  r->heap[at] = w;
  for (; at > 0 && ends_before(r, at, (at - 1) / 2); at = (at - 1) / 2)
    exchange(r, at, (at - 1) / 2);
}

static size_t pop_running(run *r)
{
  size_t first = r->heap[0];
  r->heap[0] = r->heap[--r->n_running];
  for (size_t at = 0, child; (child = 2 * at + 1) < r->n_running; at = child) {
    child += child + 1 < r->n_running && ends_before(r, child + 1, child);
    if (!ends_before(r, child, at))
      break;
    exchange(r, at, child);
  }
  return first;
}

static void start_trial(run *r, size_t w, double start_s)
{
  worker *its = &r->workers[w];
  its->is_running = true;
  its->start_s = start_s;
  its->end_s = start_s + trial_length(r->given, r->n_started++);
  push_running(r, w);
}

static void end_trial(run *r)
{
  size_t w = pop_running(r);
  worker *its = &r->workers[w];
  double end_s = its->end_s;
  r->busy_s += end_s - its->start_s;
  size_t place = (r->first_mail + r->n_mail++) % r->n_mail_most;
  r->mail[place] = (result){.arrival_s = end_s + r->given->wire_s, .worker = w};
  its->is_running = false;
  its->idle_s = end_s;
  if (its->n_queued > 0) {
    its->n_queued--;
    start_trial(r, w, end_s + r->given->worker_s);
  }
}

/* Workers are ahead of nobody: what they do until @p until_s is done. */
static void run_workers(run *r, double until_s)
{
  while (r->n_running > 0 && r->workers[r->heap[0]].end_s <= until_s)
    end_trial(r);
}

static double busy_until(const run *r, double now_s)
{
  double busy_s = r->busy_s;
  for (size_t i = 0; i < r->n_running; i++)
    busy_s += fmax(0, now_s - r->workers[r->heap[i]].start_s);
  return busy_s;
}

static void work(run *r, double seconds)
{
  r->now_s += seconds;
  r->work_s += seconds;
  run_workers(r, r->now_s);
}

static size_t n_open(const run *r)
{
  return r->n_asked - r->n_told;
}

/* Half of what a result and a task cost in messages. */
static double half_message(const run *r)
{
  const bf_simulation *given = r->given;
  bool is_bundled = given->bundled_s > 0 && bf_backlog_is_behind(&r->backlog, r->now_s);
  return 0.5 * (is_bundled ? given->bundled_s : given->message_s);
}

static void hand_to(run *r, size_t w)
{
  const bf_simulation *given = r->given;
  worker *its = &r->workers[w];
  bf_trial_cost cost = given->cost(given->context, r->n_told, n_open(r));
  work(r, cost.ask_s + half_message(r));
  r->n_asked++;
  double arrival_s = r->now_s + given->wire_s;
  run_workers(r, arrival_s);
  if (its->is_running)
    its->n_queued++;
  else
    start_trial(r, w, notice(r, its->idle_s, arrival_s) + given->worker_s);
  if (r->n_asked == given->n_trials) {
    r->steady_to_s = r->now_s;
    r->steady_to_busy_s = busy_until(r, r->now_s);
  }
}

static void hand_out_first(run *r)
{
  for (size_t i = 0; i < r->depth; i++)
    for (size_t w = 0; w < r->given->n_workers && r->n_asked < r->given->n_trials; w++)
      hand_to(r, w);
}

static void await_mail(run *r)
{
  if (r->n_mail == 0)
    run_workers(r, r->workers[r->heap[0]].end_s);
  double arrival_s = r->mail[r->first_mail].arrival_s;
  if (arrival_s > r->now_s) {
    r->now_s = notice(r, r->now_s, arrival_s);
    bf_backlog_clear(&r->backlog, r->now_s);
  }
  run_workers(r, r->now_s);
}

static void note_first(run *r, worker *its)
{
  if (its->has_told)
    return;
  its->has_told = true;
  if (++r->n_heard == r->given->n_workers) {
    r->steady_from_s = r->now_s;
    r->steady_from_busy_s = busy_until(r, r->now_s);
  }
}

static void take_result(run *r)
{
  const bf_simulation *given = r->given;
  await_mail(r);
  size_t w = r->mail[r->first_mail].worker;
  r->first_mail = (r->first_mail + 1) % r->n_mail_most;
  r->n_mail--;
  bf_trial_cost cost = given->cost(given->context, r->n_told, n_open(r));
  work(r, cost.accept_s + half_message(r));
  r->n_told++;
  bf_backlog_take(&r->backlog, r->now_s, 1);
  note_first(r, &r->workers[w]);
  if (r->n_asked < given->n_trials)
    hand_to(r, w);
}

static double steady_of(const run *r)
{
  double span_s = r->steady_to_s - r->steady_from_s;
  if (r->n_heard < r->given->n_workers || span_s <= 0)
    return (double)NAN;
  return (r->steady_to_busy_s - r->steady_from_busy_s) / (span_s * (double)r->given->n_workers);
}

static bool is_number_from(double value, double least)
{
  return isfinite(value) && value >= least;
}

static bf_status check(const bf_simulation *given)
{
  bf_status status = BF_OK;
  BF_CHECK(given->n_workers > 0 && given->n_workers < SIZE_MAX / 1024, BF_ERR_USAGE,
           "a simulation of %zu workers", given->n_workers);
  BF_CHECK(given->n_trials > 0, BF_ERR_USAGE, "a simulation of no trials");
  BF_CHECK(is_number_from(given->trial_s, shortest_trial_s), BF_ERR_USAGE,
           "a simulation of trials of %g s, expected at least %g", given->trial_s,
           shortest_trial_s);
  BF_CHECK(is_number_from(given->spread, 0) && is_number_from(given->message_s, 0) &&
               is_number_from(given->bundled_s, 0) && is_number_from(given->wire_s, 0) &&
               is_number_from(given->worker_s, 0) && is_number_from(given->nap_late_s, 0),
           BF_ERR_USAGE, "a simulation with a negative spread or cost");
done:
  return status;
}

bf_status bf_simulate(const bf_simulation *given, bf_outcome *out)
{
  bf_status status = BF_OK;
  run r = {.given = given};
  BF_TRY(check(given));
  r.depth = bf_pace_depth(&(bf_pace){.is_known = true, .trial_s = given->trial_s}, false);
  r.n_mail_most = r.depth * given->n_workers;
  r.looks_s = bf_alloc(N_LOOKS, sizeof *r.looks_s);
  r.workers = bf_alloc(given->n_workers, sizeof *r.workers);
  r.heap = bf_alloc(given->n_workers, sizeof *r.heap);
  r.mail = bf_alloc(r.n_mail_most, sizeof *r.mail);
  BF_CHECK(r.looks_s != NULL && r.workers != NULL && r.heap != NULL && r.mail != NULL, BF_ERR_NOMEM,
           "out of memory (a simulation of %zu workers)", given->n_workers);
  list_looks(given, r.looks_s);
  hand_out_first(&r);
  bf_backlog_clear(&r.backlog, r.now_s);
  while (r.n_told < given->n_trials)
    take_result(&r);
  *out = (bf_outcome){.wall_s = r.now_s,
                      .utilisation = r.busy_s / (r.now_s * (double)given->n_workers),
                      .steady = steady_of(&r),
                      .load = r.work_s / r.now_s};
done:
  free(r.looks_s);
  free(r.workers);
  free(r.heap);
  free(r.mail);
  return status;
}

bf_status bf_simulate_alone(const bf_simulation *given, bf_outcome *out)
{
  double work_s = 0;
  double busy_s = 0;
  bf_status status = check(given);
  if (status != BF_OK)
    return status;
  for (size_t number = 0; number < given->n_trials; number++) {
    bf_trial_cost cost = given->cost(given->context, number, 1);
    work_s += cost.ask_s + cost.accept_s;
    busy_s += trial_length(given, number);
  }
  double wall_s = work_s + busy_s;
  *out = (bf_outcome){.wall_s = wall_s,
                      .utilisation = busy_s / wall_s,
                      .steady = busy_s / wall_s,
                      .load = work_s / wall_s};
  return BF_OK;
}
