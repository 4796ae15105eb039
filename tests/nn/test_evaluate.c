/* Evaluation: counts, loss, dead outputs, independence of order, wrong rows.
 * Room: tests. */
#include "nets.h"

#include "base/memory.h"
#include "nn/evaluate.h"
#include "nn/train.h"

enum { MANY = 1300 };

/* A net of one Linear that passes its three inputs on. */
static bf_net *identity_net(size_t n_classes)
{
  const bf_layer_line lines[] = {{.kind = BF_LAYER_LINEAR, .no_bias = true}};
  bf_model model;
  bf_net *net;
  assert_ok(bf_model_from_layers(1, lines, n_classes, n_classes, &model));
  assert_ok(bf_net_create(&model, &net));
  for (size_t c = 0; c < n_classes; c++)
    net->layers[0].weight[c * n_classes + c] = 1.0F;
  return net;
}

static void rows_are_counted_by_label_and_prediction(void **state)
{
  (void)state;
  static const float features[] = {3, 1, 0, 0, 2, 0, 5, 5, 0, 0, 0, 0, 1, 4, 0};
  static const uint8_t labels[] = {0, 0, 1, 2, 1};
  bf_net *net = identity_net(3);
  bf_score score;
  assert_ok(bf_evaluate(net, kernels_called("reference"), tiled(5, 3, features, labels), &score));
  assert_int_equal(score.n_rows, 5);
  assert_int_equal(score.n_classes, 3);
  assert_int_equal(score.n_correct, 2);
  /* Ties go to the first maximum: rows 2 and 3 are predicted as class 0. */
  const size_t n_label[] = {2, 2, 1}, n_predicted[] = {3, 2, 0}, n_hit[] = {1, 1, 0};
  assert_memory_equal(score.n_label, n_label, sizeof n_label);
  assert_memory_equal(score.n_predicted, n_predicted, sizeof n_predicted);
  assert_memory_equal(score.n_hit, n_hit, sizeof n_hit);
  assert_int_equal(score.n_label[3], 0);
  assert_int_equal(score.n_dead, 1);
  double loss = log(exp(3) + exp(1) + 1) - 3 + log(exp(2) + 2) + log(2 * exp(5) + 1) - 5 + log(3) +
                log(exp(1) + exp(4) + 1) - 4;
  assert_true(fabs(score.loss - loss / 5.0) < 1e-12);
  bf_net_free(net);
}

static void output_is_dead_only_if_it_is_zero_for_every_row(void **state)
{
  (void)state;
  static const float features[] = {0, 0, -0.01F, 0, 0.001F, 0};
  static const uint8_t labels[] = {0, 1};
  bf_net *net = identity_net(3);
  bf_score score;
  assert_ok(bf_evaluate(net, kernels_called("reference"), tiled(2, 3, features, labels), &score));
  assert_int_equal(score.n_dead, 1);
  bf_net_free(net);
}

/* Rows beyond one chunk. */
static void draw_many(float *features, uint8_t *labels)
{
  bf_random random = bf_random_stream(8, BF_PURPOSE_SYNTH, 0);
  for (size_t i = 0; i < (size_t)MANY * 16; i++)
    features[i] = (float)bf_random_normal(&random);
  for (size_t r = 0; r < MANY; r++)
    labels[r] = (uint8_t)bf_random_below(&random, 5);
}

