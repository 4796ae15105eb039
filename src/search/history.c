/* What was asked and told.
 * Room: search. */
#include "search/history.h"

#include "base/memory.h"

void bf_history_release(bf_history *history)
{
  free(history->indexes);
  free(history->states);
  free(history->objectives);
  free(history->violations);
  free(history->complete);
  free(history->places);
  free(history->slots);
  *history = (bf_history){0};
}

const uint32_t *bf_history_indexes(const bf_history *history, size_t number)
{
  return history->indexes + number * history->n_parameters;
}

const double *bf_history_objectives(const bf_history *history, size_t number)
{
  return history->objectives + number * history->n_objectives;
}

/* FNV-1a (Fowler, Noll, Vo) over whole indexes, with its bits mixed at the end. */
static uint64_t hash(const uint32_t *indexes, size_t n)
{
  uint64_t h = 0xcbf29ce484222325u;
  for (size_t d = 0; d < n; d++)
    h = (h ^ indexes[d]) * 0x100000001b3u;
  h = (h ^ (h >> 32)) * 0xff51afd7ed558ccdu;
  return h ^ (h >> 32);
}

static bool same(const bf_history *history, size_t number, const uint32_t *indexes)
{
  size_t n = history->n_parameters;
  return n == 0 || memcmp(bf_history_indexes(history, number), indexes, n * sizeof *indexes) == 0;
}

/* The slot that holds the configuration or is free for it. */
static size_t find_slot(const bf_history *history, const uint32_t *indexes)
{
  size_t mask = history->n_slots - 1;
  size_t slot = (size_t)hash(indexes, history->n_parameters) & mask;
  while (history->slots[slot] != 0 && !same(history, history->slots[slot] - 1, indexes))
    slot = (slot + 1) & mask;
  return slot;
}

bool bf_history_has(const bf_history *history, const uint32_t *indexes)
{
  return history->n_slots > 0 && history->slots[find_slot(history, indexes)] != 0;
}

static bf_status grow_slots(bf_history *history)
{
  size_t n_slots = history->n_slots > 0 ? 2 * history->n_slots : 64;
  uint32_t *slots = bf_alloc(n_slots, sizeof *slots);
  if (slots == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu configurations", n_slots / 2);
  free(history->slots);
  history->slots = slots;
  history->n_slots = n_slots;
  for (size_t number = 0; number < history->n; number++)
    slots[find_slot(history, bf_history_indexes(history, number))] = (uint32_t)number + 1;
  return BF_OK;
}

/* What is pending begins anew at the first place. */
static bf_status grow_places(bf_history *history, size_t capacity)
{
  uint32_t *places = bf_alloc(capacity, sizeof *places);
  if (places == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu pending trials", capacity);
  if (history->n_pending > 0)
    memcpy(places, history->pending, history->n_pending * sizeof *places);
  free(history->places);
  history->places = places;
  history->pending = places;
  return BF_OK;
}

/* Grows the arrays; one that grew before another failed does no harm. */
static bf_status grow_rows(bf_history *h, size_t capacity)
{
  bf_status status = BF_OK;
  size_t n = h->n;
  size_t d = h->n_parameters;
  size_t m = h->n_objectives;
  void *rows = bf_grow(h->indexes, n * d, capacity * d, sizeof *h->indexes);
  BF_CHECK_MEMORY(rows);
  h->indexes = rows;
  rows = bf_grow(h->states, n, capacity, sizeof *h->states);
  BF_CHECK_MEMORY(rows);
  h->states = rows;
  rows = bf_grow(h->objectives, n * m, capacity * m, sizeof *h->objectives);
  BF_CHECK_MEMORY(rows);
  h->objectives = rows;
  rows = bf_grow(h->violations, n, capacity, sizeof *h->violations);
  BF_CHECK_MEMORY(rows);
  h->violations = rows;
  rows = bf_grow(h->complete, n, capacity, sizeof *h->complete);
  BF_CHECK_MEMORY(rows);
  h->complete = rows;
  BF_TRY(grow_places(h, capacity));
  h->capacity = capacity;
done:
  return status;
}

bf_status bf_history_reserve(bf_history *history)
{
  bf_status status = BF_OK;
  BF_ASSERT(history->n < UINT32_MAX - 1);
  /* Half of the slots stay free, so that searches are short. */
  if (2 * (history->n + 1) > history->n_slots)
    status = grow_slots(history);
  if (status == BF_OK && history->n == history->capacity)
    status = grow_rows(history, bf_grown(history->n));
  return status;
}

void bf_history_add(bf_history *history, const uint32_t *indexes)
{
  size_t number = history->n;
  BF_ASSERT(number < history->capacity);
  size_t slot = find_slot(history, indexes);
  BF_ASSERT(history->slots[slot] == 0);
  size_t n_parameters = history->n_parameters;
  if (n_parameters > 0)
    memcpy(history->indexes + number * n_parameters, indexes, n_parameters * sizeof *indexes);
  history->states[number] = BF_TRIAL_PENDING;
  history->slots[slot] = (uint32_t)number + 1;
  history->pending[history->n_pending++] = (uint32_t)number;
  history->n++;
}

/* Where a pending trial stands among the others. */
static size_t find_pending(const bf_history *history, size_t number)
{
  size_t low = 0;
  size_t high = history->n_pending;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (history->pending[middle] < number)
      low = middle + 1;
    else
      high = middle;
  }
  BF_ASSERT(low < history->n_pending && history->pending[low] == number);
  return low;
}

/* The shorter side moves. Trials end about in the order in which they were asked, so that is the
 * older ones, and there are as few of these as there are workers. The places are as many as trials
 * that were asked: moving on, the list never comes to their end. */
static void remove_pending(bf_history *history, size_t number)
{
  uint32_t *pending = history->pending;
  size_t at = find_pending(history, number);
  size_t n_after = --history->n_pending - at;
  if (at < n_after) {
    memmove(pending + 1, pending, at * sizeof *pending);
    history->pending++;
  } else {
    memmove(pending + at, pending + at + 1, n_after * sizeof *pending);
  }
}

void bf_history_end(bf_history *history, size_t number, const double *objectives, double violation)
{
  remove_pending(history, number);
  history->states[number] = objectives != NULL ? BF_TRIAL_COMPLETE : BF_TRIAL_FAILED;
  if (objectives == NULL)
    return;
  memcpy(history->objectives + number * history->n_objectives, objectives,
         history->n_objectives * sizeof *objectives);
  history->violations[number] = violation;
  history->complete[history->n_complete++] = (uint32_t)number;
}
