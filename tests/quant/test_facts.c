/* What is known of a format against what a fine grid of values becomes.
 * Room: tests. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "quant/facts.h"

/** Settings in the order of the format's parameters; values as in job files. */
typedef struct format_case {
  const char *name;
  int64_t values[4];
  size_t n;
  bool is_unsigned;
} format_case;

/* Small enough for the grid to meet every number; the least numbers are far above the 1e-8 that
 * formats with exponents leave alone. */
static const format_case cases[] = {
    {"integer", {4, 2}, 2, false},
    {"integer", {6, 9}, 2, false},
    {"fixed", {5, -2}, 2, true},
    {"integer", {1, 0}, 2, false},
    {"minifloat_denorm", {6, 2, 1}, 3, false},
    {"minifloat_denorm", {8, 4, 7}, 3, false},
    {"minifloat_denorm", {5, 4, 7}, 3, false},
    {"minifloat_denorm", {4, 2, -3}, 3, false},
    {"minifloat_ieee", {8, 4, 7}, 3, false},
    {"minifloat_ieee", {5, 2, -1}, 3, false},
    {"minifloat_ieee", {4, 3, 3}, 3, false},
    {"log", {4, 3}, 2, false},
    {"log", {5, 9}, 2, false},
    {"binary", {1, 0, 1}, 3, false},
    {"ternary", {2, 0}, 2, false},
};

static bf_quantizer quantizer_of(const format_case *given)
{
  bf_quantizer quantizer;
  bf_setting settings[4];
  for (size_t i = 0; i < given->n; i++)
    settings[i] =
        (bf_setting){.key = bf_format_parameter(given->name, i), .value = given->values[i]};
  assert_ok(bf_quantizer_init(&quantizer, given->name, given->n, settings, given->is_unsigned));
  return quantizer;
}

static const double *fact(size_t n, const bf_fact *facts, const char *name)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(facts[i].name, name) == 0)
      return &facts[i].value;
  return NULL;
}

static void assert_fact(size_t n, const bf_fact *facts, const char *name, double expected)
{
  const double *value = fact(n, facts, name);
  if (value == NULL || *value != expected)
    fail_msg("%s is %g, expected %g", name, value != NULL ? *value : (double)NAN, expected);
}

