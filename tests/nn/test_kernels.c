/* Linear kernels: the reference by hand, BLIS against the reference, the table.
 * Room: tests. */
#include "nets.h"

enum { MOST = 300 * 80 };

typedef struct operands {
  float x[MOST], w[MOST], b[MOST], dy[MOST];
} operands;

typedef struct results {
  float y[MOST], dx[MOST], dw[MOST], db[MOST];
} results;

static void draw(bf_random *random, size_t n, float *values)
{
  for (size_t i = 0; i < n; i++)
    values[i] = (float)bf_random_normal(random);
}

static void draw_operands(bf_random *random, operands *o)
{
  draw(random, MOST, o->x);
  draw(random, MOST, o->w);
  draw(random, MOST, o->b);
  draw(random, MOST, o->dy);
}

static void run(const bf_kernels *kernels, size_t n, size_t in, size_t out, const operands *o,
                results *r, bool has_bias)
{
  /* What is added to must count, what is written must not. */
  for (size_t i = 0; i < MOST; i++) {
    r->dw[i] = r->db[i] = 1.0F;
    r->y[i] = r->dx[i] = NAN;
  }
  kernels->linear_forward(n, in, out, o->x, o->w, has_bias ? o->b : NULL, r->y);
  kernels->linear_input_gradient(n, in, out, o->dy, o->w, r->dx);
  kernels->linear_weight_gradient(n, in, out, o->dy, o->x, r->dw, has_bias ? r->db : NULL);
}

static void reference_computes_the_formulas(void **state)
{
  (void)state;
  const bf_kernels *reference = kernels_called("reference");
  const float x[] = {1, 2, 3, 4}, w[] = {10, 20, 30, 40, 50, 60}, b[] = {1, 2, 3};
  const float dy[] = {1, 2, 3, 4, 5, 6};
  float y[6], dx[4], dw[6] = {0, 0, 0, 0, 0, 1}, db[3] = {0, 0, 1};
  reference->linear_forward(2, 2, 3, x, w, b, y);
  reference->linear_input_gradient(2, 2, 3, dy, w, dx);
  reference->linear_weight_gradient(2, 2, 3, dy, x, dw, db);
  const float expected_y[] = {51, 112, 173, 111, 252, 393};
  const float expected_dx[] = {220, 280, 490, 640};
  const float expected_dw[] = {13, 18, 17, 24, 21, 31};
  const float expected_db[] = {5, 7, 10};
  assert_memory_equal(y, expected_y, sizeof y);
  assert_memory_equal(dx, expected_dx, sizeof dx);
  assert_memory_equal(dw, expected_dw, sizeof dw);
  assert_memory_equal(db, expected_db, sizeof db);
}

/* Float32 sums of k terms of size 1: every addition rounds what is there already. */
static void assert_close(const char *what, size_t k, size_t n, const float *a, const float *b)
{
  double tolerance = 2e-7 * (double)k + 2e-6;
  for (size_t i = 0; i < n; i++)
    if (!(fabs((double)a[i] - (double)b[i]) <= tolerance * (1.0 + fabs((double)a[i]))))
      fail_msg("%s[%zu]: %.9g and %.9g", what, i, (double)a[i], (double)b[i]);
}

static void compare(size_t n, size_t in, size_t out, bool has_bias)
{
  static operands o;
  static results by_reference, by_blis;
  bf_random random = bf_random_stream(n * 10000 + in * 100 + out, BF_PURPOSE_SYNTH, 0);
  draw_operands(&random, &o);
  run(kernels_called("reference"), n, in, out, &o, &by_reference, has_bias);
  run(kernels_called("blis"), n, in, out, &o, &by_blis, has_bias);
  assert_close("y", in, n * out, by_reference.y, by_blis.y);
  assert_close("dx", out, n * in, by_reference.dx, by_blis.dx);
  assert_close("dw", n, out * in, by_reference.dw, by_blis.dw);
  assert_close("db", n, out, by_reference.db, by_blis.db);
  /* Nothing is written behind the end. */
  assert_true(isnan(by_blis.y[n * out]) && isnan(by_blis.dx[n * in]));
  assert_true(by_blis.dw[out * in] == 1.0F && by_blis.db[out] == 1.0F);
  assert_true(has_bias || by_blis.db[0] == 1.0F);
}

