/* Kernels of one parameter.
 * Room: search. */
#include "search/tpe_kernel.h"

#include <math.h>

#include "base/status.h"

/* The digamma function of x >= 1: up by its recurrence to where Stirling's series is good to
 * 10^-10. */
static double digamma(double x)
{
  double sum = 0;
  while (x < 6) {
    sum -= 1 / x;
    x += 1;
  }
  double y = 1 / (x * x);
  double tail = y * (1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y / 240)));
  return sum + log(x) - 0.5 / x - tail;
}

/* 1 / (1 + offset) + 1 / (2 + offset) + ... + 1 / (n + offset), without a table however large n. */
static double harmonic(const bf_tpe_kernel *kernel, uint32_t n)
{
  return n > 0 ? digamma(1 + kernel->offset + n) - digamma(1 + kernel->offset) : 0;
}

static double below(double z)
{
  const double root_half = 0.70710678118654752;
  return 0.5 * erfc(-z * root_half);
}

/* Mass of a normal distribution between two points; taken in the lower tail, where differences are
 * exact. */
static double mass(double from, double to, double mean, double sigma)
{
  double a = (from - mean) / sigma;
  double b = (to - mean) / sigma;
  return a > 0 ? below(-a) - below(-b) : below(b) - below(a);
}

static double mean_of(const bf_tpe_kernel *kernel, uint32_t center)
{
  return center == BF_TPE_NO_CHOICE ? 0.5 * ((double)kernel->n_choices - 1) : center;
}

static double sigma_of(const bf_tpe_kernel *kernel, uint32_t center)
{
  return center == BF_TPE_NO_CHOICE ? kernel->n_choices : kernel->sigma;
}

static void rate_normal(const bf_tpe_kernel *kernel, uint32_t center, size_t n,
                        const uint32_t *choices, double *probabilities)
{
  double mean = mean_of(kernel, center);
  double sigma = sigma_of(kernel, center);
  double all = mass(-0.5, (double)kernel->n_choices - 0.5, mean, sigma);
  for (size_t i = 0; i < n; i++)
    probabilities[i] = mass(choices[i] - 0.5, choices[i] + 0.5, mean, sigma) / all;
}

static void rate_same(double probability, size_t n, double *probabilities)
{
  for (size_t i = 0; i < n; i++)
    probabilities[i] = probability;
}

static void rate_spike(const bf_tpe_kernel *kernel, uint32_t center, size_t n,
                       const uint32_t *choices, double *probabilities)
{
  double other = (1 - kernel->stay) / ((double)kernel->n_choices - 1);
  for (size_t i = 0; i < n; i++)
    probabilities[i] = choices[i] == center ? kernel->stay : other;
}

static void rate_harmonic(const bf_tpe_kernel *kernel, uint32_t center, size_t n,
                          const uint32_t *choices, double *probabilities)
{
  uint32_t n_above = kernel->n_choices - 1 - center;
  double next = (1 - kernel->stay) / (harmonic(kernel, center) + harmonic(kernel, n_above));
  for (size_t i = 0; i < n; i++) {
    double distance = choices[i] < center ? center - choices[i] : choices[i] - center;
    probabilities[i] = choices[i] == center ? kernel->stay : next / (distance + kernel->offset);
  }
}

void bf_tpe_kernel_rate(const bf_tpe_kernel *kernel, uint32_t center, size_t n,
                        const uint32_t *choices, double *probabilities)
{
  BF_ASSERT(center < kernel->n_choices || center == BF_TPE_NO_CHOICE);
  if (kernel->n_choices == 1)
    rate_same(1, n, probabilities);
  else if (kernel->shape == BF_TPE_NORMAL)
    rate_normal(kernel, center, n, choices, probabilities);
  else if (center == BF_TPE_NO_CHOICE)
    rate_same(1.0 / kernel->n_choices, n, probabilities);
  else if (kernel->shape == BF_TPE_SPIKE)
    rate_spike(kernel, center, n, choices, probabilities);
  else
    rate_harmonic(kernel, center, n, choices, probabilities);
}

/* A third of the draws or more are inside: the mean is, and sigma is at most the range. */
static uint32_t draw_normal(const bf_tpe_kernel *kernel, uint32_t center, bf_random *random)
{
  double mean = mean_of(kernel, center);
  double sigma = sigma_of(kernel, center);
  double x = -1;
  while (!(x >= 0 && x < kernel->n_choices))
    x = floor(mean + sigma * bf_random_normal(random) + 0.5);
  return (uint32_t)x;
}

static uint32_t draw_other(uint32_t n_choices, uint32_t center, bf_random *random)
{
  uint32_t choice = (uint32_t)bf_random_below(random, n_choices - 1);
  return choice + (choice >= center);
}

/* The first step in 1 .. n that brings the sum above @p u; n > 0. */
static uint32_t find_step(const bf_tpe_kernel *kernel, uint32_t n, double u)
{
  uint32_t lo = 1;
  uint32_t hi = n;
  while (lo < hi) {
    uint32_t i = lo + (hi - lo) / 2;
    if (harmonic(kernel, i) > u)
      hi = i;
    else
      lo = i + 1;
  }
  return lo;
}

static uint32_t draw_step(const bf_tpe_kernel *kernel, uint32_t center, bf_random *random)
{
  uint32_t n_above = kernel->n_choices - 1 - center;
  double down = harmonic(kernel, center);
  double u = bf_random_unit(random) * (down + harmonic(kernel, n_above));
  if (n_above == 0 || u < down)
    return center - find_step(kernel, center, u);
  return center + find_step(kernel, n_above, u - down);
}

uint32_t bf_tpe_kernel_draw(const bf_tpe_kernel *kernel, uint32_t center, bf_random *random)
{
  if (kernel->n_choices == 1)
    return 0;
  if (kernel->shape == BF_TPE_NORMAL)
    return draw_normal(kernel, center, random);
  if (center == BF_TPE_NO_CHOICE)
    return (uint32_t)bf_random_below(random, kernel->n_choices);
  if (bf_random_unit(random) < kernel->stay)
    return center;
  if (kernel->shape == BF_TPE_SPIKE)
    return draw_other(kernel->n_choices, center, random);
  return draw_step(kernel, center, random);
}
