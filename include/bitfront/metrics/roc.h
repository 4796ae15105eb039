/* One class against all others: the area under its ROC curve, and how much background it rejects.
 * Room: metrics. */
#ifndef BF_METRICS_ROC_H
#define BF_METRICS_ROC_H

#include <stdbool.h>
#include <stddef.h>

/** Shares of the signal that must pass where the background is counted: 50 % and 80 %. */
enum { BF_N_EFFICIENCIES = 2 };
extern const double bf_efficiencies[BF_N_EFFICIENCIES];

/** One row's score for the class: the larger, the more it looks like it. */
typedef struct bf_scored {
  double score; /**< no NaN */
  bool is_signal;
} bf_scored;

typedef struct bf_roc {
  size_t n_signal;
  size_t n_background;
  double auc; /**< chance that a signal row scores above a background row, ties counting half; NaN
                 unless there are both */
  size_t n_passed[BF_N_EFFICIENCIES];  /**< background rows at or above the threshold: the largest
                                          score that at least this share of the signal reaches */
  double rejection[BF_N_EFFICIENCIES]; /**< n_background / n_passed; infinite if none passes; NaN
                                          unless there are both */
} bf_roc;

/**
 * @brief The curve of @p n rows, which are sorted by falling score.
 * Source: Fawcett 2006 (midranks: Hanley and McNeil 1982). Oracle: sklearn's roc_auc_score and
 * roc_curve.
 */
bf_roc bf_roc_of(size_t n, bf_scored *rows);

#endif
