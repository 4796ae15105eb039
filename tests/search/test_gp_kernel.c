/* Tests of search/gp_kernel.h: covariances against their definition, however a kernel came to its
 * points. Room: search. */
#include "unit.h"

#include "search/gp_fixture.h"

enum { N = 40, CAPACITY = 48 };

typedef struct fixture {
  bf_gp_axes axes;
  bf_gp_kernel kernel;
  double lengths[GP_AXES];
  bf_gp_theta theta;
  uint32_t indexes[N][GP_PARAMETERS];
  float *k;
} fixture;

static void set_up(fixture *f)
{
  const bf_gp_loops *loops;
  bf_random random = bf_random_stream(3, BF_PURPOSE_SYNTH, 0);
  assert_ok(bf_gp_loops_find(&loops));
  assert_ok(bf_gp_axes_init(&f->axes, &gp_space));
  assert_ok(bf_gp_kernel_init(&f->kernel, &f->axes, loops, CAPACITY));
  f->theta = gp_theta(f->lengths);
  f->kernel.theta.share = f->theta.share;
  f->k = bf_alloc(CAPACITY, sizeof *f->k);
  assert_non_null(f->k);
  for (size_t i = 0; i < N; i++)
    gp_draw(&random, f->indexes[i]);
}

static void tear_down(fixture *f)
{
  bf_gp_kernel_release(&f->kernel);
  bf_gp_axes_release(&f->axes);
  free(f->k);
}

static void set_lengths(fixture *f)
{
  for (size_t d = 0; d < f->axes.n; d++)
    bf_gp_kernel_set_length(&f->kernel, d, f->lengths[d]);
}

static void add(fixture *f, size_t from, size_t to)
{
  for (size_t i = from; i < to; i++)
    bf_gp_kernel_add(&f->kernel, f->indexes[i]);
}

static void assert_covariances(fixture *f)
{
  for (size_t i = 0; i < N; i++) {
    memset(f->k, 0xff, CAPACITY * sizeof *f->k);
    bf_gp_kernel_row(&f->kernel, f->indexes[i], 0, f->k);
    for (size_t j = 0; j < f->kernel.n; j++)
      assert_true(fabs((double)f->k[j] - gp_covariance(&f->theta, f->indexes[i], f->indexes[j])) <
                  3e-6);
    for (size_t j = f->kernel.n; j % BF_GP_TILE != 0; j++)
      assert_true(f->k[j] == 0);
  }
}

static void axes_leave_out_parameters_of_one_choice(void **state)
{
  (void)state;
  bf_gp_axes axes;
  assert_ok(bf_gp_axes_init(&axes, &gp_space));
  assert_int_equal(axes.n, GP_AXES);
  assert_int_equal(axes.axes[1].parameter, 1);
  assert_int_equal(axes.axes[2].parameter, 3);
  assert_int_equal(axes.n_rows, 6 + 5 + 4 + 7);
  assert_int_equal(axes.n_untabled, 3);
  bf_gp_axes_release(&axes);
}

static void parameter_that_does_not_matter_has_a_level_of_its_own(void **state)
{
  (void)state;
  bf_gp_axes axes;
  uint32_t indexes[GP_PARAMETERS] = {0};
  assert_ok(bf_gp_axes_init(&axes, &gp_space));
  assert_int_equal(bf_gp_axis_level(&axes, 3, indexes), 6);
  indexes[3] = 1;
  assert_int_equal(bf_gp_axis_level(&axes, 3, indexes), 0);
  bf_gp_axes_release(&axes);
}

static void rows_are_covariances_with_all_points(void **state)
{
  (void)state;
  fixture f;
  set_up(&f);
  set_lengths(&f);
  add(&f, 0, N);
  assert_covariances(&f);
  tear_down(&f);
}

static void lengths_may_change_after_points_came(void **state)
{
  (void)state;
  fixture f;
  set_up(&f);
  add(&f, 0, N);
  set_lengths(&f);
  assert_covariances(&f);
  tear_down(&f);
}

