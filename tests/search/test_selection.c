/* Tests of search/selection.h: by hand on small fronts, by definition on random ones.
 * Room: search. */
#include "unit.h"

#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "search/front.h"
#include "search/hypervolume.h"
#include "search/selection.h"

enum { MOST_POINTS = 60, MOST_OBJECTIVES = 4, N_ROUNDS = 60 };

/* Scaled by (x - 1) / 4 and (y - 10) / 80: (0, 1), (.25, .5), (.5, .25), (1, 0). */
static const double bent[] = {1, 90, 2, 50, 3, 30, 5, 10};

static bf_selection knee(size_t m, size_t n, const double *points, size_t *extremes)
{
  bf_knee_plane plane;
  bf_selection chosen = {0};
  assert_ok(bf_select_knee(m, n, points, extremes, &plane, &chosen));
  return chosen;
}

static void knee_of_two_objectives_is_furthest_from_the_line(void **state)
{
  (void)state;
  size_t extremes[2];
  static const double points[] = {1, 90, 2, 50, 3, 20, 5, 10};
  bf_selection chosen = knee(2, 4, points, extremes);
  assert_int_equal(chosen.chosen, 2);
  assert_int_equal(chosen.runner_up, 1);
  assert_int_equal(extremes[0], 0);
  assert_int_equal(extremes[1], 3);
  /* (.5, .125) lies (1 - .625) / sqrt 2 below x + y = 1. */
  assert_true(fabs(chosen.score - 0.375 / sqrt(2)) < 1e-12);
  assert_true(fabs(chosen.runner_up_score - 0.25 / sqrt(2)) < 1e-12);
}

static void knee_is_the_same_on_every_scale(void **state)
{
  (void)state;
  size_t extremes[2];
  double points[8];
  bf_selection before = knee(2, 4, bent, extremes);
  for (size_t i = 0; i < 4; i++) {
    points[2 * i] = 1e6 * bent[2 * i] - 3e7;
    points[2 * i + 1] = 1e-6 * bent[2 * i + 1];
  }
  bf_selection after = knee(2, 4, points, extremes);
  assert_true(fabs(before.score - after.score) < 1e-9);
  assert_int_equal(extremes[1], 3);
}

/* Three extremes of three objectives and a point below their plane. */
static void knee_of_three_objectives_is_furthest_from_the_plane(void **state)
{
  (void)state;
  static const double points[] = {0, 0.8, 1, 1, 0, 0.8, 0.8, 1, 0, 0.3, 0.3, 0.4, 0.4, 0.4, 0.35};
  size_t extremes[3];
  bf_knee_plane plane;
  bf_selection chosen;
  assert_ok(bf_select_knee(3, 5, points, extremes, &plane, &chosen));
  assert_int_equal(plane, BF_KNEE_EXTREMES);
  for (size_t j = 0; j < 3; j++)
    assert_int_equal(extremes[j], j);
  assert_int_equal(chosen.chosen, 3);
  assert_int_equal(chosen.runner_up, 4);
  /* The plane is x + y + z = 1.8. */
  assert_true(fabs(chosen.score - 0.8 / sqrt(3)) < 1e-12);
}

static void knee_without_a_plane_is_measured_from_the_axes(void **state)
{
  (void)state;
  /* Point 0 is the best in two objectives. */
  static const double points[] = {0, 0, 1, 1, 1, 0, 0.3, 0.2, 0.3};
  size_t extremes[3];
  bf_knee_plane plane;
  bf_selection chosen;
  assert_ok(bf_select_knee(3, 3, points, extremes, &plane, &chosen));
  assert_int_equal(plane, BF_KNEE_AXES);
  assert_int_equal(chosen.chosen, 2);
  assert_true(fabs(chosen.score - 0.2 / sqrt(3)) < 1e-12);
}

/* The plane through (0, 1, 1), (1, 0, 1) and (.1, .1, 0) leans: 5 x + 5 y - 4 z = 1. */
static void knee_of_a_leaning_plane_is_measured_from_the_axes(void **state)
{
  (void)state;
  static const double points[] = {0, 1, 1, 1, 0, 1, 0.1, 0.1, 0};
  size_t extremes[3];
  bf_knee_plane plane;
  bf_selection chosen;
  assert_ok(bf_select_knee(3, 3, points, extremes, &plane, &chosen));
  assert_int_equal(plane, BF_KNEE_AXES);
  assert_int_equal(chosen.chosen, 2);
  assert_true(fabs(chosen.score - 0.8 / sqrt(3)) < 1e-12);
}

