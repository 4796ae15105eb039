/* Packed layers for AVX2: bytes, for widths whose products can be summed in 16 bits for a while.
 * Room: quant. */
#include <immintrin.h>
#include <stdint.h>

typedef uint32_t words __attribute__((vector_size(32), may_alias));
typedef uint16_t partials __attribute__((vector_size(32)));
enum { CODES = 4, VECTORS = 2, HAS_NARROW_SUM = 1 };

/* Saturates neither in the pairs of vpmaddubsw nor in their sum: max_run sees to that. */
static inline partials multiply_add(partials sum, words x, words weight)
{
  return sum + (partials)_mm256_maddubs_epi16((__m256i)x, (__m256i)weight);
}

static inline words widen(partials partial)
{
  return (words)_mm256_madd_epi16((__m256i)partial, _mm256_set1_epi16(1));
}

#include "quant/packed_loops.h"

const bf_packed_kernel bf_packed_kernel_avx2_bytes = {.name = "avx2, 8 bits",
                                                      .isa = BF_ISA_AVX2,
                                                      .codes_a_word = CODES,
                                                      .has_narrow_sum = HAS_NARROW_SUM,
                                                      .run = run};
