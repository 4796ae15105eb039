/* Tests of search/nsga_variation.h on random spaces of all kinds.
 * Room: search. */
#include "unit.h"

#include "base/random.h"
#include "search/nsga_variation.h"
#include "search/random_space.h"

enum { N_SPACES = 300 };

static void draw(const bf_space *space, bf_random *random, uint32_t *indexes)
{
  for (size_t d = 0; d < space->n_parameters; d++)
    indexes[d] = (uint32_t)bf_random_below(random, space->parameters[d].n_choices);
  bf_space_canonicalise(space, indexes);
}

/* Where a child may have its index from. */
static bool is_inherited(const bf_space *space, size_t d, const uint32_t *child,
                         const uint32_t *parent)
{
  return bf_space_matters(space, parent, d) && child[d] == parent[d];
}

static void child_has_every_index_from_a_parent_where_it_matters(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(71, BF_PURPOSE_SAMPLER, 0);
  for (int i = 0; i < N_SPACES; i++) {
    random_space r;
    uint32_t first[MOST_PARAMETERS];
    uint32_t second[MOST_PARAMETERS];
    uint32_t child[MOST_PARAMETERS];
    fill_random_space(&r, &random);
    for (int k = 0; k < 20; k++) {
      draw(&r.space, &random, first);
      draw(&r.space, &random, second);
      bf_cross(&r.space, first, second, 0.5, &random, child);
      assert_true(is_canonical(&r.space, child));
      for (size_t d = 0; d < r.space.n_parameters; d++)
        assert_true(!bf_space_matters(&r.space, child, d) ||
                    is_inherited(&r.space, d, child, first) ||
                    is_inherited(&r.space, d, child, second));
    }
  }
}

static void child_without_swapping_is_the_first_parent(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(72, BF_PURPOSE_SAMPLER, 0);
  for (int i = 0; i < N_SPACES; i++) {
    random_space r;
    uint32_t first[MOST_PARAMETERS] = {0};
    uint32_t second[MOST_PARAMETERS] = {0};
    uint32_t child[MOST_PARAMETERS] = {0};
    fill_random_space(&r, &random);
    draw(&r.space, &random, first);
    draw(&r.space, &random, second);
    bf_cross(&r.space, first, second, 0, &random, child);
    assert_memory_equal(child, first, sizeof child);
    bf_cross(&r.space, first, second, 1, &random, child);
    assert_memory_equal(child, second, sizeof child);
  }
}

static void swapping_probability_is_that_of_an_index(void **state)
{
  (void)state;
  const bf_parameter parameter = {.name = "p", .n_choices = 2};
  const bf_space space = {.n_parameters = 1, .parameters = &parameter};
  bf_random random = bf_random_stream(73, BF_PURPOSE_SAMPLER, 0);
  size_t n = 0;
  for (int i = 0; i < 10000; i++) {
    uint32_t child;
    bf_cross(&space, (const uint32_t[]){0}, (const uint32_t[]){1}, 0.3, &random, &child);
    n += child;
  }
  assert_in_range(n, 2800, 3200);
}

/* Parameters that differ and mattered before and matter after. */
static size_t n_changed(const bf_space *space, const uint32_t *before, const uint32_t *after)
{
  size_t n = 0;
  for (size_t d = 0; d < space->n_parameters; d++)
    n += before[d] != after[d] && bf_space_matters(space, before, d) &&
         bf_space_matters(space, after, d);
  return n;
}

static void mutation_of_one_changes_one(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(74, BF_PURPOSE_SAMPLER, 0);
  for (int i = 0; i < N_SPACES; i++) {
    random_space r;
    uint32_t before[MOST_PARAMETERS];
    uint32_t after[MOST_PARAMETERS];
    fill_random_space(&r, &random);
    for (int k = 0; k < 20; k++) {
      draw(&r.space, &random, before);
      memcpy(after, before, sizeof after);
      bf_mutate_one(&r.space, &random, after);
      assert_true(is_canonical(&r.space, after));
      size_t expected = bf_n_mutable(&r.space, before) > 0;
      assert_int_equal(n_changed(&r.space, before, after), expected);
    }
  }
}

