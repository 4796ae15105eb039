/* Which row goes where: seeded, stratified by class, shuffled.
 * Room: data. */
#include "data/split.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"

enum { ROW_ORDER = 255 };

static bf_status parse_sklearn(const char *text, bf_split_plan *plan)
{
  char *end = NULL;
  const char *digits = text + strlen("sklearn:");
  unsigned long long seed = strtoull(digits, &end, 10);
  if (digits[0] < '0' || digits[0] > '9' || *end != '\0' || seed > UINT32_MAX)
    return bf_fail(BF_ERR_USAGE, "split '%s' needs a seed from 0 to 4294967295", text);
  *plan = (bf_split_plan){.is_sklearn = true, .sklearn_seed = (uint32_t)seed};
  return BF_OK;
}

static bool parse_percents(const char *text, double percent[BF_N_SPLITS])
{
  for (size_t s = 0; s < BF_N_SPLITS; s++) {
    char *end = NULL;
    percent[s] = strtod(text, &end);
    char separator = s + 1 < BF_N_SPLITS ? ',' : '\0';
    if (end == text || *end != separator || !(percent[s] >= 0 && percent[s] <= 100))
      return false;
    text = end + 1;
  }
  return fabs(percent[BF_TRAIN] + percent[BF_VAL] + percent[BF_TEST] - 100) < 1e-9;
}

bf_status bf_split_parse(const char *text, bf_split_plan *plan)
{
  bf_split_plan parsed = {.is_sklearn = false};
  if (strncmp(text, "sklearn:", strlen("sklearn:")) == 0)
    return parse_sklearn(text, plan);
  if (!parse_percents(text, parsed.percent))
    return bf_fail(BF_ERR_USAGE,
                   "split '%s' is neither three percentages that sum to 100, such as '64,16,20', "
                   "nor 'sklearn:SEED'",
                   text);
  *plan = parsed;
  return BF_OK;
}

/*
 * How many of a class's @p n rows each split gets: its whole share rounded down, and the rows left
 * over one by one to the splits that are owed most from this and earlier classes. So every class
 * is divided right within one row, and the whole set exactly where its shares are whole.
 */
static void divide_class(const double percent[BF_N_SPLITS], size_t n, double owed[BF_N_SPLITS],
                         size_t counts[BF_N_SPLITS])
{
  bool is_served[BF_N_SPLITS];
  size_t n_left = n;
  for (size_t s = 0; s < BF_N_SPLITS; s++) {
    double share = (double)n * percent[s] / 100;
    counts[s] = (size_t)floor(share + 1e-9);
    owed[s] += share - (double)counts[s];
    is_served[s] = share - (double)counts[s] < 1e-9;
    n_left -= counts[s];
  }
  for (; n_left > 0; n_left--) {
    size_t most = BF_N_SPLITS;
    for (size_t s = 0; s < BF_N_SPLITS; s++)
      if (!is_served[s] && (most == BF_N_SPLITS || owed[s] > owed[most]))
        most = s;
    BF_ASSERT(most < BF_N_SPLITS);
    counts[most]++;
    owed[most]--;
    is_served[most] = true;
  }
}

/* Rows ordered by class; classes[c] .. classes[c + 1] are those of class c. */
static void group_by_class(size_t n, const uint8_t *labels, size_t classes[BF_MAX_CLASSES + 1],
                           uint32_t *rows)
{
  size_t next[BF_MAX_CLASSES];
  for (size_t i = 0; i < n; i++)
    classes[labels[i] + 1]++;
  for (size_t c = 0; c < BF_MAX_CLASSES; c++) {
    classes[c + 1] += classes[c];
    next[c] = classes[c];
  }
  for (size_t i = 0; i < n; i++)
    rows[next[labels[i]]++] = (uint32_t)i;
}

/* The split of each row in @p split_of; @p order is scratch of n. */
static void choose_splits(const bf_split_plan *plan, uint64_t seed,
                          const size_t classes[BF_MAX_CLASSES + 1], const uint32_t *rows,
                          uint32_t *order, uint8_t *split_of)
{
  double owed[BF_N_SPLITS] = {0};
  for (size_t c = 0; c < BF_MAX_CLASSES; c++) {
    size_t n = classes[c + 1] - classes[c];
    size_t counts[BF_N_SPLITS];
    bf_random random = bf_random_stream(seed, BF_PURPOSE_SPLIT, c);
    bf_random_permutation(&random, n, order);
    divide_class(plan->percent, n, owed, counts);
    size_t k = 0;
    for (size_t s = 0; s < BF_N_SPLITS; s++)
      for (size_t end = k + counts[s]; k < end; k++)
        split_of[rows[classes[c] + order[k]]] = (uint8_t)s;
  }
}

/* Gives rows their places, split by split, in the order of @p order. */
static void place_rows(size_t n, const uint32_t *order, const uint8_t *split_of,
                       bf_assignment *assignment)
{
  size_t next[BF_N_SPLITS] = {0};
  for (size_t i = 0; i < n; i++)
    assignment->n_rows[split_of[i]]++;
  next[BF_VAL] = assignment->n_rows[BF_TRAIN];
  next[BF_TEST] = next[BF_VAL] + assignment->n_rows[BF_VAL];
  for (size_t k = 0; k < n; k++)
    assignment->position[order[k]] = (uint32_t)next[split_of[order[k]]]++;
}

static bf_status assign_stratified(const bf_split_plan *plan, uint64_t seed, size_t n,
                                   const uint8_t *labels, bf_assignment *out)
{
  bf_status status = BF_OK;
  bf_assignment made = {.position = bf_alloc(n, sizeof *made.position)};
  size_t *classes = bf_alloc(BF_MAX_CLASSES + 1, sizeof *classes);
  uint32_t *rows = bf_alloc(n, sizeof *rows);
  uint32_t *order = bf_alloc(n, sizeof *order);
  uint8_t *split_of = bf_alloc(n, 1);
  BF_CHECK_MEMORY(made.position);
  BF_CHECK_MEMORY(classes);
  BF_CHECK_MEMORY(rows);
  BF_CHECK_MEMORY(order);
  BF_CHECK_MEMORY(split_of);
  group_by_class(n, labels, classes, rows);
  choose_splits(plan, seed, classes, rows, order, split_of);
  bf_random random = bf_random_stream(seed, BF_PURPOSE_SPLIT, ROW_ORDER);
  bf_random_permutation(&random, n, order);
  place_rows(n, order, split_of, &made);
  *out = made;
  made.position = NULL;
done:
  free(split_of);
  free(order);
  free(rows);
  free(classes);
  free(made.position);
  return status;
}

bf_status bf_split_assign(const bf_split_plan *plan, uint64_t seed, size_t n, const uint8_t *labels,
                          bf_assignment *out)
{
  return plan->is_sklearn ? bf_split_sklearn(plan->sklearn_seed, n, out)
                          : assign_stratified(plan, seed, n, labels, out);
}
