/* A search space: which indexes matter, its size, the order of its configurations.
 * Room: search. */
#include "search/space.h"

/*
 * Parameters that hang together (a parent, its last child and what stands between) form a group;
 * groups are independent, so sizes multiply, and inside a group the choices of the parent add up.
 */

static uint64_t times(uint64_t a, uint64_t b)
{
  return a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* One past the group that begins at @p first. */
static size_t group_end(const bf_space *space, size_t first)
{
  size_t end = first + 1;
  for (size_t d = end; d < space->n_parameters; d++)
    if (space->parameters[d].matters != NULL && space->parameters[d].parent == first)
      end = d + 1;
  return end;
}

/* Choices of parameter @p d that differ when the @p first of its group has @p choice. */
static uint64_t n_different(const bf_space *space, size_t first, size_t d, uint32_t choice)
{
  const bf_parameter *parameter = &space->parameters[d];
  BF_ASSERT(parameter->n_choices >= 1);
  BF_ASSERT(parameter->matters == NULL || parameter->parent == first);
  bool matters = parameter->matters == NULL || parameter->matters[choice];
  return matters ? parameter->n_choices : 1;
}

/* Configurations of the parameters first + 1 .. end - 1 beside a choice of the first. */
static uint64_t size_beside(const bf_space *space, size_t first, size_t end, uint32_t choice)
{
  uint64_t size = 1;
  for (size_t d = first + 1; d < end; d++)
    size = times(size, n_different(space, first, d, choice));
  return size;
}

static uint64_t group_size(const bf_space *space, size_t first, size_t end)
{
  uint32_t n_choices = space->parameters[first].n_choices;
  BF_ASSERT(n_choices >= 1 && space->parameters[first].matters == NULL);
  if (end == first + 1)
    return n_choices;
  uint64_t size = 0;
  for (uint32_t choice = 0; choice < n_choices; choice++)
    size = plus(size, size_beside(space, first, end, choice));
  return size;
}

uint64_t bf_space_size(const bf_space *space)
{
  uint64_t size = 1;
  for (size_t first = 0, end; first < space->n_parameters; first = end) {
    end = group_end(space, first);
    size = times(size, group_size(space, first, end));
  }
  return size;
}

bool bf_space_matters(const bf_space *space, const uint32_t *indexes, size_t d)
{
  const bf_parameter *parameter = &space->parameters[d];
  return parameter->matters == NULL || parameter->matters[indexes[parameter->parent]];
}

void bf_space_canonicalise(const bf_space *space, uint32_t *indexes)
{
  for (size_t d = 0; d < space->n_parameters; d++)
    if (!bf_space_matters(space, indexes, d))
      indexes[d] = 0;
}

static void decode_group(const bf_space *space, size_t first, size_t end, uint64_t code,
                         uint32_t *indexes)
{
  uint32_t choice = 0;
  if (end == first + 1) {
    indexes[first] = (uint32_t)code;
    return;
  }
  for (uint64_t size; code >= (size = size_beside(space, first, end, choice)); choice++)
    code -= size;
  indexes[first] = choice;
  for (size_t d = end; d-- > first + 1;) {
    uint64_t n = n_different(space, first, d, choice);
    indexes[d] = (uint32_t)(code % n);
    code /= n;
  }
}

/* Decodes the groups from @p first on, the last one fastest. What is left of the code belongs to
 * the groups before. */
static uint64_t decode_from(const bf_space *space, size_t first, uint64_t code, uint32_t *indexes)
{
  if (first == space->n_parameters)
    return code;
  size_t end = group_end(space, first);
  uint64_t size = group_size(space, first, end);
  uint64_t left = decode_from(space, end, code, indexes);
  decode_group(space, first, end, left % size, indexes);
  return left / size;
}

void bf_space_decode(const bf_space *space, uint64_t code, uint32_t *indexes)
{
  uint64_t left = decode_from(space, 0, code, indexes);
  BF_ASSERT(left == 0);
  (void)left;
}
