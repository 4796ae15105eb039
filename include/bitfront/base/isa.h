/* Instruction sets: what this CPU can do, and what the user lets it.
 * Room: base. */
#ifndef BF_BASE_ISA_H
#define BF_BASE_ISA_H

#include <stdbool.h>

#include "base/status.h"

/** Kernels exist for each of these. Order matters: the lowest of all ranks is used. */
typedef enum bf_isa { BF_ISA_BASE, BF_ISA_AVX2, BF_ISA_AVX512, BF_N_ISAS } bf_isa;

/** "base", "avx2", "avx512". */
const char *bf_isa_name(bf_isa isa);

/** Finds the ISA of that name. @return Whether there is one. */
bool bf_isa_find(const char *name, bf_isa *isa);

/** @brief The best ISA of this CPU, or the lower one that BITFRONT_ISA asks for. @return BF_OK;
 * BF_ERR_USAGE if the variable is wrong or asks for more than the CPU has. */
bf_status bf_isa_detect(bf_isa *isa);

#endif
