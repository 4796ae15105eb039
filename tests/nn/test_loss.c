/* Cross-entropy and counting: values by hand and extremes on every back end, every ISA against the
 * reference. Room: tests. */
#include "kernel_cases.h"

/* The ISAs, then the reference. */
static size_t find_all(subject subjects[BF_N_ISAS + 1])
{
  size_t n = find_subjects(subjects);
  subjects[n] = (subject){"reference", &bf_reference_kernels};
  return n + 1;
}

/* ---- By hand ---- */

/* Row-major outputs of at most 16 rows as a tile. */
static float *tile_of(size_t n, size_t n_outputs, const float *outputs)
{
  float *tile = take(n_outputs * BF_TILE, sizeof *tile);
  memset(tile, 0, n_outputs * BF_TILE * sizeof *tile);
  bf_tiles_put(0, n, n_outputs, outputs, tile);
  return tile;
}

static uint8_t *labels_of(size_t n, const uint8_t *labels)
{
  uint8_t *own = take(BF_TILE, 1);
  memset(own, 0, BF_TILE);
  memcpy(own, labels, n);
  return own;
}

/* Loss of n rows and its gradient (n, n_outputs), which may be NULL. */
static double entropy_of(const bf_tile_kernels *kernels, size_t n, size_t n_outputs,
                         const float *outputs, const uint8_t *labels, float *gradient)
{
  clear_scene();
  const bf_entropy entropy = {.span = {1, 0, n},
                              .n_outputs = n_outputs,
                              .outputs = tile_of(n, n_outputs, outputs),
                              .labels = labels_of(n, labels),
                              .n_rows = (double)n,
                              .gradient = take(n_outputs * BF_TILE, sizeof(float))};
  double loss = kernels->cross_entropy(&entropy);
  if (gradient != NULL)
    bf_tiles_get(0, n, n_outputs, entropy.gradient, gradient);
  return loss;
}

/* A tally with its counters, of n rows. */
static bf_tally tally_of(const bf_tile_kernels *kernels, size_t n, size_t n_outputs,
                         const float *outputs, const uint8_t *labels)
{
  clear_scene();
  bf_tally tally = {.n_outputs = n_outputs, .is_finite = true};
  tally.n_confused = take(n_outputs * n_outputs, sizeof *tally.n_confused);
  memset(tally.n_confused, 0, n_outputs * n_outputs * sizeof *tally.n_confused);
  tally.is_alive = take(n_outputs, 1);
  memset(tally.is_alive, 0, n_outputs);
  const bf_span span = {1, 0, n};
  kernels->tally(&span, tile_of(n, n_outputs, outputs), labels_of(n, labels), &tally);
  return tally;
}

static void loss_of_equal_outputs_is_the_log_of_their_number(void **state)
{
  (void)state;
  subject subjects[BF_N_ISAS + 1];
  size_t n = find_all(subjects);
  for (size_t i = 0; i < n; i++) {
    const float outputs[] = {0, 0, 0, 0, 0, 7, 7, 7, 7, 7};
    const uint8_t labels[] = {1, 4};
    double loss = entropy_of(subjects[i].kernels, 2, 5, outputs, labels, NULL);
    bf_tally tally = tally_of(subjects[i].kernels, 2, 5, outputs, labels);
    assert_true(fabs(loss - 2.0 * log(5.0)) < 1e-6);
    assert_true(fabs(tally.loss - 2.0 * log(5.0)) < 1e-14);
  }
}

static void loss_of_large_outputs_does_not_overflow(void **state)
{
  (void)state;
  subject subjects[BF_N_ISAS + 1];
  size_t n = find_all(subjects);
  for (size_t i = 0; i < n; i++) {
    const bf_tile_kernels *kernels = subjects[i].kernels;
    const float outputs[] = {3e38F, -3e38F, 1e30F, 1e30F};
    const uint8_t labels[] = {0, 1}, wrong[] = {1};
    float gradient[4];
    assert_true(fabs(entropy_of(kernels, 2, 2, outputs, labels, gradient) - log(2.0)) < 1e-6);
    assert_true(fabsf(gradient[0]) < 1e-30F && fabsf(gradient[1]) < 1e-30F);
    assert_true(gradient[2] == 0.25F && gradient[3] == -0.25F);
    assert_true(fabs(tally_of(kernels, 2, 2, outputs, labels).loss - log(2.0)) < 1e-12);
    assert_true(entropy_of(kernels, 1, 2, outputs, wrong, NULL) > 1e38);
    assert_true(tally_of(kernels, 1, 2, outputs, wrong).loss > 1e38);
  }
}

