/* Optimisers against PyTorch's, step by step.
 * Room: tests. Golden file: make_optimisers.py. */
#include "nets.h"

#include "nn/optimiser.h"

enum { N_VALUES = 7, N_STEPS = 6 };

static void read_floats(const bf_json *array, float *values)
{
  assert_int_equal(bf_json_size(array), N_VALUES);
  for (size_t i = 0; i < N_VALUES; i++) {
    double value;
    assert_ok(bf_json_double(bf_json_at(array, i), &value));
    values[i] = (float)value;
  }
}

static void check_values(const float *values, const bf_json *expected, const char *name, size_t t)
{
  float numbers[N_VALUES];
  read_floats(expected, numbers);
  for (size_t i = 0; i < N_VALUES; i++)
    if (!(fabsf(values[i] - numbers[i]) <= 3e-7F * (1.0F + fabsf(numbers[i]))))
      fail_msg("%s, step %zu: value %zu is %.9g, expected %.9g", name, t, i, (double)values[i],
               (double)numbers[i]);
}

static void follow_case(const bf_json *document, const bf_json *expected, const bf_kernels *kernels)
{
  const char *name = bf_json_text(bf_json_get(expected, "name"));
  const bf_optimiser *optimiser;
  bf_update update = {.n_done = 0};
  float values[N_VALUES], gradient[N_VALUES], first[N_VALUES] = {0}, second[N_VALUES] = {0};
  const bf_moving moving = {values, gradient, first, second};
  assert_ok(bf_optimiser_find(name, &optimiser));
  assert_ok(bf_json_double(bf_json_get(expected, "rate"), &update.rate));
  assert_ok(bf_json_double(bf_json_get(expected, "decay"), &update.decay));
  assert_ok(bf_json_double(bf_json_get(expected, "momentum"), &update.momentum));
  update.nesterov = bf_json_is_true(bf_json_get(expected, "nesterov"));
  read_floats(bf_json_get(document, "start"), values);
  for (; update.n_done < N_STEPS; update.n_done++) {
    read_floats(bf_json_at(bf_json_get(document, "gradients"), update.n_done), gradient);
    optimiser->step(kernels, &update, N_VALUES, &moving);
    check_values(values, bf_json_at(bf_json_get(expected, "after"), update.n_done), name,
                 update.n_done);
  }
}

static void optimisers_step_as_pytorch_does(void **state)
{
  (void)state;
  bf_json *document = read_json(BF_GOLDEN "/optimisers.json");
  const bf_json *cases = bf_json_get(document, "cases");
  assert_int_equal(bf_json_size(cases), 9);
  for (size_t i = 0; i < bf_json_size(cases); i++) {
    follow_case(document, bf_json_at(cases, i), kernels_called("reference"));
    follow_case(document, bf_json_at(cases, i), kernels_called("auto"));
  }
  bf_json_free(document);
}

static void optimiser_unknown_is_refused(void **state)
{
  (void)state;
  const bf_optimiser *optimiser = NULL;
  assert_fails(bf_optimiser_find("adamm", &optimiser), BF_ERR_USAGE, "did you mean 'adam'?");
  assert_fails(bf_optimiser_find("lbfgs", &optimiser), BF_ERR_USAGE, "expected adam, adamw or sgd");
  assert_null(optimiser);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(optimisers_step_as_pytorch_does),
      cmocka_unit_test(optimiser_unknown_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
