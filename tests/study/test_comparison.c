/* Tests of src/study/comparison*.c, spearman.c and chart.c: studies written by hand.
 * Room: study. */
#include "unit.h"

#include <math.h>

#include "base/random.h"
#include "record_fixture.h"
#include "search/hypervolume.h"
#include "study/chart.h"
#include "study/comparison.h"
#include "study/spearman.h"

#define HEAD "number state a/width b/data_in accuracy bitops loss\n"
#define SUM                                                                                        \
  "\"objectives\": [{\"name\": \"sum_scaled_metrics\", \"direction\": \"maximize\", \"scale\": 1," \
  " \"terms\": [{\"name\": \"accuracy\", \"scale\": 1.0}]}]"

/* Scaled by the joint front: (1, 0), (.5, 1/3), failed, (.75, 2/3), (0, 4/3). */
#define FIRST                                                                                      \
  HEAD "0 COMPLETE 2 x 0.5 100 1\n"                                                                \
       "1 COMPLETE 4 x 0.6 200 1\n"                                                                \
       "2 FAIL NA x - - -\n"                                                                       \
       "3 COMPLETE 2 [8,4] 0.55 300 1\n"                                                           \
       "4 COMPLETE 4 [8,4] 0.7 500 1\n"
/* (.5, 1/3), (.25, 2/3), (0, 1). */
#define SECOND                                                                                     \
  HEAD "0 COMPLETE 4 x 0.6 200 1\n"                                                                \
       "1 COMPLETE NA x 0.65 300 1\n"                                                              \
       "2 COMPLETE 4 [8,4] 0.7 400 1\n"

static bf_record *open_study(const char *document, const char *table)
{
  bf_record *record = NULL;
  write_study(document, table, "seed = 1\n");
  assert_ok(bf_study_open(record_folder, &record));
  return record;
}

static bf_comparison *compare(size_t n, bf_record *const *records)
{
  bf_comparison *comparison = NULL;
  assert_ok(bf_comparison_create(n, records, &comparison));
  return comparison;
}

static void close_all(bf_comparison *comparison, size_t n, bf_record *const *records)
{
  bf_comparison_free(comparison);
  for (size_t i = 0; i < n; i++)
    bf_record_free(records[i]);
}

static bool near(double a, double b)
{
  return fabs(a - b) < 1e-12;
}

static void joint_front_has_its_finders_in_order(void **state)
{
  (void)state;
  bf_record *records[] = {open_study(RECORD_HEAD, FIRST), open_study(RECORD_HEAD, SECOND)};
  bf_comparison *c = compare(2, records);
  static const bf_finder expected[] = {{1, 2, 0}, {1, 1, 1}, {0, 1, 2}, {1, 0, 2}, {0, 0, 3}};
  assert_int_equal(c->n_vectors, 4);
  assert_int_equal(c->n_finders, 5);
  for (size_t i = 0; i < 5; i++) {
    assert_int_equal(c->finders[i].study, expected[i].study);
    assert_int_equal(c->finders[i].candidate, expected[i].candidate);
    assert_int_equal(c->finders[i].vector, expected[i].vector);
  }
  assert_true(c->ideal[0] == -0.7 && c->nadir[0] == -0.5);
  assert_true(c->ideal[1] == 50 && c->nadir[1] == 200);
  close_all(c, 2, records);
}

static void volume_grows_over_trials(void **state)
{
  (void)state;
  bf_record *records[] = {open_study(RECORD_HEAD, FIRST), open_study(RECORD_HEAD, SECOND)};
  bf_comparison *c = compare(2, records);
  double joint = 0.1 * 1.1 + 0.5 * (1.1 - 1.0 / 3) + 0.25 * (1.1 - 2.0 / 3) + 0.25 * 0.1;
  double first = 0.1 * 1.1 + 0.5 * (1.1 - 1.0 / 3);
  assert_true(near(c->volume, joint));
  const bf_compared *a = &c->studies[0];
  assert_true(near(a->volume, first));
  assert_true(near(a->share, first / joint));
  assert_int_equal(a->n_steps, 2);
  assert_int_equal(a->steps[0].n_trials, 1);
  assert_true(near(a->steps[0].share, 0.11 / joint));
  assert_int_equal(a->steps[1].n_trials, 2);
  assert_true(near(a->steps[1].share, first / joint));
  assert_int_equal(a->n_to_95, 0);
  assert_int_equal(a->n_failed, 1);
  assert_int_equal(a->n_front, 3);
  assert_true(a->trial_s == 2);
  /* Alone, a study is its own joint front. */
  bf_comparison *alone = compare(1, &records[1]);
  assert_true(near(alone->studies[0].share, 1));
  assert_int_equal(alone->studies[0].n_to_95, 3);
  assert_int_equal(alone->studies[0].n_to_99, 3);
  bf_comparison_free(alone);
  close_all(c, 2, records);
}

