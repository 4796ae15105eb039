/* Tests of the cost metrics: the Lab 3 table, hand-made nets, and an independent implementation.
 * Room: metrics. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "metrics/metric.h"

static bf_quantizer integer(int64_t width, int64_t frac_width)
{
  const bf_setting settings[] = {{.key = "width", .value = width},
                                 {.key = "frac_width", .value = frac_width}};
  bf_quantizer quantizer = {0};
  assert_ok(bf_quantizer_init(&quantizer, "integer", 2, settings, false));
  return quantizer;
}

static bf_metrics cost(const bf_model *model, size_t batch)
{
  bf_cost_options options = {.bitops_batch = batch, .compare_to = 32};
  bf_metrics metrics = bf_metrics_none();
  bf_metrics_cost(model, &options, &metrics);
  return metrics;
}

static bf_model zoo(const char *name)
{
  bf_model model;
  assert_ok(bf_model_zoo(name, 16, 5, &model));
  return model;
}

/* jsc-tiny with a quantised Linear and a bias of (8, 4), as in Lab 3. */
static bf_model tiny(bf_quantizer data_in, bf_quantizer weight)
{
  bf_model model = zoo("jsc-tiny");
  bf_layer *linear = bf_model_layer(&model, "seq_blocks_2");
  linear->data_in = data_in;
  linear->weight = weight;
  linear->bias = integer(8, 4);
  return model;
}

static void assert_value(const bf_metrics *metrics, bf_metric metric, double expected)
{
  double value = metrics->value[metric];
  /* Beyond 2^53 sums are rounded, and this side may round them in another order. */
  if (!(fabs(value - expected) <= 1e-14 * fabs(expected)))
    fail_msg("%s is %.17g, expected %.17g", bf_metric_name(metric), value, expected);
}

static void lab_3_table_is_reproduced(void **state)
{
  (void)state;
  static const struct {
    int64_t data[2];
    int64_t weight[2];
    double bitops;
    double w_overall_bit;
  } rows[] = {
      {{16, 8}, {16, 8}, 703744, 1920}, {{16, 8}, {8, 6}, 621824, 1120},
      {{16, 8}, {8, 4}, 621824, 960},   {{16, 8}, {4, 2}, 580864, 480},
      {{8, 6}, {16, 8}, 616704, 1920},  {{8, 6}, {8, 6}, 575744, 1120},
      {{8, 6}, {8, 4}, 575744, 960},    {{8, 6}, {4, 2}, 555264, 480},
      {{8, 4}, {16, 8}, 616704, 1920},  {{8, 4}, {8, 6}, 575744, 1120},
      {{8, 4}, {8, 4}, 575744, 960},    {{8, 4}, {4, 2}, 555264, 480},
      {{4, 2}, {16, 8}, 575744, 1920},  {{4, 2}, {8, 6}, 555264, 1120},
      {{4, 2}, {8, 4}, 555264, 960},    {{4, 2}, {4, 2}, 545024, 480},
  };
  assert_int_equal(sizeof rows / sizeof *rows, 16);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    bf_model model = tiny(integer(rows[i].data[0], rows[i].data[1]),
                          integer(rows[i].weight[0], rows[i].weight[1]));
    bf_metrics metrics = cost(&model, 8);
    assert_true(metrics.value[BF_METRIC_bitops] == rows[i].bitops);
    assert_true(metrics.value[BF_METRIC_w_overall_bit] == rows[i].w_overall_bit);
    assert_true(metrics.value[BF_METRIC_bitops_per_row] == rows[i].bitops / 8);
    assert_true(metrics.value[BF_METRIC_average_bitwidth] == (double)rows[i].weight[0]);
  }
}

static void float_net_counts_32_bits_everywhere(void **state)
{
  (void)state;
  bf_model model = zoo("jsc-tiny");
  bf_metrics metrics = cost(&model, 8);
  assert_value(&metrics, BF_METRIC_bitops, 1205504);
  assert_value(&metrics, BF_METRIC_bitops_per_row, 150688);
  assert_value(&metrics, BF_METRIC_flops, 1320);
  assert_value(&metrics, BF_METRIC_macs, 640);
  assert_value(&metrics, BF_METRIC_average_bitwidth, 32);
  assert_value(&metrics, BF_METRIC_average_bitwidth_all, 32);
  assert_value(&metrics, BF_METRIC_memory_density, 1);
  assert_value(&metrics, BF_METRIC_w_overall_bit, 2560);
  assert_value(&metrics, BF_METRIC_weight_bits, 2560);
  assert_value(&metrics, BF_METRIC_bias_bits, 160);
  assert_value(&metrics, BF_METRIC_model_size_bytes, 596);
  assert_value(&metrics, BF_METRIC_n_params, 117);
}