static void extreme_among_equals_is_the_best_in_the_others(void **state)
{
  (void)state;
  static const double points[] = {0, 0.9, 1, 0, 0.6, 0.8, 0, 1, 0.9, 1, 0, 0.5, 0.7, 0.8, 0};
  size_t extremes[3];
  knee(3, 5, points, extremes);
  assert_int_equal(extremes[0], 1);
  assert_int_equal(extremes[1], 3);
  assert_int_equal(extremes[2], 4);
}

static void knee_ignores_an_objective_that_all_share(void **state)
{
  (void)state;
  double points[12];
  size_t extremes[3];
  for (size_t i = 0; i < 4; i++) {
    points[3 * i] = bent[2 * i];
    points[3 * i + 1] = 7;
    points[3 * i + 2] = bent[2 * i + 1];
  }
  bf_selection chosen = knee(3, 4, points, extremes);
  bf_selection flat = knee(2, 4, bent, extremes);
  assert_int_equal(chosen.chosen, flat.chosen);
  assert_true(fabs(chosen.score - flat.score) < 1e-12);
}

static void knee_of_one_point_is_that_point(void **state)
{
  (void)state;
  for (size_t m = 1; m <= 3; m++) {
    static const double point[] = {3, 0, -2};
    size_t extremes[3];
    bf_selection chosen = knee(m, 1, point, extremes);
    assert_int_equal(chosen.chosen, 0);
    assert_int_equal(chosen.runner_up, 1);
    assert_true(chosen.score == 0);
  }
}

/* Accuracies .70 and .71 (minimised) at 8 and 4 bits: half of the bits for a hundredth. */
static void knee_of_two_points_gives_away_least(void **state)
{
  (void)state;
  static const double points[] = {-0.71, 8, -0.70, 4};
  size_t extremes[2];
  bf_selection chosen = knee(2, 2, points, extremes);
  assert_int_equal(chosen.chosen, 1);
  assert_int_equal(chosen.runner_up, 0);
  assert_true(chosen.score == 0 && chosen.runner_up_score == 0);
}

static void knee_of_a_front_that_bulges_away_is_an_end(void **state)
{
  (void)state;
  static const double points[] = {1, 4, 3, 3.5, 4, 1};
  size_t extremes[2];
  bf_selection chosen = knee(2, 3, points, extremes);
  assert_int_equal(chosen.chosen, 0);
  assert_int_equal(chosen.runner_up, 2);
  assert_true(chosen.score == 0);
}

static void knee_of_equal_points_is_the_first(void **state)
{
  (void)state;
  static const double points[] = {2, 3, 2, 3, 2, 3};
  size_t extremes[2];
  bf_selection chosen = knee(2, 3, points, extremes);
  assert_int_equal(chosen.chosen, 0);
  assert_int_equal(chosen.runner_up, 1);
}

static void weights_take_the_best_average(void **state)
{
  (void)state;
  static const double even[] = {1, 1};
  static const double first[] = {11, 9};
  static const double only[] = {0, 2};
  bf_selection chosen;
  assert_ok(bf_select_weighted(2, 4, bent, first, &chosen));
  assert_int_equal(chosen.chosen, 1);
  assert_true(fabs(chosen.score - (1 - 0.55 * 0.25 - 0.45 * 0.5)) < 1e-12);
  assert_int_equal(chosen.runner_up, 2);
  assert_true(fabs(chosen.runner_up_score - (1 - 0.55 * 0.5 - 0.45 * 0.25)) < 1e-12);
  assert_ok(bf_select_weighted(2, 4, bent, only, &chosen));
  assert_int_equal(chosen.chosen, 3);
  assert_true(chosen.score == 1);
  /* Equal sums of .375: (2, 50) lacks 1/2 + 40/50, (3, 30) lacks 2/3 + 20/30. */
  assert_ok(bf_select_weighted(2, 4, bent, even, &chosen));
  assert_int_equal(chosen.chosen, 1);
  assert_int_equal(chosen.runner_up, 2);
  assert_true(chosen.score == chosen.runner_up_score);
}

