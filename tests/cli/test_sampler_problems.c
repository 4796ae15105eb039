/* Tests of the problems that samplers are compared on: what was published with the peers' figures
 * comes out, and tables are read strictly. Room: cli (tests). */
#include "unit.h"

#include <math.h>
#include <stdbool.h>

#include "base/file.h"
#include "base/memory.h"
#include "cli/problem_table.h"
#include "cli/sampler_problems.h"
#include "cli_folder.h"
#include "search/hypervolume.h"

static void fronts_are_those_that_were_listed(void **state)
{
  (void)state;
  static const struct {
    const char *name;
    size_t n_parameters;
    uint64_t size;
    size_t n_optimal;
    size_t n_front;
    double volume;
  } listed[] = {
      {"quant_jsc2", 7, 40000, 84, 83, 0.873142742841},
      {"quant_jsc3", 7, 40000, 194, 194, 0.81647066081},
      {"zdt1_d8k11", 8, 214358881, 11, 11, 6.21050934171},
      {"zdt4_d8k17", 8, 6975757441, 17, 17, 109.632331197},
      {"dtlz2_m3_d7k11", 7, 19487171, 121, 111, 2.78663637246},
  };
  for (size_t i = 0; i < sizeof listed / sizeof *listed; i++) {
    bf_problem problem = {0};
    assert_ok(bf_problem_open(listed[i].name, BF_PARAMETER_CHOICE, &problem));
    assert_int_equal(problem.space.n_parameters, listed[i].n_parameters);
    assert_true(bf_space_size(&problem.space) == listed[i].size);
    assert_int_equal(problem.n_optimal, listed[i].n_optimal);
    assert_int_equal(problem.n_front, listed[i].n_front);
    /* Twelve digits were listed. */
    assert_true(fabs(problem.volume / listed[i].volume - 1) < 1e-11);
    for (size_t d = 0; d < problem.space.n_parameters; d++)
      assert_int_equal(problem.space.parameters[d].kind, BF_PARAMETER_CHOICE);
    bf_problem_release(&problem);
  }
}

static void formulas_give_known_values(void **state)
{
  (void)state;
  static const struct {
    const char *name;
    uint32_t indexes[8];
    double objectives[3];
  } known[] = {
      {"zdt1_d8k11", {4, 0, 0, 0, 0, 0, 0, 0}, {0.4, 0.36754446796632406}},
      {"zdt1_d8k11", {0, 10, 10, 10, 10, 10, 10, 10}, {0, 10}},
      {"zdt1_d8k11", {10, 7, 0, 0, 0, 0, 0, 0}, {1, 1.9 - 1.378404875209022}},
      {"zdt4_d8k17", {16, 8, 8, 8, 8, 8, 8, 8}, {1, 0}},
      /* v = -5 seven times: 1 + 70 + 7 (25 - 10). */
      {"zdt4_d8k17", {0, 0, 0, 0, 0, 0, 0, 0}, {0, 176}},
      /* v = 5/8: cos(5 pi / 2) = 0. */
      {"zdt4_d8k17", {0, 9, 8, 8, 8, 8, 8, 8}, {0, 11.390625}},
      {"dtlz2_m3_d7k11", {0, 0, 5, 5, 5, 5, 5}, {1, 0, 0}},
      {"dtlz2_m3_d7k11", {5, 10, 0, 10, 5, 5, 5}, {0, 1.0606601717798212, 1.0606601717798212}},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    double objectives[3];
    bf_problem problem = {0};
    assert_ok(bf_problem_open(known[i].name, BF_PARAMETER_ORDERED, &problem));
    problem.evaluate(&problem, known[i].indexes, objectives);
    for (size_t j = 0; j < problem.n_objectives; j++)
      assert_true(fabs(objectives[j] - known[i].objectives[j]) < 1e-12);
    bf_problem_release(&problem);
  }
}

