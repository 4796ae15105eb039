/* Elementary functions that give the same bits with every compiler, C library and CPU.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_MATH_H
#define BF_SEARCH_GP_MATH_H

#include <math.h>

#include "base/random.h"

/*
 * Which configuration a model likes best is decided by its last digits, so one rounding that
 * differs changes all trials after it. The C library's functions differ between versions and, in
 * glibc, between CPUs with and without fused multiplication; these use only + - * / and sqrt, which
 * IEEE 754 defines to the bit. They are good to about 1e-15.
 */

/** e^x; 0 below -700. @p x at most 700. */
static inline double bf_gp_exp(double x)
{
  const double rounder = 0x1.8p52;
  if (x < -700)
    return 0;
  /* x = n ln 2 + r: the first part of ln 2 has zeros enough at its end to make n times it exact. */
  double n = (x * 1.4426950408889634 + rounder) - rounder;
  double r = (x - n * 0x1.62e42fe000000p-1) - n * 0x1.f473de6af278fp-30;
  double sum = 1;
  for (int k = 13; k > 0; k--)
    sum = 1 + sum * r / k;
  return ldexp(sum, (int)n);
}

/** The natural logarithm of a positive number, by the series of atanh. */
static inline double bf_gp_ln(double x)
{
  int exponent;
  double m = frexp(x, &exponent);
  if (m < 0.70710678118654752) {
    m *= 2;
    exponent--;
  }
  double t = (m - 1) / (m + 1);
  double sum = 0;
  for (int k = 21; k > 0; k -= 2)
    sum = sum * t * t + 1.0 / k;
  return 2 * t * sum + exponent * 0.69314718055994531;
}

/** sin x, for 0 <= x <= pi / 2. */
static inline double bf_gp_sine(double x)
{
  double sum = 1;
  for (int k = 20; k > 0; k -= 2)
    sum = 1 - sum * x * x / (k * (k + 1));
  return x * sum;
}

/** Two independent standard normals (Marsaglia and Bray 1964). */
static inline void bf_gp_normals(bf_random *random, double pair[2])
{
  double u;
  double v;
  double s;
  do {
    u = 2 * bf_random_unit(random) - 1;
    v = 2 * bf_random_unit(random) - 1;
    s = u * u + v * v;
  } while (s >= 1 || s == 0);
  double scale = sqrt(-2 * bf_gp_ln(s) / s);
  pair[0] = u * scale;
  pair[1] = v * scale;
}

#endif
