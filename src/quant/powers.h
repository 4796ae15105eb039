/* Powers of two: what formats with exponents are computed with, in float32 and in its bits.
 * Room: quant, private. */
#ifndef BF_QUANT_POWERS_H
#define BF_QUANT_POWERS_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * Exponents are found as ceil(log2f(v)), floor(log2f(v)) or round(log2f(v)). log2f rounds, so that
 * a v a little beside a power of two has a log2f that is a whole number: what log2f says is the
 * definition (the Python tool's), and bits alone do not know. Away from such places they do: the
 * error of log2f is below 2^-15 for every float32, while a mantissa that is 2^-14 away from the
 * place has a log2 that is 2^-14 away from the whole number (or half) at least. Powers of two
 * themselves are exact. So the bits decide where they can, and bf_odd_mantissa() tells where not.
 */

enum { BF_MANTISSA_BITS = 23, BF_EXPONENT_OFFSET = 127, BF_ODD_WITHIN = 1 << 9 };
enum { BF_MANTISSA_MASK = (1 << BF_MANTISSA_BITS) - 1, BF_MANTISSA_OF_ROOT_2 = 0x3504f3 };

/** Exponents of normal numbers, and of the least number of all. */
enum { BF_LOWEST_POWER = -126, BF_HIGHEST_POWER = 127, BF_LEAST_POWER = -149 };

static inline int32_t bf_bits_of(float x)
{
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline float bf_float_of(int32_t bits)
{
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/** Whether bits at @p mantissa, 0 excepted, could be wrong about ceil or floor of log2f. */
static inline bool bf_odd_mantissa(int32_t mantissa)
{
  /* mantissa - 1 wraps at 0, so that 0 is none of the small ones. */
  uint32_t above = (uint32_t)mantissa - 1;
  return above < BF_ODD_WITHIN || above > BF_MANTISSA_MASK - BF_ODD_WITHIN - 1U;
}

/** 2^e for a normal one. */
static inline float bf_normal_power(int32_t e)
{
  return bf_float_of((int32_t)((uint32_t)(e + BF_EXPONENT_OFFSET) << BF_MANTISSA_BITS));
}

/** Whether bf_normal_power() makes 2^e, and 2^-e as well. */
static inline bool bf_is_normal_power(int32_t e)
{
  return e >= BF_LOWEST_POWER && e <= -BF_LOWEST_POWER;
}

/** 2^e for any whole number: 0 below the subnormal ones, infinite from 128 on; NaN for NaN. */
static inline float bf_power(float e)
{
  if (e >= BF_LOWEST_POWER && e <= BF_HIGHEST_POWER)
    return bf_normal_power((int32_t)e);
  return isnan(e) || e > 0.0F ? e * INFINITY : ldexpf(1.0F, e > -200.0F ? (int)e : -200);
}

/** ceil(log2f(v)) and floor(log2f(v)) of v > 0. */
static inline float bf_floor_log2(float v)
{
  int32_t bits = bf_bits_of(v), mantissa = bits & BF_MANTISSA_MASK;
  if (bf_odd_mantissa(mantissa) || !(v >= 0x1p-126F && v < INFINITY))
    return floorf(log2f(v));
  return (float)((bits >> BF_MANTISSA_BITS) - BF_EXPONENT_OFFSET);
}

static inline float bf_ceil_log2(float v)
{
  int32_t mantissa = bf_bits_of(v) & BF_MANTISSA_MASK;
  if (bf_odd_mantissa(mantissa) || !(v >= 0x1p-126F && v < INFINITY))
    return ceilf(log2f(v));
  return bf_floor_log2(v) + (mantissa != 0 ? 1.0F : 0.0F);
}

/** nearbyintf() of x >= 0, in a form that compilers vectorise without SSE4.1: beyond 2^23 there are
 * no fractions, and below it adding 2^23 rounds them away. NaN stays NaN. */
static inline float bf_round_positive(float x)
{
  return x < 0x1p23F ? (x + 0x1p23F) - 0x1p23F : x;
}

/** x or the nearer bound; NaN stays NaN. */
static inline float bf_clamp(float x, float lo, float hi)
{
  float raised = x < lo ? lo : x;
  return raised > hi ? hi : raised;
}

/** The sign of x as -1, 0 or 1; 0 for NaN. */
static inline float bf_sign(float x)
{
  return (float)((x > 0.0F) - (x < 0.0F));
}

/** q, or x where that is next to 0; not finite where one of both is not. As sums of products in the
 * Python tool: a choice would let infinities saturate. */
static inline float bf_keep_small(float x, float q)
{
  float is_small = fabsf(x) <= 1e-8F ? 1.0F : 0.0F;
  return (1.0F - is_small) * q + is_small * x;
}

#endif