static int compare(const void *a, const void *b)
{
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

enum { N_OCTAVE = 1024, LOWEST = -22, HIGHEST = 14 };
enum { N_GRID = 2 * N_OCTAVE * (HIGHEST - LOWEST) + 1 };

/* Both signs of N_OCTAVE numbers from each power of two to the next, and 0. */
static void fill(float *grid)
{
  size_t n = 0;
  grid[n++] = 0.0F;
  for (int e = LOWEST; e < HIGHEST; e++)
    for (size_t i = 0; i < N_OCTAVE; i++) {
      float x = ldexpf(1.0F + (float)i / N_OCTAVE, e);
      grid[n++] = x;
      grid[n++] = -x;
    }
}

static size_t count_distinct(size_t n, float *sorted)
{
  size_t n_kept = 0;
  qsort(sorted, n, sizeof *sorted, compare);
  for (size_t i = 0; i < n; i++)
    if (n_kept == 0 || sorted[i] != sorted[n_kept - 1])
      sorted[n_kept++] = sorted[i];
  return n_kept;
}

/* Makes the grid's values numbers of the format, and sorts out which there are. */
static size_t find_levels(const bf_quantizer *quantizer, bool is_one_block, float *grid)
{
  fill(grid);
  if (is_one_block)
    bf_quantize(quantizer, 1, N_GRID, grid, grid);
  else
    for (size_t i = 0; i < N_GRID; i++)
      bf_quantize(quantizer, 1, 1, grid + i, grid + i);
  return count_distinct(N_GRID, grid);
}

static void check_case(const format_case *given, float *grid)
{
  bf_quantizer quantizer = quantizer_of(given);
  bf_fact facts[BF_MAX_FACTS];
  size_t n = bf_quantizer_facts(&quantizer, facts);
  size_t n_levels = find_levels(&quantizer, false, grid);
  assert_fact(n, facts, "bits", (double)bf_quantizer_width(&quantizer));
  assert_fact(n, facts, "levels", (double)n_levels);
  assert_fact(n, facts, "lowest", (double)grid[0]);
  assert_fact(n, facts, "highest", (double)grid[n_levels - 1]);
  size_t first_positive = 0;
  while (first_positive < n_levels && grid[first_positive] <= 0.0F)
    first_positive++;
  if (first_positive < n_levels)
    assert_fact(n, facts, "smallest_positive", (double)grid[first_positive]);
  const double *step = fact(n, facts, "step");
  for (size_t i = 1; step != NULL && i < n_levels; i++)
    assert_true((double)(grid[i] - grid[i - 1]) == *step);
}

static void facts_are_what_a_grid_of_values_shows(void **state)
{
  (void)state;
  float *grid = bf_alloc(N_GRID, sizeof *grid);
  assert_non_null(grid);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_case(&cases[i], grid);
  free(grid);
}

static const struct {
  format_case format;
  double shared_bits;
} blocks[] = {
    {{"block_minifloat", {6, 2, 4}, 3, false}, 4}, {{"block_minifloat", {6, 3, 1}, 3, false}, 1},
    {{"block_minifloat", {5, 3, 2}, 3, false}, 2}, {{"block_log", {4, 4}, 2, false}, 4},
    {{"block_fp", {5, 3, 3}, 3, false}, 3},
};

/* The ends with every value in a block of its own, the levels with all of them in one. */
static void facts_of_block_formats_are_what_blocks_show(void **state)
{
  (void)state;
  float *grid = bf_alloc(N_GRID, sizeof *grid);
  assert_non_null(grid);
  for (size_t c = 0; c < sizeof blocks / sizeof *blocks; c++) {
    bf_quantizer quantizer = quantizer_of(&blocks[c].format);
    bf_fact facts[BF_MAX_FACTS];
    size_t n = bf_quantizer_facts(&quantizer, facts);
    size_t n_levels = find_levels(&quantizer, false, grid);
    assert_fact(n, facts, "lowest", (double)grid[0]);
    assert_fact(n, facts, "highest", (double)grid[n_levels - 1]);
    assert_fact(n, facts, "shared_bits", blocks[c].shared_bits);
    quantizer.block = (bf_block){0};
    assert_fact(n, facts, "levels", (double)find_levels(&quantizer, true, grid));
  }
  free(grid);
}

static void fixed_point_is_spelt_as_in_high_level_synthesis(void **state)
{
  (void)state;
  static const struct {
    format_case format;
    const char *text;
  } spelt[] = {{{"integer", {8, 4}, 2, false}, "ap_fixed<8,4,AP_RND_CONV,AP_SAT>"},
               {{"fixed", {4, 6}, 2, false}, "ap_fixed<4,-2,AP_RND_CONV,AP_SAT>"},
               {{"integer", {16, -64}, 2, true}, "ap_ufixed<16,80,AP_RND_CONV,AP_SAT>"}};
  char text[BF_HLS_BYTES];
  for (size_t i = 0; i < 3; i++) {
    bf_quantizer quantizer = quantizer_of(&spelt[i].format);
    assert_true(bf_quantizer_hls(&quantizer, text));
    assert_string_equal(text, spelt[i].text);
  }
  const bf_quantizer none = {0}, log = quantizer_of(&(format_case){"log", {4, 3}, 2, false});
  assert_false(bf_quantizer_hls(&none, text));
  assert_false(bf_quantizer_hls(&log, text));
}

static void nothing_is_known_of_what_is_not_quantised(void **state)
{
  (void)state;
  const bf_quantizer none = {0};
  bf_fact facts[BF_MAX_FACTS];
  assert_int_equal(bf_quantizer_facts(&none, facts), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(facts_are_what_a_grid_of_values_shows),
      cmocka_unit_test(facts_of_block_formats_are_what_blocks_show),
      cmocka_unit_test(fixed_point_is_spelt_as_in_high_level_synthesis),
      cmocka_unit_test(nothing_is_known_of_what_is_not_quantised),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
