/* Nets: layout of their numbers, initial values, copies.
 * Room: tests. */
#include "nets.h"

#include "base/memory.h"

static void net_sizes_are_those_of_the_zoo(void **state)
{
  (void)state;
  static const struct {
    const char *name;
    size_t n_trained, n_values;
  } nets[] = {{"jsc-tiny", 117, 149}, {"jsc-lab4", 661, 693}, {"jsc-toy", 327, 401}};
  for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++) {
    bf_model model = zoo_model(nets[i].name);
    bf_net *net;
    assert_ok(bf_net_create(&model, &net));
    assert_int_equal(net->n_trained, nets[i].n_trained);
    assert_int_equal(net->n_values, nets[i].n_values);
    assert_int_equal((uintptr_t)net->values % 64, 0);
    bf_net_free(net);
  }
}

static void values_lie_in_layer_order_trained_ones_first(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-toy");
  bf_net *net;
  assert_ok(bf_net_create(&model, &net));
  const float *next = net->values;
  for (size_t i = 0; i < model.n_layers; i++) {
    const bf_layer *layer = &model.layers[i];
    bool has_values = layer->kind == BF_LAYER_LINEAR || layer->kind == BF_LAYER_BATCHNORM;
    assert_ptr_equal(net->layers[i].weight, has_values ? next : NULL);
    next += layer->kind == BF_LAYER_LINEAR ? layer->n_in * layer->n_out
            : has_values                   ? layer->n_in
                                           : 0;
    assert_ptr_equal(net->layers[i].bias, has_values ? next : NULL);
    next += has_values ? layer->n_out : 0;
  }
  assert_ptr_equal(next, net->values + net->n_trained);
  assert_ptr_equal(net->layers[0].mean, net->values + net->n_trained);
  assert_ptr_equal(net->layers[0].variance, net->values + net->n_trained + 16);
  assert_null(net->layers[2].mean);
  assert_ptr_equal(net->layers[9].variance + 5, net->values + net->n_values);
  bf_net_free(net);
}

static void linear_without_bias_has_none(void **state)
{
  (void)state;
  const bf_layer_line lines[] = {{.kind = BF_LAYER_LINEAR, .no_bias = true}};
  bf_model model;
  bf_net *net;
  assert_ok(bf_model_from_layers(1, lines, 4, 3, &model));
  assert_ok(bf_net_create(&model, &net));
  assert_int_equal(net->n_values, 12);
  assert_null(net->layers[0].bias);
  bf_net_free(net);
}

static void net_created_is_zero_with_unit_batchnorm(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-toy");
  bf_net *net;
  double sum = 0.0;
  assert_ok(bf_net_create(&model, &net));
  for (size_t i = 0; i < net->n_values; i++)
    sum += (double)fabsf(net->values[i]);
  assert_true(sum == 2.0 * (16 + 8 + 8 + 5));
  assert_true(net->layers[3].weight[7] == 1.0F && net->layers[3].variance[0] == 1.0F);
  bf_net_free(net);
}

static void initial_weights_fill_their_bounds_evenly(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-s");
  bf_net *net = initialised_net(&model, 42);
  const float *weight = net->layers[2].weight;
  const float bound = 0.25F;
  float lowest = 0.0F, highest = 0.0F;
  double sum = 0.0, squares = 0.0;
  for (size_t i = 0; i < 1024; i++) {
    lowest = fminf(lowest, weight[i]);
    highest = fmaxf(highest, weight[i]);
    sum += (double)weight[i];
    squares += (double)weight[i] * (double)weight[i];
  }
  assert_true(lowest >= -bound && lowest < -0.98F * bound);
  assert_true(highest <= bound && highest > 0.98F * bound);
  assert_true(fabs(sum / 1024) < 0.02);
  assert_true(fabs(squares / 1024 - 0.0625 / 3.0) < 0.002);
  for (size_t i = 0; i < 64; i++)
    assert_true(fabsf(net->layers[2].bias[i]) <= bound && net->layers[2].bias[i] != 0.0F);
  assert_true(net->layers[0].weight[3] == 1.0F && net->layers[0].bias[3] == 0.0F);
  bf_net_free(net);
}

static void initial_weights_depend_on_seed_and_layer_alone(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-lab4");
  bf_net *one = initialised_net(&model, 7), *same = initialised_net(&model, 1);
  bf_net *other = initialised_net(&model, 8);
  bf_net_init(same, 7);
  assert_memory_equal(one->values, same->values, one->n_values * sizeof(float));
  assert_memory_not_equal(one->values, other->values, one->n_values * sizeof(float));
  assert_memory_not_equal(one->layers[2].weight, one->layers[4].weight, 256 * sizeof(float));
  /* A wider layer in front changes nothing behind it that keeps its shape. */
  size_t multipliers[] = {1, 1, 1, 1, 1, 1, 1, 1};
  multipliers[2] = 2;
  bf_model wide = model;
  assert_ok(bf_model_widen(&wide, multipliers));
  bf_net *widened = initialised_net(&wide, 7);
  assert_memory_equal(one->layers[6].weight, widened->layers[6].weight, 80 * sizeof(float));
  bf_net_free(one);
  bf_net_free(same);
  bf_net_free(other);
  bf_net_free(widened);
}

static void copy_has_the_values_and_the_other_formats(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-lab4"), quantised = model;
  quantise_model(&quantised);
  bf_net *net = initialised_net(&model, 7), *copy;
  assert_ok(bf_net_copy(net, &quantised, &copy));
  assert_memory_equal(net->values, copy->values, net->n_values * sizeof(float));
  assert_ptr_not_equal(net->values, copy->values);
  assert_string_equal(bf_quantizer_name(&copy->model.layers[2].weight), "integer");
  copy->layers[2].weight[0] = 99.0F;
  assert_true(net->layers[2].weight[0] != 99.0F);
  bf_net_free(net);
  bf_net_free(copy);
}

static void net_creation_survives_lack_of_memory(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-lab4");
  bf_net *net = NULL, *copy = NULL;
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status == BF_ERR_NOMEM; n++) {
    assert_null(net);
    bf_alloc_fail_after(n);
    status = bf_net_create(&model, &net);
  }
  assert_true(n == 3 && status == BF_OK);
  status = BF_ERR_NOMEM;
  for (n = 0; status == BF_ERR_NOMEM; n++) {
    assert_null(copy);
    bf_alloc_fail_after(n);
    status = bf_net_copy(net, &model, &copy);
  }
  bf_alloc_fail_after(-1);
  assert_true(n == 3 && status == BF_OK);
  bf_net_free(net);
  bf_net_free(copy);
  bf_net_free(NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(net_sizes_are_those_of_the_zoo),
      cmocka_unit_test(values_lie_in_layer_order_trained_ones_first),
      cmocka_unit_test(linear_without_bias_has_none),
      cmocka_unit_test(net_created_is_zero_with_unit_batchnorm),
      cmocka_unit_test(initial_weights_fill_their_bounds_evenly),
      cmocka_unit_test(initial_weights_depend_on_seed_and_layer_alone),
      cmocka_unit_test(copy_has_the_values_and_the_other_formats),
      cmocka_unit_test(net_creation_survives_lack_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
