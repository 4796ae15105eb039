/* Formats that are for weights alone, in the engine: what passes, what is drawn, what is learnt.
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

static bf_quantizer of_flags(const char *format, const char *flag, bool value)
{
  bf_quantizer quantizer = {0};
  const bf_setting setting = {.key = flag, .value = value, .kind = BF_VALUE_FLAG};
  assert_ok(bf_quantizer_init(&quantizer, format, 1, &setting, false));
  return quantizer;
}

static bf_model model_of(const char *name, bf_quantizer weight)
{
  bf_model model = zoo_model(name);
  for (size_t i = 0; i < model.n_layers; i++)
    if (model.layers[i].kind == BF_LAYER_LINEAR)
      model.layers[i].weight = weight;
  return model;
}

/* y = x Q(w)^T + b with x and b as they are. */
static void input_and_bias_are_not_quantised(void **state)
{
  (void)state;
  const bf_layer_line line = {.kind = BF_LAYER_LINEAR};
  const float w[] = {0.5F, -0.25F, 0.0F, -3.0F, 1.0F, 2.0F}, b[] = {0.1F, -0.3F};
  const float x[] = {0.125F, 0.3F, -0.7F};
  static const struct {
    const char *format, *flag;
    bool value;
    float weight[6];
  } cases[] = {
      {"binary", "bipolar", true, {1.0F, -1.0F, 1.0F, -1.0F, 1.0F, 1.0F}},
      {"binary", "bipolar", false, {0.25F, 0.0F, 0.0F, 0.0F, 2.0F, 2.0F}},
      {"ternary", "scaling_factor", false, {1.0F, -1.0F, 0.0F, -1.0F, 0.0F, 1.0F}},
      {"ternary", "scaling_factor", true, {0.375F, -0.375F, 0.0F, -2.5F, 0.0F, 2.5F}},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    bf_model model;
    assert_ok(bf_model_from_layers(1, &line, 3, 2, &model));
    model.layers[0].weight = of_flags(cases[c].format, cases[c].flag, cases[c].value);
    bf_net *net = initialised_net(&model, 1);
    bf_forward *forward;
    float y[2];
    memcpy(net->layers[0].weight, w, sizeof w);
    memcpy(net->layers[0].bias, b, sizeof b);
    assert_ok(bf_forward_create(net, kernels_called("auto"), 1, true, &forward));
    forward_rows(forward, tiled(1, 3, x, NULL), 2, y);
    for (size_t o = 0; o < 2; o++) {
      const float *q = cases[c].weight + 3 * o;
      float expected = x[0] * q[0] + x[1] * q[1] + x[2] * q[2] + b[o];
      assert_true(fabsf(y[o] - expected) < 1e-6F);
    }
    bf_forward_free(forward);
    bf_net_free(net);
  }
}

static bf_trainer *sgd_trainer(bf_net *net, uint64_t seed)
{
  bf_training training = bf_training_defaults();
  bf_trainer *trainer = NULL;
  training.optimizer = "sgd";
  training.learning_rate = 0.5;
  training.seed = seed;
  assert_ok(bf_trainer_create(net, &training, kernels_called("reference"), 10, &trainer));
  return trainer;
}

static double batch_loss(bf_trainer *trainer)
{
  double loss;
  assert_ok(bf_trainer_batch(trainer, view_toy_rows(&toy, 0, 64), &loss));
  return loss;
}

static double loss_with_seed(bf_net *net, uint64_t seed)
{
  bf_trainer *trainer = sgd_trainer(net, seed);
  double loss = batch_loss(trainer);
  bf_trainer_free(trainer);
  return loss;
}

static void draws_depend_on_seed_and_step_alone(void **state)
{
  (void)state;
  bf_model model = model_of("jsc-toy", of_flags("binary", "stochastic", true));
  bf_net *net = initialised_net(&model, 4);
  double first = loss_with_seed(net, 7);
  assert_true(loss_with_seed(net, 7) == first);
  assert_true(loss_with_seed(net, 8) != first);
  /* Batches that are summed up share the draws of their step; a step that changes nothing (there is
   * no gradient behind a rate of 0) is followed by others. */
  bf_training training = bf_training_defaults();
  training.scheduler = "linear";
  training.n_warmup_steps = 1;
  training.seed = 7;
  bf_trainer *trainer;
  assert_ok(bf_trainer_create(net, &training, kernels_called("reference"), 10, &trainer));
  assert_true(batch_loss(trainer) == first);
  assert_true(batch_loss(trainer) == first);
  bf_trainer_step(trainer);
  assert_true(batch_loss(trainer) != first);
  bf_trainer_free(trainer);
  bf_net_free(net);
}