static void hypervolume_takes_the_largest_part_of_its_own(void **state)
{
  (void)state;
  double volume = 0;
  bf_selection chosen;
  assert_ok(bf_select_hypervolume(2, 4, bent, &volume, &chosen));
  /* Own parts: (0, 1): .25 x .1; (.25, .5): .25 x .5; (.5, .25): .5 x .25; (1, 0): .1 x .25. */
  assert_true(fabs(chosen.score - 0.125) < 1e-12);
  assert_true(chosen.runner_up_score == chosen.score);
  assert_int_equal(chosen.chosen, 1);
  assert_int_equal(chosen.runner_up, 2);
  assert_true(fabs(volume - (0.25 * 0.1 + 0.25 * 0.6 + 0.5 * 0.85 + 0.1 * 1.1)) < 1e-12);
}

static void hypervolume_of_equal_points_is_theirs_together(void **state)
{
  (void)state;
  static const double points[] = {0, 1, 0.2, 0.2, 0.2, 0.2, 1, 0};
  double volume = 0;
  bf_selection chosen;
  assert_ok(bf_select_hypervolume(2, 4, points, &volume, &chosen));
  assert_int_equal(chosen.chosen, 1);
  assert_int_equal(chosen.runner_up, 2);
  assert_true(fabs(chosen.score - 0.64) < 1e-12);
  assert_true(chosen.runner_up_score == chosen.score);
}

static void score_ties_go_to_what_dominates(void **state)
{
  (void)state;
  static const double points[] = {-0.7, 5, -0.8, 5, -0.8, 4, -0.9, 9};
  static const double scores[] = {1, 1, 1, 0.5};
  bf_selection chosen;
  assert_ok(bf_select_score(2, 4, points, scores, &chosen));
  assert_int_equal(chosen.chosen, 2);
  assert_int_equal(chosen.runner_up, 1);
}

/* A random front with ties: every objective is one of a few levels. */
static size_t random_front(bf_random *random, size_t m, double *points)
{
  bf_front *front = NULL;
  double all[MOST_POINTS][MOST_OBJECTIVES];
  size_t n = 0;
  assert_ok(bf_front_create(m, &front));
  for (size_t i = 0; i < MOST_POINTS; i++) {
    bool entered;
    for (size_t j = 0; j < m; j++)
      all[i][j] = (double)bf_random_below(random, 25) - 5;
    assert_ok(bf_front_insert(front, i, all[i], &entered));
  }
  for (size_t k = 0; k < bf_front_size(front); k++, n++)
    memcpy(points + n * m, all[bf_front_numbers(front)[k]], m * sizeof *points);
  bf_front_free(front);
  return n;
}

/* Scaled to 0 .. 1, as the header says it. */
static void scale(size_t m, size_t n, const double *points, double *scaled)
{
  for (size_t j = 0; j < m; j++) {
    double lo = points[j];
    double hi = points[j];
    for (size_t i = 0; i < n; i++) {
      lo = fmin(lo, points[i * m + j]);
      hi = fmax(hi, points[i * m + j]);
    }
    for (size_t i = 0; i < n; i++)
      scaled[i * m + j] = hi > lo ? (points[i * m + j] - lo) / (hi - lo) : 0;
  }
}

/* Volume with and without: no cleverness about limited sets. */
static double volume_without(size_t m, size_t n, const double *scaled, size_t gone)
{
  static const double corner[] = {1.1, 1.1, 1.1, 1.1};
  double kept[MOST_POINTS * MOST_OBJECTIVES];
  size_t n_kept = 0;
  double volume = 0;
  for (size_t i = 0; i < n; i++)
    if (gone == n || memcmp(scaled + i * m, scaled + gone * m, m * sizeof *scaled) != 0)
      memcpy(kept + m * n_kept++, scaled + i * m, m * sizeof *scaled);
  assert_ok(bf_hypervolume(m, n_kept, kept, corner, &volume));
  return volume;
}

