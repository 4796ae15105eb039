/* Tests of search/rank.h against the definition, on small grids full of ties.
 * Room: search. */
#include "unit.h"

#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "base/random.h"
#include "search/rank.h"

enum { N_POINTS = 150, MAX_OBJECTIVES = 6 };

typedef struct points {
  size_t n;
  size_t n_objectives;
  double values[N_POINTS * MAX_OBJECTIVES];
  double violations[N_POINTS];
  bool constrained;
} points;

/* Integers below @p n_levels: few levels mean many ties and duplicates. */
static points random_points(bf_random *random, size_t n_objectives, uint64_t n_levels)
{
  points p = {.n = N_POINTS, .n_objectives = n_objectives};
  for (size_t i = 0; i < N_POINTS * n_objectives; i++)
    p.values[i] = (double)bf_random_below(random, n_levels) - 1;
  return p;
}

/* About a third of the points get one of few violations. */
static void constrain(points *p, bf_random *random)
{
  p->constrained = true;
  for (size_t i = 0; i < p->n; i++)
    if (bf_random_below(random, 3) == 0)
      p->violations[i] = 0.5 * (double)bf_random_below(random, 6);
}

/* The definition, written out. */
static bool beats(const points *p, size_t a, size_t b)
{
  bool no_worse = true;
  bool equal = true;
  if (p->violations[a] > 0 || p->violations[b] > 0)
    return p->violations[a] < p->violations[b];
  for (size_t j = 0; j < p->n_objectives; j++) {
    double x = p->values[a * p->n_objectives + j];
    double y = p->values[b * p->n_objectives + j];
    no_worse = no_worse && x <= y;
    equal = equal && x == y;
  }
  return no_worse && !equal;
}

/* Whether a point without a front is better than point @p b. */
static bool is_beaten(const points *p, const uint32_t *ranks, uint32_t front, size_t b)
{
  for (size_t a = 0; a < p->n; a++)
    if (ranks[a] >= front && beats(p, a, b))
      return true;
  return false;
}

/* Peels front after front. */
static void rank_slowly(const points *p, size_t n_wanted, uint32_t *ranks)
{
  size_t n_ranked = 0;
  for (size_t i = 0; i < p->n; i++)
    ranks[i] = UINT32_MAX;
  for (uint32_t front = 0; n_ranked < n_wanted && n_ranked < p->n; front++)
    for (size_t b = 0; b < p->n; b++)
      if (ranks[b] == UINT32_MAX && !is_beaten(p, ranks, front, b)) {
        ranks[b] = front;
        n_ranked++;
      }
}

static void check(const points *p, size_t n_wanted)
{
  uint32_t ranks[N_POINTS];
  uint32_t expected[N_POINTS];
  rank_slowly(p, n_wanted, expected);
  assert_ok(bf_rank(p->n_objectives, p->n, p->values, p->constrained ? p->violations : NULL,
                    n_wanted, ranks));
  for (size_t i = 0; i < p->n; i++)
    assert_int_equal(ranks[i], expected[i]);
}

/* Wanted: none, one, some, all but one, all, more than there are. */
static void check_wishes(const points *p)
{
  static const size_t wishes[] = {0, 1, 2, 5, 20, 60, 149, 150, 1000};
  for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++)
    check(p, wishes[i]);
}

static void ranks_of_random_points_follow_the_definition(void **state)
{
  (void)state;
  static const uint64_t levels[] = {2, 4, 12, 1000};
  bf_random random = bf_random_stream(21, BF_PURPOSE_SAMPLER, 0);
  for (size_t m = 1; m <= MAX_OBJECTIVES; m++)
    for (size_t i = 0; i < 4 * 6; i++) {
      points p = random_points(&random, m, levels[i % 4]);
      check_wishes(&p);
      constrain(&p, &random);
      check_wishes(&p);
    }
}

/* A sum without much noise makes fronts that are many or wide. */
static void ranks_of_wide_and_of_many_fronts_follow_the_definition(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(22, BF_PURPOSE_SAMPLER, 0);
  for (size_t m = 2; m <= MAX_OBJECTIVES; m++)
    for (int sign = -1; sign <= 1; sign += 2) {
      points p = random_points(&random, m, 40);
      for (size_t i = 0; i < p.n; i++)
        p.values[i * m + m - 1] = sign * p.values[i * m] + 0.2 * p.values[i * m + m - 1];
      check_wishes(&p);
    }
}

