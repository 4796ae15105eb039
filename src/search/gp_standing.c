/* How the complete trials compare.
 * Room: search. */
#include "search/gp_standing.h"

#include "base/memory.h"
#include "search/gp_math.h"

void bf_gp_standing_release(bf_gp_standing *standing)
{
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

/* -1: a dominates b; 1: b dominates a; 0: neither. */
static int compare(const bf_history *history, uint32_t a, uint32_t b)
{
  double missed = history->violations[a] - history->violations[b];
  if (history->violations[a] > 0 || history->violations[b] > 0)
    return missed < 0 ? -1 : missed > 0;
  const double *x = bf_history_objectives(history, a);
  const double *y = bf_history_objectives(history, b);
  bool is_less = false;
  bool is_more = false;
  for (size_t m = 0; m < history->n_objectives; m++) {
    is_less = is_less || x[m] < y[m];
    is_more = is_more || x[m] > y[m];
  }
  return (int)is_more - (int)is_less;
}

static void take_in(bf_gp_standing *standing, const bf_history *history, size_t position)
{
  uint32_t number = history->complete[position];
  standing->n_better[position] = 0;
  for (size_t i = 0; i < position; i++) {
    int order = compare(history, number, history->complete[i]);
    standing->n_better[i] += order < 0;
    standing->n_better[position] += order > 0;
  }
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
