/* Tests of search/tpe_density.h: mixtures against their definition, conditions, large spaces.
 * Room: search. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "search/random_space.h"
#include "search/space_of.h"
#include "search/tpe_density.h"

enum { LANES = BF_TPE_LANES, MOST_KERNELS = 40 };

static const bf_tpe_shape shapes[] = {BF_TPE_SPIKE, BF_TPE_HARMONIC, BF_TPE_NORMAL};

static void fill_kernels(const bf_space *space, bf_tpe_density *density)
{
  for (size_t d = 0; d < space->n_parameters; d++)
    density->kernels[d] = (bf_tpe_kernel){.shape = shapes[d % 3],
                                          .n_choices = space->parameters[d].n_choices,
                                          .stay = 0.6,
                                          .sigma = 0.3 * space->parameters[d].n_choices};
}

/* A mixture around some configurations of a list, of weights 1, 1/2, 1, 1/2 ... */
static void fill_density(const bf_space *space, const configurations *all, size_t n,
                         bf_tpe_density *density)
{
  assert_ok(bf_tpe_density_init(density, space, MOST_KERNELS));
  fill_kernels(space, density);
  for (size_t k = 0; k < n; k++)
    bf_tpe_density_add(density, all->indexes[k * 7 % all->n], k % 2 == 0 ? 1 : 0.5);
}

static void lay_out(const bf_space *space, const uint32_t *indexes, size_t lane, uint32_t *choices)
{
  for (size_t d = 0; d < space->n_parameters; d++)
    choices[d * LANES + lane] = bf_space_matters(space, indexes, d) ? indexes[d] : BF_TPE_NO_CHOICE;
}

static double factor(const bf_tpe_density *density, size_t d, uint32_t center, uint32_t choice)
{
  double probability = 0;
  bf_tpe_kernel_rate(&density->kernels[d], center, 1, &choice, &probability);
  return probability * density->kernels[d].n_choices;
}

/* The definition, written out. */
static double expected_density(const bf_tpe_density *density, const configurations *all, size_t n,
                               const uint32_t *indexes)
{
  const bf_space *space = density->space;
  double sum = 0;
  double total = 0;
  for (size_t k = 0; k <= n; k++) {
    /* The last one is the prior. */
    const uint32_t *center = k < n ? all->indexes[k * 7 % all->n] : NULL;
    double product = k == n || k % 2 == 0 ? 1 : 0.5;
    total += product;
    for (size_t d = 0; d < space->n_parameters; d++) {
      bool knows = center != NULL && bf_space_matters(space, center, d);
      if (bf_space_matters(space, indexes, d))
        product *= factor(density, d, knows ? center[d] : BF_TPE_NO_CHOICE, indexes[d]);
    }
    sum += product;
  }
  return sum / total;
}

static void check_density(const bf_space *space, const configurations *all, size_t n)
{
  bf_tpe_density density;
  uint32_t choices[MOST_PARAMETERS * LANES];
  fill_density(space, all, n, &density);
  for (size_t first = 0; first < all->n; first += LANES) {
    double values[LANES];
    for (size_t i = 0; i < LANES; i++)
      lay_out(space, all->indexes[(first + i) % all->n], i, choices);
    bf_tpe_density_rate(&density, 0, space->n_parameters, choices, values);
    for (size_t i = 0; i < LANES; i++) {
      double expected = expected_density(&density, all, n, all->indexes[(first + i) % all->n]);
      assert_true(fabs(values[i] / expected - 1) < 1e-12);
    }
  }
  bf_tpe_density_release(&density);
}

/* With few kernels rates are not tabulated, with many they are. */
static void density_is_the_mixture_of_its_kernels(void **state)
{
  (void)state;
  static configurations all;
  bf_random random = bf_random_stream(61, BF_PURPOSE_SAMPLER, 0);
  for (int i = 0; i < 60; i++) {
    random_space any;
    fill_random_space(&any, &random);
    list_configurations(&any.space, &all);
    check_density(&any.space, &all, (size_t)bf_random_below(&random, MOST_KERNELS));
  }
}

/* The mean over all configurations is 1, as densities are relative to equal chances; that holds
 * where all parameters matter. */
static void density_of_the_whole_space_is_one(void **state)
{
  (void)state;
  static configurations all;
  any_space any;
  bf_tpe_density density;
  uint32_t choices[3 * LANES];
  double sum = 0;
  fill_space(&any, 3, (const uint32_t[]){4, 3, 4});
  list_configurations(&any.space, &all);
  fill_density(&any.space, &all, 11, &density);
  for (size_t k = 0; k < all.n; k++) {
    double values[LANES];
    for (size_t i = 0; i < LANES; i++)
      lay_out(&any.space, all.indexes[k], i, choices);
    bf_tpe_density_rate(&density, 0, 3, choices, values);
    sum += values[0];
  }
  assert_true(fabs(sum / (double)all.n - 1) < 1e-12);
  bf_tpe_density_release(&density);
}

