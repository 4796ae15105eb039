/* The table of the best trials.
 * Room: study. */
#include <inttypes.h>
#include <math.h>

#include "base/table.h"
#include "study/results.h"
#include "study/results_parts.h"
#include "study/study.h"
#include "study/values.h"

/* As Python prints a float rounded to three decimals: 2.0, 0.573. A latency would be 0.0 that way.
 */
static void print_rounded(double value, bf_text *text)
{
  char digits[64];
  if (value != 0 && fabs(value) < 1e-3) {
    bf_text_printf(text, "%.3g", value);
    return;
  }
  snprintf(digits, sizeof digits, "%.3f", value);
  size_t n = strlen(digits);
  while (n > 2 && digits[n - 1] == '0' && digits[n - 2] != '.')
    digits[--n] = '\0';
  bf_text_append(text, digits);
}

static void print_entry(const char *name, double value, bf_text *text)
{
  /* Every cell starts with its brace. */
  bf_text_printf(text, "%s'%s': ", text->length > 1 ? ", " : "", name);
  print_rounded(value, text);
}

/* Whether the job asked for the metric: as an objective, or through its hardware runner. */
static bool is_asked_for(const bf_plan *plan, bf_metric metric)
{
  for (size_t i = 0; i < plan->n_terms; i++)
    if (plan->terms[i].metric == metric)
      return true;
  const bf_toml *runners = bf_toml_at(plan->job->tree, "search.strategy.hw_runner");
  const char *runner =
      metric == BF_METRIC_memory_density ? "average_bitwidth" : bf_metric_name(metric);
  return bf_toml_get(runners, runner) != NULL;
}

static bool is_shown(const bf_plan *plan, bf_metric metric, bool software)
{
  if ((bf_metric_group_of(metric) == BF_METRIC_SOFTWARE) != software)
    return false;
  return metric == BF_METRIC_loss || metric == BF_METRIC_accuracy || is_asked_for(plan, metric);
}

static void print_metrics(const bf_plan *plan, const bf_metrics *metrics, bool software,
                          bf_text *text)
{
  bf_text_append(text, "{");
  for (int m = 0; m < BF_N_METRICS; m++)
    if (is_shown(plan, (bf_metric)m, software) && !isnan(metrics->value[m]))
      print_entry(bf_metric_name((bf_metric)m), metrics->value[m], text);
  bf_text_append(text, "}");
}

static void print_scaled(const bf_plan *plan, const bf_metrics *metrics, bf_text *text)
{
  bf_text_append(text, "{");
  for (size_t i = 0; i < plan->n_terms; i++)
    print_entry(bf_metric_name(plan->terms[i].metric),
                plan->terms[i].scale * metrics->value[plan->terms[i].metric], text);
  bf_text_append(text, "}");
}

static void print_test(const bf_candidate *candidate, bf_text *text)
{
  double lo;
  double hi;
  if (candidate->n_tested == 0)
    return;
  bf_candidate_interval(candidate, &lo, &hi);
  bf_text_printf(text, "%.4f [%.4f, %.4f]", candidate->test_accuracy, lo, hi);
}

/* "accuracy 0.71 +- 0.004 (3)": mean, standard deviation and number of repeats. */
static void print_spread(const bf_plan *plan, const bf_candidate *candidate, bf_text *text)
{
  for (size_t i = 0; i < plan->n_terms; i++) {
    bf_metric metric = plan->terms[i].metric;
    double sd = candidate->sd->value[metric];
    if (isnan(sd) || sd == 0)
      continue;
    bf_text_printf(text, "%s%s +-%.2g", text->length > 0 ? ", " : "", bf_metric_name(metric), sd);
  }
  bf_text_printf(text, "%s%zu runs", text->length > 0 ? ", " : "", candidate->n_complete);
}

/* One cell made by a printer; the text is scratch. */
static void add_cell(bf_table *table, bf_text *cell)
{
  bf_table_cell(table, "%s", bf_text_view(cell));
  bf_text_reset(cell);
}

static void add_row(bf_table *table, const bf_plan *plan, const bf_candidate *candidate, size_t n,
                    bf_text *cell)
{
  const bf_metrics *mean = candidate->mean;
  bf_table_cell(table, "%zu", n);
  bf_table_cell(table, "%" PRIu64, candidate->number);
  print_metrics(plan, mean, true, cell);
  add_cell(table, cell);
  print_metrics(plan, mean, false, cell);
  add_cell(table, cell);
  print_scaled(plan, mean, cell);
  add_cell(table, cell);
  print_test(candidate, cell);
  add_cell(table, cell);
  if (plan->job->repeats > 1) {
    print_spread(plan, candidate, cell);
    add_cell(table, cell);
  }
}

