/* Tests of data/split: stratification, order, sklearn's split.
 * Room: data. Golden: tests/golden/split.txt, made by make_split.py. */
#include "unit.h"

#include "data/split.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"

enum { N = 1003, N_CLASSES = 5, N_SHOWN = 12 };

static const uint64_t prime = ((uint64_t)1 << 61) - 1;

static void make_labels(uint8_t labels[N])
{
  bf_random random = bf_random_stream(9, BF_PURPOSE_INIT, 0);
  for (size_t i = 0; i < N; i++)
    labels[i] = (uint8_t)(bf_random_below(&random, 100) < 4 ? 0 : 1 + i % (N_CLASSES - 1));
}

static bf_split split_at(const bf_assignment *assignment, size_t row)
{
  size_t position = assignment->position[row];
  size_t n_train = assignment->n_rows[BF_TRAIN];
  if (position < n_train)
    return BF_TRAIN;
  return position < n_train + assignment->n_rows[BF_VAL] ? BF_VAL : BF_TEST;
}

static void assert_positions_are_a_permutation(const bf_assignment *assignment, size_t n)
{
  uint8_t *seen = calloc(n, 1);
  assert_non_null(seen);
  for (size_t i = 0; i < n; i++) {
    assert_true(assignment->position[i] < n);
    seen[assignment->position[i]]++;
  }
  for (size_t i = 0; i < n; i++)
    assert_int_equal(seen[i], 1);
  free(seen);
}

static void assert_stratified(const char *text)
{
  uint8_t labels[N];
  bf_split_plan plan;
  bf_assignment assignment = {0};
  double expected[BF_N_SPLITS][N_CLASSES] = {{0}};
  make_labels(labels);
  assert_ok(bf_split_parse(text, &plan));
  assert_ok(bf_split_assign(&plan, 11, N, labels, &assignment));
  assert_positions_are_a_permutation(&assignment, N);
  for (size_t i = 0; i < N; i++)
    for (size_t s = 0; s < BF_N_SPLITS; s++)
      expected[s][labels[i]] += plan.percent[s] / 100;
  for (size_t i = 0; i < N; i++)
    expected[split_at(&assignment, i)][labels[i]] -= 1;
  for (size_t s = 0; s < BF_N_SPLITS; s++)
    for (size_t c = 0; c < N_CLASSES; c++) {
      assert_true(expected[s][c] <= 1 + 1e-9 && expected[s][c] >= -1 - 1e-9);
      assert_true(plan.percent[s] > 0 || assignment.n_rows[s] == 0);
    }
  free(assignment.position);
}

static void percentages_hold_in_every_class_within_one(void **state)
{
  (void)state;
  const char *const splits[] = {"64,16,20", "0,0,100",        "100,0,0", "0,100,0", "80,20,0",
                                "50,0,50",  "33.3,33.3,33.4", "1,1,98",  "0,50,50", "99,0.5,.5"};
  for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++)
    assert_stratified(splits[i]);
}

static void whole_shares_of_the_set_are_exact(void **state)
{
  (void)state;
  enum { N_ROWS = 2000 };
  uint8_t labels[N_ROWS];
  bf_split_plan plan;
  assert_ok(bf_split_parse("64,16,20", &plan));
  for (uint64_t seed = 0; seed < 20; seed++) {
    bf_assignment assignment = {0};
    bf_random random = bf_random_stream(seed, BF_PURPOSE_SYNTH, 0);
    for (size_t i = 0; i < N_ROWS; i++)
      labels[i] = (uint8_t)bf_random_below(&random, 5);
    assert_ok(bf_split_assign(&plan, seed, N_ROWS, labels, &assignment));
    assert_int_equal(assignment.n_rows[BF_TRAIN], 1280);
    assert_int_equal(assignment.n_rows[BF_VAL], 320);
    assert_int_equal(assignment.n_rows[BF_TEST], 400);
    free(assignment.position);
  }
}

static void rows_are_shuffled_over_the_whole_split(void **state)
{
  (void)state;
  uint8_t labels[N];
  bf_split_plan plan;
  bf_assignment assignment = {0};
  make_labels(labels);
  assert_ok(bf_split_parse("100,0,0", &plan));
  assert_ok(bf_split_assign(&plan, 1, N, labels, &assignment));
  /* The mean distance of a random permutation is N / 3, its standard deviation about N / 133. */
  double distance = 0;
  for (size_t i = 0; i < N; i++) {
    double step = (double)assignment.position[i] - (double)i;
    distance += step < 0 ? -step : step;
  }
  assert_true(distance / N > N / 3.0 - 5 * N / 133.0 && distance / N < N / 3.0 + 5 * N / 133.0);
  free(assignment.position);
}

static void seed_changes_the_assignment_and_repeats_it(void **state)
{
  (void)state;
  uint8_t labels[N];
  bf_split_plan plan;
  bf_assignment made[3] = {{{0}, NULL}};
  make_labels(labels);
  assert_ok(bf_split_parse("64,16,20", &plan));
  for (size_t i = 0; i < 3; i++)
    assert_ok(bf_split_assign(&plan, i / 2, N, labels, &made[i]));
  assert_memory_equal(made[0].position, made[1].position, N * sizeof(uint32_t));
  assert_memory_not_equal(made[0].position, made[2].position, N * sizeof(uint32_t));
  /* Not the order alone: other rows are in the test split. */
  size_t n_moved = 0;
  for (size_t i = 0; i < N; i++)
    n_moved += split_at(&made[0], i) == BF_TEST && split_at(&made[2], i) != BF_TEST;
  assert_true(n_moved > N / 10);
  for (size_t i = 0; i < 3; i++)
    free(made[i].position);
}