static void score_is_the_same_for_rows_in_another_order(void **state)
{
  (void)state;
  static float features[MANY * 16], turned[MANY * 16];
  static uint8_t labels[MANY], turned_labels[MANY];
  draw_many(features, labels);
  for (size_t r = 0; r < MANY; r++) {
    memcpy(turned + r * 16, features + (MANY - 1 - r) * 16, 16 * sizeof(float));
    turned_labels[r] = labels[MANY - 1 - r];
  }
  bf_model model = zoo_model("jsc-lab4");
  quantise_model(&model);
  bf_net *net = initialised_net(&model, 6);
  bf_score score, other;
  const bf_kernels *kernels = kernels_called("blis");
  assert_ok(bf_evaluate(net, kernels, tiled(MANY, 16, features, labels), &score));
  assert_ok(bf_evaluate(net, kernels, tiled(MANY, 16, turned, turned_labels), &other));
  assert_int_equal(score.n_rows, MANY);
  assert_memory_equal(score.n_predicted, other.n_predicted, sizeof score.n_predicted);
  assert_memory_equal(score.n_hit, other.n_hit, sizeof score.n_hit);
  assert_true(fabs(score.loss - other.loss) < 1e-9);
  assert_int_equal(score.n_correct, score.n_hit[0] + score.n_hit[1] + score.n_hit[2] +
                                        score.n_hit[3] + score.n_hit[4]);
  bf_net_free(net);
}

static void forward_of_permuted_rows_is_permuted(void **state)
{
  (void)state;
  enum { N = 100 };
  static float features[MANY * 16], turned[N * 16], outputs[N * 5], other[N * 5];
  static uint8_t labels[MANY];
  draw_many(features, labels);
  for (size_t r = 0; r < N; r++)
    memcpy(turned + r * 16, features + (N - 1 - r) * 16, 16 * sizeof(float));
  bf_model model = zoo_model("jsc-trt");
  bf_net *net = initialised_net(&model, 6);
  bf_forward *forward;
  assert_ok(bf_forward_create(net, kernels_called("reference"), N, false, &forward));
  forward_rows(forward, tiled(N, 16, features, NULL), 5, outputs);
  forward_rows(forward, tiled(N, 16, turned, NULL), 5, other);
  for (size_t r = 0; r < N; r++)
    assert_memory_equal(outputs + r * 5, other + (N - 1 - r) * 5, 5 * sizeof(float));
  bf_forward_free(forward);
  bf_net_free(net);
}

static void outputs_beyond_the_classes_are_counted(void **state)
{
  (void)state;
  bf_model model = zoo_model("jsc-tiny");
  const size_t multipliers[] = {1, 1, 2, 1}, too_many[] = {1, 1, 52, 1};
  assert_ok(bf_model_widen(&model, multipliers));
  bf_net *net = initialised_net(&model, 1);
  static float features[MANY * 16];
  static uint8_t labels[MANY];
  draw_many(features, labels);
  bf_tiles rows = tiled(MANY, 16, features, labels);
  bf_score score;
  assert_ok(bf_evaluate(net, kernels_called("blis"), rows, &score));
  assert_int_equal(score.n_classes, 10);
  bf_net_free(net);
  model = zoo_model("jsc-tiny");
  assert_ok(bf_model_widen(&model, too_many));
  net = initialised_net(&model, 1);
  assert_fails(bf_evaluate(net, kernels_called("blis"), rows, &score), BF_ERR_TRIAL,
               "260 outputs, at most 256");
  bf_net_free(net);
}

/* What the batches say, added up. */
typedef struct heard {
  size_t n;
  size_t n_rows;
  size_t n_correct;
  double loss; /* sum over the rows */
  double last; /* mean of the last batch */
} heard;

static void hear(void *to, const bf_score *batch)
{
  heard *h = to;
  h->n++;
  h->n_rows += batch->n_rows;
  h->n_correct += batch->n_correct;
  h->loss += batch->loss * (double)batch->n_rows;
  h->last = batch->loss;
}

