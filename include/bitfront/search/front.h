/* The Pareto front of the trials told so far.
 * Room: search. */
#ifndef BF_SEARCH_FRONT_H
#define BF_SEARCH_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/*
 * a dominates b iff a <= b in every (minimised) objective and a != b. Equal vectors are all kept.
 * Inserting costs O(front size x objectives).
 */
typedef struct bf_front bf_front;

/** @brief An empty front. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_front_create(size_t n_objectives, bf_front **out);
void bf_front_free(bf_front *front);

/**
 * @brief Offers trial @p number; removes members it dominates.
 * @param objectives (n_objectives), minimised, no NaN.
 * @param[out] entered whether it is on the front now.
 * @return BF_OK; BF_ERR_NOMEM (front unchanged).
 */
bf_status bf_front_insert(bf_front *front, uint64_t number, const double *objectives,
                          bool *entered);

/** Members; numbers ascending. Borrowed until the next insert. */
size_t bf_front_size(const bf_front *front);
const uint64_t *bf_front_numbers(const bf_front *front);
/** Their objectives, (size, n_objectives). Borrowed until the next insert. */
const double *bf_front_objectives(const bf_front *front);
/** Members that the last insert pushed off; numbers ascending, *n of them. Borrowed until the next
 * insert. */
const uint64_t *bf_front_dropped(const bf_front *front, size_t *n);
bool bf_front_has(const bf_front *front, uint64_t number);

#endif
