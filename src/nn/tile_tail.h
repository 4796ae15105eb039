/* What follows a layer, on a block of columns in registers.
 * Room: nn, private. */
#ifndef BF_NN_TILE_TAIL_H
#define BF_NN_TILE_TAIL_H

#include "nn/kernels_table.h"
#include "nn/vector.h"

/** Most columns of a block. */
enum { COLUMNS = BF_COLUMNS };

/* The order of the operands keeps NaN. */
INLINE void round_block(const bf_grid *grid, size_t n_columns, vec block[][COLUMNS])
{
  const vec lo = splat(grid->lo), hi = splat(grid->hi), magic = splat(grid->magic);
  for (size_t j = 0; j < n_columns; j++)
    for (size_t v = 0; v < VECTORS; v++)
      block[v][j] = (smaller(hi, larger(lo, block[v][j])) + magic) - magic;
}

INLINE void rectify_block(size_t n_columns, vec block[][COLUMNS])
{
  for (size_t j = 0; j < n_columns; j++)
    for (size_t v = 0; v < VECTORS; v++)
      block[v][j] = larger((vec){0}, block[v][j]);
}

INLINE void store_block(float *to, size_t n_columns, vec block[][COLUMNS])
{
  for (size_t j = 0; j < n_columns; j++)
    for (size_t v = 0; v < VECTORS; v++)
      store(to + j * BF_TILE + v * LANES, block[v][j]);
}

/* Zeros where the gate is not above 0. */
INLINE void gate_block(const float *gate, size_t n_columns, vec block[][COLUMNS])
{
  for (size_t j = 0; j < n_columns; j++)
    for (size_t v = 0; v < VECTORS; v++)
      block[v][j] = keep(load(gate + j * BF_TILE + v * LANES) > (vec){0}, block[v][j]);
}

/* Finishes the columns of one tile that start at place `at` of the output. The flags are looked at
 * once a block, so that the constants need registers only where they are used. */
INLINE void finish_block(const bf_tail *tail, size_t at, size_t n_columns, vec block[][COLUMNS])
{
  if (tail->has_relu_grid)
    round_block(&tail->relu_grid, n_columns, block);
  if (tail->has_relu)
    rectify_block(n_columns, block);
  if (tail->y != NULL)
    store_block(tail->y + at, n_columns, block);
  if (tail->q == NULL)
    return;
  if (tail->has_grid)
    round_block(&tail->grid, n_columns, block);
  store_block(tail->q + at, n_columns, block);
}

#endif