/* Every configuration; the front's vectors are (.7, 100) twice and (.8, 300). */
#define ALL                                                                                        \
  HEAD "0 COMPLETE 2 [8,4] 0.7 100 1\n"                                                            \
       "1 COMPLETE 4 [8,4] 0.7 100 1\n"                                                            \
       "2 COMPLETE NA [8,4] 0.8 300 1\n"                                                           \
       "3 COMPLETE 2 x 0.5 300 1\n"                                                                \
       "4 COMPLETE 4 x 0.5 400 1\n"                                                                \
       "5 COMPLETE NA x 0.5 500 1\n"

static void true_front_is_that_of_an_exhaustive_study(void **state)
{
  (void)state;
  /* Values of its own, as if trained with another seed: configurations count. */
  bf_record *records[] = {open_study(RECORD_HEAD, HEAD "0 COMPLETE 4 [8,4] 0.71 101 1\n"
                                                       "1 COMPLETE 2 x 0.72 500 1\n"),
                          open_study(RECORD_HEAD, ALL)};
  bf_comparison *c = compare(2, records);
  assert_false(c->studies[0].is_exhaustive);
  assert_true(c->studies[1].is_exhaustive);
  assert_true(c->studies[0].true_share == 0.5);
  assert_true(c->studies[1].true_share == 1);
  close_all(c, 2, records);
}

static void true_front_is_unknown_where_a_configuration_came_twice(void **state)
{
  (void)state;
  char *table = replaced(ALL, "5 COMPLETE NA x", "5 COMPLETE 4 x");
  bf_record *record = open_study(RECORD_HEAD, table);
  bf_comparison *c = compare(1, &record);
  assert_false(c->studies[0].is_exhaustive);
  close_all(c, 1, &record);
  free(table);
}

static void true_front_is_unknown_after_a_failure(void **state)
{
  (void)state;
  char *table = replaced(ALL, "5 COMPLETE NA x 0.5 500 1", "5 FAIL NA x - - -");
  bf_record *record = open_study(RECORD_HEAD, table);
  bf_comparison *c = compare(1, &record);
  assert_false(c->studies[0].is_exhaustive);
  assert_true(isnan(c->studies[0].true_share));
  close_all(c, 1, &record);
  free(table);
}

static void single_objective_is_scaled_by_the_worst_trial(void **state)
{
  (void)state;
  char *document = replaced(RECORD_HEAD, RECORD_OBJECTIVES, SUM);
  bf_record *record = open_study(document, FIRST);
  bf_comparison *c = compare(1, &record);
  bf_text svg = {0};
  assert_true(c->ideal[0] == -0.7 && c->nadir[0] == -0.5);
  assert_true(near(c->volume, 1.1));
  static const double shares[] = {0.1 / 1.1, 0.6 / 1.1, 1};
  static const size_t trials[] = {1, 2, 5};
  assert_int_equal(c->studies[0].n_steps, 3);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(c->studies[0].steps[i].n_trials, trials[i]);
    assert_true(near(c->studies[0].steps[i].share, shares[i]));
  }
  assert_ok(bf_comparison_svg(c, &svg));
  assert_null(strstr(svg.data, "Fronts"));
  bf_text_release(&svg);
  close_all(c, 1, &record);
  free(document);
}

/* The axis begins at the first volume; a line below would lie outside of the picture. */
static void goal_below_the_axis_is_not_drawn(void **state)
{
  (void)state;
  static const char goal[] = "stroke-dasharray=\"3 3\"";
  char *document = replaced(RECORD_HEAD, RECORD_OBJECTIVES, SUM);
  bf_record *record = open_study(document, HEAD "0 COMPLETE 2 x 0.696 1 1\n"
                                                "1 COMPLETE 4 x 0.7 1 1\n"
                                                "2 COMPLETE NA x 0.5 1 1\n");
  bf_comparison *c = compare(1, &record);
  bf_text svg = {0};
  assert_ok(bf_comparison_svg(c, &svg));
  const char *line = strstr(svg.data, goal);
  assert_non_null(line);
  assert_null(strstr(line + 1, goal));
  bf_text_release(&svg);
  close_all(c, 1, &record);
  free(document);
}

