/* Counter-based random streams.
 * Room: base. Generator: Philox 4x32-10 (Salmon et al., SC 2011), from the Random123 headers. */
#include "base/random.h"

#include <math.h>

/* Their headers are not written for our warning flags. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wundef"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

bf_random bf_random_stream(uint64_t seed, bf_purpose purpose, uint64_t index)
{
  return (bf_random){.seed = seed, .index = index, .purpose = (uint32_t)purpose};
}

uint32_t bf_random_u32(bf_random *random)
{
  if (random->n_left == 0) {
    philox4x32_key_t key = {{(uint32_t)random->seed, (uint32_t)(random->seed >> 32)}};
    philox4x32_ctr_t counter = {{random->block++, random->purpose, (uint32_t)random->index,
                                 (uint32_t)(random->index >> 32)}};
    philox4x32_ctr_t block = philox4x32(counter, key);
    for (int i = 0; i < 4; i++)
      random->words[i] = block.v[i];
    random->n_left = 4;
  }
  return random->words[4 - random->n_left--];
}

uint64_t bf_random_u64(bf_random *random)
{
  uint64_t low = bf_random_u32(random);
  return low | (uint64_t)bf_random_u32(random) << 32;
}

double bf_random_unit(bf_random *random)
{
  return (double)(bf_random_u64(random) >> 11) * 0x1p-53;
}

uint64_t bf_random_below(bf_random *random, uint64_t n)
{
  /* Draws below 2^64 mod n would favour small results; they are thrown away. */
  uint64_t threshold = (0 - n) % n;
  uint64_t draw;
  do {
    draw = bf_random_u64(random);
  } while (draw < threshold);
  return draw % n;
}

double bf_random_normal(bf_random *random)
{
  double radius = sqrt(-2.0 * log(1.0 - bf_random_unit(random)));
  return radius * cos(6.283185307179586477 * bf_random_unit(random));
}

void bf_random_permutation(bf_random *random, size_t n, uint32_t *order)
{
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)i;
  for (size_t i = n; i > 1; i--) {
    size_t j = (size_t)bf_random_below(random, i);
    uint32_t swapped = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swapped;
  }
}

uint64_t bf_trial_seed(uint64_t study_seed, uint64_t number)
{
  bf_random random = bf_random_stream(study_seed, BF_PURPOSE_TRIAL_SEED, number);
  return bf_random_u64(&random) >> 11;
}
