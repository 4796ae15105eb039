/* Packed layers for AVX-512 with VNNI: bytes, four products and their sum in one instruction.
 * Room: quant. */
#include <immintrin.h>
#include <stdint.h>

typedef uint32_t words __attribute__((vector_size(64), may_alias));
typedef words partials;
enum { CODES = 4, VECTORS = 1, HAS_NARROW_SUM = 0 };

static inline partials multiply_add(partials sum, words x, words weight)
{
  return (words)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, (__m512i)weight);
}

static inline words widen(partials partial)
{
  return partial;
}

#include "quant/packed_loops.h"

const bf_packed_kernel bf_packed_kernel_avx512_vnni = {.name = "avx512, vnni",
                                                       .isa = BF_ISA_AVX512,
                                                       .needs_vnni = true,
                                                       .codes_a_word = CODES,
                                                       .run = run};