static void hypervolume_of_random_fronts_follows_the_definition(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(21, BF_PURPOSE_SAMPLER, 0);
  for (size_t round = 0; round < N_ROUNDS; round++) {
    double points[MOST_POINTS * MOST_OBJECTIVES];
    double scaled[MOST_POINTS * MOST_OBJECTIVES];
    size_t m = 1 + round % MOST_OBJECTIVES;
    size_t n = random_front(&random, m, points);
    double volume = 0;
    bf_selection chosen;
    assert_ok(bf_select_hypervolume(m, n, points, &volume, &chosen));
    scale(m, n, points, scaled);
    double whole = volume_without(m, n, scaled, n);
    assert_true(fabs(volume - whole) < 1e-12);
    assert_true(fabs(chosen.score - (whole - volume_without(m, n, scaled, chosen.chosen))) < 1e-9);
    for (size_t i = 0; i < n; i++) {
      double own = whole - volume_without(m, n, scaled, i);
      assert_true(own <= chosen.score + 1e-9);
      assert_true(i == chosen.chosen || own <= chosen.runner_up_score + 1e-9);
    }
  }
}

/* Two objectives: the distance to the line through both ends, by the cross product. */
static void knee_of_random_fronts_follows_the_definition(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(22, BF_PURPOSE_SAMPLER, 0);
  for (size_t round = 0; round < N_ROUNDS; round++) {
    double points[MOST_POINTS * MOST_OBJECTIVES];
    double z[MOST_POINTS * MOST_OBJECTIVES];
    size_t extremes[2];
    size_t n = random_front(&random, 2, points);
    bf_selection chosen = knee(2, n, points, extremes);
    scale(2, n, points, z);
    const double *a = z + 2 * extremes[0];
    const double *b = z + 2 * extremes[1];
    for (size_t i = 0; i < n && n > 2; i++) {
      double cross =
          (a[0] - z[2 * i]) * (b[1] - z[2 * i + 1]) - (a[1] - z[2 * i + 1]) * (b[0] - z[2 * i]);
      double distance = -cross / hypot(a[0] - b[0], a[1] - b[1]);
      assert_true(distance <= chosen.score + 1e-9);
      assert_true(i != chosen.chosen || fabs(distance - chosen.score) < 1e-9);
    }
  }
}

static bf_status select_all(void)
{
  static const double weights[] = {1, 2};
  size_t extremes[2];
  bf_knee_plane plane;
  bf_selection chosen;
  double volume;
  bf_status status = bf_select_knee(2, 4, bent, extremes, &plane, &chosen);
  if (status == BF_OK)
    status = bf_select_hypervolume(2, 4, bent, &volume, &chosen);
  return status == BF_OK ? bf_select_weighted(2, 4, bent, weights, &chosen) : status;
}

static void selection_reports_every_lack_of_memory(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status != BF_OK; n++) {
    bf_alloc_fail_after(n);
    status = select_all();
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
  }
  assert_true(n > 8);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(knee_of_two_objectives_is_furthest_from_the_line),
      cmocka_unit_test(knee_is_the_same_on_every_scale),
      cmocka_unit_test(knee_of_three_objectives_is_furthest_from_the_plane),
      cmocka_unit_test(knee_without_a_plane_is_measured_from_the_axes),
      cmocka_unit_test(knee_of_a_leaning_plane_is_measured_from_the_axes),
      cmocka_unit_test(extreme_among_equals_is_the_best_in_the_others),
      cmocka_unit_test(knee_ignores_an_objective_that_all_share),
      cmocka_unit_test(knee_of_one_point_is_that_point),
      cmocka_unit_test(knee_of_two_points_gives_away_least),
      cmocka_unit_test(knee_of_a_front_that_bulges_away_is_an_end),
      cmocka_unit_test(knee_of_equal_points_is_the_first),
      cmocka_unit_test(weights_take_the_best_average),
      cmocka_unit_test(hypervolume_takes_the_largest_part_of_its_own),
      cmocka_unit_test(hypervolume_of_equal_points_is_theirs_together),
      cmocka_unit_test(score_ties_go_to_what_dominates),
      cmocka_unit_test(hypervolume_of_random_fronts_follows_the_definition),
      cmocka_unit_test(knee_of_random_fronts_follows_the_definition),
      cmocka_unit_test(selection_reports_every_lack_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
