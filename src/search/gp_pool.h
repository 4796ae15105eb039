/* The candidates of an ask: configurations near the best ones, different and unseen.
 * Room: search, private. */
#ifndef BF_SEARCH_GP_POOL_H
#define BF_SEARCH_GP_POOL_H

#include "base/random.h"
#include "search/history.h"
#include "search/space.h"

enum { BF_GP_POOL = 256 };

typedef struct bf_gp_pool {
  const bf_space *space;     /**< borrowed */
  const bf_history *history; /**< borrowed */
  size_t n;
  uint32_t *indexes; /**< (BF_GP_POOL + 1, n_parameters), canonical; the last one is being made */
  uint64_t hashes[BF_GP_POOL];
} bf_gp_pool;

/** @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_gp_pool_init(bf_gp_pool *pool, const bf_space *space, const bf_history *history);
void bf_gp_pool_release(bf_gp_pool *pool);

const uint32_t *bf_gp_pool_at(const bf_gp_pool *pool, size_t i);

/** Adds a configuration unless it is there or was asked. There is room for one. */
void bf_gp_pool_add(bf_gp_pool *pool, const uint32_t *indexes);

/** Adds a random configuration, if it is new. */
void bf_gp_pool_add_random(bf_gp_pool *pool, bf_random *random);

/** Adds a mutant of @p mother, or of a cross of her and @p father unless that is NULL, if it is
 * new. */
void bf_gp_pool_add_child(bf_gp_pool *pool, const uint32_t *mother, const uint32_t *father,
                          bf_random *random);

#endif