static void lanes_do_not_see_each_other(void **state)
{
  (void)state;
  static configurations all;
  any_space any;
  bf_tpe_density density;
  uint32_t choices[3 * LANES];
  double values[2][LANES];
  fill_space(&any, 3, (const uint32_t[]){4, 3, 4});
  list_configurations(&any.space, &all);
  fill_density(&any.space, &all, 20, &density);
  for (size_t turn = 0; turn < 2; turn++) {
    for (size_t i = 0; i < LANES; i++)
      lay_out(&any.space, all.indexes[5 * i], turn == 0 ? i : LANES - 1 - i, choices);
    bf_tpe_density_rate(&density, 0, 3, choices, values[turn]);
  }
  for (size_t i = 0; i < LANES; i++)
    assert_true(values[0][i] == values[1][LANES - 1 - i]);
  bf_tpe_density_release(&density);
}

static void part_of_the_parameters_is_rated_alone(void **state)
{
  (void)state;
  static configurations all;
  any_space any;
  bf_tpe_density density;
  uint32_t choices[3 * LANES];
  double values[LANES];
  fill_space(&any, 3, (const uint32_t[]){4, 3, 4});
  list_configurations(&any.space, &all);
  fill_density(&any.space, &all, 2, &density);
  for (size_t i = 0; i < LANES; i++)
    lay_out(&any.space, all.indexes[i], i, choices);
  bf_tpe_density_rate(&density, 1, 2, choices, values);
  for (size_t i = 0; i < LANES; i++) {
    uint32_t choice = all.indexes[i][1];
    double expected = (1 + factor(&density, 1, all.indexes[0][1], choice) +
                       0.5 * factor(&density, 1, all.indexes[7][1], choice)) /
                      2.5;
    assert_true(fabs(values[i] - expected) < 1e-14);
  }
  bf_tpe_density_release(&density);
}

/* Neither products of many factors nor sums of none leave the range of doubles. */
static void densities_of_large_spaces_are_finite_and_positive(void **state)
{
  (void)state;
  enum { N = 900 };
  static bf_parameter parameters[N];
  static uint32_t indexes[3][N];
  static uint32_t choices[N * LANES];
  bf_tpe_density density;
  double values[LANES];
  const bf_space space = {.n_parameters = N, .parameters = parameters};
  for (size_t d = 0; d < N; d++) {
    parameters[d] = (bf_parameter){.name = "p", .n_choices = d % 50 == 0 ? 1000000 : 40};
    indexes[1][d] = 1;
    indexes[2][d] = 39;
  }
  assert_ok(bf_tpe_density_init(&density, &space, 3));
  for (size_t d = 0; d < N; d++)
    density.kernels[d] = (bf_tpe_kernel){
        .shape = BF_TPE_HARMONIC, .n_choices = parameters[d].n_choices, .stay = 0.999};
  bf_tpe_density_add(&density, indexes[0], 1);
  bf_tpe_density_add(&density, indexes[1], 1);
  for (size_t i = 0; i < LANES; i++)
    lay_out(&space, indexes[i % 3], i, choices);
  bf_tpe_density_rate(&density, 0, N, choices, values);
  for (size_t i = 0; i < LANES; i++)
    assert_true(values[i] > 0 && isfinite(values[i]));
  assert_true(values[0] > 1e100 && values[1] > 1e100 && values[2] < 1);
  bf_tpe_density_release(&density);
}

static void draws_come_from_the_kernel_that_is_named(void **state)
{
  (void)state;
  static configurations all;
  any_space any;
  bf_tpe_density density;
  bf_random random = bf_random_stream(62, BF_PURPOSE_SAMPLER, 0);
  fill_space(&any, 3, (const uint32_t[]){4, 3, 4});
  list_configurations(&any.space, &all);
  fill_density(&any.space, &all, 5, &density);
  for (size_t d = 0; d < 3; d++)
    density.kernels[d].shape = BF_TPE_SPIKE;
  for (size_t d = 0; d < 3; d++)
    density.kernels[d].stay = 1;
  bool differs = false;
  for (size_t i = 0; i < 100; i++)
    for (size_t d = 0; d < 3; d++) {
      assert_int_equal(bf_tpe_density_draw(&density, 3, d, &random), all.indexes[14][d]);
      differs |= bf_tpe_density_draw(&density, 0, d, &random) != all.indexes[14][d];
    }
  assert_true(differs);
  bf_tpe_density_release(&density);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(density_is_the_mixture_of_its_kernels),
      cmocka_unit_test(density_of_the_whole_space_is_one),
      cmocka_unit_test(lanes_do_not_see_each_other),
      cmocka_unit_test(part_of_the_parameters_is_rated_alone),
      cmocka_unit_test(densities_of_large_spaces_are_finite_and_positive),
      cmocka_unit_test(draws_come_from_the_kernel_that_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
