/* Studies of a sampler on a problem, and what they come to.
 * Room: cli. */
#include "cli/sampler_bench.h"

#include <math.h>

#include "base/clock.h"
#include "base/median.h"
#include "base/memory.h"
#include "base/random.h"
#include "search/hypervolume.h"

static const size_t usual_stops[] = {25, 50, 100, 200, 500};
enum { N_USUAL_STOPS = sizeof usual_stops / sizeof *usual_stops };

typedef struct running {
  uint64_t number;
  double end;
} running;

/* A study; its arrays serve one seed after the other. */
typedef struct study {
  const bf_problem *problem;
  bf_sampler *sampler;
  uint64_t seed;
  double now;
  size_t n_asked;
  uint32_t *indexes; /* (n_trials, n_parameters) as they were asked */
  size_t n_told;
  double *objectives; /* (n_trials, n_objectives) as they were told */
  size_t n_running;
  running *running; /* (in_flight, or n_trials if that is less) */
  double seconds;   /* in asks and tells */
} study;

static bf_status ask(study *s, bool *exhausted)
{
  uint32_t *indexes = s->indexes + s->n_asked * s->problem->space.n_parameters;
  double start = bf_clock_s();
  bf_status status = bf_sampler_ask(s->sampler, s->n_asked, indexes, exhausted);
  s->seconds += bf_clock_s() - start;
  if (status != BF_OK || *exhausted)
    return status;
  double unit = ((double)bf_trial_seed(s->seed, s->n_asked) + 0.5) * 0x1p-53;
  s->running[s->n_running++] = (running){.number = s->n_asked, .end = s->now - log(unit)};
  s->n_asked++;
  return BF_OK;
}

/* Ends the running trial that is ready first. */
static bf_status tell(study *s)
{
  size_t first = 0;
  for (size_t i = 1; i < s->n_running; i++)
    if (s->running[i].end < s->running[first].end)
      first = i;
  running ended = s->running[first];
  s->running[first] = s->running[--s->n_running];
  s->now = ended.end;
  const bf_problem *problem = s->problem;
  double *objectives = s->objectives + s->n_told++ * problem->n_objectives;
  problem->evaluate(problem, s->indexes + ended.number * problem->space.n_parameters, objectives);
  double start = bf_clock_s();
  bf_status status = bf_sampler_tell(s->sampler, ended.number, objectives, 0);
  s->seconds += bf_clock_s() - start;
  return status;
}

static bf_status start(const bf_problem *problem, const char *sampler, const bf_bench_plan *plan,
                       uint64_t seed, bf_sampler **out)
{
  bf_sampler_options options = plan->options;
  options.seed = seed;
  options.n_objectives = problem->n_objectives;
  return bf_sampler_create(sampler, &problem->space, &options, out);
}

static bf_status run_study(const char *sampler, const bf_bench_plan *plan, uint64_t seed, study *s)
{
  bf_status status;
  bool exhausted = false;
  s->seed = seed;
  s->now = s->seconds = 0;
  s->n_asked = s->n_told = s->n_running = 0;
  BF_TRY(start(s->problem, sampler, plan, seed, &s->sampler));
  while (s->n_told < plan->n_trials && (s->n_running > 0 || !exhausted)) {
    while (!exhausted && s->n_running < plan->in_flight && s->n_asked < plan->n_trials)
      BF_TRY(ask(s, &exhausted));
    if (s->n_running > 0)
      BF_TRY(tell(s));
  }
done:
  bf_sampler_free(s->sampler);
  s->sampler = NULL;
  return status;
}

