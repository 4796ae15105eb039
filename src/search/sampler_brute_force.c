/* Brute force: every configuration once, in a seeded random order or in that of enumeration.
 * Room: search. */
#include "base/memory.h"
#include "search/enumeration.h"
#include "search/sampler_table.h"

static bf_status create(bf_sampler *sampler)
{
  if (sampler->size == UINT64_MAX)
    return bf_fail(BF_ERR_USAGE, "the space has 2^64 configurations or more, too many for sampler "
                                 "'brute-force'; try sampler 'random' or give fewer choices");
  return BF_OK;
}

/* Trial k needs only k: nothing is remembered. The frame ends the study after the last one. */
static bf_status ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes)
{
  uint64_t code = sampler->options.ordered ? number : bf_enumeration_at(&sampler->order, number);
  bf_space_decode(&sampler->space, code, indexes);
  return BF_OK;
}

const bf_sampler_kind bf_sampler_brute_force = {.create = create, .ask = ask};
