/* Tiles of a matrix whose values share something.
 * Room: quant. */
#include "quant/blocks.h"

#include <math.h>

#include "quant/powers.h"

typedef struct tiling {
  size_t n_rows, n_columns; /* of the matrix */
  size_t high, wide;        /* of a tile */
} tiling;

static size_t extent(int64_t given, size_t dimension)
{
  return given > 0 && (uint64_t)given < dimension ? (size_t)given : dimension;
}

static tiling tiling_of(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns)
{
  return (tiling){n_rows, n_columns, extent(quantizer->block.n_rows, n_rows),
                  extent(quantizer->block.n_columns, n_columns)};
}

/* A tile that is cut off where the matrix ends. */
typedef struct tile {
  size_t first; /* of its values in the matrix */
  size_t high, wide;
} tile;

static tile tile_at(const tiling *all, size_t row, size_t column)
{
  size_t rows_left = all->n_rows - row, columns_left = all->n_columns - column;
  return (tile){row * all->n_columns + column, rows_left < all->high ? rows_left : all->high,
                columns_left < all->wide ? columns_left : all->wide};
}

/* The bits of numbers without a sign are in the order of the numbers, with NaN above all. */
static float largest_of(const tiling *all, const tile *part, const float *x)
{
  int32_t largest = 0;
  for (size_t row = 0; row < part->high; row++) {
    const float *values = x + part->first + row * all->n_columns;
    for (size_t i = 0; i < part->wide; i++) {
      int32_t bits = bf_bits_of(fabsf(values[i]));
      largest = bits > largest ? bits : largest;
    }
  }
  return bf_float_of(largest);
}

/* What stands in for a largest value that is 0. */
static float least_scale(const tiling *all, const float *x)
{
  float least = 0.0F;
  for (size_t row = 0; row < all->n_rows; row += all->high)
    for (size_t column = 0; column < all->n_columns; column += all->wide) {
      tile part = tile_at(all, row, column);
      float largest = largest_of(all, &part, x);
      if (isnan(largest))
        return largest;
      if (largest > 0.0F && (least == 0.0F || largest < least))
        least = largest;
    }
  return least > 0.0F ? least : 1.0F;
}

static void apply_nan(const void *shared, size_t n, const float *x, float *y)
{
  (void)shared;
  (void)x;
  for (size_t i = 0; i < n; i++)
    y[i] = (float)NAN;
}

void bf_blocks_apply(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns, const float *x,
                     float *y, const bf_block_kernel *kernel)
{
  const tiling all = tiling_of(quantizer, n_rows, n_columns);
  if (n_rows == 0 || n_columns == 0)
    return;
  /* Before anything is written, since y may be x. */
  bool is_one = all.high == n_rows && all.wide == n_columns;
  float least = is_one ? 1.0F : least_scale(&all, x);
  for (size_t row = 0; row < n_rows; row += all.high)
    for (size_t column = 0; column < n_columns; column += all.wide) {
      tile part = tile_at(&all, row, column);
      float largest = largest_of(&all, &part, x);
      float scale = largest != 0.0F ? largest : least;
      if (!isnan(scale))
        kernel->prepare(quantizer, scale, kernel->shared);
      for (size_t i = 0; i < part.high; i++) {
        size_t at = part.first + i * n_columns;
        (isnan(scale) ? apply_nan : kernel->apply)(kernel->shared, part.wide, x + at, y + at);
      }
    }
}

int64_t bf_blocks_count(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns)
{
  const tiling all = tiling_of(quantizer, n_rows, n_columns);
  if (n_rows == 0 || n_columns == 0)
    return 0;
  return (int64_t)((n_rows + all.high - 1) / all.high) *
         (int64_t)((n_columns + all.wide - 1) / all.wide);
}