static void blis_agrees_with_reference_on_chosen_shapes(void **state)
{
  (void)state;
  static const size_t shapes[][3] = {{1, 1, 1},    {1, 16, 5},    {2, 1, 1},    {7, 1, 5},
                                     {8, 5, 1},    {128, 16, 16}, {255, 16, 5}, {299, 70, 65},
                                     {300, 3, 64}, {13, 17, 19},  {64, 48, 16}, {2, 79, 80}};
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
    compare(shapes[i][0], shapes[i][1], shapes[i][2], true);
    compare(shapes[i][0], shapes[i][1], shapes[i][2], false);
  }
}

static void blis_agrees_with_reference_on_random_shapes(void **state)
{
  (void)state;
  bf_random random = bf_random_stream(1, BF_PURPOSE_SPLIT, 0);
  for (size_t i = 0; i < 40; i++) {
    size_t n = 1 + (size_t)bf_random_below(&random, 299);
    size_t in = 1 + (size_t)bf_random_below(&random, 79);
    size_t out = 1 + (size_t)bf_random_below(&random, 79);
    compare(n, in, out, i % 2 == 0);
  }
}

static void kernels_keep_nan_and_infinity(void **state)
{
  (void)state;
  static const char *const names[] = {"reference", "blis"};
  for (size_t k = 0; k < 2; k++) {
    const bf_kernels *kernels = kernels_called(names[k]);
    const float x[] = {1.0F, NAN, INFINITY, 1.0F}, w[] = {1.0F, 0.0F};
    float y[2];
    kernels->linear_forward(2, 2, 1, x, w, NULL, y);
    assert_true(isnan(y[0]));
    assert_true(isinf(y[1]));
  }
}

static void kernels_repeat_themselves_bit_for_bit(void **state)
{
  (void)state;
  static operands o;
  static results once, again;
  bf_random random = bf_random_stream(9, BF_PURPOSE_SYNTH, 0);
  draw_operands(&random, &o);
  run(kernels_called("blis"), 128, 16, 16, &o, &once, true);
  run(kernels_called("blis"), 128, 16, 16, &o, &again, true);
  assert_memory_equal(&once, &again, sizeof once);
}

static void backends_are_found_by_name(void **state)
{
  (void)state;
  const bf_kernels *kernels = NULL;
  assert_string_equal(kernels_called("auto")->name, "blis");
  assert_string_equal(kernels_called("blis")->name, "blis");
  assert_string_equal(kernels_called("reference")->name, "reference");
  assert_fails(bf_kernels_find("bliss", BF_ISA_BASE, &kernels), BF_ERR_USAGE,
               "did you mean 'blis'?");
  assert_fails(bf_kernels_find("tiles", BF_ISA_BASE, &kernels), BF_ERR_USAGE,
               "expected auto, blis or reference");
  assert_null(kernels);
}

static void blis_says_which_kernels_it_runs(void **state)
{
  (void)state;
  bf_isa isa;
  assert_ok(bf_isa_detect(&isa));
  const char *text = bf_blis_describe(isa);
  assert_non_null(strstr(text, " kernels"));
  /* Set by us, or by the user to the same end. */
  const char *type = getenv("BLIS_ARCH_TYPE");
  if (isa != BF_ISA_BASE && type != NULL && strcmp(type, "3") == 0)
    assert_non_null(strstr(text, "haswell kernels"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reference_computes_the_formulas),
      cmocka_unit_test(blis_agrees_with_reference_on_chosen_shapes),
      cmocka_unit_test(blis_agrees_with_reference_on_random_shapes),
      cmocka_unit_test(kernels_keep_nan_and_infinity),
      cmocka_unit_test(kernels_repeat_themselves_bit_for_bit),
      cmocka_unit_test(backends_are_found_by_name),
      cmocka_unit_test(blis_says_which_kernels_it_runs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
