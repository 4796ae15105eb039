/* bitfront bench sampler: how much of a known front samplers find in few trials.
 * Room: cli. */
#include <math.h>

#include "base/memory.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/sampler_bench.h"
#include "cli/sampler_set.h"

typedef struct request {
  const char *problem;
  bf_list samplers;
  bf_list settings;
  bf_list sizes;
  const char *kind;
  bf_bench_plan plan;
  bool wants_times;
  bool wants_json;
} request;

/* The head of the table, whose columns depend on the plan. */
static void add_head(bf_table *table, const bf_bench_plan *plan, const bf_bench_result *first)
{
  bf_table_cell(table, "sampler");
  for (size_t i = 0; i < first->n_stops; i++)
    bf_table_cell(table, "%zu", first->stops[i]);
  bf_table_cell(table, "std");
  bf_table_cell(table, "distinct");
  bf_table_cell(table, "front");
  bf_table_cell(table, "us");
  for (size_t i = 0; i < plan->n_sizes; i++)
    bf_table_cell(table, "us at %zu", plan->sizes[i]);
}

static void add_row(bf_table *table, const bf_bench_plan *plan, const bf_bench_result *result)
{
  bf_table_cell(table, "%s", result->sampler);
  for (size_t i = 0; i < result->n_stops; i++)
    bf_table_cell(table, "%.4f", result->mean[i]);
  bf_table_cell(table, "%.4f", result->std[result->n_stops - 1]);
  bf_table_cell(table, "%.1f", result->n_distinct);
  bf_table_cell(table, "%.3f", result->front_found);
  bf_table_cell(table, "%.1f", result->ask_tell_us);
  for (size_t i = 0; i < plan->n_sizes; i++)
    if (isnan(result->us_at[i]))
      bf_table_cell(table, "-");
    else
      bf_table_cell(table, "%.1f", result->us_at[i]);
}

static void print_head(const request *asked, const bf_problem *problem, bf_text *text)
{
  const bf_bench_plan *plan = &asked->plan;
  bf_text_printf(
      text,
      "problem  %s, %zu %s parameters, %llu configurations, %zu objectives\n"
      "front    %zu configurations with %zu vectors, hypervolume %.12g\n"
      "studies  seeds %llu to %llu, %zu trials, %zu in flight\n",
      problem->name, problem->space.n_parameters, asked->kind,
      (unsigned long long)bf_space_size(&problem->space), problem->n_objectives, problem->n_optimal,
      problem->n_front, problem->volume, (unsigned long long)plan->first_seed,
      (unsigned long long)(plan->first_seed + plan->n_seeds - 1), plan->n_trials, plan->in_flight);
}

static bf_status print_table(const request *asked, const bf_problem *problem, size_t n,
                             const bf_bench_result *results)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  bf_table table = {.n_columns = 5 + results[0].n_stops + asked->plan.n_sizes};
  add_head(&table, &asked->plan, &results[0]);
  for (size_t i = 0; i < n; i++)
    add_row(&table, &asked->plan, &results[i]);
  print_head(asked, problem, &text);
  BF_TRY(bf_table_print(&table, &text));
  BF_TRY(bf_output_print(&text));
done:
  bf_table_release(&table);
  bf_text_release(&text);
  return status;
}

static bf_json *volumes_json(const bf_bench_result *result)
{
  bf_json *volumes = bf_json_object();
  for (size_t i = 0; i < result->n_stops; i++) {
    char key[24];
    bf_json *volume = bf_json_object();
    snprintf(key, sizeof key, "%zu", result->stops[i]);
    bf_json_set(volume, "mean", bf_json_number(result->mean[i]));
    bf_json_set(volume, "std", bf_json_number(result->std[i]));
    bf_json_set(volumes, key, volume);
  }
  return volumes;
}

static bf_json *times_json(const bf_bench_plan *plan, const bf_bench_result *result)
{
  bf_json *times = bf_json_object();
  for (size_t i = 0; i < plan->n_sizes; i++) {
    char key[24];
    snprintf(key, sizeof key, "%zu", plan->sizes[i]);
    bf_json_set(times, key, bf_json_number(result->us_at[i]));
  }
  return times;
}

