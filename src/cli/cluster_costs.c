/* What a trial costs rank 0.
 * Room: cli. */
#include "cli/cluster_costs.h"

#include <math.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli/cluster_job.h"
#include "study/record.h"
#include "study/study.h"

/* A measurement lasts so long, or so many trials; but some at least. */
static const double measured_s = 0.1;
enum { LEAST = 4, MOST = 1024 };

static const bf_run_info info = {.isa = "base", .backend = "reference", .n_ranks = 1};

/** Trials that were handed out and are not told yet: their results, the oldest first. */
typedef struct held {
  bf_study *study;
  bf_evaluator *evaluator;
  bf_bytes task;
  bf_bytes *results; /* (capacity) a ring */
  size_t capacity;
  size_t first;
  size_t n;
  double ask_s; /* of the last */
  double accept_s;
} held;

static bf_status ask(held *h)
{
  bf_status status = BF_OK;
  bf_next next = BF_NEXT_WAIT;
  bf_bytes *result = &h->results[(h->first + h->n) % h->capacity];
  bf_bytes_reset(&h->task);
  double start_s = bf_clock_thread_s();
  BF_TRY(bf_study_next(h->study, 1, &h->task, &next));
  h->ask_s = bf_clock_thread_s() - start_s;
  BF_ASSERT(next == BF_NEXT_TASK);
  bf_bytes_reset(result);
  BF_TRY(bf_evaluator_run(h->evaluator, h->task.data, h->task.length, result));
  h->n++;
done:
  return status;
}

static bf_status tell(held *h)
{
  bf_status status = BF_OK;
  const bf_bytes *result = &h->results[h->first];
  BF_ASSERT(h->n > 0 && h->capacity > 0);
  double start_s = bf_clock_thread_s();
  BF_TRY(bf_study_accept(h->study, 1, result->data, result->length));
  h->accept_s = bf_clock_thread_s() - start_s;
  h->first = (h->first + 1) % h->capacity;
  h->n--;
done:
  return status;
}

static bf_status hold(held *h, bf_study *study, bf_evaluator *evaluator, size_t capacity)
{
  *h = (held){.study = study, .evaluator = evaluator, .capacity = capacity};
  h->results = bf_alloc(capacity, sizeof *h->results);
  return h->results != NULL ? BF_OK : bf_fail(BF_ERR_NOMEM, "out of memory (%zu trials)", capacity);
}

static void let_go(held *h)
{
  for (size_t i = 0; h->results != NULL && i < h->capacity; i++)
    bf_bytes_release(&h->results[i]);
  free(h->results);
  bf_bytes_release(&h->task);
}

/* A study in which n_told trials were told and n_open are handed out. */
static bf_status make_study(const char *folder, size_t n_told, size_t n_open)
{
  bf_status status = BF_OK;
  bf_cluster_job job = {0};
  bf_study *study = NULL;
  held h = {0};
  BF_TRY(bf_cluster_job_init(&job, "random", n_told + n_open + MOST, 0));
  BF_TRY(bf_study_create(job.plan, folder, &info, &study));
  BF_TRY(hold(&h, study, job.evaluator, n_open + 1));
  for (size_t i = 0; i < n_told + n_open; i++) {
    BF_TRY(ask(&h));
    if (h.n > n_open)
      BF_TRY(tell(&h));
  }
  BF_TRY(bf_study_close(study));
done:
  let_go(&h);
  bf_study_free(study);
  bf_cluster_job_release(&job);
  return status;
}

/* Tasks that were handed out before come first, and the sampler is not asked for them. */
static bf_status measure_study(held *h, size_t n_open, bf_trial_cost *out)
{
  bf_status status = BF_OK;
  double ask_s = 0;
  double accept_s = 0;
  size_t n = 0;
  while (h->n < n_open)
    BF_TRY(ask(h));
  for (; n < MOST && (n < LEAST || ask_s + accept_s < measured_s); n++) {
    BF_TRY(tell(h));
    BF_TRY(ask(h));
    accept_s += h->accept_s;
    ask_s += h->ask_s;
  }
  *out = (bf_trial_cost){.ask_s = ask_s / (double)n, .accept_s = accept_s / (double)n};
done:
  return status;
}

