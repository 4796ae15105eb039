/* A comparison of studies as text for people.
 * Room: cli. */
#include "cli/comparison_view.h"

#include <inttypes.h>
#include <math.h>

#include "base/table.h"

static void add_names(bf_table *table, size_t n, const char *const *names)
{
  table->n_columns = n;
  for (size_t i = 0; i < n; i++)
    bf_table_cell(table, "%s", names[i]);
}

static void add_share(bf_table *table, double share)
{
  if (isnan(share))
    bf_table_cell(table, "-");
  else
    bf_table_cell(table, "%.2f", 100 * share);
}

static void add_count(bf_table *table, size_t n)
{
  if (n == 0)
    bf_table_cell(table, "-");
  else
    bf_table_cell(table, "%zu", n);
}

static void add_seconds(bf_table *table, double seconds)
{
  if (isnan(seconds))
    bf_table_cell(table, "-");
  else
    bf_table_cell(table, "%.3g", seconds);
}

static void add_study(bf_table *table, const bf_compared *study)
{
  const bf_record *record = study->record;
  bf_table_cell(table, "%s", study->name);
  bf_table_cell(table, "%s", record->sampler);
  bf_table_cell(table, "%" PRIu64, record->seed);
  bf_table_cell(table, "%zu", record->n_trials);
  bf_table_cell(table, "%zu", study->n_failed);
  add_seconds(table, record->wall_s);
  add_seconds(table, study->trial_s);
  bf_table_cell(table, "%zu", study->n_front);
  add_share(table, study->share);
  add_count(table, study->n_to_95);
  add_count(table, study->n_to_99);
  add_share(table, study->true_share);
}

static bf_status print_studies(const bf_comparison *comparison, bf_text *text)
{
  static const char *const columns[] = {"study",  "sampler", "seed",    "trials",
                                        "failed", "wall s",  "s/trial", "front",
                                        "volume", "to 95 %", "to 99 %", "true front"};
  bf_table table = {0};
  add_names(&table, sizeof columns / sizeof *columns, columns);
  for (size_t s = 0; s < comparison->n_studies; s++)
    add_study(&table, &comparison->studies[s]);
  bf_status status = bf_table_print(&table, text);
  bf_table_release(&table);
  bf_text_append(text, "\n");
  for (size_t s = 0; s < comparison->n_studies; s++)
    if (comparison->studies[s].record->is_compat)
      bf_text_printf(text, "'%s': " BF_COMPAT_NOTE "\n", comparison->studies[s].name);
  bf_text_append(text,
                 "volume: % of the hypervolume that all fronts have together; to 95 %, to 99 %: "
                 "trials until then\n");
  for (size_t s = 0; s < comparison->n_studies; s++)
    if (comparison->studies[s].is_exhaustive) {
      bf_text_printf(text,
                     "true front: %% of the front of '%s', which has tried all %" PRIu64
                     " configurations\n",
                     comparison->studies[s].name, comparison->studies[s].record->space_size);
      return status;
    }
  bf_text_append(text, "true front: unknown, as no study has tried everything\n");
  return status;
}

/* "brute-force 3, 7; random 1": who has this vector, by trials. */
static void print_finders(const bf_comparison *comparison, size_t first, bf_text *text)
{
  size_t last_study = comparison->n_studies;
  for (size_t i = first; i < comparison->n_finders &&
                         comparison->finders[i].vector == comparison->finders[first].vector;
       i++) {
    const bf_finder *finder = &comparison->finders[i];
    const bf_compared *study = &comparison->studies[finder->study];
    bool is_new = finder->study != last_study;
    if (is_new)
      bf_text_printf(text, "%s%s ", i > first ? "; " : "", study->name);
    bf_text_printf(text, "%s%" PRIu64, is_new ? "" : ", ",
                   study->record->candidates[finder->candidate].number);
    last_study = finder->study;
  }
}

static bool is_first_of_vector(const bf_comparison *comparison, size_t i)
{
  return i == 0 || comparison->finders[i - 1].vector != comparison->finders[i].vector;
}

