/* Studies over 54 configurations whose trials are measured by a formula, in no time.
 * Tests of the study room. */
#ifndef BF_TESTS_STUDY_SAMPLED_STUDY_H
#define BF_TESTS_STUDY_SAMPLED_STUDY_H

#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "study/record.h"
#include "study/study.h"
#include "study_fixture.h"

static char folder[64];

/* In memory where there is such a place: nothing here is about disks, and these tests make many
 * files that are synced. */
static int make_folder(void **state)
{
  (void)state;
  static const char *const places[] = {"/dev/shm", "/tmp"};
  for (size_t i = 0; i < 2; i++) {
    snprintf(folder, sizeof folder, "%s/bitfront-study-XXXXXX", places[i]);
    if (mkdtemp(folder) != NULL)
      return 0;
  }
  return -1;
}

static int remove_folder(void **state)
{
  (void)state;
  bf_folder_remove(folder);
  return 0;
}

#define DEFAULT "[search.search_space.seed.default.config]\nname = [\"NA\"]\n"
#define NODE    "[search.search_space.seed.seq_blocks_2.config]\n"
/* 3 x 3 x 3 x 2 = 54 configurations. */
#define SPACE                                                                                      \
  DEFAULT NODE                                                                                     \
      "name = [\"integer\"]\ndata_in_width = [8, 6, 4]\ndata_in_frac_width = [4]\n"                \
      "weight_width = [8, 4, 2]\nweight_frac_width = [2]\nchannel_multiplier = [1, 2, 3]\n"        \
      "bias_width = [8, 4]\nbias_frac_width = [2]\n"
#define TAIL(setup)                                                                                \
  "[search.strategy.setup]\nsum_scaled_metrics = false\n" setup                                    \
  "[search.strategy.metrics]\nloss.scale = 1.0\nloss.direction = \"minimize\"\n"                   \
  "weight_bits.scale = 1.0\nweight_bits.direction = \"minimize\"\n"

typedef struct fixture {
  bf_job *job;
  bf_plan *plan;
  bf_study *study;
  bf_record *record; /* see read_back */
} fixture;

static const bf_run_info run_info = {.isa = "base", .backend = "reference", .n_ranks = 1};

static inline void start_plan(fixture *f, const char *text)
{
  *f = (fixture){0};
  assert_ok(fixture_plan(text, &f->job, &f->plan));
}

static inline void start(fixture *f, const char *text, const char *name)
{
  char *path = bf_path_join(folder, name);
  start_plan(f, text);
  assert_ok(bf_study_create(f->plan, path, &run_info, &f->study));
  free(path);
}

/* Ends the study and reads it back. */
static inline void read_back(fixture *f)
{
  assert_ok(bf_study_close(f->study));
  assert_ok(bf_study_open(f->study->folder, &f->record));
}

static inline void stop(fixture *f)
{
  bf_record_free(f->record);
  bf_study_free(f->study);
  bf_plan_free(f->plan);
  bf_job_free(f->job);
}

/* What a trial of these tests measures: a sum of indexes, a bit of noise from the seed, and the
 * indexes' other end as the cost. Odd numbers from @p first_failed on fail. */
static inline void fill(const bf_task *task, uint64_t first_failed, bf_result *result)
{
  static char reason[] = "r";
  static char host[] = "h";
  bf_random random = bf_random_stream(task->seed, BF_PURPOSE_SYNTH, 0);
  double sum = 0;
  double other = 0;
  for (size_t i = 0; i < task->n_indexes; i++) {
    sum += (double)task->indexes[i] * (double)(i + 1);
    other += 2.0 - (double)task->indexes[i];
  }
  *result = (bf_result){.kind = BF_TASK_TRIAL,
                        .number = task->number,
                        .metrics = bf_metrics_none(),
                        .failed = task->number >= first_failed && task->number % 2 == 1,
                        .reason = reason,
                        .host = host};
  result->metrics.value[BF_METRIC_loss] = sum + bf_random_unit(&random);
  result->metrics.value[BF_METRIC_weight_bits] = other;
}

typedef struct held {
  bf_task task;
  uint64_t first_failed;
} held;

static inline void answer(fixture *f, held *h)
{
  bf_result result;
  bf_bytes bytes = {0};
  fill(&h->task, h->first_failed, &result);
  assert_ok(bf_result_encode(&result, &bytes));
  assert_ok(bf_study_accept(f->study, 1, bytes.data, bytes.length));
  bf_bytes_release(&bytes);
  bf_task_release(&h->task);
}

#endif
