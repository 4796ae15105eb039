/* The configurations that were tried, by their trials.
 * Room: study. */
#include <math.h>

#include "base/memory.h"
#include "search/front.h"
#include "study/record_parts.h"

bf_goal bf_record_goal(const bf_record *record)
{
  return (bf_goal){.n_terms = record->n_terms,
                   .terms = record->terms,
                   .is_summed = record->is_summed,
                   .sum_maximize = record->sum_maximize};
}

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

/* What trials found on the test split. */
static void average_tests(const bf_record *record, bf_candidate *candidate)
{
  double accuracy = 0;
  double loss = 0;
  for (size_t i = 0; i < candidate->n_trials; i++) {
    const bf_record_trial *trial = &record->trials[candidate->first + i];
    if (!trial->tested)
      continue;
    candidate->n_tested++;
    candidate->n_test_rows = trial->n_test_rows;
    accuracy += (double)trial->n_test_correct / (double)trial->n_test_rows;
    loss += trial->test_loss;
  }
  double n = (double)candidate->n_tested;
  candidate->test_accuracy = candidate->n_tested > 0 ? accuracy / n : (double)NAN;
  candidate->test_loss = candidate->n_tested > 0 ? loss / n : (double)NAN;
}

/* Without repeats the mean is the trial's metrics.
 * @param complete (n_trials) scratch. @param averages (2) mean and deviation; NULL. */
static void average(const bf_record *record, bf_candidate *candidate, const bf_metrics **complete,
                    bf_metrics *averages)
{
  size_t n = 0;
  for (size_t i = 0; i < candidate->n_trials && candidate->n_complete > 0; i++)
    if (!record->trials[candidate->first + i].failed)
      complete[n++] = &record->trials[candidate->first + i].metrics;
  candidate->mean = n > 0 ? complete[0] : &record->none;
  candidate->sd = &record->none;
  if (averages != NULL) {
    bf_metrics_average(n, complete, &averages[0], &averages[1]);
    candidate->mean = &averages[0];
    candidate->sd = &averages[1];
  }
  average_tests(record, candidate);
}

/* Means of numbers may be none: then the configuration counts as failed, as it did when the study
 * was run. */
static void appraise(bf_record *record, size_t c)
{
  bf_candidate *candidate = &record->candidates[c];
  double *minimised = record->minimised + c * record->n_objectives;
  double values[BF_N_METRICS];
  const bf_goal goal = bf_record_goal(record);
  if (bf_goal_objectives(&goal, candidate->mean, values, minimised) == BF_OK &&
      bf_constraints_violation(record->n_constraints, record->constraints, candidate->mean,
                               &candidate->violation) == BF_OK)
    return;
  candidate->n_complete = 0;
  candidate->mean = &record->none;
  candidate->sd = &record->none;
  for (size_t j = 0; j < record->n_objectives; j++)
    minimised[j] = (double)NAN;
}

static bf_status find_front(bf_record *record)
{
  bf_status status = BF_OK;
  bf_front *front = NULL;
  bool entered = false;
  BF_TRY(bf_front_create(record->n_objectives, &front));
  for (size_t c = 0; c < record->n_candidates; c++)
    if (bf_record_is_feasible(record, c))
      BF_TRY(bf_front_insert(front, record->candidates[c].number, bf_record_minimised(record, c),
                             &entered));
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

/* A trial that failed misses nothing: it is not asked. */
static void find_violations(bf_record *record)
{
  for (size_t i = 0; i < record->n_trials; i++) {
    bf_record_trial *trial = &record->trials[i];
    double violation = 0;
    if (!trial->failed && bf_constraints_violation(record->n_constraints, record->constraints,
                                                   &trial->metrics, &violation) == BF_OK)
      trial->violation = violation;
  }
}

bf_status bf_record_find_candidates(bf_record *record)
{
  bf_status status = BF_OK;
  size_t most = record->repeats < record->n_trials ? record->repeats : record->n_trials;
  const bf_metrics **complete = bf_alloc(most, sizeof(const bf_metrics *));
  BF_CHECK_MEMORY(complete);
  BF_TRY(group_trials(record));
  record->minimised =
      bf_alloc(record->n_candidates * record->n_objectives, sizeof *record->minimised);
  BF_CHECK_MEMORY(record->minimised);
  record->none = bf_metrics_none();
  if (record->repeats > 1) {
    record->averages = bf_alloc(record->n_candidates, 2 * sizeof *record->averages);
    BF_CHECK_MEMORY(record->averages);
  }
  for (size_t c = 0; c < record->n_candidates; c++) {
    average(record, &record->candidates[c], complete,
            record->averages != NULL ? record->averages + 2 * c : NULL);
    appraise(record, c);
  }
  find_violations(record);
  BF_TRY(find_front(record));
done:
  free(complete);
  return status;
}
