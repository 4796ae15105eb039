/* Tests of search/gp_pool.h: candidates are canonical, new and different, and like their parents.
 * Room: search. */
#include "unit.h"

#include "search/gp_pool.h"
#include "search/random_space.h"

static void see(bf_history *history, const uint32_t *indexes)
{
  assert_ok(bf_history_reserve(history));
  bf_history_add(history, indexes);
}

static void assert_sound(const bf_gp_pool *pool)
{
  size_t width = pool->space->n_parameters * sizeof(uint32_t);
  for (size_t i = 0; i < pool->n; i++) {
    assert_true(is_canonical(pool->space, bf_gp_pool_at(pool, i)));
    assert_false(bf_history_has(pool->history, bf_gp_pool_at(pool, i)));
    for (size_t j = 0; j < i; j++)
      assert_memory_not_equal(bf_gp_pool_at(pool, i), bf_gp_pool_at(pool, j), width);
  }
}

static void candidates_are_canonical_new_and_different(void **state)
{
  (void)state;
  static configurations all;
  bf_random random = bf_random_stream(21, BF_PURPOSE_SYNTH, 0);
  for (int study = 0; study < 60; study++) {
    random_space any;
    bf_gp_pool pool;
    do {
      fill_random_space(&any, &random);
      list_configurations(&any.space, &all);
    } while (all.n < 3);
    bf_history history = {.n_parameters = any.space.n_parameters, .n_objectives = 1};
    for (size_t i = 0; i < all.n; i += 3)
      see(&history, all.indexes[i]);
    assert_ok(bf_gp_pool_init(&pool, &any.space, &history));
    for (int i = 0; i < 300 && pool.n < BF_GP_POOL; i++) {
      const uint32_t *mother =
          bf_history_indexes(&history, bf_gp_pick(&random, (uint32_t)history.n));
      const uint32_t *father =
          bf_history_indexes(&history, bf_gp_pick(&random, (uint32_t)history.n));
      if (i % 3 == 0)
        bf_gp_pool_add_random(&pool, &random);
      else
        bf_gp_pool_add_child(&pool, mother, i % 3 == 1 ? father : NULL, &random);
    }
    assert_sound(&pool);
    bf_gp_pool_release(&pool);
    bf_history_release(&history);
  }
}

static void pool_starts_with_all_that_is_left_if_that_is_little(void **state)
{
  (void)state;
  const bf_parameter parameters[2] = {{.name = "a", .n_choices = 30},
                                      {.name = "b", .n_choices = 30}};
  const bf_space space = {.n_parameters = 2, .parameters = parameters};
  bf_history history = {.n_parameters = 2, .n_objectives = 1};
  bf_gp_pool pool;
  assert_ok(bf_gp_pool_init(&pool, &space, &history));
  for (uint32_t code = 0; code < 900; code++) {
    const uint32_t indexes[2] = {code * 7 % 30, code * 7 % 900 / 30};
    size_t n_left = 900 - code;
    assert_int_equal(bf_gp_pool_start(&pool), n_left <= BF_GP_POOL);
    assert_int_equal(pool.n, n_left <= BF_GP_POOL ? n_left : 0);
    assert_sound(&pool);
    see(&history, indexes);
  }
  bf_gp_pool_release(&pool);
  bf_history_release(&history);
}

enum { WIDTH = 10 };

/* Ten parameters of many choices, every second one without order. */
static bf_space wide_space(uint32_t n_choices)
{
  static bf_parameter parameters[WIDTH];
  for (size_t d = 0; d < WIDTH; d++)
    parameters[d] = (bf_parameter){.name = "p",
                                   .n_choices = n_choices,
                                   .kind = d % 2 == 1 ? BF_PARAMETER_CHOICE : BF_PARAMETER_ORDERED};
  return (bf_space){.n_parameters = WIDTH, .parameters = parameters};
}

static void child_of_one_parent_differs_in_about_two_genes(void **state)
{
  (void)state;
  bf_space space = wide_space(8);
  bf_history history = {.n_parameters = WIDTH, .n_objectives = 1};
  bf_random random = bf_random_stream(22, BF_PURPOSE_SYNTH, 0);
  const uint32_t mother[WIDTH] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
  size_t n_mutated[2] = {0};
  size_t n_near[2] = {0};
  bf_gp_pool pool;
  assert_ok(bf_gp_pool_init(&pool, &space, &history));
  see(&history, mother);
  bf_gp_pool_start(&pool);
  while (pool.n < BF_GP_POOL)
    bf_gp_pool_add_child(&pool, mother, NULL, &random);
  for (size_t i = 0; i < pool.n; i++)
    for (size_t d = 0; d < WIDTH; d++) {
      uint32_t x = bf_gp_pool_at(&pool, i)[d];
      n_mutated[d % 2] += x != 4;
      n_near[d % 2] += x == 3 || x == 5;
    }
  size_t n = n_mutated[0] + n_mutated[1];
  assert_true(n > BF_GP_POOL * 3 / 2 && n < BF_GP_POOL * 5 / 2);
  /* Half of the ordered ones go to a neighbour, and two of seven of the others. */
  assert_true(2 * n_near[0] > n_mutated[0]);
  assert_true(n_near[1] * 2 < n_mutated[1]);
  bf_gp_pool_release(&pool);
  bf_history_release(&history);
}

