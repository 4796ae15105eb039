/* Layers one by one, in evaluation and in training, on every back end.
 * Room: tests. */
#include "nets.h"

#include "base/memory.h"
#include "nn/stack.h"

static const char *backend;

static int use_reference(void **state)
{
  (void)state;
  backend = "reference";
  return 0;
}

static int use_blis(void **state)
{
  (void)state;
  backend = "blis";
  return 0;
}

static int use_auto(void **state)
{
  (void)state;
  backend = "auto";
  return 0;
}

/* A net around a layer, and a stack for it. */
typedef struct test_bench {
  bf_net *net;
  bf_stack stack;
} test_bench;

/* Layer i, a Linear, copies its first inputs. */
static void pass_on(bf_net *net, size_t i)
{
  const bf_layer *layer = &net->model.layers[i];
  for (size_t o = 0; o < layer->n_out; o++)
    for (size_t c = 0; c < layer->n_in; c++)
      net->layers[i].weight[o * layer->n_in + c] = o == c ? 1.0F : 0.0F;
}

/* Layer i, a Linear of two outputs, has these weights for the first and zeros for the second. */
static void weigh(bf_net *net, size_t i, float first, float step)
{
  for (size_t c = 0; c < net->model.layers[i].n_in; c++)
    net->layers[i].weight[c] = first + step * (float)c;
}

static void set_up(test_bench *bench, const bf_model *model, size_t n_rows)
{
  assert_ok(bf_net_create(model, &bench->net));
  assert_ok(bf_stack_init_training(&bench->stack, bench->net, kernels_called(backend),
                                   bf_n_tiles(n_rows)));
}

static void tear_down(test_bench *bench)
{
  bf_stack_release(&bench->stack);
  bf_net_free(bench->net);
}

/* The layer under test in front of the Linear that every net needs. */
static bf_model model_with(bf_layer_line line, size_t width)
{
  bf_layer_line lines[] = {line, {.kind = BF_LAYER_LINEAR}};
  bf_model model;
  assert_ok(bf_model_from_layers(2, lines, width, 2, &model));
  return model;
}

/* The layer under test behind a Linear that copies: the gradient of that one's bias is the sum of
 * the gradients by the layer's inputs. */
static bf_model model_around(bf_layer_line line, size_t width)
{
  bf_layer_line lines[] = {
      {.kind = BF_LAYER_LINEAR, .out = width}, line, {.kind = BF_LAYER_LINEAR}};
  bf_model model;
  assert_ok(bf_model_from_layers(3, lines, width, 2, &model));
  return model;
}

/* Rows of label 1: with the weights of weigh(), the gradient by all outputs has one sign. */
static double train(test_bench *bench, size_t n, const float *x)
{
  static uint8_t labels[1024];
  memset(labels, 1, sizeof labels);
  bf_tiles rows = tiled(n, bench->net->model.n_features, x, labels);
  const bf_batch batch = {rows.values, rows.labels, NULL, {bf_n_tiles(n), 0, n}, 0};
  bf_stack_prepare(&bench->stack);
  return bf_stack_train(&bench->stack, &batch);
}

static void evaluate(test_bench *bench, size_t n, const float *x, float *outputs)
{
  bf_tiles rows = tiled(n, bench->net->model.n_features, x, NULL);
  const bf_slab slab = {rows.values, NULL};
  bf_stack_prepare(&bench->stack);
  bf_tiles_get(0, n, bf_model_n_outputs(&bench->net->model),
               bf_stack_evaluate(&bench->stack, &slab, bf_n_tiles(n)), outputs);
}

/* Outputs (n, width) of a stage in the last pass, which was one chunk. */
static void read_stage(const test_bench *bench, size_t i, size_t n, float *y)
{
  const bf_stage *stage = &bench->stack.stages[i];
  bf_tiles_get(0, n, stage->n_out, stage->y, y);
}

/* Where the gradient of a number of the net is. */
static const float *gradient_of(const test_bench *bench, const float *value)
{
  return bench->stack.gradient + (value - bench->net->values);
}

static bool is_near(float a, double b, double tolerance)
{
  return fabs((double)a - b) <= tolerance;
}

