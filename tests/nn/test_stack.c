/* Whole nets: every back end and ISA against the reference, and laws that hold for the reference
 * alone. Room: tests. */
#include "nets.h"

#include "nn/stack.h"

enum { MOST_ROWS = 720, LEAST_WIDTH = 3, MOST_WIDTH = 24, MOST_VALUES = 100000, MOST_LAYERS = 9 };
enum { MOST_TILES = MOST_ROWS / BF_TILE, FEW_ROWS = 20 };

/* ---- Nets, rows and batches by chance ---- */

/* Which layers and formats a net may have. */
typedef struct net_sort {
  bool has_norm;
  bool has_dropout;
  bool is_exact; /* all numbers before the loss are multiples of 1/256 below 2^16 */
} net_sort;

/* Formats of coarse steps make sums exact. Others have steps so fine that a sum on another side of
 * a border does not matter; half of them are too wide for a grid. */
static bf_quantizer draw_format(bf_random *random, const net_sort *sort, bool is_unsigned)
{
  if (sort->is_exact)
    return fixed_point(8, 4, is_unsigned);
  switch (bf_random_below(random, 3)) {
  case 0:
    return fixed_point(22, 16, is_unsigned);
  case 1:
    return fixed_point(30, 20, is_unsigned);
  default:
    return (bf_quantizer){0};
  }
}

/* A BatchNorm follows what varies in every column: rounding is all that one of a dead column sees,
 * and makes it 300 times as large. */
static bf_layer_line draw_line(bf_random *random, const net_sort *sort, bool may_be_norm)
{
  uint64_t choice = bf_random_below(random, 8);
  bf_layer_line line = {.kind = BF_LAYER_LINEAR, .no_bias = bf_random_below(random, 4) == 0};
  if (choice < 2)
    line = (bf_layer_line){.kind = BF_LAYER_RELU};
  else if (choice < 5 && sort->has_norm && may_be_norm)
    line = (bf_layer_line){.kind = BF_LAYER_BATCHNORM};
  else if (choice == 5 && sort->has_dropout)
    line = (bf_layer_line){.kind = BF_LAYER_DROPOUT, .drop = sort->is_exact ? 0.5 : 0.3};
  if (line.kind == BF_LAYER_LINEAR)
    line.out = LEAST_WIDTH + (size_t)bf_random_below(random, MOST_WIDTH - LEAST_WIDTH + 1);
  return line;
}

static bf_model draw_model(bf_random *random, const net_sort *sort)
{
  bf_layer_line lines[MOST_LAYERS];
  size_t n = 1 + (size_t)bf_random_below(random, MOST_LAYERS);
  for (size_t i = 0; i + 1 < n; i++) {
    bool may_be_norm =
        i == 0 || lines[i - 1].kind == BF_LAYER_LINEAR || lines[i - 1].kind == BF_LAYER_BATCHNORM;
    lines[i] = draw_line(random, sort, may_be_norm);
  }
  lines[n - 1] = (bf_layer_line){.kind = BF_LAYER_LINEAR};
  size_t n_features = LEAST_WIDTH + (size_t)bf_random_below(random, MOST_WIDTH - LEAST_WIDTH + 1);
  bf_model model;
  assert_ok(
      bf_model_from_layers(n, lines, n_features, 2 + (size_t)bf_random_below(random, 5), &model));
  model.input = draw_format(random, sort, false);
  for (size_t i = 0; i < n; i++) {
    bf_layer *layer = &model.layers[i];
    if (layer->kind == BF_LAYER_LINEAR || layer->kind == BF_LAYER_RELU)
      layer->data_in = draw_format(random, sort, layer->kind == BF_LAYER_RELU);
    if (layer->kind == BF_LAYER_LINEAR) {
      layer->weight = draw_format(random, sort, false);
      layer->bias = draw_format(random, sort, false);
    }
  }
  return model;
}

/* Weights of PyTorch's size and more, BatchNorms that do something. */
static bf_net *draw_net(bf_random *random, const net_sort *sort)
{
  bf_model model = draw_model(random, sort);
  bf_net *net = initialised_net(&model, bf_random_u64(random));
  assert_true(net->n_values <= MOST_VALUES);
  for (size_t i = 0; i < model.n_layers; i++)
    for (size_t c = 0; model.layers[i].kind == BF_LAYER_BATCHNORM && c < model.layers[i].n_in;
         c++) {
      net->layers[i].weight[c] = (float)(0.5 + bf_random_unit(random));
      net->layers[i].bias[c] = (float)(bf_random_unit(random) - 0.5);
    }
  return net;
}

