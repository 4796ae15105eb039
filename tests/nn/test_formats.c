/* Nets of formats with exponents: learning, straight-through gradients, rows that stand alone.
 * Room: tests. */
#include "nets.h"

#include "nn/train.h"

static toy_rows toy;

static int draw_rows(void **state)
{
  (void)state;
  draw_toy_rows(&toy);
  return 0;
}

/* With every parameter that has no default of its own. */
static const struct {
  const char *name;
  bf_setting settings[3];
} formats[] = {
    {"minifloat_denorm", {{.key = "width", .value = 8}, {.key = "exponent_width", .value = 4}}},
    {"minifloat_ieee", {{.key = "width", .value = 8}, {.key = "exponent_width", .value = 4}}},
    {"log", {{.key = "width", .value = 8}}},
    {"block_fp",
     {{.key = "width", .value = 8},
      {.key = "block_size", .kind = BF_VALUE_BLOCK, .block = {.n_rows = 4, .n_columns = 4}}}},
    {"block_minifloat",
     {{.key = "width", .value = 8},
      {.key = "exponent_width", .value = 4},
      {.key = "exponent_bias_width", .value = 8}}},
    {"block_log", {{.key = "width", .value = 8}, {.key = "exponent_bias_width", .value = 8}}},
};
enum { N_FORMATS = sizeof formats / sizeof formats[0] };

static bf_quantizer quantizer_of(size_t f, bool is_unsigned)
{
  bf_quantizer quantizer = {0};
  size_t n = 0;
  while (n < 3 && formats[f].settings[n].key != NULL)
    n++;
  assert_ok(bf_quantizer_init(&quantizer, formats[f].name, n, formats[f].settings, is_unsigned));
  return quantizer;
}

/* Inputs, ReLUs and Linears all in the format. */
static void quantise_all(bf_model *model, size_t f)
{
  bf_quantizer quantizer = quantizer_of(f, false);
  model->input = quantizer;
  for (size_t i = 0; i < model->n_layers; i++) {
    bf_layer *layer = &model->layers[i];
    if (layer->kind == BF_LAYER_LINEAR)
      layer->data_in = layer->weight = layer->bias = quantizer;
    else if (layer->kind == BF_LAYER_RELU)
      layer->data_in = quantizer_of(f, true);
  }
}

static void nets_of_every_format_learn(void **state)
{
  (void)state;
  for (size_t f = 0; f < N_FORMATS; f++) {
    bf_model model = zoo_model("jsc-toy");
    quantise_all(&model, f);
    bf_net *net = initialised_net(&model, 4);
    bf_training training = bf_training_defaults();
    training.learning_rate = 1e-2;
    training.batch_size = 50;
    training.n_epochs = 10;
    bf_tiles rows = view_toy_rows(&toy, 0, TOY_ROWS);
    bf_score before, after;
    assert_ok(bf_evaluate(net, kernels_called("auto"), rows, &before));
    assert_ok(bf_train(net, &training, kernels_called("auto"), rows, NULL));
    assert_ok(bf_evaluate(net, kernels_called("auto"), rows, &after));
    if (!(after.loss < 0.7 * before.loss && after.n_correct > TOY_ROWS * 7 / 10))
      fail_msg("%s: loss %g, then %g with %zu rows right", formats[f].name, before.loss, after.loss,
               after.n_correct);
    bf_net_free(net);
  }
}

enum { N_HIDDEN = 6, N_ROWS = 40 };

/* The net Linear(16, 6) - Linear(6, 5), computed here from bf_quantize in double. */
typedef struct pass {
  float x[TOY_FEATURES], hidden[N_HIDDEN], q[N_HIDDEN];
  double outputs[TOY_CLASSES], dy[TOY_CLASSES], dh[N_HIDDEN];
} pass;

typedef struct numbers {
  float w1[N_HIDDEN * TOY_FEATURES], b1[N_HIDDEN], w2[TOY_CLASSES * N_HIDDEN], b2[TOY_CLASSES];
} numbers;