static void relu_is_zero_at_zero_and_so_is_its_slope(void **state)
{
  (void)state;
  bf_model model = model_around((bf_layer_line){.kind = BF_LAYER_RELU}, 4);
  test_bench bench;
  set_up(&bench, &model, 1);
  pass_on(bench.net, 0);
  weigh(bench.net, 2, 1.0F, 0.0F);
  const float x[] = {-1.0F, 0.0F, 2.0F, 1e-30F};
  float y[4];
  train(&bench, 1, x);
  read_stage(&bench, 0, 1, y);
  assert_true(y[0] == 0.0F && y[1] == 0.0F && y[2] == 2.0F && y[3] == 1e-30F);
  const float *slope = gradient_of(&bench, bench.net->layers[0].bias);
  assert_true(slope[0] == 0.0F && slope[1] == 0.0F && slope[2] > 0.0F && slope[3] == slope[2]);
  tear_down(&bench);
}

static void relu_as_first_layer_keeps_nan(void **state)
{
  (void)state;
  bf_model model = model_with((bf_layer_line){.kind = BF_LAYER_RELU}, 4);
  test_bench bench;
  set_up(&bench, &model, 1);
  const float x[] = {-1.0F, NAN, 2.0F, INFINITY};
  float y[4], outputs[2];
  evaluate(&bench, 1, x, outputs);
  read_stage(&bench, 0, 1, y);
  assert_true(y[0] == 0.0F && isnan(y[1]) && y[2] == 2.0F && y[3] == INFINITY);
  assert_true(isnan(outputs[0]) && isnan(outputs[1]));
  tear_down(&bench);
}

static void relu_with_a_format_quantises_its_input_unsigned(void **state)
{
  (void)state;
  bf_model model = model_around((bf_layer_line){.kind = BF_LAYER_RELU}, 4);
  model.layers[1].data_in = fixed_point(4, 2, true);
  test_bench bench;
  set_up(&bench, &model, 1);
  pass_on(bench.net, 0);
  weigh(bench.net, 2, 1.0F, 0.0F);
  const float x[] = {-1.0F, 0.1F, 0.3F, 9.0F};
  float y[4];
  train(&bench, 1, x);
  read_stage(&bench, 0, 1, y);
  assert_true(y[0] == 0.0F && y[1] == 0.0F && y[2] == 0.25F && y[3] == 3.75F);
  /* Straight through the rounding and the saturation, but 0.1 became 0. */
  const float *slope = gradient_of(&bench, bench.net->layers[0].bias);
  assert_true(slope[0] == 0.0F && slope[1] == 0.0F && slope[2] > 0.0F && slope[3] == slope[2]);
  tear_down(&bench);
}

/* A format that kernels do not fuse. */
static void relu_with_a_wide_format_does_the_same(void **state)
{
  (void)state;
  bf_model model = model_around((bf_layer_line){.kind = BF_LAYER_RELU}, 4);
  model.layers[1].data_in = fixed_point(32, 1, true);
  test_bench bench;
  set_up(&bench, &model, 1);
  pass_on(bench.net, 0);
  weigh(bench.net, 2, 1.0F, 0.0F);
  const float x[] = {-1.0F, 0.2F, 0.6F, 9.0F};
  float y[4];
  train(&bench, 1, x);
  read_stage(&bench, bench.stack.n_stages - 2, 1, y);
  assert_true(y[0] == 0.0F && y[1] == 0.0F && y[2] == 0.5F && y[3] == 9.0F);
  const float *slope = gradient_of(&bench, bench.net->layers[0].bias);
  assert_true(slope[0] == 0.0F && slope[1] == 0.0F && slope[2] > 0.0F && slope[3] == slope[2]);
  tear_down(&bench);
}

static void linear_with_formats_uses_quantised_copies(void **state)
{
  (void)state;
  bf_model model = model_around((bf_layer_line){.kind = BF_LAYER_LINEAR, .out = 1}, 2);
  model.layers[1].data_in = fixed_point(4, 2, false);
  model.layers[1].weight = fixed_point(4, 1, false);
  model.layers[1].bias = fixed_point(8, 3, false);
  test_bench bench;
  set_up(&bench, &model, 1);
  pass_on(bench.net, 0);
  weigh(bench.net, 2, 1.0F, 0.0F);
  bf_layer_values *values = &bench.net->layers[1];
  values->weight[0] = 0.8F;        /* 1.0 */
  values->weight[1] = 9.0F;        /* 3.5 */
  values->bias[0] = 0.2F;          /* 0.25 */
  const float x[] = {1.2F, -0.4F}; /* 1.25, -0.5 */
  float y;
  train(&bench, 1, x);
  read_stage(&bench, 1, 1, &y);
  assert_true(y == 1.25F - 1.75F + 0.25F);
  /* dy, dy Q(x) and dy Q(w): powers of two and their sums, but for the last digit of dy. */
  float dy = gradient_of(&bench, values->bias)[0];
  const float *slope = gradient_of(&bench, values->weight);
  const float *before = gradient_of(&bench, bench.net->layers[0].bias);
  assert_true(dy > 0.1F && slope[0] == 1.25F * dy && slope[1] == -0.5F * dy);
  assert_true(before[0] == dy && before[1] == 3.5F * dy);
  assert_true(values->weight[0] == 0.8F && values->bias[0] == 0.2F);
  tear_down(&bench);
}

