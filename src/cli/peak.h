/* The peak rate of one core, as a yardstick for benchmarks.
 * Room: cli. */
#ifndef BF_CLI_PEAK_H
#define BF_CLI_PEAK_H

#include "base/isa.h"

/**
 * @brief Float32 operations a second of one core in a loop of multiply-adds that touches registers
 * only, with the instructions of @p isa. A multiply-add counts as two.
 *
 * Measured anew at every call, in about 2 ms: clock rates change, so measure before and after what
 * is compared with it.
 */
double bf_peak_flops(bf_isa isa);

#endif
