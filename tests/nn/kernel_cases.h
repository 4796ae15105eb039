/* Kernels under test, memory with guards for them, numbers to be given, comparison with what the
 * reference makes of these. Room: tests. */
#ifndef BF_TESTS_NN_KERNEL_CASES_H
#define BF_TESTS_NN_KERNEL_CASES_H

#include "nets.h"

#include "base/memory.h"
#include "nn/kernels_table.h"
#include "quant/grid.h"

/** A table that must do as the reference does. */
typedef struct subject {
  const char *name;
  const bf_tile_kernels *kernels;
} subject;

/** The tile kernels of every ISA that this CPU has and BITFRONT_ISA allows; returns their number.
 * A program in which AVX-512 is emulated has these only. */
static inline size_t find_subjects(subject subjects[BF_N_ISAS])
{
#if defined(BF_EMULATES_AVX512)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
    skip();
  subjects[0] = (subject){"avx512, emulated", &bf_tile_kernels_avx512};
  return 1;
#else
  static const bf_tile_kernels *const tables[BF_N_ISAS] = {
    &bf_tile_kernels_base,
#if defined(__x86_64__)
    &bf_tile_kernels_avx2,
    &bf_tile_kernels_avx512,
#endif
  };
  bf_isa best;
  assert_ok(bf_isa_detect(&best));
  for (size_t i = 0; i <= (size_t)best; i++)
    subjects[i] = (subject){bf_isa_name((bf_isa)i), tables[i]};
  return (size_t)best + 1;
#endif
}

/*
 * Memory of one case. Behind every piece lies a guard, and both start as the same NaN: a kernel
 * that reads too far computes with it, one that writes too far spoils it.
 */
enum { ARENA_BYTES = 1 << 24, LINE = 64, MOST_PIECES = 32 };

static const uint32_t guard_bits = 0x7fc0beefU;

typedef struct arena {
  unsigned char *memory; /* kept until the program ends */
  size_t n_taken;
  size_t n_pieces;
  size_t ends[MOST_PIECES];
} arena;

static arena scene;

/** Forgets all pieces. */
static inline void clear_scene(void)
{
  if (scene.memory == NULL)
    scene.memory = bf_alloc(ARENA_BYTES, 1);
  assert_non_null(scene.memory);
  scene.n_taken = scene.n_pieces = 0;
}

/* The guard reaches at least a line behind the end. */
static inline size_t guard_end(size_t end)
{
  return (end + 2 * LINE - 1) / LINE * LINE;
}

/** A 64-byte aligned piece, which holds NaN. */
static inline void *take(size_t count, size_t size)
{
  size_t first = scene.n_taken, end = first + count * size;
  assert_true(scene.n_pieces < MOST_PIECES && guard_end(end) <= ARENA_BYTES);
  for (size_t at = first; at < guard_end(end); at += sizeof guard_bits)
    memcpy(scene.memory + at, &guard_bits, sizeof guard_bits);
  scene.ends[scene.n_pieces++] = end;
  scene.n_taken = guard_end(end);
  return scene.memory + first;
}

static inline bool guards_are_whole(void)
{
  for (size_t p = 0; p < scene.n_pieces; p++)
    for (size_t at = scene.ends[p]; at < guard_end(scene.ends[p]); at++)
      if (scene.memory[at] != ((const unsigned char *)&guard_bits)[at % sizeof guard_bits])
        return false;
  return true;
}

/**
 * What numbers a case computes with. Exact: small multiples of 1/8, of which all sums are float32
 * numbers, so that results must be equal whatever the order of the additions. Wild: exact ones
 * among which are NaN, infinities and -0. Real: any from -2 to 2.
 */
typedef enum number_kind { EXACT, WILD, REAL, N_NUMBER_KINDS } number_kind;

static inline float draw_number(bf_random *random, number_kind kind)
{
  static const float odd[] = {NAN, INFINITY, -INFINITY, -0.0F};
  uint32_t bits = bf_random_u32(random);
  if (kind == REAL)
    return (float)bits * 0x1p-30F - 2.0F;
  if (kind == WILD && bits >> 26 == 0)
    return odd[bits & 3];
  return ((float)(bits % 33) - 16.0F) / 8.0F;
}

