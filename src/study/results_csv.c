/* trials.csv and front.csv.
 * Room: study. */
#include <inttypes.h>
#include <math.h>

#include "base/table.h"
#include "study/results.h"
#include "study/values.h"

/* What a row is about: a trial of trials.csv, or a configuration of front.csv, which its leader
 * stands for. */
typedef struct row {
  const bf_study *study;
  const bf_trial *trial;
  const bf_metrics *metrics;
  const bf_summary *summary; /* of front.csv; NULL */
} row;

/* One column of fixed meaning; parameters and metrics stand between the first three and the rest.
 */
typedef struct column {
  const char *name;
  void (*print)(const row *r, bf_text *text);
} column;

static void print_number(const row *r, bf_text *text)
{
  bf_text_printf(text, "%" PRIu64, r->trial->number);
}

/* A configuration on the front is complete although its leader may have failed. */
static bool is_failed(const row *r)
{
  return r->summary == NULL && r->trial->failed;
}

static void print_state(const row *r, bf_text *text)
{
  bf_text_append(text, is_failed(r) ? "FAIL" : "COMPLETE");
}

static void print_seed(const row *r, bf_text *text)
{
  bf_text_printf(text, "%" PRIu64, r->trial->seed);
}

static void print_violation(const row *r, bf_text *text)
{
  double violation = (double)NAN;
  if (!is_failed(r))
    bf_plan_violation(r->study->plan, r->metrics, &violation);
  bf_csv_number(text, violation);
}

static void print_on_front(const row *r, bf_text *text)
{
  uint64_t leader = bf_study_leader(r->study, r->trial->number);
  bf_text_append(text, bf_front_has(r->study->front, leader) ? "1" : "0");
}

static void print_reason(const row *r, bf_text *text)
{
  bf_csv_field(text, is_failed(r) ? r->trial->reason : "");
}

static void print_rank(const row *r, bf_text *text)
{
  bf_text_printf(text, "%d", r->trial->rank);
}

static void print_host(const row *r, bf_text *text)
{
  bf_csv_field(text, r->trial->host);
}

static void print_latency(const row *r, bf_text *text)
{
  bf_csv_number(text, r->metrics->value[BF_METRIC_latency]);
}

static void print_started(const row *r, bf_text *text)
{
  bf_text_printf(text, "%.6f", r->trial->started_s);
}

static void print_duration(const row *r, bf_text *text)
{
  bf_csv_number(text, r->trial->duration_s);
}

static void print_test_accuracy(const row *r, bf_text *text)
{
  bf_csv_number(text, r->summary->test_accuracy);
}

static void print_test_accuracy_lo(const row *r, bf_text *text)
{
  double lo;
  double hi;
  bf_summary_interval(r->summary, &lo, &hi);
  bf_csv_number(text, lo);
}

static void print_test_accuracy_hi(const row *r, bf_text *text)
{
  double lo;
  double hi;
  bf_summary_interval(r->summary, &lo, &hi);
  bf_csv_number(text, hi);
}

static void print_test_loss(const row *r, bf_text *text)
{
  bf_csv_number(text, r->summary->test_loss);
}

/* The first net of the configuration. */
static void print_checkpoint(const row *r, bf_text *text)
{
  const bf_trial *end = r->trial + r->study->plan->job->repeats;
  const bf_trial *trial = r->trial;
  while (trial < end && trial->n_values == 0)
    trial++;
  if (trial < end)
    bf_study_checkpoint_print(trial->number, text);
}

static void print_n_complete(const row *r, bf_text *text)
{
  bf_text_printf(text, "%zu", r->summary->n_complete);
}

/* "Apart from volatile values" means the columns before `rank`. */
static const column head[] = {
    {"number", print_number}, {"state", print_state}, {"seed", print_seed}};
static const column constrained[] = {{"violation", print_violation}};
static const column tail[] = {{"on_front", print_on_front},  {"reason", print_reason},
                              {"rank", print_rank},          {"host", print_host},
                              {"latency", print_latency},    {"started_s", print_started},
                              {"duration_s", print_duration}};
static const column test[] = {{"test_accuracy", print_test_accuracy},
                              {"test_accuracy_lo", print_test_accuracy_lo},
                              {"test_accuracy_hi", print_test_accuracy_hi},
                              {"test_loss", print_test_loss},
                              {"checkpoint", print_checkpoint}};
static const column repeated[] = {{"n_complete", print_n_complete}};
enum {
  N_HEAD = sizeof head / sizeof *head,
  N_CONSTRAINED = sizeof constrained / sizeof *constrained,
  N_TAIL = sizeof tail / sizeof *tail,
  N_TEST = sizeof test / sizeof *test,
  N_REPEATED = sizeof repeated / sizeof *repeated
};

