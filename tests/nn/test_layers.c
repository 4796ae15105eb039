/* Layers one by one, in evaluation and in training.
 * Room: tests. */
#include "nets.h"

#include "base/memory.h"
#include "nn/stack.h"

/* The layer under test in front of the Linear that every net needs. */
static bf_model model_with(bf_layer_line line, size_t width)
{
  bf_layer_line lines[] = {line, {.kind = BF_LAYER_LINEAR}};
  bf_model model;
  assert_ok(bf_model_from_layers(2, lines, width, 2, &model));
  return model;
}

typedef struct test_bench {
  bf_net *net;
  bf_stack stack;
} test_bench;

static void set_up(test_bench *bench, const bf_model *model, size_t n)
{
  assert_ok(bf_net_create(model, &bench->net));
  assert_ok(bf_stack_init(&bench->stack, bench->net, kernels_called("reference"), n, true));
  bf_stack_prepare(&bench->stack);
}

static void tear_down(test_bench *bench)
{
  bf_stack_release(&bench->stack);
  bf_net_free(bench->net);
}

/* The first layer's backward pass alone. */
static void go_back(test_bench *bench, size_t n, const float *dy, float *dx)
{
  bf_stage *stage = &bench->stack.stages[0];
  bf_layer_operations_of(stage->layer->kind)->backward(stage, n, dy, dx);
}

static void relu_is_zero_at_zero_and_so_is_its_slope(void **state)
{
  (void)state;
  bf_model model = model_with((bf_layer_line){.kind = BF_LAYER_RELU}, 4);
  test_bench bench;
  set_up(&bench, &model, 1);
  const float x[] = {-1.0F, 0.0F, 2.0F, NAN}, dy[] = {5, 6, 7, 8};
  float dx[4];
  bf_stack_forward(&bench.stack, 1, x);
  const float *y = bench.stack.stages[0].y;
  assert_true(y[0] == 0.0F && y[1] == 0.0F && y[2] == 2.0F && isnan(y[3]));
  go_back(&bench, 1, dy, dx);
  assert_true(dx[0] == 0.0F && dx[1] == 0.0F && dx[2] == 7.0F);
  tear_down(&bench);
}

static void relu_with_a_format_quantises_its_input_unsigned(void **state)
{
  (void)state;
  bf_model model = model_with((bf_layer_line){.kind = BF_LAYER_RELU}, 4);
  model.layers[0].data_in = fixed_point(4, 2, true);
  test_bench bench;
  set_up(&bench, &model, 1);
  const float x[] = {-1.0F, 0.1F, 0.3F, 9.0F}, dy[] = {5, 6, 7, 8};
  float dx[4];
  bf_stack_forward(&bench.stack, 1, x);
  const float *y = bench.stack.stages[0].y;
  assert_true(y[0] == 0.0F && y[1] == 0.0F && y[2] == 0.25F && y[3] == 3.75F);
  go_back(&bench, 1, dy, dx);
  /* Straight through the rounding and the saturation, but 0.1 became 0. */
  assert_true(dx[0] == 0.0F && dx[1] == 0.0F && dx[2] == 7.0F && dx[3] == 8.0F);
  tear_down(&bench);
}

static void linear_with_formats_uses_quantised_copies(void **state)
{
  (void)state;
  bf_model model = model_with((bf_layer_line){.kind = BF_LAYER_LINEAR, .out = 1}, 2);
  model.layers[0].data_in = fixed_point(4, 2, false);
  model.layers[0].weight = fixed_point(4, 1, false);
  model.layers[0].bias = fixed_point(8, 3, false);
  test_bench bench;
  set_up(&bench, &model, 1);
  bf_layer_values *values = &bench.net->layers[0];
  values->weight[0] = 0.8F; /* 1.0 */
  values->weight[1] = 9.0F; /* 3.5 */
  values->bias[0] = 0.2F;   /* 0.25 */
  bf_stack_prepare(&bench.stack);
  const float x[] = {1.2F, -0.4F}, dy[] = {2.0F}; /* 1.25, -0.5 */
  float dx[2];
  bf_stack_forward(&bench.stack, 1, x);
  assert_true(bench.stack.stages[0].y[0] == 1.25F - 1.75F + 0.25F);
  go_back(&bench, 1, dy, dx);
  assert_true(dx[0] == 2.0F && dx[1] == 7.0F);
  const float *slope = bench.stack.stages[0].gradient.weight;
  assert_true(slope[0] == 2.5F && slope[1] == -1.0F);
  assert_true(bench.stack.stages[0].gradient.bias[0] == 2.0F);
  assert_true(values->weight[0] == 0.8F && values->bias[0] == 0.2F);
  tear_down(&bench);
}