/*
 * Rows of which n_different differ in their features, and all in their labels. Where sums are not
 * exact, few of them differ: so hardly any lies so near to the kink of a ReLU that rounding decides
 * on which side.
 */
static bf_tiles draw_tiles(bf_random *random, size_t n, size_t n_different, const bf_model *model)
{
  static float features[MOST_ROWS * MOST_WIDTH];
  static uint8_t labels[MOST_ROWS];
  size_t n_drawn = n_different * model->n_features;
  assert_true(n <= MOST_ROWS);
  for (size_t i = 0; i < n * model->n_features; i++)
    features[i] = i < n_drawn ? (float)bf_random_normal(random) : features[i - n_drawn];
  for (size_t r = 0; r < n; r++)
    labels[r] = (uint8_t)bf_random_below(random, model->n_classes);
  return tiled(n, model->n_features, features, labels);
}

/* n rows of full tiles in any order, from any lane on. */
static bf_batch draw_batch(bf_random *random, bf_tiles rows, size_t n)
{
  static uint32_t order[MOST_TILES];
  size_t first = (size_t)bf_random_below(random, BF_TILE), n_tiles = bf_n_tiles(first + n);
  bf_random_permutation(random, bf_n_tiles(rows.n), order);
  assert_true(first + n <= rows.n);
  return (bf_batch){.values = rows.values,
                    .labels = rows.labels,
                    .order = bf_random_below(random, 2) == 0 ? order : NULL,
                    .span = {n_tiles, first, n},
                    .n_ahead = bf_n_tiles(rows.n) - n_tiles};
}

/* ---- What a batch does ---- */

typedef struct outcome {
  double loss;
  float gradient[MOST_VALUES];
  float values[MOST_VALUES]; /* running statistics move */
} outcome;

/* The net stays as it is. */
static void run_batch(bf_net *net, const bf_kernels *kernels, const bf_batch *batch, outcome *out)
{
  static float before[MOST_VALUES];
  bf_stack stack;
  memcpy(before, net->values, net->n_values * sizeof *before);
  assert_ok(bf_stack_init_training(&stack, net, kernels, batch->span.n_tiles));
  bf_stack_prepare(&stack);
  bf_stack_set_draws(&stack, 9, 1);
  out->loss = bf_stack_train(&stack, batch);
  memcpy(out->gradient, stack.gradient, net->n_trained * sizeof *out->gradient);
  memcpy(out->values, net->values, net->n_values * sizeof *out->values);
  memcpy(net->values, before, net->n_values * sizeof *before);
  bf_stack_release(&stack);
}

/* The largest difference, of the largest number. */
static double distance(size_t n, const float *a, const float *b)
{
  double largest = 1e-3, difference = 0.0;
  for (size_t i = 0; i < n; i++) {
    assert_true(isfinite(a[i]) && isfinite(b[i]));
    largest = fmax(largest, fabs((double)a[i]));
    difference = fmax(difference, fabs((double)a[i] - (double)b[i]));
  }
  return difference / largest;
}

static double outcome_distance(const bf_net *net, const outcome *a, const outcome *b)
{
  double loss = fabs(a->loss - b->loss) / (1.0 + fabs(a->loss));
  double gradient = distance(net->n_trained, a->gradient, b->gradient);
  return fmax(loss, fmax(gradient, distance(net->n_values, a->values, b->values)));
}

/* ---- Back ends against the reference ---- */

static outcome expected, got;

static void compare_backends(bf_net *net, const bf_batch *batch, double tolerance, size_t number)
{
  const bf_kernels *backends[MOST_BACKENDS];
  size_t n = find_backends(backends);
  run_batch(net, kernels_called("reference"), batch, &expected);
  for (size_t b = 0; b < n; b++) {
    run_batch(net, backends[b], batch, &got);
    double most = outcome_distance(net, &expected, &got);
    if (!(most <= tolerance))
      fail_msg("net %zu on %s, %s, %zu rows: off by %g", number, bf_kernels_name(backends[b]),
               bf_isa_name(backends[b]->isa), batch->span.n_rows, most);
  }
}

