/* What a few repetitions of one measurement say together.
 * Room: metrics. */
#include "metrics/spread.h"

#include <math.h>
#include <stdbool.h>

#include "base/status.h"

static const double half_pi = 1.57079632679489661923;

/* Beyond these the quantile is the normal one to four digits, and the sums would be long. */
enum { MANY_DEGREES = 100000 };
static const double z = 1.959963984540054;

/* The chance that |t| stays below sqrt(n) tan(angle), 0 < angle < pi / 2. */
static double chance_inside(double angle, size_t n)
{
  double square = cos(angle) * cos(angle);
  bool is_odd = n % 2 == 1;
  double term = is_odd ? cos(angle) : 1;
  double sum = 0;
  /* Odd: cos, 2/3 cos^3, 2 4 / (3 5) cos^5, ...; even: 1, 1/2 cos^2, 1 3 / (2 4) cos^4, ... */
  for (size_t k = is_odd ? 3 : 2; k <= n; k += 2) {
    sum += term;
    term *= (double)(k - 1) / (double)k * square;
  }
  return is_odd ? (angle + sin(angle) * sum) / half_pi : sin(angle) * sum;
}

double bf_student_t(size_t n_degrees)
{
  BF_ASSERT(n_degrees >= 1);
  if (n_degrees > MANY_DEGREES)
    return z;
  double lo = 0;
  double hi = half_pi;
  for (int step = 0; step < 60; step++) {
    double middle = (lo + hi) / 2;
    if (chance_inside(middle, n_degrees) < 0.95)
      lo = middle;
    else
      hi = middle;
  }
  return sqrt((double)n_degrees) * tan((lo + hi) / 2);
}

bf_spread bf_spread_of(const double *values, size_t n)
{
  bf_spread spread = {
      .n = n, .mean = (double)NAN, .sd = (double)NAN, .lo = (double)NAN, .hi = (double)NAN};
  double sum = 0;
  double squares = 0;
  for (size_t i = 0; i < n; i++)
    sum += values[i];
  if (n > 0)
    spread.mean = sum / (double)n;
  if (n < 2)
    return spread;
  for (size_t i = 0; i < n; i++)
    squares += (values[i] - spread.mean) * (values[i] - spread.mean);
  spread.sd = sqrt(squares / (double)(n - 1));
  double half = bf_student_t(n - 1) * spread.sd / sqrt((double)n);
  spread.lo = spread.mean - half;
  spread.hi = spread.mean + half;
  return spread;
}
