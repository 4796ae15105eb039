/* How the complete trials compare.
 * Room: search. */
#include "search/gp_standing.h"

#include "base/memory.h"
#include "search/gp_math.h"

void bf_gp_standing_init(bf_gp_standing *standing, size_t n_objectives)
{
  *standing = (bf_gp_standing){.n_objectives = n_objectives};
}

void bf_gp_standing_release(bf_gp_standing *standing)
{
  free(standing->rows);
  free(standing->n_better);
  free(standing->order);
  free(standing->counts);
  *standing = (bf_gp_standing){0};
}

bf_status bf_gp_standing_reserve(bf_gp_standing *standing, size_t capacity)
{
  bf_status status = BF_OK;
  if (capacity <= standing->capacity)
    return BF_OK;
  capacity = capacity < 2 * standing->capacity ? 2 * standing->capacity : capacity + 16;
  size_t width = 1 + standing->n_objectives;
  double *rows = bf_grow(standing->rows, standing->n * width, capacity * width, sizeof *rows);
  BF_CHECK_MEMORY(rows);
  standing->rows = rows;
  uint32_t *grown = bf_grow(standing->n_better, standing->n, capacity, sizeof *grown);
  BF_CHECK_MEMORY(grown);
  standing->n_better = grown;
  grown = bf_grow(standing->order, 0, capacity, sizeof *grown);
  BF_CHECK_MEMORY(grown);
  standing->order = grown;
  grown = bf_grow(standing->counts, 0, capacity + 1, sizeof *grown);
  BF_CHECK_MEMORY(grown);
  standing->counts = grown;
  standing->capacity = capacity;
done:
  return status;
}

/* -1: row a dominates row b; 1: b dominates a; 0: neither. Without a branch but the first, since
 * which way the others go nobody can guess. */
static int compare(const double *a, const double *b, size_t n_objectives)
{
  if (a[0] > 0 || b[0] > 0)
    return (a[0] > b[0]) - (a[0] < b[0]);
  int is_less = 0;
  int is_more = 0;
  for (size_t m = 1; m <= n_objectives; m++) {
    is_less |= a[m] < b[m];
    is_more |= a[m] > b[m];
  }
  return is_more - is_less;
}

static void take_in(bf_gp_standing *standing, const bf_history *history, size_t position)
{
  uint32_t number = history->complete[position];
  size_t n_objectives = standing->n_objectives;
  double *row = standing->rows + position * (1 + n_objectives);
  uint32_t n_better = 0;
  row[0] = history->violations[number];
  memcpy(row + 1, bf_history_objectives(history, number), n_objectives * sizeof *row);
  for (size_t i = 0; i < position; i++) {
    int order = compare(row, standing->rows + i * (1 + n_objectives), n_objectives);
    standing->n_better[i] += order < 0;
    n_better += order > 0;
  }
  standing->n_better[position] = n_better;
  if (history->violations[number] > 0) {
    standing->n_violating++;
    standing->ln_violations += bf_gp_ln(history->violations[number]);
  }
}

void bf_gp_standing_update(bf_gp_standing *standing, const bf_history *history)
{
  BF_ASSERT(history->n_complete <= standing->capacity);
  for (; standing->n < history->n_complete; standing->n++)
    take_in(standing, history, standing->n);
}

const uint32_t *bf_gp_standing_sort(bf_gp_standing *standing)
{
  size_t n = standing->n;
  memset(standing->counts, 0, (n + 1) * sizeof *standing->counts);
  for (size_t i = 0; i < n; i++)
    standing->counts[standing->n_better[i] + 1]++;
  for (size_t i = 1; i < n; i++)
    standing->counts[i] += standing->counts[i - 1];
  for (size_t i = n; i-- > 0;)
    standing->order[standing->counts[standing->n_better[i]]++] = (uint32_t)i;
  return standing->order;
}