static void child_of_two_has_genes_of_both(void **state)
{
  (void)state;
  bf_space space = wide_space(8);
  bf_history history = {.n_parameters = WIDTH, .n_objectives = 1};
  bf_random random = bf_random_stream(23, BF_PURPOSE_SYNTH, 0);
  uint32_t mother[WIDTH];
  uint32_t father[WIDTH];
  size_t n_mothers = 0;
  size_t n_fathers = 0;
  bf_gp_pool pool;
  for (size_t d = 0; d < WIDTH; d++) {
    mother[d] = 1;
    father[d] = 6;
  }
  assert_ok(bf_gp_pool_init(&pool, &space, &history));
  bf_gp_pool_start(&pool);
  while (pool.n < BF_GP_POOL)
    bf_gp_pool_add_child(&pool, mother, father, &random);
  for (size_t i = 0; i < pool.n; i++)
    for (size_t d = 0; d < WIDTH; d++) {
      n_mothers += bf_gp_pool_at(&pool, i)[d] == 1;
      n_fathers += bf_gp_pool_at(&pool, i)[d] == 6;
    }
  size_t n = (size_t)BF_GP_POOL * WIDTH;
  assert_true(n_mothers > n * 4 / 10 && n_fathers > n * 4 / 10);
  assert_true(n_mothers + n_fathers > n * 8 / 10 && n_mothers + n_fathers < n);
  bf_gp_pool_release(&pool);
  bf_history_release(&history);
}

/* A step is a neighbour where there are few choices, and of all orders of magnitude where there are
 * many. */
static void steps_suit_the_number_of_choices(void **state)
{
  (void)state;
  bf_history history = {.n_parameters = WIDTH, .n_objectives = 1};
  bf_random random = bf_random_stream(24, BF_PURPOSE_SYNTH, 0);
  bf_space space = wide_space(1000000);
  uint32_t mother[WIDTH];
  size_t n_below[7] = {0};
  bf_gp_pool pool;
  for (size_t d = 0; d < WIDTH; d++)
    mother[d] = 500000;
  assert_ok(bf_gp_pool_init(&pool, &space, &history));
  bf_gp_pool_start(&pool);
  while (pool.n < BF_GP_POOL)
    bf_gp_pool_add_child(&pool, mother, NULL, &random);
  for (size_t i = 0; i < pool.n; i++)
    for (size_t d = 0; d < WIDTH; d += 2) {
      uint32_t x = bf_gp_pool_at(&pool, i)[d];
      uint32_t step = x > 500000 ? x - 500000 : 500000 - x;
      uint32_t limit = 1;
      for (size_t e = 0; e < 7 && step > 0; e++, limit *= 10)
        n_below[e] += step < limit;
    }
  for (size_t e = 1; e < 7; e++)
    assert_true(n_below[e] > n_below[e - 1]);
  bf_gp_pool_release(&pool);
  bf_history_release(&history);
}

/* Its 0 in the parent means nothing. */
static void gene_that_begins_to_matter_is_drawn(void **state)
{
  (void)state;
  static const bool matters[2] = {false, true};
  const bf_parameter parameters[2] = {
      {.name = "has", .n_choices = 2, .kind = BF_PARAMETER_CHOICE},
      {.name = "what", .n_choices = 50, .parent = 0, .matters = matters}};
  const bf_space space = {.n_parameters = 2, .parameters = parameters};
  bf_history history = {.n_parameters = 2, .n_objectives = 1};
  bf_random random = bf_random_stream(25, BF_PURPOSE_SYNTH, 0);
  const uint32_t mother[2] = {0, 0};
  bf_gp_pool pool;
  assert_ok(bf_gp_pool_init(&pool, &space, &history));
  see(&history, mother);
  for (int i = 0; i < 1000; i++)
    bf_gp_pool_add_child(&pool, mother, NULL, &random);
  assert_true(pool.n > 45);
  assert_sound(&pool);
  bf_gp_pool_release(&pool);
  bf_history_release(&history);
}

static void pick_is_uniform(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(26, BF_PURPOSE_SYNTH, 0);
  size_t counts[7] = {0};
  for (int i = 0; i < 7000; i++)
    counts[bf_gp_pick(&random, 7)]++;
  for (size_t i = 0; i < 7; i++)
    assert_true(counts[i] > 850 && counts[i] < 1150);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(candidates_are_canonical_new_and_different),
      cmocka_unit_test(pool_starts_with_all_that_is_left_if_that_is_little),
      cmocka_unit_test(child_of_one_parent_differs_in_about_two_genes),
      cmocka_unit_test(child_of_two_has_genes_of_both),
      cmocka_unit_test(steps_suit_the_number_of_choices),
      cmocka_unit_test(gene_that_begins_to_matter_is_drawn),
      cmocka_unit_test(pick_is_uniform),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
