/* Element-wise layers and BatchNorm on tiles.
 * Room: nn. Compiled once an ISA. */
#include "nn/tile_kernels.h"
#include "nn/tile_tail.h"

INLINE void affine_block(const bf_affine *p, size_t t, size_t c, size_t n_columns)
{
  vec block[VECTORS][COLUMNS];
  const float *x = bf_slab_tile(&p->x, p->width, t) + c * BF_TILE;
  for (size_t j = 0; j < n_columns; j++)
    for (size_t v = 0; v < VECTORS; v++)
      block[v][j] = load(x + j * BF_TILE + v * LANES);
  if (p->scale != NULL)
    for (size_t j = 0; j < n_columns; j++) {
      vec scale = splat(p->scale[c + j]), shift = splat(p->shift[c + j]);
      for (size_t v = 0; v < VECTORS; v++)
        block[v][j] = block[v][j] * scale + shift;
    }
  size_t at = (t * p->width + c) * BF_TILE;
  if (p->gate != NULL)
    gate_block(p->gate + at, n_columns, block);
  finish_block(&p->tail, at, n_columns, block);
}

void BF_OF_ISA(bf_tile_affine)(const bf_affine *p)
{
  enum { STEP = 3 };
  const bf_affine own = *p; /* which no store can change */
  for (size_t t = 0; t < own.n_tiles; t++) {
    size_t c = 0;
    for (; c + STEP <= own.width; c += STEP)
      affine_block(&own, t, c, STEP);
    for (; c < own.width; c++)
      affine_block(&own, t, c, 1);
  }
}

enum { MOMENT_COLUMNS = 2 };

INLINE void moments_block(const bf_moments *p, size_t c, size_t n_columns)
{
  vec sums[MOMENT_COLUMNS][VECTORS] = {0}, squares[MOMENT_COLUMNS][VECTORS] = {0};
  vec shift[MOMENT_COLUMNS];
  for (size_t j = 0; j < n_columns; j++)
    shift[j] = splat(p->shift[c + j]);
  for (size_t t = 0; t < p->span.n_tiles; t++) {
    const float *x = bf_slab_tile(&p->x, p->width, t) + c * BF_TILE;
    uint32_t bits = bf_span_lanes(&p->span, t);
    for (size_t j = 0; j < n_columns; j++)
      for (size_t v = 0; v < VECTORS; v++) {
        vec distance = load(x + j * BF_TILE + v * LANES) - shift[j];
        if (bits != BF_ALL_LANES)
          distance = keep(row_lanes(bits, v), distance);
        sums[j][v] += distance;
        squares[j][v] += distance * distance;
      }
  }
  for (size_t j = 0; j < n_columns; j++)
    for (size_t v = 0; v < VECTORS; v++) {
      four all = totals(sums[j][v], squares[j][v], sums[j][v], squares[j][v]);
      p->sum[c + j] += (double)all[0];
      p->square[c + j] += (double)all[1];
    }
}

void BF_OF_ISA(bf_tile_moments)(const bf_moments *p)
{
  size_t c = 0;
  for (; c + MOMENT_COLUMNS <= p->width; c += MOMENT_COLUMNS)
    moments_block(p, c, MOMENT_COLUMNS);
  for (; c < p->width; c++)
    moments_block(p, c, 1);
}

INLINE void norm_block(const bf_norm *p, size_t c, size_t n_columns)
{
  enum { MOST = 2 };
  vec slopes[MOST][VECTORS] = {0}, products[MOST][VECTORS] = {0}, mean[MOST];
  for (size_t j = 0; j < n_columns; j++)
    mean[j] = splat(p->mean[c + j]);
  for (size_t t = 0; t < p->span.n_tiles; t++) {
    const float *x = bf_slab_tile(&p->x, p->width, t) + c * BF_TILE;
    const float *dy = p->dy + (t * p->width + c) * BF_TILE;
    for (size_t j = 0; j < n_columns; j++)
      for (size_t v = 0; v < VECTORS; v++) {
        vec slope = load(dy + j * BF_TILE + v * LANES);
        slopes[j][v] += slope;
        products[j][v] += slope * (load(x + j * BF_TILE + v * LANES) - mean[j]);
      }
  }
  for (size_t j = 0; j < n_columns; j++)
    for (size_t v = 0; v < VECTORS; v++) {
      four all = totals(slopes[j][v], products[j][v], slopes[j][v], products[j][v]);
      p->dy_sum[c + j] += (double)all[0];
      p->product_sum[c + j] += (double)all[1] * (double)p->inverse[c + j];
    }
}

void BF_OF_ISA(bf_tile_norm_gradient)(const bf_norm *p)
{
  size_t c = 0;
  for (; c + 2 <= p->width; c += 2)
    norm_block(p, c, 2);
  for (; c < p->width; c++)
    norm_block(p, c, 1);
}

void BF_OF_ISA(bf_tile_norm_input_gradient)(const bf_norm_input *p)
{
  const bf_norm_input own = *p;
  for (size_t t = 0; t < own.span.n_tiles; t++) {
    const float *x = bf_slab_tile(&own.x, own.width, t);
    uint32_t bits = bf_span_lanes(&own.span, t);
    for (size_t c = 0; c < own.width; c++) {
      vec a = splat(own.a[c]), b = splat(own.b[c]), shift = splat(own.c[c]);
      for (size_t v = 0; v < VECTORS; v++) {
        size_t in = c * BF_TILE + v * LANES, at = t * own.width * BF_TILE + in;
        vec dx = load(own.dy + at) * a + (load(x + in) * b + shift);
        if (own.gate != NULL)
          dx = keep(load(own.gate + at) > (vec){0}, dx);
        if (bits != BF_ALL_LANES)
          dx = keep(row_lanes(bits, v), dx);
        store(own.dx + at, dx);
      }
    }
  }
}
