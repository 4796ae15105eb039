/* What a few repetitions of one measurement say together.
 * Room: metrics. */
#ifndef BF_METRICS_SPREAD_H
#define BF_METRICS_SPREAD_H

#include <stddef.h>

/** NaN where @p n is too small to say anything: everything but n for 0 values, all but n and mean
 * for one. */
typedef struct bf_spread {
  size_t n;
  double mean;
  double sd; /**< sample standard deviation: n - 1 in the denominator */
  double lo; /**< the 95 % interval of the mean: mean -+ t sd / sqrt(n), t of n - 1 degrees */
  double hi;
} bf_spread;

/** @param values (n), finite. Source: Student, Biometrika 6 (1908). */
bf_spread bf_spread_of(const double *values, size_t n);

/**
 * @brief The t that a Student variable of @p n_degrees >= 1 degrees of freedom exceeds in absolute
 * value with a chance of 5 %: 12.706 for 1, 1.960 for many.
 *
 * Source: the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4, solved by bisection. Oracle:
 * published tables.
 */
double bf_student_t(size_t n_degrees);

#endif
