/* Studies of one space side by side.
 * Room: study. */
#include "study/comparison.h"

#include <math.h>

#include "base/log.h"
#include "base/memory.h"
#include "search/front.h"
#include "study/comparison_parts.h"
#include "study/spearman.h"

void bf_comparison_free(bf_comparison *comparison)
{
  if (comparison == NULL)
    return;
  for (size_t s = 0; s < comparison->n_studies; s++) {
    free(comparison->studies[s].name);
    free(comparison->studies[s].steps);
  }
  free(comparison->studies);
  free(comparison->finders);
  free(comparison);
}

const double *bf_comparison_point(const bf_comparison *comparison, const bf_finder *finder)
{
  return bf_record_minimised(comparison->studies[finder->study].record, finder->candidate);
}

/* Halves, because the difference of the largest numbers is none. */
double bf_comparison_scaled(const bf_comparison *comparison, size_t j, double value)
{
  double ideal = comparison->ideal[j] / 2;
  return (value / 2 - ideal) / (comparison->nadir[j] / 2 - ideal);
}

static const char *last_part(const char *path, size_t *n)
{
  size_t end = strlen(path);
  while (end > 1 && path[end - 1] == '/')
    end--;
  size_t start = end;
  while (start > 0 && path[start - 1] != '/')
    start--;
  *n = end - start;
  return path + start;
}

static bool same_last_part(const char *a, const char *b)
{
  size_t n = 0;
  size_t n_other = 0;
  const char *part = last_part(a, &n);
  const char *other = last_part(b, &n_other);
  return n == n_other && strncmp(part, other, n) == 0;
}

