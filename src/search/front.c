/* The Pareto front of the trials told so far.
 * Room: search. */
#include "search/front.h"

#include <math.h>

#include "base/memory.h"
#include "search/numbers.h"

struct bf_front {
  size_t n_objectives;
  size_t size;
  size_t capacity;
  uint64_t *numbers;  /* (2 x capacity): the members', ascending; from capacity on, dropped ones */
  double *objectives; /* (size, n_objectives) */
  size_t n_dropped;   /* by the last insert */
};

bf_status bf_front_create(size_t n_objectives, bf_front **out)
{
  BF_ASSERT(n_objectives >= 1);
  bf_front *front = bf_alloc(1, sizeof *front);
  if (front == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a front");
  front->n_objectives = n_objectives;
  *out = front;
  return BF_OK;
}

void bf_front_free(bf_front *front)
{
  if (front == NULL)
    return;
  free(front->numbers);
  free(front->objectives);
  free(front);
}

/* Makes room for one more member. A capacity that only one of the arrays has reached is harmless.
 */
static bf_status reserve(bf_front *front)
{
  if (front->size < front->capacity)
    return BF_OK;
  size_t capacity = 2 * front->capacity + 8;
  size_t m = front->n_objectives;
  uint64_t *numbers = bf_grow(front->numbers, front->size, 2 * capacity, sizeof *numbers);
  if (numbers == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a front of %zu trials", capacity);
  front->numbers = numbers;
  double *objectives =
      bf_grow(front->objectives, front->size * m, capacity * m, sizeof *objectives);
  if (objectives == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a front of %zu trials", capacity);
  front->objectives = objectives;
  front->capacity = capacity;
  return BF_OK;
}

static bool dominates(const double *a, const double *b, size_t n)
{
  bool differ = false;
  for (size_t i = 0; i < n; i++) {
    if (a[i] > b[i])
      return false;
    differ = differ || a[i] < b[i];
  }
  return differ;
}

static double *member(const bf_front *front, size_t i)
{
  return front->objectives + i * front->n_objectives;
}

static bool equals(const double *a, const double *b, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (a[i] != b[i])
      return false;
  return true;
}

/* The first member that dominates or equals these objectives, which settles the matter: members
 * do not dominate each other. Large fronts are mostly ties. NULL: there is none. */
static const double *find_rival(const bf_front *front, const double *objectives)
{
  size_t n = front->n_objectives;
  for (size_t i = 0; i < front->size; i++)
    if (dominates(member(front, i), objectives, n) || equals(member(front, i), objectives, n))
      return member(front, i);
  return NULL;
}

static void remove_dominated(bf_front *front, const double *objectives)
{
  size_t m = front->n_objectives;
  size_t n_kept = 0;
  for (size_t i = 0; i < front->size; i++) {
    if (dominates(objectives, member(front, i), m)) {
      front->numbers[front->capacity + front->n_dropped++] = front->numbers[i];
      continue;
    }
    if (n_kept < i) {
      front->numbers[n_kept] = front->numbers[i];
      memcpy(member(front, n_kept), member(front, i), m * sizeof(double));
    }
    n_kept++;
  }
  front->size = n_kept;
}

static void add(bf_front *front, uint64_t number, const double *objectives)
{
  size_t m = front->n_objectives;
  size_t at = bf_numbers_find(front->numbers, front->size, number);
  size_t n_after = front->size - at;
  memmove(front->numbers + at + 1, front->numbers + at, n_after * sizeof *front->numbers);
  memmove(member(front, at + 1), member(front, at), n_after * m * sizeof(double));
  front->numbers[at] = number;
  memcpy(member(front, at), objectives, m * sizeof(double));
  front->size++;
}

bf_status bf_front_insert(bf_front *front, uint64_t number, const double *objectives, bool *entered)
{
  for (size_t i = 0; i < front->n_objectives; i++)
    BF_ASSERT(!isnan(objectives[i]));
  BF_ASSERT(!bf_front_has(front, number));
  front->n_dropped = 0;
  const double *rival = find_rival(front, objectives);
  bool is_tie = rival != NULL && equals(rival, objectives, front->n_objectives);
  if (rival != NULL && !is_tie) {
    *entered = false;
    return BF_OK;
  }
  bf_status status = reserve(front);
  if (status != BF_OK)
    return status;
  if (!is_tie)
    remove_dominated(front, objectives);
  add(front, number, objectives);
  *entered = true;
  return BF_OK;
}

size_t bf_front_size(const bf_front *front)
{
  return front->size;
}

const uint64_t *bf_front_numbers(const bf_front *front)
{
  return front->numbers;
}

const double *bf_front_objectives(const bf_front *front)
{
  return front->objectives;
}

const uint64_t *bf_front_dropped(const bf_front *front, size_t *n)
{
  *n = front->n_dropped;
  return front->numbers + front->capacity;
}

bool bf_front_has(const bf_front *front, uint64_t number)
{
  size_t at = bf_numbers_find(front->numbers, front->size, number);
  return at < front->size && front->numbers[at] == number;
}