static void quantised_net_counts_its_widths(void **state)
{
  (void)state;
  bf_model model = tiny(integer(8, 4), integer(8, 4));
  bf_metrics metrics = cost(&model, 8);
  assert_value(&metrics, BF_METRIC_bitops, 575744);
  assert_value(&metrics, BF_METRIC_flops, 680);
  assert_value(&metrics, BF_METRIC_macs, 640);
  model = tiny(integer(8, 4), integer(4, 2));
  metrics = cost(&model, 8);
  assert_value(&metrics, BF_METRIC_weight_bits, 320);
  assert_value(&metrics, BF_METRIC_bias_bits, 40);
  assert_value(&metrics, BF_METRIC_model_size_bytes, 301);
  assert_value(&metrics, BF_METRIC_memory_density, 8);
  assert_value(&metrics, BF_METRIC_n_params, 117);
}

static void all_hardware_metrics_and_no_others_are_filled_in(void **state)
{
  (void)state;
  bf_model model = zoo("jsc-tiny");
  bf_metrics metrics = cost(&model, 1);
  for (size_t i = 0; i < BF_N_METRICS; i++)
    assert_int_equal(isnan(metrics.value[i]),
                     bf_metric_group_of((bf_metric)i) != BF_METRIC_HARDWARE);
}

static void quantised_relu_costs_its_input_width_and_no_flops(void **state)
{
  (void)state;
  bf_model model = zoo("jsc-tiny");
  bf_metrics before = cost(&model, 8);
  bf_model_layer(&model, "seq_blocks_1")->data_in = integer(4, 2);
  bf_metrics after = cost(&model, 8);
  assert_value(&after, BF_METRIC_bitops, before.value[BF_METRIC_bitops] - 8 * 16 * (32 - 4));
  assert_value(&after, BF_METRIC_flops, before.value[BF_METRIC_flops] - 8 * 16);
  assert_value(&after, BF_METRIC_average_bitwidth, 32);
}

static void missing_bias_counts_as_float_in_bitops_and_not_in_bits(void **state)
{
  (void)state;
  bf_model model = tiny(integer(8, 4), integer(4, 2));
  bf_model_layer(&model, "seq_blocks_2")->has_bias = false;
  bf_metrics metrics = cost(&model, 1);
  assert_value(&metrics, BF_METRIC_bitops, 64 * 1024 + 16 * 32 + 80 * (8 * 4 + 32) + 5 * 32);
  assert_value(&metrics, BF_METRIC_bias_bits, 0);
  assert_value(&metrics, BF_METRIC_model_size_bytes, 296);
  assert_value(&metrics, BF_METRIC_n_params, 112);
}

static void averages_weigh_layers_by_their_weights(void **state)
{
  (void)state;
  bf_model model = zoo("jsc-lab4");
  bf_model_layer(&model, "seq_blocks_2")->weight = integer(4, 2);
  bf_model_layer(&model, "seq_blocks_6")->weight = integer(9, 2);
  bf_metrics metrics = cost(&model, 1);
  double quantised = 256 * 4 + 80 * 9;
  assert_value(&metrics, BF_METRIC_average_bitwidth, quantised / (256 + 80));
  assert_value(&metrics, BF_METRIC_average_bitwidth_all, (quantised + 256 * 32) / 592);
  assert_value(&metrics, BF_METRIC_weight_bits, quantised + 256 * 32);
  assert_value(&metrics, BF_METRIC_w_overall_bit, 256 * 6 + 80 * 11 + 256 * 32);
  assert_value(&metrics, BF_METRIC_n_params, 661);
}

static void odd_bits_round_up_to_a_byte(void **state)
{
  (void)state;
  bf_model model = tiny(integer(8, 4), integer(4, 2));
  bf_model_layer(&model, "seq_blocks_2")->bias = integer(1, 0);
  bf_metrics metrics = cost(&model, 1);
  assert_value(&metrics, BF_METRIC_model_size_bytes, 297);
}

static void density_compares_to_what_the_job_says(void **state)
{
  (void)state;
  bf_model model = tiny(integer(8, 4), integer(5, 2));
  bf_cost_options options = {.bitops_batch = 1, .compare_to = 16};
  bf_metrics metrics = bf_metrics_none();
  bf_metrics_cost(&model, &options, &metrics);
  assert_value(&metrics, BF_METRIC_memory_density, 3.2);
}

static void dropout_costs_nothing(void **state)
{
  (void)state;
  bf_model model = zoo("jsc-tiny");
  bf_metrics before = cost(&model, 3);
  model.layers[model.n_layers++] =
      (bf_layer){.kind = BF_LAYER_DROPOUT, .n_in = 5, .n_out = 5, .drop = 0.5};
  bf_metrics after = cost(&model, 3);
  for (size_t i = 0; i < BF_N_METRICS; i++)
    if (bf_metric_group_of((bf_metric)i) == BF_METRIC_HARDWARE)
      assert_value(&after, (bf_metric)i, before.value[i]);
}

