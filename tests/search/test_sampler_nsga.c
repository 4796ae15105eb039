/* Tests of samplers nsgaii and nsgaiii: options, the start, late results, and that they learn.
 * Room: search. */
#include "unit.h"

#include <math.h>

#include "search/hypervolume.h"
#include "search/sampler.h"
#include "search/space_of.h"

static const char *const both[] = {"nsgaii", "nsgaiii"};

static bf_sampler_options two_objectives(uint64_t seed)
{
  bf_sampler_options options = bf_sampler_defaults();
  options.n_objectives = 2;
  options.seed = seed;
  return options;
}

static void refuse(const char *name, const bf_sampler_options *options, const char *words)
{
  any_space any;
  bf_sampler *sampler = NULL;
  fill_space(&any, 2, (const uint32_t[]){2, 3});
  assert_fails(bf_sampler_create(name, &any.space, options, &sampler), BF_ERR_USAGE, words);
  assert_null(sampler);
}

static void senseless_options_are_refused(void **state)
{
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    bf_sampler_options options = two_objectives(0);
    options.population_size = 1;
    refuse(both[i], &options, "cannot keep 1 parents (population_size), it takes 2 to 10000");
    options.population_size = 10001;
    refuse(both[i], &options, "cannot keep 10001 parents");
    options = two_objectives(0);
    options.crossover_prob = 1.5;
    refuse(both[i], &options, "crossover_prob of sampler 'nsgaii");
    options.crossover_prob = (double)NAN;
    refuse(both[i], &options, "not a probability");
    options = two_objectives(0);
    options.swapping_prob = -0.1;
    refuse(both[i], &options, "swapping_prob of sampler 'nsgaii");
    options = two_objectives(0);
    options.mutation_prob = 2;
    refuse(both[i], &options, "mutation_prob of sampler 'nsgaii");
  }
}

static void too_many_directions_are_refused(void **state)
{
  (void)state;
  bf_sampler_options options = two_objectives(0);
  options.n_objectives = 8;
  options.dividing_parameter = 12;
  refuse("nsgaiii", &options, "dividing_parameter 12 gives sampler 'nsgaiii' more than 10000");
  options.dividing_parameter = 2;
  any_space any;
  bf_sampler *sampler = NULL;
  fill_space(&any, 2, (const uint32_t[]){2, 3});
  assert_ok(bf_sampler_create("nsgaiii", &any.space, &options, &sampler));
  bf_sampler_free(sampler);
}

/* Two objectives in conflict: parameters want to be low for the first and high for the second,
 * but every pair of neighbours wants to be equal. */
static void evaluate(size_t n, const uint32_t *indexes, double *objectives)
{
  double unequal = 0;
  objectives[0] = objectives[1] = 0;
  for (size_t d = 0; d < n; d++) {
    objectives[0] += indexes[d] / 9.0 / (double)n;
    objectives[1] += 1 - indexes[d] / 9.0;
    unequal += d > 0 ? fabs((double)indexes[d] - indexes[d - 1]) / 9.0 : 0;
  }
  objectives[0] += unequal / (double)n;
  objectives[1] = (objectives[1] + unequal) / (double)n;
}

enum { N_PARAMETERS = 8, N_TRIALS = 200 };

/* The hypervolume of a study. */
static double search(const char *name, uint64_t seed)
{
  static const uint32_t tens[N_PARAMETERS] = {10, 10, 10, 10, 10, 10, 10, 10};
  any_space any;
  bf_sampler *sampler = NULL;
  bf_sampler_options options = two_objectives(seed);
  double objectives[2 * N_TRIALS];
  double volume = -1;
  fill_space(&any, N_PARAMETERS, tens);
  assert_ok(bf_sampler_create(name, &any.space, &options, &sampler));
  for (size_t k = 0; k < N_TRIALS; k++) {
    uint32_t indexes[N_PARAMETERS];
    bool exhausted;
    assert_ok(bf_sampler_ask(sampler, k, indexes, &exhausted));
    evaluate(N_PARAMETERS, indexes, objectives + 2 * k);
    assert_ok(bf_sampler_tell(sampler, k, objectives + 2 * k, 0));
  }
  bf_sampler_free(sampler);
  assert_ok(bf_hypervolume(2, N_TRIALS, objectives, (const double[]){1, 1}, &volume));
  return volume;
}

static void children_are_better_than_chance(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 5; seed++)
    for (size_t i = 0; i < 2; i++)
      assert_true(search(both[i], seed) > 1.1 * search("random", seed));
}

/* A sampler with @p n trials asked, none told, and what was asked. */
static bf_sampler *ask_many(const char *name, const bf_sampler_options *options,
                            const any_space *any, size_t n, uint32_t (*asked)[N_PARAMETERS])
{
  bf_sampler *sampler = NULL;
  assert_ok(bf_sampler_create(name, &any->space, options, &sampler));
  for (size_t k = 0; k < n; k++) {
    bool exhausted;
    assert_ok(bf_sampler_ask(sampler, k, asked[k], &exhausted));
  }
  return sampler;
}