static bf_status name_study(const bf_comparison *comparison, size_t s)
{
  const char *folder = comparison->studies[s].record->folder;
  bool is_shared = false;
  size_t n = 0;
  for (size_t other = 0; other < comparison->n_studies; other++)
    is_shared = is_shared ||
                (other != s && same_last_part(folder, comparison->studies[other].record->folder));
  const char *part = last_part(folder, &n);
  char *name = bf_copy_text(is_shared ? folder : part);
  if (name == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a name");
  if (!is_shared)
    name[n] = '\0';
  comparison->studies[s].name = name;
  return BF_OK;
}

static void count_trials(bf_compared *study)
{
  const bf_record *record = study->record;
  for (size_t i = 0; i < record->n_trials; i++)
    study->n_failed += record->trials[i].failed;
  for (size_t c = 0; c < record->n_candidates; c++)
    study->n_front += record->candidates[c].on_front;
  study->trial_s = record->n_trials > 0 ? record->wall_s / (double)record->n_trials : (double)NAN;
}

static bf_status add_studies(bf_comparison *comparison, size_t n, bf_record *const *records)
{
  bf_status status = BF_OK;
  comparison->studies = bf_alloc(n, sizeof *comparison->studies);
  BF_CHECK_MEMORY(comparison->studies);
  comparison->n_studies = n;
  comparison->n_objectives = records[0]->n_objectives;
  for (size_t s = 0; s < n; s++)
    comparison->studies[s].record = records[s];
  for (size_t s = 0; s < n; s++) {
    const char *hash = records[s]->data_hash;
    BF_TRY(bf_comparison_check(records[0], records[s]));
    BF_TRY(name_study(comparison, s));
    count_trials(&comparison->studies[s]);
    if (hash != NULL && records[0]->data_hash != NULL && strcmp(hash, records[0]->data_hash) != 0)
      bf_warn("studies '%s' and '%s' were run on different data", records[0]->folder,
              records[s]->folder);
  }
done:
  return status;
}

/* Finders whose vectors are compared; qsort has no room for it. */
static int compare_points(const bf_comparison *comparison, const bf_finder *a, const bf_finder *b)
{
  const double *x = bf_comparison_point(comparison, a);
  const double *y = bf_comparison_point(comparison, b);
  for (size_t j = 0; j < comparison->n_objectives; j++)
    if (x[j] != y[j])
      return x[j] < y[j] ? -1 : 1;
  return 0;
}

/* A finder with its objectives in sight of qsort. */
typedef struct sorted {
  bf_finder finder;
  const bf_comparison *comparison;
} sorted;

static int compare_sorted(const void *a, const void *b)
{
  const sorted *x = a;
  const sorted *y = b;
  int order = compare_points(x->comparison, &x->finder, &y->finder);
  if (order != 0)
    return order;
  if (x->finder.study != y->finder.study)
    return x->finder.study < y->finder.study ? -1 : 1;
  return x->finder.candidate < y->finder.candidate ? -1 : x->finder.candidate > y->finder.candidate;
}

static bf_status sort_finders(bf_comparison *comparison)
{
  bf_status status = BF_OK;
  size_t n = comparison->n_finders;
  sorted *list = bf_alloc(n, sizeof *list);
  BF_CHECK_MEMORY(list);
  for (size_t i = 0; i < n; i++)
    list[i] = (sorted){.finder = comparison->finders[i], .comparison = comparison};
  qsort(list, n, sizeof *list, compare_sorted);
  for (size_t i = 0; i < n; i++) {
    comparison->finders[i] = list[i].finder;
    bool is_new = i == 0 || compare_points(comparison, &list[i - 1].finder, &list[i].finder) != 0;
    comparison->n_vectors += is_new;
    comparison->finders[i].vector = comparison->n_vectors - 1;
  }
done:
  free(list);
  return status;
}

/* Everything that could be on the joint front: the fronts in the files were found with more digits
 * than are left. */
static bf_status list_members(const bf_comparison *comparison, bf_finder **list, size_t *n)
{
  size_t n_all = 0;
  for (size_t s = 0; s < comparison->n_studies; s++)
    n_all += comparison->studies[s].record->n_candidates;
  bf_status status = BF_OK;
  bf_finder *members = bf_alloc(n_all, sizeof *members);
  BF_CHECK_MEMORY(members);
  *n = 0;
  for (size_t s = 0; s < comparison->n_studies; s++) {
    const bf_record *record = comparison->studies[s].record;
    for (size_t c = 0; c < record->n_candidates; c++)
      if (bf_record_is_feasible(record, c))
        members[(*n)++] = (bf_finder){.study = s, .candidate = c};
  }
  *list = members;
done:
  return status;
}

static bf_status find_joint_front(bf_comparison *comparison)
{
  bf_status status = BF_OK;
  bf_front *front = NULL;
  bf_finder *members = NULL;
  size_t n = 0;
  BF_TRY(list_members(comparison, &members, &n));
  BF_TRY(bf_front_create(comparison->n_objectives, &front));
  for (size_t i = 0; i < n; i++) {
    bool entered = false;
    BF_TRY(bf_front_insert(front, i, bf_comparison_point(comparison, &members[i]), &entered));
  }
  for (size_t k = 0; k < bf_front_size(front); k++)
    members[k] = members[bf_front_numbers(front)[k]];
  comparison->finders = members;
  comparison->n_finders = bf_front_size(front);
  members = NULL;
  BF_TRY(sort_finders(comparison));
done:
  bf_front_free(front);
  free(members);
  return status;
}

/* The worst value of any trial, in objective @p j. */
static double worst_of_all(const bf_comparison *comparison, size_t j)
{
  double worst = -(double)INFINITY;
  for (size_t s = 0; s < comparison->n_studies; s++) {
    const bf_record *record = comparison->studies[s].record;
    for (size_t c = 0; c < record->n_candidates; c++)
      if (bf_record_is_feasible(record, c))
        worst = fmax(worst, bf_record_minimised(record, c)[j]);
  }
  return worst;
}

static void find_scale(bf_comparison *comparison)
{
  for (size_t j = 0; comparison->n_finders > 0 && j < comparison->n_objectives; j++) {
    double ideal = (double)INFINITY;
    double nadir = -(double)INFINITY;
    for (size_t i = 0; i < comparison->n_finders; i++) {
      double value = bf_comparison_point(comparison, &comparison->finders[i])[j];
      ideal = fmin(ideal, value);
      nadir = fmax(nadir, value);
    }
    if (!(nadir > ideal))
      nadir = worst_of_all(comparison, j);
    comparison->ideal[j] = ideal;
    comparison->nadir[j] = nadir > ideal ? nadir : ideal + fmax(1, fabs(ideal));
  }
}

/* All values of all metrics of complete trials, a metric after the other. */
static bf_status list_metrics(bf_comparison *comparison, double **values)
{
  size_t n = 0;
  for (size_t s = 0; s < comparison->n_studies; s++)
    n += comparison->studies[s].record->n_trials - comparison->studies[s].n_failed;
  *values = bf_alloc(n * BF_N_METRICS, sizeof **values);
  if (*values == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for the metrics of %zu trials", n);
  comparison->n_complete = n;
  size_t at = 0;
  for (size_t s = 0; s < comparison->n_studies; s++) {
    const bf_record *record = comparison->studies[s].record;
    for (size_t i = 0; i < record->n_trials; i++) {
      for (size_t m = 0; !record->trials[i].failed && m < BF_N_METRICS; m++)
        (*values)[m * n + at] = record->trials[i].metrics.value[m];
      at += !record->trials[i].failed;
    }
  }
  return BF_OK;
}

/* What every trial has is ranked once, not once a pair: sorting is what takes long. */
typedef struct ranking {
  size_t n;
  double *values; /* (BF_N_METRICS, n) */
  double *ranks;  /* (BF_N_METRICS, n); only of what is complete */
  bool is_complete[BF_N_METRICS];
} ranking;

static bf_status rank_metrics(ranking *r)
{
  bf_status status = BF_OK;
  r->ranks = bf_alloc(r->n * BF_N_METRICS, sizeof *r->ranks);
  BF_CHECK_MEMORY(r->ranks);
  for (size_t m = 0; m < BF_N_METRICS; m++) {
    r->is_complete[m] = true;
    for (size_t i = 0; i < r->n && r->is_complete[m]; i++)
      r->is_complete[m] = !isnan(r->values[m * r->n + i]);
    if (r->is_complete[m])
      BF_TRY(bf_ranks(r->n, r->values + m * r->n, r->ranks + m * r->n));
  }
done:
  return status;
}

static bf_status correlate_pair(const ranking *r, size_t a, size_t b, double *rho)
{
  if (!r->is_complete[a] || !r->is_complete[b])
    return bf_spearman(r->n, r->values + a * r->n, r->values + b * r->n, rho);
  *rho = bf_rank_correlation(r->n, r->ranks + a * r->n, r->ranks + b * r->n);
  return BF_OK;
}

static bf_status correlate(bf_comparison *comparison)
{
  bf_status status = BF_OK;
  ranking r = {.n = 0};
  BF_TRY(list_metrics(comparison, &r.values));
  r.n = comparison->n_complete;
  BF_TRY(rank_metrics(&r));
  for (size_t a = 0; a < BF_N_METRICS; a++)
    for (size_t b = 0; b <= a; b++) {
      BF_TRY(correlate_pair(&r, a, b, &comparison->correlation[a][b]));
      comparison->correlation[b][a] = comparison->correlation[a][b];
    }
done:
  free(r.values);
  free(r.ranks);
  return status;
}

bf_status bf_comparison_create(size_t n, bf_record *const *records, bf_comparison **out)
{
  bf_status status = BF_OK;
  bf_comparison *comparison = bf_alloc(1, sizeof *comparison);
  BF_CHECK_MEMORY(comparison);
  BF_TRY(add_studies(comparison, n, records));
  BF_TRY(find_joint_front(comparison));
  find_scale(comparison);
  BF_TRY(bf_comparison_measure(comparison));
  BF_TRY(bf_comparison_find_truth(comparison));
  BF_TRY(correlate(comparison));
  *out = comparison;
  comparison = NULL;
done:
  bf_comparison_free(comparison);
  return status;
}
