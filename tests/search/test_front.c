/* Tests of search/front.h against the definition, on small grids full of ties.
 * Room: search. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "search/front.h"

enum { N_POINTS = 120, MAX_OBJECTIVES = 4, N_ROUNDS = 40 };

typedef struct points {
  size_t n_objectives;
  double values[N_POINTS][MAX_OBJECTIVES];
} points;

/* Integers below @p n_levels: few levels mean many ties and duplicates. */
static points random_points(bf_random *random, size_t n_objectives, uint64_t n_levels)
{
  points p = {.n_objectives = n_objectives};
  for (size_t i = 0; i < N_POINTS; i++)
    for (size_t j = 0; j < n_objectives; j++)
      p.values[i][j] = (double)bf_random_below(random, n_levels) - 1;
  return p;
}

/* The definition, written out: no worse anywhere, and not the same vector. */
static bool beats(const points *p, size_t a, size_t b)
{
  bool no_worse = true;
  bool equal = true;
  for (size_t j = 0; j < p->n_objectives; j++) {
    no_worse = no_worse && p->values[a][j] <= p->values[b][j];
    equal = equal && p->values[a][j] == p->values[b][j];
  }
  return no_worse && !equal;
}

/* Whether @p i is on the front of the first @p n points of @p order. */
static bool belongs(const points *p, const uint32_t *order, size_t n, size_t i)
{
  for (size_t k = 0; k < n; k++)
    if (beats(p, order[k], i))
      return false;
  return true;
}

static void assert_front(const bf_front *front, const points *p, const uint32_t *order, size_t n)
{
  size_t n_members = 0;
  for (size_t k = 0; k < n; k++) {
    bool expected = belongs(p, order, n, order[k]);
    n_members += expected;
    assert_int_equal(bf_front_has(front, order[k]), expected);
  }
  assert_int_equal(bf_front_size(front), n_members);
  const uint64_t *numbers = bf_front_numbers(front);
  for (size_t i = 1; i < n_members; i++)
    assert_true(numbers[i - 1] < numbers[i]);
}

static void check_points(const points *p, const uint32_t *order)
{
  bf_front *front = NULL;
  assert_ok(bf_front_create(p->n_objectives, &front));
  for (size_t k = 0; k < N_POINTS; k++) {
    bool entered = false;
    assert_ok(bf_front_insert(front, order[k], p->values[order[k]], &entered));
    assert_int_equal(entered, belongs(p, order, k + 1, order[k]));
    if (k % 10 == 9)
      assert_front(front, p, order, k + 1);
  }
  bf_front_free(front);
}

static void front_of_random_points_follows_the_definition(void **state)
{
  (void)state;
  static const uint64_t levels[] = {2, 4, 30};
  bf_random random = bf_random_stream(11, BF_PURPOSE_SAMPLER, 0);
  uint32_t order[N_POINTS];
  for (size_t m = 1; m <= MAX_OBJECTIVES; m++)
    for (size_t round = 0; round < N_ROUNDS; round++) {
      points p = random_points(&random, m, levels[round % 3]);
      bf_random_permutation(&random, N_POINTS, order);
      check_points(&p, order);
    }
}

static void front_of_another_order_is_the_same(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(12, BF_PURPOSE_SAMPLER, 0);
  points p = random_points(&random, 3, 5);
  uint64_t first[N_POINTS];
  size_t n_first = 0;
  for (int round = 0; round < 10; round++) {
    uint32_t order[N_POINTS];
    bool entered;
    bf_front *front = NULL;
    bf_random_permutation(&random, N_POINTS, order);
    assert_ok(bf_front_create(3, &front));
    for (size_t k = 0; k < N_POINTS; k++)
      assert_ok(bf_front_insert(front, order[k], p.values[order[k]], &entered));
    if (round == 0) {
      n_first = bf_front_size(front);
      memcpy(first, bf_front_numbers(front), n_first * sizeof *first);
    }
    assert_int_equal(bf_front_size(front), n_first);
    assert_memory_equal(bf_front_numbers(front), first, n_first * sizeof *first);
    bf_front_free(front);
  }
}

