/* Rows into tiles and out again.
 * Room: data. */
#include "data/tiles.h"

/* Rows into lanes of one tile. Column by column, so that its cache lines are written one after the
 * other, however many they are; the rows, whose lines are met once a column, stay in the cache. */
static void put_lanes(size_t lane, size_t n, size_t width, const float *rows, float *tile)
{
  for (size_t c = 0; c < width; c++)
    for (size_t r = 0; r < n; r++)
      tile[c * BF_TILE + lane + r] = rows[r * width + c];
}

void bf_tiles_put(size_t first, size_t n, size_t width, const float *rows, float *tiles)
{
  for (size_t r = 0; r < n;) {
    size_t lane = (first + r) % BF_TILE;
    size_t n_now = n - r < BF_TILE - lane ? n - r : BF_TILE - lane;
    put_lanes(lane, n_now, width, rows + r * width, tiles + (first + r - lane) * width);
    r += n_now;
  }
}

void bf_tiles_get(size_t first, size_t n, size_t width, const float *tiles, float *rows)
{
  for (size_t r = 0; r < n; r++)
    for (size_t c = 0; c < width; c++)
      rows[r * width + c] = tiles[bf_tile_place(width, first + r, c)];
}