static void check_batchnorm(bf_model model, size_t layer)
{
  test_bench bench;
  set_up(&bench, &model, 4);
  if (layer > 0)
    pass_on(bench.net, 0);
  bf_layer_values *values = &bench.net->layers[layer];
  values->weight[0] = 2.0F;
  values->bias[0] = 0.5F;
  const float x[] = {1, 2, 3, 6}; /* mean 3, biased variance 3.5, unbiased 14/3 */
  float y[4];
  train(&bench, 4, x);
  read_stage(&bench, layer, 4, y);
  for (size_t r = 0; r < 4; r++)
    assert_true(is_near(y[r], 2.0 * ((double)x[r] - 3.0) / sqrt(3.5 + 1e-5) + 0.5, 1e-6));
  assert_true(is_near(values->mean[0], 0.3, 1e-7));
  assert_true(is_near(values->variance[0], 0.9 + 0.1 * 14.0 / 3.0, 1e-7));
  tear_down(&bench);
}

static void batchnorm_in_training_normalises_by_the_batch(void **state)
{
  (void)state;
  check_batchnorm(model_with((bf_layer_line){.kind = BF_LAYER_BATCHNORM}, 1), 0);
  check_batchnorm(model_around((bf_layer_line){.kind = BF_LAYER_BATCHNORM}, 1), 1);
}

/* Squares of such numbers have no digits left for a variance of 2e-5. */
static void batchnorm_far_from_zero_finds_the_variance(void **state)
{
  (void)state;
  enum { N = 600 };
  bf_model model = model_with((bf_layer_line){.kind = BF_LAYER_BATCHNORM}, 1);
  test_bench bench;
  set_up(&bench, &model, N);
  static float x[N];
  double mean = 0.0, variance = 0.0;
  for (size_t r = 0; r < N; r++) {
    x[r] = 3000.0F + (float)(r % 7) * 0x1p-8F;
    mean += (double)x[r] / N;
  }
  for (size_t r = 0; r < N; r++)
    variance += ((double)x[r] - mean) * ((double)x[r] - mean) / N;
  train(&bench, N, x);
  const bf_layer_values *values = &bench.net->layers[0];
  assert_true(is_near(values->mean[0], 0.1 * mean, 1e-4));
  assert_true(is_near(bench.stack.stages[0].used.variance[0], 1.0 / sqrt(variance + 1e-5), 1e-2));
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
  const float x[] = {12.0F};
  float y, outputs[2];
  evaluate(&bench, 1, x, outputs);
  read_stage(&bench, 0, 1, &y);
  assert_true(is_near(y, 4.0, 1e-5));
  assert_true(values->mean[0] == 10.0F && values->variance[0] == 4.0F);
  tear_down(&bench);
}

/* Columns at c - 1 and c + 1 in two rows, of which the second is surely taken for class 0: its
 * gradient by output c is (c + 1) / 2, that of the first row is 0. */
static void batchnorm_takes_columns_apart(void **state)
{
  (void)state;
  enum { WIDTH = 150 };
  bf_model model = model_with((bf_layer_line){.kind = BF_LAYER_BATCHNORM}, WIDTH);
  test_bench bench;
  set_up(&bench, &model, 2);
  weigh(bench.net, 1, 1.0F, 1.0F);
  float x[2 * WIDTH], y[2 * WIDTH];
  for (size_t c = 0; c < WIDTH; c++) {
    x[c] = (float)c - 1.0F;
    x[WIDTH + c] = (float)c + 1.0F;
  }
  train(&bench, 2, x);
  read_stage(&bench, 0, 2, y);
  const bf_layer_values *values = &bench.net->layers[0];
  for (size_t c = 0; c < WIDTH; c++) {
    double expected = 0.5 * ((double)c + 1.0);
    assert_true(is_near(y[c], -1.0, 1e-4) && is_near(y[WIDTH + c], 1.0, 1e-4));
    assert_true(is_near(values->mean[c], 0.1 * (double)c, 1e-4));
    assert_true(is_near(gradient_of(&bench, values->bias)[c], expected, 1e-4));
    assert_true(is_near(gradient_of(&bench, values->weight)[c], expected, 2e-3));
  }
  tear_down(&bench);
}

