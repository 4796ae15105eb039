/* Linear on tiles: blocks of outputs by rows whose sums stay in registers.
 * Room: nn. Compiled once an ISA. */
#include "nn/tile_kernels.h"
#include "nn/tile_tail.h"

/* Registers hold the sums of OUTPUTS outputs for the rows of GROUP tiles: enough of them in flight
 * to hide the latency of a multiply-add, and few loads for each. */
enum { GROUP = BF_LANES == 16 ? 4 : 1, OUTPUTS = BF_COLUMNS };

/* Sums of n_outputs outputs from output o on, for the rows of n_tiles tiles from tile t on. */
INLINE void product_block(const bf_product *p, size_t t, size_t o, size_t n_tiles, size_t n_outputs)
{
  vec sum[GROUP * VECTORS][OUTPUTS];
  const float *x[GROUP];
  const float *weight[OUTPUTS];
  for (size_t g = 0; g < n_tiles; g++)
    x[g] = bf_slab_tile(&p->x, p->n_in, t + g);
  for (size_t j = 0; j < n_outputs; j++) {
    weight[j] = p->weight + (o + j) * p->out_step;
    vec start = splat(p->bias != NULL ? p->bias[o + j] : 0.0F);
    for (size_t v = 0; v < n_tiles * VECTORS; v++)
      sum[v][j] = start;
  }
  size_t in_step = p->in_step;
#pragma GCC unroll 2
  for (size_t i = 0, n_in = p->n_in; i < n_in; i++) {
    vec row[GROUP * VECTORS];
    for (size_t v = 0; v < n_tiles * VECTORS; v++)
      row[v] = load(x[v / VECTORS] + i * BF_TILE + v % VECTORS * LANES);
    for (size_t j = 0; j < n_outputs; j++) {
      vec w = splat(weight[j][i * in_step]);
      for (size_t v = 0; v < n_tiles * VECTORS; v++)
        sum[v][j] += w * row[v];
    }
  }
  p = unknown(p);
  for (size_t g = 0; g < n_tiles; g++) {
    size_t at = ((t + g) * p->n_out + o) * BF_TILE;
    if (p->gate != NULL)
      gate_block(p->gate + at, n_outputs, sum + g * VECTORS);
    finish_block(&p->tail, at, n_outputs, sum + g * VECTORS);
  }
}

/* The loops of a block are unrolled for each size. */
INLINE void product_tiles(const bf_product *p, size_t t, size_t o, size_t n_tiles, size_t n_outputs)
{
  switch (n_outputs) {
  case 1:
    product_block(p, t, o, n_tiles, 1);
    break;
  case 2:
    product_block(p, t, o, n_tiles, 2);
    break;
  case 3:
    product_block(p, t, o, n_tiles, 3);
    break;
#if BF_COLUMNS > 3
  case 4:
    product_block(p, t, o, n_tiles, 4);
    break;
  case 5:
    product_block(p, t, o, n_tiles, 5);
    break;
  default:
    product_block(p, t, o, n_tiles, 6);
    break;
#endif
  }
}

/* All outputs of n_tiles tiles, in blocks that differ by one output at most. */
INLINE void product_rows(const bf_product *p, size_t t, size_t n_tiles)
{
  size_t n_blocks = (p->n_out + OUTPUTS - 1) / OUTPUTS;
  size_t n_least = p->n_out / n_blocks, n_larger = p->n_out % n_blocks;
  for (; t + n_tiles <= p->n_tiles; t += n_tiles)
    for (size_t b = 0, o = 0; b < n_blocks; b++) {
      size_t n_outputs = n_least + (b < n_larger ? 1 : 0);
      product_tiles(p, t, o, n_tiles, n_outputs);
      o += n_outputs;
    }
}

void BF_OF_ISA(bf_tile_multiply)(const bf_product *p)
{
  product_rows(p, 0, GROUP);
  if (GROUP > 1)
    product_rows(p, p->n_tiles / GROUP * GROUP, 1);
}

/* Weight gradients: sums over rows for a block of inputs by outputs. */
enum { OUTER_INPUTS = 4, OUTER_OUTPUTS = BF_REGISTERS == 32 ? 6 : 3 };

