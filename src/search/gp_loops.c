/* The inner loops of the Gaussian processes, compiled once an ISA.
 * Room: search. */
#include <float.h>
#include <math.h>

#include "search/gp_loops_table.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

#if defined(BF_GP_AVX2)
#define BF_LANES 8
#else
#define BF_LANES 4
#endif

/* A tile's row is V vectors. */
enum { LANES = BF_LANES, TILE = BF_GP_TILE, V = TILE / LANES };

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

/* a > b ? a : b, and a < b ? a : b: what the instructions do. */
INLINE vec larger(vec a, vec b)
{
#if defined(BF_GP_AVX2)
  return _mm256_max_ps(a, b);
#elif defined(__x86_64__)
  return _mm_max_ps(a, b);
#else
  mask m = a > b;
  return (vec)((m & (mask)a) | (~m & (mask)b));
#endif
}

INLINE vec smaller(vec a, vec b)
{
#if defined(BF_GP_AVX2)
  return _mm256_min_ps(a, b);
#elif defined(__x86_64__)
  return _mm_min_ps(a, b);
#else
  mask m = a < b;
  return (vec)((m & (mask)a) | (~m & (mask)b));
#endif
}

/* Halves are added to halves. */
INLINE float total(const vec x[V])
{
  float sums[TILE];
  memcpy(sums, x, sizeof sums);
  for (size_t half = TILE / 2; half > 0; half /= 2)
    for (size_t l = 0; l < half; l++)
      sums[l] += sums[l + half];
  return sums[0];
}

INLINE float maximum(const vec x[V])
{
  float all[TILE];
  memcpy(all, x, sizeof all);
  float best = all[0];
  for (size_t l = 1; l < TILE; l++)
    best = all[l] > best ? all[l] : best;
  return best;
}

static void blend(const bf_gp_blend *b, size_t from, size_t n, float *k)
{
  for (size_t at = from; at < n; at += TILE) {
    vec sum[V];
    vec square[V];
    vec product[V];
    for (size_t v = 0; v < V; v++) {
      sum[v] = square[v] = splat(0);
      product[v] = splat(1);
    }
    for (size_t a = 0; a < b->n_axes; a++) {
      for (size_t v = 0; v < V; v++) {
        vec x = load(b->rows[a] + at + v * LANES);
        sum[v] += x;
        square[v] += x * x;
        product[v] *= x;
      }
    }
    for (size_t v = 0; v < V; v++)
      store(k + at + v * LANES,
            b->mean * sum[v] + b->pair * (sum[v] * sum[v] - square[v]) + b->product * product[v]);
  }
}

/* e^x for -87 <= x <= 0: 2^n e^r by a Taylor polynomial of degree 7. */
INLINE vec exponential(vec x)
{
  const vec rounder = splat(0x1.8p23F);
  vec shifted = x * 1.44269504F + rounder;
  vec n = shifted - rounder;
  /* n ln 2 in two parts, the first exact. */
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
  vec sum[V] = {{0}};
  for (size_t i = 0; i < n; i += TILE)
    for (size_t v = 0; v < V; v++)
      sum[v] += load(a + i + v * LANES) * load(b + i + v * LANES);
  return total(sum);
}

static float largest(size_t n, const float *a)
{
  vec best[V];
  for (size_t v = 0; v < V; v++)
    best[v] = load(a + v * LANES);
  for (size_t i = TILE; i < n; i += TILE)
    for (size_t v = 0; v < V; v++)
      best[v] = larger(best[v], load(a + i + v * LANES));
  return maximum(best);
}

/*
 * Elimination goes over four rows of a tile at a time, x: first what the rows above take away, then
 * what the four take from each other. Row k takes u[k][row] times its own.
 */
enum { ROWS = 4 };

INLINE void load_rows(const float *from, vec x[ROWS][V])
{
  for (size_t i = 0; i < ROWS; i++)
    for (size_t v = 0; v < V; v++)
      x[i][v] = load(from + i * TILE + v * LANES);
}

INLINE void store_rows(float *to, vec x[ROWS][V])
{
  for (size_t i = 0; i < ROWS; i++)
    for (size_t v = 0; v < V; v++)
      store(to + i * TILE + v * LANES, x[i][v]);
}

/* Of the tile above the rows. */
INLINE void take_above(const bf_gp_factor *f, size_t row, const float *tile, vec x[ROWS][V])
{
  const float *u = bf_gp_factor_at(f, 0, row);
  for (size_t k = 0; k < row; k++)
    for (size_t v = 0; v < V; v++) {
      vec y = load(tile + k * TILE + v * LANES);
      for (size_t i = 0; i < ROWS; i++)
        x[i][v] -= u[k * TILE + i] * y;
    }
}

INLINE void take_each_other(const bf_gp_factor *f, size_t row, vec x[ROWS][V])
{
  for (size_t i = 0; i < ROWS; i++) {
    const float *u = bf_gp_factor_at(f, row + i, row);
    for (size_t v = 0; v < V; v++) {
      x[i][v] *= f->inverse[row + i];
      for (size_t j = i + 1; j < ROWS; j++)
        x[j][v] -= u[j] * x[i][v];
    }
  }
}

