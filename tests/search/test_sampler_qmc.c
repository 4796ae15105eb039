/* Tests of the qmc sampler: points become configurations, in any number of dimensions.
 * Room: search. */
#include "unit.h"

#include <stdbool.h>

#include "search/sampler.h"
#include "search/sobol.h"
#include "search/space_of.h"

static const char *const types[] = {"sobol", "halton"};

static bf_sampler *start(const bf_space *space, const char *type, bool scramble, uint64_t seed)
{
  bf_sampler *sampler = NULL;
  bf_sampler_options options = bf_sampler_defaults();
  options.seed = seed;
  options.qmc_type = type;
  options.scramble = scramble;
  assert_ok(bf_sampler_create("qmc", space, &options, &sampler));
  return sampler;
}

static void ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes)
{
  bool exhausted = true;
  assert_ok(bf_sampler_ask(sampler, number, indexes, &exhausted));
  assert_false(exhausted);
}

static void trials_are_the_points_of_the_sequence(void **state)
{
  (void)state;
  any_space any;
  static const uint32_t n_choices[] = {1000000, 1, 4000000000, 77777};
  fill_space(&any, 4, n_choices);
  bf_sampler *sampler = start(&any.space, "sobol", false, 5);
  bf_sobol sobol[] = {bf_sobol_of(0), bf_sobol_of(0), bf_sobol_of(1), bf_sobol_of(2)};
  for (uint64_t k = 0; k < 1000; k++) {
    uint32_t indexes[4];
    ask(sampler, k, indexes);
    for (size_t d = 0; d < 4; d++) {
      uint64_t x = bf_sobol_at(&sobol[d], (uint32_t)k);
      assert_int_equal(indexes[d], x * n_choices[d] >> 32);
    }
  }
  bf_sampler_free(sampler);
}

static void halton_counts_in_primes(void **state)
{
  (void)state;
  any_space any;
  fill_space(&any, 2, (const uint32_t[]){64, 81});
  bf_sampler *sampler = start(&any.space, "halton", false, 0);
  static const uint32_t expected[][2] = {{0, 0},  {32, 27}, {16, 54}, {48, 9},
                                         {8, 36}, {40, 63}, {24, 18}, {56, 45}};
  for (uint64_t k = 0; k < 8; k++) {
    uint32_t indexes[2];
    ask(sampler, k, indexes);
    assert_memory_equal(indexes, expected[k], sizeof indexes);
  }
  bf_sampler_free(sampler);
}

/* More parameters than either sequence has dimensions: every one is still filled evenly by 64
 * trials, and none repeats another. */
static void every_parameter_is_filled_evenly(void **state)
{
  (void)state;
  enum { N = 64, D = 200, MAX = 300 };
  static bf_parameter parameters[MAX];
  bf_space space = {.n_parameters = D, .parameters = parameters};
  for (size_t d = 0; d < D; d++)
    parameters[d] = (bf_parameter){.name = "p", .n_choices = 64};
  static uint32_t trials[N][D];
  for (size_t i = 0; i < 4; i++) {
    bool is_halton = i >= 2;
    bf_sampler *sampler = start(&space, types[is_halton], i % 2, 3);
    for (uint64_t k = 0; k < N; k++)
      ask(sampler, k, trials[k]);
    for (size_t d = 0; d < D; d++) {
      uint64_t hit = 0;
      for (size_t k = 0; k < N; k++)
        hit |= (uint64_t)1 << trials[k][d];
      /* Halton's own dimensions fill intervals of their bases instead. */
      if (!is_halton || d == 0 || d >= 64)
        assert_true(hit == UINT64_MAX);
      for (size_t e = 0; e < d; e++) {
        size_t n_equal = 0;
        for (size_t k = 0; k < N; k++)
          n_equal += trials[k][d] == trials[k][e];
        assert_true(n_equal < N);
      }
    }
    bf_sampler_free(sampler);
  }
}

static void scramble_depends_on_the_seed(void **state)
{
  (void)state;
  enum { N = 100 };
  any_space any;
  fill_space(&any, 2, (const uint32_t[]){100000, 100000});
  for (size_t i = 0; i < 4; i++) {
    bool scrambles = i % 2;
    bf_sampler *first = start(&any.space, types[i / 2], scrambles, 1);
    bf_sampler *same = start(&any.space, types[i / 2], scrambles, 1);
    bf_sampler *other = start(&any.space, types[i / 2], scrambles, 2);
    size_t n_equal = 0;
    for (uint64_t k = 0; k < N; k++) {
      uint32_t indexes[3][2];
      ask(first, k, indexes[0]);
      ask(same, k, indexes[1]);
      ask(other, k, indexes[2]);
      assert_memory_equal(indexes[0], indexes[1], sizeof indexes[0]);
      n_equal += memcmp(indexes[0], indexes[2], sizeof indexes[0]) == 0;
    }
    assert_int_equal(n_equal, scrambles ? 0 : N);
    bf_sampler_free(first);
    bf_sampler_free(same);
    bf_sampler_free(other);
  }
}

/* A coarse grid: points fall together, configurations do not. */
static void small_space_is_exhausted_without_repeats(void **state)
{
  (void)state;
  any_space any;
  fill_space(&any, 3, (const uint32_t[]){3, 2, 3});
  for (size_t i = 0; i < 4; i++) {
    bool is_seen[18] = {false};
    bf_sampler *sampler = start(&any.space, types[i / 2], i % 2, 0);
    uint32_t indexes[3];
    bool exhausted = false;
    for (uint64_t k = 0; k < 18; k++) {
      ask(sampler, k, indexes);
      assert_false(is_seen[encode(&any.space, indexes)]);
      is_seen[encode(&any.space, indexes)] = true;
    }
    assert_ok(bf_sampler_ask(sampler, 18, indexes, &exhausted));
    assert_true(exhausted);
    bf_sampler_free(sampler);
  }
}

static void unknown_type_is_refused(void **state)
{
  (void)state;
  any_space any;
  bf_sampler *sampler = NULL;
  bf_sampler_options options = bf_sampler_defaults();
  fill_space(&any, 1, (const uint32_t[]){3});
  options.qmc_type = "hammersley";
  assert_fails(bf_sampler_create("qmc", &any.space, &options, &sampler), BF_ERR_USAGE,
               "'qmc_type' of sampler 'qmc' is 'hammersley', expected sobol or halton");
  assert_null(sampler);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trials_are_the_points_of_the_sequence),
      cmocka_unit_test(halton_counts_in_primes),
      cmocka_unit_test(every_parameter_is_filled_evenly),
      cmocka_unit_test(scramble_depends_on_the_seed),
      cmocka_unit_test(small_space_is_exhausted_without_repeats),
      cmocka_unit_test(unknown_type_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
