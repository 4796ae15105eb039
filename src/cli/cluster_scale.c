/* How busy one rank 0 keeps many workers.
 * Room: cli. */
#include "cli/cluster_scale.h"

#include <math.h>

#include "base/memory.h"
#include "base/table.h"
#include "cluster/pace.h"

static const size_t worker_counts[] = {16, 64, 256, 1024, 2048, 4096};
static const double lengths_ms[] = {5, 20, 50, 100, 200, 500};
enum { N_COUNTS = 6, N_LENGTHS = 6 };

/* A study is so long, or so long a worker: its start and its end are a small part of it. */
enum { LEAST_TRIALS = 10000, TRIALS_A_WORKER = 50 };

/* What leaders of nodes could do: gather results for as long as a nap, and hand on bundles of
 * tasks. */
static const double gather_s = 1e-3;

static const double bar = 0.95;

/** What must be met. */
static const struct {
  const char *sampler;
  size_t n_workers;
  double trial_ms;
  size_t n_trials;
} bars[] = {{"random", 1024, 50, 51200}, {"random", 2048, 100, 102400}, {"tpe", 256, 500, 10000}};
enum { N_BARS = sizeof bars / sizeof *bars };

/** Where one rank 0 is at its end. */
typedef struct saturation {
  double trials_per_s;       /* that it can serve at most */
  double workers[N_LENGTHS]; /* that it keeps busy for 95 % of the time */
} saturation;

/** Of one sampler. */
typedef struct projection {
  bf_outcome at[N_COUNTS][N_LENGTHS];
  saturation shared;  /* messages through shared memory */
  saturation tcp;     /* through TCP */
  saturation single;  /* through TCP, if rank 0 made no bundles when it is behind */
  saturation leaders; /* through TCP, gathered by leaders of nodes */
} projection;

struct bf_scale {
  bf_scale_costs costs;
  projection samplers[BF_COST_SAMPLERS];
  bf_outcome bars[N_BARS]; /* wall_s is 0 where the sampler was not measured */
};

/** How messages travel. */
typedef struct way {
  double message_s;
  double bundled_s; /* for a trial, when rank 0 is behind; 0: as message_s */
  double wire_s;
} way;

/* Of what a worker holds when rank 0 is behind half travels together. */
static way in_bundles(const bf_scale_costs *costs, double message_s)
{
  const double n = 0.5 * BF_PACE_BEHIND;
  return (way){.message_s = message_s, .bundled_s = (message_s + (n - 1) * costs->bundled_s) / n};
}

static bf_simulation setting(const bf_scale *scale, size_t sampler, size_t n_workers,
                             double trial_ms, size_t n_trials)
{
  const bf_scale_costs *costs = &scale->costs;
  return (bf_simulation){.n_workers = n_workers,
                         .n_trials = n_trials,
                         .trial_s = 1e-3 * trial_ms,
                         .spread = costs->spread,
                         .seed = 1,
                         .cost = bf_costs_at,
                         .context = &costs->costs[sampler],
                         .message_s = costs->message_s,
                         .bundled_s = in_bundles(costs, costs->message_s).bundled_s,
                         .worker_s = costs->worker_s,
                         .nap_late_s = costs->nap_late_s};
}

static size_t trials_of(size_t n_workers)
{
  size_t n = TRIALS_A_WORKER * n_workers;
  return n > LEAST_TRIALS ? n : LEAST_TRIALS;
}

static bf_status fill_table(bf_scale *scale, size_t sampler)
{
  bf_status status = BF_OK;
  for (size_t c = 0; c < N_COUNTS; c++)
    for (size_t l = 0; l < N_LENGTHS; l++) {
      size_t n = worker_counts[c];
      bf_simulation given = setting(scale, sampler, n, lengths_ms[l], trials_of(n));
      BF_TRY(bf_simulate(&given, &scale->samplers[sampler].at[c][l]));
    }
done:
  return status;
}

/* What a study costs a trial that has come as far as it was measured. */
static double trial_cost(const bf_scale *scale, size_t sampler, size_t n_workers, way how)
{
  bf_trial_cost cost = bf_costs_at(&scale->costs.costs[sampler], SIZE_MAX / 2, 2 * n_workers);
  return cost.ask_s + cost.accept_s + (how.bundled_s > 0 ? how.bundled_s : how.message_s);
}

/** A study of one sampler that has come as far as it was measured: the context of late_cost. */
static bf_trial_cost late_cost(const void *context, size_t n_told, size_t n_open)
{
  (void)n_told;
  return bf_costs_at(context, SIZE_MAX / 2, n_open);
}