static void compare_nets(const net_sort *sort, size_t n_nets, size_t most_rows, double tolerance)
{
  for (size_t i = 0; i < n_nets; i++) {
    bf_random random = bf_random_stream(i, BF_PURPOSE_SYNTH, 0);
    bf_net *net = draw_net(&random, sort);
    bf_tiles rows =
        draw_tiles(&random, MOST_ROWS, sort->is_exact ? MOST_ROWS : FEW_ROWS, &net->model);
    size_t n_rows = 2 + (size_t)bf_random_below(&random, i % 2 == 0 ? 39 : most_rows - 1);
    bf_batch batch = draw_batch(&random, rows, n_rows);
    compare_backends(net, &batch, tolerance, i);
    bf_net_free(net);
  }
}

/* A BatchNorm of a column that hardly varies makes much of the last digits. */
static const double norm_tolerance = 1e-3;

static void backends_train_nets_with_batchnorm_alike(void **state)
{
  (void)state;
  compare_nets(&(net_sort){.has_norm = true}, 60, 700, norm_tolerance);
  compare_nets(&(net_sort){.has_norm = true, .has_dropout = true}, 30, 40, norm_tolerance);
}

static void backends_train_nets_of_coarse_formats_alike(void **state)
{
  (void)state;
  compare_nets(&(net_sort){.has_dropout = true, .is_exact = true}, 60, 700, 2e-5);
}

static void outputs_of(const bf_net *net, const bf_kernels *kernels, bool in_integers,
                       bf_tiles rows, float *outputs)
{
  bf_forward *forward;
  assert_ok(bf_forward_create(net, kernels, rows.n, in_integers, &forward));
  forward_rows(forward, rows, bf_model_n_outputs(&net->model), outputs);
  bf_forward_free(forward);
}

/* Integers know one zero only. */
static void assert_equal(size_t n, const float *a, const float *b)
{
  for (size_t i = 0; i < n; i++)
    assert_true(a[i] == b[i]);
}

static void backends_give_nets_of_coarse_formats_the_same_outputs(void **state)
{
  (void)state;
  static float outputs[MOST_ROWS * MOST_WIDTH], others[MOST_ROWS * MOST_WIDTH];
  const bf_kernels *backends[MOST_BACKENDS];
  size_t n = find_backends(backends);
  for (uint64_t i = 0; i < 30; i++) {
    bf_random random = bf_random_stream(i, BF_PURPOSE_SYNTH, 1);
    bf_net *net = draw_net(&random, &(net_sort){.has_dropout = true, .is_exact = true});
    size_t n_rows = 1 + (size_t)bf_random_below(&random, MOST_ROWS);
    size_t n_values = n_rows * bf_model_n_outputs(&net->model);
    bf_tiles rows = draw_tiles(&random, n_rows, n_rows, &net->model);
    outputs_of(net, kernels_called("reference"), false, rows, outputs);
    for (size_t b = 0; b < n; b++) {
      outputs_of(net, backends[b], false, rows, others);
      assert_memory_equal(outputs, others, n_values * sizeof *others);
      outputs_of(net, backends[b], true, rows, others);
      assert_equal(n_values, outputs, others);
    }
    bf_net_free(net);
  }
}

/* Layers so wide that "auto" leaves some of their products to BLIS. */
static void backends_train_wide_nets_alike(void **state)
{
  (void)state;
  const bf_layer_line lines[] = {{.kind = BF_LAYER_LINEAR, .out = 300},
                                 {.kind = BF_LAYER_RELU},
                                 {.kind = BF_LAYER_LINEAR, .out = 257},
                                 {.kind = BF_LAYER_BATCHNORM},
                                 {.kind = BF_LAYER_RELU},
                                 {.kind = BF_LAYER_LINEAR}};
  bf_model model;
  assert_ok(bf_model_from_layers(sizeof lines / sizeof lines[0], lines, 20, 5, &model));
  bf_net *net = initialised_net(&model, 2);
  bf_random random = bf_random_stream(1, BF_PURPOSE_SYNTH, 6);
  bf_tiles rows = draw_tiles(&random, 320, FEW_ROWS, &model);
  bf_batch batch = draw_batch(&random, rows, 270);
  compare_backends(net, &batch, norm_tolerance, 0);
  bf_net_free(net);
}

/* ---- Laws ---- */

/* Whom the laws are checked on: what all back ends share is the same for all. */
static const char *const lawful[] = {"reference", "auto"};