static void loss_of_outputs_not_finite_is_not_finite(void **state)
{
  (void)state;
  static const float outputs[][3] = {{NAN, 0, 1},      {0, NAN, 1},      {0, 1, NAN},
                                     {INFINITY, 0, 1}, {0, INFINITY, 1}, {0, 1, INFINITY},
                                     {-INFINITY, 0, 1}};
  const uint8_t labels[] = {0};
  subject subjects[BF_N_ISAS + 1];
  size_t n = find_all(subjects);
  for (size_t i = 0; i < n; i++)
    for (size_t c = 0; c < sizeof outputs / sizeof outputs[0]; c++) {
      bf_tally tally = tally_of(subjects[i].kernels, 1, 3, outputs[c], labels);
      assert_true(isfinite(entropy_of(subjects[i].kernels, 1, 3, outputs[c], labels, NULL)) == 0);
      assert_true(isfinite(tally.loss) == 0);
      assert_false(tally.is_finite);
    }
}

/* The chance of that output is 0, and so is its gradient; evaluation refuses it nevertheless. */
static void output_of_minus_infinity_is_not_finite_for_the_tally(void **state)
{
  (void)state;
  const float outputs[] = {1, -INFINITY, 1};
  const uint8_t labels[] = {0};
  subject subjects[BF_N_ISAS + 1];
  size_t n = find_all(subjects);
  for (size_t i = 0; i < n; i++) {
    float gradient[3];
    double loss = entropy_of(subjects[i].kernels, 1, 3, outputs, labels, gradient);
    assert_true(fabs(loss - log(2.0)) < 1e-6 && fabsf(gradient[1]) < 1e-30F);
    assert_false(tally_of(subjects[i].kernels, 1, 3, outputs, labels).is_finite);
  }
}

static void gradient_is_softmax_less_one_hot_over_the_rows(void **state)
{
  (void)state;
  subject subjects[BF_N_ISAS + 1];
  size_t n = find_all(subjects);
  for (size_t i = 0; i < n; i++) {
    const float outputs[] = {0.0F, 1.0F, 2.0F, 1.0F, 0.0F, 0.0F};
    const uint8_t labels[] = {2, 1};
    float gradient[6];
    double sum = 1.0 + exp(1.0) + exp(2.0);
    entropy_of(subjects[i].kernels, 2, 3, outputs, labels, gradient);
    assert_true(fabs((double)gradient[0] - 0.5 / sum) < 5e-8);
    assert_true(fabs((double)gradient[1] - 0.5 * exp(1.0) / sum) < 5e-8);
    assert_true(fabs((double)gradient[2] - 0.5 * (exp(2.0) / sum - 1.0)) < 5e-8);
    assert_true(fabsf(gradient[3] + gradient[4] + gradient[5]) < 1e-7F);
  }
}

static void prediction_is_the_first_of_equal_maxima(void **state)
{
  (void)state;
  subject subjects[BF_N_ISAS + 1];
  size_t n = find_all(subjects);
  for (size_t i = 0; i < n; i++) {
    const float outputs[] = {0, 3, 1, 3, 3, 0, 0, 0, 0, 0, -1, -2, -1, -1, 0};
    const uint8_t labels[] = {4, 2, 0};
    bf_tally tally = tally_of(subjects[i].kernels, 3, 5, outputs, labels);
    assert_int_equal(tally.n_confused[4 * 5 + 1], 1);
    assert_int_equal(tally.n_confused[2 * 5 + 0], 1);
    assert_int_equal(tally.n_confused[0 * 5 + 4], 1);
  }
}

