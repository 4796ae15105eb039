/* Trainers: gradients by central differences, accumulation, steps, lack of memory.
 * Room: tests. */
#include "nets.h"

#include "base/memory.h"
#include "nn/train.h"

static toy_rows toy;

static int draw_rows(void **state)
{
  (void)state;
  draw_toy_rows(&toy);
  return 0;
}

/* Every kind of layer; ending in a Linear, so that no output sits on a kink. */
static bf_model every_kind(void)
{
  const bf_layer_line lines[] = {{.kind = BF_LAYER_BATCHNORM},
                                 {.kind = BF_LAYER_RELU},
                                 {.kind = BF_LAYER_LINEAR, .out = 9},
                                 {.kind = BF_LAYER_BATCHNORM},
                                 {.kind = BF_LAYER_RELU},
                                 {.kind = BF_LAYER_DROPOUT, .drop = 0.3},
                                 {.kind = BF_LAYER_LINEAR, .out = 7, .no_bias = true},
                                 {.kind = BF_LAYER_LINEAR}};
  bf_model model;
  assert_ok(bf_model_from_layers(sizeof lines / sizeof lines[0], lines, 16, 5, &model));
  return model;
}

static bf_trainer *trainer_of(bf_net *net, size_t accumulate, const char *backend)
{
  bf_training training = bf_training_defaults();
  training.accumulate = accumulate;
  training.seed = 77;
  bf_trainer *trainer = NULL;
  assert_ok(bf_trainer_create(net, &training, kernels_called(backend), 10, &trainer));
  return trainer;
}

/* Loss of the net's first batch: a fresh trainer draws the same dropout every time. */
static double first_loss(bf_net *net)
{
  bf_trainer *trainer = trainer_of(net, 1, "reference");
  double loss;
  assert_ok(bf_trainer_batch(trainer, view_toy_rows(&toy, 0, 40), &loss));
  bf_trainer_free(trainer);
  return loss;
}

static void check_gradient(const char *backend)
{
  bf_model model = every_kind();
  bf_net *net = initialised_net(&model, 12);
  bf_trainer *trainer = trainer_of(net, 1, backend);
  double loss;
  assert_ok(bf_trainer_batch(trainer, view_toy_rows(&toy, 0, 40), &loss));
  const float *gradient = bf_trainer_gradient(trainer);
  double largest = 0.0, worst = 0.0;
  for (size_t i = 0; i < net->n_trained; i++) {
    const float value = net->values[i], step = 1e-4F;
    net->values[i] = value + step;
    double above = first_loss(net);
    net->values[i] = value - step;
    double below = first_loss(net);
    net->values[i] = value;
    double slope = (above - below) / (2.0 * (double)step);
    worst = fmax(worst, fabs(slope - (double)gradient[i]));
    largest = fmax(largest, fabs(slope));
  }
  /* The tolerance covers float32 outputs and a unit whose kink lies within the step. */
  if (!(worst < 3e-4 && largest > 0.1))
    fail_msg("worst %g, largest %g", worst, largest);
  bf_trainer_free(trainer);
  bf_net_free(net);
}

static void gradient_on_reference_is_the_slope_of_the_loss(void **state)
{
  (void)state;
  check_gradient("reference");
}

static void gradient_on_blis_is_the_slope_of_the_loss(void **state)
{
  (void)state;
  check_gradient("blis");
}

static void batch_order_of_rows_does_not_matter(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-toy");
  bf_net *net = initialised_net(&model, 3);
  bf_trainer *one = trainer_of(net, 1, "blis"), *other = trainer_of(net, 1, "blis");
  static toy_rows turned;
  for (size_t r = 0; r < 100; r++) {
    memcpy(turned.features + r * TOY_FEATURES, toy.features + (99 - r) * TOY_FEATURES,
           TOY_FEATURES * sizeof(float));
    turned.labels[r] = toy.labels[99 - r];
  }
  double loss, turned_loss;
  assert_ok(bf_trainer_batch(one, view_toy_rows(&toy, 0, 100), &loss));
  assert_ok(bf_trainer_batch(other, view_toy_rows(&turned, 0, 100), &turned_loss));
  assert_true(fabs(loss - turned_loss) < 1e-6);
  for (size_t i = 0; i < net->n_trained; i++)
    assert_true(fabsf(bf_trainer_gradient(one)[i] - bf_trainer_gradient(other)[i]) < 2e-6F);
  bf_trainer_free(one);
  bf_trainer_free(other);
  bf_net_free(net);
}