static bf_json *result_json(const request *asked, const bf_bench_result *result)
{
  const bf_bench_plan *plan = &asked->plan;
  bf_json *json = bf_json_object();
  bf_json *settings = bf_json_array();
  for (size_t i = 0; i < asked->settings.n; i++)
    bf_json_push(settings, bf_json_string(asked->settings.items[i]));
  bf_json_set(json, "problem", bf_json_string(asked->problem));
  bf_json_set(json, "kind", bf_json_string(asked->kind));
  bf_json_set(json, "sampler", bf_json_string(result->sampler));
  bf_json_set(json, "set", settings);
  bf_json_set(json, "first_seed", bf_json_integer((int64_t)plan->first_seed));
  bf_json_set(json, "seeds", bf_json_integer((int64_t)plan->n_seeds));
  bf_json_set(json, "trials", bf_json_integer((int64_t)plan->n_trials));
  bf_json_set(json, "in_flight", bf_json_integer((int64_t)plan->in_flight));
  bf_json_set(json, "hv", volumes_json(result));
  bf_json_set(json, "distinct", bf_json_number(result->n_distinct));
  bf_json_set(json, "front_found", bf_json_number(result->front_found));
  bf_json_set(json, "study_us", bf_json_number(result->ask_tell_us));
  bf_json_set(json, "ask_tell_us", times_json(plan, result));
  return json;
}

/* One sampler is one object, several are an array. */
static bf_status print_json(const request *asked, size_t n, const bf_bench_result *results)
{
  if (n == 1)
    return bf_output_print_json(result_json(asked, &results[0]));
  bf_json *json = bf_json_array();
  for (size_t i = 0; i < n; i++)
    bf_json_push(json, result_json(asked, &results[i]));
  return bf_output_print_json(json);
}

/* All samplers for none named and for "all". */
static void choose_samplers(const request *asked, size_t *n, const char *const **names)
{
  *n = asked->samplers.n;
  *names = asked->samplers.items;
  bool wants_all = *n == 0;
  for (size_t i = 0; i < *n; i++)
    wants_all = wants_all || strcmp((*names)[i], "all") == 0;
  if (wants_all)
    *names = bf_sampler_names(n);
}

/* Asked before any study runs. */
static bf_status check_samplers(size_t n, const char *const *names, const bf_problem *problem,
                                const bf_bench_plan *plan)
{
  bf_status status = BF_OK;
  for (size_t i = 0; i < n && status == BF_OK; i++) {
    bf_sampler *sampler = NULL;
    bf_sampler_options options = plan->options;
    options.n_objectives = problem->n_objectives;
    if (bf_sampler_is_auto(names[i]))
      return bf_fail(BF_ERR_USAGE, "sampler 'auto' is for jobs, which say how long a trial takes");
    status = bf_sampler_create(names[i], &problem->space, &options, &sampler);
    bf_sampler_free(sampler);
  }
  return status;
}

static bf_status run(const request *asked)
{
  bf_status status;
  bf_problem problem = {0};
  bf_bench_result *results = NULL;
  bool is_choice = strcmp(asked->kind, "choice") == 0;
  size_t n = 0;
  const char *const *names = NULL;
  choose_samplers(asked, &n, &names);
  BF_TRY(bf_problem_open(asked->problem, is_choice ? BF_PARAMETER_CHOICE : BF_PARAMETER_ORDERED,
                         &problem));
  BF_TRY(check_samplers(n, names, &problem, &asked->plan));
  results = bf_alloc(n, sizeof *results);
  BF_CHECK_MEMORY(results);
  for (size_t i = 0; i < n; i++)
    BF_TRY(bf_bench_run(&problem, names[i], &asked->plan, &results[i]));
  if (asked->wants_json)
    BF_TRY(print_json(asked, n, results));
  else
    BF_TRY(print_table(asked, &problem, n, results));
done:
  free(results);
  bf_problem_release(&problem);
  return status;
}

