/* Tests of sampler tpe: its options, what all its models promise, and that they learn.
 * Room: search. */
#include "unit.h"

#include "base/memory.h"
#include "base/random.h"
#include "search/random_space.h"
#include "search/sampler.h"

enum { MOST_IN_FLIGHT = 64, N_MODELS = 3 };

static bf_sampler_options options_of(bf_tpe_model model, size_t n_objectives)
{
  bf_sampler_options options = bf_sampler_defaults();
  options.seed = 5;
  options.n_objectives = n_objectives;
  options.tpe_model = model;
  return options;
}

/* @p n parameters of @p n_choices, of alternating kinds if so wished. Borrowed until the next
 * call. */
static bf_space equal_space(size_t n, uint32_t n_choices, bool mixed)
{
  static bf_parameter parameters[16];
  assert_true(n <= 16);
  for (size_t d = 0; d < n; d++)
    parameters[d] =
        (bf_parameter){.name = "p",
                       .n_choices = n_choices,
                       .kind = mixed && d % 2 == 1 ? BF_PARAMETER_CHOICE : BF_PARAMETER_ORDERED};
  return (bf_space){.n_parameters = n, .parameters = parameters};
}

static void candidates_must_be_some_and_not_too_many(void **state)
{
  (void)state;
  static const size_t counts[] = {0, 1001};
  bf_space space = equal_space(2, 3, false);
  for (size_t i = 0; i < 2; i++) {
    bf_sampler *sampler = NULL;
    bf_sampler_options options = options_of(BF_TPE_OWN, 1);
    options.n_ei_candidates = counts[i];
    assert_fails(bf_sampler_create("tpe", &space, &options, &sampler), BF_ERR_USAGE,
                 "(n_ei_candidates), it takes 1 to 1000");
    assert_null(sampler);
  }
}

/* Squared distance from a third of the range. */
static double distance_of(const bf_space *space, const uint32_t *indexes)
{
  double sum = 0;
  for (size_t d = 0; d < space->n_parameters; d++) {
    double x = (double)indexes[d] - (double)(space->parameters[d].n_choices / 3);
    sum += x * x;
  }
  return sum;
}

/* How many asks agree with those of sampler random before the first that does not. */
static size_t count_random_asks(const bf_sampler_options *options)
{
  bf_space space = equal_space(6, 30, false);
  bf_sampler *samplers[2] = {NULL, NULL};
  uint32_t indexes[2][6];
  uint64_t k = 0;
  assert_ok(bf_sampler_create("tpe", &space, options, &samplers[0]));
  assert_ok(bf_sampler_create("random", &space, options, &samplers[1]));
  for (;; k++) {
    for (size_t i = 0; i < 2; i++) {
      bool exhausted = true;
      assert_ok(bf_sampler_ask(samplers[i], k, indexes[i], &exhausted));
      double value = distance_of(&space, indexes[i]);
      /* Every third trial fails. */
      assert_ok(bf_sampler_tell(samplers[i], k, k % 3 == 2 ? NULL : &value, 0));
    }
    if (memcmp(indexes[0], indexes[1], sizeof indexes[0]) != 0)
      break;
  }
  bf_sampler_free(samplers[0]);
  bf_sampler_free(samplers[1]);
  return k;
}

static void first_trials_are_random_until_enough_are_complete(void **state)
{
  (void)state;
  for (int model = 0; model < N_MODELS; model++) {
    bf_sampler_options options = options_of((bf_tpe_model)model, 1);
    assert_int_equal(count_random_asks(&options), 14);
    options.n_startup_trials = 1;
    assert_int_equal(count_random_asks(&options), 1);
    options.n_startup_trials = 20;
    assert_int_equal(count_random_asks(&options), 29);
  }
}

/* Objectives of a few levels; some trials fail or violate. */
static void tell_anything(bf_sampler *sampler, uint64_t number, size_t n_objectives)
{
  double objectives[6];
  bf_random random = bf_random_stream(number, BF_PURPOSE_SYNTH, 0);
  for (size_t m = 0; m < n_objectives; m++)
    objectives[m] = (double)bf_random_below(&random, 3);
  bool fails = bf_random_below(&random, 6) == 0;
  double violation = bf_random_below(&random, 3) == 0 ? bf_random_unit(&random) : 0;
  assert_ok(bf_sampler_tell(sampler, number, fails ? NULL : objectives, violation));
}

