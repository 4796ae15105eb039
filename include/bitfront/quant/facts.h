/* What is worth knowing about a number format with its parameters: its range, steps and bits.
 * Room: quant. */
#ifndef BF_QUANT_FACTS_H
#define BF_QUANT_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "quant/format.h"

enum { BF_MAX_FACTS = 16, BF_HLS_BYTES = 64 };

/** A name ("smallest_positive") and a number. */
typedef struct bf_fact {
  const char *name;
  double value;
} bf_fact;

/**
 * @brief Lists what is known of @p quantizer, of the format's numbers and not of float32's: the
 *        widest formats hold more than that. Definitions: docs/formats.md, "Number formats".
 * @return how many; 0 when not quantised. Names are borrowed and unique.
 *
 * All formats: bits (of a value), shared_bits (of a block or row, if any), levels (distinct numbers
 * of one block or row). Where they do not depend on the values, lowest, highest and
 * smallest_positive, over all blocks. Some: step, mantissa_bits, exponent_bits, exponent_bias,
 * smallest_normal (below it mantissas are short), lowest_exponent, highest_exponent.
 * Oracle: the numbers that a fine grid of values becomes, counted (tests/quant/test_facts.c).
 */
size_t bf_quantizer_facts(const bf_quantizer *quantizer, bf_fact facts[BF_MAX_FACTS]);

/**
 * @brief The type that high-level synthesis knows a fixed-point format by:
 *        "ap_fixed<8,4,AP_RND_CONV,AP_SAT>" (bits, integer bits), ap_ufixed without a sign.
 *
 * AP_RND_CONV rounds half to even. AP_SAT saturates to both ends of the range, of which the lower
 * one has no counterpart; AP_SAT_SYM would leave it out.
 * @return false if the format has none. Source: AMD, Vitis HLS user guide UG1399, "arbitrary
 * precision fixed-point data types".
 */
bool bf_quantizer_hls(const bf_quantizer *quantizer, char text[BF_HLS_BYTES]);

#endif
