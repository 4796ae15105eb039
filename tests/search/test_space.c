/* Tests of search/space.h: size and mixed-radix codes.
 * Room: search. */
#include "unit.h"

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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(size_of_no_parameters_is_one),
      cmocka_unit_test(size_is_the_product_of_choices),
      cmocka_unit_test(size_below_two_to_64_is_exact),
      cmocka_unit_test(size_of_two_to_64_or_more_saturates),
      cmocka_unit_test(decode_runs_the_last_parameter_fastest),
      cmocka_unit_test(decode_of_large_codes_keeps_every_digit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