static void mutation_of_each_spares_all_or_changes_all(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(75, BF_PURPOSE_SAMPLER, 0);
  for (int i = 0; i < N_SPACES; i++) {
    random_space r;
    uint32_t before[MOST_PARAMETERS] = {0};
    uint32_t after[MOST_PARAMETERS] = {0};
    fill_random_space(&r, &random);
    draw(&r.space, &random, before);
    memcpy(after, before, sizeof after);
    bf_mutate_each(&r.space, 0, &random, after);
    assert_memory_equal(after, before, sizeof after);
    bf_mutate_each(&r.space, 1, &random, after);
    assert_true(is_canonical(&r.space, after));
    for (size_t d = 0; d < r.space.n_parameters; d++)
      if (r.parameters[d].matters == NULL && r.parameters[d].n_choices > 1)
        assert_int_not_equal(after[d], before[d]);
  }
}

/* Counts where mutations of @p index go. */
static void count_steps(bf_parameter_kind kind, uint32_t index, size_t counts[8])
{
  const bf_parameter parameter = {.name = "p", .n_choices = 8, .kind = kind};
  const bf_space space = {.n_parameters = 1, .parameters = &parameter};
  bf_random random = bf_random_stream(76, BF_PURPOSE_SAMPLER, index);
  memset(counts, 0, 8 * sizeof *counts);
  for (int i = 0; i < 14000; i++) {
    uint32_t indexes = index;
    bf_mutate_one(&space, &random, &indexes);
    counts[indexes]++;
  }
  assert_int_equal(counts[index], 0);
}

static void choices_mutate_to_any_other(void **state)
{
  (void)state;
  size_t counts[8];
  count_steps(BF_PARAMETER_CHOICE, 3, counts);
  for (size_t c = 0; c < 8; c++)
    assert_true(c == 3 || (counts[c] > 1850 && counts[c] < 2150));
}

/* Half of them to a neighbour, the other half anywhere: 1/4 + 1/14 and 1/14 of all. */
static void ordered_parameters_mutate_to_a_neighbour_every_second_time(void **state)
{
  (void)state;
  size_t counts[8];
  count_steps(BF_PARAMETER_ORDERED, 3, counts);
  for (size_t c = 0; c < 8; c++) {
    size_t expected = c == 2 || c == 4 ? 4500 : 1000;
    assert_true(c == 3 || (counts[c] > expected - 250 && counts[c] < expected + 250));
  }
  count_steps(BF_PARAMETER_ORDERED, 0, counts);
  assert_in_range(counts[1], 7750, 8250);
  count_steps(BF_PARAMETER_ORDERED, 7, counts);
  assert_in_range(counts[6], 7750, 8250);
}

/* A parameter that begins to matter must not always begin with choice 0. */
static void mutation_draws_what_begins_to_matter(void **state)
{
  (void)state;
  static const bool under_the_second[] = {false, true};
  const bf_parameter parameters[] = {
      {.name = "parent", .n_choices = 2},
      {.name = "child", .n_choices = 4, .parent = 0, .matters = under_the_second}};
  const bf_space space = {.n_parameters = 2, .parameters = parameters};
  bf_random random = bf_random_stream(77, BF_PURPOSE_SAMPLER, 0);
  size_t counts[4] = {0};
  for (int i = 0; i < 4000; i++) {
    uint32_t indexes[] = {0, 0};
    bf_mutate_one(&space, &random, indexes);
    assert_int_equal(indexes[0], 1);
    counts[indexes[1]]++;
  }
  for (size_t c = 0; c < 4; c++)
    assert_in_range(counts[c], 880, 1120);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(child_has_every_index_from_a_parent_where_it_matters),
      cmocka_unit_test(child_without_swapping_is_the_first_parent),
      cmocka_unit_test(swapping_probability_is_that_of_an_index),
      cmocka_unit_test(mutation_of_one_changes_one),
      cmocka_unit_test(mutation_of_each_spares_all_or_changes_all),
      cmocka_unit_test(choices_mutate_to_any_other),
      cmocka_unit_test(ordered_parameters_mutate_to_a_neighbour_every_second_time),
      cmocka_unit_test(mutation_draws_what_begins_to_matter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
