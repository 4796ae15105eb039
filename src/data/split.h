/* Which row goes where: train, validation and test, in a new order.
 * Room: data. */
#ifndef BF_DATA_SPLIT_H
#define BF_DATA_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "data/manifest.h"

typedef struct bf_split_plan {
  bool is_sklearn;
  double percent[BF_N_SPLITS];
  uint32_t sklearn_seed;
} bf_split_plan;

/** @brief Reads "64,16,20" or "sklearn:42". @return BF_OK; BF_ERR_USAGE. */
bf_status bf_split_parse(const char *text, bf_split_plan *plan);

typedef struct bf_assignment {
  size_t n_rows[BF_N_SPLITS];
  uint32_t *position; /**< (n) row's place in train, then val, then test */
} bf_assignment;

/**
 * @brief Assigns @p n rows.
 *
 * Percentages: rows of each class in the order of stream (seed, BF_PURPOSE_SPLIT, class), divided
 * right within one row, the whole set exactly where its shares are whole; then all rows in the
 * order of stream (.., 255).
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_split_assign(const bf_split_plan *plan, uint64_t seed, size_t n, const uint8_t *labels,
                          bf_assignment *out);

/**
 * @brief The assignment of sklearn's train_test_split(test_size=0.2, random_state=seed): test = the
 * first ceil(0.2 n) of its permutation; val = the last floor(0.2 m) of the m others.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_split_sklearn(uint32_t seed, size_t n, bf_assignment *out);

/** numpy.random.RandomState(seed).permutation(n) in @p order. */
void bf_numpy_permutation(uint32_t seed, size_t n, uint32_t *order);

#endif
