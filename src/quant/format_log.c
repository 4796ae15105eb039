/* Signed powers of two. There is no 0 among them.
 * Room: quant. Formula: docs/formats.md, "Number formats". */
#include "quant/exponents.h"
#include "quant/facts_floats.h"
#include "quant/powers.h"

enum { WIDTH, EXPONENT_BIAS };

static inline float nudge_of(const bf_exponents *exponents)
{
  return 0.1F * bf_power(exponents->lowest);
}

void bf_log_slow(const bf_exponents *exponents, size_t n, const float *x, float *y)
{
  float nudge = nudge_of(exponents);
  for (size_t i = 0; i < n; i++) {
    float e = bf_clamp(rintf(log2f(fabsf(x[i]) + nudge)), exponents->lowest, exponents->highest);
    y[i] = bf_sign(x[i] + nudge) * bf_power(e);
  }
}

/* Beside powers of two there is nothing odd about rounding, but beside the half way to the next. */
static inline bool is_odd(int32_t mantissa)
{
  uint32_t above = (uint32_t)(mantissa - BF_MANTISSA_OF_ROOT_2 + BF_ODD_WITHIN);
  return above < 2 * BF_ODD_WITHIN;
}

/* Of sums that are normal numbers. 2^128 is made of bits as infinity is; a 0, which there are many
 * of behind a ReLU, becomes the lowest power, since the nudge is below half of it. */
static bool attempt(const bf_exponents *exponents, size_t n, const float *x, float *y)
{
  float nudge = nudge_of(exponents);
  float lowest = exponents->lowest < BF_LOWEST_POWER ? BF_LOWEST_POWER : exponents->lowest;
  float highest = exponents->highest > BF_HIGHEST_POWER ? BF_HIGHEST_POWER + 1 : exponents->highest;
  float of_zero = bf_sign(nudge) * bf_power(exponents->lowest);
  int32_t odd = 0;
  for (size_t i = 0; i < n; i++) {
    float v = fabsf(x[i]) + nudge;
    int32_t bits = bf_bits_of(v);
    int32_t mantissa = bits & BF_MANTISSA_MASK;
    int32_t e =
        (bits >> BF_MANTISSA_BITS) - BF_EXPONENT_OFFSET + (mantissa > BF_MANTISSA_OF_ROOT_2);
    e = e < (int32_t)lowest ? (int32_t)lowest : e;
    e = e > (int32_t)highest ? (int32_t)highest : e;
    float made = bf_sign(x[i] + nudge) * bf_normal_power(e);
    bool is_zero = x[i] == 0.0F;
    int32_t is_unsure = (int32_t)is_odd(mantissa) | (int32_t)(v < 0x1p-126F);
    odd |= (int32_t)(x[i] != 0.0F) & is_unsure;
    made = v <= INFINITY ? made : v;
    y[i] = is_zero ? of_zero : made;
  }
  return odd == 0;
}

void bf_log_apply(const bf_exponents *exponents, size_t n, const float *x, float *y)
{
  bf_exponents_run(exponents, attempt, bf_log_slow, n, x, y);
}

static bf_status check(bf_quantizer *quantizer, const bool is_null[BF_MAX_FORMAT_PARAMETERS])
{
  bf_status status;
  BF_TRY(bf_quantizer_check_range(quantizer, WIDTH, 2, 32));
  BF_TRY(bf_exponents_check_bias(quantizer, EXPONENT_BIAS, is_null[EXPONENT_BIAS],
                                 quantizer->parameters[WIDTH] - 1));
done:
  return status;
}

static void apply(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns, const float *x,
                  float *y)
{
  int64_t bias = quantizer->parameters[EXPONENT_BIAS];
  int64_t top = bf_exponents_top(quantizer->parameters[WIDTH] - 1);
  bf_exponents exponents = bf_exponents_of((float)-bias, (float)(top - bias), 0);
  bf_log_apply(&exponents, n_rows * n_columns, x, y);
}

static size_t facts(const bf_quantizer *quantizer, bf_fact *facts)
{
  int64_t bits = quantizer->parameters[WIDTH] - 1, bias = quantizer->parameters[EXPONENT_BIAS];
  const bf_float_parts parts = {.bits = bits,
                                .lowest = -bias,
                                .highest = bf_exponents_top(bits) - bias,
                                .bias = &quantizer->parameters[EXPONENT_BIAS]};
  return bf_facts_log(&parts, facts);
}

const bf_format bf_format_log = {
    .name = "log",
    .n_parameters = 2,
    .parameters = {{.name = "width"}, {.name = "exponent_bias", .is_nullable = true}},
    .check = check,
    .apply = apply,
    .facts = facts,
};