/* "%.9g" would round the counts: BitOPs of a batch go beyond 10^9. */
static void print_metric(double value, bf_text *text)
{
  if (value == floor(value) && fabs(value) < 0x1p53)
    bf_text_printf(text, "%.0f", value);
  else
    bf_csv_number(text, value);
}

static void print_names(size_t n, const column *columns, bf_text *text)
{
  for (size_t i = 0; i < n; i++)
    bf_text_printf(text, "%s%s", text->length > 0 ? "," : "", columns[i].name);
}

/* What a plan adds to the columns that all have. */
static size_t n_constrained(const bf_plan *plan)
{
  return plan->n_constraints > 0 ? N_CONSTRAINED : 0;
}

static bool is_repeated(const bf_plan *plan)
{
  return plan->job->repeats > 1;
}

static void print_header(const bf_plan *plan, bool of_front, bf_text *text)
{
  print_names(N_HEAD, head, text);
  for (size_t i = 0; i < plan->n_choices; i++) {
    bf_text_append(text, ",");
    bf_csv_field(text, plan->choices[i].path);
  }
  for (int m = 0; m < BF_N_METRICS; m++)
    if (bf_metric_group_of((bf_metric)m) != BF_METRIC_VOLATILE)
      bf_text_printf(text, ",%s", bf_metric_name((bf_metric)m));
  print_names(n_constrained(plan), constrained, text);
  print_names(N_TAIL, tail, text);
  print_names(of_front ? N_TEST : 0, test, text);
  if (of_front && is_repeated(plan)) {
    print_names(N_REPEATED, repeated, text);
    for (size_t i = 0; i < plan->n_terms; i++)
      bf_text_printf(text, ",%s_sd", bf_metric_name(plan->terms[i].metric));
  }
  bf_text_append(text, "\n");
}

static void print_cells(const row *r, size_t n, const column *columns, bf_text *text)
{
  for (size_t i = 0; i < n; i++) {
    bf_text_append(text, columns == head && i == 0 ? "" : ",");
    columns[i].print(r, text);
  }
}

/* Choices that make no difference have no value. */
static bf_status print_choices(const row *r, bf_text *text)
{
  const bf_plan *plan = r->study->plan;
  const uint32_t *indexes = bf_study_indexes(r->study, r->trial->number);
  bf_text value = {0};
  for (size_t i = 0; i < plan->n_choices; i++) {
    bf_text_reset(&value);
    if (bf_plan_matters(plan, indexes, i))
      bf_value_print(bf_plan_value(plan, i, indexes[i]), "[", "]", &value);
    bf_text_append(text, ",");
    bf_csv_field(text, bf_text_view(&value));
  }
  bf_status status = bf_text_status(&value);
  bf_text_release(&value);
  return status;
}

static void print_spread(const row *r, bf_text *text)
{
  const bf_plan *plan = r->study->plan;
  print_cells(r, N_REPEATED, repeated, text);
  for (size_t i = 0; i < plan->n_terms; i++) {
    bf_text_append(text, ",");
    bf_csv_number(text, r->summary->sd.value[plan->terms[i].metric]);
  }
}

static bf_status print_row(const row *r, bf_text *text)
{
  const bf_plan *plan = r->study->plan;
  print_cells(r, N_HEAD, head, text);
  bf_status status = print_choices(r, text);
  for (int m = 0; m < BF_N_METRICS; m++)
    if (bf_metric_group_of((bf_metric)m) != BF_METRIC_VOLATILE) {
      bf_text_append(text, ",");
      print_metric(r->metrics->value[m], text);
    }
  print_cells(r, n_constrained(plan), constrained, text);
  print_cells(r, N_TAIL, tail, text);
  if (r->summary != NULL) {
    print_cells(r, N_TEST, test, text);
    if (is_repeated(plan))
      print_spread(r, text);
  }
  bf_text_append(text, "\n");
  return status == BF_OK ? bf_text_status(text) : status;
}

bf_status bf_results_trials_csv(const bf_study *study, bf_text *text)
{
  bf_status status = BF_OK;
  print_header(study->plan, false, text);
  for (size_t i = 0; status == BF_OK && i < study->n_asked; i++) {
    const bf_trial *trial = &study->trials[i];
    if (trial->told)
      status = print_row(&(row){.study = study, .trial = trial, .metrics = &trial->metrics}, text);
  }
  return status;
}

bf_status bf_results_front_csv(const bf_study *study, bf_text *text)
{
  bf_status status = BF_OK;
  const uint64_t *numbers = bf_front_numbers(study->front);
  print_header(study->plan, true, text);
  for (size_t i = 0; status == BF_OK && i < bf_front_size(study->front); i++) {
    bf_summary summary = bf_study_summary(study, numbers[i]);
    status = print_row(&(row){.study = study,
                              .trial = &study->trials[numbers[i]],
                              .metrics = &summary.mean,
                              .summary = &summary},
                       text);
  }
  return status;
}
