/* Halton points.
 * Room: search. */
#include "search/halton.h"

#include "base/memory.h"

static uint32_t prime_of(size_t dimension)
{
  uint32_t prime = 1;
  for (size_t i = 0; i <= dimension;) {
    uint32_t divisor = 2;
    prime++;
    while (divisor * divisor <= prime && prime % divisor != 0)
      divisor++;
    i += divisor * divisor > prime;
  }
  return prime;
}

static void fill_weights(bf_halton *halton)
{
  uint64_t weight = halton->scale;
  for (size_t place = 0; place < halton->n_digits; place++) {
    weight /= halton->base;
    halton->weights[place] = weight;
  }
}

static bf_status permute(bf_random *random, bf_halton *halton)
{
  size_t n = halton->n_digits;
  halton->digits = bf_alloc(n, halton->base * sizeof *halton->digits);
  if (halton->digits == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for permutations of base %u", halton->base);
  for (size_t place = 0; place < n; place++)
    bf_random_permutation(random, halton->base, halton->digits + place * halton->base);
  for (size_t place = n; place-- > 0;)
    halton->tails[place] =
        halton->tails[place + 1] + halton->digits[place * halton->base] * halton->weights[place];
  return BF_OK;
}

bf_status bf_halton_init(size_t dimension, bf_random *random, bf_halton *halton)
{
  bf_halton made = {.base = prime_of(dimension), .scale = 1};
  for (; made.scale >> 32 == 0; made.n_digits++)
    made.scale *= made.base;
  fill_weights(&made);
  bf_status status = random != NULL ? permute(random, &made) : BF_OK;
  if (status == BF_OK)
    *halton = made;
  return status;
}

void bf_halton_release(bf_halton *halton)
{
  free(halton->digits);
  *halton = (bf_halton){0};
}

double bf_halton_at(const bf_halton *halton, uint32_t number)
{
  uint64_t sum = 0;
  size_t place = 0;
  for (; number != 0; number /= halton->base, place++) {
    uint32_t digit = number % halton->base;
    if (halton->digits != NULL)
      digit = halton->digits[place * halton->base + digit];
    sum += digit * halton->weights[place];
  }
  return (double)(sum + halton->tails[place]) / (double)halton->scale;
}
