/* Number formats: what a value becomes when it is stored in few bits.
 * Room: quant. */
#ifndef BF_QUANT_FORMAT_H
#define BF_QUANT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * A format is a row of a table (name, parameter names, a check and a kernel); a quantizer is a
 * format with its parameters filled in. Quantisation here is "fake": float32 in, float32 out, the
 * result being a number the format can hold. Its gradient is straight-through: copied unchanged.
 * A new format is one file and one row in format.c.
 */
enum { BF_MAX_FORMAT_PARAMETERS = 8 };

typedef struct bf_format bf_format;

/** A plain value; all zero is "not quantised". */
typedef struct bf_quantizer {
  const bf_format *format;                      /**< NULL: not quantised */
  int64_t parameters[BF_MAX_FORMAT_PARAMETERS]; /**< in the format's order, nulls resolved */
  bool is_unsigned;                             /**< the input of a ReLU: no sign bit */
} bf_quantizer;

/** One given parameter: "width" = 8; null is the "NA" of job files. */
typedef struct bf_setting {
  const char *key;
  int64_t value;
  bool is_null;
} bf_setting;

/** Names of all formats, in table order; *n of them. Borrowed. */
const char *const *bf_format_names(size_t *n);

/** Whether @p name is a format, and whether @p key is one of its parameters. */
bool bf_format_exists(const char *name);
bool bf_format_has_parameter(const char *name, const char *key);

/** Parameter @p i of the format, in the order of tied choices ("width", "frac_width"); NULL past
 * the last. Borrowed. */
const char *bf_format_parameter(const char *name, size_t i);

/**
 * @brief Fills in a quantizer.
 * @param settings (n_settings) parameters by name; nullable ones may be missing (null).
 * @return BF_OK; BF_ERR_USAGE for an unknown format (with a suggestion) or key, a missing, null or
 *         out-of-range parameter ("width is 33, expected 1..32").
 */
bf_status bf_quantizer_init(bf_quantizer *quantizer, const char *format, size_t n_settings,
                            const bf_setting *settings, bool is_unsigned);

/**
 * @brief y = Q(x), element by element or block by block.
 * @param x,y (n_rows, n_columns) row-major; y may be x. Blocks of block formats never cross rows'
 *            boundaries of this shape. A quantizer without a format copies.
 * NaN stays NaN. Thread: safe for distinct y.
 */
void bf_quantize(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns, const float *x,
                 float *y);

/** Name of the format; "NA" when not quantised. Borrowed. */
const char *bf_quantizer_name(const bf_quantizer *quantizer);

/** Bits a value takes: the width; 32 when not quantised. */
int64_t bf_quantizer_width(const bf_quantizer *quantizer);

/** Sum of the format's precision list (integer: width + frac_width), as the Python tool counts; 32
 * when not quantised. */
int64_t bf_quantizer_precision(const bf_quantizer *quantizer);

/** Number and name of parameters of the quantizer's format, for writing it down; 0 when not
 * quantised. */
size_t bf_quantizer_n_parameters(const bf_quantizer *quantizer);
const char *bf_quantizer_parameter_name(const bf_quantizer *quantizer, size_t i);

#endif
