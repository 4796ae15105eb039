/* Rules in words: which net of a study to take.
 * Room: study. What they mean for points: search/selection.h. */
#ifndef BF_STUDY_RULE_H
#define BF_STUDY_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "metrics/metric.h"
#include "study/record.h"

/*
 *   knee                                      where the front bulges most
 *   hypervolume                               whose loss would cost the front most
 *   accuracy=0.7, bitops=0.3                  the best weighted average of the objectives
 *   min bitops where accuracy >= 0.70         the best of one metric, with any number of conditions
 *   max accuracy where bitops <= 1e6 and weight_bits < 900
 *   front                                     every member of the front
 *
 * The first three choose from the front, and so does the last; `min` and `max` look at everything
 * that was tried and has metrics. What misses the study's constraints is never chosen.
 */
typedef enum bf_rule_kind {
  BF_RULE_KNEE,
  BF_RULE_HYPERVOLUME,
  BF_RULE_FRONT,
  BF_RULE_WEIGHTS,
  BF_RULE_BEST
} bf_rule_kind;

typedef enum bf_relation {
  BF_AT_LEAST, /**< ">=" */
  BF_AT_MOST,  /**< "<=" */
  BF_ABOVE,    /**< ">" */
  BF_BELOW     /**< "<" */
} bf_relation;

typedef struct bf_rule_condition {
  bf_metric metric;
  bf_relation relation;
  double bound;
} bf_rule_condition;

enum { BF_MAX_CONDITIONS = 16 };

/** A rule that was understood; needs no study. */
typedef struct bf_rule {
  bf_rule_kind kind;
  double weights[BF_N_METRICS]; /**< of WEIGHTS; NaN: not named */
  bf_metric metric;             /**< of BEST, and so are all below */
  bool maximize;
  size_t n_conditions;
  bf_rule_condition conditions[BF_MAX_CONDITIONS];
} bf_rule;

/** @brief Reads a rule. @return BF_OK; BF_ERR_USAGE "rule '<text>': ..." with what was expected and
 * the nearest name there is. */
bf_status bf_rule_parse(const char *text, bf_rule *out);

/** What a rule says about a study. Numbers are indexes of record->candidates. */
typedef struct bf_pick {
  size_t n;       /**< at least 1; more than 1 for `front` only */
  size_t *chosen; /**< (n), owned */
  char *why;      /**< one line, owned */
  bool has_runner_up;
  size_t runner_up;
  char *runner_up_why; /**< owned; NULL without a runner-up */
} bf_pick;

/**
 * @brief What @p rule chooses of @p record.
 * @param[out] out released with bf_pick_release.
 * @return BF_OK; BF_ERR_USAGE if there is nothing to choose from, if no trial meets the conditions
 *         (naming how near they come), or for a weight on what is no objective; BF_ERR_NOMEM.
 */
bf_status bf_rule_apply(const bf_rule *rule, const bf_record *record, bf_pick *out);
void bf_pick_release(bf_pick *pick);

#endif
