/* Packed layers for AVX2: 16-bit codes, in pairs, for widths that packed_avx2_bytes.c cannot do.
 * Room: quant. */
#include <immintrin.h>
#include <stdint.h>

typedef uint32_t words __attribute__((vector_size(32), may_alias));
typedef words partials;
enum { CODES = 2, VECTORS = 2, HAS_NARROW_SUM = 0 };

static inline partials multiply_add(partials sum, words x, words weight)
{
  return sum + (words)_mm256_madd_epi16((__m256i)x, (__m256i)weight);
}

static inline words widen(partials partial)
{
  return partial;
}

#include "quant/packed_loops.h"

const bf_packed_kernel bf_packed_kernel_avx2 = {
    .name = "avx2, 16 bits", .isa = BF_ISA_AVX2, .codes_a_word = CODES, .run = run};
