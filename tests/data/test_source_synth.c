/* Tests of data/source_synth and data/statistics: does the synthetic set have the statistics?
 * Room: data. */
#include "unit.h"

#include "data/source.h"

#include <math.h>

#include "base/memory.h"
#include "data/statistics.h"
#include "rows.h"

enum { N = 50000 };

/* Five standard deviations of a share @p p of @p n draws, and a little for a few. */
static double allowance(double p, double n)
{
  return 5 * sqrt(p * (1 - p) / n) + 1 / n;
}

static bf_request request_of(const bf_statistics *statistics, size_t n_rows, double label_noise)
{
  static const char *const path[] = {"synthetic"};
  return (bf_request){.n_features = statistics->n_features,
                      .features = (const char *const *)statistics->features,
                      .n_classes = statistics->n_classes,
                      .classes = (const char *const *)statistics->classes,
                      .n_paths = 1,
                      .paths = path,
                      .n_rows = n_rows,
                      .seed = 12,
                      .label_noise = label_noise};
}

static rows draw(const bf_statistics *statistics, size_t n_rows, double label_noise)
{
  rows all = {0};
  bf_request request = request_of(statistics, n_rows, label_noise);
  assert_ok(rows_read(&request, &bf_format_synth, 0, &all));
  assert_int_equal(all.n, n_rows);
  return all;
}

static bf_statistics *load(void)
{
  bf_statistics *statistics = NULL;
  assert_ok(bf_statistics_load(&statistics));
  return statistics;
}

static void statistics_describe_the_jets(void **state)
{
  (void)state;
  bf_statistics *statistics = load();
  assert_int_equal(statistics->n_features, 16);
  assert_int_equal(statistics->n_classes, 5);
  assert_int_equal(statistics->n_independent, 13);
  assert_int_equal(statistics->n_probabilities, 65);
  assert_string_equal(statistics->features[0], "zlogz");
  assert_string_equal(statistics->classes[4], "t");
  assert_true(statistics->label_noise == 0.12);
  assert_int_equal(statistics->identities[6].origin, BF_ORIGIN_RATIO);
  assert_int_equal(statistics->identities[8].origin, BF_ORIGIN_COPY);
  assert_true(statistics->identities[15].is_rounded);
  bf_statistics_free(statistics);
}

static void classes_are_balanced(void **state)
{
  (void)state;
  bf_statistics *statistics = load();
  rows all = draw(statistics, N, 0);
  double counts[5] = {0};
  for (size_t i = 0; i < N; i++)
    counts[all.labels[i]]++;
  for (size_t c = 0; c < 5; c++)
    assert_true(fabs(counts[c] / N - 0.2) < allowance(0.2, N));
  rows_release(&all);
  bf_statistics_free(statistics);
}

/* Column @p feature of the rows of class @p class; returns how many. */
static size_t take_column(const rows *all, size_t class, size_t feature, double *values)
{
  size_t n = 0;
  for (size_t i = 0; i < all->n; i++)
    if (all->labels[i] == class)
      values[n++] = all->features[i * 16 + feature];
  return n;
}

static void assert_quantile(size_t n, const double *values, double quantile, double probability)
{
  double below = 0;
  double up_to = 0;
  for (size_t i = 0; i < n; i++) {
    below += values[i] < quantile;
    up_to += values[i] <= quantile;
  }
  double margin = allowance(probability, (double)n);
  if (below / (double)n > probability + margin || up_to / (double)n < probability - margin)
    fail_msg("%g has %g of the values below it, expected %g", quantile, below / (double)n,
             probability);
}

static void marginals_have_the_quantiles(void **state)
{
  (void)state;
  bf_statistics *statistics = load();
  rows all = draw(statistics, N, 0);
  double *values = calloc(N, sizeof *values);
  assert_non_null(values);
  for (size_t c = 0; c < 5; c++)
    for (size_t k = 0; k < statistics->n_independent; k++) {
      size_t feature = statistics->independent[k];
      size_t n = take_column(&all, c, feature, values);
      const double *quantiles = statistics->quantiles + (c * 13 + k) * 65;
      /* Rounded values have no fine quantiles. */
      for (size_t p = 0; p < 65 && !statistics->identities[feature].is_rounded; p += 8)
        assert_quantile(n, values, quantiles[p], statistics->probabilities[p]);
    }
  free(values);
  rows_release(&all);
  bf_statistics_free(statistics);
}