static void largest_net_does_not_overflow(void **state)
{
  (void)state;
  bf_model model = {.n_features = BF_MAX_WIDTH, .n_layers = BF_MAX_LAYERS};
  for (size_t i = 0; i < BF_MAX_LAYERS; i++)
    model.layers[i] = (bf_layer){
        .kind = BF_LAYER_LINEAR, .n_in = BF_MAX_WIDTH, .n_out = BF_MAX_WIDTH, .has_bias = true};
  bf_metrics metrics = cost(&model, 1000000);
  double weights = 64.0 * 65536 * 65536;
  assert_value(&metrics, BF_METRIC_macs, 1e6 * weights);
  assert_value(&metrics, BF_METRIC_bitops, 1e6 * weights * (32 * 32 + 32));
  assert_value(&metrics, BF_METRIC_n_params, weights + 64 * 65536);
  assert_value(&metrics, BF_METRIC_model_size_bytes, 4 * (weights + 64 * 65536));
}

/* 80 weights and 5 biases; a row is an output. */

static bf_quantizer flagged(const char *format, const char *flag, bool value)
{
  const bf_setting setting = {.key = flag, .value = value, .kind = BF_VALUE_FLAG};
  bf_quantizer quantizer = {0};
  assert_ok(bf_quantizer_init(&quantizer, format, 1, &setting, false));
  return quantizer;
}

static void assert_tiny_weight(bf_quantizer weight, double bits, double shared_bits)
{
  bf_model model = zoo("jsc-tiny");
  bf_model_layer(&model, "seq_blocks_2")->weight = weight;
  bf_metrics metrics = cost(&model, 8);
  /* Input and bias are float, so the sum is 32 bits wide and counts as operations of floats. */
  assert_value(&metrics, BF_METRIC_bitops, 529664 + 640 * (32 * bits + 32));
  assert_value(&metrics, BF_METRIC_flops, 1320);
  assert_value(&metrics, BF_METRIC_average_bitwidth, bits);
  assert_value(&metrics, BF_METRIC_weight_bits, 80 * bits);
  assert_value(&metrics, BF_METRIC_bias_bits, 160);
  assert_value(&metrics, BF_METRIC_model_size_bytes, (80 * bits + shared_bits + 160 + 2048) / 8);
}

static void binary_and_ternary_count_what_is_stored(void **state)
{
  (void)state;
  assert_tiny_weight(flagged("binary", "bipolar", true), 1, 0);
  assert_tiny_weight(flagged("binary", "bipolar", false), 1, 5 * 32);
  assert_tiny_weight(flagged("ternary", "scaling_factor", false), 2, 0);
  assert_tiny_weight(flagged("ternary", "scaling_factor", true), 2, 5 * 32);
}

static bf_quantizer blocked(const char *format, const char *exponent, int64_t n_rows,
                            int64_t n_columns)
{
  const bf_setting settings[] = {
      {.key = "width", .value = 6},
      {.key = exponent, .value = 8},
      {.key = "exponent_width", .value = 3},
      {.key = "block_size", .kind = BF_VALUE_BLOCK, .block = {n_rows, n_columns}},
  };
  bf_setting own[4];
  size_t n = 0;
  for (size_t i = 0; i < 4; i++)
    if (bf_format_has_parameter(format, settings[i].key) &&
        (i != 2 || strcmp(exponent, settings[2].key) != 0))
      own[n++] = settings[i];
  bf_quantizer quantizer = {0};
  assert_ok(bf_quantizer_init(&quantizer, format, n, own, false));
  return quantizer;
}

/* Weights 5 x 16 in tiles of 2 x 8: 3 x 2 of them; 5 biases in blocks of 4: 2. */
static void shared_exponents_count_in_the_size_alone(void **state)
{
  (void)state;
  static const char *const formats[][2] = {{"block_fp", "exponent_width"},
                                           {"block_minifloat", "exponent_bias_width"},
                                           {"block_log", "exponent_bias_width"}};
  for (size_t i = 0; i < 3; i++) {
    bf_model model = zoo("jsc-tiny");
    bf_layer *linear = bf_model_layer(&model, "seq_blocks_2");
    linear->data_in = linear->weight = blocked(formats[i][0], formats[i][1], 2, 8);
    linear->bias = blocked(formats[i][0], formats[i][1], 1, 4);
    bf_metrics metrics = cost(&model, 8);
    assert_value(&metrics, BF_METRIC_weight_bits, 480);
    assert_value(&metrics, BF_METRIC_bias_bits, 30);
    assert_value(&metrics, BF_METRIC_average_bitwidth, 6);
    assert_value(&metrics, BF_METRIC_bitops, 529664 + 640 * (36 + 6));
    assert_value(&metrics, BF_METRIC_flops, 680);
    assert_value(&metrics, BF_METRIC_model_size_bytes,
                 ceil((480 + 6 * 8 + 30 + 2 * 8 + 2048) / 8.0));
  }
}

