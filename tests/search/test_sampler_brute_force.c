/* Tests of the brute-force sampler: coverage, order, size.
 * Room: search. */
#include "unit.h"

#include "base/memory.h"
#include "base/random.h"
#include "search/sampler.h"
#include "search/space_of.h"

static bf_sampler *start(const bf_space *space, uint64_t seed, bool ordered)
{
  bf_sampler *sampler = NULL;
  bf_sampler_options options = {.seed = seed, .n_objectives = 1, .ordered = ordered};
  assert_ok(bf_sampler_create("brute-force", space, &options, &sampler));
  return sampler;
}

/* The code of trial @p number, asked and told at once. */
static uint64_t next(bf_sampler *sampler, const bf_space *space, uint64_t number)
{
  uint32_t indexes[MAX_PARAMETERS];
  bool exhausted = true;
  assert_ok(bf_sampler_ask(sampler, number, indexes, &exhausted));
  assert_false(exhausted);
  for (size_t d = 0; d < space->n_parameters; d++)
    assert_true(indexes[d] < space->parameters[d].n_choices);
  assert_ok(bf_sampler_tell(sampler, number, NULL, 0));
  return encode(space, indexes);
}

static void assert_exhausted(bf_sampler *sampler, uint64_t number)
{
  uint32_t indexes[MAX_PARAMETERS] = {123};
  bool exhausted = false;
  assert_ok(bf_sampler_ask(sampler, number, indexes, &exhausted));
  assert_true(exhausted);
  assert_int_equal(indexes[0], 123);
}

static void assert_covers(const bf_space *space, uint64_t seed)
{
  uint64_t size = bf_space_size(space);
  bf_sampler *sampler = start(space, seed, false);
  bool *seen = bf_alloc(size, sizeof *seen);
  assert_non_null(seen);
  for (uint64_t k = 0; k < size; k++) {
    uint64_t code = next(sampler, space, k);
    assert_false(seen[code]);
    seen[code] = true;
  }
  assert_exhausted(sampler, size);
  assert_exhausted(sampler, size);
  free(seen);
  bf_sampler_free(sampler);
}

static void every_configuration_comes_exactly_once(void **state)
{
  (void)state;
  any_space any;
  for (uint32_t n = 1; n <= 300; n++) {
    fill_space(&any, 1, &n);
    assert_covers(&any.space, n);
  }
  fill_space(&any, 6, (const uint32_t[]){2, 1, 3, 1, 3, 1});
  for (uint64_t seed = 0; seed < 50; seed++)
    assert_covers(&any.space, seed);
  fill_space(&any, 7, (const uint32_t[]){5, 5, 5, 5, 4, 4, 4});
  assert_covers(&any.space, 0);
}

static void ordered_search_runs_the_last_parameter_fastest(void **state)
{
  (void)state;
  any_space any;
  fill_space(&any, 3, (const uint32_t[]){2, 3, 4});
  bf_sampler *sampler = start(&any.space, 9, true);
  for (uint64_t k = 0; k < 24; k++)
    assert_int_equal(next(sampler, &any.space, k), k);
  assert_exhausted(sampler, 24);
  bf_sampler_free(sampler);
}

static void order_depends_on_the_seed_alone(void **state)
{
  (void)state;
  any_space any;
  fill_space(&any, 2, (const uint32_t[]){40, 50});
  bf_sampler *first = start(&any.space, 1, false);
  bf_sampler *same = start(&any.space, 1, false);
  bf_sampler *other = start(&any.space, 2, false);
  size_t n_equal = 0;
  for (uint64_t k = 0; k < 2000; k++) {
    uint64_t code = next(first, &any.space, k);
    assert_int_equal(code, next(same, &any.space, k));
    n_equal += code == next(other, &any.space, k);
  }
  assert_true(n_equal < 15);
  bf_sampler_free(first);
  bf_sampler_free(same);
  bf_sampler_free(other);
}

/* Over many seeds the first, the last and a middle trial of 18 take each value equally often:
 * chi-square with 17 degrees of freedom, 99.9 % quantile 40.79. */
