/* Number formats: what a value becomes when it is stored in few bits.
 * Room: quant. */
#ifndef BF_QUANT_FORMAT_H
#define BF_QUANT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "base/status.h"

/*
 * A format is a row of a table (name, parameter names, a check and a kernel); a quantizer is a
 * format with its parameters filled in. Quantisation here is "fake": float32 in, float32 out, the
 * result being a number the format can hold. Its gradient is straight-through: copied unchanged.
 * A new format is one file and one row in format.c.
 */
enum { BF_MAX_FORMAT_PARAMETERS = 8 };

typedef struct bf_format bf_format;

/** What the value of a parameter is. */
typedef enum bf_value_kind {
  BF_VALUE_NUMBER, /**< a whole number: width = 8 */
  BF_VALUE_FLAG,   /**< 0 or 1: bipolar = true; 0 and 1 are taken as well */
  BF_VALUE_BLOCK,  /**< the shape of a block: block_size = [4, 4]; a number n is [n] */
  BF_VALUE_UNUSED  /**< of a parameter: accepted, whatever it is, and without a meaning here; of a
                      setting: something else than the others */
} bf_value_kind;

/** A tile of a matrix; 0, and what is larger than the matrix, is the whole dimension. */
typedef struct bf_block {
  int64_t n_rows;
  int64_t n_columns;
} bf_block;

/** A plain value; all zero is "not quantised". */
typedef struct bf_quantizer {
  const bf_format *format;                      /**< NULL: not quantised */
  int64_t parameters[BF_MAX_FORMAT_PARAMETERS]; /**< in the format's order, nulls resolved; flags
                                                   are 0 or 1; 0 for a block and what is unused */
  bf_block block;                               /**< of the format's block parameter, if any */
  bool is_unsigned;                             /**< the input of a ReLU: no sign bit */
} bf_quantizer;

/** One given parameter: "width" = 8; null is the "NA" of job files. */
typedef struct bf_setting {
  const char *key;
  int64_t value; /**< of a number or flag */
  bool is_null;
  bf_value_kind kind;
  bf_block block; /**< of a block */
} bf_setting;

/**
 * @brief Makes @p setting a block of the shape that job files give, as the Python tool reads it:
 *        the last entries belong to the last dimensions, missing ones and -1 mean all of theirs.
 *        [16] is all rows by 16 columns, [4, 4] a square; of more than two entries the last two
 *        count.
 * @param entries (n_entries), each -1 or at least 1.
 * @return BF_OK; BF_ERR_USAGE if there is none or one is out of range; @p setting is untouched
 * then.
 */
bf_status bf_setting_block(bf_setting *setting, size_t n_entries, const int64_t *entries);

/** Names of all formats, in table order; *n of them. Borrowed. */
const char *const *bf_format_names(size_t *n);

/** Whether @p name is a format, and whether @p key is one of its parameters. */
bool bf_format_exists(const char *name);
bool bf_format_has_parameter(const char *name, const char *key);

/** Whether it is one that makes a difference. */
bool bf_format_uses_parameter(const char *name, const char *key);

/** Whether a Linear in this format has its weights quantised and nothing else: its input and bias
 * stay as they are. */
bool bf_format_is_for_weights(const char *name);

/** Why a format of the Python tool is not to be had here, and what to try; NULL for all other
 * names. Borrowed. */
const char *bf_format_refusal(const char *name);

/** Parameter @p i of the format, in the order of tied choices ("width", "frac_width"); NULL past
 * the last. Borrowed. */
const char *bf_format_parameter(const char *name, size_t i);

/** What the values of that parameter are; BF_VALUE_UNUSED past the last. */
bf_value_kind bf_format_parameter_kind(const char *name, size_t i);

/**
 * @brief Fills in a quantizer.
 * @param settings (n_settings) parameters by name; nullable ones may be missing (null).
 * @return BF_OK; BF_ERR_USAGE for an unknown format (with a suggestion) or key, a missing, null or
 *         out-of-range parameter ("width is 33, expected 1..32"), or one of another kind.
 */
bf_status bf_quantizer_init(bf_quantizer *quantizer, const char *format, size_t n_settings,
                            const bf_setting *settings, bool is_unsigned);

/**
 * @brief y = Q(x), element by element or block by block.
 * @param x,y (n_rows, n_columns) row-major; y may be x. Blocks of block formats are tiles of this
 *            matrix: the form of weights, and with one row that of biases. A quantizer without a
 *            format copies.
 * Thread: safe for distinct y.
 */
void bf_quantize(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns, const float *x,
                 float *y);

/** @brief As bf_quantize, but every row on its own: the form of data, where a row must not depend
 * on the others of its batch. */
void bf_quantize_rows(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns,
                      const float *x, float *y);

/** Whether training draws what values become; bf_quantize is what evaluation does then. */
bool bf_quantizer_is_stochastic(const bf_quantizer *quantizer);

/**
 * @brief y = Q(x) of a stochastic quantizer (binary): +1 with chance clamp((x + 1) / 2, 0, 1), else
 *        -1. One draw of @p random a value, in their order.
 * @param x,y (n); y may be x. NaN becomes -1.
 *
 * Where x is within -1..1 the mean of Q is x; its straight-through gradient is half of what reaches
 * Q (the measured behaviour of the Python tool).
 */
void bf_quantize_drawn(const bf_quantizer *quantizer, size_t n, const float *x, bf_random *random,
                       float *y);

/** Whether every value is quantised by itself, wherever it stands: no blocks, no scales. */
bool bf_quantizer_is_local(const bf_quantizer *quantizer);

/** Name of the format; "NA" when not quantised. Borrowed. */
const char *bf_quantizer_name(const bf_quantizer *quantizer);

/** Bits a value takes: the width; 32 when not quantised. */
int64_t bf_quantizer_width(const bf_quantizer *quantizer);

/** Bits that the values of a matrix, quantised as by bf_quantize, take together beside those of
 * each: the exponents of blocks, scales; 0 when there are none. */
int64_t bf_quantizer_shared_bits(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns);

/** Sum of the format's precision list (integer: width + frac_width), as the Python tool counts,
 * with nulls resolved and without the shapes of blocks, which it cannot add; 32 when not
 * quantised. */
int64_t bf_quantizer_precision(const bf_quantizer *quantizer);

/** Number of parameters of the quantizer's format, 0 when not quantised, and parameter @p i, for
 * writing it down: bf_quantizer_init makes the same quantizer of them. The key is borrowed; what is
 * unused is null. */
size_t bf_quantizer_n_parameters(const bf_quantizer *quantizer);
bf_setting bf_quantizer_parameter(const bf_quantizer *quantizer, size_t i);

#endif