static void infinite_objectives_and_signed_zeros_are_ordered(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(23, BF_PURPOSE_SAMPLER, 0);
  static const double values[] = {-HUGE_VAL, -1, -0.0, 0.0, HUGE_VAL};
  for (size_t m = 1; m <= 4; m++) {
    points p = random_points(&random, m, 5);
    for (size_t i = 0; i < p.n * m; i++)
      p.values[i] = values[(size_t)(p.values[i] + 1)];
    check_wishes(&p);
  }
}

static void equal_points_share_the_first_front(void **state)
{
  (void)state;
  for (size_t m = 1; m <= MAX_OBJECTIVES; m++) {
    points p = {.n = N_POINTS, .n_objectives = m};
    uint32_t ranks[N_POINTS];
    assert_ok(bf_rank(m, p.n, p.values, NULL, 1, ranks));
    for (size_t i = 0; i < p.n; i++)
      assert_int_equal(ranks[i], 0);
  }
}

static void violating_points_come_last_by_violation(void **state)
{
  (void)state;
  const double values[] = {9, 9, 1, 1, 0, 0, 5, 5, 7, 3};
  const double violations[] = {0, 2, 0.5, 0, 2};
  uint32_t ranks[5];
  assert_ok(bf_rank(2, 5, values, violations, 5, ranks));
  assert_int_equal(ranks[0], 1);
  assert_int_equal(ranks[1], 3);
  assert_int_equal(ranks[2], 2);
  assert_int_equal(ranks[3], 0);
  assert_int_equal(ranks[4], 3);
}

static void no_points_need_no_ranks(void **state)
{
  (void)state;
  uint32_t rank = 7;
  assert_ok(bf_rank(2, 0, NULL, NULL, 3, &rank));
  assert_int_equal(rank, 7);
}

/* 60,000 points in a line, each a front of its own, and once again in one front. */
static void ranks_of_very_many_points_take_no_time(void **state)
{
  (void)state;
  enum { N = 60000 };
  double *values = bf_alloc(3 * N, sizeof *values);
  uint32_t *ranks = bf_alloc(N, sizeof *ranks);
  for (size_t m = 2; m <= 3; m++)
    for (int chain = 0; chain <= 1; chain++) {
      for (size_t i = 0; i < N; i++) {
        double x = (double)(i * 7919 % N);
        values[i * m] = x;
        values[i * m + m - 1] = chain ? x : -x;
        values[i * m + 1] = m == 3 ? 0 : values[i * m + 1];
      }
      assert_ok(bf_rank(m, N, values, NULL, N, ranks));
      for (size_t i = 0; i < N; i++)
        assert_int_equal(ranks[i], chain ? i * 7919 % N : 0);
    }
  free(values);
  free(ranks);
}

static void ranks_without_memory_stay_as_they_were(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(24, BF_PURPOSE_SAMPLER, 0);
  points p = random_points(&random, 3, 30);
  bf_status status = BF_ERR_NOMEM;
  long n_failed = 0;
  while (status != BF_OK) {
    uint32_t ranks[N_POINTS] = {77};
    bf_alloc_fail_after(n_failed++);
    status = bf_rank(3, p.n, p.values, NULL, p.n, ranks);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || (status == BF_ERR_NOMEM && ranks[0] == 77));
  }
  assert_true(n_failed > 5);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ranks_of_random_points_follow_the_definition),
      cmocka_unit_test(ranks_of_wide_and_of_many_fronts_follow_the_definition),
      cmocka_unit_test(infinite_objectives_and_signed_zeros_are_ordered),
      cmocka_unit_test(equal_points_share_the_first_front),
      cmocka_unit_test(violating_points_come_last_by_violation),
      cmocka_unit_test(no_points_need_no_ranks),
      cmocka_unit_test(ranks_of_very_many_points_take_no_time),
      cmocka_unit_test(ranks_without_memory_stay_as_they_were),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
