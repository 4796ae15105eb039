/* trials.csv and front.csv.
 * Room: study. */
#include <inttypes.h>
#include <math.h>

#include "base/table.h"
#include "study/results.h"
#include "study/values.h"

/* One column of fixed meaning; parameters and metrics stand between the first three and the rest.
 */
typedef struct column {
  const char *name;
  void (*print)(const bf_study *study, const bf_trial *trial, bf_text *text);
} column;

static void print_number(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  bf_text_printf(text, "%" PRIu64, trial->number);
}

static void print_state(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  bf_text_append(text, trial->failed ? "FAIL" : "COMPLETE");
}

static void print_seed(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  bf_text_printf(text, "%" PRIu64, trial->seed);
}

static void print_on_front(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  bf_text_append(text, bf_front_has(study->front, trial->number) ? "1" : "0");
}

static void print_reason(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  bf_csv_field(text, trial->reason);
}

static void print_rank(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  bf_text_printf(text, "%d", trial->rank);
}

static void print_host(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  bf_csv_field(text, trial->host);
}

static void print_latency(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  bf_csv_number(text, trial->metrics.value[BF_METRIC_latency]);
}

static void print_started(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  bf_text_printf(text, "%.6f", trial->started_s);
}

static void print_duration(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  bf_csv_number(text, trial->duration_s);
}

static void print_test_accuracy(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  double n = (double)trial->n_test_rows;
  bf_csv_number(text, trial->tested && n > 0 ? (double)trial->n_test_correct / n : (double)NAN);
}

static void print_interval(const bf_trial *trial, bool upper, bf_text *text)
{
  double lo;
  double hi;
  bf_wilson(trial->n_test_correct, trial->n_test_rows, &lo, &hi);
  bf_csv_number(text, !trial->tested ? (double)NAN : upper ? hi : lo);
}

static void print_test_accuracy_lo(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  print_interval(trial, false, text);
}

static void print_test_accuracy_hi(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  print_interval(trial, true, text);
}

static void print_test_loss(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  bf_csv_number(text, trial->tested ? trial->test_loss : (double)NAN);
}

static void print_checkpoint(const bf_study *study, const bf_trial *trial, bf_text *text)
{
  (void)study;
  if (trial->n_values > 0)
    bf_study_checkpoint_print(trial->number, text);
}

/* "Apart from volatile values" means the columns before `rank`. */
static const column head[] = {
    {"number", print_number}, {"state", print_state}, {"seed", print_seed}};
static const column tail[] = {{"on_front", print_on_front},  {"reason", print_reason},
                              {"rank", print_rank},          {"host", print_host},
                              {"latency", print_latency},    {"started_s", print_started},
                              {"duration_s", print_duration}};
static const column test[] = {{"test_accuracy", print_test_accuracy},
                              {"test_accuracy_lo", print_test_accuracy_lo},
                              {"test_accuracy_hi", print_test_accuracy_hi},
                              {"test_loss", print_test_loss},
                              {"checkpoint", print_checkpoint}};
enum {
  N_HEAD = sizeof head / sizeof *head,
  N_TAIL = sizeof tail / sizeof *tail,
  N_TEST = sizeof test / sizeof *test
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

static void print_header(const bf_study *study, bool with_test, bf_text *text)
{
  print_names(N_HEAD, head, text);
  for (size_t i = 0; i < study->plan->n_choices; i++) {
    bf_text_append(text, ",");
    bf_csv_field(text, study->plan->choices[i].path);
  }
  for (int m = 0; m < BF_N_METRICS; m++)
    if (bf_metric_group_of((bf_metric)m) != BF_METRIC_VOLATILE)
      bf_text_printf(text, ",%s", bf_metric_name((bf_metric)m));
  print_names(N_TAIL, tail, text);
  print_names(with_test ? N_TEST : 0, test, text);
  bf_text_append(text, "\n");
}

static void print_cells(const bf_study *study, const bf_trial *trial, size_t n,
                        const column *columns, bf_text *text)
{
  for (size_t i = 0; i < n; i++) {
    bf_text_append(text, columns == head && i == 0 ? "" : ",");
    columns[i].print(study, trial, text);
  }
}

static bf_status print_row(const bf_study *study, const bf_trial *trial, bool with_test,
                           bf_text *text)
{
  const bf_plan *plan = study->plan;
  const uint32_t *indexes = bf_study_indexes(study, trial->number);
  bf_text value = {0};
  print_cells(study, trial, N_HEAD, head, text);
  for (size_t i = 0; i < plan->n_choices; i++) {
    bf_text_reset(&value);
    bf_value_print(bf_plan_value(plan, i, indexes[i]), "[", "]", &value);
    bf_text_append(text, ",");
    bf_csv_field(text, bf_text_view(&value));
  }
  for (int m = 0; m < BF_N_METRICS; m++)
    if (bf_metric_group_of((bf_metric)m) != BF_METRIC_VOLATILE) {
      bf_text_append(text, ",");
      print_metric(trial->metrics.value[m], text);
    }
  print_cells(study, trial, N_TAIL, tail, text);
  print_cells(study, trial, with_test ? N_TEST : 0, test, text);
  bf_text_append(text, "\n");
  bf_status status = bf_text_status(&value);
  bf_text_release(&value);
  return status == BF_OK ? bf_text_status(text) : status;
}

bf_status bf_results_trials_csv(const bf_study *study, bf_text *text)
{
  bf_status status = BF_OK;
  print_header(study, false, text);
  for (size_t i = 0; status == BF_OK && i < study->n_asked; i++)
    if (study->trials[i].told)
      status = print_row(study, &study->trials[i], false, text);
  return status;
}

bf_status bf_results_front_csv(const bf_study *study, bf_text *text)
{
  bf_status status = BF_OK;
  const uint64_t *numbers = bf_front_numbers(study->front);
  print_header(study, true, text);
  for (size_t i = 0; status == BF_OK && i < bf_front_size(study->front); i++)
    status = print_row(study, &study->trials[numbers[i]], true, text);
  return status;
}
