/* Training against an independent float64 autograd run on real rows, in float and QAT, on every
 * back end. Room: tests. */
#include "real_rows.h"

#include "nn/evaluate.h"
#include "nn/train.h"

enum { BATCH = 64, BATCHES = 7, STEPS = 50 };

static const double gradient_tolerance = 1e-6;
static const double parameter_tolerance = 2e-5;
static const double loss_tolerance = 1e-6;

static const char *const oracle_path = BF_SHARED "/data/train_oracle_dev.json";

/* Where the oracle's arrays are in a net: BN-ReLU-[Linear-ReLU] x 3. */
typedef struct place {
  const char *name;
  float *values;
  size_t n;
} place;

enum { N_TRAINED = 8, N_PLACES = 10 };

static void find_places(const bf_net *net, place *places)
{
  const bf_layer_values *layers = net->layers;
  const place found[N_PLACES] = {
      {"bn.weight", layers[0].weight, 16},     {"bn.bias", layers[0].bias, 16},
      {"fc1.weight", layers[2].weight, 256},   {"fc1.bias", layers[2].bias, 16},
      {"fc2.weight", layers[4].weight, 256},   {"fc2.bias", layers[4].bias, 16},
      {"fc3.weight", layers[6].weight, 80},    {"fc3.bias", layers[6].bias, 5},
      {"bn.running_mean", layers[0].mean, 16}, {"bn.running_var", layers[0].variance, 16},
  };
  memcpy(places, found, sizeof found);
}

static void read_array(const bf_json *object, const place *at, double *values)
{
  /* Weights come flat or as rows; both print the same numbers in the same order. */
  assert_ok(bf_json_doubles(object, at->name, at->n, values));
}

static void check_array(const place *at, const float *values, const bf_json *expected,
                        double tolerance, const char *what)
{
  double numbers[256];
  read_array(expected, at, numbers);
  for (size_t i = 0; i < at->n; i++)
    if (!(fabs((double)values[i] - numbers[i]) <= tolerance))
      fail_msg("%s: %s[%zu] is %.9g, expected %.9g", what, at->name, i, (double)values[i],
               numbers[i]);
}

static bf_quantizer format_of(const bf_json *quant, const char *key)
{
  double numbers[2];
  assert_ok(bf_json_doubles(quant, key, 2, numbers));
  return fixed_point((int64_t)numbers[0], (int64_t)numbers[1], false);
}

static bf_net *make_net(const bf_json *oracle, const bf_json *run)
{
  bf_model model;
  bf_net *net;
  const bf_json *quant = bf_json_get(run, "quant");
  assert_ok(bf_model_zoo("jsc-lab4", REAL_FEATURES, REAL_CLASSES, &model));
  for (size_t i = 0; bf_json_size(quant) > 0 && i < model.n_layers; i++) {
    if (model.layers[i].kind != BF_LAYER_LINEAR)
      continue;
    model.layers[i].data_in = format_of(quant, "data_in");
    model.layers[i].weight = format_of(quant, "weight");
    model.layers[i].bias = format_of(quant, "bias");
  }
  assert_ok(bf_net_create(&model, &net));
  place places[N_PLACES];
  find_places(net, places);
  for (size_t p = 0; p < N_TRAINED; p++) {
    double numbers[256];
    read_array(bf_json_get(oracle, "initial"), &places[p], numbers);
    for (size_t i = 0; i < places[p].n; i++)
      places[p].values[i] = (float)numbers[i];
  }
  return net;
}

static void check_snapshot(const bf_net *net, const bf_kernels *kernels, const real_rows *rows,
                           const bf_json *snapshot, const char *what)
{
  place places[N_PLACES];
  find_places(net, places);
  for (size_t p = 0; p < N_PLACES; p++)
    check_array(&places[p], places[p].values, bf_json_get(snapshot, "params"), parameter_tolerance,
                what);
  double loss, n_correct;
  bf_score score;
  assert_ok(bf_json_double(bf_json_get(snapshot, "eval_loss"), &loss));
  assert_ok(bf_json_double(bf_json_get(snapshot, "eval_n_correct"), &n_correct));
  assert_ok(bf_evaluate(net, kernels, view_real_rows(rows, 0, (size_t)BATCH * BATCHES), &score));
  assert_true(fabs(score.loss - loss) < loss_tolerance);
  assert_int_equal(score.n_correct, (size_t)n_correct);
}

static void check_gradient(const bf_net *net, const bf_trainer *trainer, const bf_json *run,
                           const char *what)
{
  place places[N_PLACES];
  find_places(net, places);
  for (size_t p = 0; p < N_TRAINED; p++)
    check_array(&places[p], bf_trainer_gradient(trainer) + (places[p].values - net->values),
                bf_json_get(run, "grad0"), gradient_tolerance, what);
}

/* The snapshots count steps done; the losses are those before each step. */
static void follow_run(const bf_json *oracle, const bf_json *run, const bf_kernels *kernels,
                       const real_rows *rows)
{
  char what[128];
  snprintf(what, sizeof what, "%s on %s", bf_json_text(bf_json_get(run, "name")),
           bf_kernels_name(kernels));
  bf_training training = bf_training_defaults();
  training.batch_size = BATCH;
  bf_net *net = make_net(oracle, run);
  bf_trainer *trainer;
  double losses[STEPS];
  assert_ok(bf_json_doubles(run, "losses", STEPS, losses));
  assert_ok(bf_trainer_create(net, &training, kernels, STEPS, &trainer));
  size_t n_snapshots = 0;
  for (size_t k = 0; k < STEPS; k++) {
    double loss, step;
    assert_ok(bf_trainer_batch(trainer, view_real_rows(rows, BATCH * (k % BATCHES), BATCH), &loss));
    assert_true(fabs(loss - losses[k]) < loss_tolerance);
    if (k == 0)
      check_gradient(net, trainer, run, what);
    bf_trainer_step(trainer);
    const bf_json *snapshot = bf_json_at(bf_json_get(run, "snapshots"), n_snapshots);
    assert_ok(bf_json_double(bf_json_get(snapshot, "step"), &step));
    if ((double)(k + 1) != step)
      continue;
    check_snapshot(net, kernels, rows, snapshot, what);
    n_snapshots++;
  }
  assert_int_equal(n_snapshots, bf_json_size(bf_json_get(run, "snapshots")));
  bf_trainer_free(trainer);
  bf_net_free(net);
}

static void follow_runs(const char *backend)
{
  static real_rows rows;
  if (!bf_file_exists(oracle_path) || !read_real_rows(&rows))
    skip();
  assert_int_equal(rows.n, 501);
  bf_json *oracle = read_json(oracle_path);
  const bf_json *runs = bf_json_get(oracle, "runs");
  assert_int_equal(bf_json_size(runs), 2);
  for (size_t i = 0; i < bf_json_size(runs); i++)
    follow_run(oracle, bf_json_at(runs, i), kernels_called(backend), &rows);
  bf_json_free(oracle);
}

static void training_on_reference_follows_the_oracle(void **state)
{
  (void)state;
  follow_runs("reference");
}

static void training_on_blis_follows_the_oracle(void **state)
{
  (void)state;
  follow_runs("blis");
}

static void training_on_tiles_follows_the_oracle(void **state)
{
  (void)state;
  follow_runs("auto");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(training_on_reference_follows_the_oracle),
      cmocka_unit_test(training_on_blis_follows_the_oracle),
      cmocka_unit_test(training_on_tiles_follows_the_oracle),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
