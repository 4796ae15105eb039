/* Tests of search/tpe_subset.h: order, spread, and the hypervolume of what is chosen.
 * Room: search. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "search/hypervolume.h"
#include "search/tpe_subset.h"

enum { MOST_POINTS = 120, MOST_OBJECTIVES = 6 };

typedef struct front {
  size_t n_objectives;
  size_t n;
  double points[MOST_POINTS * MOST_OBJECTIVES];
  uint32_t rows[MOST_POINTS];
} front;

/* On a sphere around (1, 1, ...), of any scale. */
static void fill_front(front *f, size_t n_objectives, size_t n, bf_random *random)
{
  f->n_objectives = n_objectives;
  f->n = n;
  for (size_t i = 0; i < n; i++) {
    double square = 0;
    double *point = f->points + i * n_objectives;
    for (size_t m = 0; m < n_objectives; m++) {
      point[m] = fabs(bf_random_normal(random)) + 1e-6;
      square += point[m] * point[m];
    }
    for (size_t m = 0; m < n_objectives; m++)
      point[m] = pow(1000, (double)m) * (1 - point[m] / sqrt(square));
    f->rows[i] = (uint32_t)i;
  }
}

static void choose(front *f, size_t n_wanted)
{
  bf_tpe_subset subset;
  assert_ok(bf_tpe_subset_init(&subset, f->n_objectives, MOST_POINTS));
  bf_tpe_subset_choose(&subset, f->points, f->n, f->rows, n_wanted);
  bf_tpe_subset_release(&subset);
}

static void rows_stay_in_order_before_and_behind_the_cut(void **state)
{
  (void)state;
  static front f;
  bf_random random = bf_random_stream(71, BF_PURPOSE_SAMPLER, 0);
  for (size_t n_wanted = 0; n_wanted <= 50; n_wanted += 10) {
    bool is_there[50] = {false};
    fill_front(&f, 3, 50, &random);
    choose(&f, n_wanted);
    for (size_t i = 0; i < f.n; i++) {
      assert_false(is_there[f.rows[i]]);
      is_there[f.rows[i]] = true;
      assert_true(i == 0 || i == n_wanted || f.rows[i] > f.rows[i - 1]);
    }
  }
}

/* Volume of the rows named, in a box that ends a tenth of the extent behind the worst values. */
static double volume_of(const front *f, size_t n, const uint32_t *rows)
{
  double points[MOST_POINTS * MOST_OBJECTIVES];
  double reference[MOST_OBJECTIVES];
  double volume = 0;
  for (size_t m = 0; m < f->n_objectives; m++) {
    double lowest = HUGE_VAL;
    double highest = -HUGE_VAL;
    for (size_t i = 0; i < f->n; i++) {
      lowest = fmin(lowest, f->points[i * f->n_objectives + m]);
      highest = fmax(highest, f->points[i * f->n_objectives + m]);
    }
    reference[m] = 1.1;
    for (size_t i = 0; i < n; i++)
      points[i * f->n_objectives + m] =
          (f->points[rows[i] * f->n_objectives + m] - lowest) / (highest - lowest);
  }
  assert_ok(bf_hypervolume(f->n_objectives, n, points, reference, &volume));
  return volume;
}

/* The greedy choice by exact volumes. */
static double greedy_volume(const front *f, size_t n_wanted)
{
  uint32_t rows[MOST_POINTS];
  double most = 0;
  for (size_t k = 0; k < n_wanted; k++) {
    uint32_t best = 0;
    most = -1;
    for (uint32_t i = 0; i < f->n; i++) {
      rows[k] = i;
      double volume = volume_of(f, k + 1, rows);
      best = volume > most ? i : best;
      most = fmax(volume, most);
    }
    rows[k] = best;
  }
  return most;
}

/* Directions instead of volumes cost less than a percent. The first points lose up to 35 %. */
static void chosen_points_cover_nearly_what_the_exact_greedy_choice_covers(void **state)
{
  (void)state;
  static front f;
  static const size_t wanted[] = {3, 8, 15};
  bf_random random = bf_random_stream(72, BF_PURPOSE_SAMPLER, 0);
  for (size_t n_objectives = 2; n_objectives <= 3; n_objectives++)
    for (size_t i = 0; i < 3; i++) {
      fill_front(&f, n_objectives, 60, &random);
      choose(&f, wanted[i]);
      double volume = volume_of(&f, wanted[i], f.rows);
      assert_true(volume > 0.99 * greedy_volume(&f, wanted[i]));
    }
}

static void all_points_but_one_can_be_chosen(void **state)
{
  (void)state;
  static front f;
  bf_random random = bf_random_stream(73, BF_PURPOSE_SAMPLER, 0);
  fill_front(&f, 6, MOST_POINTS, &random);
  choose(&f, MOST_POINTS - 1);
  uint32_t left = f.rows[MOST_POINTS - 1];
  for (size_t i = 0; i + 1 < MOST_POINTS; i++)
    assert_int_equal(f.rows[i], i + (i >= left));
}

static void equal_points_are_taken_one_a_round(void **state)
{
  (void)state;
  static front f = {.n_objectives = 2, .n = 40};
  for (size_t i = 0; i < 40; i++) {
    f.points[2 * i] = i % 2 == 0 ? 1 : 2;
    f.points[2 * i + 1] = i % 2 == 0 ? 2 : 1;
    f.rows[i] = (uint32_t)i;
  }
  choose(&f, 10);
  for (size_t i = 0; i < 10; i++)
    assert_int_equal(f.rows[i], i);
}

static void one_point_for_all_is_taken_as_often_as_it_is_there(void **state)
{
  (void)state;
  for (size_t n_objectives = 1; n_objectives <= MOST_OBJECTIVES; n_objectives++) {
    static front f;
    f.n_objectives = n_objectives;
    f.n = 30;
    for (size_t i = 0; i < 30; i++)
      f.rows[i] = (uint32_t)(29 - i);
    choose(&f, 12);
    for (size_t i = 0; i < 30; i++)
      assert_int_equal(f.rows[i], 29 - i);
  }
}

/* The ends of the front and one of three points in its middle. */
static void values_may_be_as_large_as_doubles_are(void **state)
{
  (void)state;
  static front f = {.n_objectives = 2,
                    .n = 5,
                    .points = {-1.7e308, 1.7e308, 0, 0.2, 0.1, 0.1, 0.2, 0, 1.7e308, -1.7e308},
                    .rows = {0, 1, 2, 3, 4}};
  choose(&f, 3);
  assert_int_equal(f.rows[0], 0);
  assert_in_range(f.rows[1], 1, 3);
  assert_int_equal(f.rows[2], 4);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_stay_in_order_before_and_behind_the_cut),
      cmocka_unit_test(chosen_points_cover_nearly_what_the_exact_greedy_choice_covers),
      cmocka_unit_test(all_points_but_one_can_be_chosen),
      cmocka_unit_test(equal_points_are_taken_one_a_round),
      cmocka_unit_test(one_point_for_all_is_taken_as_often_as_it_is_there),
      cmocka_unit_test(values_may_be_as_large_as_doubles_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
