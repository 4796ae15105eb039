/* Whole training runs: options, learning, repetition, divergence.
 * Room: tests. */
#include "nets.h"

#include "base/memory.h"
#include "nn/evaluate.h"
#include "nn/kernels_table.h"
#include "nn/train.h"

static toy_rows toy;

static int draw_rows(void **state)
{
  (void)state;
  draw_toy_rows(&toy);
  return 0;
}

static bf_training quick_training(void)
{
  bf_training training = bf_training_defaults();
  training.learning_rate = 1e-2;
  training.batch_size = 50;
  training.n_epochs = 10;
  training.seed = 5;
  return training;
}

static void defaults_are_right(void **state)
{
  (void)state;
  bf_training training = bf_training_defaults();
  assert_ok(bf_training_check(&training));
  assert_string_equal(training.optimizer, "adam");
  assert_string_equal(training.scheduler, "constant");
  assert_true(training.learning_rate == 1e-3 && training.weight_decay == 0.0);
  assert_int_equal(training.batch_size, 128);
  assert_int_equal(training.n_epochs, 1);
}

static void options_wrong_are_refused(void **state)
{
  (void)state;
  static const struct {
    bf_training training;
    const char *words;
  } cases[] = {
      {{"adam", "constant", 1e-3, 0, 0, 1, 0, 8, 1, 0, 0.9, false}, "optimizer 'adam' has none"},
      {{"sgd", "constant", 1e-3, 0, 0, 1, 0, 8, 1, 0, 1.0, false}, "momentum is 1"},
      {{"sgd", "constant", 1e-3, 0, 0, 1, 0, 8, 1, 0, 0.0, true}, "give a momentum"},
      {{"adagrad", "constant", 1e-3, 0, 0, 1, 0, 8, 1, 0, 0, false}, "unknown optimizer 'adagrad'"},
      {{"adam", "step", 1e-3, 0, 0, 1, 0, 8, 1, 0, 0, false}, "unknown lr_scheduler 'step'"},
      {{"adam", "constant", 0.0, 0, 0, 1, 0, 8, 1, 0, 0, false}, "learning_rate is 0"},
      {{"adam", "constant", (double)NAN, 0, 0, 1, 0, 8, 1, 0, 0, false}, "learning_rate is"},
      {{"adam", "constant", 1e-3, -1.0, 0, 1, 0, 8, 1, 0, 0, false}, "weight_decay is -1"},
      {{"adam", "constant", 1e-3, 0, 0, 0, 0, 8, 1, 0, 0, false}, "max_epochs is 0"},
      {{"adam", "constant", 1e-3, 0, 0, 1, 0, 1, 1, 0, 0, false}, "batch_size is 1"},
      {{"adam", "constant", 1e-3, 0, 0, 1, 0, SIZE_MAX, 1, 0, 0, false}, "batch_size is"},
      {{"adam", "constant", 1e-3, 0, 0, 1, 0, 8, 0, 0, 0, false},
       "gradient_accumulation_steps is 0"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    assert_fails(bf_training_check(&cases[i].training), BF_ERR_USAGE, cases[i].words);
}

static void steps_are_counted_without_a_last_single_row(void **state)
{
  (void)state;
  static const struct {
    size_t n_rows, batch, accumulate, n_epochs, max_steps, n_steps;
  } cases[] = {{100, 10, 1, 1, 0, 10}, {101, 10, 1, 1, 0, 10},      {102, 10, 1, 1, 0, 11},
               {102, 10, 1, 3, 0, 33}, {102, 10, 4, 3, 0, 9},       {102, 10, 4, 3, 7, 7},
               {5, 10, 1, 2, 0, 2},    {789444, 512, 1, 5, 0, 7710}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    bf_training training = bf_training_defaults();
    training.batch_size = cases[i].batch;
    training.accumulate = cases[i].accumulate;
    training.n_epochs = cases[i].n_epochs;
    training.max_steps = cases[i].max_steps;
    assert_int_equal(bf_training_n_steps(&training, cases[i].n_rows), cases[i].n_steps);
  }
}

/* Accuracy on the training rows after quick training. */
static double accuracy_after(bool is_quantised, const char *optimizer, double rate)
{
  bf_model model = zoo_model("jsc-toy");
  if (is_quantised)
    quantise_model(&model);
  bf_net *net = initialised_net(&model, 4);
  bf_training training = quick_training();
  training.optimizer = optimizer;
  training.scheduler = "cosine";
  training.learning_rate = rate;
  double loss;
  bf_score score;
  assert_ok(
      bf_train(net, &training, kernels_called("blis"), view_toy_rows(&toy, 0, TOY_ROWS), &loss));
  assert_ok(bf_evaluate(net, kernels_called("blis"), view_toy_rows(&toy, 0, TOY_ROWS), &score));
  bf_net_free(net);
  return (double)score.n_correct / TOY_ROWS;
}

static void training_learns_what_is_there(void **state)
{
  (void)state;
  assert_true(accuracy_after(false, "adam", 1e-2) > 0.85);
  assert_true(accuracy_after(false, "adamw", 1e-2) > 0.85);
  assert_true(accuracy_after(false, "sgd", 0.5) > 0.85);
  assert_true(accuracy_after(true, "adam", 1e-2) > 0.85);
}

static bf_net *trained_net(const bf_training *training, const char *backend)
{
  bf_model model = zoo_model("jsc-trt");
  bf_net *net = initialised_net(&model, 4);
  assert_ok(
      bf_train(net, training, kernels_called(backend), view_toy_rows(&toy, 0, TOY_ROWS), NULL));
  return net;
}

static void training_with_the_same_seed_gives_the_same_bits(void **state)
{
  (void)state;
  static const char *const backends[] = {"reference", "blis", "auto"};
  for (size_t i = 0; i < 3; i++) {
    bf_training training = quick_training();
    bf_net *one = trained_net(&training, backends[i]), *two = trained_net(&training, backends[i]);
    assert_memory_equal(one->values, two->values, one->n_values * sizeof(float));
    training.seed++;
    bf_net *other = trained_net(&training, backends[i]);
    assert_memory_not_equal(one->values, other->values, one->n_values * sizeof(float));
    bf_net_free(one);
    bf_net_free(two);
    bf_net_free(other);
  }
}

/* The toy rows in the order of an epoch: whole tiles change places, and a last one that is not full
 * stays the last. */
static void shuffle_rows(uint64_t seed, size_t epoch, size_t n, toy_rows *shuffled)
{
  uint32_t order[TOY_ROWS / BF_TILE];
  bf_random random = bf_random_stream(seed, BF_PURPOSE_SHUFFLE, epoch);
  bf_random_permutation(&random, n / BF_TILE, order);
  for (size_t i = 0; i < n; i++) {
    bool is_in_full_tile = i / BF_TILE < n / BF_TILE;
    size_t row = is_in_full_tile ? order[i / BF_TILE] * (size_t)BF_TILE + i % BF_TILE : i;
    memcpy(shuffled->features + i * TOY_FEATURES, toy.features + row * TOY_FEATURES,
           TOY_FEATURES * sizeof(float));
    shuffled->labels[i] = toy.labels[row];
  }
}

/* An epoch by hand; returns the mean loss of its rows. */
static double train_epoch(bf_trainer *trainer, const bf_training *training, size_t epoch, size_t n)
{
  static toy_rows shuffled;
  double loss, sum = 0.0;
  size_t size = training->batch_size;
  shuffle_rows(training->seed, epoch, n, &shuffled);
  for (size_t first = 0; first < n; first += size) {
    size_t n_batch = n - first < size ? n - first : size;
    assert_ok(bf_trainer_batch(trainer, view_toy_rows(&shuffled, first, n_batch), &loss));
    bf_trainer_step(trainer);
    sum += loss * (double)n_batch;
  }
  return sum / (double)n;
}

static void epochs_shuffle_full_tiles(void **state)
{
  (void)state;
  static toy_rows one, other;
  shuffle_rows(5, 0, 90, &one);
  shuffle_rows(5, 1, 90, &other);
  assert_memory_not_equal(one.features, toy.features, 80 * TOY_FEATURES * sizeof(float));
  assert_memory_not_equal(one.features, other.features, 80 * TOY_FEATURES * sizeof(float));
  assert_memory_equal(one.features + 80 * TOY_FEATURES, toy.features + 80 * TOY_FEATURES,
                      10 * TOY_FEATURES * sizeof(float));
}

/* bf_train is what its parts do: tiles shuffled by epoch, batches in order, the remainder kept. In
 * a run, batches begin and end inside tiles; here each begins a tile. The reference's sums over
 * rows do not see the difference. */
static void check_parts(size_t n_rows, size_t n_steps)
{
  bf_model model = zoo_model("jsc-lab4");
  bf_net *whole = initialised_net(&model, 4), *parts = initialised_net(&model, 4);
  const bf_kernels *kernels = kernels_called("reference");
  bf_training training = quick_training();
  training.batch_size = 10;
  training.n_epochs = 2;
  training.scheduler = "linear";
  training.n_warmup_steps = 2;
  double last_loss;
  assert_ok(bf_train(whole, &training, kernels, view_toy_rows(&toy, 0, n_rows), &last_loss));
  bf_trainer *trainer;
  assert_ok(bf_trainer_create(parts, &training, kernels, n_steps, &trainer));
  train_epoch(trainer, &training, 0, n_rows);
  double expected = train_epoch(trainer, &training, 1, n_rows);
  assert_memory_equal(whole->values, parts->values, whole->n_values * sizeof(float));
  assert_true(fabs(last_loss - expected) < 1e-12);
  bf_trainer_free(trainer);
  bf_net_free(whole);
  bf_net_free(parts);
}

static void run_is_made_of_its_parts(void **state)
{
  (void)state;
  check_parts(90, 18);
  check_parts(87, 18);
  check_parts(96, 20);
  check_parts(16, 4);
  check_parts(13, 4);
}

static void run_that_is_looked_at_between_epochs_learns_the_same(void **state)
{
  (void)state;
  static const char *const backends[] = {"reference", "blis", "auto"};
  bf_training training = quick_training();
  training.n_epochs = 3;
  bf_tiles rows = view_toy_rows(&toy, 0, TOY_ROWS - 1);
  for (size_t i = 0; i < 3; i++) {
    bf_model model = zoo_model("jsc-trt");
    const bf_kernels *kernels = kernels_called(backends[i]);
    bf_net *at_once = initialised_net(&model, 4), *looked_at = initialised_net(&model, 4);
    bf_training_run *run = NULL;
    bf_epoch epoch = {0};
    bf_score score;
    double last_loss;
    assert_ok(bf_train(at_once, &training, kernels, rows, &last_loss));
    assert_ok(bf_training_run_create(looked_at, &training, kernels, rows, &run));
    for (size_t number = 1; !bf_training_run_is_over(run); number++) {
      assert_ok(bf_training_run_epoch(run, &epoch));
      assert_int_equal(epoch.number, number);
      assert_ok(bf_evaluate(looked_at, kernels, rows, &score));
    }
    assert_int_equal(epoch.number, 3);
    assert_int_equal(epoch.n_steps, bf_training_n_steps(&training, rows.n));
    assert_true(epoch.loss == last_loss);
    assert_memory_equal(at_once->values, looked_at->values, at_once->n_values * sizeof(float));
    bf_training_run_free(run);
    bf_net_free(at_once);
    bf_net_free(looked_at);
  }
}

/* The most that a number of the nets differs by. */
static double distance(const bf_net *a, const bf_net *b)
{
  double most = 0.0;
  for (size_t i = 0; i < a->n_values; i++) {
    assert_true(isfinite(a->values[i]) && isfinite(b->values[i]));
    most = fmax(most, fabs((double)a->values[i] - (double)b->values[i]));
  }
  return most;
}

/* Formats of coarse steps on all sums: until the loss, nothing is rounded. */
static bf_model exact_model(void)
{
  const bf_layer_line lines[] = {{.kind = BF_LAYER_LINEAR, .out = 20},
                                 {.kind = BF_LAYER_RELU},
                                 {.kind = BF_LAYER_LINEAR, .out = 9},
                                 {.kind = BF_LAYER_RELU},
                                 {.kind = BF_LAYER_LINEAR}};
  bf_model model;
  assert_ok(bf_model_from_layers(sizeof lines / sizeof lines[0], lines, TOY_FEATURES, TOY_CLASSES,
                                 &model));
  quantise_model(&model);
  return model;
}

static bf_net *net_after(const bf_model *model, const bf_training *training,
                         const bf_kernels *kernels)
{
  bf_net *net = initialised_net(model, 4);
  assert_ok(bf_train(net, training, kernels, view_toy_rows(&toy, 0, TOY_ROWS - 1), NULL));
  return net;
}

/* Runs of a few steps. */
static void compare_backends(const bf_model *model, size_t batch_size, size_t accumulate,
                             double tolerance)
{
  const bf_kernels *backends[MOST_BACKENDS];
  size_t n = find_backends(backends);
  bf_training training = quick_training();
  training.optimizer = "sgd"; /* adam makes as much of small gradients as of large ones */
  training.learning_rate = 0.05;
  training.max_steps = 6;
  training.batch_size = batch_size;
  training.accumulate = accumulate;
  bf_net *expected = net_after(model, &training, kernels_called("reference"));
  for (size_t b = 0; b < n; b++) {
    bf_net *net = net_after(model, &training, backends[b]);
    if (!(distance(expected, net) < tolerance))
      fail_msg("%s, %s, batches of %zu: off by %g", bf_kernels_name(backends[b]),
               bf_isa_name(backends[b]->isa), batch_size, distance(expected, net));
    bf_net_free(net);
  }
  bf_net_free(expected);
}

/* Most sizes are no multiple of 16; the last two make several chunks. */
static void backends_end_a_run_at_the_same_net(void **state)
{
  (void)state;
  static const size_t batch_sizes[] = {2, 3, 7, 15, 16, 17, 37, 100, 301, 599};
  bf_model exact = exact_model(), with_norms = zoo_model("jsc-toy");
  for (size_t s = 0; s < sizeof batch_sizes / sizeof batch_sizes[0]; s++) {
    compare_backends(&exact, batch_sizes[s], 1 + s % 3, 1e-6);
    /* A sum that is 0 but for rounding may be on either side of a ReLU; and what two rows differ by
     * may be rounding altogether. */
    if (batch_sizes[s] > 3)
      compare_backends(&with_norms, batch_sizes[s], 1 + s % 3, 2e-3);
  }
}

static void run_counts_steps_across_epochs(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-lab4");
  bf_training by_epochs = quick_training(), by_steps = quick_training();
  by_epochs.batch_size = by_steps.batch_size = 10;
  by_epochs.n_epochs = 2;
  by_steps.n_epochs = 0;
  by_steps.max_steps = 4;
  bf_net *one = initialised_net(&model, 4), *two = initialised_net(&model, 4);
  const bf_kernels *kernels = kernels_called("reference");
  /* 21 rows in tens: two batches an epoch, the single row is dropped. */
  assert_ok(bf_train(one, &by_epochs, kernels, view_toy_rows(&toy, 0, 21), NULL));
  assert_ok(bf_train(two, &by_steps, kernels, view_toy_rows(&toy, 0, 21), NULL));
  assert_memory_equal(one->values, two->values, one->n_values * sizeof(float));
  by_steps.max_steps = 3;
  bf_net *three = initialised_net(&model, 4);
  assert_ok(bf_train(three, &by_steps, kernels, view_toy_rows(&toy, 0, 21), NULL));
  assert_memory_not_equal(one->values, three->values, one->n_values * sizeof(float));
  bf_net_free(one);
  bf_net_free(two);
  bf_net_free(three);
}

/* The reference and all others. */
static size_t find_all_backends(const bf_kernels *backends[MOST_BACKENDS + 1])
{
  size_t n = find_backends(backends);
  backends[n] = kernels_called("reference");
  return n + 1;
}

static void divergence_fails_the_trial_with_its_place(void **state)
{
  (void)state;
  const bf_kernels *backends[MOST_BACKENDS + 1];
  size_t n = find_all_backends(backends);
  bf_model model = zoo_model("jsc-lab4");
  bf_training training = quick_training();
  training.learning_rate = 1e30;
  for (size_t b = 0; b < n; b++) {
    bf_net *net = initialised_net(&model, 4);
    double loss = -1.0;
    assert_fails(bf_train(net, &training, backends[b], view_toy_rows(&toy, 0, TOY_ROWS), &loss),
                 BF_ERR_TRIAL, "loss is nan at epoch 1, step 2");
    assert_true(loss == -1.0);
    bf_net_free(net);
  }
}

/* Formats make a large number of an infinite one, and so the loss does not see it. */
static void weight_not_finite_behind_a_format_fails_the_trial(void **state)
{
  (void)state;
  static const float odd[] = {INFINITY, -INFINITY, NAN};
  const bf_kernels *backends[MOST_BACKENDS + 1];
  size_t n = find_all_backends(backends);
  bf_model model = zoo_model("jsc-lab4");
  quantise_model(&model);
  bf_training training = quick_training();
  for (size_t i = 0; i < n * 3; i++) {
    bf_net *net = initialised_net(&model, 4);
    net->layers[4].weight[3] = odd[i % 3];
    assert_fails(bf_train(net, &training, backends[i / 3], view_toy_rows(&toy, 0, TOY_ROWS), NULL),
                 BF_ERR_TRIAL, "at epoch 1");
    bf_net_free(net);
  }
}

/* No batch comes after the last step, whose loss could tell. */
static void weight_not_finite_after_the_last_step_fails_the_trial(void **state)
{
  (void)state;
  const bf_kernels *backends[MOST_BACKENDS + 1];
  size_t n = find_all_backends(backends);
  bf_model model = zoo_model("jsc-lab4");
  bf_training training = quick_training();
  training.learning_rate = 1e39;
  training.max_steps = 1;
  for (size_t b = 0; b < n; b++) {
    bf_net *net = initialised_net(&model, 4);
    assert_fails(bf_train(net, &training, backends[b], view_toy_rows(&toy, 0, TOY_ROWS), NULL),
                 BF_ERR_TRIAL, "a weight is ");
    bf_net_free(net);
  }
}

static void rows_that_do_not_fit_are_refused(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-lab4");
  bf_net *net = initialised_net(&model, 4);
  bf_training training = quick_training();
  const bf_kernels *kernels = kernels_called("reference");
  bf_tiles narrow = tiled(20, 15, toy.features, toy.labels);
  const uint8_t labels[] = {0, 1, 5};
  bf_tiles foreign = tiled(3, 16, toy.features, labels);
  assert_fails(bf_train(net, &training, kernels, view_toy_rows(&toy, 0, 1), NULL), BF_ERR_DATA,
               "cannot train on 1 rows");
  assert_fails(bf_train(net, &training, kernels, narrow, NULL), BF_ERR_DATA,
               "the rows have 15 features");
  assert_fails(bf_train(net, &training, kernels, foreign, NULL), BF_ERR_DATA, "label 5");
  training.accumulate = 0;
  assert_fails(bf_train(net, &training, kernels, view_toy_rows(&toy, 0, 9), NULL), BF_ERR_USAGE,
               "accumulation");
  bf_net_free(net);
}

static void training_survives_lack_of_memory(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-lab4");
  bf_net *net = initialised_net(&model, 4);
  const bf_kernels *kernels = kernels_called("reference");
  bf_training training = quick_training();
  training.n_epochs = 1;
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status == BF_ERR_NOMEM; n++) {
    bf_alloc_fail_after(n);
    status = bf_train(net, &training, kernels, view_toy_rows(&toy, 0, 30), NULL);
  }
  bf_alloc_fail_after(-1);
  assert_true(n == 11 && status == BF_OK);
  bf_net_free(net);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults_are_right),
      cmocka_unit_test(options_wrong_are_refused),
      cmocka_unit_test(steps_are_counted_without_a_last_single_row),
      cmocka_unit_test(training_learns_what_is_there),
      cmocka_unit_test(training_with_the_same_seed_gives_the_same_bits),
      cmocka_unit_test(epochs_shuffle_full_tiles),
      cmocka_unit_test(run_is_made_of_its_parts),
      cmocka_unit_test(run_that_is_looked_at_between_epochs_learns_the_same),
      cmocka_unit_test(backends_end_a_run_at_the_same_net),
      cmocka_unit_test(run_counts_steps_across_epochs),
      cmocka_unit_test(divergence_fails_the_trial_with_its_place),
      cmocka_unit_test(weight_not_finite_behind_a_format_fails_the_trial),
      cmocka_unit_test(weight_not_finite_after_the_last_step_fails_the_trial),
      cmocka_unit_test(rows_that_do_not_fit_are_refused),
      cmocka_unit_test(training_survives_lack_of_memory),
  };
  return cmocka_run_group_tests(tests, draw_rows, NULL);
}
