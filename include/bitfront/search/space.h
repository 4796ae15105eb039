/* A search space: parameters with finitely many choices, as a sampler sees it.
 * Room: search. */
#ifndef BF_SEARCH_SPACE_H
#define BF_SEARCH_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** Whether neighbouring choices are alike. */
typedef enum bf_parameter_kind {
  BF_PARAMETER_ORDERED, /**< bit-widths, multipliers: choice 2 lies between 1 and 3 */
  BF_PARAMETER_CHOICE   /**< names: all choices are equally different */
} bf_parameter_kind;

/**
 * Choices are indexes 0 .. n_choices - 1; what they mean is the caller's business.
 *
 * A parameter may matter only under some choices of an earlier one (a node without a number format
 * has no widths). Configurations that differ only where it makes no difference are one: the
 * canonical one of them has index 0 there. Between a parameter and the last one that hangs on it
 * stands none that hangs on another.
 */
typedef struct bf_parameter {
  const char *name;   /**< borrowed: "seq_blocks_2/weight_width" */
  uint32_t n_choices; /**< >= 1 */
  bf_parameter_kind kind;
  size_t parent; /**< with matters: index of an earlier parameter that always matters itself */
  const bool *matters; /**< (n_choices of the parent) under which of them; NULL: always. Borrowed */
} bf_parameter;

/** A configuration is one index per parameter, in this order. Borrowed arrays. */
typedef struct bf_space {
  size_t n_parameters;
  const bf_parameter *parameters;
} bf_space;

/** Number of different configurations; UINT64_MAX when it is that large or larger. 1 for no
 * parameters. */
uint64_t bf_space_size(const bf_space *space);

/** Whether parameter @p d makes a difference beside the other @p indexes. */
bool bf_space_matters(const bf_space *space, const uint32_t *indexes, size_t d);

/** Sets every index that makes no difference to 0. */
void bf_space_canonicalise(const bf_space *space, uint32_t *indexes);

/**
 * Canonical configuration @p code (below the size), the last parameter fastest: mixed radix, or,
 * where some parameters do not matter, the same order with the repetitions left out.
 */
void bf_space_decode(const bf_space *space, uint64_t code, uint32_t *indexes);

#endif
