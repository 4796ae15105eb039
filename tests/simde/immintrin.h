/* Stands in front of the compiler's own header where AVX-512 is emulated: SIMDe computes its
 * intrinsics with what the CPU has. Room: tests. */
#ifndef BF_TESTS_IMMINTRIN_H
#define BF_TESTS_IMMINTRIN_H

#define SIMDE_ENABLE_NATIVE_ALIASES
#define SIMDE_X86_AVX512F_NO_NATIVE
#include <simde/x86/avx512.h>
#include <simde/x86/fma.h>

#endif