static void permutation_of_ten_is_that_of_numpy(void **state)
{
  (void)state;
  static const uint32_t expected[10] = {8, 1, 5, 0, 7, 2, 9, 4, 3, 6};
  uint32_t order[10];
  bf_numpy_permutation(42, 10, order);
  assert_memory_equal(order, expected, sizeof order);
}

static uint64_t add_product(uint64_t sum, uint64_t a, uint64_t b)
{
  /* Both factors are below 2^21 in the golden file, so the product does not overflow. */
  return (sum + a * b) % prime;
}

/* Rows of the test part, then of the others, in the order of their positions. */
static void order_rows(const bf_assignment *assignment, size_t n, uint32_t *order)
{
  size_t n_test = assignment->n_rows[BF_TEST];
  size_t n_others = n - n_test;
  for (size_t i = 0; i < n; i++) {
    size_t position = assignment->position[i];
    order[position >= n_others ? position - n_others : n_test + position] = (uint32_t)i;
  }
}

static uint64_t read_number(char **at)
{
  char *end = NULL;
  uint64_t number = strtoull(*at, &end, 10);
  assert_true(end != *at);
  *at = end;
  return number;
}

static void assert_checksum(char **at, size_t n, const uint32_t *rows)
{
  uint64_t sum = 0;
  for (size_t k = 0; k < n; k++)
    sum = add_product(sum, k + 1, rows[k]);
  assert_true(sum == read_number(at));
}

static void assert_first_rows(char **at, size_t n, const uint32_t *rows)
{
  for (size_t k = 0; k < n && k < N_SHOWN; k++)
    assert_int_equal(rows[k], read_number(at));
}

static void assert_case(char *line)
{
  char *at = line;
  size_t n = read_number(&at);
  bf_assignment made = {0};
  assert_ok(bf_split_sklearn((uint32_t)read_number(&at), n, &made));
  size_t n_test = read_number(&at);
  assert_int_equal(made.n_rows[BF_TEST], n_test);
  assert_int_equal(made.n_rows[BF_VAL], (n - n_test) / 5);
  assert_int_equal(made.n_rows[BF_TRAIN] + made.n_rows[BF_VAL], n - n_test);
  uint32_t *order = malloc(n * sizeof *order);
  assert_non_null(order);
  order_rows(&made, n, order);
  assert_checksum(&at, n_test, order);
  assert_checksum(&at, n - n_test, order + n_test);
  assert_first_rows(&at, n_test, order);
  assert_first_rows(&at, n - n_test, order + n_test);
  free(order);
  free(made.position);
}

static void sklearn_split_is_reproduced(void **state)
{
  (void)state;
  bf_text text = {0};
  size_t n_cases = 0;
  assert_ok(bf_file_read(BF_GOLDEN "/split.txt", &text));
  for (char *line = text.data; *line != '\0'; n_cases++) {
    char *end = strchr(line, '\n');
    assert_non_null(end);
    *end = '\0';
    assert_case(line);
    line = end + 1;
  }
  assert_int_equal(n_cases, 11);
  bf_text_release(&text);
}

static void split_text_wrong_is_refused(void **state)
{
  (void)state;
  bf_split_plan plan = {.is_sklearn = true, .sklearn_seed = 5};
  const char *const wrong[] = {"",           "64",        "64,16",     "64,16,21", "64,16,20,0",
                               "64,16,20 x", "-10,50,60", "nan,50,50", "a,b,c",    "64;16;20",
                               "sklearn",    "120,-20,0", "100,0,"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    assert_fails(bf_split_parse(wrong[i], &plan), BF_ERR_USAGE, "three percentages");
  assert_fails(bf_split_parse("sklearn:", &plan), BF_ERR_USAGE, "needs a seed");
  assert_fails(bf_split_parse("sklearn:-1", &plan), BF_ERR_USAGE, "needs a seed");
  assert_fails(bf_split_parse("sklearn:4294967296", &plan), BF_ERR_USAGE, "needs a seed");
  assert_fails(bf_split_parse("sklearn:4x", &plan), BF_ERR_USAGE, "needs a seed");
  assert_true(plan.is_sklearn && plan.sklearn_seed == 5);
}

static void assign_without_memory_fails_cleanly(void **state)
{
  (void)state;
  uint8_t labels[N];
  make_labels(labels);
  for (size_t kind = 0; kind < 2; kind++) {
    bf_split_plan plan;
    bf_assignment made = {0};
    bf_status status = BF_ERR_NOMEM;
    assert_ok(bf_split_parse(kind == 0 ? "64,16,20" : "sklearn:1", &plan));
    for (long i = 0; status != BF_OK; i++) {
      bf_alloc_fail_after(i);
      status = bf_split_assign(&plan, 0, N, labels, &made);
      bf_alloc_fail_after(-1);
      assert_true(status == BF_OK || (status == BF_ERR_NOMEM && made.position == NULL));
    }
    free(made.position);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(percentages_hold_in_every_class_within_one),
      cmocka_unit_test(whole_shares_of_the_set_are_exact),
      cmocka_unit_test(rows_are_shuffled_over_the_whole_split),
      cmocka_unit_test(seed_changes_the_assignment_and_repeats_it),
      cmocka_unit_test(permutation_of_ten_is_that_of_numpy),
      cmocka_unit_test(sklearn_split_is_reproduced),
      cmocka_unit_test(split_text_wrong_is_refused),
      cmocka_unit_test(assign_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests_name("data.split", tests, NULL, NULL);
}