static numbers quantised(const bf_net *net, const bf_quantizer *quantizer)
{
  numbers made;
  bf_quantize(quantizer, N_HIDDEN, TOY_FEATURES, net->layers[0].weight, made.w1);
  bf_quantize(quantizer, 1, N_HIDDEN, net->layers[0].bias, made.b1);
  bf_quantize(quantizer, TOY_CLASSES, N_HIDDEN, net->layers[1].weight, made.w2);
  bf_quantize(quantizer, 1, TOY_CLASSES, net->layers[1].bias, made.b2);
  return made;
}

static void run_row(const numbers *used, const bf_quantizer *quantizer, size_t row, pass *p)
{
  double sum = 0.0;
  bf_quantize(quantizer, 1, TOY_FEATURES, toy.features + row * TOY_FEATURES, p->x);
  for (size_t h = 0; h < N_HIDDEN; h++) {
    double y = (double)used->b1[h];
    for (size_t i = 0; i < TOY_FEATURES; i++)
      y += (double)used->w1[h * TOY_FEATURES + i] * (double)p->x[i];
    p->hidden[h] = (float)y;
  }
  bf_quantize(quantizer, 1, N_HIDDEN, p->hidden, p->q);
  for (size_t c = 0; c < TOY_CLASSES; c++) {
    p->outputs[c] = (double)used->b2[c];
    for (size_t h = 0; h < N_HIDDEN; h++)
      p->outputs[c] += (double)used->w2[c * N_HIDDEN + h] * (double)p->q[h];
    sum += exp(p->outputs[c]);
  }
  memset(p->dh, 0, sizeof p->dh);
  for (size_t c = 0; c < TOY_CLASSES; c++) {
    p->dy[c] = (exp(p->outputs[c]) / sum - (toy.labels[row] == c ? 1.0 : 0.0)) / N_ROWS;
    for (size_t h = 0; h < N_HIDDEN; h++)
      p->dh[h] += p->dy[c] * (double)used->w2[c * N_HIDDEN + h];
  }
}

/* Adds a row's gradient, laid out as the net's values: as if every Q had the slope 1. */
static void add_gradient(const bf_net *net, const pass *p, double *gradient)
{
  double *w1 = gradient + (net->layers[0].weight - net->values);
  double *b1 = gradient + (net->layers[0].bias - net->values);
  double *w2 = gradient + (net->layers[1].weight - net->values);
  double *b2 = gradient + (net->layers[1].bias - net->values);
  for (size_t h = 0; h < N_HIDDEN; h++) {
    b1[h] += p->dh[h];
    for (size_t i = 0; i < TOY_FEATURES; i++)
      w1[h * TOY_FEATURES + i] += p->dh[h] * (double)p->x[i];
  }
  for (size_t c = 0; c < TOY_CLASSES; c++) {
    b2[c] += p->dy[c];
    for (size_t h = 0; h < N_HIDDEN; h++)
      w2[c * N_HIDDEN + h] += p->dy[c] * (double)p->q[h];
  }
}

static bf_net *two_linears(size_t f)
{
  const bf_layer_line lines[] = {{.kind = BF_LAYER_LINEAR, .out = N_HIDDEN},
                                 {.kind = BF_LAYER_LINEAR}};
  bf_model model;
  assert_ok(bf_model_from_layers(2, lines, TOY_FEATURES, TOY_CLASSES, &model));
  for (size_t i = 0; i < 2; i++)
    model.layers[i].data_in = model.layers[i].weight = model.layers[i].bias =
        quantizer_of(f, false);
  return initialised_net(&model, 6);
}

