/* Tests of the random sampler: uniform, and independent of history.
 * Room: search. */
#include "unit.h"

#include "search/sampler.h"
#include "search/space_of.h"

static bf_sampler *start(const bf_space *space, uint64_t seed)
{
  bf_sampler *sampler = NULL;
  bf_sampler_options options = {.seed = seed, .n_objectives = 2};
  assert_ok(bf_sampler_create("random", space, &options, &sampler));
  return sampler;
}

static void ask(bf_sampler *sampler, uint64_t number, uint32_t *indexes)
{
  bool exhausted = true;
  assert_ok(bf_sampler_ask(sampler, number, indexes, &exhausted));
  assert_false(exhausted);
}

static void trials_do_not_depend_on_results(void **state)
{
  (void)state;
  enum { N = 200 };
  any_space any;
  const double objectives[] = {1, 2};
  fill_space(&any, 3, (const uint32_t[]){7, 1, 1000});
  bf_sampler *told = start(&any.space, 5);
  bf_sampler *waiting = start(&any.space, 5);
  uint32_t a[3];
  uint32_t b[3];
  for (uint64_t k = 0; k < N; k++) {
    ask(told, k, a);
    ask(waiting, k, b);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(a[1], 0);
    assert_ok(bf_sampler_tell(told, k, k % 5 == 0 ? NULL : objectives, 0));
  }
  bf_sampler_free(told);
  bf_sampler_free(waiting);
}

static void another_seed_gives_other_trials(void **state)
{
  (void)state;
  any_space any;
  fill_space(&any, 1, (const uint32_t[]){1000000});
  bf_sampler *first = start(&any.space, 1);
  bf_sampler *other = start(&any.space, 2);
  for (uint64_t k = 0; k < 100; k++) {
    uint32_t a;
    uint32_t b;
    ask(first, k, &a);
    ask(other, k, &b);
    assert_int_not_equal(a, b);
  }
  bf_sampler_free(first);
  bf_sampler_free(other);
}

/* Chi-square of all 5 x 4 pairs, 19 degrees of freedom, 99.9 % quantile 43.82: uniform, and one
 * parameter independent of the other. */
static void configurations_are_uniform(void **state)
{
  (void)state;
  enum { N = 20000, SIZE = 20 };
  size_t count[SIZE] = {0};
  any_space any;
  fill_space(&any, 2, (const uint32_t[]){5, 4});
  for (uint64_t seed = 0; seed < N; seed++) {
    uint32_t indexes[2];
    bf_sampler *sampler = start(&any.space, seed);
    ask(sampler, 0, indexes);
    count[encode(&any.space, indexes)]++;
    bf_sampler_free(sampler);
  }
  double chi_square = 0;
  for (size_t code = 0; code < SIZE; code++) {
    double difference = (double)count[code] - (double)N / SIZE;
    chi_square += difference * difference / ((double)N / SIZE);
  }
  assert_true(chi_square < 43.82);
}

static void space_of_two_to_64_is_searched(void **state)
{
  (void)state;
  any_space any;
  uint32_t twos[70];
  uint32_t indexes[70];
  for (size_t d = 0; d < 70; d++)
    twos[d] = 2;
  fill_space(&any, 70, twos);
  bf_sampler *sampler = start(&any.space, 0);
  size_t n_ones = 0;
  for (uint64_t k = 0; k < 100; k++) {
    ask(sampler, k, indexes);
    for (size_t d = 0; d < 70; d++)
      n_ones += indexes[d];
  }
  assert_true(n_ones > 3300 && n_ones < 3700);
  bf_sampler_free(sampler);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trials_do_not_depend_on_results),
      cmocka_unit_test(another_seed_gives_other_trials),
      cmocka_unit_test(configurations_are_uniform),
      cmocka_unit_test(space_of_two_to_64_is_searched),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
