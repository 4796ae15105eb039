/* Simulated searches: cases that can be worked out by hand, and laws.
 * Tests of src/cluster/simulation.c. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "cluster/simulation.h"

static bf_trial_cost given_cost(const void *context, size_t n_told, size_t n_open)
{
  (void)n_told;
  (void)n_open;
  return *(const bf_trial_cost *)context;
}

static const bf_trial_cost nothing;

static void assert_near(double found, double expected, double tolerance)
{
  if (!(fabs(found - expected) <= tolerance))
    fail_msg("%.9g, expected %.9g within %g", found, expected, tolerance);
}

static bf_simulation setting(size_t n_workers, size_t n_trials, double trial_s,
                             const bf_trial_cost *cost)
{
  return (bf_simulation){.n_workers = n_workers,
                         .n_trials = n_trials,
                         .trial_s = trial_s,
                         .seed = 1,
                         .cost = given_cost,
                         .context = cost};
}

static bf_outcome simulated(const bf_simulation *given)
{
  bf_outcome outcome;
  assert_ok(bf_simulate(given, &outcome));
  assert_true(outcome.utilisation > 0 && outcome.utilisation <= 1 + 1e-12);
  assert_true(isnan(outcome.steady) || (outcome.steady >= 0 && outcome.steady <= 1 + 1e-12));
  assert_true(outcome.load >= 0 && outcome.load <= 1 + 1e-12);
  return outcome;
}

/* Asks and accepts in turn: four times 2 + 10 + 1 ms. */
static void lone_process_waits_for_itself(void **state)
{
  (void)state;
  const bf_trial_cost cost = {.ask_s = 2e-3, .accept_s = 1e-3};
  bf_simulation given = setting(1, 4, 10e-3, &cost);
  bf_outcome outcome;
  assert_ok(bf_simulate_alone(&given, &outcome));
  assert_near(outcome.wall_s, 52e-3, 1e-12);
  assert_near(outcome.utilisation, 40.0 / 52, 1e-12);
  assert_near(outcome.load, 12.0 / 52, 1e-12);
}

/* The first trial starts after one ask of 2 ms and half a message of 1 ms, and the worker nap in
 * which the task comes; the others follow without a pause, since each was there in advance; rank 0
 * accepts the last one, 1 + 0.5 ms, after a nap of at most 1 ms. */
static void one_worker_waits_for_its_first_task_only(void **state)
{
  (void)state;
  const bf_trial_cost cost = {.ask_s = 2e-3, .accept_s = 1e-3};
  bf_simulation given = setting(1, 5, 50e-3, &cost);
  given.message_s = 1e-3;
  bf_outcome outcome = simulated(&given);
  assert_true(outcome.wall_s >= 2.5e-3 + 250e-3 + 1.5e-3);
  assert_true(outcome.wall_s <= 2.5e-3 + 250e-3 + 1.5e-3 + 2 * 2e-3);
  assert_near(outcome.load * outcome.wall_s, 5 * (2e-3 + 1e-3 + 1e-3), 1e-12);
  assert_near(outcome.steady, 1, 1e-12);
}

/* Without costs two workers share ten trials, and naps are all that is lost. */
static void two_workers_share_the_trials(void **state)
{
  (void)state;
  bf_simulation given = setting(2, 10, 100e-3, &nothing);
  bf_outcome outcome = simulated(&given);
  assert_true(outcome.wall_s >= 0.5 && outcome.wall_s < 0.506);
  assert_true(outcome.load < 1e-12);
}

/* An odd trial out: one worker has nothing to do during the last one. */
static void last_trial_leaves_a_worker_idle(void **state)
{
  (void)state;
  bf_simulation given = setting(2, 3, 100e-3, &nothing);
  bf_outcome outcome = simulated(&given);
  assert_near(outcome.utilisation, 0.75, 0.02);
}

/* 400 workers of 10 ms want 40,000 trials a second; with a message each rank 0 serves 20,000 and is
 * soon behind, in bundles 50,000. Where the sampler is slow there are none. */
static void rank_0_behind_works_in_bundles(void **state)
{
  (void)state;
  const bf_trial_cost quick = {.ask_s = 5e-6, .accept_s = 5e-6};
  const bf_trial_cost slow = {.ask_s = 300e-6};
  bf_simulation given = setting(400, 80000, 10e-3, &quick);
  given.message_s = 40e-6;
  double single = simulated(&given).utilisation;
  assert_near(single, 0.5, 0.02);
  given.bundled_s = 10e-6;
  assert_true(simulated(&given).utilisation > 0.9);
  given = setting(400, 8000, 10e-3, &slow);
  given.message_s = 40e-6;
  double sampler = simulated(&given).utilisation;
  given.bundled_s = 10e-6;
  assert_true(simulated(&given).utilisation == sampler);
}

/* It serves 1 / cost trials a second, however many workers there are: 4 ms each. */
static void rank_0_saturates(void **state)
{
  (void)state;
  const bf_trial_cost cost = {.ask_s = 2e-3, .accept_s = 1e-3};
  for (size_t n_workers = 8; n_workers <= 512; n_workers *= 4) {
    bf_simulation given = setting(n_workers, 40 * n_workers, 20e-3, &cost);
    given.message_s = 1e-3;
    bf_outcome outcome = simulated(&given);
    double rate = (double)given.n_trials / outcome.wall_s;
    assert_true(rate <= 250 * 1.01 && rate >= 250 * 0.97);
    assert_near(outcome.steady, 5.0 / (double)n_workers, 0.02 * 5 / (double)n_workers);
    assert_true(outcome.load > 0.97);
  }
}