static void cover(const bf_space *space, const bf_sampler_options *options, size_t n_in_flight)
{
  static configurations all;
  bf_sampler *sampler = NULL;
  uint32_t indexes[MOST_PARAMETERS] = {0};
  uint64_t pending[MOST_IN_FLIGHT];
  size_t n_pending = 0;
  uint64_t n = 0;
  bool exhausted = false;
  list_configurations(space, &all);
  assert_ok(bf_sampler_create("tpe", space, options, &sampler));
  while (!exhausted || n_pending > 0) {
    if (!exhausted && n_pending < n_in_flight) {
      assert_ok(bf_sampler_ask(sampler, n, indexes, &exhausted));
      assert_true(exhausted || find_configuration(&all, space, indexes) < all.n);
      if (!exhausted)
        pending[n_pending++] = n++;
      continue;
    }
    size_t i = (size_t)(n * 7 + n_pending) % n_pending;
    tell_anything(sampler, pending[i], options->n_objectives);
    pending[i] = pending[--n_pending];
  }
  /* The frame has seen to it that no two were equal. */
  assert_int_equal(n, all.n);
  bf_sampler_free(sampler);
}

static void every_model_covers_small_spaces_with_conditions(void **state)
{
  (void)state;
  static const size_t flights[] = {1, 3, 64};
  static configurations all;
  bf_random random = bf_random_stream(91, BF_PURPOSE_SAMPLER, 0);
  for (int i = 0; i < 36; i++) {
    random_space any;
    do {
      fill_random_space(&any, &random);
      list_configurations(&any.space, &all);
    } while (all.n > 250);
    bf_sampler_options options = options_of((bf_tpe_model)(i % N_MODELS), 1 + (size_t)i % 6);
    options.n_ei_candidates = i % 4 == 0 ? 1 : 24;
    options.constant_liar = i % 5 != 0;
    cover(&any.space, &options, flights[i / N_MODELS % 3]);
  }
}

/* @return The least distance that some trials find. */
static double search(const char *name, const bf_sampler_options *options, const bf_space *space,
                     size_t n_trials)
{
  bf_sampler *sampler = NULL;
  uint32_t indexes[16];
  double least = 1e300;
  assert_ok(bf_sampler_create(name, space, options, &sampler));
  for (uint64_t k = 0; k < n_trials; k++) {
    bool exhausted = true;
    assert_ok(bf_sampler_ask(sampler, k, indexes, &exhausted));
    assert_false(exhausted);
    double value = distance_of(space, indexes);
    least = value < least ? value : least;
    assert_ok(bf_sampler_tell(sampler, k, &value, 0));
  }
  bf_sampler_free(sampler);
  return least;
}

static void every_model_learns_in_a_space_of_a_million(void **state)
{
  (void)state;
  bf_space space = equal_space(6, 10, true);
  bf_sampler_options options = options_of(BF_TPE_OWN, 1);
  double random = search("random", &options, &space, 300);
  assert_true(random > 0);
  assert_true(search("tpe", &options, &space, 300) <= 0);
  for (int model = 1; model < N_MODELS; model++) {
    options.tpe_model = (bf_tpe_model)model;
    assert_true(search("tpe", &options, &space, 300) <= 3);
  }
}

static void own_model_learns_among_a_million_ordered_choices(void **state)
{
  (void)state;
  bf_sampler_options options = options_of(BF_TPE_OWN, 1);
  for (size_t n = 1; n <= 3; n += 2) {
    bf_space space = equal_space(n, 1000000, false);
    double random = search("random", &options, &space, 300);
    assert_true(search("tpe", &options, &space, 300) < 1e-3 * random);
  }
}

static void peer_models_work_among_a_million_choices(void **state)
{
  (void)state;
  bf_space space = equal_space(4, 1000000, true);
  for (int model = 1; model < N_MODELS; model++) {
    bf_sampler_options options = options_of((bf_tpe_model)model, 1);
    assert_true(search("tpe", &options, &space, 100) > 0);
  }
}

