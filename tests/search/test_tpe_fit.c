/* Tests of search/tpe_fit.h: densities against an independent implementation, and who is in them.
 * Room: search. */
#include "unit.h"

#include <math.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "search/tpe_fit.h"

enum { LANES = BF_TPE_LANES, MOST_PARAMETERS = 5 };

/* A study as tests/golden/make_tpe.py tells it. */
typedef struct study {
  bf_parameter parameters[MOST_PARAMETERS];
  bf_space space;
  bf_history history;
  bf_sampler_options options;
  bf_tpe_fit fit;
} study;

static double number_at(const bf_json *list, size_t i)
{
  double number = 0;
  assert_ok(bf_json_double(bf_json_at(list, i), &number));
  return number;
}

static void init_study(study *s, size_t n_parameters, bf_tpe_model model)
{
  s->space = (bf_space){.n_parameters = n_parameters, .parameters = s->parameters};
  s->history = (bf_history){.n_parameters = n_parameters, .n_objectives = 1};
  s->options = bf_sampler_defaults();
  s->options.tpe_model = model;
  assert_ok(bf_tpe_fit_init(&s->fit, &s->space, &s->history, &s->options));
}

static void release_study(study *s)
{
  bf_tpe_fit_release(&s->fit);
  bf_history_release(&s->history);
}

static uint32_t add_trial(study *s, const uint32_t *indexes)
{
  assert_ok(bf_history_reserve(&s->history));
  bf_history_add(&s->history, indexes);
  return (uint32_t)s->history.n - 1;
}

static void end_trial(study *s, uint32_t number, double value)
{
  bf_history_end(&s->history, number, &value, 0);
  assert_ok(bf_tpe_fit_add(&s->fit, number));
}

static void read_indexes(const bf_json *row, uint32_t *indexes)
{
  for (size_t d = 0; d < bf_json_size(row); d++)
    indexes[d] = (uint32_t)number_at(row, d);
}

static void read_space(study *s, const bf_json *golden)
{
  const bf_json *n_choices = bf_json_get(golden, "n_choices");
  const bf_json *is_choice = bf_json_get(golden, "is_choice");
  for (size_t d = 0; d < bf_json_size(n_choices); d++)
    s->parameters[d] = (bf_parameter){.name = "p",
                                      .n_choices = (uint32_t)number_at(n_choices, d),
                                      .kind = number_at(is_choice, d) > 0 ? BF_PARAMETER_CHOICE
                                                                          : BF_PARAMETER_ORDERED};
}

static void read_study(study *s, const bf_json *golden)
{
  uint32_t indexes[MOST_PARAMETERS];
  double model = 0;
  const bf_json *complete = bf_json_get(golden, "complete");
  const bf_json *pending = bf_json_get(golden, "pending");
  assert_ok(bf_json_double(bf_json_get(golden, "model"), &model));
  read_space(s, golden);
  init_study(s, bf_json_size(bf_json_get(golden, "n_choices")), (bf_tpe_model)model);
  for (size_t i = 0; i < bf_json_size(complete); i++) {
    read_indexes(bf_json_at(complete, i), indexes);
    end_trial(s, add_trial(s, indexes), number_at(bf_json_get(golden, "values"), i));
  }
  for (size_t i = 0; i < bf_json_size(pending); i++) {
    read_indexes(bf_json_at(pending, i), indexes);
    add_trial(s, indexes);
  }
  assert_ok(bf_tpe_fit_update(&s->fit));
}

/* Of one configuration, all of whose parameters matter; apart: of a product of densities. */
static double log_density(bf_tpe_density *density, const uint32_t *indexes, bool apart)
{
  uint32_t choices[MOST_PARAMETERS * LANES];
  double values[LANES];
  size_t n = density->space->n_parameters;
  double sum = 0;
  for (size_t i = 0; i < n * LANES; i++)
    choices[i] = indexes[i / LANES];
  for (size_t d = 0; d < n; d++) {
    if (apart || d == 0) {
      bf_tpe_density_rate(density, d, apart ? d + 1 : n, choices, values);
      sum += log(values[0]);
    }
    sum -= log(density->scales[d]);
  }
  return sum;
}