static void studies_without_a_complete_trial_have_no_volume(void **state)
{
  (void)state;
  bf_record *record = open_study(RECORD_HEAD, HEAD "0 FAIL 2 x - - -\n");
  bf_comparison *c = compare(1, &record);
  bf_text svg = {0};
  assert_int_equal(c->n_vectors, 0);
  assert_true(isnan(c->studies[0].share));
  assert_int_equal(c->studies[0].n_steps, 0);
  assert_int_equal(c->n_complete, 0);
  assert_true(isnan(c->correlation[0][0]));
  assert_ok(bf_comparison_svg(c, &svg));
  assert_null(strstr(svg.data, "nan"));
  bf_text_release(&svg);
  close_all(c, 1, &record);
}

static void studies_with_repeats_count_all_their_trials(void **state)
{
  (void)state;
  char *document = replaced(RECORD_HEAD, "\"repeats\": 1", "\"repeats\": 2");
  bf_record *record = open_study(document, HEAD "0 COMPLETE 2 x 0.5 100 1\n"
                                                "1 COMPLETE 2 x 0.7 100 1\n"
                                                "2 COMPLETE 4 x 0.8 200 1\n"
                                                "3 COMPLETE 4 x 0.8 200 1\n");
  bf_comparison *c = compare(1, &record);
  assert_int_equal(c->n_vectors, 2);
  assert_true(near(c->nadir[0], -0.6));
  assert_int_equal(c->studies[0].steps[0].n_trials, 2);
  assert_int_equal(c->studies[0].n_to_95, 4);
  close_all(c, 1, &record);
  free(document);
}

static void studies_have_short_names_where_they_differ(void **state)
{
  (void)state;
  bf_record *records[3];
  static const char *const folders[] = {"/a/x/", "b/x", "y"};
  static const char *const names[] = {"/a/x/", "b/x", "y"};
  for (size_t i = 0; i < 3; i++) {
    records[i] = open_study(RECORD_HEAD, SECOND);
    free(records[i]->folder);
    records[i]->folder = bf_copy_text(folders[i]);
  }
  bf_comparison *c = compare(3, records);
  for (size_t i = 0; i < 3; i++)
    assert_string_equal(c->studies[i].name, names[i]);
  bf_comparison_free(c);
  c = compare(1, records);
  assert_string_equal(c->studies[0].name, "x");
  close_all(c, 3, records);
}

static void studies_of_other_spaces_are_refused_with_the_difference(void **state)
{
  (void)state;
  static const struct {
    const char *from;
    const char *to;
    const char *words;
  } cases[] = {
      {"\"a/width\"", "\"a/with\"", "parameter 1 is 'a/width' in the first and 'a/with' in the"},
      {"[2, 4, null]", "[2, 4]", "'a/width' has 3 values in the first and 2 in the second"},
      {"[2, 4, null]", "[2, 5, null]", "value 2 of parameter 'a/width' is 4 in the first and 5"},
      {", {\"name\": \"b/data_in\", \"kind\": \"choice\", \"values\": [[8, 4], \"x\"]}", "",
       "parameter 'b/data_in' is only in the first"},
      {"\"bitops\"", "\"loss\"", "objective 2 is 'bitops' in the first and 'loss' in the second"},
      {"\"maximize\"", "\"minimize\"", "'accuracy' is maximised in the first and minimised in the"},
      {"\"scale\": 0.5", "\"scale\": 0.25", "the scale of 'bitops' is 0.5 in the first and 0.25"},
      {RECORD_OBJECTIVES, SUM, "the second optimises a sum of metrics and the other each"},
      {", {\"name\": \"bitops\", \"direction\": \"minimize\", \"scale\": 0.5}", "",
       "the first has 2 objectives and the second 1"},
      {"\"constraints\": {}", "\"constraints\": {\"loss\": \"<= 2\"}",
       "they have different constraints"},
  };
  static const char table[] = "number\n";
  bf_record *records[2];
  bf_comparison *c = NULL;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *document = replaced(RECORD_HEAD, cases[i].from, cases[i].to);
    records[0] = open_study(RECORD_HEAD, table);
    records[1] = open_study(document, table);
    assert_fails(bf_comparison_create(2, records, &c), BF_ERR_USAGE, cases[i].words);
    assert_non_null(strstr(bf_trail(), "are not of one space: "));
    close_all(c, 2, records);
    free(document);
  }
}

