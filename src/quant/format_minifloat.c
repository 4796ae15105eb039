/* Small floats, without (minifloat_denorm) and with a hidden bit (minifloat_ieee).
 * Room: quant. Formulas: docs/formats.md, "Number formats". */
#include "quant/exponents.h"
#include "quant/facts_floats.h"
#include "quant/powers.h"

enum { WIDTH, EXPONENT_WIDTH, EXPONENT_BIAS };

/* So small that it changes the logarithm of small values only, but that of 0 is one. */
static const float nudge = 1e-9F;

/* Both take |x| / power, which is |x| 2^-e where that is a normal number. */

/* Values between 0 and 1 times the power of two, in steps of 2^-m. */
static inline float denorm_value(const bf_exponents *exponents, float x, float power,
                                 float quotient)
{
  float steps = bf_round_positive(quotient * exponents->n_steps);
  float mantissa = bf_clamp(steps, 0.0F, exponents->top) * exponents->step;
  return bf_keep_small(x, bf_sign(x + nudge) * power * mantissa);
}

void bf_denorm_slow(const bf_exponents *exponents, size_t n, const float *x, float *y)
{
  for (size_t i = 0; i < n; i++) {
    float e = ceilf(log2f(fabsf(x[i]) + nudge));
    float power = bf_power(bf_clamp(e, exponents->lowest, exponents->highest));
    y[i] = denorm_value(exponents, x[i], power, fabsf(x[i]) / power);
  }
}

/* Steps from 1 up to 2 times the power of two; below the lowest power, from 0 up in twice the step.
 */
static inline float ieee_value(const bf_exponents *exponents, float x, float power, float quotient,
                               bool is_lowest)
{
  float steps = quotient * exponents->n_steps;
  float above = steps - exponents->n_steps;
  float wanted = is_lowest ? steps * 0.5F : above < 0.0F ? 0.0F : above;
  float fraction = bf_clamp(bf_round_positive(wanted), 0.0F, exponents->top) * exponents->step;
  float mantissa = is_lowest ? 2.0F * fraction : 1.0F + fraction;
  return bf_keep_small(x, bf_sign(x + nudge) * power * mantissa);
}

void bf_ieee_slow(const bf_exponents *exponents, size_t n, const float *x, float *y)
{
  for (size_t i = 0; i < n; i++) {
    float e = floorf(log2f(fabsf(x[i]) + nudge));
    e = bf_clamp(e, exponents->lowest, exponents->highest);
    float power = bf_power(e);
    y[i] = ieee_value(exponents, x[i], power, fabsf(x[i]) / power, e == exponents->lowest);
  }
}

/* Exponents as whole numbers. A bound beyond the normal powers is no bound for them: such values
 * are left to the slow form. */
typedef struct bounds {
  int32_t lowest;
  int32_t highest;
} bounds;

static bounds bounds_of(const bf_exponents *exponents)
{
  float lowest = exponents->lowest, highest = exponents->highest;
  return (bounds){.lowest = lowest > -1000.0F ? (int32_t)lowest : -1000,
                  .highest = highest < 1000.0F ? (int32_t)highest : 1000};
}

static inline int32_t within(bounds bound, int32_t e)
{
  int32_t raised = e < bound.lowest ? bound.lowest : e;
  return raised > bound.highest ? bound.highest : raised;
}

static bool attempt_denorm(const bf_exponents *exponents, size_t n, const float *x, float *y)
{
  bounds bound = bounds_of(exponents);
  int32_t odd = 0;
  for (size_t i = 0; i < n; i++) {
    int32_t bits = bf_bits_of(fabsf(x[i]) + nudge);
    int32_t mantissa = bits & BF_MANTISSA_MASK;
    int32_t e = (bits >> BF_MANTISSA_BITS) - BF_EXPONENT_OFFSET + (mantissa != 0);
    e = within(bound, e);
    odd |= bf_odd_mantissa(mantissa);
    odd |= !bf_is_normal_power(e);
    float quotient = fabsf(x[i]) * bf_normal_power(-e);
    y[i] = denorm_value(exponents, x[i], bf_normal_power(e), quotient);
  }
  return odd == 0;
}

