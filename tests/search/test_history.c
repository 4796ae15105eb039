/* Tests of search/history.h: the sets of trials and the table of configurations.
 * Room: search. */
#include "unit.h"

#include "base/memory.h"
#include "base/random.h"
#include "search/history.h"

static void add(bf_history *history, const uint32_t *indexes)
{
  assert_ok(bf_history_reserve(history));
  bf_history_add(history, indexes);
}

static void empty_history_has_nothing(void **state)
{
  (void)state;
  bf_history history = {.n_parameters = 2, .n_objectives = 1};
  assert_false(bf_history_has(&history, (const uint32_t[]){0, 0}));
  assert_int_equal(history.n + history.n_complete + history.n_pending, 0);
  bf_history_release(&history);
  bf_history_release(&history);
}

/* Every configuration of a grid is known from its trial on, and no other is. */
static void configurations_are_known_once_they_are_added(void **state)
{
  (void)state;
  enum { SIDE = 40, N = SIDE * SIDE };
  static uint32_t order[N];
  bf_history history = {.n_parameters = 2, .n_objectives = 1};
  bf_random random = bf_random_stream(41, BF_PURPOSE_SAMPLER, 0);
  bf_random_permutation(&random, N, order);
  for (size_t k = 0; k < N; k++) {
    uint32_t indexes[] = {order[k] / SIDE, order[k] % SIDE};
    assert_false(bf_history_has(&history, indexes));
    add(&history, indexes);
    assert_true(bf_history_has(&history, indexes));
    for (size_t other = k % 97; other < N; other += 97) {
      const uint32_t any[] = {order[other] / SIDE, order[other] % SIDE};
      assert_int_equal(bf_history_has(&history, any), other <= k);
    }
  }
  for (size_t k = 0; k < N; k++) {
    const uint32_t indexes[] = {order[k] / SIDE, order[k] % SIDE};
    assert_memory_equal(bf_history_indexes(&history, k), indexes, sizeof indexes);
  }
  bf_history_release(&history);
}

static void configurations_of_high_indexes_do_not_mix(void **state)
{
  (void)state;
  bf_history history = {.n_parameters = 3, .n_objectives = 1};
  add(&history, (const uint32_t[]){0, 0, UINT32_MAX - 1});
  add(&history, (const uint32_t[]){UINT32_MAX - 1, 0, 0});
  assert_true(bf_history_has(&history, (const uint32_t[]){0, 0, UINT32_MAX - 1}));
  assert_false(bf_history_has(&history, (const uint32_t[]){0, UINT32_MAX - 1, 0}));
  assert_false(bf_history_has(&history, (const uint32_t[]){0, 0, 0}));
  bf_history_release(&history);
}

/* Adds @p n trials of one parameter, number k with index k. */
static bf_history history_of(size_t n)
{
  bf_history history = {.n_parameters = 1, .n_objectives = 2};
  for (size_t k = 0; k < n; k++)
    add(&history, (const uint32_t[]){(uint32_t)k});
  return history;
}

/* Ends trials in random order, every fifth as failed; the lists follow. */
static void lists_follow_trials_that_end_in_any_order(void **state)
{
  (void)state;
  enum { N = 100 };
  uint32_t order[N];
  bf_history history = history_of(N);
  bf_random random = bf_random_stream(42, BF_PURPOSE_SAMPLER, 0);
  bf_random_permutation(&random, N, order);
  size_t n_complete = 0;
  for (size_t k = 0; k < N; k++) {
    bool fails = order[k] % 5 == 0;
    const double objectives[] = {order[k], 0.5 * order[k]};
    assert_int_equal(history.states[order[k]], BF_TRIAL_PENDING);
    bf_history_end(&history, order[k], fails ? NULL : objectives, 0.25 * order[k]);
    assert_int_equal(history.states[order[k]], fails ? BF_TRIAL_FAILED : BF_TRIAL_COMPLETE);
    n_complete += !fails;
    assert_int_equal(history.n_complete, n_complete);
    if (!fails)
      assert_int_equal(history.complete[n_complete - 1], order[k]);
    assert_int_equal(history.n_pending, N - 1 - k);
    for (size_t i = 0; i < history.n_pending; i++) {
      assert_int_equal(history.states[history.pending[i]], BF_TRIAL_PENDING);
      assert_true(i == 0 || history.pending[i - 1] < history.pending[i]);
    }
  }
  bf_history_release(&history);
}

