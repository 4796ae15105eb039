/* Tests of search/sampler.h: names, errors, pending trials, memory.
 * Room: search. */
#include "unit.h"

#include "base/memory.h"
#include "search/sampler.h"
#include "search/sampler_table.h"
#include "search/space_of.h"

static bf_sampler_options options;

static int set_options(void **state)
{
  (void)state;
  options = bf_sampler_defaults();
  options.seed = 3;
  options.n_objectives = 2;
  return 0;
}

static void names_are_listed_in_table_order(void **state)
{
  (void)state;
  static const char *const expected[] = {"brute-force", "random",  "qmc", "tpe",
                                         "nsgaii",      "nsgaiii", "gp"};
  size_t n = 0;
  const char *const *names = bf_sampler_names(&n);
  assert_int_equal(n, sizeof expected / sizeof *expected);
  for (size_t i = 0; i < n; i++)
    assert_string_equal(names[i], expected[i]);
}

static void canonical_name_ignores_case_and_separators(void **state)
{
  (void)state;
  static const char *const spellings[] = {"brute-force", "bruteforce", "brute_force", "BruteForce",
                                          "BRUTE-FORCE", "brute",      "Brute",       "brute-"};
  for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
    assert_string_equal(bf_sampler_canonical(spellings[i]), "brute-force");
  assert_string_equal(bf_sampler_canonical("Random"), "random");
  size_t n = 0;
  const char *const *names = bf_sampler_names(&n);
  for (size_t i = 0; i < n; i++)
    assert_ptr_equal(bf_sampler_canonical(names[i]), names[i]);
}

static void canonical_name_of_a_stranger_is_null(void **state)
{
  (void)state;
  static const char *const strangers[] = {"",           "-",       "tp",   "nsga",
                                          "brute-forc", "randoms", "rand", "bruteforce2"};
  for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
    assert_null(bf_sampler_canonical(strangers[i]));
}

static void create_with_unknown_name_lists_samplers(void **state)
{
  (void)state;
  any_space any;
  bf_sampler *sampler = NULL;
  fill_space(&any, 2, (const uint32_t[]){2, 3});
  assert_fails(bf_sampler_create("abc", &any.space, &options, &sampler), BF_ERR_USAGE,
               "unknown sampler 'abc'; there are 'brute-force', 'random', 'qmc', 'tpe', 'nsgaii', "
               "'nsgaiii', 'gp', 'auto'");
  assert_null(sampler);
}

static void create_with_a_near_name_suggests_it(void **state)
{
  (void)state;
  any_space any;
  bf_sampler *sampler = NULL;
  fill_space(&any, 2, (const uint32_t[]){2, 3});
  assert_fails(bf_sampler_create("randum", &any.space, &options, &sampler), BF_ERR_USAGE,
               "unknown sampler 'randum', did you mean 'random'? there are");
  assert_null(sampler);
}

static void pending_trials_are_those_asked_and_not_told(void **state)
{
  (void)state;
  enum { N = 60 };
  any_space any;
  bf_sampler *sampler = NULL;
  uint32_t indexes[N][2];
  const double objectives[] = {1, 2};
  fill_space(&any, 2, (const uint32_t[]){100, 100});
  assert_ok(bf_sampler_create("random", &any.space, &options, &sampler));
  for (uint64_t k = 0; k < N; k++) {
    bool exhausted = true;
    assert_ok(bf_sampler_ask(sampler, k, indexes[k], &exhausted));
    assert_false(exhausted);
  }
  for (uint64_t k = 0; k < N; k += 3)
    assert_ok(bf_sampler_tell(sampler, k, k % 2 == 0 ? objectives : NULL, 0));
  const bf_history *history = &sampler->history;
  assert_int_equal(history->n_pending, N - N / 3);
  for (size_t i = 0; i < history->n_pending; i++) {
    uint32_t number = history->pending[i];
    assert_int_equal(number, 3 * (i / 2) + 1 + i % 2);
    assert_memory_equal(bf_history_indexes(history, number), indexes[number],
                        sizeof indexes[number]);
  }
  bf_sampler_free(sampler);
}