static bf_status go_on(const char *folder, const char *sampler, size_t n_told, size_t n_open,
                       bf_trial_cost *out)
{
  bf_status status = BF_OK;
  bf_cluster_job job = {0};
  bf_record *record = NULL;
  bf_study *study = NULL;
  held h = {0};
  BF_TRY(bf_cluster_job_init(&job, sampler, n_told + n_open + MOST, 0));
  BF_TRY(bf_study_open(folder, &record));
  BF_TRY(bf_study_resume(job.plan, record, &info, &study));
  bf_record_free(record);
  record = NULL;
  BF_TRY(hold(&h, study, job.evaluator, n_open));
  BF_TRY(measure_study(&h, n_open, out));
done:
  let_go(&h);
  bf_study_free(study);
  bf_record_free(record);
  bf_cluster_job_release(&job);
  return status;
}

/* A journal goes on where it ends: every sampler gets a copy of what was begun. */
static bf_status copy_study(const char *from, const char *to)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  char *source = bf_path_join(from, BF_JOURNAL_NAME);
  char *target = bf_path_join(to, BF_JOURNAL_NAME);
  BF_CHECK(source != NULL && target != NULL, BF_ERR_NOMEM, "out of memory (a path)");
  BF_TRY(bf_folder_create(to));
  BF_TRY(bf_file_read(source, &text));
  BF_TRY(bf_file_write_text(target, &text));
done:
  free(source);
  free(target);
  bf_text_release(&text);
  return status;
}

static bf_status measure_at(const char *folder, size_t told, size_t open, size_t n, bf_costs *costs)
{
  bf_status status = BF_OK;
  size_t n_told = costs->grid.told[told];
  size_t n_open = costs->grid.open[open];
  char *begun = bf_path_join(folder, "begun");
  char *copy = bf_path_join(folder, "copy");
  BF_CHECK(begun != NULL && copy != NULL, BF_ERR_NOMEM, "out of memory (a path)");
  BF_TRY(make_study(begun, n_told, n_open));
  for (size_t i = 0; i < n; i++) {
    BF_TRY(copy_study(begun, copy));
    BF_TRY(go_on(copy, costs[i].sampler, n_told, n_open, &costs[i].at[told][open]));
    bf_folder_remove(copy);
  }
  bf_folder_remove(begun);
done:
  free(begun);
  free(copy);
  return status;
}

bf_status bf_costs_measure(const char *folder, const bf_cost_grid *grid, size_t n_samplers,
                           const char *const *samplers, bf_costs *out)
{
  bf_status status = BF_OK;
  for (size_t i = 0; i < n_samplers; i++) {
    out[i] = (bf_costs){.sampler = samplers[i], .grid = *grid};
    for (size_t k = 0; k < BF_COST_SIZES; k++) {
      out[i].log_told[k] = log((double)grid->told[k]);
      out[i].log_open[k] = log((double)grid->open[k]);
    }
  }
  for (size_t told = 0; told < grid->n_told; told++)
    for (size_t open = 0; open < grid->n_open; open++)
      BF_TRY(measure_at(folder, told, open, n_samplers, out));
done:
  return status;
}

/* Between points @p *low and *low + 1, by the share that is returned of the way. */
static double find_place(const double *logs, size_t n, size_t value, size_t *low)
{
  double at = log((double)value);
  *low = 0;
  if (n < 2 || at <= logs[0])
    return 0;
  while (*low + 2 < n && at > logs[*low + 1])
    ++*low;
  return fmin(1, (at - logs[*low]) / (logs[*low + 1] - logs[*low]));
}

static bf_trial_cost between(bf_trial_cost a, bf_trial_cost b, double share)
{
  return (bf_trial_cost){.ask_s = a.ask_s + share * (b.ask_s - a.ask_s),
                         .accept_s = a.accept_s + share * (b.accept_s - a.accept_s)};
}

bf_trial_cost bf_costs_at(const void *context, size_t n_told, size_t n_open)
{
  const bf_costs *costs = context;
  const bf_cost_grid *grid = &costs->grid;
  size_t told;
  size_t open;
  double told_share = find_place(costs->log_told, grid->n_told, n_told, &told);
  double open_share = find_place(costs->log_open, grid->n_open, n_open, &open);
  size_t more_told = told_share > 0 ? told + 1 : told;
  size_t more_open = open_share > 0 ? open + 1 : open;
  return between(between(costs->at[told][open], costs->at[told][more_open], open_share),
                 between(costs->at[more_told][open], costs->at[more_told][more_open], open_share),
                 told_share);
}