static void results_stay_with_their_trials(void **state)
{
  (void)state;
  bf_history history = history_of(3);
  bf_history_end(&history, 2, (const double[]){5, 6}, 0.75);
  bf_history_end(&history, 0, (const double[]){7, 8}, 0);
  for (size_t k = 3; k < 200; k++)
    add(&history, (const uint32_t[]){(uint32_t)k});
  assert_memory_equal(bf_history_objectives(&history, 2), ((const double[]){5, 6}), 16);
  assert_memory_equal(bf_history_objectives(&history, 0), ((const double[]){7, 8}), 16);
  assert_true(history.violations[2] == 0.75 && history.violations[0] == 0);
  assert_int_equal(history.complete[0], 2);
  assert_int_equal(history.complete[1], 0);
  bf_history_release(&history);
}

static void failed_configurations_stay_known(void **state)
{
  (void)state;
  bf_history history = history_of(1);
  bf_history_end(&history, 0, NULL, 0);
  assert_true(bf_history_has(&history, (const uint32_t[]){0}));
  assert_int_equal(history.n_complete, 0);
  bf_history_release(&history);
}

static void history_without_parameters_has_one_configuration(void **state)
{
  (void)state;
  bf_history history = {.n_objectives = 1};
  assert_false(bf_history_has(&history, NULL));
  add(&history, NULL);
  assert_true(bf_history_has(&history, NULL));
  bf_history_end(&history, 0, (const double[]){1}, 0);
  assert_true(*bf_history_objectives(&history, 0) == 1);
  bf_history_release(&history);
}

/* Reserving fails, each time at another allocation, and then goes on where it was. */
static void history_survives_a_lack_of_memory(void **state)
{
  (void)state;
  enum { N = 100 };
  for (long n_failed = 0; n_failed < 8; n_failed++) {
    bf_history history = {.n_parameters = 1, .n_objectives = 2};
    for (uint32_t k = 0; k < N; k++) {
      bf_alloc_fail_after(n_failed);
      bf_status status = bf_history_reserve(&history);
      bf_alloc_fail_after(-1);
      assert_true(status == BF_OK || status == BF_ERR_NOMEM);
      assert_int_equal(history.n, k);
      add(&history, &k);
    }
    for (uint32_t k = 0; k < N; k++)
      assert_true(bf_history_has(&history, &k) && *bf_history_indexes(&history, k) == k);
    bf_history_release(&history);
  }
}

static void reserved_room_needs_no_memory(void **state)
{
  (void)state;
  bf_history history = {.n_parameters = 1, .n_objectives = 1};
  for (uint32_t k = 0; k < 100; k++) {
    assert_ok(bf_history_reserve(&history));
    bf_alloc_fail_after(0);
    bf_history_add(&history, &k);
    bf_history_end(&history, k, (const double[]){k}, 0);
    assert_true(bf_history_has(&history, &k));
    bf_alloc_fail_after(-1);
  }
  bf_history_release(&history);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(empty_history_has_nothing),
      cmocka_unit_test(configurations_are_known_once_they_are_added),
      cmocka_unit_test(configurations_of_high_indexes_do_not_mix),
      cmocka_unit_test(lists_follow_trials_that_end_in_any_order),
      cmocka_unit_test(results_stay_with_their_trials),
      cmocka_unit_test(failed_configurations_stay_known),
      cmocka_unit_test(history_without_parameters_has_one_configuration),
      cmocka_unit_test(history_survives_a_lack_of_memory),
      cmocka_unit_test(reserved_room_needs_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
