/* Ternary: -1, 0 and +1 by a threshold of the row, or a times these.
 * Room: quant. Source: Li, Zhang and Liu, Ternary weight networks, 2016, whose threshold is 0.7
 * times the mean; the Python tool's is 0.75. Definition: docs/formats.md, "Number formats". */
#include <math.h>

#include "quant/format_table.h"
#include "quant/row_mean.h"

enum { WIDTH, SCALING_FACTOR, MEAN, MEDIAN, MAX, N_PARAMETERS };
enum { BITS = 2, SCALE_BITS = 32 };

static bf_status check(bf_quantizer *quantizer, const bool is_null[BF_MAX_FORMAT_PARAMETERS])
{
  (void)is_null;
  quantizer->parameters[WIDTH] = BITS;
  return BF_OK;
}

static int64_t width(const bf_quantizer *quantizer)
{
  return quantizer->parameters[WIDTH];
}

static int64_t shared_bits(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns)
{
  (void)n_columns;
  return quantizer->parameters[SCALING_FACTOR] ? SCALE_BITS * (int64_t)n_rows : 0;
}

static void apply_row(bool is_scaled, size_t n, const float *x, float *y)
{
  float threshold = 0.75F * bf_row_mean(n, x, -1.0F);
  float scale = is_scaled ? bf_row_mean(n, x, threshold) : 1.0F;
  float zero = isnan(threshold) ? threshold : 0.0F;
  for (size_t i = 0; i < n; i++)
    y[i] = x[i] > threshold ? scale : x[i] < -threshold ? -scale : zero;
}

static void apply(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns, const float *x,
                  float *y)
{
  bool is_scaled = quantizer->parameters[SCALING_FACTOR] != 0;
  for (size_t i = 0; i < n_rows; i++)
    apply_row(is_scaled, n_columns, x + i * n_columns, y + i * n_columns);
}

static size_t facts(const bf_quantizer *quantizer, bf_fact *facts)
{
  facts[0] = (bf_fact){"levels", 3.0};
  if (quantizer->parameters[SCALING_FACTOR])
    return 1;
  facts[1] = (bf_fact){"lowest", -1.0};
  facts[2] = (bf_fact){"highest", 1.0};
  facts[3] = (bf_fact){"smallest_positive", 1.0};
  facts[4] = (bf_fact){"step", 1.0};
  return 5;
}

/* The last three are what the Python tool makes a threshold of and then does not use. */
const bf_format bf_format_ternary = {
    .name = "ternary",
    .is_for_weights = true,
    .n_parameters = N_PARAMETERS,
    .parameters = {[WIDTH] = {"width", BF_VALUE_UNUSED, true},
                   [SCALING_FACTOR] = {"scaling_factor", BF_VALUE_FLAG, true},
                   [MEAN] = {"mean", BF_VALUE_UNUSED, true},
                   [MEDIAN] = {"median", BF_VALUE_UNUSED, true},
                   [MAX] = {"max", BF_VALUE_UNUSED, true}},
    .check = check,
    .width = width,
    .shared_bits = shared_bits,
    .apply = apply,
    .facts = facts,
};
