/* Fixed point: y = clamp(round_half_even(x * 2^frac), lo, hi) / 2^frac, in float32.
 * Room: quant. Formula: docs/formats.md, "Number formats". */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "quant/format_table.h"

enum { WIDTH, FRAC_WIDTH };

/* 2^64 and 2^-64 times any clamped integer are normal float32 numbers, so scaling is exact. */
enum { MAX_WIDTH = 32, MAX_FRAC_WIDTH = 64 };

static bf_status check(bf_quantizer *quantizer, const bool is_null[BF_MAX_FORMAT_PARAMETERS])
{
  bf_status status;
  BF_TRY(bf_quantizer_check_range(quantizer, WIDTH, 1, MAX_WIDTH));
  if (is_null[FRAC_WIDTH])
    quantizer->parameters[FRAC_WIDTH] = quantizer->parameters[WIDTH] / 2;
  BF_TRY(bf_quantizer_check_range(quantizer, FRAC_WIDTH, -MAX_FRAC_WIDTH, MAX_FRAC_WIDTH));
done:
  return status;
}

/* nearbyintf() for all values, in a form that compilers vectorise without SSE4.1: beyond 2^23 there
 * are no fractions, and below it adding 2^23 rounds them away. */
static inline float round_half_even(float x)
{
  const float magic = copysignf(0x1p23F, x);
  return fabsf(x) < 0x1p23F ? (x + magic) - magic : x;
}

typedef struct range {
  float lo; /* in steps of 2^-frac */
  float hi;
} range;

/* From 26 bits on, float32 cannot hold the upper bound and rounds it up to the power of two. */
static range range_of(const bf_quantizer *quantizer)
{
  int bits = (int)quantizer->parameters[WIDTH];
  return (range){
      .lo = quantizer->is_unsigned ? 0.0F : -ldexpf(1.0F, bits - 1),
      .hi = (float)(ldexp(1.0, quantizer->is_unsigned ? bits : bits - 1) - 1.0),
  };
}

static bool grid(const bf_quantizer *quantizer, bf_grid *out)
{
  range steps = range_of(quantizer);
  float step = ldexpf(1.0F, -(int)quantizer->parameters[FRAC_WIDTH]);
  if (steps.hi >= 0x1p22F)
    return false;
  *out = (bf_grid){.lo = steps.lo * step, .hi = steps.hi * step, .magic = 0x1.8p23F * step};
  return true;
}

static void apply(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns, const float *x,
                  float *y)
{
  int frac = (int)quantizer->parameters[FRAC_WIDTH];
  float lo = range_of(quantizer).lo, hi = range_of(quantizer).hi;
  float scale = ldexpf(1.0F, frac);
  float step = ldexpf(1.0F, -frac);
  for (size_t i = 0; i < n_rows * n_columns; i++) {
    float rounded = round_half_even(x[i] * scale);
    float raised = rounded < lo ? lo : rounded; /* in this form NaN stays NaN */
    y[i] = (raised > hi ? hi : raised) * step;
  }
}

static size_t facts(const bf_quantizer *quantizer, bf_fact *facts)
{
  range steps = range_of(quantizer);
  double step = ldexp(1.0, -(int)quantizer->parameters[FRAC_WIDTH]);
  facts[0] = (bf_fact){"levels", ldexp(1.0, (int)quantizer->parameters[WIDTH])};
  facts[1] = (bf_fact){"lowest", (double)steps.lo * step};
  facts[2] = (bf_fact){"highest", (double)steps.hi * step};
  facts[3] = (bf_fact){"smallest_positive", step};
  facts[4] = (bf_fact){"step", step};
  return 5;
}

static void hls(const bf_quantizer *quantizer, char text[BF_HLS_BYTES])
{
  int64_t bits = quantizer->parameters[WIDTH];
  snprintf(text, BF_HLS_BYTES, "%s<%" PRId64 ",%" PRId64 ",AP_RND_CONV,AP_SAT>",
           quantizer->is_unsigned ? "ap_ufixed" : "ap_fixed", bits,
           bits - quantizer->parameters[FRAC_WIDTH]);
}

/* The Python tool knows the same class under two names. */
const bf_format bf_format_integer = {
    .name = "integer",
    .n_parameters = 2,
    .parameters = {{.name = "width"}, {.name = "frac_width", .is_nullable = true}},
    .check = check,
    .grid = grid,
    .apply = apply,
    .facts = facts,
    .hls = hls,
};

const bf_format bf_format_fixed = {
    .name = "fixed",
    .n_parameters = 2,
    .parameters = {{.name = "width"}, {.name = "frac_width", .is_nullable = true}},
    .check = check,
    .grid = grid,
    .apply = apply,
    .facts = facts,
    .hls = hls,
};
