/* Tests of search/plateau.h: when a hypervolume has stopped growing.
 * Room: search. */
#include "unit.h"

#include "base/memory.h"
#include "search/plateau.h"

/* Adds points until the rule holds. @return How many were added. */
static size_t count_until_reached(size_t n, double gain, size_t n_points, const double *points)
{
  bf_plateau *plateau = NULL;
  bool reached = false;
  size_t i = 0;
  assert_ok(bf_plateau_create(2, n, gain, &plateau));
  while (!reached && i < n_points) {
    const double *point = points + 2 * i++;
    assert_ok(bf_plateau_add(plateau, point[0] < 0 ? NULL : point, &reached));
  }
  bf_plateau_free(plateau);
  return reached ? i : 0;
}

static void plateau_is_reached_when_nothing_new_comes(void **state)
{
  (void)state;
  /* The front is complete with the third; three more without a gain make three. */
  const double points[] = {4, 4, 1, 3, 3, 1, 5, 5, 3, 3, 6, 6, 7, 7, 8, 8};
  assert_int_equal(count_until_reached(3, 0, 8, points), 6);
  assert_int_equal(count_until_reached(5, 0, 8, points), 8);
}

static void plateau_needs_a_gain_above_the_threshold(void **state)
{
  (void)state;
  /* With the reference (4.3, 4.3), (1, 4) dominates 3.3 x .3 = .99; (4, 1) adds .3 x 3 = .9. */
  const double points[] = {1, 4, 4, 1};
  assert_int_equal(count_until_reached(1, 0.9 / 1.89 - 1e-9, 2, points), 0);
  assert_int_equal(count_until_reached(1, 0.9 / 1.89 + 1e-9, 2, points), 2);
}

static void reference_lies_beyond_both_fronts(void **state)
{
  (void)state;
  /* The first objective has no range: the reference is (2, 5.2), of which (1, 3) dominates 2.2 and
   * (1, 5) .2. */
  const double points[] = {1, 5, 1, 3};
  assert_int_equal(count_until_reached(1, 2.0 / 2.2 - 1e-9, 2, points), 0);
  assert_int_equal(count_until_reached(1, 2.0 / 2.2 + 1e-9, 2, points), 2);
}

static void failed_trials_count_as_no_gain(void **state)
{
  (void)state;
  const double points[] = {-1, 0, 2, 2, -1, 0, -1, 0, 1, 1};
  assert_int_equal(count_until_reached(2, 0, 5, points), 4);
}

static void plateau_is_never_reached_without_results(void **state)
{
  (void)state;
  const double points[] = {-1, 0, -1, 0, -1, 0, -1, 0};
  assert_int_equal(count_until_reached(1, 1, 4, points), 0);
}

static void plateau_without_memory_fails_cleanly(void **state)
{
  (void)state;
  bf_status status = BF_ERR_NOMEM;
  for (long n = 0; status != BF_OK; n++) {
    bf_plateau *plateau = NULL;
    bool reached = false;
    bf_alloc_fail_after(n);
    status = bf_plateau_create(2, 3, 0.1, &plateau);
    for (int i = 0; status == BF_OK && i < 10; i++)
      status = bf_plateau_add(plateau, (const double[]){i, 9 - i}, &reached);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    bf_plateau_free(plateau);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plateau_is_reached_when_nothing_new_comes),
      cmocka_unit_test(plateau_needs_a_gain_above_the_threshold),
      cmocka_unit_test(reference_lies_beyond_both_fronts),
      cmocka_unit_test(failed_trials_count_as_no_gain),
      cmocka_unit_test(plateau_is_never_reached_without_results),
      cmocka_unit_test(plateau_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