static void output_is_alive_if_it_was_not_zero_for_some_row(void **state)
{
  (void)state;
  subject subjects[BF_N_ISAS + 1];
  size_t n = find_all(subjects);
  for (size_t i = 0; i < n; i++) {
    const float outputs[] = {0, 0, -0.0F, 1e-30F, 0, -1, 0, 0};
    const uint8_t labels[] = {0, 0}, alive[] = {0, 1, 0, 1};
    bf_tally tally = tally_of(subjects[i].kernels, 2, 4, outputs, labels);
    assert_memory_equal(tally.is_alive, alive, sizeof alive);
  }
}

/* ---- Against the reference ---- */

typedef struct loss_case {
  number_kind kind;
  bf_span span;
  size_t n_outputs;
  bool has_order, has_gate;
  float scale; /* of the outputs */
} loss_case;

static float *draw_outputs(bf_random *random, const loss_case *c)
{
  size_t n = c->span.n_tiles * c->n_outputs * BF_TILE;
  float *outputs = draw_numbers(random, c->kind, n);
  for (size_t i = 0; i < n; i++)
    outputs[i] *= c->scale;
  return outputs;
}

static uint8_t *draw_labels(bf_random *random, size_t n_tiles, size_t n_outputs)
{
  uint8_t *labels = take(n_tiles * BF_TILE, 1);
  for (size_t i = 0; i < n_tiles * BF_TILE; i++)
    labels[i] = (uint8_t)bf_random_below(random, n_outputs < 256 ? n_outputs : 256);
  return labels;
}

static bool losses_agree(double tolerance, double expected, double got)
{
  bool is_near = fabs(expected - got) <= tolerance * (1.0 + fabs(expected));
  if (is_near || (isfinite(expected) == 0 && isfinite(got) == 0))
    return true;
  snprintf(complaint, sizeof complaint, "the loss is %.17g, expected %.17g", got, expected);
  return false;
}

static bool idle_lanes_are_zero(const bf_entropy *entropy)
{
  for (size_t t = 0; t < entropy->span.n_tiles; t++)
    for (size_t i = 0; i < entropy->n_outputs * BF_TILE; i++)
      if (!is_row(&entropy->span, t, i % BF_TILE) &&
          !is_same(entropy->gradient[t * entropy->n_outputs * BF_TILE + i], 0.0F)) {
        snprintf(complaint, sizeof complaint, "a lane that is no row has a gradient");
        return false;
      }
  return true;
}

static bool entropy_agrees(const bf_tile_kernels *kernels, const loss_case *c)
{
  enum { EXPECTED, ONCE, AGAIN, N_RUNS };
  clear_scene();
  bf_random random = bf_random_stream(c->n_outputs, BF_PURPOSE_SYNTH, c->span.n_rows);
  float *outputs = draw_outputs(&random, c);
  fill_idle_lanes(&c->span, c->n_outputs, NULL, outputs, NAN);
  size_t n = c->span.n_tiles * c->n_outputs * BF_TILE;
  bf_entropy entropy = {.span = c->span,
                        .n_outputs = c->n_outputs,
                        .outputs = outputs,
                        .labels = draw_labels(&random, c->span.n_tiles + 2, c->n_outputs),
                        .order = c->has_order ? draw_order(&random, c->span.n_tiles) : NULL,
                        .n_rows = (double)c->span.n_rows + 3.0,
                        .has_gate = c->has_gate};
  double losses[N_RUNS];
  float *gradients[N_RUNS];
  for (size_t i = 0; i < N_RUNS; i++) {
    entropy.gradient = gradients[i] = take(n, sizeof(float));
    losses[i] = (i == EXPECTED ? &bf_reference_kernels : kernels)->cross_entropy(&entropy);
  }
  /* A row's loss is rounded to float32, its gradient is a share of 1 / rows. */
  return losses_agree(1e-6, losses[EXPECTED], losses[ONCE]) &&
         agree("gradient", REAL, 1e-6 / entropy.n_rows, n, gradients[EXPECTED], gradients[ONCE]) &&
         repeats("gradient", n * sizeof(float), gradients[ONCE], gradients[AGAIN]) &&
         repeats("loss", sizeof losses[0], &losses[ONCE], &losses[AGAIN]) &&
         idle_lanes_are_zero(&entropy) && is_within_bounds();
}

