/* Kernels of formats with an exponent a value, used by the plain and by the block formats.
 * Room: quant, private. Formulas: docs/formats.md, "Number formats". */
#ifndef BF_QUANT_EXPONENTS_H
#define BF_QUANT_EXPONENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "quant/format_table.h"

/** Which exponents values can have, and how many steps there are from one power of two to the next.
 * Floats as in the Python tool, where large bounds are rounded to float32. */
typedef struct bf_exponents {
  float lowest;  /**< exponent */
  float highest; /**< exponent */
  float n_steps; /**< 2^m with m bits of mantissa; unused by logarithms, as are these: */
  float step;    /**< 2^-m, for products that are as exact as quotients and faster */
  float top;     /**< 2^m - 1 */
} bf_exponents;

/** The largest number of @p bits, before a bias is taken off. */
static inline int64_t bf_exponents_top(int64_t bits)
{
  return (INT64_C(1) << bits) - 1;
}

bf_exponents bf_exponents_of(float lowest, float highest, int64_t mantissa_bits);

/** y = Q(x) of (n) values; y may be x. */
typedef void bf_exponents_kernel(const bf_exponents *exponents, size_t n, const float *x, float *y);

/* The fast kernels, and the slow, obvious forms with log2f and ldexpf, which are their oracles and
 * what they fall back on. All give the same numbers. */
bf_exponents_kernel bf_denorm_apply, bf_denorm_slow;
bf_exponents_kernel bf_ieee_apply, bf_ieee_slow;
bf_exponents_kernel bf_log_apply, bf_log_slow;

/** As a kernel, but without log2f: false, and @p y means nothing, if the bits of some value do not
 * tell its exponent. @p y is not x. */
typedef bool bf_exponents_attempt(const bf_exponents *exponents, size_t n, const float *x,
                                  float *y);

/** @p attempt stretch by stretch, and @p slow for those where it fails; @p slow alone if none of
 * the powers of two is a normal float32 number. */
void bf_exponents_run(const bf_exponents *exponents, bf_exponents_attempt *attempt,
                      bf_exponents_kernel *slow, size_t n, const float *x, float *y);

/** @brief Checks parameter @p bias of a format with @p exponent_bits, or fills it in if it is null:
 *        2^(exponent_bits - 1) - 1. In range are those with which the format's powers of two are
 *        not all beyond float32's. @return BF_OK; BF_ERR_USAGE. */
bf_status bf_exponents_check_bias(bf_quantizer *quantizer, size_t bias, bool is_null,
                                  int64_t exponent_bits);

/** @brief Checks the parameters @p width and @p exponent_width (exponent_width < width).
 * @return BF_OK; BF_ERR_USAGE. */
bf_status bf_exponents_check_widths(const bf_quantizer *quantizer, size_t width,
                                    size_t exponent_width);

#endif
