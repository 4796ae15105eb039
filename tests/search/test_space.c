/* Tests of search/space.h: sizes and codes, also where some parameters do not matter.
 * Room: search. */
#include "unit.h"

#include "base/random.h"
#include "search/random_space.h"
#include "search/space.h"

enum { MAX_PARAMETERS = 80 };

/* A space of the given numbers of choices; the parameters live until the next call. */
static bf_space make_space(size_t n, const uint32_t *n_choices)
{
  static bf_parameter parameters[MAX_PARAMETERS];
  assert_true(n <= MAX_PARAMETERS);
  for (size_t d = 0; d < n; d++)
    parameters[d] = (bf_parameter){.name = "p", .n_choices = n_choices[d]};
  return (bf_space){.n_parameters = n, .parameters = parameters};
}

static void size_of_no_parameters_is_one(void **state)
{
  (void)state;
  bf_space space = {0};
  assert_int_equal(bf_space_size(&space), 1);
}

static void size_is_the_product_of_choices(void **state)
{
  (void)state;
  bf_space space = make_space(6, (const uint32_t[]){2, 1, 3, 1, 3, 1});
  assert_int_equal(bf_space_size(&space), 18);
}

static void size_below_two_to_64_is_exact(void **state)
{
  (void)state;
  uint32_t twos[63];
  for (size_t d = 0; d < 63; d++)
    twos[d] = 2;
  bf_space space = make_space(63, twos);
  assert_true(bf_space_size(&space) == (uint64_t)1 << 63);
  /* 3 * 5 * 17 * 257 * 641 * 65537 * 6700417 = 2^64 - 1; one factor left out. */
  space = make_space(6, (const uint32_t[]){5, 17, 257, 641, 65537, 6700417});
  assert_true(bf_space_size(&space) == UINT64_MAX / 3);
}

static void size_of_two_to_64_or_more_saturates(void **state)
{
  (void)state;
  uint32_t twos[64];
  for (size_t d = 0; d < 64; d++)
    twos[d] = 2;
  bf_space space = make_space(64, twos);
  assert_true(bf_space_size(&space) == UINT64_MAX);
  space = make_space(3, (const uint32_t[]){UINT32_MAX, UINT32_MAX, UINT32_MAX});
  assert_true(bf_space_size(&space) == UINT64_MAX);
}

static void decode_runs_the_last_parameter_fastest(void **state)
{
  (void)state;
  bf_space space = make_space(3, (const uint32_t[]){2, 3, 4});
  uint64_t code = 0;
  for (uint32_t a = 0; a < 2; a++)
    for (uint32_t b = 0; b < 3; b++)
      for (uint32_t c = 0; c < 4; c++) {
        uint32_t indexes[3];
        bf_space_decode(&space, code++, indexes);
        assert_int_equal(indexes[0], a);
        assert_int_equal(indexes[1], b);
        assert_int_equal(indexes[2], c);
      }
}

static void decode_of_large_codes_keeps_every_digit(void **state)
{
  (void)state;
  bf_space space = make_space(2, (const uint32_t[]){UINT32_MAX, UINT32_MAX});
  uint32_t indexes[2];
  uint64_t code = (uint64_t)4294967290 * UINT32_MAX + 4294967293;
  bf_space_decode(&space, code, indexes);
  assert_int_equal(indexes[0], 4294967290);
  assert_int_equal(indexes[1], 4294967293);
}

enum { N_SPACES = 400 };

/* Calls @p check with random spaces and all their configurations. */
static void check_random_spaces(void (*check)(const bf_space *space, const configurations *all))
{
  static configurations all;
  bf_random random = bf_random_stream(31, BF_PURPOSE_SAMPLER, 0);
  for (int i = 0; i < N_SPACES; i++) {
    random_space r;
    fill_random_space(&r, &random);
    list_configurations(&r.space, &all);
    check(&r.space, &all);
  }
}

static void check_size(const bf_space *space, const configurations *all)
{
  assert_int_equal(bf_space_size(space), all->n);
}

