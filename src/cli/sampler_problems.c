/* Problems with known fronts that samplers are compared on.
 * Room: cli. */
#include "cli/sampler_problems.h"

#include <math.h>
#include <stdbool.h>

#include "base/file.h"
#include "base/memory.h"
#include "cli/problem_table.h"
#include "search/hypervolume.h"
#include "search/rank.h"

/* A table of 40,000 configurations of a quantised net (data/README.md), made by cmake/embed.cmake.
 */
extern const unsigned char bf_quant_jsc[];

/* ZDT1, ZDT4: Zitzler, Deb and Thiele, "Comparison of multiobjective evolutionary algorithms",
 * Evol. Comp. 2000. DTLZ2: Deb, Thiele, Laumanns and Zitzler, "Scalable multi-objective
 * optimization test problems", CEC 2002. All on a grid. */

static double front_of_zdt(double f1, double g)
{
  return g * (1 - sqrt(f1 / g));
}

static void zdt1(const bf_problem *problem, const uint32_t *indexes, double *objectives)
{
  size_t n = problem->space.n_parameters;
  double step = problem->parameters[0].n_choices - 1;
  double sum = 0;
  for (size_t d = 1; d < n; d++)
    sum += indexes[d] / step;
  objectives[0] = indexes[0] / step;
  objectives[1] = front_of_zdt(objectives[0], 1 + 9 * sum / (double)(n - 1));
}

static void zdt4(const bf_problem *problem, const uint32_t *indexes, double *objectives)
{
  const double four_pi = 12.566370614359172;
  size_t n = problem->space.n_parameters;
  double step = problem->parameters[0].n_choices - 1;
  double g = 1 + 10 * (double)(n - 1);
  for (size_t d = 1; d < n; d++) {
    double x = 10 * indexes[d] / step - 5;
    g += x * x - 10 * cos(four_pi * x);
  }
  objectives[0] = indexes[0] / step;
  objectives[1] = front_of_zdt(objectives[0], g);
}

/* Cosine and sine of a share of a right angle; exactly 0 at its ends, where rounding would make
 * vectors differ that are one. */
static double cos_of(double share)
{
  return share < 1 ? cos(1.5707963267948966 * share) : 0;
}

static double sin_of(double share)
{
  return sin(1.5707963267948966 * share);
}

static void dtlz2(const bf_problem *problem, const uint32_t *indexes, double *objectives)
{
  double step = problem->parameters[0].n_choices - 1;
  double a = indexes[0] / step;
  double b = indexes[1] / step;
  double g = 0;
  for (size_t d = 2; d < problem->space.n_parameters; d++)
    g += (indexes[d] / step - 0.5) * (indexes[d] / step - 0.5);
  objectives[0] = (1 + g) * cos_of(a) * cos_of(b);
  objectives[1] = (1 + g) * cos_of(a) * sin_of(b);
  objectives[2] = (1 + g) * sin_of(a);
}

/* By formula: the first n_free parameters move along the front while the others are best. */
static const struct formula {
  const char *name;
  bf_problem_evaluate evaluate;
  size_t n_parameters;
  uint32_t n_choices;
  size_t n_objectives;
  double reference[3];
  size_t n_free;
  uint32_t best;
} formulas[] = {
    {"zdt1_d8k11", zdt1, 8, 11, 2, {1.1, 6}, 1, 0},
    {"zdt4_d8k17", zdt4, 8, 17, 2, {1.1, 100}, 1, 8},
    {"dtlz2_m3_d7k11", dtlz2, 7, 11, 3, {1.5, 1.5, 1.5}, 2, 5},
};
enum { N_FORMULAS = sizeof formulas / sizeof *formulas };

/* Built-in tables: the first n_objectives columns of the one that there is. */
static const struct built_in {
  const char *name;
  size_t n_objectives;
} built_ins[] = {{"quant_jsc2", 2}, {"quant_jsc3", 3}};
enum { N_BUILT_INS = sizeof built_ins / sizeof *built_ins };

typedef struct vector {
  const double *values;
  size_t n;
} vector;

static int compare_vectors(const void *a, const void *b)
{
  const vector *left = a;
  const vector *right = b;
  for (size_t j = 0; j < left->n; j++)
    if (left->values[j] != right->values[j])
      return left->values[j] < right->values[j] ? -1 : 1;
  return 0;
}

/* Finds the front among @p n vectors, of which every optimal one is one: sorted, each vector once.
 */
