/* trials.csv and front.csv.
 * Room: study. */
#include <math.h>

#include "base/decimal.h"
#include "base/file.h"
#include "base/table.h"
#include "study/nets.h"
#include "study/results.h"
#include "study/results_parts.h"

/* What a row is about: a trial of trials.csv, or a configuration of front.csv, which its leader
 * stands for. */
typedef struct row {
  const bf_plan *plan;
  const bf_record_trial *trial;
  const bf_record_parameter *parameters; /* (n_choices) */
  const uint32_t *indexes;
  const bf_metrics *metrics;
  const bf_candidate *candidate; /* of front.csv; NULL */
  const bf_text *checkpoint;     /* of front.csv: its first net, "" if there is none */
} row;

/* One column of fixed meaning; parameters and metrics stand between the first three and the rest.
 */
typedef struct column {
  const char *name;
  void (*print)(const row *r, bf_text *text);
} column;

static void print_number(const row *r, bf_text *text)
{
  bf_decimal_natural(r->trial->number, text);
}

/* A configuration on the front is complete although its leader may have failed. */
static bool is_failed(const row *r)
{
  return r->candidate == NULL && r->trial->failed;
}

static void print_state(const row *r, bf_text *text)
{
  bf_text_append(text, is_failed(r) ? "FAIL" : "COMPLETE");
}

static void print_seed(const row *r, bf_text *text)
{
  bf_decimal_natural(r->trial->seed, text);
}

static void print_violation(const row *r, bf_text *text)
{
  double violation = (double)NAN;
  if (!is_failed(r))
    bf_plan_violation(r->plan, r->metrics, &violation);
  bf_csv_number(text, violation);
}

static void print_on_front(const row *r, bf_text *text)
{
  bf_text_append(text, r->trial->on_front ? "1" : "0");
}

static void print_reason(const row *r, bf_text *text)
{
  bf_csv_field(text, is_failed(r) ? r->trial->reason : "");
}

static void print_rank(const row *r, bf_text *text)
{
  bf_decimal_integer(r->trial->rank, text);
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
  bf_decimal_micro(r->trial->started_s, text);
}

static void print_duration(const row *r, bf_text *text)
{
  bf_csv_number(text, r->trial->duration_s);
}

static void print_test_accuracy(const row *r, bf_text *text)
{
  bf_csv_number(text, r->candidate->test_accuracy);
}

static void print_test_accuracy_lo(const row *r, bf_text *text)
{
  double lo;
  double hi;
  bf_candidate_interval(r->candidate, &lo, &hi);
  bf_csv_number(text, lo);
}

static void print_test_accuracy_hi(const row *r, bf_text *text)
{
  double lo;
  double hi;
  bf_candidate_interval(r->candidate, &lo, &hi);
  bf_csv_number(text, hi);
}

static void print_test_loss(const row *r, bf_text *text)
{
  bf_csv_number(text, r->candidate->test_loss);
}

static void print_checkpoint(const row *r, bf_text *text)
{
  bf_text_append(text, bf_text_view(r->checkpoint));
}

static void print_n_complete(const row *r, bf_text *text)
{
  bf_text_printf(text, "%zu", r->candidate->n_complete);
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
  bool is_whole = value == floor(value) && fabs(value) < 0x1p53;
  if (is_whole && (value != 0 || !signbit(value)))
    bf_decimal_integer((int64_t)value, text);
  else if (is_whole)
    bf_text_append(text, "-0");
  else if (!isnan(value))
    bf_decimal_short(value, text);
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
static void print_choices(const row *r, bf_text *text)
{
  for (size_t i = 0; i < r->plan->n_choices; i++) {
    bf_text_append(text, ",");
    if (r->indexes[i] != BF_NO_VALUE)
      bf_csv_field(text, r->parameters[i].texts[r->indexes[i]]);
  }
}

static void print_spread(const row *r, bf_text *text)
{
  print_cells(r, N_REPEATED, repeated, text);
  for (size_t i = 0; i < r->plan->n_terms; i++) {
    bf_text_append(text, ",");
    bf_csv_number(text, r->candidate->sd->value[r->plan->terms[i].metric]);
  }
}

static void print_row(const row *r, bf_text *text)
{
  print_cells(r, N_HEAD, head, text);
  print_choices(r, text);
  for (int m = 0; m < BF_N_METRICS; m++)
    if (bf_metric_group_of((bf_metric)m) != BF_METRIC_VOLATILE) {
      bf_text_append(text, ",");
      print_metric(r->metrics->value[m], text);
    }
  print_cells(r, n_constrained(r->plan), constrained, text);
  print_cells(r, N_TAIL, tail, text);
  if (r->candidate != NULL) {
    print_cells(r, N_TEST, test, text);
    if (is_repeated(r->plan))
      print_spread(r, text);
  }
  bf_text_append(text, "\n");
}

bf_status bf_results_trials_write(const bf_plan *plan, const bf_record *record, const char *path)
{
  bf_status status = BF_OK;
  bf_file_writer *writer = NULL;
  bf_text text = {0};
  BF_TRY(bf_file_writer_create(path, &writer));
  print_header(plan, false, &text);
  for (size_t i = 0; i < record->n_trials; i++) {
    print_row(&(row){.plan = plan,
                     .trial = &record->trials[i],
                     .parameters = record->parameters,
                     .indexes = bf_record_indexes(record, i),
                     .metrics = &record->trials[i].metrics},
              &text);
    BF_TRY(bf_results_flush(&text, writer));
  }
  BF_TRY(bf_results_flush(&text, writer));
  BF_TRY(bf_file_writer_publish(writer));
done:
  bf_file_writer_free(writer);
  bf_text_release(&text);
  return status;
}

/* Nets of the null runner are none. */
static bf_status find_checkpoint(const bf_record *record, const bf_candidate *candidate,
                                 bf_text *name)
{
  for (size_t i = 0; i < candidate->n_trials && name->length == 0; i++) {
    char *path = NULL;
    uint64_t number = record->trials[candidate->first + i].number;
    bf_status status = bf_study_checkpoint_path(record->folder, number, &path);
    if (status != BF_OK)
      return status;
    if (bf_file_exists(path))
      bf_study_checkpoint_print(number, name);
    free(path);
  }
  return bf_text_status(name);
}

static bf_status print_front_row(const bf_plan *plan, const bf_record *record,
                                 const bf_candidate *candidate, bf_text *text)
{
  bf_text checkpoint = {0};
  bf_status status = find_checkpoint(record, candidate, &checkpoint);
  print_row(&(row){.plan = plan,
                   .trial = &record->trials[candidate->first],
                   .parameters = record->parameters,
                   .indexes = bf_record_indexes(record, candidate->first),
                   .metrics = candidate->mean,
                   .candidate = candidate,
                   .checkpoint = &checkpoint},
            text);
  bf_text_release(&checkpoint);
  return status;
}

bf_status bf_results_front_csv(const bf_plan *plan, const bf_record *record, bf_text *text)
{
  bf_status status = BF_OK;
  print_header(plan, true, text);
  for (size_t c = 0; status == BF_OK && c < record->n_candidates; c++)
    if (record->candidates[c].on_front)
      status = print_front_row(plan, record, &record->candidates[c], text);
  return status == BF_OK ? bf_text_status(text) : status;
}
