/* Whether the kernels of this machine compute what they should.
 * Room: nn. */
#ifndef BF_NN_KERNELS_CHECK_H
#define BF_NN_KERNELS_CHECK_H

#include <stdbool.h>

#include "base/isa.h"
#include "base/status.h"

/*
 * Every kernel of an ISA, and the two products of BLIS, on random numbers of one awkward shape,
 * against the plain loops. Sums of k numbers of size 1 may differ by 2e-7 k + 2e-6 of what they are
 * (docs/kernels.md); comparisons and counts may not differ at all. The unit tests do far more; this
 * finds a CPU, a virtual machine or a library that is not what they ran on, in milliseconds.
 */

/**
 * @brief The tile kernels of @p isa, which the CPU must have (bf_isa_detect).
 * @param[out] worst the largest difference as a share of what is allowed; below 1.
 * @return BF_OK; BF_ERR_BUG naming the kernel that is wrong; BF_ERR_NOMEM.
 */
bf_status bf_kernels_check(bf_isa isa, double *worst);

/** @brief The same for BLIS, which is started for @p isa (bf_kernels_find). */
bf_status bf_blis_check(bf_isa isa, double *worst);

/** Threads that BLIS computes a product with, as this process's environment has it: 1, unless
 * BLIS_JC_NT and the like are set. Starts BLIS. */
int bf_blis_n_threads(bf_isa isa);

/** Whether BLIS runs its generic kernels, which are slow. Starts BLIS. */
bool bf_blis_is_generic(bf_isa isa);

#endif
