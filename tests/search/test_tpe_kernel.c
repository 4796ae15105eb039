/* Tests of search/tpe_kernel.h: probabilities add up, draws follow them.
 * Room: search. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "search/tpe_kernel.h"

static const bf_tpe_shape shapes[] = {BF_TPE_SPIKE, BF_TPE_HARMONIC, BF_TPE_NORMAL};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

static bf_tpe_kernel kernel_of(bf_tpe_shape shape, uint32_t n_choices)
{
  return (bf_tpe_kernel){.shape = shape,
                         .n_choices = n_choices,
                         .stay = 0.75,
                         .offset = 0.02 * n_choices,
                         .sigma = 0.1 * n_choices + 0.2};
}

static double rate(const bf_tpe_kernel *kernel, uint32_t center, uint32_t choice)
{
  double probability = -1;
  bf_tpe_kernel_rate(kernel, center, 1, &choice, &probability);
  return probability;
}

static void assert_adds_up(const bf_tpe_kernel *kernel, uint32_t center)
{
  double sum = 0;
  for (uint32_t choice = 0; choice < kernel->n_choices; choice++) {
    double probability = rate(kernel, center, choice);
    assert_true(probability >= 0 && probability <= 1);
    sum += probability;
  }
  assert_true(fabs(sum - 1) < 1e-9);
}

static void probabilities_of_all_choices_add_up_to_one(void **state)
{
  (void)state;
  static const uint32_t sizes[] = {1, 2, 3, 16, 17, 18, 40, 1000};
  for (size_t s = 0; s < N_SHAPES; s++)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      bf_tpe_kernel kernel = kernel_of(shapes[s], sizes[i]);
      assert_adds_up(&kernel, BF_TPE_NO_CHOICE);
      for (uint32_t center = 0; center < sizes[i]; center += 1 + sizes[i] / 20)
        assert_adds_up(&kernel, center);
      assert_adds_up(&kernel, sizes[i] - 1);
    }
}

static void rates_side_by_side_are_those_of_single_choices(void **state)
{
  (void)state;
  static const uint32_t choices[] = {0, 5, 5, 19, 7, 1, 18};
  enum { N = sizeof choices / sizeof *choices };
  for (size_t s = 0; s < N_SHAPES; s++)
    for (uint32_t center = 0; center <= 20; center++) {
      double probabilities[N];
      bf_tpe_kernel kernel = kernel_of(shapes[s], 20);
      uint32_t around = center < 20 ? center : BF_TPE_NO_CHOICE;
      bf_tpe_kernel_rate(&kernel, around, N, choices, probabilities);
      for (size_t i = 0; i < N; i++)
        assert_true(probabilities[i] == rate(&kernel, around, choices[i]));
    }
}

static void spike_treats_all_other_choices_alike(void **state)
{
  (void)state;
  bf_tpe_kernel kernel = kernel_of(BF_TPE_SPIKE, 6);
  for (uint32_t choice = 0; choice < 6; choice++)
    assert_true(fabs(rate(&kernel, 2, choice) - (choice == 2 ? 0.75 : 0.05)) < 1e-15);
}

static void harmonic_kernel_falls_as_one_over_the_distance(void **state)
{
  (void)state;
  for (int offset = 0; offset <= 2; offset++) {
    bf_tpe_kernel kernel = kernel_of(BF_TPE_HARMONIC, 100);
    kernel.offset = offset;
    double next = rate(&kernel, 30, 31) * (1 + offset);
    assert_true(rate(&kernel, 30, 30) == 0.75);
    for (uint32_t choice = 0; choice < 100; choice++) {
      double distance = fabs((double)choice - 30);
      double product = rate(&kernel, 30, choice) * (distance + offset);
      assert_true(choice == 30 || fabs(product - next) < 1e-15);
    }
  }
}

static void nothing_known_makes_choices_alike_or_as_wide_as_the_range(void **state)
{
  (void)state;
  for (size_t s = 0; s < N_SHAPES; s++) {
    bf_tpe_kernel kernel = kernel_of(shapes[s], 5);
    double end = rate(&kernel, BF_TPE_NO_CHOICE, 0);
    double middle = rate(&kernel, BF_TPE_NO_CHOICE, 2);
    assert_true(fabs(rate(&kernel, BF_TPE_NO_CHOICE, 4) - end) < 1e-15);
    assert_true(shapes[s] == BF_TPE_NORMAL ? middle > end && middle < 1.2 * end : middle == end);
  }
}

/* Frequencies differ from probabilities by less than five standard deviations. */
static void assert_draws_follow(const bf_tpe_kernel *kernel, uint32_t center, bf_random *random)
{
  enum { N_DRAWS = 20000, MOST = 40 };
  size_t count[MOST] = {0};
  for (int i = 0; i < N_DRAWS; i++) {
    uint32_t choice = bf_tpe_kernel_draw(kernel, center, random);
    assert_true(choice < kernel->n_choices && choice < MOST);
    count[choice]++;
  }
  for (uint32_t choice = 0; choice < kernel->n_choices; choice++) {
    double p = rate(kernel, center, choice);
    double difference = (double)count[choice] - N_DRAWS * p;
    assert_true(fabs(difference) <= 5 * sqrt(N_DRAWS * p * (1 - p)) + 1e-6);
  }
}

static void draws_follow_the_probabilities(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(7, BF_PURPOSE_SAMPLER, 0);
  static const uint32_t sizes[] = {1, 2, 7, 40};
  for (size_t s = 0; s < N_SHAPES; s++)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      bf_tpe_kernel kernel = kernel_of(shapes[s], sizes[i]);
      assert_draws_follow(&kernel, 0, &random);
      assert_draws_follow(&kernel, sizes[i] / 3, &random);
      assert_draws_follow(&kernel, sizes[i] - 1, &random);
      assert_draws_follow(&kernel, BF_TPE_NO_CHOICE, &random);
    }
}

/* As many from 10 to 99 as from 100 to 999. */
static void steps_among_many_choices_are_of_every_scale(void **state)
{
  (void)state;
  enum { N_CHOICES = 2000001, N_DRAWS = 20000 };
  bf_random random = bf_random_stream(8, BF_PURPOSE_SAMPLER, 0);
  bf_tpe_kernel kernel = kernel_of(BF_TPE_HARMONIC, N_CHOICES);
  size_t n_by_digits[8] = {0};
  kernel.stay = 0;
  kernel.offset = 0;
  for (int i = 0; i < N_DRAWS; i++) {
    int64_t step = (int64_t)bf_tpe_kernel_draw(&kernel, 1000000, &random) - 1000000;
    assert_true(step != 0 && step >= -1000000 && step <= 1000000);
    n_by_digits[(int)log10(fabs((double)step) + 0.5)]++;
  }
  /* Each decade but the first has ln(10) of 14.39 parts. */
  for (int digits = 1; digits < 6; digits++)
    assert_true(fabs((double)n_by_digits[digits] / N_DRAWS - 0.16) < 0.015);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(probabilities_of_all_choices_add_up_to_one),
      cmocka_unit_test(rates_side_by_side_are_those_of_single_choices),
      cmocka_unit_test(spike_treats_all_other_choices_alike),
      cmocka_unit_test(harmonic_kernel_falls_as_one_over_the_distance),
      cmocka_unit_test(nothing_known_makes_choices_alike_or_as_wide_as_the_range),
      cmocka_unit_test(draws_follow_the_probabilities),
      cmocka_unit_test(steps_among_many_choices_are_of_every_scale),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