static void batches_in_evaluation_mode_add_up_to_the_whole(void **state)
{
  (void)state;
  static float features[MANY * 16];
  static uint8_t labels[MANY];
  draw_many(features, labels);
  bf_tiles rows = tiled(MANY, 16, features, labels);
  bf_model model = zoo_model("jsc-s");
  quantise_model(&model);
  bf_net *net = initialised_net(&model, 6);
  bf_score whole, score;
  assert_ok(bf_evaluate(net, kernels_called("auto"), rows, &whole));
  static const size_t sizes[] = {1, 8, 100, 257, 700, 2000};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    heard h = {0};
    const bf_batching how = {.size = sizes[i], .take = hear, .to = &h};
    assert_ok(bf_evaluate_in_batches(net, kernels_called("auto"), rows, &how, &score));
    assert_int_equal(h.n, (MANY + sizes[i] - 1) / sizes[i]);
    assert_int_equal(h.n_rows, MANY);
    assert_int_equal(h.n_correct, whole.n_correct);
    assert_true(fabs(h.loss / MANY - whole.loss) < 1e-12);
    assert_true(fabs(score.loss - whole.loss) < 1e-12);
    score.loss = whole.loss;
    assert_memory_equal(&score, &whole, sizeof score);
  }
  bf_net_free(net);
}

/* Mean and biased variance of rows, in the place of running ones. */
static void set_statistics(bf_net *net, size_t n, const float *rows)
{
  for (size_t c = 0; c < 16; c++) {
    double mean = 0, variance = 0;
    for (size_t r = 0; r < n; r++)
      mean += (double)rows[r * 16 + c] / (double)n;
    for (size_t r = 0; r < n; r++)
      variance += pow((double)rows[r * 16 + c] - mean, 2) / (double)n;
    net->layers[0].mean[c] = (float)mean;
    net->layers[0].variance[c] = (float)variance;
  }
}

static void batches_in_training_mode_have_their_own_statistics(void **state)
{
  (void)state;
  enum { SIZE = 24, N_BATCHES = 3 };
  static float features[MANY * 16], before[MANY];
  static uint8_t labels[MANY];
  draw_many(features, labels);
  bf_model model = zoo_model("jsc-lab4");
  quantise_model(&model);
  bf_net *net = initialised_net(&model, 6);
  memcpy(before, net->values, net->n_values * sizeof *before);
  const bf_kernels *kernels = kernels_called("auto");
  heard h = {0};
  bf_score score, batch;
  const bf_batching how = {.size = SIZE, .is_training = true, .take = hear, .to = &h};
  bf_tiles rows = tiled(N_BATCHES * SIZE + 1, 16, features, labels);
  assert_ok(bf_evaluate_in_batches(net, kernels, rows, &how, &score));
  assert_memory_equal(net->values, before, net->n_values * sizeof *before);
  size_t n_correct = 0;
  for (size_t b = 0; b < N_BATCHES; b++) {
    const float *x = features + b * SIZE * 16;
    set_statistics(net, SIZE, x);
    assert_ok(bf_evaluate(net, kernels, tiled(SIZE, 16, x, labels + b * SIZE), &batch));
    n_correct += batch.n_correct;
  }
  assert_true(fabs(batch.loss - h.last) < 1e-5);
  /* One row has no variance: it is left out. */
  assert_int_equal(h.n, N_BATCHES);
  assert_int_equal(score.n_rows, N_BATCHES * SIZE);
  assert_int_equal(score.n_correct, n_correct);
  assert_int_equal(h.n_correct, n_correct);
  bf_net_free(net);
}

/* The loss is that of a training step, BatchNorms behind Linears, drawn weights and long batches
 * included. */
