/* Tests of data/tiles: places of rows, and the way in and out.
 * Room: data. */
#include "unit.h"

#include "data/tiles.h"

enum { ROWS = 37, WIDTH = 3, VALUES = 48 * WIDTH };

static void tiles_hold_sixteen_rows_of_each_column(void **state)
{
  (void)state;
  assert_int_equal(bf_n_tiles(0), 0);
  assert_int_equal(bf_n_tiles(1), 1);
  assert_int_equal(bf_n_tiles(16), 1);
  assert_int_equal(bf_n_tiles(17), 2);
  assert_int_equal(bf_tile_place(3, 0, 0), 0);
  assert_int_equal(bf_tile_place(3, 15, 0), 15);
  assert_int_equal(bf_tile_place(3, 0, 1), 16);
  assert_int_equal(bf_tile_place(3, 16, 0), 48);
  assert_int_equal(bf_tile_place(3, 20, 2), 84);
}

static void rows_put_in_parts_come_out_as_they_were(void **state)
{
  (void)state;
  float rows[ROWS * WIDTH], tiles[VALUES], again[ROWS * WIDTH];
  for (size_t i = 0; i < VALUES; i++)
    tiles[i] = -1.0F;
  for (size_t i = 0; i < (size_t)ROWS * WIDTH; i++)
    rows[i] = (float)i;
  bf_tiles_put(0, 5, WIDTH, rows, tiles);
  bf_tiles_put(5, ROWS - 5, WIDTH, rows + (size_t)5 * WIDTH, tiles);
  bf_tiles_get(0, ROWS, WIDTH, tiles, again);
  assert_memory_equal(rows, again, sizeof rows);
  bf_tiles_get(7, 4, WIDTH, tiles, again);
  assert_memory_equal(rows + (size_t)7 * WIDTH, again, 4 * WIDTH * sizeof *rows);
  assert_true(tiles[bf_tile_place(WIDTH, ROWS, 0)] == -1.0F);
}

/* Tiles filled value by value where the header says that they are. */
static void put_one_by_one(size_t first, size_t n, const float *rows, float *tiles)
{
  for (size_t r = 0; r < n; r++)
    for (size_t c = 0; c < WIDTH; c++)
      tiles[bf_tile_place(WIDTH, first + r, c)] = rows[r * WIDTH + c];
}

static void rows_put_anywhere_touch_no_other_lane(void **state)
{
  (void)state;
  float rows[ROWS * WIDTH], tiles[VALUES], expected[VALUES];
  for (size_t i = 0; i < (size_t)ROWS * WIDTH; i++)
    rows[i] = (float)i;
  for (size_t first = 0; first < ROWS; first++)
    for (size_t n = 0; n <= ROWS - first; n++) {
      memset(tiles, 0, sizeof tiles);
      memset(expected, 0, sizeof expected);
      bf_tiles_put(first, n, WIDTH, rows, tiles);
      put_one_by_one(first, n, rows, expected);
      assert_memory_equal(tiles, expected, sizeof tiles);
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tiles_hold_sixteen_rows_of_each_column),
      cmocka_unit_test(rows_put_in_parts_come_out_as_they_were),
      cmocka_unit_test(rows_put_anywhere_touch_no_other_lane),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
