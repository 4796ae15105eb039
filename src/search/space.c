/* A search space: its size and the mixed-radix code of a configuration.
 * Room: search. */
#include "search/space.h"

uint64_t bf_space_size(const bf_space *space)
{
  uint64_t size = 1;
  for (size_t d = 0; d < space->n_parameters; d++) {
    uint64_t n_choices = space->parameters[d].n_choices;
    BF_ASSERT(n_choices >= 1);
    if (size > UINT64_MAX / n_choices)
      return UINT64_MAX;
    size *= n_choices;
  }
  return size;
}

void bf_space_decode(const bf_space *space, uint64_t code, uint32_t *indexes)
{
  for (size_t d = space->n_parameters; d-- > 0;) {
    uint32_t n_choices = space->parameters[d].n_choices;
    indexes[d] = (uint32_t)(code % n_choices);
    code /= n_choices;
  }
  BF_ASSERT(code == 0);
}