/* The batch's rows from number `first` on. */
static bf_batch part_of(const bf_batch *batch, size_t width, size_t first, size_t n)
{
  size_t at = batch->span.first + first, tile = at / BF_TILE, lane = at % BF_TILE;
  size_t n_skipped = batch->order != NULL ? 0 : tile;
  return (bf_batch){.values = batch->values + n_skipped * width * BF_TILE,
                    .labels = batch->labels + n_skipped * BF_TILE,
                    .order = batch->order != NULL ? batch->order + tile : NULL,
                    .span = {bf_n_tiles(lane + n), lane, n}};
}

/* Sums of the losses and gradients of the batch's parts. */
static void add_parts(bf_net *net, const bf_kernels *kernels, const bf_batch *batch,
                      bf_random *random, double *loss, double *gradient)
{
  size_t n = 0;
  for (size_t first = 0; first < batch->span.n_rows; first += n) {
    size_t n_left = batch->span.n_rows - first;
    n = 1 + (size_t)bf_random_below(random, n_left < 50 ? n_left : 50);
    bf_batch part = part_of(batch, net->model.n_features, first, n);
    run_batch(net, kernels, &part, &got);
    *loss += got.loss;
    for (size_t i = 0; i < net->n_trained; i++)
      gradient[i] += (double)n * (double)got.gradient[i];
  }
}

static void batch_is_the_sum_of_its_parts(void **state)
{
  (void)state;
  for (uint64_t i = 0; i < 20; i++) {
    bf_random random = bf_random_stream(i, BF_PURPOSE_SYNTH, 2);
    bf_net *net = draw_net(&random, &(net_sort){0});
    bf_tiles rows = draw_tiles(&random, MOST_ROWS, FEW_ROWS, &net->model);
    bf_batch batch = draw_batch(&random, rows, 300 + 20 * i);
    const bf_kernels *kernels = kernels_called(lawful[i % 2]);
    double loss = 0.0, sums[MOST_VALUES] = {0.0};
    run_batch(net, kernels, &batch, &expected);
    add_parts(net, kernels, &batch, &random, &loss, sums);
    for (size_t k = 0; k < net->n_trained; k++)
      got.gradient[k] = (float)(sums[k] / (double)batch.span.n_rows);
    assert_true(fabs(loss - expected.loss) <= 1e-6 * expected.loss);
    assert_true(distance(net->n_trained, expected.gradient, got.gradient) <= 1e-5);
    bf_net_free(net);
  }
}

/* The mean over twice the rows is the same: one chunk against several, with BatchNorms. */
static void batch_said_several_times_has_the_same_gradient(void **state)
{
  (void)state;
  for (uint64_t i = 0; i < 20; i++) {
    bf_random random = bf_random_stream(i, BF_PURPOSE_SYNTH, 3);
    bf_net *net = draw_net(&random, &(net_sort){.has_norm = true});
    size_t n_tiles = 11 + i % 5, n_times = 2 + i % 2;
    bf_tiles rows = draw_tiles(&random, n_tiles * BF_TILE, FEW_ROWS, &net->model);
    uint32_t order[3 * BF_CHUNK_TILES];
    for (size_t t = 0; t < n_tiles * n_times; t++)
      order[t] = (uint32_t)(t % n_tiles);
    const bf_batch once = {rows.values, rows.labels, NULL, {n_tiles, 0, rows.n}, 0};
    const bf_batch often = {
        rows.values, rows.labels, order, {n_tiles * n_times, 0, rows.n * n_times}, 0};
    const bf_kernels *kernels = kernels_called(lawful[i % 2]);
    run_batch(net, kernels, &once, &expected);
    run_batch(net, kernels, &often, &got);
    assert_true(fabs(got.loss - (double)n_times * expected.loss) <= 1e-6 * got.loss);
    assert_true(distance(net->n_trained, expected.gradient, got.gradient) <= norm_tolerance);
    bf_net_free(net);
  }
}

/* The same rows, as tiles in the order of the batch that begin at lane 0. */
static bf_tiles gather(const bf_batch *batch, size_t width)
{
  static float rows[MOST_ROWS * MOST_WIDTH];
  static uint8_t labels[MOST_ROWS];
  for (size_t r = 0; r < batch->span.n_rows; r++) {
    size_t at = batch->span.first + r;
    size_t tile = batch->order != NULL ? batch->order[at / BF_TILE] : at / BF_TILE;
    size_t row = tile * BF_TILE + at % BF_TILE;
    bf_tiles_get(row, 1, width, batch->values, rows + r * width);
    labels[r] = batch->labels[row];
  }
  return tiled(batch->span.n_rows, width, rows, labels);
}

