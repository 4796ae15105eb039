/* The median, which noise on a shared machine moves least.
 * Room: base. */
#ifndef BF_BASE_MEDIAN_H
#define BF_BASE_MEDIAN_H

#include <stddef.h>

/** The median of @p n numbers, at least one and none NaN; of an even number, the mean of the middle
 * two. Sorts them. */
double bf_median(size_t n, double *values);

#endif