/* Only a corner of the space, far from the best values, meets the constraint. */
static void trials_go_where_constraints_are_met(void **state)
{
  (void)state;
  bf_space space = equal_space(6, 10, false);
  bf_sampler_options options = options_of(BF_TPE_OWN, 1);
  bf_sampler *sampler = NULL;
  size_t n_feasible = 0;
  assert_ok(bf_sampler_create("tpe", &space, &options, &sampler));
  for (uint64_t k = 0; k < 300; k++) {
    uint32_t indexes[6];
    bool exhausted = true;
    assert_ok(bf_sampler_ask(sampler, k, indexes, &exhausted));
    double value = distance_of(&space, indexes);
    double sum = 0;
    for (size_t d = 0; d < 6; d++)
      sum += indexes[d];
    n_feasible += k >= 150 && sum >= 45;
    assert_ok(bf_sampler_tell(sampler, k, &value, sum < 45 ? 45 - sum : 0));
  }
  assert_true(n_feasible > 25);
  bf_sampler_free(sampler);
}

/* Asks of a study in which 20 trials run. */
static void ask_beside_running(bool constant_liar, uint32_t *rows)
{
  bf_space space = equal_space(4, 8, true);
  bf_sampler_options options = options_of(BF_TPE_OWN, 1);
  bf_sampler *sampler = NULL;
  options.constant_liar = constant_liar;
  assert_ok(bf_sampler_create("tpe", &space, &options, &sampler));
  for (uint64_t k = 0; k < 50; k++) {
    bool exhausted = true;
    assert_ok(bf_sampler_ask(sampler, k, rows + 4 * k, &exhausted));
    double value = distance_of(&space, rows + 4 * k);
    if (k < 30)
      assert_ok(bf_sampler_tell(sampler, k, &value, 0));
  }
  bf_sampler_free(sampler);
}

/* How many parameters differ, summed over all pairs of the running trials. */
static size_t spread_of(const uint32_t *rows)
{
  size_t sum = 0;
  for (size_t i = 30; i < 50; i++)
    for (size_t j = 30; j < i; j++)
      for (size_t d = 0; d < 4; d++)
        sum += rows[4 * i + d] != rows[4 * j + d];
  return sum;
}

static void running_trials_push_others_away(void **state)
{
  (void)state;
  uint32_t rows[2][200];
  for (int constant_liar = 0; constant_liar <= 1; constant_liar++)
    ask_beside_running(constant_liar, rows[constant_liar]);
  assert_memory_equal(rows[0], rows[1], 31 * 4 * sizeof rows[0][0]);
  assert_true(spread_of(rows[1]) > spread_of(rows[0]));
}

/* Asks and tells until memory is short. What failed in an ask can be asked again. */
static bf_status use_sampler(const bf_sampler_options *options)
{
  bf_status status = BF_OK;
  bf_sampler *sampler = NULL;
  bf_space space = equal_space(5, 4, true);
  BF_TRY(bf_sampler_create("tpe", &space, options, &sampler));
  for (uint64_t k = 0; k < 40; k++) {
    uint32_t indexes[5];
    bool exhausted = true;
    double objectives[2] = {(double)(k % 7), (double)(k % 5)};
    status = bf_sampler_ask(sampler, k, indexes, &exhausted);
    if (status != BF_OK) {
      assert_ok(bf_sampler_ask(sampler, k, indexes, &exhausted));
      break;
    }
    BF_TRY(bf_sampler_tell(sampler, k, objectives, 0));
  }
done:
  bf_sampler_free(sampler);
  return status;
}

static void every_model_without_memory_fails_cleanly(void **state)
{
  (void)state;
  for (int model = 0; model < N_MODELS; model++) {
    bf_sampler_options options = options_of((bf_tpe_model)model, 2);
    bf_status status = BF_ERR_NOMEM;
    long n_failed = 0;
    while (status != BF_OK) {
      bf_alloc_fail_after(n_failed++);
      status = use_sampler(&options);
      bf_alloc_fail_after(-1);
      assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    }
    assert_true(n_failed > 30);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(candidates_must_be_some_and_not_too_many),
      cmocka_unit_test(first_trials_are_random_until_enough_are_complete),
      cmocka_unit_test(every_model_covers_small_spaces_with_conditions),
      cmocka_unit_test(every_model_learns_in_a_space_of_a_million),
      cmocka_unit_test(own_model_learns_among_a_million_ordered_choices),
      cmocka_unit_test(peer_models_work_among_a_million_choices),
      cmocka_unit_test(trials_go_where_constraints_are_met),
      cmocka_unit_test(running_trials_push_others_away),
      cmocka_unit_test(every_model_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
