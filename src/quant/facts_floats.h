/* What is known of formats whose numbers are powers of two, with or without steps between them.
 * Room: quant, private. */
#ifndef BF_QUANT_FACTS_FLOATS_H
#define BF_QUANT_FACTS_FLOATS_H

#include "quant/facts.h"

/** The powers of two and the steps of a format; over all blocks if blocks differ in their bias. */
typedef struct bf_float_parts {
  int64_t bits;          /**< of the exponent */
  int64_t mantissa_bits; /**< m */
  int64_t lowest;        /**< exponent */
  int64_t highest;       /**< exponent */
  const int64_t *bias;   /**< NULL: every block has its own */
} bf_float_parts;

/* All fill in @p facts and return how many there are. */

/** s 2^e k / 2^m with k < 2^m: minifloat_denorm. */
size_t bf_facts_denorm(const bf_float_parts *parts, bf_fact *facts);
/** s 2^e (1 + k / 2^m), below the lowest power s 2^e 2 k / 2^m: minifloat_ieee, block_minifloat. */
size_t bf_facts_ieee(const bf_float_parts *parts, bf_fact *facts);
/** s 2^e: log, block_log. */
size_t bf_facts_log(const bf_float_parts *parts, bf_fact *facts);
/** s 2^e k / 2^m with one e a block: block_fp. */
size_t bf_facts_block_fp(const bf_float_parts *parts, bf_fact *facts);

#endif
