/* What an evaluation found, for people and for programs.
 * Room: cli. */
#ifndef BF_CLI_EVAL_VIEW_H
#define BF_CLI_EVAL_VIEW_H

#include "base/json.h"
#include "base/text.h"
#include "data/manifest.h"
#include "metrics/by_class.h"
#include "metrics/metric.h"

/** All borrowed. */
typedef struct bf_eval_view {
  const bf_metrics *metrics;
  const bf_score *score;
  const bf_by_class *by_class;
  const bf_manifest *manifest; /**< names of the classes, kind of data */
  const char *split;
} bf_eval_view;

/** @brief Appends the metrics, the classes and who was taken for whom. @return BF_OK;
 * BF_ERR_NOMEM. */
bf_status bf_eval_print(const bf_eval_view *view, bf_text *text);

/** The document of `eval --json` (docs/formats.md). */
bf_json *bf_eval_json(const bf_eval_view *view);

/** Appends the name of an output: that of its class, or "output 7" behind the last one. */
void bf_eval_output_name(const bf_eval_view *view, size_t output, bf_text *text);

#endif