/* A row's share of class 0 is known from its outputs, and so is the gradient behind Dropout. */
static void check_dropout_slopes(const test_bench *bench, size_t n, size_t width, const float *y)
{
  double expected[64] = {0.0};
  for (size_t r = 0; r < n; r++) {
    double output = 0.0;
    for (size_t c = 0; c < width; c++)
      output += (double)y[r * width + c] / 64.0;
    double slope = 1.0 / (1.0 + exp(-output)) / (double)n / 64.0;
    for (size_t c = 0; c < width; c++)
      expected[c] += slope * (double)y[r * width + c] / 3.0;
  }
  for (size_t c = 0; c < width; c++)
    assert_true(is_near(gradient_of(bench, bench->net->layers[0].bias)[c], expected[c], 1e-7));
}

static void dropout_scales_what_it_keeps(void **state)
{
  (void)state;
  enum { N = 250, WIDTH = 32 };
  bf_model model = model_around((bf_layer_line){.kind = BF_LAYER_DROPOUT, .drop = 0.25}, WIDTH);
  test_bench bench;
  set_up(&bench, &model, N);
  pass_on(bench.net, 0);
  weigh(bench.net, 2, 1.0F / 64.0F, 0.0F);
  static float x[N * WIDTH], y[N * WIDTH], outputs[N * 2];
  for (size_t i = 0; i < (size_t)N * WIDTH; i++)
    x[i] = 3.0F;
  bf_stack_set_draws(&bench.stack, 5, 0);
  train(&bench, N, x);
  read_stage(&bench, 1, N, y);
  size_t n_dropped = 0;
  for (size_t i = 0; i < (size_t)N * WIDTH; i++) {
    assert_true(y[i] == 0.0F || is_near(y[i], 4.0, 1e-6));
    n_dropped += y[i] == 0.0F ? 1 : 0;
  }
  assert_true(n_dropped > 1850 && n_dropped < 2150);
  check_dropout_slopes(&bench, N, WIDTH, y);
  evaluate(&bench, N, x, outputs);
  for (size_t r = 0; r < N; r++)
    assert_true(outputs[2 * r] == 1.5F && outputs[2 * r + 1] == 0.0F);
  tear_down(&bench);
}

static void dropout_draws_depend_on_seed_and_batch(void **state)
{
  (void)state;
  enum { N = 64 };
  bf_model model = model_with((bf_layer_line){.kind = BF_LAYER_DROPOUT, .drop = 0.5}, 1);
  test_bench bench;
  set_up(&bench, &model, N);
  float x[N], y[N], first[N] = {0};
  for (size_t i = 0; i < N; i++)
    x[i] = 1.0F;
  static const struct {
    uint64_t seed, batch;
    bool is_same;
  } cases[] = {{5, 0, true}, {5, 1, false}, {6, 0, false}, {5, 0, true}};
  for (size_t i = 0; i < 4; i++) {
    bf_stack_set_draws(&bench.stack, cases[i].seed, cases[i].batch);
    train(&bench, N, x);
    read_stage(&bench, 0, N, y);
    if (i == 0)
      memcpy(first, y, sizeof first);
    if (cases[i].is_same)
      assert_memory_equal(first, y, sizeof first);
    else
      assert_memory_not_equal(first, y, sizeof first);
  }
  tear_down(&bench);
}

