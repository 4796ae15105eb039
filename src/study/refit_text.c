/* A refit for people: the nets in their order.
 * Room: study. */
#include <inttypes.h>
#include <math.h>

#include "base/table.h"
#include "study/refit_outcome.h"
#include "study/values.h"

/* The making of the table. */
typedef struct page {
  const bf_refit *refit;
  const bf_refit_outcome *outcome;
  bool has_accuracy; /* accuracy_micro is not the criterion and has a column of its own */
  size_t n_sizes;
  bf_metric sizes[BF_N_METRICS]; /* the hardware metrics shown */
} page;

/* Those that the job optimises, or the plainest two. */
static void find_sizes(page *p)
{
  const bf_plan *plan = p->refit->plan;
  for (size_t i = 0; i < plan->n_terms; i++)
    if (bf_metric_group_of(plan->terms[i].metric) == BF_METRIC_HARDWARE)
      p->sizes[p->n_sizes++] = plan->terms[i].metric;
  if (p->n_sizes > 0)
    return;
  p->sizes[p->n_sizes++] = BF_METRIC_bitops_per_row;
  p->sizes[p->n_sizes++] = BF_METRIC_model_size_bytes;
}

static bool is_choice(const bf_plan *plan, size_t i)
{
  return plan->parameters[i].n_choices > 1;
}

/* What the cells of `configuration` hold, in their order. */
static void print_legend(const bf_plan *plan, bf_text *text)
{
  const char *before = "configuration: ";
  for (size_t i = 0; i < plan->n_choices; i++)
    if (is_choice(plan, i)) {
      bf_text_printf(text, "%s%s", before, plan->choices[i].path);
      before = ", ";
    }
  if (before[0] == ',')
    bf_text_append(text, "\n");
}

static void print_configuration(const bf_plan *plan, const uint32_t *indexes, bf_text *text)
{
  for (size_t i = 0; i < plan->n_choices; i++) {
    if (!is_choice(plan, i))
      continue;
    bf_text_append(text, text->length > 0 ? " " : "");
    if (bf_plan_matters(plan, indexes, i))
      bf_value_print(bf_plan_value(plan, i, indexes[i]), "[", "]", text);
    else
      bf_text_append(text, "-");
  }
}

static void add_spread(bf_table *table, const bf_spread *spread)
{
  if (spread->n == 0)
    bf_table_cell(table, "%s", "");
  else if (isnan(spread->lo))
    bf_table_cell(table, "%.4f", spread->mean);
  else
    bf_table_cell(table, "%.4f [%.4f, %.4f]", spread->mean, spread->lo, spread->hi);
}

static void add_header(const page *p, bf_table *table)
{
  const char *name = p->outcome->criterion.name;
  bf_table_cell(table, "trial");
  bf_table_cell(table, "configuration");
  bf_table_cell(table, "runs");
  bf_table_cell(table, "brief %s", name);
  bf_table_cell(table, "val %s", name);
  if (p->has_accuracy)
    bf_table_cell(table, "val accuracy_micro");
  bf_table_cell(table, "test_accuracy");
  bf_table_cell(table, "test_loss");
  for (size_t i = 0; i < p->n_sizes; i++)
    bf_table_cell(table, "%s", bf_metric_name(p->sizes[i]));
  table->n_columns = table->n_cells;
}

static void add_row(const page *p, size_t place, bf_table *table, bf_text *cell)
{
  const bf_refit_net *net = &p->refit->nets[place];
  const bf_refit_summary *summary = &p->outcome->nets[place];
  bf_text_reset(cell);
  print_configuration(p->refit->plan, net->indexes, cell);
  bf_table_cell(table, "%" PRIu64, net->number);
  bf_table_cell(table, "%s", bf_text_view(cell));
  bf_table_cell(table, "%zu", summary->value.n);
  bf_table_cell(table, "%.4f", bf_refit_value(p->refit->plan, &p->outcome->criterion, &net->brief));
  add_spread(table, &summary->value);
  if (p->has_accuracy)
    add_spread(table, &summary->metrics[BF_METRIC_accuracy_micro]);
  add_spread(table, &summary->test_accuracy);
  add_spread(table, &summary->test_loss);
  for (size_t i = 0; i < p->n_sizes; i++)
    bf_table_cell(table, "%.9g", net->brief.value[p->sizes[i]]);
}

static void print_intervals(const bf_refit *refit, bf_text *text)
{
  if (refit->n_seeds > 1)
    bf_text_printf(text, "[..]: 95 %% interval of the mean, Student's t over the runs\n");
  else
    bf_text_append(text, "[..]: 95 % interval of a share of the rows (Wilson); one seed says "
                         "nothing of others\n");
}

static void print_orders(const bf_refit_outcome *outcome, bf_text *text)
{
  if (outcome->n_ranked < 2)
    return;
  bf_text_printf(text, "brief against long training, %zu nets: ", outcome->n_ranked);
  if (isnan(outcome->spearman))
    bf_text_append(text, "no order to compare, all are equal\n");
  else
    bf_text_printf(text, "Spearman %.3f (1: the order held, 0: no relation)\n", outcome->spearman);
}

static void print_best(const page *p, bf_text *text)
{
  const bf_refit_outcome *outcome = p->outcome;
  if (outcome->n_ranked == 0) {
    bf_text_append(text, "no net could be trained\n");
    return;
  }
  const bf_refit_net *net = &p->refit->nets[outcome->order[0]];
  bf_text_printf(text, "best by mean val %s: trial %" PRIu64 ", %s/", outcome->criterion.name,
                 net->number, p->refit->folder);
  bf_refit_checkpoint_print(net->number, outcome->nets[outcome->order[0]].best, text);
  bf_text_append(text, "; test rows chose nothing\n");
}

bf_status bf_refit_table(const bf_refit *refit, bf_text *text)
{
  bf_status status = BF_OK;
  bf_refit_outcome outcome = {0};
  bf_table table = {0};
  bf_text cell = {0};
  page p = {.refit = refit, .outcome = &outcome};
  BF_TRY(bf_refit_outcome_init(refit, &outcome));
  p.has_accuracy = strcmp(outcome.criterion.name, bf_metric_name(BF_METRIC_accuracy_micro)) != 0;
  find_sizes(&p);
  print_legend(refit->plan, text);
  add_header(&p, &table);
  for (size_t i = 0; i < refit->n_nets; i++)
    add_row(&p, outcome.order[i], &table, &cell);
  BF_TRY(bf_table_print(&table, text));
  print_intervals(refit, text);
  if (refit->is_compat)
    bf_text_append(text,
                   "brief, of a study with " BF_COMPAT_NOTE "; those of the refit are honest\n");
  print_orders(&outcome, text);
  print_best(&p, text);
  status = bf_text_status(text);
done:
  bf_text_release(&cell);
  bf_table_release(&table);
  bf_refit_outcome_release(&outcome);
  return status;
}