static void gradients_pass_every_format_unchanged(void **state)
{
  (void)state;
  for (size_t f = 0; f < N_FORMATS; f++) {
    double expected[N_HIDDEN * (TOY_FEATURES + 1) + TOY_CLASSES * (N_HIDDEN + 1) + 64] = {0.0};
    bf_net *net = two_linears(f);
    bf_quantizer quantizer = quantizer_of(f, false);
    numbers used = quantised(net, &quantizer);
    bf_training training = bf_training_defaults();
    bf_trainer *trainer;
    double loss;
    pass p;
    for (size_t row = 0; row < N_ROWS; row++) {
      run_row(&used, &quantizer, row, &p);
      add_gradient(net, &p, expected);
    }
    assert_true(net->n_trained <= sizeof expected / sizeof expected[0]);
    assert_ok(bf_trainer_create(net, &training, kernels_called("auto"), 1, &trainer));
    assert_ok(bf_trainer_batch(trainer, view_toy_rows(&toy, 0, N_ROWS), &loss));
    for (size_t i = 0; i < net->n_trained; i++)
      if (!(fabs((double)bf_trainer_gradient(trainer)[i] - expected[i]) < 1e-5))
        fail_msg("%s: gradient %zu is %g, expected %g", formats[f].name, i,
                 (double)bf_trainer_gradient(trainer)[i], expected[i]);
    bf_trainer_free(trainer);
    bf_net_free(net);
  }
}

static void outputs_of(const bf_net *net, bool in_integers, size_t first, size_t n, float *outputs)
{
  bf_forward *forward;
  assert_ok(bf_forward_create(net, kernels_called("auto"), n, in_integers, &forward));
  forward_rows(forward, view_toy_rows(&toy, first, n), TOY_CLASSES, outputs);
  bf_forward_free(forward);
}

/* Rows of zeros among them: a block of zeros must not take its scale from another row. */
static void rows_have_the_same_outputs_in_any_batch(void **state)
{
  (void)state;
  static float whole[N_ROWS * TOY_CLASSES], part[N_ROWS * TOY_CLASSES];
  toy_rows before = toy;
  memset(toy.features + 3 * TOY_FEATURES, 0, TOY_FEATURES * sizeof *toy.features);
  memset(toy.features + 9 * TOY_FEATURES, 0, 8 * sizeof *toy.features);
  for (size_t f = 0; f < N_FORMATS; f++) {
    bf_model model = zoo_model("jsc-toy");
    quantise_all(&model, f);
    bf_net *net = initialised_net(&model, 4);
    outputs_of(net, false, 0, N_ROWS, whole);
    for (size_t first = 0, n = 1; first < N_ROWS; first += n, n = n % 5 + 1) {
      n = first + n > N_ROWS ? N_ROWS - first : n;
      outputs_of(net, false, first, n, part);
      assert_memory_equal(part, whole + first * TOY_CLASSES, n * TOY_CLASSES * sizeof *part);
    }
    bf_net_free(net);
  }
  toy = before;
}

/* What is fixed point is computed in integers, and what is not stays as it was. */
static void integers_stay_beside_other_formats(void **state)
{
  (void)state;
  static float fake[N_ROWS * TOY_CLASSES], real[N_ROWS * TOY_CLASSES];
  for (size_t f = 0; f < N_FORMATS; f++) {
    bf_model model = zoo_model("jsc-toy");
    quantise_all(&model, f);
    bf_layer *last = &model.layers[8];
    assert_int_equal(last->kind, BF_LAYER_LINEAR);
    last->data_in = last->weight = last->bias = fixed_point(8, 4, false);
    bf_net *net = initialised_net(&model, 4);
    outputs_of(net, false, 0, N_ROWS, fake);
    outputs_of(net, true, 0, N_ROWS, real);
    for (size_t i = 0; i < N_ROWS * TOY_CLASSES; i++)
      assert_true(fake[i] == real[i]);
    bf_net_free(net);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nets_of_every_format_learn),
      cmocka_unit_test(gradients_pass_every_format_unchanged),
      cmocka_unit_test(rows_have_the_same_outputs_in_any_batch),
      cmocka_unit_test(integers_stay_beside_other_formats),
  };
  return cmocka_run_group_tests(tests, draw_rows, NULL);
}