/* Adds the totals of the block's sums to dw. */
INLINE void add_totals(const bf_outer *p, size_t o, size_t i, size_t n_outputs, size_t n_inputs,
                       vec sum[][OUTER_INPUTS])
{
  for (size_t j = 0; j < n_outputs; j++) {
    four all = totals(sum[j][0], sum[j][1], sum[j][2], sum[j][3]);
    float *dw = p->dw + (o + j) * p->n_in + i;
    if (n_inputs == OUTER_INPUTS)
      store_four(dw, load_four(dw) + all);
    else
      for (size_t k = 0; k < n_inputs; k++)
        dw[k] += all[k];
  }
}

INLINE void outer_block(const bf_outer *p, size_t o, size_t i, size_t n_outputs, size_t n_inputs)
{
  vec sum[OUTER_OUTPUTS][OUTER_INPUTS];
  for (size_t j = 0; j < n_outputs; j++)
    for (size_t k = 0; k < OUTER_INPUTS; k++)
      sum[j][k] = (vec){0};
  const float *dy = p->dy + o * BF_TILE;
  for (size_t t = 0; t < p->n_tiles; t++, dy += p->n_out * BF_TILE) {
    const float *x = bf_slab_tile(&p->x, p->n_in, t) + i * BF_TILE;
    for (size_t v = 0; v < VECTORS; v++) {
      vec slope[OUTER_OUTPUTS];
      for (size_t j = 0; j < n_outputs; j++)
        slope[j] = load(dy + j * BF_TILE + v * LANES);
      for (size_t k = 0; k < n_inputs; k++) {
        vec column = load(x + k * BF_TILE + v * LANES);
        for (size_t j = 0; j < n_outputs; j++)
          sum[j][k] += slope[j] * column;
      }
    }
  }
  add_totals(unknown(p), o, i, n_outputs, n_inputs, sum);
}

INLINE void outer_inputs(const bf_outer *p, size_t o, size_t n_outputs)
{
  size_t i = 0;
  for (; i + OUTER_INPUTS <= p->n_in; i += OUTER_INPUTS)
    outer_block(p, o, i, n_outputs, OUTER_INPUTS);
  switch (p->n_in - i) {
  case 1:
    outer_block(p, o, i, n_outputs, 1);
    break;
  case 2:
    outer_block(p, o, i, n_outputs, 2);
    break;
  case 3:
    outer_block(p, o, i, n_outputs, 3);
    break;
  default:
    break;
  }
}

/* Sums of dy for four outputs; the last of them may be repeated. */
INLINE four sum_slopes(const bf_outer *p, const float *const *dy)
{
  vec sum[4][VECTORS] = {{{0}}};
  for (size_t t = 0; t < p->n_tiles; t++)
    for (size_t j = 0; j < 4; j++)
      for (size_t v = 0; v < VECTORS; v++)
        sum[j][v] += load(dy[j] + t * p->n_out * BF_TILE + v * LANES);
  for (size_t j = 0; j < 4; j++)
    for (size_t v = 1; v < VECTORS; v++)
      sum[j][0] += sum[j][v];
  return totals(sum[0][0], sum[1][0], sum[2][0], sum[3][0]);
}

static void add_bias_gradient(const bf_outer *p)
{
  for (size_t o = 0; o < p->n_out; o += 4) {
    const float *dy[4];
    for (size_t j = 0; j < 4; j++)
      dy[j] = p->dy + (o + j < p->n_out ? o + j : p->n_out - 1) * BF_TILE;
    four all = sum_slopes(p, dy);
    for (size_t j = 0; j < 4 && o + j < p->n_out; j++)
      p->db[o + j] += all[j];
  }
}

void BF_OF_ISA(bf_tile_weight_gradient)(const bf_outer *p)
{
  size_t n_blocks = (p->n_out + OUTER_OUTPUTS - 1) / OUTER_OUTPUTS;
  for (size_t b = 0; b < n_blocks; b++) {
    size_t first = b * p->n_out / n_blocks;
    switch ((b + 1) * p->n_out / n_blocks - first) {
    case 1:
      outer_inputs(p, first, 1);
      break;
    case 2:
      outer_inputs(p, first, 2);
      break;
#if BF_REGISTERS == 32
    case 4:
      outer_inputs(p, first, 4);
      break;
    case 5:
      outer_inputs(p, first, 5);
      break;
    case 6:
      outer_inputs(p, first, 6);
      break;
#endif
    default:
      outer_inputs(p, first, 3);
      break;
    }
  }
  if (p->db != NULL)
    add_bias_gradient(p);
}
