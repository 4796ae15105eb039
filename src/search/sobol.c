/* Sobol' points.
 * Room: search. */
#include "search/sobol.h"

/*
 * A primitive polynomial over GF(2) (its coefficients as bits) and the first direction numbers for
 * every dimension but the first: parameters of the file new-joe-kuo-6 by S. Joe and F. Y. Kuo,
 * "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci. Comput. 30,
 * 2635 (2008).
 */
enum { MOST_NUMBERS = 9 };

static const struct {
  uint16_t polynomial;
  uint16_t numbers[MOST_NUMBERS];
} parameters[BF_SOBOL_DIMENSIONS - 1] = {
    {3, {1}},
    {7, {1, 3}},
    {11, {1, 3, 1}},
    {13, {1, 1, 1}},
    {19, {1, 1, 3, 3}},
    {25, {1, 3, 5, 13}},
    {37, {1, 1, 5, 5, 17}},
    {41, {1, 1, 5, 5, 5}},
    {47, {1, 1, 7, 11, 19}},
    {55, {1, 1, 5, 1, 1}},
    {59, {1, 1, 1, 3, 11}},
    {61, {1, 3, 5, 5, 31}},
    {67, {1, 3, 3, 9, 7, 49}},
    {91, {1, 1, 1, 15, 21, 21}},
    {97, {1, 3, 1, 13, 27, 49}},
    {103, {1, 1, 1, 15, 7, 5}},
    {109, {1, 3, 1, 15, 13, 25}},
    {115, {1, 1, 5, 5, 19, 61}},
    {131, {1, 3, 7, 11, 23, 15, 103}},
    {137, {1, 3, 7, 13, 13, 15, 69}},
    {143, {1, 1, 3, 13, 7, 35, 63}},
    {145, {1, 3, 5, 9, 1, 25, 53}},
    {157, {1, 3, 1, 13, 9, 35, 107}},
    {167, {1, 3, 1, 5, 27, 61, 31}},
    {171, {1, 1, 5, 11, 19, 41, 61}},
    {185, {1, 3, 5, 3, 3, 13, 69}},
    {191, {1, 1, 7, 13, 1, 19, 1}},
    {193, {1, 3, 7, 5, 13, 19, 59}},
    {203, {1, 1, 3, 9, 25, 29, 41}},
    {211, {1, 3, 5, 13, 23, 1, 55}},
    {213, {1, 3, 7, 3, 13, 59, 17}},
    {229, {1, 3, 1, 3, 5, 53, 69}},
    {239, {1, 1, 5, 5, 23, 33, 13}},
    {241, {1, 1, 7, 7, 1, 61, 123}},
    {247, {1, 1, 7, 9, 13, 61, 49}},
    {253, {1, 3, 3, 5, 3, 55, 33}},
    {285, {1, 3, 1, 15, 31, 13, 49, 245}},
    {299, {1, 3, 5, 15, 31, 59, 63, 97}},
    {301, {1, 3, 1, 11, 11, 11, 77, 249}},
    {333, {1, 3, 1, 11, 27, 43, 71, 9}},
    {351, {1, 1, 7, 15, 21, 11, 81, 45}},
    {355, {1, 3, 7, 3, 25, 31, 65, 79}},
    {357, {1, 3, 1, 1, 19, 11, 3, 205}},
    {361, {1, 1, 5, 9, 19, 21, 29, 157}},
    {369, {1, 3, 7, 11, 1, 33, 89, 185}},
    {391, {1, 3, 3, 3, 15, 9, 79, 71}},
    {397, {1, 3, 7, 11, 15, 39, 119, 27}},
    {425, {1, 1, 3, 1, 11, 31, 97, 225}},
    {451, {1, 1, 1, 3, 23, 43, 57, 177}},
    {463, {1, 3, 7, 7, 17, 17, 37, 71}},
    {487, {1, 3, 1, 5, 27, 63, 123, 213}},
    {501, {1, 1, 3, 5, 11, 43, 53, 133}},
    {529, {1, 3, 5, 5, 29, 17, 47, 173, 479}},
    {539, {1, 3, 3, 11, 3, 1, 109, 9, 69}},
    {545, {1, 1, 1, 5, 17, 39, 23, 5, 343}},
    {557, {1, 3, 1, 5, 25, 15, 31, 103, 499}},
    {563, {1, 1, 1, 11, 11, 17, 63, 105, 183}},
    {601, {1, 1, 5, 11, 9, 29, 97, 231, 363}},
    {607, {1, 1, 5, 15, 19, 45, 41, 7, 383}},
    {617, {1, 3, 7, 7, 31, 19, 83, 137, 221}},
    {623, {1, 1, 1, 3, 23, 15, 111, 223, 83}},
    {631, {1, 1, 5, 13, 31, 15, 55, 25, 161}},
    {637, {1, 1, 3, 13, 25, 47, 39, 87, 257}},
};