static bf_status keeps_busy(const bf_scale *scale, size_t sampler, double n_workers,
                            double trial_ms, way how, bool *keeps)
{
  bf_outcome outcome;
  size_t n = (size_t)n_workers;
  size_t n_each = (size_t)fmax(16, 2e3 / trial_ms);
  bf_simulation given = setting(scale, sampler, n, trial_ms, n_each * n);
  given.cost = late_cost;
  given.message_s = how.message_s;
  given.bundled_s = how.bundled_s;
  given.wire_s = how.wire_s;
  bf_status status = bf_simulate(&given, &outcome);
  *keeps = status == BF_OK && outcome.steady >= bar;
  return status;
}

/* Up or down from a guess, by 4 % each time, to the last number of workers that is kept busy. */
static bf_status find_workers(const bf_scale *scale, size_t sampler, double trial_ms, way how,
                              double *found)
{
  static const double step = 1.04;
  bf_status status = BF_OK;
  double cost_s = trial_cost(scale, sampler, 512, how);
  double n_workers = fmax(1, floor(1e-3 * trial_ms / cost_s / bar));
  bool keeps = false;
  BF_TRY(keeps_busy(scale, sampler, n_workers, trial_ms, how, &keeps));
  bool goes_up = keeps;
  while (keeps == goes_up && n_workers > 0) {
    *found = goes_up ? n_workers : 0;
    n_workers = goes_up ? ceil(step * n_workers) : floor(n_workers / step);
    if (n_workers > 0)
      BF_TRY(keeps_busy(scale, sampler, n_workers, trial_ms, how, &keeps));
  }
  if (!goes_up)
    *found = n_workers;
done:
  return status;
}

static bf_status saturate(const bf_scale *scale, size_t sampler, way how, saturation *out)
{
  bf_status status = BF_OK;
  out->trials_per_s = 1 / trial_cost(scale, sampler, 512, how);
  for (size_t l = 0; l < N_LENGTHS; l++)
    BF_TRY(find_workers(scale, sampler, lengths_ms[l], how, &out->workers[l]));
done:
  return status;
}

static bf_status project(bf_scale *scale, size_t sampler)
{
  bf_status status = BF_OK;
  const bf_scale_costs *costs = &scale->costs;
  projection *p = &scale->samplers[sampler];
  BF_TRY(fill_table(scale, sampler));
  BF_TRY(saturate(scale, sampler, in_bundles(costs, costs->message_s), &p->shared));
  BF_TRY(saturate(scale, sampler, in_bundles(costs, costs->tcp_message_s), &p->tcp));
  BF_TRY(saturate(scale, sampler, (way){.message_s = costs->tcp_message_s}, &p->single));
  BF_TRY(saturate(scale, sampler, (way){.message_s = costs->bundled_s, .wire_s = gather_s},
                  &p->leaders));
done:
  return status;
}

static bf_status check_bars(bf_scale *scale)
{
  bf_status status = BF_OK;
  const bf_scale_costs *costs = &scale->costs;
  for (size_t b = 0; b < N_BARS; b++)
    for (size_t s = 0; s < scale->costs.n_samplers; s++)
      if (strcmp(scale->costs.costs[s].sampler, bars[b].sampler) == 0) {
        bf_simulation given =
            setting(scale, s, bars[b].n_workers, bars[b].trial_ms, bars[b].n_trials);
        way how = in_bundles(costs, costs->tcp_message_s);
        given.message_s = how.message_s;
        given.bundled_s = how.bundled_s;
        BF_TRY(bf_simulate(&given, &scale->bars[b]));
      }
done:
  return status;
}

bf_status bf_scale_run(const bf_scale_costs *costs, bf_scale **out)
{
  bf_status status = BF_OK;
  bf_scale *scale = bf_alloc(1, sizeof *scale);
  BF_CHECK_MEMORY(scale);
  scale->costs = *costs;
  BF_ASSERT(costs->n_samplers <= BF_COST_SAMPLERS);
  for (size_t s = 0; s < costs->n_samplers; s++)
    BF_TRY(project(scale, s));
  BF_TRY(check_bars(scale));
  *out = scale;
  scale = NULL;
done:
  bf_scale_free(scale);
  return status;
}

void bf_scale_free(bf_scale *scale)
{
  free(scale);
}

static void add_lengths(bf_table *table)
{
  for (size_t l = 0; l < N_LENGTHS; l++)
    bf_table_cell(table, "%g ms", lengths_ms[l]);
}

