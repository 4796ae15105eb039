/* Studies of trials that take no time, with eleven parameters, as large as one likes.
 * Tests of the study room. */
#ifndef BF_TESTS_STUDY_NULL_STUDY_H
#define BF_TESTS_STUDY_NULL_STUDY_H

#include "base/clock.h"
#include "base/memory.h"
#include "study/evaluator.h"
#include "study/study.h"
#include "study/study_fixture.h"

#define WIDTHS "[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]\n"
#define NULL_STUDY                                                                                 \
  "model = \"jsc-tiny\"\nseed = 5\n[search.search_space]\n"                                        \
  "name = \"graph/quantize/mixed_precision_ptq\"\nsetup.by = \"name\"\n"                           \
  "[search.search_space.seed.default.config]\nname = [\"integer\"]\n"                              \
  "data_in_width = " WIDTHS "weight_width = " WIDTHS "bias_width = " WIDTHS                        \
  "[search.search_space.seed.seq_blocks_2.config]\nname = [\"integer\"]\n"                         \
  "data_in_width = " WIDTHS "data_in_frac_width = " WIDTHS "weight_width = " WIDTHS                \
  "weight_frac_width = " WIDTHS "bias_width = " WIDTHS "bias_frac_width = " WIDTHS                 \
  "[search.strategy]\nmetrics.accuracy = {scale = 1.0, direction = \"maximize\"}\n"                \
  "metrics.bitops = {scale = 1e-6, direction = \"minimize\"}\n[search.strategy.setup]\n"           \
  "sampler = \"random\"\nn_trials = %llu\n" JOB_NULL "cost_ms = 0\n"

/* So many trials are handed out before the first is told, as with 64 workers of one task. */
enum { N_OPEN = 64 };

/* What the parts of a study took of this thread. */
typedef struct null_costs {
  double ask_s;
  double run_s;
  double accept_s;
} null_costs;

typedef struct null_tasks {
  size_t n;
  bf_bytes asked[N_OPEN];
  bf_bytes told[N_OPEN];
} null_tasks;

static inline bf_status ask_some(bf_study *study, null_tasks *t)
{
  bf_next next = BF_NEXT_TASK;
  bf_status status = BF_OK;
  t->n = 0;
  while (status == BF_OK && t->n < N_OPEN && next == BF_NEXT_TASK) {
    bf_bytes_reset(&t->asked[t->n]);
    status = bf_study_next(study, 1 + (int)t->n, &t->asked[t->n], &next);
    t->n += next == BF_NEXT_TASK;
  }
  return status == BF_OK ? bf_study_commit(study) : status;
}

static inline bf_status run_some(bf_evaluator *evaluator, null_tasks *t)
{
  bf_status status = BF_OK;
  for (size_t i = 0; status == BF_OK && i < t->n; i++) {
    bf_bytes_reset(&t->told[i]);
    status = bf_evaluator_run(evaluator, t->asked[i].data, t->asked[i].length, &t->told[i]);
  }
  return status;
}

static inline bf_status accept_some(bf_study *study, const null_tasks *t)
{
  bf_status status = BF_OK;
  for (size_t i = 0; status == BF_OK && i < t->n; i++)
    status = bf_study_accept(study, 1 + (int)i, t->told[i].data, t->told[i].length);
  return status == BF_OK ? bf_study_commit(study) : status;
}

/* Works a study off, in one process and as with one worker of N_OPEN tasks a message. */
static inline bf_status null_search(bf_study *study, bf_evaluator *evaluator, null_costs *spent)
{
  bf_status status = BF_OK;
  null_tasks *t = bf_alloc(1, sizeof *t);
  BF_CHECK_MEMORY(t);
  do {
    double start_s = bf_clock_thread_s();
    BF_TRY(ask_some(study, t));
    double asked_s = bf_clock_thread_s();
    BF_TRY(run_some(evaluator, t));
    double ran_s = bf_clock_thread_s();
    BF_TRY(accept_some(study, t));
    spent->accept_s += bf_clock_thread_s() - ran_s;
    spent->run_s += ran_s - asked_s;
    spent->ask_s += asked_s - start_s;
  } while (t->n > 0);
done:
  for (size_t i = 0; t != NULL && i < N_OPEN; i++) {
    bf_bytes_release(&t->asked[i]);
    bf_bytes_release(&t->told[i]);
  }
  free(t);
  return status;
}

#endif