static void densities_are_those_of_an_independent_implementation(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_json *golden = NULL;
  assert_ok(bf_file_read(BF_GOLDEN "/tpe.json", &text));
  assert_ok(bf_json_parse(bf_text_view(&text), "tpe.json", &golden));
  const bf_json *cases = bf_json_get(golden, "cases");
  assert_true(bf_json_size(cases) > 30);
  for (size_t k = 0; k < bf_json_size(cases); k++) {
    study s;
    const bf_json *one = bf_json_at(cases, k);
    const bf_json *points = bf_json_get(one, "points");
    read_study(&s, one);
    bool apart = s.options.tpe_model == BF_TPE_INDEPENDENT;
    for (size_t i = 0; i < bf_json_size(points); i++) {
      uint32_t indexes[MOST_PARAMETERS];
      read_indexes(bf_json_at(points, i), indexes);
      double good = log_density(&s.fit.good, indexes, apart);
      double bad = log_density(&s.fit.bad, indexes, apart);
      assert_true(fabs(good - number_at(bf_json_get(one, "good"), i)) < 1e-8);
      assert_true(fabs(bad - number_at(bf_json_get(one, "bad"), i)) < 1e-8);
    }
    release_study(&s);
  }
  bf_json_free(golden);
  bf_text_release(&text);
}

/* One parameter of 5000 choices; trial k has choice k and value k. */
static void fill_study(study *s, size_t n, size_t n_pending, bool constant_liar)
{
  s->parameters[0] = (bf_parameter){.name = "p", .n_choices = 5000};
  init_study(s, 1, BF_TPE_OWN);
  s->options.constant_liar = constant_liar;
  for (uint32_t k = 0; k < n + n_pending; k++)
    assert_int_equal(add_trial(s, &k), k);
  for (uint32_t k = 0; k < n; k++)
    end_trial(s, k, k);
  assert_ok(bf_tpe_fit_update(&s->fit));
}

static void running_trials_are_others_unless_told_otherwise(void **state)
{
  (void)state;
  for (int constant_liar = 0; constant_liar <= 1; constant_liar++) {
    study s;
    size_t n_pending = constant_liar ? 7 : 0;
    fill_study(&s, 40, 7, constant_liar);
    assert_int_equal(s.fit.split.n_good, 4);
    assert_int_equal(s.fit.n_others, 36 + n_pending);
    for (size_t i = 0; i < s.fit.n_others; i++)
      assert_int_equal(s.fit.others[i], 4 + i);
    assert_int_equal(s.fit.bad.n, 37 + n_pending);
    release_study(&s);
  }
}

static void only_the_latest_of_the_others_are_looked_at(void **state)
{
  (void)state;
  study s;
  fill_study(&s, 3000, 20, true);
  assert_int_equal(s.fit.n_others, BF_TPE_OTHERS);
  for (size_t i = 0; i < BF_TPE_OTHERS; i++)
    assert_int_equal(s.fit.others[i], 3020 - BF_TPE_OTHERS + i);
  release_study(&s);
  fill_study(&s, 30, 3000, true);
  assert_int_equal(s.fit.n_others, BF_TPE_OTHERS);
  assert_int_equal(s.fit.others[0], 3030 - BF_TPE_OTHERS);
  release_study(&s);
}

static void failed_trials_are_nowhere(void **state)
{
  (void)state;
  study s;
  fill_study(&s, 30, 1, true);
  bf_history_end(&s.history, 30, NULL, 0);
  assert_ok(bf_tpe_fit_add(&s.fit, 30));
  assert_ok(bf_tpe_fit_update(&s.fit));
  assert_int_equal(s.fit.split.n_good, 3);
  assert_int_equal(s.fit.n_others, 27);
  assert_int_equal(s.fit.others[26], 29);
  release_study(&s);
}

static void one_kernel_is_expected_to_change_one_parameter(void **state)
{
  (void)state;
  study s;
  const uint32_t indexes[3] = {1, 1, 0};
  s.parameters[0] = (bf_parameter){.name = "a", .n_choices = 3};
  s.parameters[1] = (bf_parameter){.name = "b", .n_choices = 4, .kind = BF_PARAMETER_CHOICE};
  s.parameters[2] = (bf_parameter){.name = "c", .n_choices = 1};
  init_study(&s, 3, BF_TPE_OWN);
  end_trial(&s, add_trial(&s, indexes), 1);
  assert_ok(bf_tpe_fit_update(&s.fit));
  for (size_t d = 0; d < 2; d++) {
    assert_true(s.fit.good.kernels[d].stay == 0.5);
    assert_true(s.fit.bad.kernels[d].stay == 0.5);
    /* Both densities have the same kernels, by the number of the good ones. */
    assert_true(s.fit.bad.kernels[d].offset == s.fit.good.kernels[d].offset);
  }
  assert_int_equal(s.fit.good.kernels[0].shape, BF_TPE_HARMONIC);
  assert_int_equal(s.fit.good.kernels[1].shape, BF_TPE_SPIKE);
  release_study(&s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(densities_are_those_of_an_independent_implementation),
      cmocka_unit_test(running_trials_are_others_unless_told_otherwise),
      cmocka_unit_test(only_the_latest_of_the_others_are_looked_at),
      cmocka_unit_test(failed_trials_are_nowhere),
      cmocka_unit_test(one_kernel_is_expected_to_change_one_parameter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