/* Beyond -1 .. 1 nothing is left to chance, so both nets compute the same. */
static void drawn_weights_pass_half_of_the_gradient(void **state)
{
  (void)state;
  bf_model drawn = model_of("jsc-toy", of_flags("binary", "stochastic", true));
  bf_model sign = model_of("jsc-toy", of_flags("binary", "stochastic", false));
  bf_net *one = initialised_net(&drawn, 4), *before;
  const bf_layer_values *values = &one->layers[2];
  for (size_t i = 0; i < one->model.n_layers; i++)
    for (size_t j = 0; one->model.layers[i].kind == BF_LAYER_LINEAR &&
                       j < one->model.layers[i].n_in * one->model.layers[i].n_out;
         j++)
      one->layers[i].weight[j] = one->layers[i].weight[j] < 0.0F ? -1.5F : 1.5F;
  bf_net *other;
  assert_ok(bf_net_copy(one, &sign, &other));
  assert_ok(bf_net_copy(one, &sign, &before));
  bf_trainer *half = sgd_trainer(one, 7), *full = sgd_trainer(other, 7);
  assert_true(batch_loss(half) == batch_loss(full));
  bf_trainer_step(half);
  bf_trainer_step(full);
  double largest = 0.0;
  for (size_t i = 0; i < 16 * 8; i++) {
    double moved = (double)(other->layers[2].weight[i] - before->layers[2].weight[i]);
    double moved_half = (double)(values->weight[i] - before->layers[2].weight[i]);
    assert_true(fabs(moved_half - moved / 2.0) < 1e-6);
    largest = fmax(largest, fabs(moved));
  }
  assert_true(largest > 1e-3);
  for (size_t i = 0; i < 8; i++)
    assert_true(values->bias[i] == other->layers[2].bias[i]);
  bf_trainer_free(half);
  bf_trainer_free(full);
  bf_net_free(one);
  bf_net_free(other);
  bf_net_free(before);
}

static double accuracy_of(const bf_net *net)
{
  bf_score score;
  assert_ok(bf_evaluate(net, kernels_called("auto"), view_toy_rows(&toy, 0, TOY_ROWS), &score));
  return (double)score.n_correct / TOY_ROWS;
}

/* BatchNorms between the layers take up the scale of weights that are -1 and 1. Draws, and weights
 * that are never negative, learn much more slowly in nets of several layers. */
static void training_learns_with_each_of_them(void **state)
{
  (void)state;
  static const struct {
    const char *net, *format, *flag;
    bool value;
  } cases[] = {{"jsc-toy", "binary", "bipolar", true},
               {"jsc-tiny", "binary", "bipolar", false},
               {"jsc-tiny", "binary", "stochastic", true},
               {"jsc-toy", "ternary", "scaling_factor", false},
               {"jsc-toy", "ternary", "scaling_factor", true}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    bf_quantizer weight = of_flags(cases[c].format, cases[c].flag, cases[c].value);
    bf_model model = model_of(cases[c].net, weight);
    bf_net *net = initialised_net(&model, 4);
    bf_training training = bf_training_defaults();
    training.n_epochs = 40;
    training.batch_size = 64;
    training.learning_rate = 1e-2;
    training.scheduler = "cosine";
    double before = accuracy_of(net);
    assert_ok(
        bf_train(net, &training, kernels_called("auto"), view_toy_rows(&toy, 0, TOY_ROWS), NULL));
    double after = accuracy_of(net);
    if (!(after > 0.85 && before < 0.4))
      fail_msg("%s %s %d: %g, %g before", cases[c].format, cases[c].flag, (int)cases[c].value,
               after, before);
    /* The master weights are floats still. */
    assert_true(fabsf(net->layers[2].weight[3]) != 1.0F);
    bf_net_free(net);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(input_and_bias_are_not_quantised),
      cmocka_unit_test(draws_depend_on_seed_and_step_alone),
      cmocka_unit_test(drawn_weights_pass_half_of_the_gradient),
      cmocka_unit_test(training_learns_with_each_of_them),
  };
  return cmocka_run_group_tests(tests, draw_rows, NULL);
}