/* A sum stands before its terms: it is what the studies looked for. */
static void add_front_head(bf_table *table, const bf_record *record)
{
  if (record->is_summed)
    bf_table_cell(table, "%s", bf_record_objective_name(record, 0));
  for (size_t k = 0; k < record->n_terms; k++)
    bf_table_cell(table, "%s", bf_metric_name(record->terms[k].metric));
  bf_table_cell(table, "found by (trials)");
  table->n_columns = table->n_cells;
}

static void add_values(bf_table *table, const bf_comparison *comparison, const bf_finder *finder)
{
  const bf_record *record = comparison->studies[finder->study].record;
  const bf_metrics *mean = record->candidates[finder->candidate].mean;
  double minimised = bf_comparison_point(comparison, finder)[0];
  if (record->is_summed)
    bf_table_number(table, record->sum_maximize ? -minimised : minimised);
  for (size_t k = 0; k < record->n_terms; k++)
    bf_table_number(table, mean->value[record->terms[k].metric]);
}

static bf_status print_front(const bf_comparison *comparison, bf_text *text)
{
  bf_table table = {.n_columns = 0};
  bf_text found = {0};
  add_front_head(&table, comparison->studies[0].record);
  for (size_t i = 0; i < comparison->n_finders; i++) {
    if (!is_first_of_vector(comparison, i))
      continue;
    add_values(&table, comparison, &comparison->finders[i]);
    bf_text_reset(&found);
    print_finders(comparison, i, &found);
    bf_table_cell(&table, "%s", bf_text_view(&found));
    table.short_of_memory = table.short_of_memory || found.short_of_memory;
  }
  bf_text_printf(text, "\njoint front: %zu point%s\n\n", comparison->n_vectors,
                 comparison->n_vectors == 1 ? "" : "s");
  bf_status status = bf_table_print(&table, text);
  bf_table_release(&table);
  bf_text_release(&found);
  return status;
}

/* A metric that varies correlates with itself. */
static bool varies(const bf_comparison *comparison, size_t m)
{
  return !isnan(comparison->correlation[m][m]);
}

/* The lower triangle; columns have the numbers of rows, as names would be too wide. */
static bf_status print_correlations(const bf_comparison *comparison, bf_text *text)
{
  bf_table table = {.n_columns = 2};
  size_t rows[BF_N_METRICS];
  size_t n = 0;
  for (size_t m = 0; m < BF_N_METRICS; m++)
    if (varies(comparison, m))
      rows[n++] = m;
  bf_text_printf(text, "\nSpearman correlation of metrics over %zu complete trials\n",
                 comparison->n_complete);
  if (n < 2) {
    bf_text_append(text, "none: fewer than two metrics vary\n");
    return bf_text_status(text);
  }
  table.n_columns = n + 1;
  bf_table_cell(&table, " ");
  bf_table_cell(&table, "metric");
  for (size_t k = 0; k + 1 < n; k++)
    bf_table_cell(&table, "%zu", k + 1);
  for (size_t i = 0; i < n; i++) {
    bf_table_cell(&table, "%zu", i + 1);
    bf_table_cell(&table, "%s", bf_metric_name((bf_metric)rows[i]));
    for (size_t k = 0; k + 1 < n; k++) {
      double rho = k < i ? comparison->correlation[rows[i]][rows[k]] : (double)NAN;
      if (isnan(rho))
        bf_table_cell(&table, "%s", k < i ? "-" : "");
      else
        bf_table_cell(&table, "%.2f", fabs(rho) < 0.005 ? 0 : rho);
    }
  }
  bf_text_append(text, "\n");
  bf_status status = bf_table_print(&table, text);
  bf_table_release(&table);
  return status;
}

bf_status bf_comparison_print(const bf_comparison *comparison, bf_text *text)
{
  bf_status status = BF_OK;
  BF_TRY(print_studies(comparison, text));
  BF_TRY(print_front(comparison, text));
  BF_TRY(print_correlations(comparison, text));
done:
  return status;
}