/* Four workers end a trial of 20 ms each 5 ms, and it needs three of these. */
static void rank_0_that_is_fast_enough_keeps_all_busy(void **state)
{
  (void)state;
  const bf_trial_cost cost = {.ask_s = 2e-3, .accept_s = 1e-3};
  bf_simulation given = setting(4, 4000, 20e-3, &cost);
  bf_outcome outcome = simulated(&given);
  assert_true(outcome.steady > 0.98);
  assert_near(outcome.load, 0.6, 0.02);
}

/* A worker that needs 5 ms between two trials of 20 ms works for four fifths of the time. */
static void worker_loses_what_is_between_trials(void **state)
{
  (void)state;
  bf_simulation given = setting(3, 3000, 20e-3, &nothing);
  given.worker_s = 5e-3;
  assert_near(simulated(&given).steady, 0.8, 1e-3);
}

/* A task that is there in advance hides the way to rank 0 and back, as long as that is shorter than
 * a trial. Longer ones are waited for: 10 ms of trial, 20 there and 20 back make two trials each 50
 * ms. */
static void long_ways_are_waited_for(void **state)
{
  (void)state;
  bf_simulation given = setting(4, 4000, 10e-3, &nothing);
  given.wire_s = 4e-3;
  assert_true(simulated(&given).steady > 0.99);
  given.wire_s = 20e-3;
  double steady = simulated(&given).steady;
  assert_true(steady > 0.36 && steady <= 0.4);
}

static void spread_keeps_the_mean(void **state)
{
  (void)state;
  bf_simulation given = setting(16, 20000, 10e-3, &nothing);
  given.spread = 0.5;
  bf_outcome outcome = simulated(&given);
  double mean_s = outcome.utilisation * outcome.wall_s * 16 / 20000;
  assert_near(mean_s, 10e-3, 0.15e-3);
}

static void same_seed_is_the_same_search(void **state)
{
  (void)state;
  const bf_trial_cost cost = {.ask_s = 1e-4, .accept_s = 1e-4};
  bf_simulation given = setting(64, 5000, 10e-3, &cost);
  given.spread = 0.2;
  bf_outcome a = simulated(&given);
  bf_outcome b = simulated(&given);
  given.seed = 2;
  bf_outcome c = simulated(&given);
  assert_memory_equal(&a, &b, sizeof a);
  assert_true(a.wall_s != c.wall_s);
}

/* Doubling what costs something never makes workers busier. */
static void costs_never_help(void **state)
{
  (void)state;
  for (size_t n_workers = 1; n_workers <= 1024; n_workers *= 4) {
    double before = 2;
    for (double cost_s = 1e-6; cost_s < 1e-2; cost_s *= 2) {
      const bf_trial_cost cost = {.ask_s = cost_s, .accept_s = cost_s};
      bf_simulation given = setting(n_workers, 16 * n_workers, 20e-3, &cost);
      given.message_s = cost_s;
      given.worker_s = cost_s;
      given.nap_late_s = 60e-6;
      double utilisation = simulated(&given).utilisation;
      /* Naps end by chance a little earlier or later. */
      assert_true(utilisation <= before + 5e-3);
      before = utilisation;
    }
  }
}

static void search_of_fewer_trials_than_workers_ends(void **state)
{
  (void)state;
  bf_simulation given = setting(8, 3, 10e-3, &nothing);
  bf_outcome outcome = simulated(&given);
  assert_near(outcome.utilisation, 3.0 / 8, 0.05);
  assert_true(isnan(outcome.steady));
}

static void senseless_settings_are_refused(void **state)
{
  (void)state;
  bf_outcome outcome = {.wall_s = 7};
  const bf_simulation good = setting(2, 10, 10e-3, &nothing);
  bf_simulation bad[8];
  for (size_t i = 0; i < 8; i++)
    bad[i] = good;
  bad[0].n_workers = 0;
  bad[1].n_trials = 0;
  bad[2].trial_s = 1e-4;
  bad[3].trial_s = (double)NAN;
  bad[4].spread = -1;
  bad[5].message_s = -1;
  bad[6].wire_s = (double)INFINITY;
  bad[7].worker_s = -1;
  for (size_t i = 0; i < 8; i++) {
    assert_int_equal(bf_simulate(&bad[i], &outcome), BF_ERR_USAGE);
    assert_int_equal(bf_simulate_alone(&bad[i], &outcome), BF_ERR_USAGE);
  }
  assert_true(outcome.wall_s == 7);
}

static void lack_of_memory_is_reported(void **state)
{
  (void)state;
  const bf_simulation given = setting(4, 40, 10e-3, &nothing);
  bf_outcome outcome = {.wall_s = 7};
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status == BF_ERR_NOMEM; n++) {
    assert_true(outcome.wall_s == 7);
    bf_alloc_fail_after(n);
    status = bf_simulate(&given, &outcome);
  }
  bf_alloc_fail_after(-1);
  assert_true(n == 5 && status == BF_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lone_process_waits_for_itself),
      cmocka_unit_test(one_worker_waits_for_its_first_task_only),
      cmocka_unit_test(two_workers_share_the_trials),
      cmocka_unit_test(last_trial_leaves_a_worker_idle),
      cmocka_unit_test(rank_0_behind_works_in_bundles),
      cmocka_unit_test(rank_0_saturates),
      cmocka_unit_test(rank_0_that_is_fast_enough_keeps_all_busy),
      cmocka_unit_test(worker_loses_what_is_between_trials),
      cmocka_unit_test(long_ways_are_waited_for),
      cmocka_unit_test(spread_keeps_the_mean),
      cmocka_unit_test(same_seed_is_the_same_search),
      cmocka_unit_test(costs_never_help),
      cmocka_unit_test(search_of_fewer_trials_than_workers_ends),
      cmocka_unit_test(senseless_settings_are_refused),
      cmocka_unit_test(lack_of_memory_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