/* Counters that are added to. */
static bf_tally start_tally(size_t n_outputs)
{
  bf_tally tally = {.n_outputs = n_outputs, .is_finite = true, .loss = 2.0};
  tally.n_confused = take(n_outputs * n_outputs, sizeof *tally.n_confused);
  tally.is_alive = take(n_outputs, 1);
  for (size_t i = 0; i < n_outputs * n_outputs; i++)
    tally.n_confused[i] = i;
  for (size_t i = 0; i < n_outputs; i++)
    tally.is_alive[i] = i % 5 == 1;
  return tally;
}

/* Every other output is 0 in all lanes. */
static void kill_some(const loss_case *c, float *outputs)
{
  for (size_t i = 0; i < c->span.n_tiles * c->n_outputs * BF_TILE; i++)
    outputs[i] = i / BF_TILE % c->n_outputs % 2 == 0 ? outputs[i] : 0.0F;
}

static bool tallies_agree(const bf_tally *expected, const bf_tally *got)
{
  size_t n = got->n_outputs;
  return losses_agree(1e-12, expected->loss, got->loss) &&
         repeats("confusion", n * n * sizeof *got->n_confused, expected->n_confused,
                 got->n_confused) &&
         repeats("life", n, expected->is_alive, got->is_alive);
}

static bool tally_agrees(const bf_tile_kernels *kernels, const loss_case *c)
{
  clear_scene();
  bf_random random = bf_random_stream(c->n_outputs, BF_PURPOSE_SYNTH, c->span.n_rows);
  float *outputs = draw_outputs(&random, c);
  uint8_t *labels = draw_labels(&random, c->span.n_tiles, c->n_outputs);
  bf_tally expected = start_tally(c->n_outputs), once = start_tally(c->n_outputs);
  bf_tally again = start_tally(c->n_outputs), idle = start_tally(c->n_outputs);
  kill_some(c, outputs);
  fill_idle_lanes(&c->span, c->n_outputs, NULL, outputs, 1.0F);
  bf_reference_kernels.tally(&c->span, outputs, labels, &expected);
  kernels->tally(&c->span, outputs, labels, &once);
  kernels->tally(&c->span, outputs, labels, &again);
  /* In idle lanes, NaN may count for is_finite, and for nothing else. */
  fill_idle_lanes(&c->span, c->n_outputs, NULL, outputs, NAN);
  kernels->tally(&c->span, outputs, labels, &idle);
  if (expected.is_finite != once.is_finite) {
    snprintf(complaint, sizeof complaint, "is_finite is wrong");
    return false;
  }
  return tallies_agree(&expected, &once) && tallies_agree(&expected, &idle) &&
         repeats("loss", sizeof once.loss, &once.loss, &again.loss) && is_within_bounds();
}

static void must_be_right(const loss_case *c)
{
  subject subjects[BF_N_ISAS];
  size_t n = find_subjects(subjects);
  for (size_t i = 0; i < n; i++)
    if (!entropy_agrees(subjects[i].kernels, c) || !tally_agrees(subjects[i].kernels, c))
      fail_msg("%s: %zu outputs, %zu rows from %zu on, scale %g: %s", subjects[i].name,
               c->n_outputs, c->span.n_rows, c->span.first, (double)c->scale, complaint);
}

static void loss_kernels_agree_for_any_number_of_outputs(void **state)
{
  (void)state;
  static const float scales[] = {1.0F, 0.01F, 20.0F, 1000.0F, 1e30F};
  bf_random random = bf_random_stream(1, BF_PURPOSE_SPLIT, 0);
  for (size_t n_outputs = 1; n_outputs <= 256; n_outputs += n_outputs < 80 ? 1 : 44)
    for (int kind = 0; kind < N_NUMBER_KINDS; kind++) {
      uint32_t bits = bf_random_u32(&random);
      size_t n_tiles = 1 + (size_t)bf_random_below(&random, n_outputs < 20 ? 9 : 3);
      const loss_case c = {(number_kind)kind, draw_span(&random, n_tiles),
                           n_outputs,         (bits & 1) != 0,
                           (bits & 2) != 0,   scales[bits % 5]};
      must_be_right(&c);
    }
}

