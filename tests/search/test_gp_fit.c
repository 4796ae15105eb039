/* Tests of search/gp_fit.h: what data says about lengths and noise is found.
 * Room: search. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "search/gp_fit.h"

enum { N = 100, N_AXES = 4, N_CHOICES = 9 };

static const bf_parameter parameters[N_AXES] = {
    {.name = "a", .n_choices = N_CHOICES},
    {.name = "b", .n_choices = N_CHOICES},
    {.name = "c", .n_choices = N_CHOICES},
    {.name = "d", .n_choices = N_CHOICES, .kind = BF_PARAMETER_CHOICE}};
static const bf_space space = {.n_parameters = N_AXES, .parameters = parameters};

typedef struct fixture {
  bf_gp_axes axes;
  bf_gp_model workshop;
  bf_history history;
  uint32_t numbers[N];
  double z[N];
  double lengths[N_AXES];
  bf_gp_theta theta;
} fixture;

/* Values wave along a and b, do not change along c, and jump along d or do not. */
static void set_up(fixture *f, double noise, double jump)
{
  const bf_gp_loops *loops;
  bf_random random = bf_random_stream(6, BF_PURPOSE_SYNTH, 0);
  *f = (fixture){.history = {.n_parameters = N_AXES, .n_objectives = 1}};
  assert_ok(bf_gp_loops_find(&loops));
  assert_ok(bf_gp_axes_init(&f->axes, &space));
  assert_ok(bf_gp_model_init(&f->workshop, &f->axes, loops, BF_GP_FIT_POINTS));
  f->theta.lengths = f->lengths;
  bf_gp_theta_start(&f->theta, N_AXES);
  while (f->history.n < N) {
    uint32_t x[N_AXES];
    size_t i = f->history.n;
    for (size_t d = 0; d < N_AXES; d++)
      x[d] = (uint32_t)bf_random_below(&random, N_CHOICES);
    if (bf_history_has(&f->history, x))
      continue;
    assert_ok(bf_history_reserve(&f->history));
    bf_history_add(&f->history, x);
    f->numbers[i] = (uint32_t)i;
    f->z[i] = sin(x[0] * 0.9) + cos(x[1] * 0.7) + jump * (x[3] * 5 % 7) +
              noise * bf_random_normal(&random);
  }
}

static void tear_down(fixture *f)
{
  bf_history_release(&f->history);
  bf_gp_model_release(&f->workshop);
  bf_gp_axes_release(&f->axes);
}

static void fit(fixture *f, int n_times)
{
  for (int i = 0; i < n_times; i++)
    bf_gp_fit(&f->workshop, &f->history, N, f->numbers, f->z, &f->theta);
}

static double ln_likelihood(fixture *f)
{
  bf_gp_model_cut(&f->workshop, 0);
  bf_gp_model_set_theta(&f->workshop, &f->theta);
  for (size_t i = 0; i < N; i++)
    bf_gp_kernel_add(&f->workshop.kernel, bf_history_indexes(&f->history, i));
  bf_gp_model_factor(&f->workshop);
  bf_gp_model_learn(&f->workshop, f->z);
  return bf_gp_model_ln_likelihood(&f->workshop);
}

static void fit_makes_the_data_more_likely(void **state)
{
  (void)state;
  fixture f;
  set_up(&f, 0.05, 0.2);
  double before = ln_likelihood(&f);
  fit(&f, 8);
  assert_true(ln_likelihood(&f) > before + 10);
  tear_down(&f);
}

static void axis_without_effect_gets_a_great_length(void **state)
{
  (void)state;
  fixture f;
  set_up(&f, 0.01, 0);
  fit(&f, 8);
  assert_true(f.lengths[2] > 3 * f.lengths[0] && f.lengths[2] > 3 * f.lengths[1]);
  assert_true(f.lengths[3] > 2);
  tear_down(&f);
  set_up(&f, 0.01, 1);
  fit(&f, 8);
  assert_true(f.lengths[3] < 2);
  tear_down(&f);
}

static void noise_is_told_from_the_signal(void **state)
{
  (void)state;
  double noise[2];
  for (int i = 0; i < 2; i++) {
    fixture f;
    set_up(&f, i == 0 ? 0.001 : 0.5, 0);
    fit(&f, 8);
    noise[i] = f.theta.noise;
    tear_down(&f);
  }
  assert_true(noise[0] < 0.003 && noise[1] > 0.02);
}

static void parameters_stay_in_their_ranges(void **state)
{
  (void)state;
  fixture f;
  for (int kind = 0; kind < 3; kind++) {
    set_up(&f, kind == 0 ? 0 : 100, kind == 2 ? 1000 : 0);
    for (size_t i = 0; kind == 0 && i < N; i++)
      f.z[i] = 3;
    fit(&f, 20);
    for (size_t d = 0; d < N_AXES; d++)
      assert_true(f.lengths[d] >= 0.02 && f.lengths[d] <= 30);
    assert_true(f.theta.noise >= 1e-4 && f.theta.noise <= 0.5);
    assert_true(f.theta.share >= 0 && f.theta.share <= 0.96);
    tear_down(&f);
  }
}

static void what_the_workshop_held_does_not_matter(void **state)
{
  (void)state;
  fixture f;
  double lengths[N_AXES];
  set_up(&f, 0.05, 0.2);
  fit(&f, 1);
  memcpy(lengths, f.lengths, sizeof lengths);
  bf_gp_theta_start(&f.theta, N_AXES);
  bf_gp_fit(&f.workshop, &f.history, 40, f.numbers + 11, f.z, &f.theta);
  bf_gp_theta_start(&f.theta, N_AXES);
  fit(&f, 1);
  assert_memory_equal(lengths, f.lengths, sizeof lengths);
  tear_down(&f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fit_makes_the_data_more_likely),
      cmocka_unit_test(axis_without_effect_gets_a_great_length),
      cmocka_unit_test(noise_is_told_from_the_signal),
      cmocka_unit_test(parameters_stay_in_their_ranges),
      cmocka_unit_test(what_the_workshop_held_does_not_matter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
