/* What formats with an exponent a value share: bounds, checks, and the run of their kernels.
 * Room: quant. */
#include "quant/exponents.h"

#include <string.h>

#include "quant/powers.h"

enum { MAX_WIDTH = 32, STRETCH = 64 };

bf_exponents bf_exponents_of(float lowest, float highest, int64_t mantissa_bits)
{
  return (bf_exponents){.lowest = lowest,
                        .highest = highest,
                        .n_steps = (float)(INT64_C(1) << mantissa_bits),
                        .step = 1.0F / (float)(INT64_C(1) << mantissa_bits),
                        .top = (float)bf_exponents_top(mantissa_bits)};
}

void bf_exponents_run(const bf_exponents *exponents, bf_exponents_attempt *attempt,
                      bf_exponents_kernel *slow, size_t n, const float *x, float *y)
{
  float made[STRETCH];
  if (!(exponents->lowest <= BF_HIGHEST_POWER && exponents->highest >= BF_LOWEST_POWER)) {
    slow(exponents, n, x, y);
    return;
  }
  for (size_t first = 0; first < n; first += STRETCH) {
    size_t m = n - first < STRETCH ? n - first : STRETCH;
    if (attempt(exponents, m, x + first, made))
      memcpy(y + first, made, m * sizeof *y);
    else
      slow(exponents, m, x + first, y + first);
  }
}

bf_status bf_exponents_check_bias(bf_quantizer *quantizer, size_t bias, bool is_null,
                                  int64_t exponent_bits)
{
  if (is_null)
    quantizer->parameters[bias] = bf_exponents_top(exponent_bits - 1);
  return bf_quantizer_check_range(quantizer, bias, -BF_HIGHEST_POWER,
                                  bf_exponents_top(exponent_bits) - BF_LEAST_POWER);
}

bf_status bf_exponents_check_widths(const bf_quantizer *quantizer, size_t width,
                                    size_t exponent_width)
{
  bf_status status;
  BF_TRY(bf_quantizer_check_range(quantizer, width, 2, MAX_WIDTH));
  BF_TRY(bf_quantizer_check_range(quantizer, exponent_width, 1, quantizer->parameters[width] - 1));
done:
  return status;
}