/* Whether widths have an order is a matter of samplers. */
static void studies_with_other_kinds_are_compared(void **state)
{
  (void)state;
  char *document = replaced(RECORD_HEAD, "\"ordered\"", "\"choice\"");
  bf_record *records[] = {open_study(RECORD_HEAD, SECOND), open_study(document, SECOND)};
  close_all(compare(2, records), 2, records);
  free(document);
}

/* Volumes of prefixes, each computed in one piece. */
static void curve_of_random_trials_follows_the_definition(void **state)
{
  (void)state;
  enum { N = 60 };
  static const double corner[] = {1.1, 1.1};
  bf_random random = bf_random_stream(31, BF_PURPOSE_SAMPLER, 0);
  bf_text table = {0};
  double points[2 * N];
  bf_text_append(&table, "number state a/width b/data_in accuracy bitops\n");
  for (size_t i = 0; i < N; i++)
    bf_text_printf(&table, "%zu COMPLETE 2 x %g %g\n", i, (double)bf_random_below(&random, 40) / 64,
                   (double)bf_random_below(&random, 40));
  bf_record *record = open_study(RECORD_HEAD, table.data);
  bf_comparison *c = compare(1, &record);
  size_t step = 0;
  double volume = 0;
  for (size_t i = 0; i < N; i++) {
    double before = volume;
    for (size_t j = 0; j < 2; j++)
      points[2 * i + j] =
          (bf_record_minimised(record, i)[j] - c->ideal[j]) / (c->nadir[j] - c->ideal[j]);
    assert_ok(bf_hypervolume(2, i + 1, points, corner, &volume));
    if (volume <= before + 1e-12)
      continue;
    assert_true(step < c->studies[0].n_steps);
    assert_int_equal(c->studies[0].steps[step].n_trials, i + 1);
    assert_true(fabs(c->studies[0].steps[step].share - volume / c->volume) < 1e-9);
    step++;
  }
  assert_int_equal(step, c->studies[0].n_steps);
  assert_true(near(c->studies[0].share, 1));
  close_all(c, 1, &record);
  bf_text_release(&table);
}

static double spearman(size_t n, const double *x, const double *y)
{
  double rho = 7;
  assert_ok(bf_spearman(n, x, y, &rho));
  return rho;
}

/* Numbers of scipy 1.10.1, stats.spearmanr. */
static void spearman_shares_ranks_among_equals(void **state)
{
  (void)state;
  static const double rising[] = {1, 2, 3, 4};
  static const double tied[] = {10, 20, 20, 400};
  static const double falling[] = {4, 3, 2, -1e300};
  static const double x[] = {0.3, 0.1, 0.3, 0.9, 0.9, 0.5};
  static const double y[] = {5, 8, 5, 1, 2, 2};
  assert_true(near(spearman(4, rising, tied), 0.9486832980505139));
  assert_true(spearman(4, rising, falling) == -1);
  assert_true(spearman(4, tied, tied) == 1);
  assert_true(near(spearman(6, x, y), -0.9545454545454545));
}

static void spearman_of_what_does_not_vary_is_nan(void **state)
{
  (void)state;
  static const double same[] = {3, 3, 3};
  static const double other[] = {1, 2, 3};
  static const double gaps[] = {(double)NAN, 5, 4};
  assert_true(isnan(spearman(3, same, other)));
  assert_true(isnan(spearman(1, other, other)));
  assert_true(isnan(spearman(0, NULL, NULL)));
  assert_true(spearman(3, gaps, other) == -1);
}

static void correlation_is_over_all_complete_trials(void **state)
{
  (void)state;
  bf_record *records[] = {open_study(RECORD_HEAD, FIRST), open_study(RECORD_HEAD, SECOND)};
  static const double accuracy[] = {0.5, 0.6, 0.55, 0.7, 0.6, 0.65, 0.7};
  static const double bitops[] = {100, 200, 300, 500, 200, 300, 400};
  bf_comparison *c = compare(2, records);
  assert_int_equal(c->n_complete, 7);
  assert_true(
      near(c->correlation[BF_METRIC_accuracy][BF_METRIC_bitops], spearman(7, accuracy, bitops)));
  assert_true(c->correlation[BF_METRIC_accuracy][BF_METRIC_bitops] ==
              c->correlation[BF_METRIC_bitops][BF_METRIC_accuracy]);
  assert_true(c->correlation[BF_METRIC_bitops][BF_METRIC_bitops] == 1);
  assert_true(isnan(c->correlation[BF_METRIC_loss][BF_METRIC_loss]));
  assert_true(isnan(c->correlation[BF_METRIC_flops][BF_METRIC_bitops]));
  close_all(c, 2, records);
}

