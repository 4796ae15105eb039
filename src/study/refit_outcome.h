/* What the runs of a refit say together: means, intervals, and the order of the nets.
 * Room: study (private). */
#ifndef BF_STUDY_REFIT_OUTCOME_H
#define BF_STUDY_REFIT_OUTCOME_H

#include "metrics/spread.h"
#include "study/refit.h"

/**
 * What puts nets in order: the sum of scaled metrics if that is the job's objective, else the first
 * objective that training changes (the software metrics), else accuracy_micro. Metrics count
 * unscaled.
 */
typedef struct bf_refit_criterion {
  const char *name;
  bool is_sum;
  bf_metric metric; /**< unless is_sum */
  bool larger_is_better;
} bf_refit_criterion;

/** One net over its complete runs. With a single one, shares of rows (accuracy_micro, the test
 * accuracy) have their Wilson interval and no deviation; nothing else has an interval then. */
typedef struct bf_refit_summary {
  size_t n_failed;
  size_t best;     /**< complete run with the best value; means nothing without one */
  bf_spread value; /**< of the criterion; its n is the number of complete runs */
  bf_spread metrics[BF_N_METRICS]; /**< on the validation rows */
  bf_spread test_accuracy;         /**< n is 0 without test rows */
  bf_spread test_loss;
} bf_refit_summary;

/** All zero is an empty one. */
typedef struct bf_refit_outcome {
  bf_refit_criterion criterion;
  bf_refit_summary *nets; /**< (n_nets) as in the refit; owned */
  size_t
      *order; /**< (n_nets) best first, equals as given, nets without a complete run last; owned */
  size_t n_ranked; /**< nets with a complete run */
  double
      spearman; /**< of brief against long values of those; NaN for less than two, or all equal */
} bf_refit_outcome;

/** @brief Works it out of the runs that are complete by now. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_refit_outcome_init(const bf_refit *refit, bf_refit_outcome *outcome);
void bf_refit_outcome_release(bf_refit_outcome *outcome);

/** The criterion's value of measured metrics. */
double bf_refit_value(const bf_plan *plan, const bf_refit_criterion *criterion,
                      const bf_metrics *metrics);

#endif
