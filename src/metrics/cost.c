/* Metrics from shapes and number formats alone. Formulas: docs/formats.md, "metrics".
 * Room: metrics. All in double: the products of large nets do not fit an integer. */
#include "metrics/metric.h"

#include <math.h>

/* What BatchNorm and everything else that is not quantised is stored in. */
static const double float_bits = 32;

typedef double layer_number(const bf_layer *layer);

static double nothing(const bf_layer *layer)
{
  (void)layer;
  return 0;
}

static double width(const bf_quantizer *quantizer)
{
  return (double)bf_quantizer_width(quantizer);
}

/* Operations a row, and what one of them costs in bit operations. */

static double batchnorm_ops(const bf_layer *layer)
{
  return 4 * (double)layer->n_in;
}

static double batchnorm_bitops_each(const bf_layer *layer)
{
  (void)layer;
  return float_bits * float_bits;
}

static double relu_ops(const bf_layer *layer)
{
  return (double)layer->n_in;
}

static double relu_bitops_each(const bf_layer *layer)
{
  return width(&layer->data_in);
}

static double linear_ops(const bf_layer *layer)
{
  return (double)layer->n_in * (double)layer->n_out;
}

/* A product and an addition; a missing bias counts as the float it is in the Python tool. */
static double linear_bitops_each(const bf_layer *layer)
{
  double data = width(&layer->data_in);
  double bias = layer->has_bias ? width(&layer->bias) : float_bits;
  return data * width(&layer->weight) + fmax(bias, data);
}

static const struct {
  layer_number *ops;
  layer_number *bitops_each;
} kinds[BF_N_LAYER_KINDS] = {
    [BF_LAYER_BATCHNORM] = {batchnorm_ops, batchnorm_bitops_each},
    [BF_LAYER_RELU] = {relu_ops, relu_bitops_each},
    [BF_LAYER_LINEAR] = {linear_ops, linear_bitops_each},
    [BF_LAYER_DROPOUT] = {nothing, nothing},
};

/* Numbers of a layer, to be summed over the net. */

static double layer_bitops(const bf_layer *layer)
{
  return kinds[layer->kind].ops(layer) * kinds[layer->kind].bitops_each(layer);
}

static double layer_flops(const bf_layer *layer)
{
  return layer->data_in.format == NULL ? kinds[layer->kind].ops(layer) : 0;
}

static double layer_weights(const bf_layer *layer)
{
  return layer->kind == BF_LAYER_LINEAR ? linear_ops(layer) : 0;
}

static double layer_biases(const bf_layer *layer)
{
  return layer->kind == BF_LAYER_LINEAR && layer->has_bias ? (double)layer->n_out : 0;
}

static double layer_weight_bits(const bf_layer *layer)
{
  return layer_weights(layer) * width(&layer->weight);
}

static double layer_bias_bits(const bf_layer *layer)
{
  return layer_biases(layer) * width(&layer->bias);
}

/* Exponents of blocks and scales of rows. */
static double layer_shared_bits(const bf_layer *layer)
{
  if (layer->kind != BF_LAYER_LINEAR)
    return 0;
  int64_t of_weights = bf_quantizer_shared_bits(&layer->weight, layer->n_out, layer->n_in);
  int64_t of_biases = layer->has_bias ? bf_quantizer_shared_bits(&layer->bias, 1, layer->n_out) : 0;
  return (double)of_weights + (double)of_biases;
}

static double layer_precision_bits(const bf_layer *layer)
{
  return layer_weights(layer) * (double)bf_quantizer_precision(&layer->weight);
}

static double layer_quantised_weights(const bf_layer *layer)
{
  return layer->weight.format != NULL ? layer_weights(layer) : 0;
}

static double layer_quantised_weight_bits(const bf_layer *layer)
{
  return layer_quantised_weights(layer) * width(&layer->weight);
}

static double layer_batchnorm_units(const bf_layer *layer)
{
  return layer->kind == BF_LAYER_BATCHNORM ? (double)layer->n_in : 0;
}

static double sum(const bf_model *model, layer_number *number)
{
  double total = 0;
  for (size_t i = 0; i < model->n_layers; i++)
    total += number(&model->layers[i]);
  return total;
}

/* The metrics. */

typedef double cost_function(const bf_model *model, const bf_cost_options *options);

static double bitops_per_row(const bf_model *model, const bf_cost_options *options)
{
  (void)options;
  return sum(model, layer_bitops);
}

static double bitops(const bf_model *model, const bf_cost_options *options)
{
  return (double)options->bitops_batch * sum(model, layer_bitops);
}

static double flops(const bf_model *model, const bf_cost_options *options)
{
  return (double)options->bitops_batch * sum(model, layer_flops);
}

static double macs(const bf_model *model, const bf_cost_options *options)
{
  return (double)options->bitops_batch * sum(model, layer_weights);
}

static double average_bitwidth(const bf_model *model, const bf_cost_options *options)
{
  (void)options;
  double n_weights = sum(model, layer_quantised_weights);
  return n_weights > 0 ? sum(model, layer_quantised_weight_bits) / n_weights : float_bits;
}

static double average_bitwidth_all(const bf_model *model, const bf_cost_options *options)
{
  (void)options;
  return sum(model, layer_weight_bits) / sum(model, layer_weights);
}

static double memory_density(const bf_model *model, const bf_cost_options *options)
{
  return options->compare_to / average_bitwidth(model, options);
}

static double w_overall_bit(const bf_model *model, const bf_cost_options *options)
{
  (void)options;
  return sum(model, layer_precision_bits);
}

static double weight_bits(const bf_model *model, const bf_cost_options *options)
{
  (void)options;
  return sum(model, layer_weight_bits);
}

static double bias_bits(const bf_model *model, const bf_cost_options *options)
{
  (void)options;
  return sum(model, layer_bias_bits);
}

/* A BatchNorm keeps scale, shift, mean and variance of each unit. */
static double model_size_bytes(const bf_model *model, const bf_cost_options *options)
{
  (void)options;
  double batchnorm_bits = 4 * float_bits * sum(model, layer_batchnorm_units);
  double linear_bits =
      sum(model, layer_weight_bits) + sum(model, layer_bias_bits) + sum(model, layer_shared_bits);
  return ceil((linear_bits + batchnorm_bits) / 8);
}

static double n_params(const bf_model *model, const bf_cost_options *options)
{
  (void)options;
  return sum(model, layer_weights) + sum(model, layer_biases) +
         2 * sum(model, layer_batchnorm_units);
}

static const struct {
  bf_metric metric;
  cost_function *function;
} costs[] = {
    {BF_METRIC_bitops, bitops},
    {BF_METRIC_bitops_per_row, bitops_per_row},
    {BF_METRIC_flops, flops},
    {BF_METRIC_macs, macs},
    {BF_METRIC_average_bitwidth, average_bitwidth},
    {BF_METRIC_average_bitwidth_all, average_bitwidth_all},
    {BF_METRIC_memory_density, memory_density},
    {BF_METRIC_w_overall_bit, w_overall_bit},
    {BF_METRIC_weight_bits, weight_bits},
    {BF_METRIC_bias_bits, bias_bits},
    {BF_METRIC_model_size_bytes, model_size_bytes},
    {BF_METRIC_n_params, n_params},
};

void bf_metrics_cost(const bf_model *model, const bf_cost_options *options, bf_metrics *metrics)
{
  BF_ASSERT(options->bitops_batch >= 1);
  for (size_t i = 0; i < sizeof costs / sizeof *costs; i++)
    metrics->value[costs[i].metric] = costs[i].function(model, options);
}