static void axis_has_round_ticks_around_its_values(void **state)
{
  (void)state;
  static const struct {
    double lo;
    double hi;
    double expected[3]; /* from, to, step */
  } cases[] = {
      {0, 1, {0, 1, 0.2}},     {0.37, 0.752, {0.3, 0.8, 0.1}},
      {-3, 17, {-5, 20, 5}},   {1e6, 1.2e6, {1e6, 1.2e6, 5e4}},
      {5, 5, {4.4, 5.6, 0.2}}, {0, 0, {-1, 1, 0.5}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_axis axis = bf_axis_of(cases[i].lo, cases[i].hi, "x");
    assert_true(axis.lo <= cases[i].lo && axis.hi >= cases[i].hi);
    assert_true(fabs(axis.lo - cases[i].expected[0]) < 1e-9 * fabs(axis.hi));
    assert_true(fabs(axis.hi - cases[i].expected[1]) < 1e-9 * fabs(axis.hi));
    assert_true(fabs(axis.step - cases[i].expected[2]) < 1e-9 * fabs(axis.hi));
  }
  bf_axis widest = bf_axis_of(-1.7e308, 1.7e308, "x");
  assert_true(isfinite(widest.lo) && isfinite(widest.hi) && widest.step > 0);
}

static void xml_escape_leaves_nothing_that_xml_forbids(void **state)
{
  (void)state;
  static const struct {
    const char *from;
    const char *to;
  } cases[] = {
      {"a&b<c>\"d\"", "a&amp;b&lt;c&gt;&quot;d&quot;"},
      {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
      {"\x01\x1f\tx\n", "??\tx\n"},
      {"\xe9t\xe9", "?t?"},                     /* Latin-1 */
      {"\xc0\xaf \xe0\x80\xaf", "?? ???"},      /* longer than needed */
      {"\xed\xa0\x80 \xef\xbf\xbe", "??? ???"}, /* a half of a pair; no character */
      {"\xf4\x90\x80\x80", "????"},             /* beyond Unicode */
      {"\xe2\x82", "??"},                       /* cut */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_text text = {0};
    bf_xml_escape(&text, cases[i].from);
    assert_string_equal(bf_text_view(&text), cases[i].to);
    bf_text_release(&text);
  }
}

static void comparison_reports_every_lack_of_memory(void **state)
{
  (void)state;
  bf_record *records[] = {open_study(RECORD_HEAD, HEAD "0 COMPLETE 4 x 0.71 101 1\n"
                                                       "1 COMPLETE 2 x 0.72 500 1\n"),
                          open_study(RECORD_HEAD, ALL)};
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status != BF_OK; n++) {
    bf_comparison *c = NULL;
    bf_text svg = {0};
    bf_alloc_fail_after(n);
    status = bf_comparison_create(2, records, &c);
    if (status == BF_OK)
      status = bf_comparison_svg(c, &svg);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    bf_comparison_free(c);
    bf_text_release(&svg);
  }
  assert_true(n > 30);
  close_all(NULL, 2, records);
}

#define CASE(function)                                                                             \
  cmocka_unit_test_setup_teardown(function, make_record_folder, remove_record_folder)

int main(void)
{
  const struct CMUnitTest tests[] = {
      CASE(joint_front_has_its_finders_in_order),
      CASE(volume_grows_over_trials),
      CASE(true_front_is_that_of_an_exhaustive_study),
      CASE(true_front_is_unknown_where_a_configuration_came_twice),
      CASE(true_front_is_unknown_after_a_failure),
      CASE(single_objective_is_scaled_by_the_worst_trial),
      CASE(goal_below_the_axis_is_not_drawn),
      CASE(studies_without_a_complete_trial_have_no_volume),
      CASE(studies_with_repeats_count_all_their_trials),
      CASE(studies_have_short_names_where_they_differ),
      CASE(studies_of_other_spaces_are_refused_with_the_difference),
      CASE(studies_with_other_kinds_are_compared),
      CASE(curve_of_random_trials_follows_the_definition),
      CASE(correlation_is_over_all_complete_trials),
      CASE(comparison_reports_every_lack_of_memory),
      cmocka_unit_test(spearman_shares_ranks_among_equals),
      cmocka_unit_test(spearman_of_what_does_not_vary_is_nan),
      cmocka_unit_test(axis_has_round_ticks_around_its_values),
      cmocka_unit_test(xml_escape_leaves_nothing_that_xml_forbids),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
