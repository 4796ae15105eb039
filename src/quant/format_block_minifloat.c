/* Small floats with one exponent bias a block.
 * Room: quant. Formula: docs/formats.md, "Number formats". */
#include "quant/blocks.h"
#include "quant/exponents.h"
#include "quant/facts_floats.h"
#include "quant/powers.h"

enum { WIDTH, EXPONENT_WIDTH, EXPONENT_BIAS_WIDTH };

static bf_status check(bf_quantizer *quantizer, const bool is_null[BF_MAX_FORMAT_PARAMETERS])
{
  (void)is_null;
  bf_status status;
  BF_TRY(bf_exponents_check_widths(quantizer, WIDTH, EXPONENT_WIDTH));
  BF_TRY(bf_quantizer_check_range(quantizer, EXPONENT_BIAS_WIDTH, 0, 31));
done:
  return status;
}

static int64_t shared_bits(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns)
{
  return quantizer->parameters[EXPONENT_BIAS_WIDTH] * bf_blocks_count(quantizer, n_rows, n_columns);
}

/* The bias grows with the largest value, so that the exponents of blocks above 2 end lower: the
 * Python tool's own function, which users of the format have numbers of. */
static void prepare(const bf_quantizer *quantizer, float largest, void *shared)
{
  int64_t exponent_width = quantizer->parameters[EXPONENT_WIDTH];
  float top_bias = (float)bf_exponents_top(quantizer->parameters[EXPONENT_BIAS_WIDTH]);
  float bias = bf_clamp(bf_floor_log2(largest), 0.0F, top_bias);
  *(bf_exponents *)shared = bf_exponents_of(-bias, (float)bf_exponents_top(exponent_width) - bias,
                                            quantizer->parameters[WIDTH] - exponent_width - 1);
}

static void apply_block(const void *shared, size_t n, const float *x, float *y)
{
  bf_ieee_apply(shared, n, x, y);
}

static void apply(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns, const float *x,
                  float *y)
{
  bf_exponents shared;
  const bf_block_kernel kernel = {prepare, apply_block, &shared};
  bf_blocks_apply(quantizer, n_rows, n_columns, x, y, &kernel);
}

/* The exponents of a block end at top - bias, but its largest value is below 2^(bias + 1). */
static int64_t highest_exponent(int64_t top, int64_t top_bias)
{
  return top_bias > (top - 1) / 2 ? (top - 1) / 2 : top - top_bias;
}

static size_t facts(const bf_quantizer *quantizer, bf_fact *facts)
{
  const int64_t *parameters = quantizer->parameters;
  int64_t bits = parameters[EXPONENT_WIDTH];
  int64_t top_bias = bf_exponents_top(parameters[EXPONENT_BIAS_WIDTH]);
  const bf_float_parts parts = {.bits = bits,
                                .mantissa_bits = parameters[WIDTH] - bits - 1,
                                .lowest = -top_bias,
                                .highest = highest_exponent(bf_exponents_top(bits), top_bias)};
  return bf_facts_ieee(&parts, facts);
}

const bf_format bf_format_block_minifloat = {
    .name = "block_minifloat",
    .n_parameters = 5,
    .parameters = {{.name = "width"},
                   {.name = "exponent_width"},
                   {.name = "exponent_bias_width"},
                   {.name = "block_size", .kind = BF_VALUE_BLOCK, .is_nullable = true},
                   {.name = "skip_first_dim", .kind = BF_VALUE_UNUSED}},
    .check = check,
    .shared_bits = shared_bits,
    .apply = apply,
    .facts = facts,
};
