/* Crossover and mutation of configurations.
 * Room: search. */
#include "search/nsga_variation.h"

void bf_cross(const bf_space *space, const uint32_t *first, const uint32_t *second, double swapping,
              bf_random *random, uint32_t *child)
{
  for (size_t d = 0; d < space->n_parameters; d++) {
    bool from_second = bf_random_unit(random) < swapping;
    child[d] = 0;
    if (!bf_space_matters(space, child, d))
      continue;
    /* The child has its parent index from one of the two, so it matters in that one at least. */
    if (!bf_space_matters(space, first, d))
      from_second = true;
    else if (!bf_space_matters(space, second, d))
      from_second = false;
    child[d] = from_second ? second[d] : first[d];
  }
}

static bool is_mutable(const bf_space *space, const uint32_t *indexes, size_t d)
{
  return space->parameters[d].n_choices > 1 && bf_space_matters(space, indexes, d);
}

size_t bf_n_mutable(const bf_space *space, const uint32_t *indexes)
{
  size_t n = 0;
  for (size_t d = 0; d < space->n_parameters; d++)
    n += is_mutable(space, indexes, d);
  return n;
}

/* Any other choice; of ordered ones every second time a neighbour, so that steps are small where
 * that means something and yet every choice can be reached at once. */
static uint32_t another(const bf_parameter *parameter, uint32_t index, bf_random *random)
{
  uint32_t last = parameter->n_choices - 1;
  uint32_t other = (uint32_t)bf_random_below(random, last);
  if (parameter->kind == BF_PARAMETER_CHOICE || bf_random_below(random, 2) == 0)
    return other + (other >= index);
  if (index == 0 || index == last)
    return index == 0 ? 1 : last - 1;
  return bf_random_below(random, 2) == 0 ? index - 1 : index + 1;
}

/* Whether @p d hangs on parameter @p parent and matters under this choice of it. */
static bool hangs_on(const bf_space *space, size_t d, size_t parent, uint32_t choice)
{
  const bf_parameter *parameter = &space->parameters[d];
  return parameter->matters != NULL && parameter->parent == parent && parameter->matters[choice];
}

/* What begins to matter is drawn at random, what no longer does becomes 0. */
static void mutate(const bf_space *space, size_t d, bf_random *random, uint32_t *indexes)
{
  uint32_t before = indexes[d];
  indexes[d] = another(&space->parameters[d], before, random);
  for (size_t e = d + 1; e < space->n_parameters; e++)
    if (hangs_on(space, e, d, indexes[d]) && !hangs_on(space, e, d, before))
      indexes[e] = (uint32_t)bf_random_below(random, space->parameters[e].n_choices);
  bf_space_canonicalise(space, indexes);
}

void bf_mutate_each(const bf_space *space, double probability, bf_random *random, uint32_t *indexes)
{
  for (size_t d = 0; d < space->n_parameters; d++)
    if (is_mutable(space, indexes, d) && bf_random_unit(random) < probability)
      mutate(space, d, random, indexes);
}

void bf_mutate_one(const bf_space *space, bf_random *random, uint32_t *indexes)
{
  size_t n = bf_n_mutable(space, indexes);
  if (n == 0)
    return;
  size_t left = (size_t)bf_random_below(random, n);
  size_t d = 0;
  while (!is_mutable(space, indexes, d) || left-- > 0)
    d++;
  mutate(space, d, random, indexes);
}
