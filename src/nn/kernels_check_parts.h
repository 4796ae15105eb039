/* Comparing a table of kernels with the plain loops.
 * Room: nn, private. */
#ifndef BF_NN_KERNELS_CHECK_PARTS_H
#define BF_NN_KERNELS_CHECK_PARTS_H

#include "nn/kernels_check.h"
#include "nn/kernels_table.h"

/** @brief bf_kernels_check of any table, called @p name. @return as bf_kernels_check. */
bf_status bf_kernels_compare(const char *name, const bf_tile_kernels *kernels, double *worst);

#endif
