/* One training batch against PyTorch in float64, for nets with BatchNorm between the layers.
 * Room: tests. Golden file: make_nets.py. */
#include "nets.h"

#include "nn/evaluate.h"
#include "nn/train.h"

enum { N_ROWS = 12, MOST_VALUES = 4096 };

static void read_floats(const bf_json *object, const char *key, size_t n, float *values)
{
  static double numbers[MOST_VALUES];
  assert_ok(bf_json_doubles(object, key, n, numbers));
  for (size_t i = 0; i < n; i++)
    values[i] = (float)numbers[i];
}

static void check(const bf_json *object, const char *key, size_t n, const float *values,
                  double tolerance)
{
  static double numbers[MOST_VALUES];
  assert_ok(bf_json_doubles(object, key, n, numbers));
  for (size_t i = 0; i < n; i++)
    if (!(fabs((double)values[i] - numbers[i]) <= tolerance * (1.0 + fabs(numbers[i]))))
      fail_msg("%s: %s[%zu] is %.9g, expected %.9g", bf_json_text(bf_json_get(object, "name")), key,
               i, (double)values[i], numbers[i]);
}

/* The zoo's net without its Dropout layers. */
static bf_model model_of(const char *name)
{
  char zoo_name[16];
  snprintf(zoo_name, sizeof zoo_name, "%.*s", (int)strcspn(name, " "), name);
  bf_model zoo = zoo_model(zoo_name), model;
  bf_layer_line lines[BF_MAX_LAYERS] = {{0}};
  size_t n = 0;
  for (size_t i = 0; i < zoo.n_layers; i++)
    if (zoo.layers[i].kind != BF_LAYER_DROPOUT)
      lines[n++] = (bf_layer_line){.kind = zoo.layers[i].kind, .out = zoo.layers[i].n_out};
  assert_ok(bf_model_from_layers(n, lines, 16, 5, &model));
  return model;
}

static bf_tiles read_rows(const bf_json *expected)
{
  static float features[N_ROWS * 16];
  static uint8_t labels[N_ROWS];
  double numbers[N_ROWS];
  read_floats(expected, "rows", (size_t)N_ROWS * 16, features);
  assert_ok(bf_json_doubles(expected, "labels", N_ROWS, numbers));
  for (size_t r = 0; r < N_ROWS; r++)
    labels[r] = (uint8_t)numbers[r];
  return tiled(N_ROWS, 16, features, labels);
}

static void follow_net(const bf_json *expected, const bf_kernels *kernels)
{
  bf_model model = model_of(bf_json_text(bf_json_get(expected, "name")));
  bf_tiles rows = read_rows(expected);
  bf_training training = bf_training_defaults();
  bf_net *net;
  bf_trainer *trainer;
  bf_forward *forward;
  double loss, expected_loss;
  assert_ok(bf_net_create(&model, &net));
  size_t n_statistics = net->n_values - net->n_trained;
  read_floats(expected, "trained", net->n_trained, net->values);
  read_floats(expected, "statistics", n_statistics, net->values + net->n_trained);
  assert_ok(bf_trainer_create(net, &training, kernels, 1, &trainer));
  assert_ok(bf_trainer_batch(trainer, rows, &loss));
  assert_ok(bf_json_double(bf_json_get(expected, "loss"), &expected_loss));
  assert_true(fabs(loss - expected_loss) < 1e-6);
  check(expected, "gradient", net->n_trained, bf_trainer_gradient(trainer), 2e-6);
  check(expected, "statistics_after", n_statistics, net->values + net->n_trained, 1e-6);
  assert_ok(bf_forward_create(net, kernels, N_ROWS, false, &forward));
  float outputs[N_ROWS * 5];
  forward_rows(forward, rows, 5, outputs);
  check(expected, "outputs_after", (size_t)N_ROWS * 5, outputs, 1e-5);
  bf_forward_free(forward);
  bf_trainer_free(trainer);
  bf_net_free(net);
}

static void follow_nets(const char *backend)
{
  bf_json *document = read_json(BF_GOLDEN "/nets.json");
  const bf_json *nets = bf_json_get(document, "nets");
  assert_int_equal(bf_json_size(nets), 2);
  for (size_t i = 0; i < bf_json_size(nets); i++)
    follow_net(bf_json_at(nets, i), kernels_called(backend));
  bf_json_free(document);
}

static void batch_on_reference_is_as_in_pytorch(void **state)
{
  (void)state;
  follow_nets("reference");
}

static void batch_on_blis_is_as_in_pytorch(void **state)
{
  (void)state;
  follow_nets("blis");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(batch_on_reference_is_as_in_pytorch),
      cmocka_unit_test(batch_on_blis_is_as_in_pytorch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
