/* Searches of sleeping trials on ranks of this machine.
 * Room: cli. */
#include "cli/cluster_real.h"

#include <math.h>

#include "base/table.h"
#include "cli/cluster_launch.h"

/* What is tried. */
typedef struct range {
  size_t n_rank_counts;
  size_t rank_counts[BF_REAL_RANKS];
  size_t n_lengths;
  double lengths_ms[BF_REAL_LENGTHS];
  double search_s; /* so long a search is to take if nobody waits */
} range;

static const range full = {5, {1, 2, 4, 8, 16}, 3, {5, 20, 50}, 0.5};
static const double bar = 0.1;
static const range quick = {3, {1, 2, 8}, 2, {2, 50}, 0.2};
enum { N_TIMES = 3, LEAST_TRIALS = 8, MOST_TRIALS = 1000 };
enum { MOST_CASES = N_TIMES * BF_REAL_LENGTHS * BF_COST_SAMPLERS };

double bf_real_ratio(const bf_real_row *row)
{
  return row->simulated / row->real;
}

/* A sampler that thinks for longer than a trial decides how long the search takes. */
static size_t count_trials(const range *tried, const bf_costs *costs, size_t n_workers,
                           double trial_ms)
{
  bf_trial_cost cost = bf_costs_at(costs, MOST_TRIALS, 2 * n_workers);
  double trial_s = fmax(1e-3 * trial_ms / (double)n_workers, cost.ask_s + cost.accept_s);
  double n = ceil(tried->search_s / trial_s);
  return (size_t)fmin(fmax(n, (double)(LEAST_TRIALS * n_workers)), MOST_TRIALS);
}

static size_t choose_cases(const range *tried, size_t n_ranks, size_t n_samplers,
                           const bf_costs *costs, bf_timed_case *cases)
{
  size_t n_workers = n_ranks > 1 ? n_ranks - 1 : 1;
  size_t n = 0;
  for (size_t s = 0; s < n_samplers; s++)
    for (size_t i = 0; i < tried->n_lengths * N_TIMES; i++) {
      double ms = tried->lengths_ms[i / N_TIMES];
      bf_timed_case *chosen = &cases[n++];
      *chosen = (bf_timed_case){.trial_ms = ms,
                                .n_trials = count_trials(tried, &costs[s], n_workers, ms)};
      snprintf(chosen->sampler, sizeof chosen->sampler, "%s", costs[s].sampler);
    }
  return n;
}

static double core_of(const bf_timed_run *run)
{
  return fmin(1, run->cpu_s / run->clock_s);
}

static double utilisation_of(const bf_timed_run *run)
{
  double n_workers = run->n_ranks > 1 ? run->n_ranks - 1 : 1;
  return run->busy_s / (run->wall_s * n_workers);
}

/** Costs that are so many times as high. */
typedef struct slowed {
  const bf_costs *costs;
  double slow;
} slowed;

static bf_trial_cost slowed_at(const void *context, size_t n_told, size_t n_open)
{
  const slowed *s = context;
  bf_trial_cost cost = bf_costs_at(s->costs, n_told, n_open);
  return (bf_trial_cost){.ask_s = cost.ask_s * s->slow, .accept_s = cost.accept_s * s->slow};
}

/* What rank 0 took for asking and accepting by the clock, by what the costs say. They were measured
 * alone on a core at another time; this is how they were in this search. */
static double slowness_of(const bf_timed_run *run, const bf_costs *costs)
{
  double expected_s = 0;
  size_t n_open = run->n_ranks > 1 ? 2 * ((size_t)run->n_ranks - 1) : 1;
  for (size_t n_told = 0; n_told < run->given.n_trials; n_told++) {
    bf_trial_cost cost = bf_costs_at(costs, n_told, n_open);
    expected_s += cost.ask_s + cost.accept_s;
  }
  return run->clock_s / expected_s;
}

/* The trials take as long as they took: a sleep that ends late is a longer trial. */
static bf_status simulate(const bf_costs *costs, double nap_late_s, bf_real_row *row)
{
  const bf_timed_run *run = &row->run;
  const slowed context = {.costs = costs, .slow = row->slow};
  bool is_alone = run->n_ranks == 1;
  bf_simulation given = {.n_workers = is_alone ? 1 : (size_t)run->n_ranks - 1,
                         .n_trials = run->given.n_trials,
                         .trial_s = run->busy_s / (double)run->given.n_trials,
                         .cost = slowed_at,
                         .context = &context,
                         .message_s = is_alone ? 0 : row->message_s / row->core,
                         .worker_s = is_alone ? 0 : row->gap_s,
                         .nap_late_s = nap_late_s};
  bf_outcome outcome;
  bf_status status = is_alone ? bf_simulate_alone(&given, &outcome) : bf_simulate(&given, &outcome);
  if (status != BF_OK)
    return status;
  row->real = utilisation_of(run);
  row->simulated = outcome.utilisation;
  return BF_OK;
}

static const bf_costs *costs_of(const char *sampler, size_t n, const bf_costs *costs)
{
  size_t i = 0;
  while (i + 1 < n && strcmp(costs[i].sampler, sampler) != 0)
    i++;
  return &costs[i];
}

/* Of the runs of one search: what others do to the machine only ever takes away. */
static const bf_timed_run *least_disturbed(const bf_timed_run *runs)
{
  const bf_timed_run *best = runs;
  for (size_t i = 1; i < N_TIMES; i++)
    best = utilisation_of(&runs[i]) > utilisation_of(best) ? &runs[i] : best;
  return best;
}

