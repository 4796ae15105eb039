/* sklearn's split bit for bit: numpy's legacy generator and permutation.
 * Room: data. Generator: MT19937 (Matsumoto and Nishimura 1998). */
#include "data/split.h"

#include <math.h>

#include "base/memory.h"

enum { N_WORDS = 624, SHIFT = 397 };

typedef struct mt19937 {
  uint32_t words[N_WORDS];
  size_t at;
} mt19937;

/* Their init_genrand. */
static void seed_words(mt19937 *generator, uint32_t seed)
{
  uint32_t *words = generator->words;
  words[0] = seed;
  for (uint32_t i = 1; i < N_WORDS; i++)
    words[i] = 1812433253U * (words[i - 1] ^ (words[i - 1] >> 30)) + i;
  generator->at = N_WORDS;
}

static void renew_words(mt19937 *generator)
{
  uint32_t *words = generator->words;
  for (size_t i = 0; i < N_WORDS; i++) {
    uint32_t joined = (words[i] & 0x80000000U) | (words[(i + 1) % N_WORDS] & 0x7fffffffU);
    words[i] = words[(i + SHIFT) % N_WORDS] ^ (joined >> 1) ^ ((joined & 1) * 0x9908b0dfU);
  }
  generator->at = 0;
}

static uint32_t draw_u32(mt19937 *generator)
{
  if (generator->at == N_WORDS)
    renew_words(generator);
  uint32_t word = generator->words[generator->at++];
  word ^= word >> 11;
  word ^= (word << 7) & 0x9d2c5680U;
  word ^= (word << 15) & 0xefc60000U;
  return word ^ (word >> 18);
}

/* Uniform in 0 .. @p highest: draws with the excess bits masked off, those above thrown away. */
static uint32_t draw_up_to(mt19937 *generator, uint32_t highest)
{
  uint32_t mask = highest;
  uint32_t draw;
  for (unsigned shift = 1; shift <= 16; shift *= 2)
    mask |= mask >> shift;
  do {
    draw = draw_u32(generator) & mask;
  } while (draw > highest);
  return draw;
}

void bf_numpy_permutation(uint32_t seed, size_t n, uint32_t *order)
{
  mt19937 generator;
  seed_words(&generator, seed);
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)i;
  for (size_t i = n; i > 1; i--) {
    uint32_t j = draw_up_to(&generator, (uint32_t)(i - 1));
    uint32_t swapped = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swapped;
  }
}

bf_status bf_split_sklearn(uint32_t seed, size_t n, bf_assignment *out)
{
  bf_status status = BF_OK;
  bf_assignment made = {.position = bf_alloc(n, sizeof *made.position)};
  uint32_t *order = bf_alloc(n, sizeof *order);
  BF_CHECK_MEMORY(made.position);
  BF_CHECK_MEMORY(order);
  /* The product in double, as sklearn has it. */
  size_t n_test = (size_t)ceil(0.2 * (double)n);
  size_t n_others = n - n_test;
  made.n_rows[BF_TEST] = n_test;
  made.n_rows[BF_VAL] = n_others / 5;
  made.n_rows[BF_TRAIN] = n_others - n_others / 5;
  bf_numpy_permutation(seed, n, order);
  for (size_t k = 0; k < n; k++)
    made.position[order[k]] = (uint32_t)(k < n_test ? n_others + k : k - n_test);
  *out = made;
  made.position = NULL;
done:
  free(order);
  free(made.position);
  return status;
}