static void table_is_looked_up_and_scaled(void **state)
{
  (void)state;
  bf_problem problem = {0};
  double objectives[3];
  assert_ok(bf_problem_open("quant_jsc3", BF_PARAMETER_ORDERED, &problem));
  problem.evaluate(&problem, (const uint32_t[]){0, 0, 0, 0, 0, 0, 3}, objectives);
  /* Line 5 of the table: 79.40 4.485608 1.039062; the front's ranges are 9.4 .. 79.5 and so on. */
  assert_true(fabs(objectives[0] - (79.40 - 9.4) / (79.5 - 9.4)) < 1e-9);
  assert_true(fabs(objectives[1] - (4.485608 - 4.467045) / (5.339952 - 4.467045)) < 1e-9);
  assert_true(fabs(objectives[2]) < 1e-9);
  bf_problem_release(&problem);
}

static void objective_without_a_range_on_the_front_is_scaled_by_all_rows(void **state)
{
  (void)state;
  bf_problem problem = {0};
  static const char text[] = "1 3 1\n10\n30\n15\n";
  static const double scaled[] = {0, 1, 0.25};
  assert_ok(bf_file_write(in_folder("one"), text, strlen(text)));
  assert_ok(bf_problem_open(in_folder("one"), BF_PARAMETER_ORDERED, &problem));
  for (uint32_t i = 0; i < 3; i++) {
    double objective;
    problem.evaluate(&problem, &i, &objective);
    assert_true(objective == scaled[i]);
  }
  assert_true(problem.volume == 1.1);
  bf_problem_release(&problem);
}

/* In every problem: sorted, no vector dominates another, and each is found again. */
static void front_is_sorted_and_found(void **state)
{
  (void)state;
  bf_problem problem = {0};
  assert_ok(bf_problem_open("quant_jsc3", BF_PARAMETER_ORDERED, &problem));
  for (size_t i = 0; i < problem.n_front; i++) {
    size_t at = 1000;
    assert_true(bf_problem_finds(&problem, problem.front + 3 * i, &at));
    assert_int_equal(at, i);
    for (size_t k = 0; k < problem.n_front; k++) {
      const double *a = problem.front + 3 * i;
      const double *b = problem.front + 3 * k;
      assert_true(i == k || a[0] < b[0] || a[1] < b[1] || a[2] < b[2]);
    }
  }
  size_t at = 1000;
  assert_false(bf_problem_finds(&problem, (const double[]){2, 2, 2}, &at));
  assert_false(bf_problem_finds(&problem, (const double[]){-1, 2, 2}, &at));
  bf_problem_release(&problem);
}

static void stranger_is_neither_problem_nor_file(void **state)
{
  (void)state;
  bf_problem problem = {0};
  assert_fails(bf_problem_open("zdt2", BF_PARAMETER_ORDERED, &problem), BF_ERR_USAGE,
               "'zdt2' is neither a file nor one of the problems 'quant_jsc2', 'quant_jsc3', "
               "'zdt1_d8k11', 'zdt4_d8k17', 'dtlz2_m3_d7k11'");
  assert_null(problem.front);
}

static bf_status parse(const char *text, bf_problem_table *table)
{
  return bf_problem_table_parse(text, strlen(text), "t", table);
}

static void table_is_read_as_it_stands(void **state)
{
  (void)state;
  static const char *const texts[] = {
      "2 2 3 2\n0 -1\n1 2.5\n2 1e3\n3 0\n4 0\n5 0\n",
      "2 2 3 2\r\n0 -1\r\n1 2.5\r\n2 1e3\r\n3 0\r\n4 0\r\n5 0",
      " 2\t2 3 2 \n0\t-1\n 1 2.5 \n2 1.0e+3\n3 0\n4 0\n5 -0\n\n \n",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    bf_problem_table table = {0};
    assert_ok(parse(texts[i], &table));
    assert_int_equal(table.n_parameters, 2);
    assert_int_equal(table.n_choices[0], 2);
    assert_int_equal(table.n_choices[1], 3);
    assert_int_equal(table.n_rows, 6);
    assert_int_equal(table.n_objectives, 2);
    assert_true(table.objectives[1] == -1 && table.objectives[3] == 2.5);
    assert_true(table.objectives[5] == 1000 && table.objectives[10] == 5);
    bf_problem_table_release(&table);
  }
}