/* Golden file: nets written down layer by layer. */

static double number(const bf_json *object, const char *key)
{
  double value = 0;
  if (bf_json_double(bf_json_get(object, key), &value) != BF_OK)
    fail_msg("%s: %s", key, bf_trail());
  return value;
}

static bf_setting read_setting(const char *key, const bf_json *value)
{
  bf_setting setting = {.key = key, .value = bf_json_int64(value)};
  int64_t entries[4];
  size_t n = bf_json_size(value);
  assert_true(n <= 4);
  for (size_t i = 0; i < n; i++)
    entries[i] = bf_json_int64(bf_json_at(value, i));
  if (n > 0)
    assert_ok(bf_setting_block(&setting, n, entries));
  return setting;
}

static bf_quantizer read_quantizer(const bf_json *layer, const char *tensor)
{
  bf_quantizer quantizer = {0};
  bf_setting settings[8];
  size_t n = 0;
  const bf_json *given = bf_json_get(layer, tensor);
  if (given == NULL)
    return quantizer;
  for (const char *key = NULL; (key = bf_json_key_after(given, key)) != NULL;) {
    assert_true(n < 8);
    if (strcmp(key, "format") != 0)
      settings[n++] = read_setting(key, bf_json_get(given, key));
  }
  const char *format = bf_json_text(bf_json_get(given, "format"));
  assert_ok(bf_quantizer_init(&quantizer, format, n, settings, false));
  return quantizer;
}

static bf_layer read_layer(const bf_json *json)
{
  bf_layer layer = {.n_in = (size_t)number(json, "n_in"),
                    .n_out = (size_t)number(json, "n_out"),
                    .has_bias = number(json, "has_bias") != 0,
                    .data_in = read_quantizer(json, "data_in"),
                    .weight = read_quantizer(json, "weight"),
                    .bias = read_quantizer(json, "bias")};
  assert_ok(bf_layer_kind_find(bf_json_text(bf_json_get(json, "type")), &layer.kind));
  return layer;
}

static void check_golden(const bf_json *golden)
{
  bf_model model = {.n_features = (size_t)number(golden, "n_features")};
  const bf_json *layers = bf_json_get(golden, "layers");
  model.n_layers = bf_json_size(layers);
  for (size_t i = 0; i < model.n_layers; i++)
    model.layers[i] = read_layer(bf_json_at(layers, i));
  bf_cost_options options = {.bitops_batch = (size_t)number(golden, "batch"),
                             .compare_to = number(golden, "compare_to")};
  bf_metrics metrics = bf_metrics_none();
  bf_metrics_cost(&model, &options, &metrics);
  const bf_json *expected = bf_json_get(golden, "expected");
  size_t n_compared = 0;
  for (size_t i = 0; i < BF_N_METRICS; i++) {
    if (bf_metric_group_of((bf_metric)i) != BF_METRIC_HARDWARE)
      continue;
    assert_value(&metrics, (bf_metric)i, number(expected, bf_metric_name((bf_metric)i)));
    n_compared++;
  }
  assert_int_equal(n_compared, bf_json_size(expected));
}

static void random_nets_agree_with_the_python_formulas(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_json *cases = NULL;
  assert_ok(bf_file_read(BF_GOLDEN "/cost.json", &text));
  assert_ok(bf_json_parse(bf_text_view(&text), "cost.json", &cases));
  assert_int_equal(bf_json_size(cases), 80);
  for (size_t i = 0; i < bf_json_size(cases); i++)
    check_golden(bf_json_at(cases, i));
  bf_json_free(cases);
  bf_text_release(&text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lab_3_table_is_reproduced),
      cmocka_unit_test(float_net_counts_32_bits_everywhere),
      cmocka_unit_test(quantised_net_counts_its_widths),
      cmocka_unit_test(all_hardware_metrics_and_no_others_are_filled_in),
      cmocka_unit_test(quantised_relu_costs_its_input_width_and_no_flops),
      cmocka_unit_test(missing_bias_counts_as_float_in_bitops_and_not_in_bits),
      cmocka_unit_test(averages_weigh_layers_by_their_weights),
      cmocka_unit_test(odd_bits_round_up_to_a_byte),
      cmocka_unit_test(density_compares_to_what_the_job_says),
      cmocka_unit_test(dropout_costs_nothing),
      cmocka_unit_test(largest_net_does_not_overflow),
      cmocka_unit_test(binary_and_ternary_count_what_is_stored),
      cmocka_unit_test(shared_exponents_count_in_the_size_alone),
      cmocka_unit_test(random_nets_agree_with_the_python_formulas),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
