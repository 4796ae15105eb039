/* One exponent a block: fixed point whose scale follows the largest value ("MSFP").
 * Room: quant. Formula: docs/formats.md, "Number formats". */
#include "quant/blocks.h"
#include "quant/exponents.h"
#include "quant/facts_floats.h"
#include "quant/powers.h"

enum { WIDTH, EXPONENT_WIDTH, EXPONENT_BIAS };

static bf_status check(bf_quantizer *quantizer, const bool is_null[BF_MAX_FORMAT_PARAMETERS])
{
  bf_status status;
  if (is_null[EXPONENT_WIDTH])
    quantizer->parameters[EXPONENT_WIDTH] = 8;
  BF_TRY(bf_quantizer_check_range(quantizer, WIDTH, 1, 32));
  BF_TRY(bf_quantizer_check_range(quantizer, EXPONENT_WIDTH, 1, 31));
  BF_TRY(bf_exponents_check_bias(quantizer, EXPONENT_BIAS, is_null[EXPONENT_BIAS],
                                 quantizer->parameters[EXPONENT_WIDTH]));
done:
  return status;
}

static int64_t shared_bits(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns)
{
  return quantizer->parameters[EXPONENT_WIDTH] * bf_blocks_count(quantizer, n_rows, n_columns);
}

typedef struct scale {
  bf_exponents exponents;
  float power; /* at least the largest value, unless bounds forbid it */
} scale;

static void prepare(const bf_quantizer *quantizer, float largest, void *shared)
{
  int64_t bias = quantizer->parameters[EXPONENT_BIAS];
  int64_t top = bf_exponents_top(quantizer->parameters[EXPONENT_WIDTH]);
  scale *made = shared;
  made->exponents =
      bf_exponents_of((float)-bias, (float)(top - bias), quantizer->parameters[WIDTH] - 1);
  made->power =
      bf_power(bf_clamp(bf_ceil_log2(largest), made->exponents.lowest, made->exponents.highest));
}

static void apply_block(const void *shared, size_t n, const float *x, float *y)
{
  const scale block = *(const scale *)shared;
  const bf_exponents *exponents = &block.exponents;
  for (size_t i = 0; i < n; i++) {
    float quotient = (fabsf(x[i]) + 1e-9F) / block.power;
    float steps = bf_round_positive(quotient * exponents->n_steps);
    float mantissa = bf_clamp(steps, 0.0F, exponents->top) * exponents->step;
    y[i] = bf_keep_small(x[i], bf_sign(x[i] + 1e-9F) * block.power * mantissa);
  }
}

static void apply(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns, const float *x,
                  float *y)
{
  scale shared;
  const bf_block_kernel kernel = {prepare, apply_block, &shared};
  bf_blocks_apply(quantizer, n_rows, n_columns, x, y, &kernel);
}

static size_t facts(const bf_quantizer *quantizer, bf_fact *facts)
{
  const int64_t *parameters = quantizer->parameters;
  int64_t bits = parameters[EXPONENT_WIDTH], bias = parameters[EXPONENT_BIAS];
  const bf_float_parts parts = {.bits = bits,
                                .mantissa_bits = parameters[WIDTH] - 1,
                                .lowest = -bias,
                                .highest = bf_exponents_top(bits) - bias,
                                .bias = &parameters[EXPONENT_BIAS]};
  return bf_facts_block_fp(&parts, facts);
}

const bf_format bf_format_block_fp = {
    .name = "block_fp",
    .n_parameters = 5,
    .parameters = {{.name = "width"},
                   {.name = "exponent_width", .is_nullable = true},
                   {.name = "exponent_bias", .is_nullable = true},
                   {.name = "block_size", .kind = BF_VALUE_BLOCK, .is_nullable = true},
                   {.name = "skip_first_dim", .kind = BF_VALUE_UNUSED}},
    .check = check,
    .shared_bits = shared_bits,
    .apply = apply,
    .facts = facts,
};