static void first_trials_are_random(void **state)
{
  (void)state;
  static const uint32_t tens[N_PARAMETERS] = {10, 10, 10, 10, 10, 10, 10, 10};
  any_space any;
  uint32_t asked[12][N_PARAMETERS];
  uint32_t random[12][N_PARAMETERS];
  const double objectives[] = {1, 2};
  bf_sampler_options options = two_objectives(4);
  fill_space(&any, N_PARAMETERS, tens);
  bf_sampler_free(ask_many("random", &options, &any, 12, random));
  for (size_t i = 0; i < 2; i++) {
    bf_sampler *sampler = NULL;
    bool exhausted;
    assert_ok(bf_sampler_create(both[i], &any.space, &options, &sampler));
    for (size_t k = 0; k < 12; k++) {
      assert_ok(bf_sampler_ask(sampler, k, asked[k], &exhausted));
      assert_ok(bf_sampler_tell(sampler, k, objectives, 0));
    }
    bf_sampler_free(sampler);
    assert_memory_equal(asked, random, 10 * sizeof *asked);
    assert_memory_not_equal(asked[10], random[10], 2 * sizeof *asked);
  }
}

static size_t n_different(const uint32_t *a, const uint32_t *b)
{
  size_t n = 0;
  for (size_t d = 0; d < N_PARAMETERS; d++)
    n += a[d] != b[d];
  return n;
}

/* Trial 0 is told after many others and is the best: now children are its own. */
static void late_result_has_children(void **state)
{
  (void)state;
  enum { N = 120, N_CHILDREN = 40 };
  static const uint32_t tens[N_PARAMETERS] = {10, 10, 10, 10, 10, 10, 10, 10};
  static uint32_t asked[N + N_CHILDREN][N_PARAMETERS];
  any_space any;
  bf_sampler_options options = two_objectives(5);
  options.crossover_prob = 0;
  fill_space(&any, N_PARAMETERS, tens);
  for (size_t i = 0; i < 2; i++) {
    bf_sampler *sampler = ask_many(both[i], &options, &any, N, asked);
    size_t n_near = 0;
    for (size_t k = 1; k < N; k++)
      assert_ok(bf_sampler_tell(sampler, k, (const double[]){(double)k, (double)k + 1}, 0));
    assert_ok(bf_sampler_tell(sampler, 0, (const double[]){-5, -5}, 0));
    for (size_t k = N; k < N + N_CHILDREN; k++) {
      bool exhausted;
      assert_ok(bf_sampler_ask(sampler, k, asked[k], &exhausted));
      n_near += n_different(asked[0], asked[k]) <= 3;
    }
    assert_true(n_near >= 4);
    bf_sampler_free(sampler);
  }
}

/* With every trial but the first ten failing, children are those of the ten. */
static void failed_trials_have_no_children(void **state)
{
  (void)state;
  static const uint32_t tens[N_PARAMETERS] = {10, 10, 10, 10, 10, 10, 10, 10};
  any_space any;
  bf_sampler_options options = two_objectives(6);
  static uint32_t asked[100][N_PARAMETERS];
  options.mutation_prob = 0;
  options.crossover_prob = 0;
  fill_space(&any, N_PARAMETERS, tens);
  bf_sampler *sampler = ask_many("nsgaii", &options, &any, 10, asked);
  for (size_t k = 0; k < 10; k++)
    assert_ok(bf_sampler_tell(sampler, k, (const double[]){1, 1}, 0));
  for (size_t k = 10; k < 100; k++) {
    bool exhausted;
    size_t nearest = N_PARAMETERS;
    assert_ok(bf_sampler_ask(sampler, k, asked[k], &exhausted));
    assert_ok(bf_sampler_tell(sampler, k, NULL, 0));
    for (size_t i = 0; i < 10; i++)
      nearest =
          n_different(asked[i], asked[k]) < nearest ? n_different(asked[i], asked[k]) : nearest;
    assert_in_range(nearest, 1, 3);
  }
  bf_sampler_free(sampler);
}

/* A study of @p n trials, of which the first @p n_restored are not asked. */
static void run_study(bf_sampler *sampler, size_t n_restored, size_t n,
                      uint32_t (*asked)[N_PARAMETERS])
{
  for (size_t k = 0; k < n; k++) {
    double objectives[2];
    bool exhausted;
    if (k < n_restored)
      assert_ok(bf_sampler_restore(sampler, k, asked[k]));
    else
      assert_ok(bf_sampler_ask(sampler, k, asked[k], &exhausted));
    evaluate(N_PARAMETERS, asked[k], objectives);
    assert_ok(bf_sampler_tell(sampler, k, k % 7 == 3 ? NULL : objectives, k % 5 == 4));
  }
  bf_sampler_free(sampler);
}

static void restored_study_goes_on_as_it_would_have(void **state)
{
  (void)state;
  enum { N = 150, N_RESTORED = 90 };
  static const uint32_t tens[N_PARAMETERS] = {10, 10, 10, 10, 10, 10, 10, 10};
  static uint32_t first[N][N_PARAMETERS];
  static uint32_t again[N][N_PARAMETERS];
  any_space any;
  bf_sampler_options options = two_objectives(7);
  fill_space(&any, N_PARAMETERS, tens);
  for (size_t i = 0; i < 2; i++) {
    bf_sampler *sampler = NULL;
    assert_ok(bf_sampler_create(both[i], &any.space, &options, &sampler));
    run_study(sampler, 0, N, first);
    memcpy(again, first, N_RESTORED * sizeof *first);
    assert_ok(bf_sampler_create(both[i], &any.space, &options, &sampler));
    run_study(sampler, N_RESTORED, N, again);
    assert_memory_equal(first, again, sizeof first);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(senseless_options_are_refused),
      cmocka_unit_test(too_many_directions_are_refused),
      cmocka_unit_test(children_are_better_than_chance),
      cmocka_unit_test(first_trials_are_random),
      cmocka_unit_test(late_result_has_children),
      cmocka_unit_test(failed_trials_have_no_children),
      cmocka_unit_test(restored_study_goes_on_as_it_would_have),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