/* The BatchNorm behind it makes the stage keep all its chunks. */
static void dropout_draws_for_every_chunk(void **state)
{
  (void)state;
  enum { N = BF_CHUNK_TILES * BF_TILE };
  const bf_layer_line lines[] = {{.kind = BF_LAYER_DROPOUT, .drop = 0.5},
                                 {.kind = BF_LAYER_BATCHNORM},
                                 {.kind = BF_LAYER_LINEAR}};
  bf_model model;
  assert_ok(bf_model_from_layers(3, lines, 1, 2, &model));
  test_bench bench;
  set_up(&bench, &model, 2 * N);
  float x[2 * N], y[2 * N];
  for (size_t i = 0; i < 2 * (size_t)N; i++)
    x[i] = 1.0F;
  train(&bench, 2 * N, x);
  read_stage(&bench, 0, 2 * N, y);
  assert_memory_not_equal(y, y + N, N * sizeof *y);
  tear_down(&bench);
}

/* Rows of two features: outputs of the format's layer, of every row. */
static void check_input_format(size_t without_relu, int64_t width, const float *expected)
{
  enum { N = 40 };
  const bf_layer_line lines[] = {{.kind = BF_LAYER_RELU}, {.kind = BF_LAYER_LINEAR}};
  bf_model model;
  assert_ok(bf_model_from_layers(2 - without_relu, lines + without_relu, 2, 2, &model));
  model.input = fixed_point(width, 1, false);
  test_bench bench;
  set_up(&bench, &model, N);
  pass_on(bench.net, model.n_layers - 1);
  float x[2 * N], outputs[2 * N];
  for (size_t i = 0; i < 2 * (size_t)N; i++)
    x[i] = i % 2 == 0 ? 0.8F : -0.8F;
  evaluate(&bench, N, x, outputs);
  for (size_t r = 0; r < N; r++)
    assert_memory_equal(outputs + 2 * r, expected, 2 * sizeof *expected);
  tear_down(&bench);
}

static void input_format_quantises_the_rows_signed(void **state)
{
  (void)state;
  const float rectified[] = {1.0F, 0.0F}, plain[] = {1.0F, -1.0F};
  check_input_format(0, 4, rectified);
  check_input_format(1, 4, plain);
  check_input_format(0, 32, rectified);
  check_input_format(1, 32, plain);
}

typedef enum purpose { EVALUATION, INTEGERS, TRAINING, N_PURPOSES } purpose;

static bf_status create_stack(purpose what, const bf_net *net, bf_stack *stack)
{
  const bf_kernels *kernels = kernels_called(backend);
  if (what == TRAINING)
    return bf_stack_init_training(stack, net, kernels, 8);
  return bf_stack_init_evaluation(stack, net, kernels, what == INTEGERS);
}

static void stack_creation_survives_lack_of_memory(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-trt");
  quantise_model(&model);
  bf_net *net = initialised_net(&model, 1);
  for (int what = 0; what < N_PURPOSES; what++) {
    bf_stack stack;
    bf_status status = BF_ERR_NOMEM;
    long n = 0;
    for (; status == BF_ERR_NOMEM; n++) {
      bf_alloc_fail_after(n);
      status = create_stack((purpose)what, net, &stack);
    }
    bf_alloc_fail_after(-1);
    assert_ok(status);
    assert_true(what == INTEGERS ? n > 4 : n == (what == TRAINING ? 6 : 4));
    bf_stack_release(&stack);
    bf_stack_release(&stack);
  }
  bf_net_free(net);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(relu_is_zero_at_zero_and_so_is_its_slope),
      cmocka_unit_test(relu_as_first_layer_keeps_nan),
      cmocka_unit_test(relu_with_a_format_quantises_its_input_unsigned),
      cmocka_unit_test(relu_with_a_wide_format_does_the_same),
      cmocka_unit_test(linear_with_formats_uses_quantised_copies),
      cmocka_unit_test(batchnorm_in_training_normalises_by_the_batch),
      cmocka_unit_test(batchnorm_far_from_zero_finds_the_variance),
      cmocka_unit_test(batchnorm_in_evaluation_uses_running_statistics),
      cmocka_unit_test(batchnorm_takes_columns_apart),
      cmocka_unit_test(dropout_scales_what_it_keeps),
      cmocka_unit_test(dropout_draws_depend_on_seed_and_batch),
      cmocka_unit_test(dropout_draws_for_every_chunk),
      cmocka_unit_test(input_format_quantises_the_rows_signed),
      cmocka_unit_test(stack_creation_survives_lack_of_memory),
  };
  return cmocka_run_group_tests_name("reference", tests, use_reference, NULL) +
         cmocka_run_group_tests_name("blis", tests, use_blis, NULL) +
         cmocka_run_group_tests_name("auto", tests, use_auto, NULL);
}