static void batch_may_begin_at_any_lane(void **state)
{
  (void)state;
  for (uint64_t i = 0; i < 40; i++) {
    bf_random random = bf_random_stream(i, BF_PURPOSE_SYNTH, 4);
    bf_net *net = draw_net(&random, &(net_sort){.has_norm = true});
    bf_tiles rows = draw_tiles(&random, MOST_ROWS, FEW_ROWS, &net->model);
    size_t n = 2 + (size_t)bf_random_below(&random, i % 4 < 2 ? 60 : 699);
    bf_batch batch = draw_batch(&random, rows, n);
    bf_tiles gathered = gather(&batch, net->model.n_features);
    const bf_batch same = {gathered.values, gathered.labels, NULL, {bf_n_tiles(n), 0, n}, 0};
    const bf_kernels *kernels = kernels_called(lawful[i % 2]);
    run_batch(net, kernels, &batch, &expected);
    run_batch(net, kernels, &same, &got);
    assert_true(outcome_distance(net, &expected, &got) <= norm_tolerance);
    bf_net_free(net);
  }
}

/* BatchNorms and Dropouts in the middle, one behind a ReLU. Behind the first Dropout nothing has a
 * kink. */
static bf_net *layered_net(void)
{
  const bf_layer_line lines[] = {{.kind = BF_LAYER_LINEAR, .out = 5},
                                 {.kind = BF_LAYER_RELU},
                                 {.kind = BF_LAYER_BATCHNORM},
                                 {.kind = BF_LAYER_DROPOUT, .drop = 0.2},
                                 {.kind = BF_LAYER_LINEAR, .out = 6, .no_bias = true},
                                 {.kind = BF_LAYER_BATCHNORM},
                                 {.kind = BF_LAYER_BATCHNORM},
                                 {.kind = BF_LAYER_DROPOUT, .drop = 0.3},
                                 {.kind = BF_LAYER_LINEAR}};
  bf_model model;
  assert_ok(bf_model_from_layers(sizeof lines / sizeof lines[0], lines, 4, 3, &model));
  return initialised_net(&model, 3);
}

static double loss_with(bf_net *net, size_t i, float value, const bf_batch *batch)
{
  const float before = net->values[i];
  net->values[i] = value;
  run_batch(net, kernels_called("reference"), batch, &got);
  net->values[i] = before;
  return got.loss / (double)batch->span.n_rows;
}

/* Against central differences, for a batch of two chunks that begins and ends inside a tile. */
static void gradient_is_the_slope_of_the_loss_over_several_chunks(void **state)
{
  (void)state;
  const float step = 1e-4F;
  const bf_kernels *backends[MOST_BACKENDS + 1];
  size_t n = find_backends(backends);
  backends[n] = kernels_called("reference");
  bf_net *net = layered_net();
  bf_random random = bf_random_stream(1, BF_PURPOSE_SYNTH, 5);
  bf_tiles rows = draw_tiles(&random, 320, FEW_ROWS, &net->model);
  bf_batch batch = draw_batch(&random, rows, 290);
  double slopes[MOST_VALUES], largest = 0.0;
  for (size_t i = 0; i < net->n_trained; i++) {
    slopes[i] = (loss_with(net, i, net->values[i] + step, &batch) -
                 loss_with(net, i, net->values[i] - step, &batch)) /
                (2.0 * (double)step);
    largest = fmax(largest, fabs(slopes[i]));
  }
  for (size_t b = 0; b <= n; b++) {
    run_batch(net, backends[b], &batch, &got);
    for (size_t i = 0; i < net->n_trained; i++)
      if (!(fabs((double)got.gradient[i] - slopes[i]) <= 2e-3 * largest))
        fail_msg("number %zu: %g, slope %g", i, (double)got.gradient[i], slopes[i]);
  }
  assert_true(largest > 0.05);
  bf_net_free(net);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(backends_train_nets_with_batchnorm_alike),
      cmocka_unit_test(backends_train_nets_of_coarse_formats_alike),
      cmocka_unit_test(backends_give_nets_of_coarse_formats_the_same_outputs),
      cmocka_unit_test(backends_train_wide_nets_alike),
      cmocka_unit_test(batch_is_the_sum_of_its_parts),
      cmocka_unit_test(batch_said_several_times_has_the_same_gradient),
      cmocka_unit_test(batch_may_begin_at_any_lane),
      cmocka_unit_test(gradient_is_the_slope_of_the_loss_over_several_chunks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
