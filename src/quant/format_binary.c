/* Binary: +1 and -1 by sign; scaled, 0 and the mean magnitude of the row.
 * Room: quant. Definition: docs/formats.md, "Number formats". */
#include <math.h>

#include "quant/format_table.h"
#include "quant/row_mean.h"

enum { WIDTH, STOCHASTIC, BIPOLAR };
enum { BITS = 1, SCALE_BITS = 32 };

static bf_status check(bf_quantizer *quantizer, const bool is_null[BF_MAX_FORMAT_PARAMETERS])
{
  bf_status status = BF_OK;
  int64_t *parameters = quantizer->parameters;
  /* Job files of the Python tool say a width, which nothing there depends on. */
  parameters[WIDTH] = BITS;
  if (is_null[BIPOLAR])
    parameters[BIPOLAR] = 1;
  BF_CHECK(parameters[STOCHASTIC] == 0 || parameters[BIPOLAR] == 1, BF_ERR_USAGE,
           "stochastic is true and bipolar false: only +1 and -1 are drawn, 0 and the row's scale "
           "are not");
done:
  return status;
}

static int64_t width(const bf_quantizer *quantizer)
{
  return quantizer->parameters[WIDTH];
}

static int64_t shared_bits(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns)
{
  (void)n_columns;
  return quantizer->parameters[BIPOLAR] ? 0 : SCALE_BITS * (int64_t)n_rows;
}

/* Comparisons as in the Python tool: -0 becomes +1, NaN -1. */
static void apply_bipolar(size_t n, const float *x, float *y)
{
  for (size_t i = 0; i < n; i++)
    y[i] = x[i] >= 0.0F ? 1.0F : -1.0F;
}

static void apply_scaled(size_t n, const float *x, float *y)
{
  float scale = bf_row_mean(n, x, -1.0F);
  float zero = isnan(scale) ? scale : 0.0F;
  for (size_t i = 0; i < n; i++)
    y[i] = x[i] > 0.0F ? scale : zero;
}

static void apply(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns, const float *x,
                  float *y)
{
  if (quantizer->parameters[BIPOLAR])
    apply_bipolar(n_rows * n_columns, x, y);
  else
    for (size_t i = 0; i < n_rows; i++)
      apply_scaled(n_columns, x + i * n_columns, y + i * n_columns);
}

/* +1 with chance clamp((x + 1) / 2, 0, 1); NaN is -1. */
static void draw(const bf_quantizer *quantizer, size_t n, const float *x, bf_random *random,
                 float *y)
{
  (void)quantizer;
  for (size_t i = 0; i < n; i++) {
    float chance = fminf(fmaxf((x[i] + 1.0F) / 2.0F, 0.0F), 1.0F);
    y[i] = (double)chance > bf_random_unit(random) ? 1.0F : -1.0F;
  }
}

static bool is_stochastic(const bf_quantizer *quantizer)
{
  return quantizer->parameters[STOCHASTIC] != 0;
}

static size_t facts(const bf_quantizer *quantizer, bf_fact *facts)
{
  facts[0] = (bf_fact){"levels", 2.0};
  if (!quantizer->parameters[BIPOLAR])
    return 1;
  facts[1] = (bf_fact){"lowest", -1.0};
  facts[2] = (bf_fact){"highest", 1.0};
  facts[3] = (bf_fact){"smallest_positive", 1.0};
  facts[4] = (bf_fact){"step", 2.0};
  return 5;
}

const bf_format bf_format_binary = {
    .name = "binary",
    .is_for_weights = true,
    .n_parameters = 3,
    .parameters = {{"width", BF_VALUE_UNUSED, true},
                   {"stochastic", BF_VALUE_FLAG, true},
                   {"bipolar", BF_VALUE_FLAG, true}},
    .check = check,
    .width = width,
    .shared_bits = shared_bits,
    .apply = apply,
    .is_stochastic = is_stochastic,
    .draw = draw,
    .facts = facts,
};