/* Fills what the plan takes from texts. */
static bf_status finish(request *asked)
{
  bf_status status = BF_OK;
  bf_bench_plan *plan = &asked->plan;
  static const size_t usual_sizes[] = {100, 1000, 10000};
  BF_CHECK(asked->problem != NULL, BF_ERR_USAGE, "option '--problem' is missing");
  BF_CHECK(strcmp(asked->kind, "ordered") == 0 || strcmp(asked->kind, "choice") == 0, BF_ERR_USAGE,
           "option '--kind' is '%s', expected ordered or choice", asked->kind);
  for (size_t i = 0; i < asked->settings.n; i++)
    BF_TRY(bf_sampler_set(asked->settings.items[i], &plan->options));
  BF_CHECK(asked->sizes.n <= BF_BENCH_SIZES, BF_ERR_USAGE,
           "option '--times-at' is given %zu times, expected at most %d", asked->sizes.n,
           BF_BENCH_SIZES);
  for (size_t i = 0; i < asked->sizes.n; i++)
    BF_TRY(bf_read_count("--times-at", asked->sizes.items[i], &plan->sizes[plan->n_sizes++]));
  if (asked->wants_times && plan->n_sizes == 0) {
    plan->n_sizes = sizeof usual_sizes / sizeof *usual_sizes;
    memcpy(plan->sizes, usual_sizes, sizeof usual_sizes);
  }
done:
  return status;
}

static void release(request *asked)
{
  bf_list_release(&asked->samplers);
  bf_list_release(&asked->settings);
  bf_list_release(&asked->sizes);
}

bf_status bf_cmd_bench_sampler(bf_call *call)
{
  bf_status status = BF_OK;
  bf_arguments arguments;
  request asked = {
      .kind = "ordered",
      .plan = {.options = bf_sampler_defaults(), .n_seeds = 20, .n_trials = 500, .in_flight = 1}};
  bf_bench_plan *plan = &asked.plan;
  const bf_option options[] = {
      {"--problem", "NAME", "a built-in problem or a table file", bf_read_text, &asked.problem},
      {"--sampler", "NAME", "may be repeated (all)", bf_read_list, &asked.samplers},
      {"--seeds", "N", "studies of each sampler (20)", bf_read_count, &plan->n_seeds},
      {"--first-seed", "N", "seed of the first one (0)", bf_read_natural, &plan->first_seed},
      {"--trials", "N", "of a study (500)", bf_read_count, &plan->n_trials},
      {"--in-flight", "L", "trials that run at a time (1)", bf_read_count, &plan->in_flight},
      {"--set", "KEY=VALUE", "an option of samplers; may be repeated", bf_read_list,
       &asked.settings},
      {"--kind", "KIND", "of all parameters: ordered or choice (ordered)", bf_read_text,
       &asked.kind},
      {"--times", NULL, "also time asks in studies of 100, 1000 and 10000 trials", bf_read_switch,
       &asked.wants_times},
      {"--times-at", "N", "the same for N trials; may be repeated", bf_read_list, &asked.sizes},
      {"--json", NULL, "print JSON", bf_read_switch, &asked.wants_json},
  };
  const bf_usage usage = {
      "bench sampler", "--problem NAME|FILE [options]",
      "Lets samplers search problems whose front is known. Problems: quant_jsc2,\n"
      "quant_jsc3, zdt1_d8k11, zdt4_d8k17, dtlz2_m3_d7k11, or a file with every\n"
      "configuration: a line 'P c1 .. cP M', then a line of M objectives each, the last\n"
      "parameter fastest. Printed are, as means over the seeds: the hypervolume after 25,\n"
      "50, ... trials as a share of the true front's, and its standard deviation at the\n"
      "end; different configurations; the share of the true front found; microseconds of\n"
      "an ask and a tell.\n",
      sizeof options / sizeof *options, options};
  BF_TRY(bf_options_read(&usage, call->n, call->arguments, &arguments));
  if (arguments.wants_help) {
    status = bf_usage_show(&usage);
    goto done;
  }
  BF_TRY(bf_arguments_check(&usage, &arguments, 0, 0, "argument"));
  BF_TRY(finish(&asked));
  BF_TRY(run(&asked));
done:
  release(&asked);
  return status;
}