static bf_status find_front(size_t n, const double *rows, bf_problem *problem)
{
  bf_status status = BF_OK;
  size_t m = problem->n_objectives;
  uint32_t *ranks = bf_alloc(n, sizeof *ranks);
  vector *optimal = bf_alloc(n, sizeof *optimal);
  BF_CHECK_MEMORY(ranks);
  BF_CHECK_MEMORY(optimal);
  BF_TRY(bf_rank(m, n, rows, NULL, 1, ranks));
  for (size_t i = 0; i < n; i++)
    if (ranks[i] == 0)
      optimal[problem->n_optimal++] = (vector){.values = rows + i * m, .n = m};
  qsort(optimal, problem->n_optimal, sizeof *optimal, compare_vectors);
  problem->front = bf_alloc(problem->n_optimal, m * sizeof *problem->front);
  BF_CHECK_MEMORY(problem->front);
  for (size_t i = 0; i < problem->n_optimal; i++)
    if (i == 0 || compare_vectors(&optimal[i - 1], &optimal[i]) != 0)
      memcpy(problem->front + problem->n_front++ * m, optimal[i].values, m * sizeof *rows);
done:
  free(ranks);
  free(optimal);
  return status;
}

static bf_status fill_space(size_t n, bf_parameter_kind kind, bf_problem *problem)
{
  problem->parameters = bf_alloc(n, sizeof *problem->parameters);
  if (problem->parameters == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu parameters", n);
  for (size_t d = 0; d < n; d++)
    problem->parameters[d] = (bf_parameter){.name = "x", .n_choices = 1, .kind = kind};
  problem->space = (bf_space){.n_parameters = n, .parameters = problem->parameters};
  return BF_OK;
}

static bf_status fill_reference(const double *values, bf_problem *problem)
{
  size_t m = problem->n_objectives;
  problem->reference = bf_alloc(m, sizeof *problem->reference);
  if (problem->reference == NULL)
    return bf_fail(BF_ERR_NOMEM, "out of memory for %zu objectives", m);
  for (size_t j = 0; j < m; j++)
    problem->reference[j] = values != NULL ? values[j] : 1.1;
  return BF_OK;
}

static bf_status open_formula(const struct formula *formula, bf_parameter_kind kind,
                              bf_problem *problem)
{
  enum { MOST_OPTIMAL = 11 * 11 };
  bf_status status;
  double rows[MOST_OPTIMAL * 3];
  size_t n = 1;
  BF_TRY(fill_space(formula->n_parameters, kind, problem));
  for (size_t d = 0; d < formula->n_parameters; d++)
    problem->parameters[d].n_choices = formula->n_choices;
  problem->n_objectives = formula->n_objectives;
  problem->evaluate = formula->evaluate;
  BF_TRY(fill_reference(formula->reference, problem));
  for (size_t d = 0; d < formula->n_free; d++)
    n *= formula->n_choices;
  for (size_t i = 0; i < n; i++) {
    uint32_t indexes[8];
    for (size_t d = 0, rest = i; d < formula->n_parameters; d++, rest /= formula->n_choices)
      indexes[d] = d < formula->n_free ? (uint32_t)(rest % formula->n_choices) : formula->best;
    problem->evaluate(problem, indexes, rows + i * formula->n_objectives);
  }
  BF_TRY(find_front(n, rows, problem));
done:
  return status;
}

static void look_up(const bf_problem *problem, const uint32_t *indexes, double *objectives)
{
  size_t row = 0;
  size_t m = problem->n_objectives;
  for (size_t d = 0; d < problem->space.n_parameters; d++)
    row = row * problem->parameters[d].n_choices + indexes[d];
  memcpy(objectives, problem->rows + row * m, m * sizeof *objectives);
}

static void find_range(size_t n, size_t m, const double *values, double *lowest, double *highest)
{
  *lowest = HUGE_VAL;
  *highest = -HUGE_VAL;
  for (size_t i = 0; i < n; i++) {
    *lowest = fmin(*lowest, values[i * m]);
    *highest = fmax(*highest, values[i * m]);
  }
}

/* An objective that is the same all over the front (always, if it is the only one) is scaled by the
 * range of all rows; one that never differs is only moved. */
static void scale(size_t n, bf_problem *problem)
{
  size_t m = problem->n_objectives;
  for (size_t j = 0; j < m; j++) {
    double lowest;
    double highest;
    find_range(problem->n_front, m, problem->front + j, &lowest, &highest);
    if (!(highest > lowest))
      find_range(n, m, problem->rows + j, &lowest, &highest);
    double width = highest > lowest ? highest - lowest : 1;
    for (size_t i = 0; i < n; i++)
      problem->rows[i * m + j] = (problem->rows[i * m + j] - lowest) / width;
    for (size_t i = 0; i < problem->n_front; i++)
      problem->front[i * m + j] = (problem->front[i * m + j] - lowest) / width;
  }
}

/* Takes the first @p n_objectives columns of @p table; 0: all. */
static bf_status open_table(const bf_problem_table *table, size_t n_objectives,
                            bf_parameter_kind kind, bf_problem *problem)
{
  bf_status status;
  size_t n = table->n_rows;
  size_t m = n_objectives > 0 ? n_objectives : table->n_objectives;
  BF_TRY(fill_space(table->n_parameters, kind, problem));
  for (size_t d = 0; d < table->n_parameters; d++)
    problem->parameters[d].n_choices = table->n_choices[d];
  problem->n_objectives = m;
  problem->evaluate = look_up;
  problem->rows = bf_alloc(n, m * sizeof *problem->rows);
  BF_CHECK_MEMORY(problem->rows);
  for (size_t i = 0; i < n; i++)
    memcpy(problem->rows + i * m, table->objectives + i * table->n_objectives,
           m * sizeof *problem->rows);
  BF_TRY(fill_reference(NULL, problem));
  BF_TRY(find_front(n, problem->rows, problem));
  scale(n, problem);
done:
  return status;
}

static bf_status open_built_in(const struct built_in *built_in, bf_parameter_kind kind,
                               bf_problem *problem)
{
  bf_problem_table table = {0};
  const char *text = (const char *)bf_quant_jsc;
  bf_status status = bf_problem_table_parse(text, strlen(text), "quant_jsc", &table);
  if (status == BF_OK)
    status = open_table(&table, built_in->n_objectives, kind, problem);
  bf_problem_table_release(&table);
  return status;
}

static bf_status fail_unknown(const char *name)
{
  bf_text list = {0};
  for (size_t i = 0; i < N_BUILT_INS; i++)
    bf_text_printf(&list, "'%s', ", built_ins[i].name);
  for (size_t i = 0; i < N_FORMULAS; i++)
    bf_text_printf(&list, "%s'%s'", i > 0 ? ", " : "", formulas[i].name);
  bf_status status = bf_text_status(&list);
  if (status == BF_OK)
    status = bf_fail(BF_ERR_USAGE, "'%s' is neither a file nor one of the problems %s", name,
                     bf_text_view(&list));
  bf_text_release(&list);
  return status;
}

static bf_status open_file(const char *path, bf_parameter_kind kind, bf_problem *problem)
{
  bf_status status = BF_OK;
  bf_text text = {0};
  bf_problem_table table = {0};
  if (!bf_file_exists(path))
    return fail_unknown(path);
  BF_TRY(bf_file_read(path, &text));
  BF_TRY(bf_problem_table_parse(bf_text_view(&text), text.length, path, &table));
  BF_TRY(open_table(&table, 0, kind, problem));
done:
  bf_problem_table_release(&table);
  bf_text_release(&text);
  return status;
}

static bf_status open_any(const char *name, bf_parameter_kind kind, bf_problem *problem)
{
  for (size_t i = 0; i < N_FORMULAS; i++)
    if (strcmp(name, formulas[i].name) == 0)
      return open_formula(&formulas[i], kind, problem);
  for (size_t i = 0; i < N_BUILT_INS; i++)
    if (strcmp(name, built_ins[i].name) == 0)
      return open_built_in(&built_ins[i], kind, problem);
  return open_file(name, kind, problem);
}

bf_status bf_problem_open(const char *name, bf_parameter_kind kind, bf_problem *problem)
{
  bf_status status;
  bf_problem opened = {.name = name};
  BF_TRY(open_any(name, kind, &opened));
  BF_TRY(bf_hypervolume(opened.n_objectives, opened.n_front, opened.front, opened.reference,
                        &opened.volume));
  *problem = opened;
done:
  if (status != BF_OK)
    bf_problem_release(&opened);
  return status;
}

void bf_problem_release(bf_problem *problem)
{
  free(problem->parameters);
  free(problem->reference);
  free(problem->rows);
  free(problem->front);
  *problem = (bf_problem){0};
}

bool bf_problem_finds(const bf_problem *problem, const double *objectives, size_t *at)
{
  size_t m = problem->n_objectives;
  vector wanted = {.values = objectives, .n = m};
  size_t lo = 0;
  size_t hi = problem->n_front;
  while (lo < hi) {
    size_t middle = lo + (hi - lo) / 2;
    vector here = {.values = problem->front + middle * m, .n = m};
    int order = compare_vectors(&here, &wanted);
    *at = middle;
    if (order == 0)
      return true;
    if (order < 0)
      lo = middle + 1;
    else
      hi = middle;
  }
  return false;
}
