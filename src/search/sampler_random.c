/* Random search: every parameter uniform, whatever is known.
 * Room: search. */
#include "base/random.h"
#include "search/sampler_table.h"

/* A stream a trial. A configuration that was asked before is drawn again by the frame. */
static bf_status ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes)
{
  bf_random random = bf_random_stream(sampler->options.seed, BF_PURPOSE_SAMPLER, number);
  bf_sampler_draw(&sampler->space, &random, indexes);
  return BF_OK;
}

const bf_sampler_kind bf_sampler_random = {.ask = ask};
