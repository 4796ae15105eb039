/* Vectors of rows: the few operations that the tile kernels are written in, for the ISA that the
 * file is compiled for. Room: nn, private. */
#ifndef BF_NN_VECTOR_H
#define BF_NN_VECTOR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "data/tiles.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/*
 * Kernels of one source, compiled once an ISA, get the ISA in their names. BF_COLUMNS columns of a
 * tile (of four tiles with AVX-512, where a tile is one register) fit into the registers as sums,
 * with some to spare: 12 sums of 16 registers, 24 of 32.
 */
#if defined(BF_TILE_AVX512)
#define BF_OF_ISA(name) name##_avx512
#define BF_LANES        16
#define BF_COLUMNS      6
#elif defined(BF_TILE_AVX2)
#define BF_OF_ISA(name) name##_avx2
#define BF_LANES        8
#define BF_COLUMNS      6
#elif defined(__aarch64__)
#define BF_OF_ISA(name) name##_base
#define BF_LANES        4
#define BF_COLUMNS      6
#else
#define BF_OF_ISA(name) name##_base
#define BF_LANES        4
#define BF_COLUMNS      3
#endif

/** Rows a vector. */
enum { LANES = BF_LANES };

/** Vectors that a tile's column takes. */
enum { VECTORS = BF_TILE / LANES };

#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t lanes __attribute__((vector_size(LANES * sizeof(int32_t))));

INLINE vec load(const float *from)
{
  return *(const vec *)(const void *)from;
}

INLINE void store(float *to, vec x)
{
  *(vec *)(void *)to = x;
}

INLINE vec splat(float x)
{
  return x - (vec){0};
}

INLINE lanes splat_lanes(int32_t x)
{
  return x - (lanes){0};
}

/* a where the mask is all ones, b where it is 0. */
INLINE vec choose(lanes mask, vec a, vec b)
{
#if defined(BF_TILE_AVX512)
  return _mm512_mask_blend_ps(_mm512_movepi32_mask((__m512i)mask), b, a);
#elif defined(BF_TILE_AVX2)
  return _mm256_blendv_ps(b, a, (__m256)mask);
#else
  return (vec)((mask & (lanes)a) | (~mask & (lanes)b));
#endif
}

/* a where the mask is all ones, else +0. */
INLINE vec keep(lanes mask, vec a)
{
  return (vec)(mask & (lanes)a);
}

/* a > b ? a : b and a < b ? a : b: with NaN, b. */
INLINE vec larger(vec a, vec b)
{
#if defined(BF_TILE_AVX512)
  return _mm512_max_ps(a, b);
#elif defined(BF_TILE_AVX2)
  return _mm256_max_ps(a, b);
#elif defined(__x86_64__)
  return _mm_max_ps(a, b);
#else
  return choose(a > b, a, b);
#endif
}

INLINE vec smaller(vec a, vec b)
{
#if defined(BF_TILE_AVX512)
  return _mm512_min_ps(a, b);
#elif defined(BF_TILE_AVX2)
  return _mm256_min_ps(a, b);
#elif defined(__x86_64__)
  return _mm_min_ps(a, b);
#else
  return choose(a < b, a, b);
#endif
}

/* All ones in the lanes of vector v of a tile whose bits are set. */
INLINE lanes row_lanes(uint32_t bits, size_t v)
{
  lanes bit;
  for (size_t l = 0; l < LANES; l++)
    bit[l] = (int32_t)(1U << (v * LANES + l));
  return (splat_lanes((int32_t)bits) & bit) != 0;
}

/* The same pointer, of which the compiler knows nothing: what is read through it afterwards is not
 * kept in registers before. */
INLINE const void *unknown(const void *p)
{
  __asm__("" : "+r"(p));
  return p;
}

typedef float four __attribute__((vector_size(4 * sizeof(float))));

/* Four numbers of a weight row, which need not be aligned. */
INLINE four load_four(const float *from)
{
  four x;
  memcpy(&x, from, sizeof x);
  return x;
}

INLINE void store_four(float *to, four x)
{
  memcpy(to, &x, sizeof x);
}

/* Sums of lanes that are 4 apart. */
INLINE four fold(vec x)
{
#if defined(BF_TILE_AVX512)
  __m256 half = _mm512_castps512_ps256(x) + _mm512_extractf32x8_ps(x, 1);
  return _mm256_castps256_ps128(half) + _mm256_extractf128_ps(half, 1);
#elif defined(BF_TILE_AVX2)
  return _mm256_castps256_ps128(x) + _mm256_extractf128_ps(x, 1);
#else
  return x;
#endif
}

/* The sums of the lanes of each of four vectors. */
INLINE four totals(vec a, vec b, vec c, vec d)
{
  four p = fold(a), q = fold(b), r = fold(c), s = fold(d);
  four pq = __builtin_shufflevector(p, q, 0, 4, 1, 5) + __builtin_shufflevector(p, q, 2, 6, 3, 7);
  four rs = __builtin_shufflevector(r, s, 0, 4, 1, 5) + __builtin_shufflevector(r, s, 2, 6, 3, 7);
  return __builtin_shufflevector(pq, rs, 0, 1, 4, 5) + __builtin_shufflevector(pq, rs, 2, 3, 6, 7);
}

#endif
