/* Tests of search/tpe_choice.h: with candidates enough for the whole space, the best of it is
 * chosen. Room: search. */
#include "unit.h"

#include "base/memory.h"
#include "search/random_space.h"
#include "search/tpe_choice.h"

enum { LANES = BF_TPE_LANES, N_TRIALS = 30 };

typedef struct study {
  random_space any;
  configurations all;
  bf_history history;
  bf_sampler_options options;
  bf_tpe_fit fit;
} study;

/* A fit to some random trials, in a space with at least twice as many configurations. */
static void fill_study(study *s, bf_tpe_model model, bf_random *random)
{
  do {
    fill_random_space(&s->any, random);
    list_configurations(&s->any.space, &s->all);
  } while (s->all.n < 2 * N_TRIALS || s->all.n > 300);
  s->history = (bf_history){.n_parameters = s->any.space.n_parameters, .n_objectives = 1};
  s->options = bf_sampler_defaults();
  s->options.tpe_model = model;
  s->options.n_ei_candidates = 1000;
  assert_ok(bf_tpe_fit_init(&s->fit, &s->any.space, &s->history, &s->options));
  for (uint32_t k = 0; k < N_TRIALS; k++) {
    double value = bf_random_unit(random);
    size_t i = (size_t)bf_random_below(random, s->all.n);
    while (bf_history_has(&s->history, s->all.indexes[i]))
      i = (i + 1) % s->all.n;
    assert_ok(bf_history_reserve(&s->history));
    bf_history_add(&s->history, s->all.indexes[i]);
    bf_history_end(&s->history, k, &value, 0);
    assert_ok(bf_tpe_fit_add(&s->fit, k));
  }
  assert_ok(bf_tpe_fit_update(&s->fit));
  /* No two choices are equally good then. */
  for (size_t k = 0; k < s->fit.bad.n; k++)
    s->fit.bad.weights[k] *= bf_random_unit(random);
}

static void release_study(study *s)
{
  bf_tpe_fit_release(&s->fit);
  bf_history_release(&s->history);
}

static double ratio_of(study *s, size_t first, size_t end, const uint32_t *indexes, bool apart)
{
  uint32_t choices[MOST_PARAMETERS * LANES];
  double good[LANES];
  double bad[LANES];
  const bf_space *space = &s->any.space;
  for (size_t d = 0; d < space->n_parameters; d++)
    for (size_t i = 0; i < LANES; i++)
      choices[d * LANES + i] =
          apart || bf_space_matters(space, indexes, d) ? indexes[d] : BF_TPE_NO_CHOICE;
  bf_tpe_density_rate(&s->fit.good, first, end, choices, good);
  bf_tpe_density_rate(&s->fit.bad, first, end, choices, bad);
  return good[0] / bad[0];
}

static void choose(study *s, uint32_t *indexes, uint64_t seed)
{
  bf_tpe_choice choice;
  bf_random random = bf_random_stream(seed, BF_PURPOSE_SAMPLER, 1);
  assert_ok(bf_tpe_choice_init(&choice, &s->fit));
  if (s->options.tpe_model == BF_TPE_INDEPENDENT)
    bf_tpe_choose_apart(&choice, &random, indexes);
  else
    bf_tpe_choose_jointly(&choice, &random, indexes);
  bf_tpe_choice_release(&choice);
}

/* The best ratio of all configurations that were not tried. */
static double best_ratio(study *s)
{
  double best = 0;
  for (size_t i = 0; i < s->all.n; i++) {
    double ratio = ratio_of(s, 0, s->any.space.n_parameters, s->all.indexes[i], false);
    if (ratio > best && !bf_history_has(&s->history, s->all.indexes[i]))
      best = ratio;
  }
  return best;
}

/* Not all configurations are drawn each time, but nearly. */
static void joint_choice_is_the_best_that_was_not_tried(void **state)
{
  (void)state;
  static study s;
  enum { N_STUDIES = 30 };
  size_t n_best = 0;
  bf_random random = bf_random_stream(95, BF_PURPOSE_SAMPLER, 0);
  for (uint64_t i = 0; i < N_STUDIES; i++) {
    uint32_t indexes[MOST_PARAMETERS];
    fill_study(&s, i % 2 == 0 ? BF_TPE_OWN : BF_TPE_MULTIVARIATE, &random);
    choose(&s, indexes, i);
    assert_true(is_canonical(&s.any.space, indexes));
    assert_false(bf_history_has(&s.history, indexes));
    n_best += ratio_of(&s, 0, s.any.space.n_parameters, indexes, false) >= best_ratio(&s);
    release_study(&s);
  }
  assert_in_range(n_best, N_STUDIES * 9 / 10, N_STUDIES);
}