static void batchnorm_in_training_normalises_by_the_batch(void **state)
{
  (void)state;
  bf_model model = model_with((bf_layer_line){.kind = BF_LAYER_BATCHNORM}, 1);
  test_bench bench;
  set_up(&bench, &model, 4);
  bf_layer_values *values = &bench.net->layers[0];
  values->weight[0] = 2.0F;
  values->bias[0] = 0.5F;
  const float x[] = {1, 2, 3, 6}; /* mean 3, biased variance 3.5, unbiased 14/3 */
  bf_stack_forward(&bench.stack, 4, x);
  for (size_t r = 0; r < 4; r++) {
    double expected = 2.0 * ((double)x[r] - 3.0) / sqrt(3.5 + 1e-5) + 0.5;
    assert_true(fabs((double)bench.stack.stages[0].y[r] - expected) < 1e-6);
  }
  assert_true(fabs((double)values->mean[0] - 0.3) < 1e-7);
  assert_true(fabs((double)values->variance[0] - (0.9 + 0.1 * 14.0 / 3.0)) < 1e-7);
  tear_down(&bench);
}

static void batchnorm_in_evaluation_uses_running_statistics(void **state)
{
  (void)state;
  bf_model model = model_with((bf_layer_line){.kind = BF_LAYER_BATCHNORM}, 1);
  test_bench bench;
  set_up(&bench, &model, 4);
  bf_layer_values *values = &bench.net->layers[0];
  values->weight[0] = 3.0F;
  values->bias[0] = 1.0F;
  values->mean[0] = 10.0F;
  values->variance[0] = 4.0F;
  bf_stack_prepare(&bench.stack);
  const float x[] = {12.0F};
  bf_stack_evaluate(&bench.stack, 1, x);
  assert_true(fabs((double)bench.stack.stages[0].y[0] - 4.0) < 1e-5);
  assert_true(values->mean[0] == 10.0F && values->variance[0] == 4.0F);
  tear_down(&bench);
}

/* More columns than a block of sums holds. */
static void batchnorm_takes_columns_apart(void **state)
{
  (void)state;
  enum { WIDTH = 150 };
  bf_model model = model_with((bf_layer_line){.kind = BF_LAYER_BATCHNORM}, WIDTH);
  test_bench bench;
  set_up(&bench, &model, 2);
  float x[2 * WIDTH], dy[2 * WIDTH] = {0}, dx[2 * WIDTH];
  for (size_t c = 0; c < WIDTH; c++) {
    x[c] = (float)c - 1.0F;
    x[WIDTH + c] = (float)c + 1.0F;
    dy[c] = (float)c;
  }
  bf_stack_forward(&bench.stack, 2, x);
  go_back(&bench, 2, dy, dx);
  for (size_t c = 0; c < WIDTH; c++) {
    assert_true(fabsf(bench.stack.stages[0].y[c] + 1.0F) < 1e-4F);
    assert_true(fabsf(bench.net->layers[0].mean[c] - 0.1F * (float)c) < 1e-4F);
    assert_true(fabsf(bench.stack.stages[0].gradient.bias[c] - (float)c) < 1e-4F);
    assert_true(fabsf(bench.stack.stages[0].gradient.weight[c] + (float)c) < 2e-3F);
  }
  tear_down(&bench);
}