/* The same in the panel where the rows have their pivots. */
INLINE void take_pivots(bf_gp_factor *f, size_t row, vec x[ROWS][V])
{
  float *at = bf_gp_factor_at(f, row, row) - row % TILE;
  for (size_t i = 0; i < ROWS; i++) {
    const float *u = at + i * TILE + row % TILE;
    for (size_t v = 0; v < V; v++)
      store(at + i * TILE + v * LANES, x[i][v]);
    float pivot = u[i] > f->floor ? u[i] : f->floor;
    float inverse = 1 / sqrtf(pivot);
    f->inverse[row + i] = inverse;
    for (size_t v = 0; v < V; v++) {
      x[i][v] *= inverse;
      for (size_t j = i + 1; j < ROWS; j++)
        x[j][v] -= u[j] * inverse * x[i][v];
    }
  }
}

static void factor(bf_gp_factor *f)
{
  vec x[ROWS][V];
  for (size_t row = 0; row < f->n; row += ROWS) {
    for (size_t panel = row / TILE; panel * TILE < f->n; panel++) {
      float *tile = bf_gp_factor_at(f, 0, panel * TILE);
      load_rows(tile + row * TILE, x);
      take_above(f, row, tile, x);
      if (panel == row / TILE)
        take_pivots(f, row, x);
      else
        take_each_other(f, row, x);
      store_rows(tile + row * TILE, x);
    }
  }
}

static void lengths(const bf_gp_factor *f, float *tile, float *squares)
{
  vec x[ROWS][V];
  vec sum[V] = {{0}};
  for (size_t row = 0; row < f->n; row += ROWS) {
    load_rows(tile + row * TILE, x);
    take_above(f, row, tile, x);
    take_each_other(f, row, x);
    store_rows(tile + row * TILE, x);
    for (size_t i = 0; i < ROWS && row + i < f->n; i++)
      for (size_t v = 0; v < V; v++)
        sum[v] += x[i][v] * x[i][v];
  }
  for (size_t v = 0; v < V; v++)
    store(squares + v * LANES, sum[v]);
}

/* One column, a panel of its elements at a time. */
static void forward(const bf_gp_factor *f, const float *b, float *v)
{
  for (size_t first = 0; first < f->n; first += TILE) {
    const float *panel = bf_gp_factor_at(f, 0, first);
    vec x[V];
    for (size_t w = 0; w < V; w++)
      x[w] = load(b + first + w * LANES);
    for (size_t k = 0; k < first; k++)
      for (size_t w = 0; w < V; w++)
        x[w] -= v[k] * load(panel + k * TILE + w * LANES);
    _Alignas(64) float left[TILE];
    memcpy(left, x, sizeof left);
    for (size_t k = 0; k < TILE && first + k < f->n; k++) {
      v[first + k] = left[k] * f->inverse[first + k];
      for (size_t i = k + 1; i < TILE; i++)
        left[i] -= v[first + k] * panel[(first + k) * TILE + i];
    }
    for (size_t k = f->n; k < first + TILE; k++)
      v[k] = 0;
  }
}

/* From the last panel to the first; sums[k] is what the panels behind take from element k. */
static void backward(const bf_gp_factor *f, const float *b, float *v, float *sums)
{
  size_t n_panels = (f->n + TILE - 1) / TILE;
  memset(sums, 0, n_panels * TILE * TILE * sizeof *sums);
  for (size_t first = n_panels * TILE; first > 0;) {
    first -= TILE;
    const float *panel = bf_gp_factor_at(f, 0, first);
    for (size_t k = TILE; k-- > 0;) {
      const float *s = sums + (first + k) * TILE;
      float left = first + k < f->n ? b[first + k] : 0;
      vec x[V];
      memcpy(x, s, sizeof x);
      left -= total(x);
      for (size_t i = TILE - 1; i > k; i--)
        left -= panel[(first + k) * TILE + i] * v[first + i];
      v[first + k] = first + k < f->n ? left * f->inverse[first + k] : 0;
    }
    for (size_t k = 0; k < first; k++)
      for (size_t w = 0; w < V; w++)
        store(sums + k * TILE + w * LANES,
              load(sums + k * TILE + w * LANES) +
                  load(panel + k * TILE + w * LANES) * load(v + first + w * LANES));
  }
}

/* Inlined for each small number of targets. */
INLINE bf_gp_score score(const bf_gp_front *f, size_t n_targets, const float *means,
                         const float *sds)
{
  vec gain[V];
  vec slack[V];
  for (size_t v = 0; v < V; v++) {
    gain[v] = splat(0);
    slack[v] = splat(-FLT_MAX);
  }
  for (size_t e = 0; e < f->n_draws; e++) {
    const float *draw = f->draws + e * n_targets;
    for (size_t i = 0; i < f->n_directions; i += LANES) {
      vec s = splat(FLT_MAX);
      for (size_t m = 0; m < n_targets; m++) {
        float distance = f->reference - (means[m] + f->spread * sds[m] * draw[m]);
        s = smaller(s, distance * load(f->weights + m * BF_GP_DIRECTIONS + i));
      }
      vec side = larger(s, splat(0));
      vec volume = side;
      for (size_t m = 1; m < n_targets; m++)
        volume *= side;
      size_t v = i / LANES % V;
      gain[v] += larger(volume - load(f->volumes + i), splat(0));
      slack[v] = larger(slack[v], s - load(f->reached + i));
    }
  }
  return (bf_gp_score){.gain = total(gain), .slack = maximum(slack)};
}

static bf_gp_score gain(const bf_gp_front *f, const float *means, const float *sds)
{
  if (f->n_targets == 1)
    return score(f, 1, means, sds);
  if (f->n_targets == 2)
    return score(f, 2, means, sds);
  if (f->n_targets == 3)
    return score(f, 3, means, sds);
  return score(f, f->n_targets, means, sds);
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