/* After every insert: was on the front before, is not now. */
static void dropped_members_are_those_that_left(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(11, BF_PURPOSE_SAMPLER, 0);
  points p = random_points(&random, 2, 12);
  bf_front *front = NULL;
  bool was[N_POINTS] = {false};
  size_t n_left = 0;
  assert_ok(bf_front_create(2, &front));
  for (uint64_t k = 0; k < N_POINTS; k++) {
    bool entered = false;
    size_t n_dropped = 99;
    assert_ok(bf_front_insert(front, k, p.values[k], &entered));
    const uint64_t *dropped = bf_front_dropped(front, &n_dropped);
    for (uint64_t i = 0, at = 0; i <= k; i++) {
      bool has_left = was[i] && !bf_front_has(front, i);
      if (has_left)
        assert_true(at < n_dropped && dropped[at++] == i);
      if (i == k)
        assert_int_equal(at, n_dropped);
      n_left += has_left;
      was[i] = bf_front_has(front, i);
    }
  }
  assert_true(n_left > 5);
  bf_front_free(front);
}

static void equal_vectors_are_all_kept(void **state)
{
  (void)state;
  bf_front *front = NULL;
  bool entered = false;
  const double same[] = {1, 2};
  assert_ok(bf_front_create(2, &front));
  assert_int_equal(bf_front_size(front), 0);
  assert_false(bf_front_has(front, 0));
  for (uint64_t number = 10; number-- > 0;) {
    assert_ok(bf_front_insert(front, number, same, &entered));
    assert_true(entered);
  }
  assert_int_equal(bf_front_size(front), 10);
  assert_ok(bf_front_insert(front, 10, (const double[]){1, 1.5}, &entered));
  assert_true(entered);
  assert_int_equal(bf_front_size(front), 1);
  assert_true(bf_front_has(front, 10));
  bf_front_free(front);
}

static void infinite_objectives_are_compared_like_others(void **state)
{
  (void)state;
  bf_front *front = NULL;
  bool entered = false;
  assert_ok(bf_front_create(2, &front));
  assert_ok(bf_front_insert(front, 0, (const double[]){HUGE_VAL, 0}, &entered));
  assert_true(entered);
  assert_ok(bf_front_insert(front, 1, (const double[]){HUGE_VAL, 1}, &entered));
  assert_false(entered);
  assert_ok(bf_front_insert(front, 2, (const double[]){-HUGE_VAL, 1}, &entered));
  assert_true(entered);
  assert_int_equal(bf_front_size(front), 2);
  bf_front_free(front);
}

/* Point k of a front of any length, in two objectives. */
static void offer(bf_front *front, uint64_t k)
{
  bool entered = false;
  const double point[] = {(double)k, -(double)k};
  assert_ok(bf_front_insert(front, k, point, &entered));
  assert_true(entered);
}

static void insert_without_memory_changes_nothing(void **state)
{
  (void)state;
  enum { N_MEMBERS = 100 };
  /* Dominates all: everything would go if the failed insert had begun. */
  const double best[] = {-1000, -1000};
  for (uint64_t n = 0; n < N_MEMBERS; n++) {
    bf_front *front = NULL;
    assert_ok(bf_front_create(2, &front));
    for (uint64_t k = 0; k < n; k++)
      offer(front, k);
    bf_status status = BF_ERR_NOMEM;
    for (long failing = 0; status != BF_OK; failing++) {
      bool entered = false;
      bf_alloc_fail_after(failing);
      status = bf_front_insert(front, N_MEMBERS, best, &entered);
      bf_alloc_fail_after(-1);
      assert_int_equal(entered, status == BF_OK);
      assert_true(status == BF_OK || status == BF_ERR_NOMEM);
      assert_int_equal(bf_front_size(front), status == BF_OK ? 1 : n);
      assert_true(failing <= 2);
    }
    bf_front_free(front);
  }
}

static void create_without_memory_leaves_the_output(void **state)
{
  (void)state;
  bf_front *front = NULL;
  bf_alloc_fail_after(0);
  assert_fails(bf_front_create(2, &front), BF_ERR_NOMEM, "out of memory");
  bf_alloc_fail_after(-1);
  assert_null(front);
  bf_front_free(NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(front_of_random_points_follows_the_definition),
      cmocka_unit_test(front_of_another_order_is_the_same),
      cmocka_unit_test(dropped_members_are_those_that_left),
      cmocka_unit_test(equal_vectors_are_all_kept),
      cmocka_unit_test(infinite_objectives_are_compared_like_others),
      cmocka_unit_test(insert_without_memory_changes_nothing),
      cmocka_unit_test(create_without_memory_leaves_the_output),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