static void size_counts_canonical_configurations(void **state)
{
  (void)state;
  check_random_spaces(check_size);
}

static void check_codes(const bf_space *space, const configurations *all)
{
  for (size_t code = 0; code < all->n; code++) {
    uint32_t indexes[MOST_PARAMETERS] = {0};
    bf_space_decode(space, code, indexes);
    assert_memory_equal(indexes, all->indexes[code], sizeof indexes);
  }
}

static void decode_lists_canonical_configurations_in_order(void **state)
{
  (void)state;
  check_random_spaces(check_codes);
}

/* Every combination, not only canonical ones. */
static void check_canonicalise(const bf_space *space, const configurations *all)
{
  uint32_t any[MOST_PARAMETERS] = {0};
  do {
    uint32_t indexes[MOST_PARAMETERS];
    memcpy(indexes, any, sizeof any);
    bf_space_canonicalise(space, indexes);
    assert_true(find_configuration(all, space, indexes) < all->n);
    for (size_t d = 0; d < space->n_parameters; d++)
      assert_int_equal(indexes[d], bf_space_matters(space, any, d) ? any[d] : 0);
  } while (next_combination(space, any));
}

static void canonicalise_clears_what_makes_no_difference_and_nothing_else(void **state)
{
  (void)state;
  check_random_spaces(check_canonicalise);
}

static void size_of_conditional_parameters_adds_up(void **state)
{
  (void)state;
  static const bool under_the_last_two[] = {false, true, true};
  static const bool under_the_first[] = {true, false, false};
  const bf_parameter parameters[] = {
      {.name = "free", .n_choices = 2},
      {.name = "parent", .n_choices = 3},
      {.name = "a", .n_choices = 5, .parent = 1, .matters = under_the_last_two},
      {.name = "between", .n_choices = 7},
      {.name = "b", .n_choices = 11, .parent = 1, .matters = under_the_first}};
  const bf_space space = {.n_parameters = 5, .parameters = parameters};
  assert_int_equal(bf_space_size(&space), 2 * (11 + 5 + 5) * 7);
}

/* 2^63 + 2 configurations, and twice as many. */
static void size_of_large_groups_saturates_or_is_exact(void **state)
{
  (void)state;
  static const bool under_the_last[] = {false, false, true};
  bf_parameter parameters[65] = {{.name = "parent", .n_choices = 3}};
  for (size_t d = 1; d <= 63; d++)
    parameters[d] = (bf_parameter){.name = "p", .n_choices = 2, .matters = under_the_last};
  bf_space space = {.n_parameters = 64, .parameters = parameters};
  assert_true(bf_space_size(&space) == ((uint64_t)1 << 63) + 2);
  uint32_t indexes[64];
  bf_space_decode(&space, ((uint64_t)1 << 63) + 1, indexes);
  for (size_t d = 0; d < 64; d++)
    assert_int_equal(indexes[d], d == 0 ? 2 : 1);
  parameters[64] = (bf_parameter){.name = "p", .n_choices = 2};
  space.n_parameters = 65;
  assert_true(bf_space_size(&space) == UINT64_MAX);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(size_of_no_parameters_is_one),
      cmocka_unit_test(size_is_the_product_of_choices),
      cmocka_unit_test(size_below_two_to_64_is_exact),
      cmocka_unit_test(size_of_two_to_64_or_more_saturates),
      cmocka_unit_test(decode_runs_the_last_parameter_fastest),
      cmocka_unit_test(decode_of_large_codes_keeps_every_digit),
      cmocka_unit_test(size_counts_canonical_configurations),
      cmocka_unit_test(decode_lists_canonical_configurations_in_order),
      cmocka_unit_test(canonicalise_clears_what_makes_no_difference_and_nothing_else),
      cmocka_unit_test(size_of_conditional_parameters_adds_up),
      cmocka_unit_test(size_of_large_groups_saturates_or_is_exact),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
