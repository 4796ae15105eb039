/* Tests of search/gp_choice.h: the best candidate is found, with and without constraints.
 * Room: search. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "search/gp_choice.h"
#include "search/gp_learner.h"

enum { N_PARAMETERS = 3, N_ALL = 4 * 5 * 5, N_TOLD = 30, N_TARGETS = 2 };

static const bf_parameter parameters[N_PARAMETERS] = {
    {.name = "a", .n_choices = 4, .kind = BF_PARAMETER_CHOICE},
    {.name = "b", .n_choices = 5},
    {.name = "c", .n_choices = 5}};
static const bf_space space = {.n_parameters = N_PARAMETERS, .parameters = parameters};

typedef struct fixture {
  bf_history history;
  bf_gp_learner learner;
  bf_gp_choice choice;
  bf_gp_model *targets[N_TARGETS];
} fixture;

static void tell(fixture *f, const uint32_t *x, bool is_constrained)
{
  size_t number = f->history.n;
  const double y[N_TARGETS] = {x[1] + 0.3 * x[2] + x[0] % 2, 4 - x[1] + 0.5 * fabs(x[2] - 2.0)};
  assert_ok(bf_history_reserve(&f->history));
  bf_history_add(&f->history, x);
  bf_history_end(&f->history, number, y, is_constrained && x[2] < 2 ? 2.0 - x[2] : 0);
  assert_ok(bf_gp_learner_tell(&f->learner, &f->history));
}

/* A learner of some trials, and a choice that aims at their front. */
static void set_up(fixture *f, uint64_t seed, bool is_constrained)
{
  bf_random random = bf_random_stream(seed, BF_PURPOSE_SYNTH, 0);
  *f = (fixture){.history = {.n_parameters = N_PARAMETERS, .n_objectives = N_TARGETS}};
  assert_ok(bf_gp_learner_init(&f->learner, &space, N_TARGETS, 6));
  assert_ok(bf_gp_choice_init(&f->choice, &space, &f->history, f->learner.loops, N_TARGETS));
  while (f->history.n < N_TOLD) {
    uint32_t x[N_PARAMETERS];
    bf_space_decode(&space, bf_random_below(&random, N_ALL), x);
    if (!bf_history_has(&f->history, x))
      tell(f, x, is_constrained);
  }
  bf_gp_learner_refresh(&f->learner, &f->history);
  for (size_t m = 0; m < N_TARGETS; m++)
    f->targets[m] = &f->learner.models[m];
  f->choice.targets = f->targets;
  f->choice.n_targets = N_TARGETS;
  f->choice.violation = is_constrained ? &f->learner.models[N_TARGETS] : NULL;
  bf_gp_gain_start(&f->choice.gain, N_TARGETS, &random);
  bf_gp_gain_aim(&f->choice.gain, 1.1F, 1);
  for (size_t i = 0; i < N_TOLD; i++)
    if (f->learner.standing.n_better[i] == 0) {
      float z[N_TARGETS];
      for (size_t m = 0; m < N_TARGETS; m++)
        z[m] = (float)bf_gp_learner_value(&f->learner, &f->history, m, f->history.complete[i]);
      bf_gp_gain_reach(&f->choice.gain, z);
    }
  bf_gp_gain_ready(&f->choice.gain);
}

static void tear_down(fixture *f)
{
  bf_gp_choice_release(&f->choice);
  bf_gp_learner_release(&f->learner);
  bf_history_release(&f->history);
}

static bf_gp_score exact_score(fixture *f, const uint32_t *x)
{
  float means[N_TARGETS];
  float sds[N_TARGETS];
  for (size_t m = 0; m < N_TARGETS; m++) {
    bf_gp_model_sds(f->targets[m], 1, &x, &sds[m]);
    means[m] = bf_gp_model_mean(f->targets[m], x);
  }
  return f->learner.loops->gain(&f->choice.gain.front, means, sds);
}

/* All unseen configurations are candidates here. */
static void choice_is_the_best_of_all_that_is_left(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 40; seed++) {
    fixture f;
    uint32_t chosen[N_PARAMETERS];
    set_up(&f, seed, false);
    bf_random random = bf_random_stream(seed, BF_PURPOSE_SAMPLER, 0);
    assert_true(bf_gp_choose(&f.choice, &f.learner.standing, &random, chosen));
    assert_false(bf_history_has(&f.history, chosen));
    bf_gp_score best = exact_score(&f, chosen);
    for (uint64_t code = 0; code < N_ALL; code++) {
      uint32_t x[N_PARAMETERS];
      bf_space_decode(&space, code, x);
      if (!bf_history_has(&f.history, x))
        assert_true(exact_score(&f, x).gain <= best.gain * 1.0001F);
    }
    tear_down(&f);
  }
}

static void choice_meets_the_constraints_it_learnt(void **state)
{
  (void)state;
  size_t n_missed = 0;
  for (uint64_t seed = 0; seed < 40; seed++) {
    fixture f;
    uint32_t chosen[N_PARAMETERS];
    set_up(&f, seed, true);
    bf_random random = bf_random_stream(seed, BF_PURPOSE_SAMPLER, 0);
    assert_true(bf_gp_choose(&f.choice, &f.learner.standing, &random, chosen));
    n_missed += chosen[2] < 2;
    tear_down(&f);
  }
  assert_true(n_missed <= 2);
}

static void nothing_is_chosen_when_nothing_is_left(void **state)
{
  (void)state;
  fixture f;
  uint32_t chosen[N_PARAMETERS] = {9, 9, 9};
  set_up(&f, 0, false);
  for (uint64_t code = 0; code < N_ALL; code++) {
    uint32_t x[N_PARAMETERS];
    bf_space_decode(&space, code, x);
    if (!bf_history_has(&f.history, x))
      tell(&f, x, false);
  }
  bf_random random = bf_random_stream(1, BF_PURPOSE_SAMPLER, 0);
  assert_false(bf_gp_choose(&f.choice, &f.learner.standing, &random, chosen));
  assert_int_equal(chosen[0], 9);
  tear_down(&f);
}

static void learner_without_memory_fails_cleanly(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  for (long n = 0; status != BF_OK; n++) {
    bf_gp_learner learner = {0};
    bf_gp_choice choice = {0};
    bf_history history = {.n_parameters = N_PARAMETERS, .n_objectives = N_TARGETS};
    bf_alloc_fail_after(n);
    status = bf_gp_learner_init(&learner, &space, N_TARGETS, 6);
    if (status == BF_OK)
      status = bf_gp_choice_init(&choice, &space, &history, learner.loops, N_TARGETS);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    bf_gp_choice_release(&choice);
    bf_gp_learner_release(&learner);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(choice_is_the_best_of_all_that_is_left),
      cmocka_unit_test(choice_meets_the_constraints_it_learnt),
      cmocka_unit_test(nothing_is_chosen_when_nothing_is_left),
      cmocka_unit_test(learner_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