static size_t degree_of(uint32_t polynomial)
{
  size_t degree = 0;
  while (polynomial >> (degree + 1) != 0)
    degree++;
  return degree;
}

/* Direction @p k from those before it: the recurrence of the polynomial, on numbers shifted to the
 * top. */
static uint32_t next_direction(const uint32_t *directions, size_t k, uint32_t polynomial,
                               size_t degree)
{
  uint32_t direction = directions[k - degree] ^ directions[k - degree] >> degree;
  for (size_t i = 1; i < degree; i++)
    if (polynomial >> (degree - i) & 1)
      direction ^= directions[k - i];
  return direction;
}

bf_sobol bf_sobol_of(size_t dimension)
{
  bf_sobol sobol = {.shift = 0};
  if (dimension == 0) {
    for (size_t k = 0; k < BF_SOBOL_BITS; k++)
      sobol.directions[k] = (uint32_t)1 << (BF_SOBOL_BITS - 1 - k);
    return sobol;
  }
  uint32_t polynomial = parameters[dimension - 1].polynomial;
  size_t degree = degree_of(polynomial);
  for (size_t k = 0; k < degree; k++)
    sobol.directions[k] = (uint32_t)parameters[dimension - 1].numbers[k] << (BF_SOBOL_BITS - 1 - k);
  for (size_t k = degree; k < BF_SOBOL_BITS; k++)
    sobol.directions[k] = next_direction(sobol.directions, k, polynomial, degree);
  return sobol;
}

static uint32_t parity(uint32_t bits)
{
  for (unsigned half = 16; half > 0; half /= 2)
    bits ^= bits >> half;
  return bits & 1;
}

/* The matrix is applied to the directions, once, because it is linear. */
void bf_sobol_scramble(bf_random *random, bf_sobol *sobol)
{
  uint32_t scrambled[BF_SOBOL_BITS] = {0};
  for (unsigned row = 0; row < BF_SOBOL_BITS; row++) {
    /* A row of the matrix: any bits above its own, which is set. */
    uint32_t own = (uint32_t)1 << (BF_SOBOL_BITS - 1 - row);
    uint32_t bits = (bf_random_u32(random) & ~(own | (own - 1))) | own;
    for (size_t k = 0; k < BF_SOBOL_BITS; k++)
      scrambled[k] |= parity(bits & sobol->directions[k]) * own;
  }
  for (size_t k = 0; k < BF_SOBOL_BITS; k++)
    sobol->directions[k] = scrambled[k];
  sobol->shift = bf_random_u32(random);
}

/* In the order of Antonov and Saleev (1979), which is that of other programs, too: by the Gray code
 * of the number. */
uint32_t bf_sobol_at(const bf_sobol *sobol, uint32_t number)
{
  uint32_t x = sobol->shift;
  for (uint32_t gray = number ^ number >> 1, k = 0; gray != 0; gray >>= 1, k++)
    x ^= (0 - (gray & 1)) & sobol->directions[k];
  return x;
}

/* 64-bit finaliser of MurmurHash3 (Appleby). */
static uint64_t mix(uint64_t x)
{
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdu;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53u;
  return x ^ (x >> 33);
}

/* Whether a bit flips depends on the bits above it. */
uint32_t bf_sobol_shuffle(uint32_t number, uint64_t key)
{
  uint32_t shuffled = 0;
  for (unsigned bit = BF_SOBOL_BITS; bit-- > 0;) {
    uint64_t above = (uint64_t)number >> bit >> 1;
    uint32_t flip = mix(key ^ mix(above << 6 | bit)) & 1;
    shuffled |= ((number >> bit & 1) ^ flip) << bit;
  }
  return shuffled;
}
