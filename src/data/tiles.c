/* Rows into tiles and out again.
 * Room: data. */
#include "data/tiles.h"

void bf_tiles_put(size_t first, size_t n, size_t width, const float *rows, float *tiles)
{
  for (size_t r = 0; r < n; r++)
    for (size_t c = 0; c < width; c++)
      tiles[bf_tile_place(width, first + r, c)] = rows[r * width + c];
}

void bf_tiles_get(size_t first, size_t n, size_t width, const float *tiles, float *rows)
{
  for (size_t r = 0; r < n; r++)
    for (size_t c = 0; c < width; c++)
      rows[r * width + c] = tiles[bf_tile_place(width, first + r, c)];
}
