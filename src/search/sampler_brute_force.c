/* Brute force: every configuration once, in a seeded random order or in that of enumeration.
 * Room: search. */
#include "base/memory.h"
#include "base/random.h"
#include "search/sampler_table.h"

/*
 * The order is a keyed bijection of 0 .. size - 1, so nothing is remembered and trial k needs only
 * k: a Feistel network on the smallest even number of bits that holds the size, applied again
 * while its result is outside (cycle walking; Black and Rogaway, CT-RSA 2002). At most 3 of 4
 * values are outside, so four rounds of walking are expected at worst. A linear congruence would do
 * too, but its low bits show a pattern.
 */
enum { N_ROUNDS = 8 };

typedef struct bijection {
  uint64_t size;
  uint32_t half_bits;
  uint64_t keys[N_ROUNDS];
} bijection;

/* 64-bit finaliser of MurmurHash3 (Appleby): every input bit reaches every output bit. */
static uint64_t mix(uint64_t x)
{
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdu;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53u;
  return x ^ (x >> 33);
}

static uint64_t permute_once(const bijection *order, uint64_t code)
{
  uint64_t mask = ((uint64_t)1 << order->half_bits) - 1;
  uint64_t left = code >> order->half_bits;
  uint64_t right = code & mask;
  for (int i = 0; i < N_ROUNDS; i++) {
    uint64_t swapped = left ^ (mix(right ^ order->keys[i]) & mask);
    left = right;
    right = swapped;
  }
  return left << order->half_bits | right;
}

static uint64_t permute(const bijection *order, uint64_t code)
{
  do {
    code = permute_once(order, code);
  } while (code >= order->size);
  return code;
}

static bf_status create(bf_sampler *sampler)
{
  uint64_t size = bf_space_size(&sampler->space);
  if (size == UINT64_MAX)
    return bf_fail(BF_ERR_USAGE, "the space has 2^64 configurations or more, too many for sampler "
                                 "'brute-force'; try sampler 'random' or give fewer choices");
  bijection *order = bf_alloc(1, sizeof *order);
  if (order == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for a sampler");
  order->size = size;
  order->half_bits = 1;
  while (order->half_bits < 32 && (size - 1) >> (2 * order->half_bits) != 0)
    order->half_bits++;
  bf_random random = bf_random_stream(sampler->options.seed, BF_PURPOSE_ENUMERATION, 0);
  for (int i = 0; i < N_ROUNDS; i++)
    order->keys[i] = bf_random_u64(&random);
  sampler->state = order;
  return BF_OK;
}

static bf_status ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes, bool *exhausted)
{
  const bijection *order = sampler->state;
  *exhausted = number >= order->size;
  if (*exhausted)
    return BF_OK;
  uint64_t code = sampler->options.ordered ? number : permute(order, number);
  bf_space_decode(&sampler->space, code, indexes);
  return BF_OK;
}

const bf_sampler_kind bf_sampler_brute_force = {.create = create, .ask = ask};
