/* The inner loops of the Gaussian processes, compiled once an ISA.
 * Room: search. */
#include "search/gp_loops_table.h"

#include <float.h>
#include <math.h>

#if defined(__AVX__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

enum { LANES = BF_GP_LANES, TILE = BF_GP_TILE, BLOCK = 4 };

typedef float vec __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t mask __attribute__((vector_size(LANES * sizeof(int32_t))));

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

/* a > b ? a : b, as the instruction has it. */
INLINE vec larger(vec a, vec b)
{
#if defined(__AVX__)
  return _mm256_max_ps(a, b);
#else
  mask m = a > b;
  return (vec)((m & (mask)a) | (~m & (mask)b));
#endif
}

INLINE vec smaller(vec a, vec b)
{
#if defined(__AVX__)
  return _mm256_min_ps(a, b);
#else
  mask m = a < b;
  return (vec)((m & (mask)a) | (~m & (mask)b));
#endif
}

INLINE float total(vec x)
{
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

INLINE float maximum(vec x)
{
  float best = x[0];
  for (size_t l = 1; l < LANES; l++)
    best = x[l] > best ? x[l] : best;
  return best;
}

/* Columns at .. at + n_vectors * LANES of the blend. */
INLINE void blend_block(const bf_gp_blend *b, size_t at, size_t n_vectors, float *k)
{
  vec sum[BLOCK], square[BLOCK], product[BLOCK];
  for (size_t v = 0; v < n_vectors; v++) {
    sum[v] = square[v] = splat(0);
    product[v] = splat(1);
  }
  for (size_t a = 0; a < b->n_axes; a++) {
    const float *row = b->rows[a] + at;
    for (size_t v = 0; v < n_vectors; v++) {
      vec x = load(row + v * LANES);
      sum[v] += x;
      square[v] += x * x;
      product[v] *= x;
    }
  }
  for (size_t v = 0; v < n_vectors; v++)
    store(k + at + v * LANES,
          b->mean * sum[v] + b->pair * (sum[v] * sum[v] - square[v]) + b->product * product[v]);
}

static void blend(const bf_gp_blend *b, size_t from, size_t n, float *k)
{
  size_t at = from;
  for (; at + BLOCK * LANES <= n; at += BLOCK * LANES)
    blend_block(b, at, BLOCK, k);
  for (; at < n; at += LANES)
    blend_block(b, at, 1, k);
}

/* e^x for -87 <= x <= 0: 2^n e^r by a Taylor polynomial of degree 7. */
INLINE vec exponential(vec x)
{
  const vec rounder = splat(0x1.8p23F);
  vec shifted = x * 1.44269504F + rounder;
  vec n = shifted - rounder;
  vec r = (x - n * 0x1.62e4p-1F) - n * 0x1.7f7d1cp-20F;
  vec sum = splat(1 / 5040.0F);
  sum = sum * r + 1 / 720.0F;
  sum = sum * r + 1 / 120.0F;
  sum = sum * r + 1 / 24.0F;
  sum = sum * r + 1 / 6.0F;
  sum = sum * r + 0.5F;
  sum = sum * r + 1.0F;
  sum = sum * r + 1.0F;
  /* The low bits of the shifted number are n; added to the exponent, they multiply by 2^n. */
  return (vec)((mask)sum + ((mask)shifted << 23));
}

static void matern(size_t n, const float *places, float place, float scale, float *k)
{
  for (size_t i = 0; i < n; i += LANES) {
    vec step = load(places + i) - place;
    vec s = smaller(larger(step, -step) * scale, splat(80));
    store(k + i, (s + 1.0F) * exponential(-s));
  }
}

static void match(size_t n, const uint32_t *levels, uint32_t level, float other, float *k)
{
  const mask ones = (mask)splat(1);
  const mask others = (mask)splat(other);
  for (size_t i = 0; i < n; i += LANES) {
    mask same = *(const mask *)(const void *)(levels + i) == (int32_t)level;
    store(k + i, (vec)((same & ones) | (~same & others)));
  }
}

static float dot(size_t n, const float *a, const float *b)
{
  vec sum = splat(0);
  for (size_t i = 0; i < n; i += LANES)
    sum += load(a + i) * load(b + i);
  return total(sum);
}

static float largest(size_t n, const float *a)
{
  vec best = load(a);
  for (size_t i = LANES; i < n; i += LANES)
    best = larger(best, load(a + i));
  return maximum(best);
}

/*
 * Elimination goes over four rows and two vectors of columns at a time, x: first what the rows
 * above take away, then what the four take from each other. Row k takes u[k][row] * x_k.
 */

enum { ROWS = 4, WIDTH = 2 };

INLINE void take_away(const bf_gp_factor *f, size_t row, const float *above, size_t step,
                      vec x[ROWS][WIDTH])
{
  for (size_t k = 0; k < row; k++) {
    const float *u = f->u + k * f->stride + row;
    vec y0 = load(above + k * step);
    vec y1 = load(above + k * step + LANES);
    for (size_t i = 0; i < ROWS; i++) {
      x[i][0] -= u[i] * y0;
      x[i][1] -= u[i] * y1;
    }
  }
}

INLINE void settle(const bf_gp_factor *f, size_t row, vec x[ROWS][WIDTH])
{
  for (size_t i = 0; i < ROWS; i++) {
    const float *u = f->u + (row + i) * f->stride + row;
    for (size_t v = 0; v < WIDTH; v++)
      x[i][v] *= f->inverse[row + i];
    for (size_t j = i + 1; j < ROWS; j++)
      for (size_t v = 0; v < WIDTH; v++)
        x[j][v] -= u[j] * x[i][v];
  }
}

/* As settle(), but the pivots are among the columns: the first vector has them from `lane` on. */
INLINE void settle_pivots(bf_gp_factor *f, size_t row, size_t lane, vec x[ROWS][WIDTH])
{
  for (size_t i = 0; i < ROWS; i++) {
    float pivot = x[i][0][lane + i];
    pivot = pivot > f->floor ? pivot : f->floor;
    f->inverse[row + i] = 1 / sqrtf(pivot);
    for (size_t v = 0; v < WIDTH; v++)
      x[i][v] *= f->inverse[row + i];
    for (size_t j = i + 1; j < ROWS; j++) {
      float u = x[i][0][lane + j];
      for (size_t v = 0; v < WIDTH; v++)
        x[j][v] -= u * x[i][v];
    }
  }
}

INLINE void load_tile(const float *from, size_t step, vec x[ROWS][WIDTH])
{
  for (size_t i = 0; i < ROWS; i++)
    for (size_t v = 0; v < WIDTH; v++)
      x[i][v] = load(from + i * step + v * LANES);
}

INLINE void store_tile(float *to, size_t step, vec x[ROWS][WIDTH])
{
  for (size_t i = 0; i < ROWS; i++)
    for (size_t v = 0; v < WIDTH; v++)
      store(to + i * step + v * LANES, x[i][v]);
}

static void factor(bf_gp_factor *f)
{
  vec x[ROWS][WIDTH];
  for (size_t row = 0; row < f->n; row += ROWS) {
    size_t lane = row % LANES;
    for (size_t column = row - lane; column < f->n; column += WIDTH * LANES) {
      float *at = f->u + row * f->stride + column;
      load_tile(at, f->stride, x);
      take_away(f, row, f->u + column, f->stride, x);
      if (column <= row)
        settle_pivots(f, row, lane, x);
      else
        settle(f, row, x);
      store_tile(at, f->stride, x);
    }
  }
}

static void forward(const bf_gp_factor *f, float *b, float *v)
{
  for (size_t k = 0; k < f->n; k++) {
    const float *u = f->u + k * f->stride;
    v[k] = b[k] * f->inverse[k];
    for (size_t i = (k + 1) / LANES * LANES; i < f->n; i += LANES)
      store(b + i, load(b + i) - v[k] * load(u + i));
  }
}

/* The lanes up to and with the diagonal are no part of the row. */
static void backward(const bf_gp_factor *f, const float *b, float *v)
{
  for (size_t i = f->n; i < f->stride; i++)
    v[i] = 0;
  for (size_t k = f->n; k-- > 0;) {
    const float *u = f->u + k * f->stride;
    size_t i = k / LANES * LANES;
    for (size_t j = i; j <= k; j++)
      v[j] = 0;
    vec sum = splat(0);
    for (; i < f->n; i += LANES)
      sum += load(u + i) * load(v + i);
    v[k] = (b[k] - total(sum)) * f->inverse[k];
  }
}

static void lengths(const bf_gp_factor *f, float *tile, float *squares)
{
  vec x[ROWS][WIDTH];
  vec sum[WIDTH] = {splat(0), splat(0)};
  for (size_t row = 0; row < f->n; row += ROWS) {
    load_tile(tile + row * TILE, TILE, x);
    take_away(f, row, tile, TILE, x);
    settle(f, row, x);
    store_tile(tile + row * TILE, TILE, x);
    for (size_t i = 0; i < ROWS && row + i < f->n; i++)
      for (size_t v = 0; v < WIDTH; v++)
        sum[v] += x[i][v] * x[i][v];
  }
  for (size_t v = 0; v < WIDTH; v++)
    store(squares + v * LANES, sum[v]);
}

/* The gain of one candidate; inlined for each small number of targets. */
INLINE bf_gp_score score(const bf_gp_front *f, size_t n_targets, const float *mean, const float *sd)
{
  vec gain = splat(0), slack = splat(-FLT_MAX);
  for (size_t e = 0; e < f->n_draws; e++) {
    const float *draw = f->draws + e * n_targets;
    for (size_t i = 0; i < BF_GP_DIRECTIONS; i += LANES) {
      vec s = splat(FLT_MAX);
      for (size_t m = 0; m < n_targets; m++) {
        float distance = f->reference - (mean[m] + f->spread * sd[m] * draw[m]);
        s = smaller(s, distance * load(f->weights + m * BF_GP_DIRECTIONS + i));
      }
      vec side = larger(s, splat(0));
      vec volume = side;
      for (size_t m = 1; m < n_targets; m++)
        volume *= side;
      gain += larger(volume - load(f->volumes + i), splat(0));
      slack = larger(slack, s - load(f->reached + i));
    }
  }
  return (bf_gp_score){.gain = total(gain), .slack = maximum(slack)};
}

INLINE void score_all(const bf_gp_front *f, size_t n_targets, size_t n, const float *means,
                      const float *sds, bf_gp_score *scores)
{
  for (size_t i = 0; i < n; i++)
    scores[i] = score(f, n_targets, means + i * n_targets, sds + i * n_targets);
}

static void gain(const bf_gp_front *f, size_t n, const float *means, const float *sds,
                 bf_gp_score *scores)
{
  if (f->n_targets == 1)
    score_all(f, 1, n, means, sds, scores);
  else if (f->n_targets == 2)
    score_all(f, 2, n, means, sds, scores);
  else if (f->n_targets == 3)
    score_all(f, 3, n, means, sds, scores);
  else
    score_all(f, f->n_targets, n, means, sds, scores);
}

const bf_gp_loops BF_GP_LOOPS = {.blend = blend,
                                 .matern = matern,
                                 .match = match,
                                 .dot = dot,
                                 .largest = largest,
                                 .factor = factor,
                                 .forward = forward,
                                 .backward = backward,
                                 .lengths = lengths,
                                 .gain = gain};
