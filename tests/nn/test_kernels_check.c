/* The check of kernels on a new machine: it passes here, and finds each kernel that is wrong.
 * Room: tests. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "nn/kernels_check_parts.h"

static void check_passes_every_isa_of_this_cpu(void **state)
{
  (void)state;
  bf_isa best;
  assert_ok(bf_isa_detect(&best));
  for (bf_isa isa = BF_ISA_BASE; isa <= best; isa++) {
    double worst = -1;
    assert_ok(bf_kernels_check(isa, &worst));
    assert_true(worst > 0 && worst < 1);
  }
}

static void check_passes_blis(void **state)
{
  (void)state;
  bf_isa isa;
  double worst = -1;
  assert_ok(bf_isa_detect(&isa));
  assert_ok(bf_blis_check(isa, &worst));
  assert_true(worst >= 0 && worst < 1);
}

static void check_of_the_reference_finds_no_difference(void **state)
{
  (void)state;
  double worst = -1;
  assert_ok(bf_kernels_compare("itself", &bf_reference_kernels, &worst));
  assert_true(worst == 0);
}

/* Each kernel with a fault as small as a CPU that drops a bit makes, or a NaN. */

static void wrong_multiply(const bf_product *p)
{
  bf_reference_kernels.multiply(p);
  p->tail.y[1000] += 0.001F;
}

static void wrong_gradient(const bf_outer *p)
{
  bf_reference_kernels.weight_gradient(p);
  p->db[3] = NAN;
}

static void wrong_affine(const bf_affine *p)
{
  bf_reference_kernels.affine(p);
  p->tail.y[p->n_tiles * p->width * BF_TILE - 1] += 1e-4F;
}

static void wrong_moments(const bf_moments *p)
{
  bf_reference_kernels.moments(p);
  p->square[p->width - 1] *= 1.001;
}

static void wrong_norm(const bf_norm *p)
{
  bf_reference_kernels.norm_gradient(p);
  p->product_sum[0] += 0.01;
}

static void wrong_norm_input(const bf_norm_input *p)
{
  bf_reference_kernels.norm_input_gradient(p);
  p->dx[4 * BF_TILE + 7] += 1;
}

static double wrong_entropy(const bf_entropy *p)
{
  return bf_reference_kernels.cross_entropy(p) * 1.001;
}

static void wrong_tally(const bf_span *span, const float *outputs, const uint8_t *labels,
                        bf_tally *tally)
{
  bf_reference_kernels.tally(span, outputs, labels, tally);
  tally->n_confused[1]++;
}

static void wrong_round(const bf_grid *grid, size_t n, const float *x, float *y)
{
  bf_reference_kernels.round(grid, n, x, y);
  y[5] = nextafterf(y[5], 9);
}

static void wrong_adam(const bf_adam *adam, size_t n, float *values, const float *gradient,
                       float *first, float *second)
{
  bf_reference_kernels.adam(adam, n, values, gradient, first, second);
  second[n - 1] += 0.001F;
}

static void check_finds_each_kernel_that_is_wrong(void **state)
{
  (void)state;
  enum { N = 10 };
  const char *const names[N] = {"multiply",      "weight gradient", "affine",
                                "moments",       "norm gradient",   "norm input gradient",
                                "cross-entropy", "tally",           "round",
                                "adam"};
  for (size_t i = 0; i < N; i++) {
    bf_tile_kernels kernels = bf_reference_kernels;
    char words[64];
    double worst = -1;
    if (i == 0)
      kernels.multiply = wrong_multiply;
    else if (i == 1)
      kernels.weight_gradient = wrong_gradient;
    else if (i == 2)
      kernels.affine = wrong_affine;
    else if (i == 3)
      kernels.moments = wrong_moments;
    else if (i == 4)
      kernels.norm_gradient = wrong_norm;
    else if (i == 5)
      kernels.norm_input_gradient = wrong_norm_input;
    else if (i == 6)
      kernels.cross_entropy = wrong_entropy;
    else if (i == 7)
      kernels.tally = wrong_tally;
    else if (i == 8)
      kernels.round = wrong_round;
    else
      kernels.adam = wrong_adam;
    snprintf(words, sizeof words, "%s of the CPU gives", names[i]);
    assert_fails(bf_kernels_compare("the CPU", &kernels, &worst), BF_ERR_BUG, words);
    assert_true(worst == -1);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(check_passes_every_isa_of_this_cpu),
      cmocka_unit_test(check_passes_blis),
      cmocka_unit_test(check_of_the_reference_finds_no_difference),
      cmocka_unit_test(check_finds_each_kernel_that_is_wrong),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
