/* Tests of search/halton.h: SciPy's points, and the law of intervals for scrambled ones.
 * Room: search. */
#include "unit.h"

#include <math.h>
#include <stdbool.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "search/halton.h"

static void points_are_those_of_scipy(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_json *golden = NULL;
  assert_ok(bf_file_read(BF_GOLDEN "/qmc.json", &text));
  assert_ok(bf_json_parse(bf_text_view(&text), "qmc.json", &golden));
  const bf_json *points = bf_json_get(golden, "halton");
  assert_true(bf_json_size(points) > 15);
  for (size_t d = 0; d < BF_HALTON_DIMENSIONS; d++) {
    bf_halton halton = {0};
    assert_ok(bf_halton_init(d, NULL, &halton));
    for (size_t i = 0; i < bf_json_size(points); i++) {
      double number = 0;
      double expected = 0;
      const bf_json *point = bf_json_at(points, i);
      assert_ok(bf_json_double(bf_json_get(point, "number"), &number));
      assert_ok(bf_json_double(bf_json_at(bf_json_get(point, "point"), d), &expected));
      assert_true(fabs(bf_halton_at(&halton, (uint32_t)number) - expected) < 1e-14);
    }
    bf_halton_release(&halton);
  }
  bf_json_free(golden);
  bf_text_release(&text);
}

static bf_halton scrambled(size_t dimension, uint64_t seed)
{
  bf_halton halton = {0};
  bf_random random = bf_random_stream(seed, BF_PURPOSE_SCRAMBLE, dimension);
  assert_ok(bf_halton_init(dimension, &random, &halton));
  return halton;
}

static void bases_are_the_primes(void **state)
{
  (void)state;
  static const uint32_t primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31};
  bf_halton halton = {0};
  for (size_t d = 0; d < sizeof primes / sizeof *primes; d++) {
    assert_ok(bf_halton_init(d, NULL, &halton));
    assert_int_equal(halton.base, primes[d]);
  }
  assert_ok(bf_halton_init(BF_HALTON_DIMENSIONS - 1, NULL, &halton));
  assert_int_equal(halton.base, 311);
}

/* Any base^m consecutive numbers that start at a multiple of it fill as many intervals. */
static void every_coordinate_fills_intervals(void **state)
{
  (void)state;
  for (size_t d = 0; d < BF_HALTON_DIMENSIONS; d++) {
    bf_halton halton = scrambled(d, d);
    uint32_t n = halton.base < 20 ? halton.base * halton.base : halton.base;
    for (uint32_t first = 0; first < 4 * n; first += n) {
      bool is_hit[19 * 19] = {false};
      for (uint32_t k = first; k < first + n; k++) {
        double x = bf_halton_at(&halton, k);
        assert_true(x >= 0 && x < 1);
        size_t interval = (size_t)(x * n + 1e-9);
        assert_false(is_hit[interval]);
        is_hit[interval] = true;
      }
    }
    bf_halton_release(&halton);
  }
}

/* Chi-square of 15 cells over seeds, 14 degrees of freedom, 99.9 % quantile 36.12. The digits
 * behind the last one of the number are permuted, too, or point 0 would always be 0. */
static void scrambled_points_are_uniform(void **state)
{
  (void)state;
  enum { N = 3000, N_CELLS = 15 };
  static const uint32_t numbers[] = {0, 1, 13, 4000000000};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    for (size_t d = 0; d < 3; d++) {
      double count[N_CELLS] = {0};
      double chi_square = 0;
      for (uint64_t seed = 0; seed < N; seed++) {
        bf_halton halton = scrambled(d, seed);
        count[(size_t)(bf_halton_at(&halton, numbers[i]) * N_CELLS)]++;
        bf_halton_release(&halton);
      }
      for (size_t cell = 0; cell < N_CELLS; cell++)
        chi_square += (count[cell] - N / N_CELLS) * (count[cell] - N / N_CELLS) / (N / N_CELLS);
      assert_true(chi_square < 36.12);
    }
}

static void init_without_memory_leaves_the_output(void **state)
{
  (void)state;
  bf_halton halton = {0};
  bf_random random = bf_random_stream(1, BF_PURPOSE_SCRAMBLE, 0);
  bf_alloc_fail_after(0);
  assert_fails(bf_halton_init(3, &random, &halton), BF_ERR_NOMEM, "base 7");
  bf_alloc_fail_after(-1);
  assert_int_equal(halton.base, 0);
  bf_halton_release(&halton);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(points_are_those_of_scipy),
      cmocka_unit_test(bases_are_the_primes),
      cmocka_unit_test(every_coordinate_fills_intervals),
      cmocka_unit_test(scrambled_points_are_uniform),
      cmocka_unit_test(init_without_memory_leaves_the_output),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
