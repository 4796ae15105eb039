/* What an evaluation found, for people.
 * Room: cli. */
#include <math.h>

#include "cli/eval_view.h"

#include "base/table.h"

void bf_eval_output_name(const bf_eval_view *view, size_t output, bf_text *text)
{
  if (output < view->manifest->n_classes)
    bf_text_append(text, view->manifest->classes[output]);
  else
    bf_text_printf(text, "output %zu", output);
}

static bf_status finish(bf_table *table, bf_text *text)
{
  bf_status status = bf_table_print(table, text);
  bf_table_release(table);
  return status;
}

static bf_status print_metrics(const bf_eval_view *view, bf_text *text)
{
  bf_table table = {.n_columns = 2};
  bf_table_cell(&table, "metric");
  bf_table_cell(&table, "value");
  for (int i = 0; i < BF_N_METRICS; i++)
    if (!isnan(view->metrics->value[i])) {
      bf_table_cell(&table, "%s", bf_metric_name((bf_metric)i));
      bf_table_cell(&table, "%.6g", view->metrics->value[i]);
    }
  return finish(&table, text);
}

/* "-": there is nothing to divide by. */
static void add_share(bf_table *table, double value)
{
  if (isnan(value))
    bf_table_cell(table, "-");
  else
    bf_table_cell(table, "%.4f", value);
}

static void add_rejection(bf_table *table, double value)
{
  if (isnan(value))
    bf_table_cell(table, "-");
  else
    bf_table_cell(table, "%.4g", value);
}

static bf_status print_classes(const bf_eval_view *view, bf_text *text)
{
  const bf_by_class *by_class = view->by_class;
  bf_table table = {.n_columns = 5 + BF_N_EFFICIENCIES};
  static const char *const header[] = {"class", "rows", "recall", "precision", "AUC"};
  for (size_t i = 0; i < sizeof header / sizeof *header; i++)
    bf_table_cell(&table, "%s", header[i]);
  for (size_t e = 0; e < BF_N_EFFICIENCIES; e++)
    bf_table_cell(&table, "1/FPR at %.0f %%", 100 * bf_efficiencies[e]);
  for (size_t c = 0; c < by_class->n_classes; c++) {
    const bf_roc *roc = &by_class->roc[c];
    bf_table_cell(&table, "%s", view->manifest->classes[c]);
    bf_table_cell(&table, "%zu", roc->n_signal);
    add_share(&table, bf_by_class_recall(by_class, c));
    add_share(&table, bf_by_class_precision(by_class, c));
    add_share(&table, roc->auc);
    for (size_t e = 0; e < BF_N_EFFICIENCIES; e++)
      add_rejection(&table, roc->rejection[e]);
  }
  return finish(&table, text);
}

static bf_status print_confusion(const bf_eval_view *view, bf_text *text)
{
  const bf_by_class *by_class = view->by_class;
  bf_table table = {.n_columns = 1 + by_class->n_outputs};
  bf_text name = {0};
  bf_table_cell(&table, "label, predicted");
  for (size_t o = 0; o < by_class->n_outputs; o++) {
    bf_text_reset(&name);
    bf_eval_output_name(view, o, &name);
    bf_table_cell(&table, "%s", bf_text_view(&name));
  }
  for (size_t c = 0; c < by_class->n_classes; c++) {
    bf_table_cell(&table, "%s", view->manifest->classes[c]);
    for (size_t o = 0; o < by_class->n_outputs; o++)
      bf_table_cell(&table, "%zu", by_class->confusion[c * by_class->n_outputs + o]);
  }
  bf_text_release(&name);
  return finish(&table, text);
}

bf_status bf_eval_print(const bf_eval_view *view, bf_text *text)
{
  bf_status status = BF_OK;
  bf_text_printf(text, "%zu of %zu rows correct (%s split, %s data)\n", view->score->n_correct,
                 view->score->n_rows, view->split, view->manifest->kind);
  BF_TRY(print_metrics(view, text));
  bf_text_append(text, "\n");
  BF_TRY(print_classes(view, text));
  bf_text_append(text, "\n");
  BF_TRY(print_confusion(view, text));
done:
  return status;
}