static int compare_codes(const void *a, const void *b)
{
  uint64_t left = *(const uint64_t *)a;
  uint64_t right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

/* Counted, not believed. The spaces of all problems are below 2^64. */
static bf_status count_distinct(const study *s, size_t *n_distinct)
{
  const bf_space *space = &s->problem->space;
  uint64_t *codes = bf_alloc(s->n_asked, sizeof *codes);
  if (codes == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu configurations", s->n_asked);
  for (size_t k = 0; k < s->n_asked; k++)
    for (size_t d = 0; d < space->n_parameters; d++)
      codes[k] =
          codes[k] * space->parameters[d].n_choices + s->indexes[k * space->n_parameters + d];
  qsort(codes, s->n_asked, sizeof *codes, compare_codes);
  *n_distinct = s->n_asked > 0;
  for (size_t k = 1; k < s->n_asked; k++)
    *n_distinct += codes[k] != codes[k - 1];
  free(codes);
  return BF_OK;
}

static bf_status share_of_front(const study *s, double *share)
{
  const bf_problem *problem = s->problem;
  bool *is_found = bf_alloc(problem->n_front, sizeof *is_found);
  if (is_found == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a front of %zu", problem->n_front);
  size_t n_found = 0;
  for (size_t k = 0; k < s->n_told; k++) {
    size_t at = 0;
    if (bf_problem_finds(problem, s->objectives + k * problem->n_objectives, &at)) {
      n_found += !is_found[at];
      is_found[at] = true;
    }
  }
  *share = (double)n_found / (double)problem->n_front;
  free(is_found);
  return BF_OK;
}

/* Adds the figures of study @p k to @p sum. Means and squares about them grow together (Welford,
 * Technometrics 1962); the squares go into std. */
static bf_status add_figures(const study *s, size_t k, bf_bench_result *sum)
{
  bf_status status = BF_OK;
  const bf_problem *problem = s->problem;
  for (size_t i = 0; i < sum->n_stops; i++) {
    double volume = 0;
    size_t n = sum->stops[i] < s->n_told ? sum->stops[i] : s->n_told;
    BF_TRY(bf_hypervolume(problem->n_objectives, n, s->objectives, problem->reference, &volume));
    double difference = volume / problem->volume - sum->mean[i];
    sum->mean[i] += difference / (double)(k + 1);
    sum->std[i] += difference * (volume / problem->volume - sum->mean[i]);
  }
  size_t n_distinct = 0;
  double share = 0;
  BF_TRY(count_distinct(s, &n_distinct));
  BF_TRY(share_of_front(s, &share));
  sum->n_distinct += (double)n_distinct;
  sum->front_found += share;
  sum->ask_tell_us += 1e6 * s->seconds / (double)s->n_told;
done:
  return status;
}

/* Sums to means. */
static void average(size_t n_seeds, bf_bench_result *sum)
{
  double n = (double)n_seeds;
  for (size_t i = 0; i < sum->n_stops; i++)
    sum->std[i] = n_seeds > 1 ? sqrt(sum->std[i] / (n - 1)) : 0;
  sum->n_distinct /= n;
  sum->front_found /= n;
  sum->ask_tell_us /= n;
}

static void fill_stops(size_t n_trials, bf_bench_result *result)
{
  for (size_t i = 0; i < N_USUAL_STOPS && usual_stops[i] < n_trials; i++)
    result->stops[result->n_stops++] = usual_stops[i];
  result->stops[result->n_stops++] = n_trials;
}

/* A sampler that was told @p n random trials. */
static bf_status preload(const bf_problem *problem, const char *name, const bf_bench_plan *plan,
                         size_t n, study *s)
{
  bf_status status;
  bf_sampler *order = NULL;
  BF_TRY(start(problem, "brute-force", plan, s->seed, &order));
  BF_TRY(start(problem, name, plan, s->seed, &s->sampler));
  for (size_t k = 0; k < n; k++) {
    bool exhausted;
    BF_TRY(bf_sampler_ask(order, k, s->indexes, &exhausted));
    BF_TRY(bf_sampler_restore(s->sampler, k, s->indexes));
    problem->evaluate(problem, s->indexes, s->objectives);
    BF_TRY(bf_sampler_tell(s->sampler, k, s->objectives, 0));
  }
done:
  bf_sampler_free(order);
  return status;
}

/* Asks and tells trial @p k. @return Microseconds in *us. */
static bf_status time_trial(uint64_t k, study *s, double *us)
{
  bool exhausted;
  double before = bf_clock_s();
  bf_status status = bf_sampler_ask(s->sampler, k, s->indexes, &exhausted);
  double asked = bf_clock_s();
  if (status != BF_OK)
    return status;
  s->problem->evaluate(s->problem, s->indexes, s->objectives);
  double evaluated = bf_clock_s();
  status = bf_sampler_tell(s->sampler, k, s->objectives, 0);
  *us = 1e6 * (asked - before + bf_clock_s() - evaluated);
  return status;
}

/* The mean of a few trials beside the n that the study has. The first one is not counted: it makes
 * up for the asks that there were none of. */
static bf_status time_round(size_t n, study *s, double *mean_us)
{
  size_t n_more = n < 400 ? 20 : 50;
  double sum = 0;
  double us = 0;
  bf_status status = time_trial(n, s, &us);
  for (size_t k = n + 1; k <= n + n_more && status == BF_OK; k++) {
    status = time_trial(k, s, &us);
    sum += us;
  }
  *mean_us = sum / (double)n_more;
  return status;
}

/* The median of several studies, for about two seconds: what an ask costs depends on what the
 * trials were, and now and then the machine does something else. */
static bf_status time_size(const char *name, const bf_bench_plan *plan, size_t n, study *s,
                           double *us)
{
  enum { LEAST_ROUNDS = 3, MOST_ROUNDS = 50 };
  bf_status status = BF_OK;
  double rounds[MOST_ROUNDS];
  size_t n_rounds = 0;
  double begin = bf_clock_s();
  *us = nan("");
  if (bf_space_size(&s->problem->space) / 2 < n)
    return BF_OK;
  while (n_rounds < LEAST_ROUNDS || (n_rounds < MOST_ROUNDS && bf_clock_s() - begin < 2)) {
    s->seed = plan->first_seed + n_rounds;
    BF_TRY(preload(s->problem, name, plan, n, s));
    BF_TRY(time_round(n, s, &rounds[n_rounds++]));
    bf_sampler_free(s->sampler);
    s->sampler = NULL;
  }
  *us = bf_median(n_rounds, rounds);
done:
  bf_sampler_free(s->sampler);
  s->sampler = NULL;
  return status;
}

static bf_status reserve(const bf_problem *problem, const bf_bench_plan *plan, study *s)
{
  bf_status status = BF_OK;
  size_t n = plan->n_trials;
  size_t n_running = plan->in_flight < n ? plan->in_flight : n;
  s->problem = problem;
  s->indexes = bf_alloc(n, problem->space.n_parameters * sizeof *s->indexes);
  BF_CHECK_MEMORY(s->indexes);
  s->objectives = bf_alloc(n, problem->n_objectives * sizeof *s->objectives);
  BF_CHECK_MEMORY(s->objectives);
  s->running = bf_alloc(n_running, sizeof *s->running);
  BF_CHECK_MEMORY(s->running);
done:
  return status;
}

bf_status bf_bench_run(const bf_problem *problem, const char *sampler, const bf_bench_plan *plan,
                       bf_bench_result *result)
{
  bf_status status;
  study s = {0};
  bf_bench_result sum = {.sampler = bf_sampler_canonical(sampler)};
  fill_stops(plan->n_trials, &sum);
  BF_TRY(reserve(problem, plan, &s));
  for (size_t i = 0; i < plan->n_seeds; i++) {
    BF_TRY(run_study(sampler, plan, plan->first_seed + i, &s));
    BF_TRY(add_figures(&s, i, &sum));
  }
  average(plan->n_seeds, &sum);
  for (size_t i = 0; i < plan->n_sizes; i++)
    BF_TRY(time_size(sampler, plan, plan->sizes[i], &s, &sum.us_at[i]));
  *result = sum;
done:
  free(s.indexes);
  free(s.objectives);
  free(s.running);
  return status;
}
