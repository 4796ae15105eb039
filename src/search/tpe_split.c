/* Good trials and the others.
 * Room: search. */
#include "search/tpe_split.h"

#include "base/memory.h"
#include "search/rank.h"

bf_status bf_tpe_split_init(bf_tpe_split *split, size_t n_objectives)
{
  bf_status status = BF_OK;
  *split = (bf_tpe_split){.n_objectives = n_objectives};
  split->numbers = bf_alloc(BF_TPE_CONTENDERS, sizeof *split->numbers);
  BF_CHECK_MEMORY(split->numbers);
  split->points = bf_alloc(BF_TPE_CONTENDERS * n_objectives, sizeof *split->points);
  BF_CHECK_MEMORY(split->points);
  split->violations = bf_alloc(BF_TPE_CONTENDERS, sizeof *split->violations);
  BF_CHECK_MEMORY(split->violations);
  split->ranks = bf_alloc(BF_TPE_CONTENDERS, sizeof *split->ranks);
  BF_CHECK_MEMORY(split->ranks);
  split->rows = bf_alloc(BF_TPE_CONTENDERS, sizeof *split->rows);
  BF_CHECK_MEMORY(split->rows);
  split->good = bf_alloc(BF_TPE_GOOD, sizeof *split->good);
  BF_CHECK_MEMORY(split->good);
  BF_TRY(bf_tpe_subset_init(&split->subset, n_objectives, BF_TPE_CONTENDERS));
done:
  return status;
}

void bf_tpe_split_release(bf_tpe_split *split)
{
  free(split->numbers);
  free(split->points);
  free(split->violations);
  free(split->ranks);
  free(split->rows);
  free(split->good);
  bf_tpe_subset_release(&split->subset);
  *split = (bf_tpe_split){0};
}

/* Appends the contenders of one front to the rows. @return How many rows there are then. */
static size_t append_front(bf_tpe_split *split, uint32_t rank, size_t n_rows)
{
  for (size_t i = 0; i < split->n; i++)
    if (split->ranks[i] == rank)
      split->rows[n_rows++] = (uint32_t)i;
  return n_rows;
}

/* The best @p n_wanted contenders become the first rows. */
static bf_status choose(bf_tpe_split *split, size_t n_wanted)
{
  bf_status status = BF_OK;
  size_t n_rows = 0;
  BF_TRY(bf_rank(split->n_objectives, split->n, split->points, split->violations, n_wanted,
                 split->ranks));
  for (uint32_t rank = 0; n_rows < n_wanted; rank++) {
    size_t n_before = n_rows;
    n_rows = append_front(split, rank, n_rows);
    if (n_rows > n_wanted)
      bf_tpe_subset_choose(&split->subset, split->points, n_rows - n_before, split->rows + n_before,
                           n_wanted - n_before);
  }
done:
  return status;
}

static int compare_numbers(const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *)a;
  uint32_t y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static void copy_contender(bf_tpe_split *split, size_t from, size_t to)
{
  size_t m = split->n_objectives;
  split->numbers[to] = split->numbers[from];
  split->violations[to] = split->violations[from];
  memmove(split->points + to * m, split->points + from * m, m * sizeof *split->points);
}

static bf_status reduce(bf_tpe_split *split)
{
  size_t n = BF_TPE_CONTENDERS / 2;
  bf_status status = choose(split, n);
  if (status != BF_OK)
    return status;
  qsort(split->rows, n, sizeof *split->rows, compare_numbers);
  for (size_t i = 0; i < n; i++)
    copy_contender(split, split->rows[i], i);
  split->n = n;
  return BF_OK;
}

bf_status bf_tpe_split_add(bf_tpe_split *split, uint32_t number, const double *objectives,
                           double violation)
{
  bf_status status = BF_OK;
  if (split->n == BF_TPE_CONTENDERS)
    BF_TRY(reduce(split));
  split->numbers[split->n] = number;
  split->violations[split->n] = violation;
  memcpy(split->points + split->n * split->n_objectives, objectives,
         split->n_objectives * sizeof *objectives);
  split->n++;
done:
  return status;
}

bf_status bf_tpe_split_update(bf_tpe_split *split, size_t n_complete)
{
  size_t n_good = (n_complete + 9) / 10;
  if (n_good > BF_TPE_GOOD)
    n_good = BF_TPE_GOOD;
  bf_status status = choose(split, n_good);
  if (status != BF_OK)
    return status;
  for (size_t i = 0; i < n_good; i++)
    split->good[i] = split->numbers[split->rows[i]];
  qsort(split->good, n_good, sizeof *split->good, compare_numbers);
  split->n_good = n_good;
  return BF_OK;
}

bool bf_tpe_split_is_good(const bf_tpe_split *split, uint32_t number)
{
  return bsearch(&number, split->good, split->n_good, sizeof number, compare_numbers) != NULL;
}