static void restored_trials_leave_the_history_of_the_run(void **state)
{
  (void)state;
  enum { N = 50 };
  any_space any;
  bf_sampler *first = NULL;
  bf_sampler *again = NULL;
  uint32_t indexes[2];
  uint32_t expected[2];
  const double objectives[] = {3, 4};
  bool exhausted = true;
  fill_space(&any, 2, (const uint32_t[]){9, 9});
  assert_ok(bf_sampler_create("random", &any.space, &options, &first));
  assert_ok(bf_sampler_create("random", &any.space, &options, &again));
  for (uint64_t k = 0; k < N; k++) {
    assert_ok(bf_sampler_ask(first, k, indexes, &exhausted));
    assert_ok(bf_sampler_restore(again, k, indexes));
    assert_ok(bf_sampler_tell(first, k, objectives, (double)(k % 3)));
    assert_ok(bf_sampler_tell(again, k, objectives, (double)(k % 3)));
  }
  assert_fails(bf_sampler_restore(again, N, indexes), BF_ERR_DATA, "trial 50");
  assert_int_equal(again->history.n, N);
  assert_memory_equal(again->history.indexes, first->history.indexes, N * sizeof indexes);
  assert_memory_equal(again->history.complete, first->history.complete, N * sizeof(uint32_t));
  for (uint64_t k = N; k < 81; k++) {
    assert_ok(bf_sampler_ask(first, k, expected, &exhausted));
    assert_ok(bf_sampler_ask(again, k, indexes, &exhausted));
    assert_memory_equal(indexes, expected, sizeof indexes);
  }
  bf_sampler_free(first);
  bf_sampler_free(again);
}

static void space_without_parameters_has_one_configuration(void **state)
{
  (void)state;
  bf_space space = {0};
  bf_sampler *sampler = NULL;
  bool exhausted = true;
  assert_ok(bf_sampler_create("brute-force", &space, &options, &sampler));
  assert_ok(bf_sampler_ask(sampler, 0, NULL, &exhausted));
  assert_false(exhausted);
  assert_ok(bf_sampler_tell(sampler, 0, NULL, 0));
  assert_ok(bf_sampler_ask(sampler, 1, NULL, &exhausted));
  assert_true(exhausted);
  bf_sampler_free(sampler);
}

/* Creates a sampler and asks 40 trials; frees it whatever happens. */
static bf_status use_sampler(const char *name, const bf_space *space, bf_sampler **out)
{
  bf_status status = BF_OK;
  BF_TRY(bf_sampler_create(name, space, &options, out));
  for (uint64_t k = 0; k < 40; k++) {
    uint32_t indexes[2] = {77, 77};
    bool exhausted = true;
    status = bf_sampler_ask(*out, k, indexes, &exhausted);
    assert_int_equal(indexes[0] == 77, status != BF_OK);
    assert_int_equal(exhausted, status != BF_OK);
    if (status == BF_OK)
      continue;
    /* What failed can be asked again. */
    assert_int_equal((*out)->history.n_pending, k);
    assert_ok(bf_sampler_ask(*out, k, indexes, &exhausted));
    break;
  }
done:
  bf_sampler_free(*out);
  return status;
}

static void sampler_without_memory_fails_cleanly(void **state)
{
  (void)state;
  any_space any;
  fill_space(&any, 2, (const uint32_t[]){50, 50});
  size_t n;
  const char *const *names = bf_sampler_names(&n);
  for (size_t i = 0; i < n; i++) {
    bf_status status = BF_ERR_NOMEM;
    long n_failed = 0;
    while (status != BF_OK) {
      bf_sampler *sampler = NULL;
      bf_alloc_fail_after(n_failed++);
      status = use_sampler(names[i], &any.space, &sampler);
      bf_alloc_fail_after(-1);
      assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    }
    assert_true(n_failed > 4);
  }
  bf_sampler_free(NULL);
}

static void unknown_name_without_memory_is_out_of_memory(void **state)
{
  (void)state;
  any_space any;
  bf_sampler *sampler = NULL;
  fill_space(&any, 1, (const uint32_t[]){2});
  bf_alloc_fail_after(0);
  assert_fails(bf_sampler_create("abc", &any.space, &options, &sampler), BF_ERR_NOMEM, "memory");
  bf_alloc_fail_after(-1);
  assert_null(sampler);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_listed_in_table_order),
      cmocka_unit_test(canonical_name_ignores_case_and_separators),
      cmocka_unit_test(canonical_name_of_a_stranger_is_null),
      cmocka_unit_test(create_with_unknown_name_lists_samplers),
      cmocka_unit_test(create_with_a_near_name_suggests_it),
      cmocka_unit_test(pending_trials_are_those_asked_and_not_told),
      cmocka_unit_test(restored_trials_leave_the_history_of_the_run),
      cmocka_unit_test(space_without_parameters_has_one_configuration),
      cmocka_unit_test(sampler_without_memory_fails_cleanly),
      cmocka_unit_test(unknown_name_without_memory_is_out_of_memory),
  };
  return cmocka_run_group_tests(tests, set_options, NULL);
}
