/* Feature-major tiles: how rows lie in memory for the kernels.
 * Room: data. */
#ifndef BF_DATA_TILES_H
#define BF_DATA_TILES_H

#include <stddef.h>
#include <stdint.h>

/*
 * A tile holds 16 rows of every column: tile[column][16]. Lanes of a vector register are then rows,
 * whatever the width of a layer, and nothing is ever transposed. 16 floats are one cache line, one
 * register of AVX-512, two of AVX2 and four of SSE: the layout is the same for every CPU.
 */
enum { BF_TILE = 16 };

/** Borrowed rows in tiles. */
typedef struct bf_tiles {
  size_t n;              /**< rows */
  size_t n_features;     /**< columns */
  const float *values;   /**< (tiles, n_features, 16), 64-byte aligned, standardised; lanes behind
                            the last row are zeros */
  const uint8_t *labels; /**< (tiles, 16), 0 .. n_classes - 1; 0 behind the last row */
} bf_tiles;

/** Tiles that hold @p n_rows rows. */
static inline size_t bf_n_tiles(size_t n_rows)
{
  return (n_rows + BF_TILE - 1) / BF_TILE;
}

/** Where a value is among the values of tiles of @p width columns. */
static inline size_t bf_tile_place(size_t width, size_t row, size_t column)
{
  return (row / BF_TILE * width + column) * BF_TILE + row % BF_TILE;
}

/** Copies row-major @p rows (n, width) into the rows from @p first on of @p tiles. */
void bf_tiles_put(size_t first, size_t n, size_t width, const float *rows, float *tiles);

/** Copies @p n rows from row @p first on out of @p tiles into row-major @p rows (n, width). */
void bf_tiles_get(size_t first, size_t n, size_t width, const float *tiles, float *rows);

#endif