static bf_status print_costs(const bf_scale *scale, bf_text *text)
{
  const bf_scale_costs *costs = &scale->costs;
  const bf_cost_grid *grid = &costs->costs[0].grid;
  bf_table table = {.n_columns = 2 + grid->n_told};
  bf_text_printf(text,
                 "message  %.2f us of rank 0 through shared memory, %.2f us through TCP: a result "
                 "in, a task out;\n         %.2f us for each trial where many travel in one "
                 "message\nworker   %.0f us between two trials; naps are %.0f us longer "
                 "than asked for\n\nask + accept, us, when so many trials were told\n",
                 1e6 * costs->message_s, 1e6 * costs->tcp_message_s, 1e6 * costs->bundled_s,
                 1e6 * costs->worker_s, 1e6 * costs->nap_late_s);
  bf_table_cell(&table, "sampler");
  bf_table_cell(&table, "handed out");
  for (size_t i = 0; i < grid->n_told; i++)
    bf_table_cell(&table, "%zu", grid->told[i]);
  for (size_t s = 0; s < costs->n_samplers; s++)
    for (size_t o = 0; o < grid->n_open; o++) {
      bf_table_cell(&table, "%s", costs->costs[s].sampler);
      bf_table_cell(&table, "%zu", grid->open[o]);
      for (size_t t = 0; t < grid->n_told; t++) {
        bf_trial_cost at = costs->costs[s].at[t][o];
        bf_table_cell(&table, "%.1f + %.1f", 1e6 * at.ask_s, 1e6 * at.accept_s);
      }
    }
  bf_status status = bf_table_print(&table, text);
  bf_table_release(&table);
  return status;
}

static bf_status print_utilisation(const bf_scale *scale, bf_text *text)
{
  bf_table table = {.n_columns = 2 + N_LENGTHS};
  bf_text_append(text, "\nutilisation of the workers, %\n");
  bf_table_cell(&table, "sampler");
  bf_table_cell(&table, "workers");
  add_lengths(&table);
  for (size_t s = 0; s < scale->costs.n_samplers; s++)
    for (size_t c = 0; c < N_COUNTS; c++) {
      bf_table_cell(&table, "%s", scale->costs.costs[s].sampler);
      bf_table_cell(&table, "%zu", worker_counts[c]);
      for (size_t l = 0; l < N_LENGTHS; l++)
        bf_table_cell(&table, "%.1f", 100 * scale->samplers[s].at[c][l].utilisation);
    }
  bf_status status = bf_table_print(&table, text);
  bf_table_release(&table);
  return status;
}

static void print_bars(const bf_scale *scale, bf_text *text)
{
  bf_text_append(text, "\n");
  for (size_t b = 0; b < N_BARS; b++)
    if (scale->bars[b].wall_s > 0)
      bf_text_printf(text, "bar      %s, %zu workers, %g ms, %zu trials, TCP: %.1f %% (95 %%) %s\n",
                     bars[b].sampler, bars[b].n_workers, bars[b].trial_ms, bars[b].n_trials,
                     100 * scale->bars[b].utilisation,
                     scale->bars[b].utilisation >= bar ? "met" : "MISSED");
}

static void add_saturation(bf_table *table, const char *sampler, const char *how,
                           const saturation *at, double base)
{
  bf_table_cell(table, "%s", sampler);
  bf_table_cell(table, "%s", how);
  bf_table_cell(table, "%.0f", at->trials_per_s);
  bf_table_cell(table, "%.2f", at->trials_per_s / base);
  for (size_t l = 0; l < N_LENGTHS; l++)
    bf_table_cell(table, "%.0f", at->workers[l]);
}

static bf_status print_saturation(const bf_scale *scale, bf_text *text)
{
  bf_table table = {.n_columns = 4 + N_LENGTHS};
  bf_text_append(text,
                 "\none rank 0 at its end: trials a second; workers it keeps busy for 95 % of "
                 "the time\n");
  bf_table_cell(&table, "sampler");
  bf_table_cell(&table, "messages");
  bf_table_cell(&table, "trials/s");
  bf_table_cell(&table, "x TCP");
  add_lengths(&table);
  for (size_t s = 0; s < scale->costs.n_samplers; s++) {
    const char *name = scale->costs.costs[s].sampler;
    const projection *p = &scale->samplers[s];
    add_saturation(&table, name, "memory", &p->shared, p->tcp.trials_per_s);
    add_saturation(&table, name, "TCP", &p->tcp, p->tcp.trials_per_s);
    add_saturation(&table, name, "TCP, one by one", &p->single, p->tcp.trials_per_s);
    add_saturation(&table, name, "TCP, leaders", &p->leaders, p->tcp.trials_per_s);
  }
  bf_status status = bf_table_print(&table, text);
  bf_table_release(&table);
  return status;
}

bf_status bf_scale_print(const bf_scale *scale, bf_text *text)
{
  bf_status status = BF_OK;
  BF_TRY(print_costs(scale, text));
  BF_TRY(print_utilisation(scale, text));
  print_bars(scale, text);
  BF_TRY(print_saturation(scale, text));
done:
  return status;
}

