/* Small random spaces of all kinds, and all their configurations by brute force.
 * Room: search. */
#ifndef BF_TESTS_SEARCH_RANDOM_SPACE_H
#define BF_TESTS_SEARCH_RANDOM_SPACE_H

#include <stdbool.h>
#include <string.h>

#include "base/random.h"
#include "search/space.h"

enum { MOST_PARAMETERS = 6, MOST_CHOICES = 4, MOST_CONFIGURATIONS = 4096 };

/** Parameters with their space; must not be copied. */
typedef struct random_space {
  bf_parameter parameters[MOST_PARAMETERS];
  bool matters[MOST_PARAMETERS][MOST_CHOICES];
  bf_space space;
} random_space;

/** Canonical configurations in ascending order, the last parameter fastest. */
typedef struct configurations {
  size_t n;
  uint32_t indexes[MOST_CONFIGURATIONS][MOST_PARAMETERS];
} configurations;

/** Parents, parameters that hang on the latest one, and others between them; both kinds. */
static inline void fill_random_space(random_space *r, bf_random *random)
{
  size_t parent = 0;
  size_t n = (size_t)bf_random_below(random, MOST_PARAMETERS + 1);
  memset(r, 0, sizeof *r);
  for (size_t d = 0; d < n; d++) {
    bf_parameter *p = &r->parameters[d];
    uint64_t role = d == 0 ? 0 : bf_random_below(random, 4);
    p->name = "p";
    p->n_choices = 1 + (uint32_t)bf_random_below(random, MOST_CHOICES);
    p->kind = bf_random_below(random, 2) == 0 ? BF_PARAMETER_ORDERED : BF_PARAMETER_CHOICE;
    parent = role == 0 ? d : parent;
    if (role < 2 && d != parent) {
      p->parent = parent;
      p->matters = r->matters[d];
      for (uint32_t c = 0; c < MOST_CHOICES; c++)
        r->matters[d][c] = bf_random_below(random, 2) == 0;
    }
  }
  r->space = (bf_space){.n_parameters = n, .parameters = r->parameters};
}

/** The definition of canonical, written out. */
static inline bool is_canonical(const bf_space *space, const uint32_t *indexes)
{
  for (size_t d = 0; d < space->n_parameters; d++) {
    const bf_parameter *p = &space->parameters[d];
    if (indexes[d] >= p->n_choices)
      return false;
    if (p->matters != NULL && !p->matters[indexes[p->parent]] && indexes[d] != 0)
      return false;
  }
  return true;
}

/** Counts up; false after the last combination of indexes. */
static inline bool next_combination(const bf_space *space, uint32_t *indexes)
{
  for (size_t d = space->n_parameters; d-- > 0;) {
    if (++indexes[d] < space->parameters[d].n_choices)
      return true;
    indexes[d] = 0;
  }
  return false;
}

/** Tries every combination and keeps those that are canonical. */
static inline void list_configurations(const bf_space *space, configurations *all)
{
  uint32_t indexes[MOST_PARAMETERS] = {0};
  all->n = 0;
  do {
    assert_true(all->n < MOST_CONFIGURATIONS);
    if (is_canonical(space, indexes))
      memcpy(all->indexes[all->n++], indexes, sizeof indexes);
  } while (next_combination(space, indexes));
}

/** Where a configuration stands in the list; the number of all if it does not. */
static inline size_t find_configuration(const configurations *all, const bf_space *space,
                                        const uint32_t *indexes)
{
  size_t lo = 0;
  size_t hi = all->n;
  while (lo < hi) {
    size_t middle = lo + (hi - lo) / 2;
    size_t d = 0;
    while (d < space->n_parameters && all->indexes[middle][d] == indexes[d])
      d++;
    if (d == space->n_parameters)
      return middle;
    if (all->indexes[middle][d] < indexes[d])
      lo = middle + 1;
    else
      hi = middle;
  }
  return all->n;
}

#endif