static uint32_t best_choice(study *s, size_t d)
{
  uint32_t indexes[MOST_PARAMETERS] = {0};
  uint32_t best = 0;
  double most = 0;
  for (uint32_t c = 0; c < s->any.space.parameters[d].n_choices; c++) {
    indexes[d] = c;
    double ratio = ratio_of(s, d, d + 1, indexes, true);
    if (ratio > most) {
      most = ratio;
      best = c;
    }
  }
  return best;
}

/* How much is lost by the choice of parameter @p d, as a ratio of ratios. */
static double loss_of(study *s, size_t d, uint32_t choice, const uint32_t *best)
{
  uint32_t indexes[MOST_PARAMETERS] = {0};
  memcpy(indexes, best, s->any.space.n_parameters * sizeof *best);
  double least = ratio_of(s, d, d + 1, indexes, true);
  indexes[d] = choice;
  return ratio_of(s, d, d + 1, indexes, true) / least;
}

/* The best single change of @p best that was not tried; 0 if all were. */
static double best_change(study *s, const uint32_t *best)
{
  double most = 0;
  const bf_space *space = &s->any.space;
  for (size_t d = 0; d < space->n_parameters; d++)
    for (uint32_t c = 0; c < space->parameters[d].n_choices; c++) {
      uint32_t indexes[MOST_PARAMETERS];
      memcpy(indexes, best, space->n_parameters * sizeof *best);
      indexes[d] = c;
      bf_space_canonicalise(space, indexes);
      double loss = loss_of(s, d, c, best);
      if (c != best[d] && bf_space_matters(space, best, d) && loss > most &&
          !bf_history_has(&s->history, indexes))
        most = loss;
    }
  return most;
}

/* The loss of a configuration that is a single change of @p best; other than that: 0. */
static double loss_of_change(study *s, const uint32_t *best, const uint32_t *changed)
{
  double loss = 0;
  const bf_space *space = &s->any.space;
  for (size_t d = 0; d < space->n_parameters; d++) {
    uint32_t indexes[MOST_PARAMETERS];
    memcpy(indexes, best, space->n_parameters * sizeof *best);
    indexes[d] = changed[d];
    bf_space_canonicalise(space, indexes);
    if (memcmp(indexes, changed, space->n_parameters * sizeof *changed) == 0)
      loss = loss_of(s, d, changed[d], best);
  }
  return loss;
}

/* Every parameter has its own best choice, and the second time the best change is made. */
static void choice_apart_is_the_best_of_every_parameter_or_its_best_change(void **state)
{
  (void)state;
  static study s;
  bf_random random = bf_random_stream(96, BF_PURPOSE_SAMPLER, 0);
  for (uint64_t i = 0; i < 60; i++) {
    uint32_t best[MOST_PARAMETERS];
    uint32_t canonical[MOST_PARAMETERS];
    uint32_t indexes[MOST_PARAMETERS];
    fill_study(&s, BF_TPE_INDEPENDENT, &random);
    size_t n_bytes = s.any.space.n_parameters * sizeof *best;
    for (size_t d = 0; d < s.any.space.n_parameters; d++)
      best[d] = best_choice(&s, d);
    memcpy(canonical, best, n_bytes);
    bf_space_canonicalise(&s.any.space, canonical);
    choose(&s, indexes, i);
    if (!bf_history_has(&s.history, canonical)) {
      assert_memory_equal(indexes, canonical, n_bytes);
      assert_ok(bf_history_reserve(&s.history));
      bf_history_add(&s.history, canonical);
      choose(&s, indexes, i + 1000);
    }
    double most = best_change(&s, best);
    assert_true(most <= 0 || !bf_history_has(&s.history, indexes));
    assert_true(loss_of_change(&s, best, indexes) >= most);
    release_study(&s);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(joint_choice_is_the_best_that_was_not_tried),
      cmocka_unit_test(choice_apart_is_the_best_of_every_parameter_or_its_best_change),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