static bool has_tests(const bf_record *record)
{
  for (size_t c = 0; c < record->n_candidates; c++)
    if (record->candidates[c].on_front && record->candidates[c].n_tested > 0)
      return true;
  return false;
}

/* Nobody reads more; a front of ties can have them all. */
enum { MOST_ROWS = 100 };

bf_status bf_results_best_table(const bf_plan *plan, const bf_record *record, bf_text *text)
{
  static const char *const columns[] = {
      "",      "number", "software_metrics", "hardware_metrics", "scaled_metrics", "test_accuracy",
      "spread"};
  bool has_spread = plan->job->repeats > 1;
  size_t n = bf_results_n_front(record);
  size_t n_shown = 0;
  bf_table table = {.n_columns = sizeof columns / sizeof *columns - !has_spread};
  bf_text cell = {0};
  for (size_t i = 0; i < table.n_columns; i++)
    bf_table_cell(&table, "%s", columns[i]);
  for (size_t c = 0; c < record->n_candidates && n_shown < MOST_ROWS; c++)
    if (record->candidates[c].on_front)
      add_row(&table, plan, &record->candidates[c], n_shown++, &cell);
  bf_status status = bf_table_print(&table, text);
  if (has_tests(record))
    bf_text_append(text, "test_accuracy: share of test rows predicted right (micro), with its 95 % "
                         "interval\n");
  if (n_shown < n)
    bf_text_printf(text, "and %zu more, in front.csv\n", n - n_shown);
  bf_table_release(&table);
  bf_text_release(&cell);
  return status;
}

static void print_space(const bf_plan *plan, const bf_record *record, bf_text *text)
{
  bf_text_printf(text, "the space is exhausted: all %zu different configurations were tried\n",
                 record->n_trials / plan->job->repeats);
}

static void print_timeout(const bf_plan *plan, const bf_record *record, bf_text *text)
{
  bf_text_printf(text, "the timeout of %g s ended the study after %zu of %zu trials\n",
                 plan->job->timeout_s, record->n_trials, plan->n_trials);
}

static void print_plateau(const bf_plan *plan, const bf_record *record, bf_text *text)
{
  bf_text_printf(text,
                 "the last %zu configurations added no more than %g %% to the hypervolume, which "
                 "ended the study after %zu of %zu trials\n",
                 plan->job->plateau_trials, 100 * plan->job->plateau_gain, record->n_trials,
                 plan->n_trials);
}

static void print_stop(const char *cause, const bf_plan *plan, const bf_record *record,
                       bf_text *text)
{
  bf_text_printf(text, "%s ended the run after %zu of %zu trials; --resume goes on with it\n",
                 cause, record->n_trials, plan->n_trials);
}

static void print_signal(const bf_plan *plan, const bf_record *record, bf_text *text)
{
  print_stop("a signal", plan, record, text);
}

static void print_limit(const bf_plan *plan, const bf_record *record, bf_text *text)
{
  print_stop("its time limit", plan, record, text);
}

static void print_workers(const bf_plan *plan, const bf_record *record, bf_text *text)
{
  print_stop("the loss of every worker", plan, record, text);
}

/* NULL: nothing to say. */
static void (*const end_printers[BF_N_ENDS])(const bf_plan *plan, const bf_record *record,
                                             bf_text *text) = {
    [BF_END_SPACE] = print_space,     [BF_END_TIMEOUT] = print_timeout,
    [BF_END_PLATEAU] = print_plateau, [BF_END_SIGNAL] = print_signal,
    [BF_END_LIMIT] = print_limit,     [BF_END_WORKERS] = print_workers,
};

/* One of a later version is as none. */
static bf_end find_end(const bf_record *record)
{
  const char *name = bf_record_end(record);
  int end = BF_END_NONE;
  for (int i = 0; name != NULL && i < BF_N_ENDS; i++)
    if (strcmp(bf_end_name((bf_end)i), name) == 0)
      end = i;
  return (bf_end)end;
}

/* Constraints that nothing meets leave no front. */
static void print_nearest(const bf_record *record, bf_text *text)
{
  const bf_candidate *nearest = NULL;
  for (size_t c = 0; c < record->n_candidates; c++) {
    const bf_candidate *candidate = &record->candidates[c];
    if (candidate->n_complete > 0 && (nearest == NULL || candidate->violation < nearest->violation))
      nearest = candidate;
  }
  if (nearest != NULL)
    bf_text_printf(text,
                   "no trial meets the constraints; trial %" PRIu64
                   " comes nearest, missing them by %.3g %% in all\n",
                   nearest->number, 100 * nearest->violation);
}

bf_status bf_results_end(const bf_plan *plan, const bf_record *record, bf_text *text)
{
  bf_end end = find_end(record);
  if (end_printers[end] != NULL)
    end_printers[end](plan, record, text);
  if (bf_results_n_front(record) == 0)
    print_nearest(record, text);
  return bf_text_status(text);
}
