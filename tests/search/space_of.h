/* Spaces for sampler tests.
 * Room: search. */
#ifndef BF_TESTS_SEARCH_SPACE_OF_H
#define BF_TESTS_SEARCH_SPACE_OF_H

#include "search/space.h"

enum { MAX_PARAMETERS = 80 };

/** Parameters with their space; must not be copied. */
typedef struct any_space {
  bf_parameter parameters[MAX_PARAMETERS];
  bf_space space;
} any_space;

static inline void fill_space(any_space *any, size_t n, const uint32_t *n_choices)
{
  assert_true(n <= MAX_PARAMETERS);
  for (size_t d = 0; d < n; d++)
    any->parameters[d] = (bf_parameter){.name = "p", .n_choices = n_choices[d]};
  any->space = (bf_space){.n_parameters = n, .parameters = any->parameters};
}

/** The inverse of bf_space_decode. */
static inline uint64_t encode(const bf_space *space, const uint32_t *indexes)
{
  uint64_t code = 0;
  for (size_t d = 0; d < space->n_parameters; d++)
    code = code * space->parameters[d].n_choices + indexes[d];
  return code;
}

#endif