static inline float *draw_numbers(bf_random *random, number_kind kind, size_t n)
{
  float *numbers = take(n, sizeof *numbers);
  for (size_t i = 0; i < n; i++)
    numbers[i] = draw_number(random, kind);
  return numbers;
}

/** Some order of n_tiles out of a few more tiles. */
static inline uint32_t *draw_order(bf_random *random, size_t n_tiles)
{
  uint32_t *order = take(n_tiles + 2, sizeof *order);
  bf_random_permutation(random, n_tiles + 2, order);
  return order;
}

static inline bf_slab draw_slab(bf_random *random, number_kind kind, size_t n_tiles, size_t width,
                                bool has_order)
{
  size_t n_more = has_order ? 2 : 0;
  return (bf_slab){draw_numbers(random, kind, (n_tiles + n_more) * width * BF_TILE),
                   has_order ? draw_order(random, n_tiles) : NULL};
}

/** Rows from any lane of the first tile to any of the last. */
static inline bf_span draw_span(bf_random *random, size_t n_tiles)
{
  size_t first = (size_t)bf_random_below(random, BF_TILE);
  size_t n_behind = (size_t)bf_random_below(random, n_tiles > 1 ? BF_TILE : BF_TILE - first);
  return (bf_span){n_tiles, first, n_tiles * BF_TILE - first - n_behind};
}

static inline bool is_row(const bf_span *span, size_t tile, size_t lane)
{
  return (bf_span_lanes(span, tile) >> lane & 1) != 0;
}

/** Writes `number` into all lanes that are no rows. */
static inline void fill_idle_lanes(const bf_span *span, size_t width, const uint32_t *order,
                                   float *values, float number)
{
  for (size_t t = 0; t < span->n_tiles; t++) {
    float *tile = values + (order != NULL ? order[t] : t) * width * BF_TILE;
    for (size_t i = 0; i < width * BF_TILE; i++)
      if (!is_row(span, t, i % BF_TILE))
        tile[i] = number;
  }
}

/** Why the last case failed. */
static char complaint[256];

/** Equal bits, or both NaN. */
static inline bool is_same(float a, float b)
{
  return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

/** Real numbers: within tolerance times what they are; other ones: the same. */
static inline bool agree(const char *what, number_kind kind, double tolerance, size_t n,
                         const float *expected, const float *got)
{
  for (size_t i = 0; i < n; i++) {
    double a = (double)expected[i], b = (double)got[i];
    bool is_near = kind == REAL && fabs(a - b) <= tolerance * (1.0 + fabs(a));
    if (is_near || is_same(expected[i], got[i]))
      continue;
    snprintf(complaint, sizeof complaint, "%s[%zu] is %.9g, expected %.9g", what, i, b, a);
    return false;
  }
  return true;
}

/** The same for sums in float64, which are exact or not as their summands are. */
static inline bool sums_agree(const char *what, number_kind kind, double tolerance, size_t n,
                              const double *expected, const double *got)
{
  for (size_t i = 0; i < n; i++) {
    double a = expected[i], b = got[i];
    bool is_near = kind == REAL && fabs(a - b) <= tolerance * (1.0 + fabs(a));
    if (is_near || a == b || (isnan(a) && isnan(b)))
      continue;
    snprintf(complaint, sizeof complaint, "%s[%zu] is %.17g, expected %.17g", what, i, b, a);
    return false;
  }
  return true;
}

/** All bits, of NaN too. */
static inline bool repeats(const char *what, size_t n_bytes, const void *once, const void *again)
{
  if (n_bytes == 0 || memcmp(once, again, n_bytes) == 0)
    return true;
  snprintf(complaint, sizeof complaint, "%s is another the second time", what);
  return false;
}

static inline bool is_within_bounds(void)
{
  if (guards_are_whole())
    return true;
  snprintf(complaint, sizeof complaint, "something was written behind the end");
  return false;
}

/** Float32 sums of k terms of size 1: every addition rounds what is there already. */
static inline double sum_tolerance(size_t k)
{
  return 2e-7 * (double)k + 2e-6;
}

/** Evenly spaced numbers, with a sign. */
static inline bf_grid grid_of(int64_t width, int64_t frac)
{
  bf_quantizer quantizer = fixed_point(width, frac, false);
  bf_grid grid;
  assert_true(bf_quantizer_grid(&quantizer, &grid));
  return grid;
}

#endif
