/* Crossover and mutation of configurations.
 * Room: search, private. */
#ifndef BF_SEARCH_NSGA_VARIATION_H
#define BF_SEARCH_NSGA_VARIATION_H

#include "base/random.h"
#include "search/space.h"

/**
 * Uniform crossover: each index of the @p child comes from @p second with probability @p swapping,
 * else from @p first; where it matters in one parent only, from that one. All canonical; the child
 * is neither parent.
 */
void bf_cross(const bf_space *space, const uint32_t *first, const uint32_t *second, double swapping,
              bf_random *random, uint32_t *child);

/** How many parameters could be changed: they matter here and have a choice. */
size_t bf_n_mutable(const bf_space *space, const uint32_t *indexes);

/** Changes each such parameter with this @p probability. Canonical before and after. */
void bf_mutate_each(const bf_space *space, double probability, bf_random *random,
                    uint32_t *indexes);

/** Changes one of them, if there is one. Canonical before and after. */
void bf_mutate_one(const bf_space *space, bf_random *random, uint32_t *indexes);

#endif
