/* The candidates of an ask: configurations near the best ones, different and unseen.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_POOL_H
#define BF_SEARCH_GP_POOL_H

#include "base/random.h"
#include "search/history.h"
#include "search/space.h"

enum { BF_GP_POOL = 256, BF_GP_POOL_SLOTS = 1024 };

typedef struct bf_gp_pool {
  const bf_space *space;     /**< borrowed */
  const bf_history *history; /**< borrowed */
  uint64_t size;             /**< of the space */
  size_t n;
  uint32_t *indexes; /**< (BF_GP_POOL + 1, n_parameters), canonical; number n is being made */
  uint16_t slots[BF_GP_POOL_SLOTS]; /**< hash table: place + 1; 0: free */
} bf_gp_pool;

/** @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_gp_pool_init(bf_gp_pool *pool, const bf_space *space, const bf_history *history);
void bf_gp_pool_release(bf_gp_pool *pool);

const uint32_t *bf_gp_pool_at(const bf_gp_pool *pool, size_t i);

/**
 * @brief Empties the pool.
 * @return Whether it holds now all configurations that are unseen, which is done where they are few
 *         and found soon.
 */
bool bf_gp_pool_start(bf_gp_pool *pool);

/** Adds a random configuration, if it is new. There is room for one. */
void bf_gp_pool_add_random(bf_gp_pool *pool, bf_random *random);

/** Adds a mutant of @p mother, or of a cross of her and @p father unless that is NULL, if it is
 * new. */
void bf_gp_pool_add_child(bf_gp_pool *pool, const uint32_t *mother, const uint32_t *father,
                          bf_random *random);

#endif
