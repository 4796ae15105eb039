/* Tests of ROC curves, against their definitions over all pairs and all thresholds.
 * Room: metrics. */
#include "unit.h"

#include <math.h>

#include "base/random.h"
#include "metrics/roc.h"

enum { MOST = 300 };

/* Share of the pairs in which signal scores higher, ties counting half. */
static double area_by_pairs(size_t n, const bf_scored *rows)
{
  double halves = 0, n_pairs = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      if (rows[i].is_signal && !rows[j].is_signal) {
        halves += rows[i].score > rows[j].score ? 2 : rows[i].score == rows[j].score ? 1 : 0;
        n_pairs += 2;
      }
  return halves / n_pairs;
}

/* Background at or above the highest score that enough of the signal reaches. */
static size_t passed_by_thresholds(size_t n, const bf_scored *rows, double efficiency)
{
  size_t fewest = n;
  for (size_t t = 0; t < n; t++) {
    size_t n_signal = 0, n_above = 0, n_passed = 0;
    for (size_t i = 0; i < n; i++) {
      n_signal += rows[i].is_signal ? 1 : 0;
      n_above += rows[i].is_signal && rows[i].score >= rows[t].score ? 1 : 0;
      n_passed += !rows[i].is_signal && rows[i].score >= rows[t].score ? 1 : 0;
    }
    if ((double)n_above / (double)n_signal >= efficiency && n_passed < fewest)
      fewest = n_passed;
  }
  return fewest;
}

static void check(size_t n, bf_scored *rows)
{
  double area = area_by_pairs(n, rows);
  size_t n_passed[BF_N_EFFICIENCIES];
  for (size_t e = 0; e < BF_N_EFFICIENCIES; e++)
    n_passed[e] = passed_by_thresholds(n, rows, bf_efficiencies[e]);
  bf_roc roc = bf_roc_of(n, rows);
  assert_true(fabs(roc.auc - area) < 1e-12);
  for (size_t e = 0; e < BF_N_EFFICIENCIES; e++) {
    assert_int_equal(roc.n_passed[e], n_passed[e]);
    double rejection = (double)roc.n_background / (double)n_passed[e];
    assert_true(n_passed[e] == 0 ? isinf(roc.rejection[e]) : roc.rejection[e] == rejection);
  }
}

/* Few levels make ties; a signal that scores higher makes a curve. */
static void curve_is_that_of_the_definition(void **state)
{
  (void)state;
  static bf_scored rows[MOST];
  for (uint64_t number = 0; number < 60; number++) {
    bf_random random = bf_random_stream(7, BF_PURPOSE_SHUFFLE, number);
    size_t n = 2 + bf_random_below(&random, MOST - 2);
    uint32_t n_levels = number % 3 == 0 ? 4 : number % 3 == 1 ? 40 : 1000000;
    for (size_t i = 0; i < n; i++) {
      rows[i].is_signal = i == 0 || (i > 1 && bf_random_below(&random, 5) == 0);
      rows[i].score = (double)bf_random_below(&random, n_levels) / n_levels +
                      (rows[i].is_signal ? 0.25 * (double)(number % 5) : 0.0);
    }
    check(n, rows);
  }
}

static void class_apart_rejects_all(void **state)
{
  (void)state;
  bf_scored rows[] = {{0.1, false}, {0.9, true}, {0.2, false}, {0.8, true}};
  bf_roc roc = bf_roc_of(4, rows);
  assert_true(roc.auc == 1);
  assert_int_equal(roc.n_passed[0], 0);
  assert_true(isinf(roc.rejection[0]) && isinf(roc.rejection[1]));
}

static void class_alone_or_absent_has_no_curve(void **state)
{
  (void)state;
  for (int is_signal = 0; is_signal < 2; is_signal++) {
    bf_scored rows[] = {{0.1, is_signal}, {0.9, is_signal}};
    bf_roc roc = bf_roc_of(2, rows);
    assert_true(isnan(roc.auc) && isnan(roc.rejection[0]) && isnan(roc.rejection[1]));
    assert_int_equal(roc.n_signal, is_signal ? 2 : 0);
    assert_int_equal(roc.n_background, is_signal ? 0 : 2);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(curve_is_that_of_the_definition),
      cmocka_unit_test(class_apart_rejects_all),
      cmocka_unit_test(class_alone_or_absent_has_no_curve),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
