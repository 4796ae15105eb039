/* How sure a share is.
 * Room: metrics. */
#include <math.h>

#include "metrics/metric.h"

/* The 97.5 % quantile of the normal distribution. */
static const double z = 1.959963984540054;

void bf_wilson(size_t n_correct, size_t n, double *lo, double *hi)
{
  BF_ASSERT(n_correct <= n);
  *lo = 0;
  *hi = 1;
  if (n == 0)
    return;
  double rows = (double)n;
  double share = (double)n_correct / rows;
  double scale = 1 / (1 + z * z / rows);
  double center = scale * (share + z * z / (2 * rows));
  double half = scale * z * sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows));
  /* Rounding must not leave [0, 1]. */
  *lo = fmax(center - half, 0);
  *hi = fmin(center + half, 1);
}