/* Logarithms are taken of products over many tiles. */
static void loss_kernels_agree_for_many_tiles(void **state)
{
  (void)state;
  for (size_t n_tiles = 31; n_tiles <= 70; n_tiles += 3) {
    const loss_case c = {REAL, {n_tiles, 3, n_tiles * BF_TILE - 8}, 5, false, false, 5.0F};
    must_be_right(&c);
  }
  const loss_case wide = {EXACT, {130, 0, 130 * BF_TILE}, 256, true, true, 0.01F};
  must_be_right(&wide);
}

static void loss_kernels_agree_for_every_span(void **state)
{
  (void)state;
  for (size_t first = 0; first < BF_TILE; first++)
    for (size_t end = first + 1; end <= 2 * (size_t)BF_TILE; end++) {
      const loss_case c = {EXACT, {bf_n_tiles(end), first, end - first}, 3, false, true, 1.0F};
      must_be_right(&c);
    }
}

/* ---- The checkers find what is wrong ---- */

static double entropy_of_all_lanes(const bf_entropy *p)
{
  bf_entropy wrong = *p;
  wrong.span = (bf_span){p->span.n_tiles, 0, p->span.n_tiles * BF_TILE};
  return bf_reference_kernels.cross_entropy(&wrong);
}

static double entropy_without_order(const bf_entropy *p)
{
  bf_entropy wrong = *p;
  wrong.order = NULL;
  return bf_reference_kernels.cross_entropy(&wrong);
}

/* The last maximum. */
static void tally_backward(const bf_span *span, const float *outputs, const uint8_t *labels,
                           bf_tally *tally)
{
  size_t n = tally->n_outputs;
  bf_reference_kernels.tally(span, outputs, labels, tally);
  for (size_t i = 0; i < n * n; i++)
    tally->n_confused[i] = i;
  for (size_t r = 0; r < span->n_tiles * BF_TILE; r++) {
    size_t last = 0;
    for (size_t c = 0; c < n; c++)
      if (outputs[bf_tile_place(n, r, c)] >= outputs[bf_tile_place(n, r, last)])
        last = c;
    tally->n_confused[labels[r] * n + last] += is_row(span, r / BF_TILE, r % BF_TILE) ? 1 : 0;
  }
}

static void faults_are_found(void **state)
{
  (void)state;
  const loss_case c = {EXACT, {3, 5, 40}, 6, true, false, 1.0F};
  bf_tile_kernels wrong = bf_reference_kernels;
  assert_true(entropy_agrees(&wrong, &c) && tally_agrees(&wrong, &c));
  wrong.cross_entropy = entropy_of_all_lanes;
  assert_false(entropy_agrees(&wrong, &c));
  wrong.cross_entropy = entropy_without_order;
  assert_false(entropy_agrees(&wrong, &c));
  wrong.tally = tally_backward;
  assert_false(tally_agrees(&wrong, &c));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loss_of_equal_outputs_is_the_log_of_their_number),
      cmocka_unit_test(loss_of_large_outputs_does_not_overflow),
      cmocka_unit_test(loss_of_outputs_not_finite_is_not_finite),
      cmocka_unit_test(output_of_minus_infinity_is_not_finite_for_the_tally),
      cmocka_unit_test(gradient_is_softmax_less_one_hot_over_the_rows),
      cmocka_unit_test(prediction_is_the_first_of_equal_maxima),
      cmocka_unit_test(output_is_alive_if_it_was_not_zero_for_some_row),
      cmocka_unit_test(loss_kernels_agree_for_any_number_of_outputs),
      cmocka_unit_test(loss_kernels_agree_for_many_tiles),
      cmocka_unit_test(loss_kernels_agree_for_every_span),
      cmocka_unit_test(faults_are_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