static void batch_in_training_mode_loses_what_a_training_step_does(void **state)
{
  (void)state;
  enum { SIZE = 700, SEED = 5 };
  static float features[MANY * 16];
  static uint8_t labels[MANY];
  draw_many(features, labels);
  bf_model model = zoo_model("jsc-toy");
  const bf_setting drawn = {.key = "stochastic", .value = 1, .kind = BF_VALUE_FLAG};
  assert_ok(bf_quantizer_init(&model.layers[2].weight, "binary", 1, &drawn, false));
  bf_net *net = initialised_net(&model, 6);
  bf_tiles rows = tiled(SIZE, 16, features, labels);
  bf_training training = bf_training_defaults();
  training.batch_size = SIZE;
  training.seed = SEED;
  bf_trainer *trainer;
  double loss;
  heard h = {0};
  bf_score score;
  const bf_batching how = {.size = SIZE, .is_training = true, .seed = SEED, .take = hear, .to = &h};
  assert_ok(bf_evaluate_in_batches(net, kernels_called("auto"), rows, &how, &score));
  assert_ok(bf_trainer_create(net, &training, kernels_called("auto"), 1, &trainer));
  assert_ok(bf_trainer_batch(trainer, rows, &loss));
  assert_int_equal(h.n, 1);
  assert_true(fabs(h.last - loss) < 1e-6);
  bf_trainer_free(trainer);
  bf_net_free(net);
}

static void output_not_finite_fails_the_trial_with_its_row(void **state)
{
  (void)state;
  static float features[MANY * 3];
  static uint8_t labels[MANY];
  bf_net *net = identity_net(3);
  bf_score score = {.n_rows = 7};
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  for (size_t i = 0; i < 3; i++) {
    features[1017 * 3 + i] = bad[i];
    assert_fails(
        bf_evaluate(net, kernels_called("reference"), tiled(MANY, 3, features, labels), &score),
        BF_ERR_TRIAL, "output is not finite for row 1017");
    features[1017 * 3 + i] = 0.0F;
  }
  assert_int_equal(score.n_rows, 7);
  bf_net_free(net);
}

static void rows_that_do_not_fit_are_refused(void **state)
{
  (void)state;
  static const float features[9];
  static const uint8_t labels[] = {0, 3, 1};
  bf_net *net = identity_net(3);
  bf_score score = {.n_rows = 7};
  const bf_kernels *kernels = kernels_called("reference");
  assert_fails(bf_evaluate(net, kernels, tiled(0, 3, features, labels), &score), BF_ERR_DATA,
               "there are no rows");
  assert_fails(bf_evaluate(net, kernels, tiled(3, 2, features, labels), &score), BF_ERR_DATA,
               "the rows have 2 features");
  assert_fails(bf_evaluate(net, kernels, tiled(3, 3, features, labels), &score), BF_ERR_DATA,
               "a row has label 3");
  assert_int_equal(score.n_rows, 7);
  bf_net_free(net);
}

static void evaluation_survives_lack_of_memory(void **state)
{
  (void)state;
  static const float features[9];
  static const uint8_t labels[] = {0, 2, 1};
  bf_net *net = identity_net(3);
  const bf_kernels *kernels = kernels_called("reference");
  bf_score score = {.n_rows = 7};
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status == BF_ERR_NOMEM; n++) {
    assert_int_equal(score.n_rows, 7);
    bf_alloc_fail_after(n);
    status = bf_evaluate(net, kernels, tiled(3, 3, features, labels), &score);
  }
  bf_alloc_fail_after(-1);
  assert_true(n == 6 && status == BF_OK);
  assert_int_equal(score.n_rows, 3);
  bf_forward_free(NULL);
  bf_net_free(net);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_are_counted_by_label_and_prediction),
      cmocka_unit_test(output_is_dead_only_if_it_is_zero_for_every_row),
      cmocka_unit_test(score_is_the_same_for_rows_in_another_order),
      cmocka_unit_test(forward_of_permuted_rows_is_permuted),
      cmocka_unit_test(outputs_beyond_the_classes_are_counted),
      cmocka_unit_test(batches_in_evaluation_mode_add_up_to_the_whole),
      cmocka_unit_test(batches_in_training_mode_have_their_own_statistics),
      cmocka_unit_test(batch_in_training_mode_loses_what_a_training_step_does),
      cmocka_unit_test(output_not_finite_fails_the_trial_with_its_row),
      cmocka_unit_test(rows_that_do_not_fit_are_refused),
      cmocka_unit_test(evaluation_survives_lack_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