static void bad_table_is_refused_with_its_line(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    const char *words;
  } bad[] = {
      {"", "line 1: ends where the number of parameters is expected"},
      {"x", "line 1: 'x' is not the number of parameters"},
      {"0 1", "the number of parameters is 0, expected 1 .."},
      {"-1 1", "'-1' is not"},
      {"99999999999999999999 1", "expected 1 .."},
      {"2 2\n", "line 1: ends where a number of choices is expected"},
      {"1 2\n1\n2\n", "line 1: ends where the number of objectives is expected"},
      {"1 0 1\n", "a number of choices is 0"},
      {"1 2 0\n1\n2\n", "the number of objectives is 0"},
      {"1 2 1 7\n1\n2\n", "line 1: '7' is not the end of the line"},
      {"1 2 1\n1\n", "ends after line 2 with 1 rows, line 1 promises 2"},
      {"1 2 1\n1\n2\n\n3\n", "line 5: '3' is not the end of the line"},
      {"1 2 1\n1\n2 3\n", "line 3: '3' is not the end of the line"},
      {"1 2 2\n1 2\n2\n", "line 3: ends where a number is expected"},
      {"1 2 1\n1\n2e\n", "line 3: '2e' is not a number"},
      {"1 2 1\nnan\n2\n", "line 2: 'nan' is not a number"},
      {"1 2 1\n1\ninf\n", "line 3: 'inf' is not a number"},
      {"1 2 1\n1\n1e999\n", "line 3: '1e999' is not a number"},
      {"1 2 1\n0x10\n1\n", "line 2: '0x10' is not a number"},
      {"1 2 1\n1\n0.00000000000000000000000000000000000000000000000000000000000000000001e70\n",
       "line 3: '0.0000"},
      {"3 4000000000 4000000000 4000000000 1\n1\n", "more rows than the text can hold"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    bf_problem_table table = {0};
    assert_fails(parse(bad[i].text, &table), BF_ERR_DATA, bad[i].words);
    assert_null(table.n_choices);
  }
  bf_problem_table table = {0};
  assert_fails(bf_problem_table_parse("1 2 1\n1\n\0", 9, "t", &table), BF_ERR_DATA, "line 3");
  assert_fails(bf_problem_table_parse("1 2 1\n1\n2\0005\n", 12, "t", &table), BF_ERR_DATA,
               "line 3: a NUL byte");
}

/* Every text that a good one begins with is no table. */
static void cut_table_is_refused(void **state)
{
  (void)state;
  static const char text[] = "2 2 2 2\n10 20\n11 19\n12 18\n13 17";
  for (size_t n = 0; n + 1 < sizeof text - 2; n++) {
    bf_problem_table table = {0};
    assert_fails(bf_problem_table_parse(text, n, "t", &table), BF_ERR_DATA, "table 't'");
  }
}

static void problem_without_memory_fails_cleanly(void **state)
{
  (void)state;
  static const char *const names[] = {"zdt1_d8k11", "quant_jsc2", "no_such"};
  static const bf_status ends[] = {BF_OK, BF_OK, BF_ERR_USAGE};
  for (size_t i = 0; i < 3; i++) {
    bf_status status = BF_ERR_NOMEM;
    long n_failed = 0;
    while (status == BF_ERR_NOMEM) {
      bf_problem problem = {0};
      bf_alloc_fail_after(n_failed++);
      status = bf_problem_open(names[i], BF_PARAMETER_ORDERED, &problem);
      bf_alloc_fail_after(-1);
      assert_int_equal(problem.front != NULL, status == BF_OK);
      bf_problem_release(&problem);
    }
    assert_int_equal(status, ends[i]);
    assert_true(n_failed > 1);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fronts_are_those_that_were_listed),
      cmocka_unit_test(formulas_give_known_values),
      cmocka_unit_test(table_is_looked_up_and_scaled),
      cmocka_unit_test_setup_teardown(objective_without_a_range_on_the_front_is_scaled_by_all_rows,
                                      make_folder, remove_folder),
      cmocka_unit_test(front_is_sorted_and_found),
      cmocka_unit_test(stranger_is_neither_problem_nor_file),
      cmocka_unit_test(table_is_read_as_it_stands),
      cmocka_unit_test(bad_table_is_refused_with_its_line),
      cmocka_unit_test(cut_table_is_refused),
      cmocka_unit_test(problem_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
