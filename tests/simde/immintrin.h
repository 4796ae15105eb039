/* Stands in front of the compiler's own header where AVX-512 is emulated: SIMDe computes the
 * intrinsics of the tile kernels with what the CPU has. Room: tests. */
#ifndef BF_TESTS_IMMINTRIN_H
#define BF_TESTS_IMMINTRIN_H

#include_next <immintrin.h>

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SIMDE_X86_AVX512F_NO_NATIVE
#include <simde/x86/avx512.h>

/* Two that this SIMDe has not. */
static inline __m256 upper_half(__m512 x)
{
  __m256 half;
  memcpy(&half, (const unsigned char *)&x + sizeof half, sizeof half);
  return half;
}

static inline __m512i widen_bytes(__m128i x)
{
  uint8_t bytes[16];
  int32_t numbers[16];
  __m512i all;
  memcpy(bytes, &x, sizeof bytes);
  for (size_t i = 0; i < 16; i++)
    numbers[i] = bytes[i];
  memcpy(&all, numbers, sizeof all);
  return all;
}

#define FLOATS(x)               ((simde__m512)(x))
#define _mm512_max_ps(a, b)     ((__m512)simde_mm512_max_ps(FLOATS(a), FLOATS(b)))
#define _mm512_min_ps(a, b)     ((__m512)simde_mm512_min_ps(FLOATS(a), FLOATS(b)))
#define _mm512_movepi32_mask(x) simde_mm512_movepi32_mask((simde__m512i)(x))
#define _mm512_mask_blend_ps(mask, a, b)                                                           \
  ((__m512)simde_mm512_mask_blend_ps(mask, FLOATS(a), FLOATS(b)))
#define _mm512_castps512_ps256(x)    simde_mm512_castps512_ps256(FLOATS(x))
#define _mm512_extractf32x8_ps(x, i) upper_half(x)
#define _mm512_cvtepu8_epi32(x)      widen_bytes(x)

#endif
