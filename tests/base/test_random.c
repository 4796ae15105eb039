/* Tests of src/base/random.c.
 * Room: base. */
#include "unit.h"

#include <math.h>

#include "base/random.h"

enum { N_DRAWS = 200000, N_BINS = 20 };

/* The known answers that come with Random123 (kat_vectors, philox4x32 with 10 rounds). */
static void philox_gives_the_published_answers(void **state)
{
  (void)state;
  static const struct {
    bf_random start;
    uint32_t words[4];
  } answers[] = {
      {{.seed = 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{.seed = UINT64_MAX, .index = UINT64_MAX, .purpose = UINT32_MAX, .block = UINT32_MAX},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{.seed = 0x299f31d0a4093822,
        .index = 0x0370734413198a2e,
        .purpose = 0x85a308d3,
        .block = 0x243f6a88},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    bf_random random = answers[i].start;
    for (int word = 0; word < 4; word++)
      assert_int_equal(bf_random_u32(&random), answers[i].words[word]);
  }
}

static void u64_has_its_low_word_first(void **state)
{
  (void)state;
  bf_random random = {.seed = 0};
  assert_true(bf_random_u64(&random) == 0xe169c58d6627e8d5);
}

static void stream_draws_do_not_depend_on_other_streams(void **state)
{
  (void)state;
  bf_random alone = bf_random_stream(42, BF_PURPOSE_INIT, 3);
  bf_random mixed = bf_random_stream(42, BF_PURPOSE_INIT, 3);
  bf_random other = bf_random_stream(42, BF_PURPOSE_INIT, 4);
  for (int i = 0; i < 100; i++) {
    bf_random_permutation(&other, 1, &(uint32_t){0});
    bf_random_u32(&other);
    assert_int_equal(bf_random_u32(&alone), bf_random_u32(&mixed));
  }
}

static void streams_of_different_names_differ(void **state)
{
  (void)state;
  const bf_random streams[] = {bf_random_stream(1, BF_PURPOSE_INIT, 1),
                               bf_random_stream(2, BF_PURPOSE_INIT, 1),
                               bf_random_stream(1, BF_PURPOSE_SHUFFLE, 1),
                               bf_random_stream(1, BF_PURPOSE_INIT, 2),
                               bf_random_stream(1, BF_PURPOSE_INIT, (uint64_t)1 << 32),
                               bf_random_stream((uint64_t)1 << 32, BF_PURPOSE_INIT, 1)};
  enum { N = sizeof streams / sizeof *streams };
  uint64_t first[N];
  for (size_t i = 0; i < N; i++) {
    bf_random random = streams[i];
    first[i] = bf_random_u64(&random);
    for (size_t j = 0; j < i; j++)
      assert_true(first[i] != first[j]);
  }
}

static void unit_lies_in_its_range_with_the_right_moments(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(7, BF_PURPOSE_INIT, 0);
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < N_DRAWS; i++) {
    double draw = bf_random_unit(&random);
    assert_true(draw >= 0 && draw < 1);
    sum += draw;
    squares += draw * draw;
  }
  /* Five standard errors of the mean (1/2) and of the second moment (1/3). */
  assert_true(fabs(sum / N_DRAWS - 0.5) < 5 * sqrt(1.0 / 12 / N_DRAWS));
  assert_true(fabs(squares / N_DRAWS - 1.0 / 3) < 5 * sqrt(4.0 / 45 / N_DRAWS));
}

static void normal_has_mean_0_and_variance_1(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(7, BF_PURPOSE_SYNTH, 0);
  double sum = 0;
  double squares = 0;
  double fourth = 0;
  for (int i = 0; i < N_DRAWS; i++) {
    double draw = bf_random_normal(&random);
    assert_true(isfinite(draw));
    sum += draw;
    squares += draw * draw;
    fourth += draw * draw * draw * draw;
  }
  assert_true(fabs(sum / N_DRAWS) < 5 * sqrt(1.0 / N_DRAWS));
  assert_true(fabs(squares / N_DRAWS - 1) < 5 * sqrt(2.0 / N_DRAWS));
  assert_true(fabs(fourth / N_DRAWS - 3) < 5 * sqrt(96.0 / N_DRAWS));
}

static double chi_square(const int *counts, int n_bins, double expected)
{
  double sum = 0;
  for (int i = 0; i < n_bins; i++)
    sum += (counts[i] - expected) * (counts[i] - expected) / expected;
  return sum;
}

static void below_is_uniform(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(11, BF_PURPOSE_SAMPLER, 0);
  int counts[N_BINS] = {0};
  for (int i = 0; i < N_DRAWS; i++)
    counts[bf_random_below(&random, N_BINS)]++;
  /* 0.1 % quantile of chi-square with 19 degrees of freedom. */
  assert_true(chi_square(counts, N_BINS, (double)N_DRAWS / N_BINS) < 43.82);
}

/* With n = 3 * 2^62 the remainder alone would fall twice as often into the first third. */
static void below_has_no_modulo_bias(void **state)
{
  (void)state;
  const uint64_t third = (uint64_t)1 << 62;
  bf_random random = bf_random_stream(11, BF_PURPOSE_SAMPLER, 1);
  int counts[3] = {0};
  for (int i = 0; i < N_DRAWS; i++) {
    uint64_t draw = bf_random_below(&random, 3 * third);
    assert_true(draw < 3 * third);
    counts[draw / third]++;
  }
  assert_true(chi_square(counts, 3, N_DRAWS / 3.0) < 13.82);
}

static void below_1_is_0(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(11, BF_PURPOSE_SAMPLER, 2);
  for (int i = 0; i < 10; i++)
    assert_true(bf_random_below(&random, 1) == 0);
}

static void permutation_holds_every_number_once(void **state)
{
  (void)state;
  enum { N = 1000 };
  uint32_t order[N];
  int seen[N] = {0};
  bf_random random = bf_random_stream(5, BF_PURPOSE_SHUFFLE, 0);
  bf_random_permutation(&random, N, order);
  for (int i = 0; i < N; i++) {
    assert_true(order[i] < N);
    assert_int_equal(seen[order[i]]++, 0);
  }
  bf_random_permutation(&random, 0, order);
}

static void permutation_takes_every_order_equally_often(void **state)
{
  (void)state;
  int counts[6] = {0};
  bf_random random = bf_random_stream(5, BF_PURPOSE_SHUFFLE, 1);
  for (int i = 0; i < 60000; i++) {
    uint32_t order[3];
    bf_random_permutation(&random, 3, order);
    counts[2 * order[0] + (order[1] > order[2])]++;
  }
  assert_true(chi_square(counts, 6, 10000) < 20.52);
}

static void trial_seeds_have_53_bits_and_differ(void **state)
{
  (void)state;
  assert_true(bf_trial_seed(42, 0) != bf_trial_seed(42, 1));
  assert_true(bf_trial_seed(42, 0) != bf_trial_seed(43, 0));
  uint64_t bits = 0;
  for (uint64_t number = 0; number < 1000; number++)
    bits |= bf_trial_seed(42, number);
  assert_true(bits == ((uint64_t)1 << 53) - 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(philox_gives_the_published_answers),
      cmocka_unit_test(u64_has_its_low_word_first),
      cmocka_unit_test(stream_draws_do_not_depend_on_other_streams),
      cmocka_unit_test(streams_of_different_names_differ),
      cmocka_unit_test(unit_lies_in_its_range_with_the_right_moments),
      cmocka_unit_test(normal_has_mean_0_and_variance_1),
      cmocka_unit_test(below_is_uniform),
      cmocka_unit_test(below_has_no_modulo_bias),
      cmocka_unit_test(below_1_is_0),
      cmocka_unit_test(permutation_holds_every_number_once),
      cmocka_unit_test(permutation_takes_every_order_equally_often),
      cmocka_unit_test(trial_seeds_have_53_bits_and_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