static void step_uses_the_mean_gradient_of_its_batches(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-lab4");
  bf_net *once = initialised_net(&model, 3), *twice = initialised_net(&model, 3);
  bf_trainer *one = trainer_of(once, 1, "reference"), *two = trainer_of(twice, 2, "reference");
  double loss;
  /* The same batch twice has the same mean. */
  assert_ok(bf_trainer_batch(one, view_toy_rows(&toy, 0, 64), &loss));
  assert_ok(bf_trainer_batch(two, view_toy_rows(&toy, 0, 64), &loss));
  assert_ok(bf_trainer_batch(two, view_toy_rows(&toy, 0, 64), &loss));
  size_t at = (size_t)(once->layers[2].weight - once->values);
  assert_true(bf_trainer_gradient(one)[at] != 0.0F);
  assert_true(fabsf(bf_trainer_gradient(two)[at] - 2.0F * bf_trainer_gradient(one)[at]) < 1e-7F);
  bf_trainer_step(one);
  bf_trainer_step(two);
  for (size_t i = 0; i < once->n_trained; i++)
    assert_true(fabsf(once->values[i] - twice->values[i]) < 1e-7F);
  assert_true(bf_trainer_gradient(two)[at] == 0.0F);
  bf_trainer_free(one);
  bf_trainer_free(two);
  bf_net_free(once);
  bf_net_free(twice);
}

static void batch_changes_running_statistics_and_no_weight(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-lab4");
  bf_net *net = initialised_net(&model, 3), *before = initialised_net(&model, 3);
  bf_trainer *trainer = trainer_of(net, 1, "reference");
  double loss;
  assert_ok(bf_trainer_batch(trainer, view_toy_rows(&toy, 0, 64), &loss));
  assert_memory_equal(net->values, before->values, net->n_trained * sizeof(float));
  assert_true(net->layers[0].mean[0] != 0.0F && net->layers[0].variance[0] != 1.0F);
  bf_trainer_free(trainer);
  bf_net_free(net);
  bf_net_free(before);
}

static void decay_spares_biases(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-lab4");
  bf_net *net = initialised_net(&model, 3);
  bf_training training = bf_training_defaults();
  training.optimizer = "adamw";
  training.learning_rate = 0.5;
  training.weight_decay = 1.0;
  net->layers[0].bias[2] = 0.25F;
  bf_net *before;
  assert_ok(bf_net_copy(net, &model, &before));
  bf_trainer *trainer;
  assert_ok(bf_trainer_create(net, &training, kernels_called("reference"), 1, &trainer));
  bf_trainer_step(trainer); /* no batch: the gradient is 0, only the decay acts */
  assert_true(net->layers[0].weight[1] == 0.5F);
  assert_true(net->layers[0].bias[2] == 0.25F);
  assert_true(net->layers[4].weight[9] == 0.5F * before->layers[4].weight[9]);
  assert_true(net->layers[4].bias[1] == before->layers[4].bias[1]);
  bf_trainer_free(trainer);
  bf_net_free(net);
  bf_net_free(before);
}

static void loss_not_finite_fails_the_trial(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-lab4");
  bf_net *net = initialised_net(&model, 3);
  bf_trainer *trainer = trainer_of(net, 1, "blis");
  double loss = -1.0;
  net->layers[6].bias[0] = NAN;
  assert_fails(bf_trainer_batch(trainer, view_toy_rows(&toy, 0, 64), &loss), BF_ERR_TRIAL,
               "loss is nan");
  assert_true(loss == -1.0);
  bf_trainer_free(trainer);
  bf_net_free(net);
}

static void trainer_creation_survives_lack_of_memory(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-lab4");
  bf_net *net = initialised_net(&model, 3);
  const bf_kernels *kernels = kernels_called("reference");
  bf_training training = bf_training_defaults();
  bf_trainer *trainer = NULL;
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status == BF_ERR_NOMEM; n++) {
    assert_null(trainer);
    bf_alloc_fail_after(n);
    status = bf_trainer_create(net, &training, kernels, 10, &trainer);
  }
  bf_alloc_fail_after(-1);
  assert_true(n == 9 && status == BF_OK);
  bf_trainer_free(trainer);
  bf_trainer_free(NULL);
  training.batch_size = 1;
  assert_fails(bf_trainer_create(net, &training, kernels, 10, &trainer), BF_ERR_USAGE,
               "batch_size is 1");
  bf_net_free(net);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gradient_on_reference_is_the_slope_of_the_loss),
      cmocka_unit_test(gradient_on_blis_is_the_slope_of_the_loss),
      cmocka_unit_test(batch_order_of_rows_does_not_matter),
      cmocka_unit_test(step_uses_the_mean_gradient_of_its_batches),
      cmocka_unit_test(batch_changes_running_statistics_and_no_weight),
      cmocka_unit_test(decay_spares_biases),
      cmocka_unit_test(loss_not_finite_fails_the_trial),
      cmocka_unit_test(trainer_creation_survives_lack_of_memory),
  };
  return cmocka_run_group_tests(tests, draw_rows, NULL);
}
