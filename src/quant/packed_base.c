/* Packed layers for any CPU: 16-bit codes, in pairs.
 * Room: quant. */
#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

typedef uint32_t words __attribute__((vector_size(16), may_alias));
typedef words partials;
enum { CODES = 2, VECTORS = 4, HAS_NARROW_SUM = 0 };

static inline partials multiply_add(partials sum, words x, words weight)
{
#if defined(__SSE2__)
  return sum + (words)_mm_madd_epi16((__m128i)x, (__m128i)weight);
#else
  /* Modulo 2^32 signed and unsigned products are the same; codes of x have no sign. */
  typedef int32_t integers __attribute__((vector_size(16)));
  words low = (words)((integers)(weight << 16) >> 16), high = (words)((integers)weight >> 16);
  return sum + (x & 0xFFFF) * low + (x >> 16) * high;
#endif
}

static inline words widen(partials partial)
{
  return partial;
}

#include "quant/packed_loops.h"

const bf_packed_kernel bf_packed_kernel_base = {
    .name = "base", .isa = BF_ISA_BASE, .codes_a_word = CODES, .run = run};