static bf_status add_rows(const bf_timing *timing, size_t n_samplers, const bf_costs *costs,
                          double nap_late_s, bf_real *out)
{
  bf_status status = BF_OK;
  double gap_s = HUGE_VAL;
  for (size_t i = 0; i < timing->n_runs; i++)
    gap_s = fmin(gap_s, timing->runs[i].gap_s);
  for (size_t i = 0; i < timing->n_runs; i += N_TIMES) {
    const bf_timed_run *run = least_disturbed(&timing->runs[i]);
    BF_ASSERT(out->n_rows < BF_REAL_MOST);
    bf_real_row *row = &out->rows[out->n_rows++];
    const bf_costs *expected = costs_of(run->given.sampler, n_samplers, costs);
    *row = (bf_real_row){.run = *run,
                         .message_s = timing->message_s,
                         .gap_s = gap_s,
                         .core = core_of(run),
                         .slow = slowness_of(run, expected)};
    BF_TRY(simulate(expected, nap_late_s, row));
  }
done:
  return status;
}

bf_status bf_real_run(bf_session *session, const char *folder, bool is_quick, size_t n_samplers,
                      const bf_costs *costs, double nap_late_s, bf_real *out)
{
  bf_status status = BF_OK;
  bf_timed_case cases[MOST_CASES];
  bf_timing timing = {0};
  const range *tried = is_quick ? &quick : &full;
  out->n_rows = 0;
  for (size_t i = 0; i < tried->n_rank_counts; i++) {
    size_t n_ranks = tried->rank_counts[i];
    size_t n_cases = choose_cases(tried, n_ranks, n_samplers, costs, cases);
    bf_timing_release(&timing);
    BF_TRY(bf_timing_launch(session, folder, n_ranks, false, n_cases, cases, &timing));
    BF_TRY(add_rows(&timing, n_samplers, costs, nap_late_s, out));
  }
done:
  bf_timing_release(&timing);
  return status;
}

static void add_row(bf_table *table, const bf_real_row *row)
{
  const bf_timed_run *run = &row->run;
  bf_table_cell(table, "%s", run->given.sampler);
  bf_table_cell(table, "%d", run->n_ranks);
  bf_table_cell(table, "%g", run->given.trial_ms);
  bf_table_cell(table, "%zu", run->given.n_trials);
  bf_table_cell(table, "%.1f", 100 * row->real);
  bf_table_cell(table, "%.1f", 100 * row->simulated);
  bf_table_cell(table, "%.3f", bf_real_ratio(row));
  bf_table_cell(table, "%.1f", 1e6 * run->clock_s / (double)run->given.n_trials);
  bf_table_cell(table, "%.2f", row->slow);
  bf_table_cell(table, "%.0f", 100 * row->core);
}

bf_status bf_real_print(const bf_real *real, bf_text *text)
{
  static const char *const heads[] = {"sampler",     "ranks", "ms",         "trials", "real %",
                                      "simulated %", "ratio", "us a trial", "slow",   "core %"};
  bf_table table = {.n_columns = sizeof heads / sizeof *heads};
  double worst = 0;
  size_t n_near = 0;
  for (size_t i = 0; i < table.n_columns; i++)
    bf_table_cell(&table, "%s", heads[i]);
  for (size_t i = 0; i < real->n_rows; i++) {
    add_row(&table, &real->rows[i]);
    double difference = fabs(bf_real_ratio(&real->rows[i]) - 1);
    worst = fmax(worst, difference);
    n_near += difference <= bar;
  }
  bf_status status = bf_table_print(&table, text);
  bf_text_append(text,
                 "us a trial: asking and accepting, by the clock; slow: by what the costs say; "
                 "core: rank 0 had of one\n");
  bf_text_printf(text, "%zu of %zu within %.0f %%, largest difference %.1f %%\n", n_near,
                 real->n_rows, 100 * bar, 100 * worst);
  bf_table_release(&table);
  return status;
}

static bf_json *row_json(const bf_real_row *row)
{
  const bf_timed_run *run = &row->run;
  bf_json *json = bf_json_object();
  bf_json_set(json, "sampler", bf_json_string(run->given.sampler));
  bf_json_set(json, "ranks", bf_json_integer(run->n_ranks));
  bf_json_set(json, "trial_ms", bf_json_number(run->given.trial_ms));
  bf_json_set(json, "trials", bf_json_integer((int64_t)run->given.n_trials));
  bf_json_set(json, "message_us", bf_json_number(1e6 * row->message_s));
  bf_json_set(json, "gap_us", bf_json_number(1e6 * row->gap_s));
  bf_json_set(json, "slow", bf_json_number(row->slow));
  bf_json_set(json, "core", bf_json_number(row->core));
  bf_json_set(json, "wall_s", bf_json_number(run->wall_s));
  bf_json_set(json, "real", bf_json_number(row->real));
  bf_json_set(json, "simulated", bf_json_number(row->simulated));
  bf_json_set(json, "ratio", bf_json_number(bf_real_ratio(row)));
  return json;
}

bf_json *bf_real_json(const bf_real *real)
{
  bf_json *rows = bf_json_array();
  for (size_t i = 0; i < real->n_rows; i++)
    bf_json_push(rows, row_json(&real->rows[i]));
  return rows;
}
