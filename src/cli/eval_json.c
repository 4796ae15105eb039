/* What an evaluation found, for programs.
 * Room: cli. */
#include <math.h>

#include "cli/eval_view.h"

static bf_json *metrics_json(const bf_metrics *metrics)
{
  bf_json *values = bf_json_object();
  for (int i = 0; i < BF_N_METRICS; i++)
    if (!isnan(metrics->value[i]))
      bf_json_set(values, bf_metric_name((bf_metric)i), bf_json_number(metrics->value[i]));
  return values;
}

static bf_json *outputs_json(const bf_eval_view *view, size_t n)
{
  bf_json *names = bf_json_array();
  bf_text name = {0};
  for (size_t o = 0; o < n; o++) {
    bf_text_reset(&name);
    bf_eval_output_name(view, o, &name);
    bf_json_push(names, bf_json_string(bf_text_view(&name)));
  }
  bf_text_release(&name);
  return names;
}

static bf_json *confusion_json(const bf_by_class *by_class)
{
  bf_json *rows = bf_json_array();
  for (size_t c = 0; c < by_class->n_classes; c++) {
    bf_json *row = bf_json_array();
    for (size_t o = 0; o < by_class->n_outputs; o++)
      bf_json_push(row, bf_json_integer((int64_t)by_class->confusion[c * by_class->n_outputs + o]));
    bf_json_push(rows, row);
  }
  return rows;
}

static void set_shares(bf_json *json, const bf_by_class *by_class)
{
  bf_json *recall = bf_json_array();
  bf_json *precision = bf_json_array();
  bf_json *auc = bf_json_array();
  for (size_t c = 0; c < by_class->n_classes; c++) {
    bf_json_push(recall, bf_json_number(bf_by_class_recall(by_class, c)));
    bf_json_push(precision, bf_json_number(bf_by_class_precision(by_class, c)));
    bf_json_push(auc, bf_json_number(by_class->roc[c].auc));
  }
  bf_json_set(json, "recall", recall);
  bf_json_set(json, "precision", precision);
  bf_json_set(json, "auc", auc);
}

/* JSON has no infinity: a rejection is null, too, when no background passed. */
static void set_rejection(bf_json *json, const bf_by_class *by_class)
{
  bf_json *rejection = bf_json_object();
  bf_json *passed = bf_json_object();
  for (size_t e = 0; e < BF_N_EFFICIENCIES; e++) {
    char key[16];
    bf_json *values = bf_json_array();
    bf_json *counts = bf_json_array();
    snprintf(key, sizeof key, "%g", bf_efficiencies[e]);
    for (size_t c = 0; c < by_class->n_classes; c++) {
      const bf_roc *roc = &by_class->roc[c];
      bf_json_push(values, bf_json_number(roc->rejection[e]));
      bf_json_push(counts,
                   isnan(roc->auc) ? bf_json_null() : bf_json_integer((int64_t)roc->n_passed[e]));
    }
    bf_json_set(rejection, key, values);
    bf_json_set(passed, key, counts);
  }
  bf_json_set(json, "rejection", rejection);
  bf_json_set(json, "background_passed", passed);
}

bf_json *bf_eval_json(const bf_eval_view *view)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "metrics", metrics_json(view->metrics));
  bf_json_set(json, "rows", bf_json_integer((int64_t)view->score->n_rows));
  bf_json_set(json, "n_correct", bf_json_integer((int64_t)view->score->n_correct));
  bf_json_set(json, "split", bf_json_string(view->split));
  bf_json_set(json, "data_kind", bf_json_string(view->manifest->kind));
  bf_json_set(json, "classes", outputs_json(view, view->by_class->n_classes));
  bf_json_set(json, "outputs", outputs_json(view, view->by_class->n_outputs));
  bf_json_set(json, "confusion", confusion_json(view->by_class));
  set_shares(json, view->by_class);
  set_rejection(json, view->by_class);
  return json;
}
