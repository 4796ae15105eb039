/* refit.csv.
 * Room: study. */
#include <inttypes.h>
#include <math.h>

#include "base/table.h"
#include "study/refit.h"

/* A complete run and its place. */
typedef struct row {
  const bf_refit_run *run;
  const bf_refit_net *net;
  size_t k;
} row;

typedef struct column {
  const char *name;
  void (*print)(const row *r, bf_text *text);
} column;

static void print_trial(const row *r, bf_text *text)
{
  bf_text_printf(text, "%" PRIu64, r->net->number);
}

static void print_k(const row *r, bf_text *text)
{
  bf_text_printf(text, "%zu", r->k);
}

static void print_seed(const row *r, bf_text *text)
{
  bf_text_printf(text, "%" PRIu64, r->run->seed);
}

static void print_state(const row *r, bf_text *text)
{
  bf_text_append(text, r->run->failed ? "FAIL" : "COMPLETE");
}

static void print_test_accuracy(const row *r, bf_text *text)
{
  const bf_refit_run *run = r->run;
  double n = (double)run->n_test_rows;
  bf_csv_number(text, run->tested ? (double)run->n_test_correct / n : (double)NAN);
}

static void print_test_loss(const row *r, bf_text *text)
{
  bf_csv_number(text, r->run->tested ? r->run->test_loss : (double)NAN);
}

static void print_checkpoint(const row *r, bf_text *text)
{
  if (r->run->trained)
    bf_refit_checkpoint_print(r->net->number, r->k, text);
}

static void print_reason(const row *r, bf_text *text)
{
  bf_csv_field(text, r->run->reason);
}

static void print_rank(const row *r, bf_text *text)
{
  bf_text_printf(text, "%d", r->run->rank);
}

static void print_host(const row *r, bf_text *text)
{
  bf_csv_field(text, r->run->host);
}

static void print_latency(const row *r, bf_text *text)
{
  bf_csv_number(text, r->run->metrics.value[BF_METRIC_latency]);
}

static void print_started(const row *r, bf_text *text)
{
  bf_text_printf(text, "%.6f", r->run->started_s);
}

static void print_duration(const row *r, bf_text *text)
{
  bf_csv_number(text, r->run->duration_s);
}

/* The software metrics stand between the two; as in trials.csv, what is before `rank` does not
 * differ between two refits of one kind. */
static const column head[] = {
    {"trial", print_trial}, {"seed_number", print_k}, {"seed", print_seed}, {"state", print_state}};
static const column tail[] = {{"test_accuracy", print_test_accuracy},
                              {"test_loss", print_test_loss},
                              {"checkpoint", print_checkpoint},
                              {"reason", print_reason},
                              {"rank", print_rank},
                              {"host", print_host},
                              {"latency", print_latency},
                              {"started_s", print_started},
                              {"duration_s", print_duration}};
enum { N_HEAD = sizeof head / sizeof *head, N_TAIL = sizeof tail / sizeof *tail };

static bool is_software(int metric)
{
  return bf_metric_group_of((bf_metric)metric) == BF_METRIC_SOFTWARE;
}

static void print_header(bf_text *text)
{
  for (size_t i = 0; i < N_HEAD; i++)
    bf_text_printf(text, "%s%s", i > 0 ? "," : "", head[i].name);
  for (int m = 0; m < BF_N_METRICS; m++)
    if (is_software(m))
      bf_text_printf(text, ",%s", bf_metric_name((bf_metric)m));
  for (size_t i = 0; i < N_TAIL; i++)
    bf_text_printf(text, ",%s", tail[i].name);
  bf_text_append(text, "\n");
}

static void print_row(const row *r, bf_text *text)
{
  for (size_t i = 0; i < N_HEAD; i++) {
    bf_text_append(text, i > 0 ? "," : "");
    head[i].print(r, text);
  }
  for (int m = 0; m < BF_N_METRICS; m++)
    if (is_software(m)) {
      bf_text_append(text, ",");
      bf_csv_number(text, r->run->metrics.value[m]);
    }
  for (size_t i = 0; i < N_TAIL; i++) {
    bf_text_append(text, ",");
    tail[i].print(r, text);
  }
  bf_text_append(text, "\n");
}

bf_status bf_refit_csv(const bf_refit *refit, bf_text *text)
{
  print_header(text);
  for (size_t i = 0; i < refit->n_nets; i++)
    for (size_t k = 0; k < refit->n_seeds; k++) {
      const row r = {.run = bf_refit_run_of(refit, i, k), .net = &refit->nets[i], .k = k};
      if (r.run->told)
        print_row(&r, text);
    }
  return bf_text_status(text);
}
