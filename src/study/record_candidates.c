/* The configurations that were tried, by their trials.
 * Room: study. */
#include <inttypes.h>
#include <math.h>

#include "base/memory.h"
#include "search/front.h"
#include "study/plan_parts.h"
#include "study/record_parts.h"

static bf_status group_trials(bf_record *record)
{
  record->candidates = bf_alloc(record->n_trials, sizeof *record->candidates);
  if (record->candidates == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu candidates", record->n_trials);
  bf_candidate *last = NULL;
  for (size_t i = 0; i < record->n_trials; i++) {
    uint64_t number = record->trials[i].number - record->trials[i].number % record->repeats;
    if (last == NULL || last->number != number) {
      last = &record->candidates[record->n_candidates++];
      *last = (bf_candidate){.number = number, .first = i};
    }
    last->n_trials++;
    last->n_complete += !record->trials[i].failed;
  }
  /* Means of some of its seeds only would not be fair. */
  for (size_t c = 0; c < record->n_candidates; c++)
    if (record->candidates[c].n_trials < record->repeats)
      record->candidates[c].n_complete = 0;
  return BF_OK;
}

/* Two passes, as when the study was run. */
static void average(const bf_record *record, bf_candidate *candidate, bf_metric metric)
{
  const bf_record_trial *trials = &record->trials[candidate->first];
  double n = (double)candidate->n_complete;
  double sum = 0;
  double squares = 0;
  for (size_t i = 0; i < candidate->n_trials; i++)
    sum += trials[i].failed ? 0 : trials[i].metrics.value[metric];
  double mean = sum / n;
  for (size_t i = 0; i < candidate->n_trials; i++)
    squares += trials[i].failed ? 0 : pow(trials[i].metrics.value[metric] - mean, 2);
  candidate->mean.value[metric] = mean;
  if (candidate->n_complete > 1)
    candidate->sd.value[metric] = sqrt(squares / (n - 1));
}

/* As the plan computes them, from nine digits instead of all. */
static bf_status derive_objectives(const bf_record *record, const bf_candidate *candidate,
                                   double *minimised)
{
  double sum = 0;
  for (size_t i = 0; i < record->n_terms; i++) {
    const bf_objective *term = &record->terms[i];
    double scaled = term->scale * candidate->mean.value[term->metric];
    sum += scaled;
    if (!record->is_summed)
      minimised[i] = term->maximize ? -scaled : scaled;
  }
  if (record->is_summed)
    minimised[0] = record->sum_maximize ? -sum : sum;
  for (size_t j = 0; j < record->n_objectives && candidate->n_complete > 0; j++)
    if (!isfinite(minimised[j]))
      return bf_fail(BF_ERR_DATA, "trials.csv:%zu: objective '%s' is %g, expected a finite number",
                     bf_csv_line(record->table, candidate->first),
                     bf_record_objective_name(record, j), minimised[j]);
  return BF_OK;
}

/* The file has what the study found with all digits; it has the means of no repeats. */
static bf_status derive_violation(const bf_record *record, bf_candidate *candidate)
{
  if (candidate->on_front || candidate->n_complete == 0)
    return BF_OK;
  if (record->repeats == 1) {
    candidate->violation = record->trials[candidate->first].violation;
    return BF_OK;
  }
  if (bf_constraints_violation(record->n_constraints, record->constraints, &candidate->mean,
                               &candidate->violation) != BF_OK)
    return bf_because(BF_ERR_DATA, "trials.csv:%zu", bf_csv_line(record->table, candidate->first));
  return BF_OK;
}

static bf_status appraise(bf_record *record, size_t c)
{
  bf_candidate *candidate = &record->candidates[c];
  bf_status status = BF_OK;
  candidate->mean = bf_metrics_none();
  candidate->sd = bf_metrics_none();
  for (int m = 0; candidate->n_complete > 0 && m < BF_N_METRICS; m++)
    average(record, candidate, (bf_metric)m);
  candidate->on_front = candidate->n_complete > 0 && record->trials[candidate->first].on_front;
  BF_TRY(derive_objectives(record, candidate, record->minimised + c * record->n_objectives));
  BF_TRY(derive_violation(record, candidate));
done:
  return status;
}

/* For a file without the column. */
static bf_status derive_front(bf_record *record)
{
  bf_status status = BF_OK;
  bf_front *front = NULL;
  BF_TRY(bf_front_create(record->n_objectives, &front));
  for (size_t c = 0; c < record->n_candidates; c++) {
    bool entered = false;
    if (bf_record_is_feasible(record, c))
      BF_TRY(bf_front_insert(front, record->candidates[c].number, bf_record_minimised(record, c),
                             &entered));
  }
  for (size_t c = 0; c < record->n_candidates; c++) {
    bf_candidate *candidate = &record->candidates[c];
    candidate->on_front = bf_front_has(front, candidate->number);
    for (size_t i = 0; i < candidate->n_trials; i++)
      record->trials[candidate->first + i].on_front = candidate->on_front;
  }
done:
  bf_front_free(front);
  return status;
}

bf_status bf_record_find_candidates(bf_record *record)
{
  bf_status status = BF_OK;
  BF_TRY(group_trials(record));
  record->minimised =
      bf_alloc(record->n_candidates * record->n_objectives, sizeof *record->minimised);
  BF_CHECK_MEMORY(record->minimised);
  for (size_t c = 0; c < record->n_candidates; c++)
    BF_TRY(appraise(record, c));
  if (bf_csv_column(record->table, "on_front") == record->table->n_columns)
    BF_TRY(derive_front(record));
done:
  return status;
}
