/* Random search: every parameter uniform, whatever is known.
 * Room: search. */
#include "base/random.h"
#include "search/sampler_table.h"

static bf_status create(bf_sampler *sampler)
{
  (void)sampler;
  return BF_OK;
}

/* A stream a trial: its configuration is the same whatever was asked and told before. */
static bf_status ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes, bool *exhausted)
{
  bf_random random = bf_random_stream(sampler->options.seed, BF_PURPOSE_SAMPLER, number);
  const bf_space *space = &sampler->space;
  for (size_t d = 0; d < space->n_parameters; d++)
    indexes[d] = (uint32_t)bf_random_below(&random, space->parameters[d].n_choices);
  *exhausted = false;
  return BF_OK;
}

const bf_sampler_kind bf_sampler_random = {.create = create, .ask = ask};
