/* The true front, where a study has tried everything.
 * Room: study. */
#include <math.h>

#include "base/memory.h"
#include "study/comparison_parts.h"

/* A configuration and the candidate that has it. */
typedef struct entry {
  const uint32_t *indexes;
  size_t n_indexes;
  size_t candidate;
} entry;

static int compare(const void *a, const void *b)
{
  const entry *x = a;
  const entry *y = b;
  return x->n_indexes > 0 ? memcmp(x->indexes, y->indexes, x->n_indexes * sizeof *x->indexes) : 0;
}

static entry entry_of(const bf_record *record, size_t c)
{
  return (entry){.indexes = bf_record_indexes(record, record->candidates[c].first),
                 .n_indexes = record->n_parameters,
                 .candidate = c};
}

/* The configurations that have metrics, sorted. */
static bf_status list_configurations(const bf_record *record, entry **list, size_t *n)
{
  bf_status status = BF_OK;
  entry *entries = bf_alloc(record->n_candidates, sizeof *entries);
  BF_CHECK_MEMORY(entries);
  *n = 0;
  for (size_t c = 0; c < record->n_candidates; c++)
    if (record->candidates[c].n_complete > 0)
      entries[(*n)++] = entry_of(record, c);
  qsort(entries, *n, sizeof *entries, compare);
  *list = entries;
done:
  return status;
}

static bf_status find_exhaustive(bf_compared *study)
{
  size_t n = 0;
  size_t n_different = 0;
  entry *list = NULL;
  bf_status status = list_configurations(study->record, &list, &n);
  if (status != BF_OK)
    return status;
  for (size_t i = 0; i < n; i++)
    n_different += i == 0 || compare(&list[i - 1], &list[i]) != 0;
  study->is_exhaustive = n_different == study->record->space_size;
  free(list);
  return BF_OK;
}

/* The vectors of the true front, by candidate of the exhaustive study. */
typedef struct truth {
  const bf_record *record;
  entry *list; /* (n) its configurations */
  size_t n;
  size_t *vectors; /* (n_candidates) which one a candidate of the front has */
  size_t n_vectors;
  bool *is_found; /* (n_vectors) */
} truth;

static bool same_objectives(const bf_record *record, size_t a, size_t b)
{
  return memcmp(bf_record_minimised(record, a), bf_record_minimised(record, b),
                record->n_objectives * sizeof(double)) == 0;
}

static void number_vectors(truth *t)
{
  const bf_record *record = t->record;
  for (size_t c = 0; c < record->n_candidates; c++) {
    size_t twin = 0;
    if (!record->candidates[c].on_front)
      continue;
    while (twin < c && !(record->candidates[twin].on_front && same_objectives(record, twin, c)))
      twin++;
    t->vectors[c] = twin < c ? t->vectors[twin] : t->n_vectors++;
  }
}

static bf_status truth_init(const bf_record *record, truth *t)
{
  bf_status status = BF_OK;
  t->record = record;
  BF_TRY(list_configurations(record, &t->list, &t->n));
  t->vectors = bf_alloc(record->n_candidates, sizeof *t->vectors);
  t->is_found = bf_alloc(record->n_candidates, sizeof *t->is_found);
  BF_CHECK_MEMORY(t->vectors);
  BF_CHECK_MEMORY(t->is_found);
  number_vectors(t);
done:
  return status;
}

static double share_of(truth *t, const bf_record *record)
{
  size_t n_found = 0;
  memset(t->is_found, 0, t->n_vectors * sizeof *t->is_found);
  for (size_t c = 0; c < record->n_candidates; c++) {
    entry wanted = entry_of(record, c);
    const entry *found = record->candidates[c].n_complete > 0
                             ? bsearch(&wanted, t->list, t->n, sizeof wanted, compare)
                             : NULL;
    if (found != NULL && t->record->candidates[found->candidate].on_front)
      t->is_found[t->vectors[found->candidate]] = true;
  }
  for (size_t v = 0; v < t->n_vectors; v++)
    n_found += t->is_found[v];
  return t->n_vectors > 0 ? (double)n_found / (double)t->n_vectors : (double)NAN;
}

bf_status bf_comparison_find_truth(bf_comparison *comparison)
{
  bf_status status = BF_OK;
  truth t = {.n = 0};
  size_t first = comparison->n_studies;
  for (size_t s = comparison->n_studies; s-- > 0;) {
    comparison->studies[s].true_share = (double)NAN;
    BF_TRY(find_exhaustive(&comparison->studies[s]));
    first = comparison->studies[s].is_exhaustive ? s : first;
  }
  if (first == comparison->n_studies)
    goto done;
  BF_TRY(truth_init(comparison->studies[first].record, &t));
  for (size_t s = 0; s < comparison->n_studies; s++)
    comparison->studies[s].true_share = share_of(&t, comparison->studies[s].record);
done:
  free(t.list);
  free(t.vectors);
  free(t.is_found);
  return status;
}
