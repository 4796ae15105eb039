/* The body of every packed kernel. The file that includes it has defined what one instruction set
 * does its own way: `words` (a register of 32-bit lanes), `partials` (a register of sums), CODES (a
 * word), VECTORS (a tile), multiply_add() and widen(). Room: quant, private. */
#ifndef BF_QUANT_PACKED_LOOPS_H
#define BF_QUANT_PACKED_LOOPS_H

#include <math.h>
#include <string.h>

#include "quant/packed_kernel.h"

typedef float floats __attribute__((vector_size(sizeof(words)), may_alias));
typedef int32_t integers __attribute__((vector_size(sizeof(words))));

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Eight sums at a time hide the latency of a multiplication and leave registers for operands. */
enum { TILE = BF_PACKED_TILE, SUMS = 8, OUTPUTS = SUMS / VECTORS, CODE_BITS = 32 / CODES };

/*
 * One word of every row from CODES columns. The bits of the rounded floats are added up as they
 * are: what is in them beside the codes is the same for all rows and taken off as `excess`, no lane
 * needs masking. Clamped first, since bounds are integers, and in a form in which NaN stays NaN:
 * only NaN then sets all bits of the exponent in `seen`.
 */
ALWAYS_INLINE void pack_word(const bf_packed_linear *packed, const float *restrict x,
                             uint32_t *restrict word, uint32_t *restrict seen)
{
  const float lo = packed->lo, hi = packed->hi, scale = packed->scale;
  const uint32_t excess = packed->excess;
  for (size_t lane = 0; lane < TILE; lane++) {
    uint32_t sum = 0U - excess, all = seen[lane];
    for (size_t c = 0; c < CODES; c++) {
      float value = x[c * TILE + lane];
      float raised = value < lo ? lo : value;
      float rounded = (raised > hi ? hi : raised) * scale + BF_PACKED_MAGIC;
      uint32_t bits;
      memcpy(&bits, &rounded, sizeof bits);
      sum += bits << (c * CODE_BITS);
      all |= bits;
    }
    word[lane] = sum;
    seen[lane] = all;
  }
}

/* Packs a tile. Lanes of `unit` are what sums of that row are multiplied with: the step, or NaN. */
ALWAYS_INLINE void pack(const bf_packed_linear *packed, const float *x, floats *unit)
{
  words seen[VECTORS] = {0};
  size_t n_full = packed->n_in / CODES, n_left = packed->n_in % CODES;
  for (size_t i = 0; i < n_full; i++)
    pack_word(packed, x + i * CODES * TILE, packed->words + i * TILE, (uint32_t *)seen);
  if (n_left > 0) {
    float last[CODES * TILE] = {0};
    memcpy(last, x + n_full * CODES * TILE, n_left * TILE * sizeof *x);
    pack_word(packed, last, packed->words + n_full * TILE, (uint32_t *)seen);
  }
  for (size_t v = 0; v < VECTORS; v++) {
    floats size = (floats)(seen[v] & 0x7F800000U); /* infinite where there was a NaN */
    unit[v] = packed->step + (size - size);
  }
}

/* Adds the products of words first .. last - 1 of `n` outputs. */
ALWAYS_INLINE void add_run(const bf_packed_linear *packed, size_t output, size_t n, size_t first,
                           size_t last, partials partial[][VECTORS])
{
  const uint32_t *weights = packed->weights + output * packed->n_words;
  for (size_t i = first; i < last; i++) {
    const words *x = (const words *)(const void *)(packed->words + i * TILE);
    for (size_t o = 0; o < n; o++) {
      words weight = (words){0} + weights[o * packed->n_words + i];
      for (size_t v = 0; v < VECTORS; v++)
        partial[o][v] = multiply_add(partial[o][v], x[v], weight);
    }
  }
}

/* The sums of `n` outputs, a constant, from `output` on. */
ALWAYS_INLINE void add_words(const bf_packed_linear *packed, size_t output, size_t n,
                             words sum[][VECTORS])
{
  /* Known here where there is no narrow sum: one run, and no loop is left of this one. */
  const size_t n_words = packed->n_words, max_run = HAS_NARROW_SUM ? packed->max_run : n_words;
  size_t first = 0;
  do {
    partials partial[OUTPUTS][VECTORS] = {0};
    size_t last = n_words - first < max_run ? n_words : first + max_run;
    add_run(packed, output, n, first, last, partial);
    for (size_t o = 0; o < n; o++)
      for (size_t v = 0; v < VECTORS; v++)
        sum[o][v] += widen(partial[o][v]);
    first = last;
  } while (first < n_words);
}

ALWAYS_INLINE void run_outputs(const bf_packed_linear *packed, size_t output, size_t n,
                               const floats *unit, float *y)
{
  words sum[OUTPUTS][VECTORS] = {0};
  add_words(packed, output, n, sum);
  for (size_t o = 0; o < n; o++) {
    const words start = (words){0} + (uint32_t)packed->start[output + o];
    const floats bias = (floats){0} + packed->bias[output + o];
    floats *to = (floats *)(void *)(y + (output + o) * TILE);
    for (size_t v = 0; v < VECTORS; v++) {
      integers whole = (integers)(sum[o][v] + start);
      floats value = __builtin_convertvector(whole, floats) * unit[v] + bias;
      to[v] = (floats)((words)value & ~(words)(value < packed->floor));
    }
  }
}

static void run(bf_packed_linear *packed, size_t n_tiles, const float *x, float *y)
{
  /* A copy, which stores through y and words cannot change. */
  const bf_packed_linear layer = *packed;
  for (size_t t = 0; t < n_tiles; t++) {
    floats unit[VECTORS];
    size_t output = 0;
    pack(&layer, x, unit);
    for (; output + OUTPUTS <= layer.n_out; output += OUTPUTS)
      run_outputs(&layer, output, OUTPUTS, unit, y);
    for (; output < layer.n_out; output++)
      run_outputs(&layer, output, 1, unit, y);
    x += layer.n_in * TILE;
    y += layer.n_out * TILE;
  }
}

#endif
