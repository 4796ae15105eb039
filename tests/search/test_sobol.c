/* Tests of search/sobol.h: SciPy's points, and the laws of nets for scrambled and shuffled ones.
 * Room: search. */
#include "unit.h"

#include <stdbool.h>

#include "base/file.h"
#include "base/json.h"
#include "search/sobol.h"

static void points_are_those_of_scipy(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_json *golden = NULL;
  assert_ok(bf_file_read(BF_GOLDEN "/qmc.json", &text));
  assert_ok(bf_json_parse(bf_text_view(&text), "qmc.json", &golden));
  const bf_json *points = bf_json_get(golden, "sobol");
  assert_true(bf_json_size(points) > 20);
  for (size_t d = 0; d < BF_SOBOL_DIMENSIONS; d++) {
    bf_sobol sobol = bf_sobol_of(d);
    for (size_t i = 0; i < bf_json_size(points); i++) {
      double number = 0;
      double expected = 0;
      const bf_json *point = bf_json_at(points, i);
      assert_ok(bf_json_double(bf_json_get(point, "number"), &number));
      assert_ok(bf_json_double(bf_json_at(bf_json_get(point, "point"), d), &expected));
      assert_true(bf_sobol_at(&sobol, (uint32_t)number) == expected * 4);
    }
  }
  bf_json_free(golden);
  bf_text_release(&text);
}

static bf_sobol scrambled(size_t dimension, uint64_t seed)
{
  bf_sobol sobol = bf_sobol_of(dimension);
  bf_random random = bf_random_stream(seed, BF_PURPOSE_SCRAMBLE, dimension);
  bf_sobol_scramble(&random, &sobol);
  return sobol;
}

/* Every block of 2^m points has one point in each of 2^m intervals. */
static void assert_fills_intervals(const bf_sobol *sobol, uint32_t first, unsigned m)
{
  bool is_hit[1 << 10] = {false};
  for (uint32_t k = 0; k < 1U << m; k++) {
    size_t interval = bf_sobol_at(sobol, first + k) >> (32 - m);
    assert_false(is_hit[interval]);
    is_hit[interval] = true;
  }
}

static void every_coordinate_fills_intervals(void **state)
{
  (void)state;
  for (size_t d = 0; d < BF_SOBOL_DIMENSIONS; d++)
    for (unsigned m = 1; m <= 10; m++) {
      bf_sobol plain = bf_sobol_of(d);
      bf_sobol other = scrambled(d, d + m);
      assert_fills_intervals(&plain, 3U << m, m);
      assert_fills_intervals(&other, 0, m);
      assert_fills_intervals(&other, 5U << m, m);
    }
}

/* Whether blocks of 2^m points have 2^(m - a - b) points in each box of 2^-a by 2^-b. */
static bool fills_boxes(const bf_sobol *x, const bf_sobol *y, unsigned m, unsigned t)
{
  for (unsigned a = 0; a + t <= m; a++) {
    unsigned b = m - t - a;
    unsigned count[1 << 8] = {0};
    for (uint32_t k = 0; k < 1U << m; k++) {
      uint64_t left = (uint64_t)bf_sobol_at(x, k) >> (32 - a);
      uint64_t low = (uint64_t)bf_sobol_at(y, k) >> (32 - b);
      count[left << b | low]++;
    }
    for (size_t box = 0; box < 1U << (m - t); box++)
      if (count[box] != 1U << t)
        return false;
  }
  return true;
}

/* The first two dimensions are a (0, m, 2)-net; a scramble must leave it one. */
static void two_dimensions_fill_boxes(void **state)
{
  (void)state;
  bf_sobol first = bf_sobol_of(0);
  bf_sobol second = bf_sobol_of(1);
  bf_sobol third = bf_sobol_of(2);
  for (unsigned m = 1; m <= 8; m++)
    assert_true(fills_boxes(&first, &second, m, 0));
  assert_false(fills_boxes(&second, &third, 6, 0));
  assert_true(fills_boxes(&second, &third, 6, 1));
  for (uint64_t seed = 0; seed < 20; seed++) {
    first = scrambled(0, seed);
    second = scrambled(1, seed);
    third = scrambled(2, seed);
    for (unsigned m = 1; m <= 8; m++)
      assert_true(fills_boxes(&first, &second, m, 0));
    assert_true(fills_boxes(&second, &third, 6, 1));
  }
}

/* Chi-square of 16 cells for one point over many seeds, 15 degrees of freedom, 99.9 % quantile
 * 37.70; and for pairs of points, which must be as good as independent in their low bits. */
static void scrambled_points_are_uniform(void **state)
{
  (void)state;
  enum { N = 4000 };
  static const uint32_t numbers[] = {0, 1, 13, 1000};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    size_t high[16] = {0};
    size_t low[16] = {0};
    double high_square = 0;
    double low_square = 0;
    for (uint64_t seed = 0; seed < N; seed++) {
      bf_sobol sobol = scrambled(5, seed);
      uint32_t x = bf_sobol_at(&sobol, numbers[i]);
      high[x >> 28]++;
      low[(x ^ bf_sobol_at(&sobol, 7)) >> 4 & 15]++;
    }
    for (size_t cell = 0; cell < 16; cell++) {
      high_square += (double)((high[cell] - N / 16) * (high[cell] - N / 16)) / (N / 16.0);
      low_square += (double)((low[cell] - N / 16) * (low[cell] - N / 16)) / (N / 16.0);
    }
    assert_true(high_square < 37.70);
    assert_true(low_square < 37.70);
  }
}

/* Aligned blocks go to aligned blocks, one to one; keys give different orders. */
static void shuffle_takes_blocks_to_blocks(void **state)
{
  (void)state;
  size_t n_equal = 0;
  for (uint64_t key = 0; key < 50; key++)
    for (unsigned m = 0; m <= 8; m++) {
      bool is_hit[1 << 8] = {false};
      uint32_t first = (uint32_t)key << m;
      uint32_t block = bf_sobol_shuffle(first, key) >> m;
      for (uint32_t k = 0; k < 1U << m; k++) {
        uint32_t shuffled = bf_sobol_shuffle(first + k, key);
        assert_int_equal(shuffled >> m, block);
        assert_false(is_hit[shuffled & ((1U << m) - 1)]);
        is_hit[shuffled & ((1U << m) - 1)] = true;
        n_equal += (shuffled & 255) == (bf_sobol_shuffle(first + k, key + 1) & 255);
      }
    }
  /* Of 25,550 about one in 256. */
  assert_true(n_equal < 400);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(points_are_those_of_scipy),
      cmocka_unit_test(every_coordinate_fills_intervals),
      cmocka_unit_test(two_dimensions_fill_boxes),
      cmocka_unit_test(scrambled_points_are_uniform),
      cmocka_unit_test(shuffle_takes_blocks_to_blocks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