typedef struct ranked {
  double value;
  size_t row;
} ranked;

static int compare_ranked(const void *a, const void *b)
{
  const ranked *x = a;
  const ranked *y = b;
  if (x->value != y->value)
    return x->value < y->value ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

/* Ranks of the values, moved to mean 0. */
static void rank_values(size_t n, const double *values, double *ranks)
{
  ranked *order = calloc(n + 1, sizeof *order);
  assert_non_null(order);
  for (size_t i = 0; i < n; i++)
    order[i] = (ranked){values[i], i};
  qsort(order, n, sizeof *order, compare_ranked);
  for (size_t k = 0; k < n; k++)
    ranks[order[k].row] = (double)k - ((double)n - 1) / 2;
  free(order);
}

static double correlate(size_t n, const double *a, const double *b)
{
  double ab = 0;
  double aa = 0;
  for (size_t i = 0; i < n; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
  }
  return ab / aa;
}

/* The rank correlation of a Gaussian copula is 6/pi asin(r/2). */
static void correlations_are_those_of_the_copula(void **state)
{
  (void)state;
  bf_statistics *statistics = load();
  rows all = draw(statistics, N, 0);
  double *values = calloc(N, sizeof *values);
  double *ranks = calloc((size_t)13 * N, sizeof *ranks);
  assert_non_null(values);
  assert_non_null(ranks);
  for (size_t c = 0; c < 5; c++) {
    size_t n = 0;
    for (size_t k = 0; k < 13; k++) {
      n = take_column(&all, c, statistics->independent[k], values);
      rank_values(n, values, ranks + k * N);
    }
    for (size_t j = 0; j < 13; j++)
      for (size_t k = 0; k < j; k++) {
        double r = statistics->correlations[(c * 13 + j) * 13 + k];
        double expected = 6 / acos(-1.0) * asin(r / 2);
        assert_true(fabs(correlate(n, ranks + j * N, ranks + k * N) - expected) < 0.05);
      }
  }
  free(ranks);
  free(values);
  rows_release(&all);
  bf_statistics_free(statistics);
}

static void identities_hold_in_every_row(void **state)
{
  (void)state;
  bf_statistics *statistics = load();
  rows all = draw(statistics, 2000, 0.12);
  for (size_t i = 0; i < 2000; i++) {
    const double *x = all.features + i * 16;
    assert_true(x[6] == x[4] / x[2] && x[7] == x[5] / x[3]);
    assert_true(x[8] == x[6] && x[15] == rint(x[15]));
  }
  rows_release(&all);
  bf_statistics_free(statistics);
}

static void label_noise_changes_only_its_share_of_labels(void **state)
{
  (void)state;
  bf_statistics *statistics = load();
  rows clean = draw(statistics, N, 0);
  rows noisy = draw(statistics, N, 0.3);
  double n_changed = 0;
  for (size_t i = 0; i < N; i++)
    n_changed += clean.labels[i] != noisy.labels[i];
  /* One redrawn label in five is the old one. */
  assert_true(fabs(n_changed / N - 0.24) < allowance(0.24, N));
  assert_memory_equal(clean.features, noisy.features, (size_t)N * 16 * sizeof(double));
  rows_release(&clean);
  rows_release(&noisy);
  bf_statistics_free(statistics);
}

static void row_depends_on_seed_and_number_alone(void **state)
{
  (void)state;
  bf_statistics *statistics = load();
  rows few = draw(statistics, 10, 0.12);
  rows many = draw(statistics, 5000, 0.12);
  assert_memory_equal(few.features, many.features, 10 * 16 * sizeof(double));
  assert_memory_equal(few.labels, many.labels, 10);
  bf_request request = request_of(statistics, 10, 0.12);
  request.seed++;
  rows other = {0};
  assert_ok(rows_read(&request, &bf_format_synth, 0, &other));
  assert_memory_not_equal(few.features, other.features, 10 * 16 * sizeof(double));
  rows_release(&few);
  rows_release(&many);
  rows_release(&other);
  bf_statistics_free(statistics);
}

static void classes_asked_for_are_drawn_in_their_order(void **state)
{
  (void)state;
  static const char *const names[] = {"t", "q"};
  bf_statistics *statistics = load();
  bf_request request = request_of(statistics, 4000, 0);
  request.n_classes = 2;
  request.classes = names;
  rows all = {0};
  assert_ok(rows_read(&request, &bf_format_synth, 0, &all));
  /* Tops are heavy: their median mass is 155 GeV or so, that of light quarks far below. */
  double n_heavy[2] = {0};
  double n[2] = {0};
  for (size_t i = 0; i < all.n; i++) {
    n[all.labels[i]]++;
    n_heavy[all.labels[i]] += all.features[i * 16 + 14] > 100;
  }
  assert_true(n_heavy[0] / n[0] > 0.7 && n_heavy[1] / n[1] < 0.3);
  rows_release(&all);
  static const char *const unknown[] = {"t", "h"};
  request.classes = unknown;
  assert_fails(rows_read(&request, &bf_format_synth, 0, &all), BF_ERR_USAGE,
               "the statistics hold no class 'h'");
  bf_statistics_free(statistics);
}

#define HEAD  "{\"features\": [\"a\", \"b\"], \"classes\": [\"g\", \"q\"], \"label_noise\": 0,"
#define P     "\"probabilities\": [0, 1],"
#define I     "\"independent\": [\"a\"], \"identities\": {\"b\": \"a\"},"
#define CLASS "{\"quantiles\": {\"a\": [0, 1]}, \"normal_score_correlation\": [[1]]}"

static void statistics_wrong_are_refused(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    const char *words;
  } cases[] = {
      {"{", "x.json"},
      {"{}", "'features' holds 0 names"},
      {"{\"features\": [1]}", "element 0 of 'features' is no text"},
      {HEAD P "\"independent\": [\"c\"]}", "'c' is no feature"},
      {HEAD P "\"independent\": [\"a\"]}", "feature 'b' must be either"},
      {HEAD P "\"independent\": [\"a\", \"b\"], \"identities\": {\"b\": \"a\"}}",
       "feature 'b' must be either"},
      {HEAD P "\"independent\": [\"b\"], \"identities\": {\"a\": \"b\"}}", "uses a later feature"},
      {HEAD I "\"probabilities\": [0, 0.5]}", "must run from 0 to 1"},
      {HEAD I "\"probabilities\": [0, 0.5, 0.5, 1]}", "must increase"},
      {HEAD I P "\"per_class\": {\"g\": " CLASS "}}", "'a'"},
      {HEAD I P "\"per_class\": {\"g\": {\"quantiles\": {\"a\": [0]}}}}", "'a'"},
      {HEAD I P "\"per_class\": {\"g\": {\"quantiles\": {\"a\": [0, 1]}}}}", "correlation row"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    bf_statistics *statistics = NULL;
    assert_fails(bf_statistics_parse(cases[i].text, "x.json", &statistics), BF_ERR_DATA,
                 cases[i].words);
    assert_null(statistics);
  }
  bf_statistics *statistics = NULL;
  assert_ok(bf_statistics_parse(HEAD I P "\"per_class\": {\"g\": " CLASS ", \"q\": " CLASS "}}",
                                "x.json", &statistics));
  bf_statistics_free(statistics);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(statistics_describe_the_jets),
      cmocka_unit_test(classes_are_balanced),
      cmocka_unit_test(marginals_have_the_quantiles),
      cmocka_unit_test(correlations_are_those_of_the_copula),
      cmocka_unit_test(identities_hold_in_every_row),
      cmocka_unit_test(label_noise_changes_only_its_share_of_labels),
      cmocka_unit_test(row_depends_on_seed_and_number_alone),
      cmocka_unit_test(classes_asked_for_are_drawn_in_their_order),
      cmocka_unit_test(statistics_wrong_are_refused),
  };
  return cmocka_run_group_tests_name("data.source_synth", tests, NULL, NULL);
}
