/* A seeded random order of 0 .. size - 1 that needs no memory.
 * Room: search. */
#include "search/enumeration.h"

#include "base/random.h"

/*
 * A Feistel network on the smallest even number of bits that holds the size, applied again while
 * its result is outside (cycle walking; Black and Rogaway, CT-RSA 2002). At most 3 of 4 values are
 * outside, so four rounds of walking are expected at worst. A linear congruence would do too, but
 * its low bits show a pattern.
 */

/* 64-bit finaliser of MurmurHash3 (Appleby): every input bit reaches every output bit. */
static uint64_t mix(uint64_t x)
{
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdu;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53u;
  return x ^ (x >> 33);
}

static uint64_t permute_once(const bf_enumeration *order, uint64_t code)
{
  uint64_t mask = ((uint64_t)1 << order->half_bits) - 1;
  uint64_t left = code >> order->half_bits;
  uint64_t right = code & mask;
  for (int i = 0; i < BF_ENUMERATION_ROUNDS; i++) {
    uint64_t swapped = left ^ (mix(right ^ order->keys[i]) & mask);
    left = right;
    right = swapped;
  }
  return left << order->half_bits | right;
}

bf_enumeration bf_enumeration_of(uint64_t size, uint64_t seed)
{
  bf_enumeration order = {.size = size, .half_bits = 1};
  while (order.half_bits < 32 && (size - 1) >> (2 * order.half_bits) != 0)
    order.half_bits++;
  bf_random random = bf_random_stream(seed, BF_PURPOSE_ENUMERATION, 0);
  for (int i = 0; i < BF_ENUMERATION_ROUNDS; i++)
    order.keys[i] = bf_random_u64(&random);
  return order;
}

uint64_t bf_enumeration_at(const bf_enumeration *order, uint64_t position)
{
  uint64_t code = position;
  do {
    code = permute_once(order, code);
  } while (code >= order->size);
  return code;
}