static bf_json *costs_json(const bf_costs *costs)
{
  bf_json *array = bf_json_array();
  for (size_t t = 0; t < costs->grid.n_told; t++)
    for (size_t o = 0; o < costs->grid.n_open; o++) {
      bf_json *json = bf_json_object();
      bf_json_set(json, "told", bf_json_integer((int64_t)costs->grid.told[t]));
      bf_json_set(json, "open", bf_json_integer((int64_t)costs->grid.open[o]));
      bf_json_set(json, "ask_us", bf_json_number(1e6 * costs->at[t][o].ask_s));
      bf_json_set(json, "accept_us", bf_json_number(1e6 * costs->at[t][o].accept_s));
      bf_json_push(array, json);
    }
  return array;
}

static bf_json *utilisation_json(const projection *p)
{
  bf_json *array = bf_json_array();
  for (size_t c = 0; c < N_COUNTS; c++)
    for (size_t l = 0; l < N_LENGTHS; l++) {
      bf_json *json = bf_json_object();
      bf_json_set(json, "workers", bf_json_integer((int64_t)worker_counts[c]));
      bf_json_set(json, "trial_ms", bf_json_number(lengths_ms[l]));
      bf_json_set(json, "trials", bf_json_integer((int64_t)trials_of(worker_counts[c])));
      bf_json_set(json, "utilisation", bf_json_number(p->at[c][l].utilisation));
      bf_json_set(json, "steady", bf_json_number(p->at[c][l].steady));
      bf_json_set(json, "load", bf_json_number(p->at[c][l].load));
      bf_json_push(array, json);
    }
  return array;
}

static bf_json *saturation_json(const saturation *at)
{
  bf_json *json = bf_json_object();
  bf_json *workers = bf_json_object();
  for (size_t l = 0; l < N_LENGTHS; l++) {
    char key[16];
    snprintf(key, sizeof key, "%g", lengths_ms[l]);
    bf_json_set(workers, key, bf_json_number(at->workers[l]));
  }
  bf_json_set(json, "trials_per_s", bf_json_number(at->trials_per_s));
  bf_json_set(json, "workers", workers);
  return json;
}

static bf_json *sampler_json(const bf_scale *scale, size_t s)
{
  const projection *p = &scale->samplers[s];
  bf_json *json = bf_json_object();
  bf_json_set(json, "sampler", bf_json_string(scale->costs.costs[s].sampler));
  bf_json_set(json, "costs", costs_json(&scale->costs.costs[s]));
  bf_json_set(json, "utilisation", utilisation_json(p));
  bf_json_set(json, "memory", saturation_json(&p->shared));
  bf_json_set(json, "tcp", saturation_json(&p->tcp));
  bf_json_set(json, "single", saturation_json(&p->single));
  bf_json_set(json, "leaders", saturation_json(&p->leaders));
  return json;
}

static bf_json *bars_json(const bf_scale *scale)
{
  bf_json *array = bf_json_array();
  for (size_t b = 0; b < N_BARS; b++) {
    if (!(scale->bars[b].wall_s > 0))
      continue;
    bf_json *json = bf_json_object();
    bf_json_set(json, "sampler", bf_json_string(bars[b].sampler));
    bf_json_set(json, "workers", bf_json_integer((int64_t)bars[b].n_workers));
    bf_json_set(json, "trial_ms", bf_json_number(bars[b].trial_ms));
    bf_json_set(json, "trials", bf_json_integer((int64_t)bars[b].n_trials));
    bf_json_set(json, "utilisation", bf_json_number(scale->bars[b].utilisation));
    bf_json_push(array, json);
  }
  return array;
}

bf_json *bf_scale_json(const bf_scale *scale)
{
  const bf_scale_costs *costs = &scale->costs;
  bf_json *json = bf_json_object();
  bf_json *samplers = bf_json_array();
  for (size_t s = 0; s < costs->n_samplers; s++)
    bf_json_push(samplers, sampler_json(scale, s));
  bf_json_set(json, "message_us", bf_json_number(1e6 * costs->message_s));
  bf_json_set(json, "tcp_message_us", bf_json_number(1e6 * costs->tcp_message_s));
  bf_json_set(json, "bundled_us", bf_json_number(1e6 * costs->bundled_s));
  bf_json_set(json, "worker_us", bf_json_number(1e6 * costs->worker_s));
  bf_json_set(json, "nap_late_us", bf_json_number(1e6 * costs->nap_late_s));
  bf_json_set(json, "samplers", samplers);
  bf_json_set(json, "bars", bars_json(scale));
  return json;
}