static void dropout_scales_what_it_keeps(void **state)
{
  (void)state;
  enum { N = 1000, WIDTH = 8 };
  bf_model model = model_with((bf_layer_line){.kind = BF_LAYER_DROPOUT, .drop = 0.25}, WIDTH);
  test_bench bench;
  set_up(&bench, &model, N);
  static float x[N * WIDTH], dx[N * WIDTH];
  for (size_t i = 0; i < (size_t)N * WIDTH; i++)
    x[i] = 3.0F;
  bf_stack_set_draws(&bench.stack, 5, 0);
  bf_stack_forward(&bench.stack, N, x);
  go_back(&bench, N, x, dx);
  size_t n_dropped = 0;
  for (size_t i = 0; i < (size_t)N * WIDTH; i++) {
    float y = bench.stack.stages[0].y[i];
    assert_true(y == 0.0F || fabsf(y - 4.0F) < 1e-6F);
    assert_true(dx[i] == y);
    n_dropped += y == 0.0F ? 1 : 0;
  }
  assert_true(n_dropped > 1850 && n_dropped < 2150);
  bf_stack_evaluate(&bench.stack, N, x);
  assert_memory_equal(bench.stack.stages[0].y, x, sizeof x);
  tear_down(&bench);
}

static void dropout_draws_depend_on_seed_and_batch(void **state)
{
  (void)state;
  enum { N = 64 };
  bf_model model = model_with((bf_layer_line){.kind = BF_LAYER_DROPOUT, .drop = 0.5}, 1);
  test_bench bench;
  set_up(&bench, &model, N);
  float x[N], first[N];
  for (size_t i = 0; i < N; i++)
    x[i] = 1.0F;
  static const struct {
    uint64_t seed, batch;
    bool is_same;
  } cases[] = {{5, 0, true}, {5, 1, false}, {6, 0, false}, {5, 0, true}};
  for (size_t i = 0; i < 4; i++) {
    bf_stack_set_draws(&bench.stack, cases[i].seed, cases[i].batch);
    bf_stack_forward(&bench.stack, N, x);
    if (i == 0)
      memcpy(first, bench.stack.stages[0].y, sizeof first);
    if (cases[i].is_same)
      assert_memory_equal(first, bench.stack.stages[0].y, sizeof first);
    else
      assert_memory_not_equal(first, bench.stack.stages[0].y, sizeof first);
  }
  tear_down(&bench);
}

static void input_format_quantises_the_rows_signed(void **state)
{
  (void)state;
  bf_model model = model_with((bf_layer_line){.kind = BF_LAYER_RELU}, 2);
  model.input = fixed_point(4, 1, false);
  test_bench bench;
  set_up(&bench, &model, 1);
  const float x[] = {0.8F, -0.8F};
  bf_stack_evaluate(&bench.stack, 1, x);
  assert_true(bench.stack.input[0] == 1.0F && bench.stack.input[1] == -1.0F);
  assert_true(bench.stack.stages[0].y[0] == 1.0F && bench.stack.stages[0].y[1] == 0.0F);
  assert_true(x[0] == 0.8F);
  tear_down(&bench);
}

static void stack_creation_survives_lack_of_memory(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-trt");
  bf_net *net = initialised_net(&model, 1);
  const bf_kernels *kernels = kernels_called("reference");
  bf_stack stack;
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status == BF_ERR_NOMEM; n++) {
    bf_alloc_fail_after(n);
    status = bf_stack_init(&stack, net, kernels, 8, true);
  }
  bf_alloc_fail_after(-1);
  assert_true(n == 4 && status == BF_OK);
  bf_stack_release(&stack);
  bf_stack_release(&stack);
  bf_net_free(net);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(relu_is_zero_at_zero_and_so_is_its_slope),
      cmocka_unit_test(relu_with_a_format_quantises_its_input_unsigned),
      cmocka_unit_test(linear_with_formats_uses_quantised_copies),
      cmocka_unit_test(batchnorm_in_training_normalises_by_the_batch),
      cmocka_unit_test(batchnorm_in_evaluation_uses_running_statistics),
      cmocka_unit_test(batchnorm_takes_columns_apart),
      cmocka_unit_test(dropout_scales_what_it_keeps),
      cmocka_unit_test(dropout_draws_depend_on_seed_and_batch),
      cmocka_unit_test(input_format_quantises_the_rows_signed),
      cmocka_unit_test(stack_creation_survives_lack_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