static void order_is_uniform_over_seeds(void **state)
{
  (void)state;
  enum { SIZE = 18, N_SEEDS = 9000, N_PLACES = 3 };
  static const uint64_t places[N_PLACES] = {0, 8, 17};
  size_t count[N_PLACES][SIZE] = {{0}};
  any_space any;
  fill_space(&any, 3, (const uint32_t[]){2, 3, 3});
  for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
    bf_sampler *sampler = start(&any.space, seed, false);
    uint64_t codes[SIZE];
    for (uint64_t k = 0; k < SIZE; k++)
      codes[k] = next(sampler, &any.space, k);
    for (size_t i = 0; i < N_PLACES; i++)
      count[i][codes[places[i]]]++;
    bf_sampler_free(sampler);
  }
  for (size_t i = 0; i < N_PLACES; i++) {
    double expected = (double)N_SEEDS / SIZE;
    double chi_square = 0;
    for (size_t code = 0; code < SIZE; code++) {
      double difference = (double)count[i][code] - expected;
      chi_square += difference * difference / expected;
    }
    assert_true(chi_square < 40.79);
  }
}

/* In a random order neighbours are unrelated: the mean of |difference| / size is 1/3. */
static void order_has_no_pattern(void **state)
{
  (void)state;
  any_space any;
  fill_space(&any, 2, (const uint32_t[]){1000, 1000});
  bf_sampler *sampler = start(&any.space, 4, false);
  double sum = 0;
  size_t n_odd = 0;
  uint64_t last = next(sampler, &any.space, 0);
  for (uint64_t k = 1; k <= 10000; k++) {
    uint64_t code = next(sampler, &any.space, k);
    sum += (double)(code > last ? code - last : last - code) / 1e6;
    n_odd += code % 2 != last % 2;
    last = code;
  }
  /* Standard deviations 0.0024 and 50. */
  assert_true(sum / 10000 > 0.323 && sum / 10000 < 0.343);
  assert_true(n_odd > 4800 && n_odd < 5200);
  bf_sampler_free(sampler);
}

static int compare_codes(const void *a, const void *b)
{
  uint64_t left = *(const uint64_t *)a;
  uint64_t right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

/* The first configurations of a space too large to be seen whole are distinct. */
static void assert_distinct(const bf_space *space)
{
  enum { N = 20000 };
  static uint64_t codes[N];
  uint64_t size = bf_space_size(space);
  bf_sampler *sampler = start(space, 5, false);
  for (uint64_t k = 0; k < N; k++) {
    codes[k] = next(sampler, space, k);
    assert_true(codes[k] < size);
  }
  qsort(codes, N, sizeof *codes, compare_codes);
  for (size_t i = 1; i < N; i++)
    assert_true(codes[i - 1] < codes[i]);
  /* Spread over the whole space. */
  assert_true(codes[N / 2] > size / 5 * 2 && codes[N / 2] < size / 5 * 3);
  bf_sampler_free(sampler);
}

static void large_spaces_need_no_memory_for_their_size(void **state)
{
  (void)state;
  any_space any;
  uint32_t n_choices[63];
  for (size_t d = 0; d < 63; d++)
    n_choices[d] = 10;
  fill_space(&any, 12, n_choices);
  assert_true(bf_space_size(&any.space) == 1000000000000);
  assert_distinct(&any.space);
  for (size_t d = 0; d < 63; d++)
    n_choices[d] = 2;
  fill_space(&any, 63, n_choices);
  assert_distinct(&any.space);
  /* Beyond 2^63, and the largest size that is not saturated but one. */
  fill_space(&any, 2, (const uint32_t[]){UINT32_MAX, UINT32_MAX});
  assert_distinct(&any.space);
}

static void space_of_two_to_64_is_refused(void **state)
{
  (void)state;
  any_space any;
  uint32_t twos[64];
  for (size_t d = 0; d < 64; d++)
    twos[d] = 2;
  fill_space(&any, 64, twos);
  bf_sampler *sampler = NULL;
  bf_sampler_options options = {.n_objectives = 1};
  assert_fails(bf_sampler_create("brute-force", &any.space, &options, &sampler), BF_ERR_USAGE,
               "try sampler 'random'");
  assert_null(sampler);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_configuration_comes_exactly_once),
      cmocka_unit_test(ordered_search_runs_the_last_parameter_fastest),
      cmocka_unit_test(order_depends_on_the_seed_alone),
      cmocka_unit_test(order_is_uniform_over_seeds),
      cmocka_unit_test(order_has_no_pattern),
      cmocka_unit_test(large_spaces_need_no_memory_for_their_size),
      cmocka_unit_test(space_of_two_to_64_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
