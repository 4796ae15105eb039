/* What is known of a configuration: the means of its trials.
 * Room: study. */
#include <math.h>

#include "study/study.h"

uint64_t bf_study_leader(const bf_study *study, uint64_t number)
{
  return number - number % study->plan->job->repeats;
}

static bool counts(const bf_trial *trial)
{
  return trial->told && !trial->failed;
}

/* Two passes: the mean of one trial is its number to the last bit. */
static void summarise_metric(const bf_trial *trials, size_t n_trials, bf_metric metric,
                             bf_summary *out)
{
  double n = (double)out->n_complete;
  double sum = 0;
  double squares = 0;
  for (size_t i = 0; i < n_trials; i++)
    if (counts(&trials[i]))
      sum += trials[i].metrics.value[metric];
  double mean = sum / n;
  for (size_t i = 0; i < n_trials; i++)
    if (counts(&trials[i]))
      squares += pow(trials[i].metrics.value[metric] - mean, 2);
  out->mean.value[metric] = mean;
  if (out->n_complete > 1)
    out->sd.value[metric] = sqrt(squares / (n - 1));
}

static void summarise_tests(const bf_trial *trials, size_t n_trials, bf_summary *out)
{
  double accuracy = 0;
  double loss = 0;
  for (size_t i = 0; i < n_trials; i++) {
    const bf_trial *trial = &trials[i];
    if (!trial->tested || trial->n_test_rows == 0)
      continue;
    out->n_tested++;
    out->n_test_rows = trial->n_test_rows;
    accuracy += (double)trial->n_test_correct / (double)trial->n_test_rows;
    loss += trial->test_loss;
  }
  if (out->n_tested == 0)
    return;
  out->test_accuracy = accuracy / (double)out->n_tested;
  out->test_loss = loss / (double)out->n_tested;
}

bf_summary bf_study_summary(const bf_study *study, uint64_t leader)
{
  const bf_trial *trials = &study->trials[leader];
  size_t n_trials = study->plan->job->repeats;
  bf_summary summary = {.number = leader,
                        .mean = bf_metrics_none(),
                        .sd = bf_metrics_none(),
                        .test_accuracy = (double)NAN,
                        .test_loss = (double)NAN};
  for (size_t i = 0; i < n_trials; i++)
    summary.n_complete += counts(&trials[i]);
  for (int m = 0; summary.n_complete > 0 && m < BF_N_METRICS; m++)
    summarise_metric(trials, n_trials, (bf_metric)m, &summary);
  summarise_tests(trials, n_trials, &summary);
  return summary;
}

void bf_summary_interval(const bf_summary *summary, double *lo, double *hi)
{
  *lo = (double)NAN;
  *hi = (double)NAN;
  if (summary->n_tested == 0)
    return;
  double n_correct = round(summary->test_accuracy * (double)summary->n_test_rows);
  bf_wilson((size_t)n_correct, summary->n_test_rows, lo, hi);
}
