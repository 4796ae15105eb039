/* A search space: parameters with finitely many choices, as a sampler sees it.
 * Room: search. */
#ifndef BF_SEARCH_SPACE_H
#define BF_SEARCH_SPACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** Choices are indexes 0 .. n_choices - 1; what they mean is the caller's business. */
typedef struct bf_parameter {
  const char *name;   /**< borrowed: "seq_blocks_2/weight_width" */
  uint32_t n_choices; /**< >= 1 */
} bf_parameter;

/** A configuration is one index per parameter, in this order. Borrowed arrays. */
typedef struct bf_space {
  size_t n_parameters;
  const bf_parameter *parameters;
} bf_space;

/** Number of configurations; UINT64_MAX when it is that large or larger. 1 for no parameters. */
uint64_t bf_space_size(const bf_space *space);

/** Configuration @p code (below the size) in mixed radix, the last parameter fastest. */
void bf_space_decode(const bf_space *space, uint64_t code, uint32_t *indexes);

#endif
