/* Signed powers of two with one exponent bias a block.
 * Room: quant. Formula: docs/formats.md, "Number formats". */
#include "quant/blocks.h"
#include "quant/exponents.h"
#include "quant/facts_floats.h"
#include "quant/powers.h"

enum { WIDTH, EXPONENT_BIAS_WIDTH };

static bf_status check(bf_quantizer *quantizer, const bool is_null[BF_MAX_FORMAT_PARAMETERS])
{
  (void)is_null;
  bf_status status;
  BF_TRY(bf_quantizer_check_range(quantizer, WIDTH, 2, 32));
  BF_TRY(bf_quantizer_check_range(quantizer, EXPONENT_BIAS_WIDTH, 0, 31));
done:
  return status;
}

static int64_t shared_bits(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns)
{
  return quantizer->parameters[EXPONENT_BIAS_WIDTH] * bf_blocks_count(quantizer, n_rows, n_columns);
}

/* The largest value gets the largest exponent, as far as the bias goes. */
static void prepare(const bf_quantizer *quantizer, float largest, void *shared)
{
  float top = (float)bf_exponents_top(quantizer->parameters[WIDTH] - 1);
  float top_bias = (float)bf_exponents_top(quantizer->parameters[EXPONENT_BIAS_WIDTH]);
  float bias = bf_clamp(top - bf_ceil_log2(largest), 0.0F, top_bias);
  *(bf_exponents *)shared = bf_exponents_of(-bias, top - bias, 0);
}

static void apply_block(const void *shared, size_t n, const float *x, float *y)
{
  bf_log_apply(shared, n, x, y);
}

static void apply(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns, const float *x,
                  float *y)
{
  bf_exponents shared;
  const bf_block_kernel kernel = {prepare, apply_block, &shared};
  bf_blocks_apply(quantizer, n_rows, n_columns, x, y, &kernel);
}

static size_t facts(const bf_quantizer *quantizer, bf_fact *facts)
{
  int64_t bits = quantizer->parameters[WIDTH] - 1;
  const bf_float_parts parts = {.bits = bits,
                                .lowest =
                                    -bf_exponents_top(quantizer->parameters[EXPONENT_BIAS_WIDTH]),
                                .highest = bf_exponents_top(bits)};
  return bf_facts_log(&parts, facts);
}

const bf_format bf_format_block_log = {
    .name = "block_log",
    .n_parameters = 4,
    .parameters = {{.name = "width"},
                   {.name = "exponent_bias_width"},
                   {.name = "block_size", .kind = BF_VALUE_BLOCK, .is_nullable = true},
                   {.name = "skip_first_dim", .kind = BF_VALUE_UNUSED}},
    .check = check,
    .shared_bits = shared_bits,
    .apply = apply,
    .facts = facts,
};