static void points_after_a_cut_are_new_ones(void **state)
{
  (void)state;
  fixture f;
  set_up(&f);
  set_lengths(&f);
  add(&f, 10, N);
  bf_gp_kernel_cut(&f.kernel, 0);
  add(&f, 0, 20);
  add(&f, 30, N);
  bf_gp_kernel_cut(&f.kernel, 17);
  add(&f, 17, N);
  assert_covariances(&f);
  bf_gp_kernel_cut(&f.kernel, 33);
  assert_covariances(&f);
  tear_down(&f);
}

static void row_of_a_point_is_that_of_its_configuration(void **state)
{
  (void)state;
  fixture f;
  _Alignas(64) float row[CAPACITY];
  set_up(&f);
  set_lengths(&f);
  add(&f, 0, N);
  for (size_t i = 0; i < N; i++) {
    bf_gp_kernel_row(&f.kernel, f.indexes[i], 0, f.k);
    bf_gp_kernel_point_row(&f.kernel, i, 16, row);
    assert_memory_equal(row + 16, f.k + 16, (CAPACITY - 16) * sizeof *row);
    assert_true(fabsf(f.k[i] - 1) < 1e-6F);
  }
  tear_down(&f);
}

/* One axis has no pairs, none has a constant. */
static void few_axes_have_covariances_of_one_at_most(void **state)
{
  (void)state;
  const bf_gp_loops *loops;
  _Alignas(64) float k[16];
  assert_ok(bf_gp_loops_find(&loops));
  for (size_t n = 0; n <= 2; n++) {
    const bf_parameter parameters[2] = {{.name = "a", .n_choices = 3},
                                        {.name = "b", .n_choices = 3}};
    const bf_space space = {.n_parameters = n, .parameters = parameters};
    const uint32_t indexes[2] = {1, 2};
    const uint32_t other[2] = {2, 2};
    bf_gp_axes axes;
    bf_gp_kernel kernel;
    assert_ok(bf_gp_axes_init(&axes, &space));
    assert_ok(bf_gp_kernel_init(&kernel, &axes, loops, 16));
    kernel.theta.share = 0.25;
    for (size_t d = 0; d < n; d++)
      bf_gp_kernel_set_length(&kernel, d, 0.5);
    bf_gp_kernel_add(&kernel, indexes);
    bf_gp_kernel_row(&kernel, indexes, 0, k);
    assert_true(fabsf(k[0] - 1) < 1e-6F);
    bf_gp_kernel_row(&kernel, other, 0, k);
    double x = gp_matern(0.5, 0.5);
    double expected = n == 0 ? 1 : n == 1 ? x : 0.25 * (x + 1) / 2 + 0.75 * x;
    assert_true(fabs((double)k[0] - expected) < 1e-6);
    bf_gp_kernel_release(&kernel);
    bf_gp_axes_release(&axes);
  }
}

static void kernel_without_memory_fails_cleanly(void **state)
{
  (void)state;
  const bf_gp_loops *loops;
  bf_status status = BF_ERR_NOMEM;
  assert_ok(bf_gp_loops_find(&loops));
  for (long n = 0; status != BF_OK; n++) {
    bf_gp_axes axes = {0};
    bf_gp_model model = {0};
    bf_alloc_fail_after(n);
    status = bf_gp_axes_init(&axes, &gp_space);
    if (status == BF_OK)
      status = bf_gp_model_init(&model, &axes, loops, CAPACITY);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
    bf_gp_model_release(&model);
    bf_gp_axes_release(&axes);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(axes_leave_out_parameters_of_one_choice),
      cmocka_unit_test(parameter_that_does_not_matter_has_a_level_of_its_own),
      cmocka_unit_test(rows_are_covariances_with_all_points),
      cmocka_unit_test(lengths_may_change_after_points_came),
      cmocka_unit_test(points_after_a_cut_are_new_ones),
      cmocka_unit_test(row_of_a_point_is_that_of_its_configuration),
      cmocka_unit_test(few_axes_have_covariances_of_one_at_most),
      cmocka_unit_test(kernel_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