static bool attempt_ieee(const bf_exponents *exponents, size_t n, const float *x, float *y)
{
  bounds bound = bounds_of(exponents);
  int32_t odd = 0;
  for (size_t i = 0; i < n; i++) {
    int32_t bits = bf_bits_of(fabsf(x[i]) + nudge);
    int32_t e = within(bound, (bits >> BF_MANTISSA_BITS) - BF_EXPONENT_OFFSET);
    odd |= bf_odd_mantissa(bits & BF_MANTISSA_MASK);
    odd |= !bf_is_normal_power(e);
    float quotient = fabsf(x[i]) * bf_normal_power(-e);
    y[i] = ieee_value(exponents, x[i], bf_normal_power(e), quotient, e == bound.lowest);
  }
  return odd == 0;
}

void bf_denorm_apply(const bf_exponents *exponents, size_t n, const float *x, float *y)
{
  bf_exponents_run(exponents, attempt_denorm, bf_denorm_slow, n, x, y);
}

void bf_ieee_apply(const bf_exponents *exponents, size_t n, const float *x, float *y)
{
  bf_exponents_run(exponents, attempt_ieee, bf_ieee_slow, n, x, y);
}

static bf_status check(bf_quantizer *quantizer, const bool is_null[BF_MAX_FORMAT_PARAMETERS])
{
  bf_status status;
  BF_TRY(bf_exponents_check_widths(quantizer, WIDTH, EXPONENT_WIDTH));
  BF_TRY(bf_exponents_check_bias(quantizer, EXPONENT_BIAS, is_null[EXPONENT_BIAS],
                                 quantizer->parameters[EXPONENT_WIDTH]));
done:
  return status;
}

static bf_exponents exponents_of(const bf_quantizer *quantizer)
{
  int64_t exponent_width = quantizer->parameters[EXPONENT_WIDTH];
  int64_t bias = quantizer->parameters[EXPONENT_BIAS];
  return bf_exponents_of((float)-bias, (float)(bf_exponents_top(exponent_width) - bias),
                         quantizer->parameters[WIDTH] - exponent_width - 1);
}

static void apply_denorm(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns,
                         const float *x, float *y)
{
  bf_exponents exponents = exponents_of(quantizer);
  bf_denorm_apply(&exponents, n_rows * n_columns, x, y);
}

static void apply_ieee(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns,
                       const float *x, float *y)
{
  bf_exponents exponents = exponents_of(quantizer);
  bf_ieee_apply(&exponents, n_rows * n_columns, x, y);
}

static bf_float_parts parts_of(const bf_quantizer *quantizer)
{
  const int64_t *parameters = quantizer->parameters;
  int64_t bits = parameters[EXPONENT_WIDTH], bias = parameters[EXPONENT_BIAS];
  return (bf_float_parts){.bits = bits,
                          .mantissa_bits = parameters[WIDTH] - bits - 1,
                          .lowest = -bias,
                          .highest = bf_exponents_top(bits) - bias,
                          .bias = &parameters[EXPONENT_BIAS]};
}

static size_t facts_denorm(const bf_quantizer *quantizer, bf_fact *facts)
{
  const bf_float_parts parts = parts_of(quantizer);
  return bf_facts_denorm(&parts, facts);
}

static size_t facts_ieee(const bf_quantizer *quantizer, bf_fact *facts)
{
  const bf_float_parts parts = parts_of(quantizer);
  return bf_facts_ieee(&parts, facts);
}

const bf_format bf_format_minifloat_denorm = {
    .name = "minifloat_denorm",
    .n_parameters = 3,
    .parameters = {{.name = "width"},
                   {.name = "exponent_width"},
                   {.name = "exponent_bias", .is_nullable = true}},
    .check = check,
    .apply = apply_denorm,
    .facts = facts_denorm,
};

const bf_format bf_format_minifloat_ieee = {
    .name = "minifloat_ieee",
    .n_parameters = 3,
    .parameters = {{.name = "width"},
                   {.name = "exponent_width"},
                   {.name = "exponent_bias", .is_nullable = true}},
    .check = check,
    .apply = apply_ieee,
    .facts = facts_ieee,
};
