/* What a sampler is made of: the frame that all kinds share and the functions a kind brings.
 * Room: search, private. */
#ifndef BF_SEARCH_SAMPLER_TABLE_H
#define BF_SEARCH_SAMPLER_TABLE_H

#include "base/random.h"
#include "search/enumeration.h"
#include "search/history.h"
#include "search/sampler.h"

/** The functions of a kind; NULL: nothing to do. The frame (sampler.c) has checked order and
 * arguments before it calls. A trial of the history need not have been asked here: it may be
 * restored (bf_sampler_restore). */
typedef struct bf_sampler_kind {
  /** Makes sampler->state. @return BF_OK; BF_ERR_USAGE if space or options do not suit;
   * BF_ERR_NOMEM. */
  bf_status (*create)(bf_sampler *sampler);
  /** Frees the state, which may be NULL or half made. NULL: free() does. */
  void (*free_state)(void *state);
  /**
   * Proposes a configuration, of which at least one is unseen. The frame makes it canonical and
   * replaces it by a random unseen one if it was asked before; a kind that can do better looks at
   * bf_history_has itself. The trial is not yet in the history.
   * @return BF_OK; BF_ERR_NOMEM, after which the same ask must give the same answer.
   */
  bf_status (*ask)(bf_sampler *sampler, uint64_t number, uint32_t *indexes);
  /** A trial was told; the history has its result already. @return BF_OK; BF_ERR_NOMEM, after
   * which only free_state is called. */
  bf_status (*tell)(bf_sampler *sampler, uint64_t number);
} bf_sampler_kind;

/** The frame. */
struct bf_sampler {
  const bf_sampler_kind *kind;
  const char *name;
  bf_space space;
  uint64_t size; /**< bf_space_size */
  bf_sampler_options options;
  bf_history history;
  bf_enumeration order; /**< of all configurations; undefined for a size of 2^64 or more */
  uint64_t n_scanned;   /**< the first so many of that order have been asked */
  void *state;          /**< the kind's own */
};

/** A uniformly random configuration, not canonical. */
void bf_sampler_draw(const bf_space *space, bf_random *random, uint32_t *indexes);

/**
 * @brief An unseen canonical configuration, near enough to uniformly random; one must be left.
 *
 * Draws a few at random and then takes the next of a fixed random order, so even the last
 * configuration of a large space is found at once: O(size) for all asks of a study together.
 */
void bf_sampler_draw_unseen(bf_sampler *sampler, bf_random *random, uint32_t *indexes);

extern const bf_sampler_kind bf_sampler_brute_force;
extern const bf_sampler_kind bf_sampler_gp;
extern const bf_sampler_kind bf_sampler_random;
extern const bf_sampler_kind bf_sampler_qmc;
extern const bf_sampler_kind bf_sampler_tpe;
extern const bf_sampler_kind bf_sampler_nsgaii;
extern const bf_sampler_kind bf_sampler_nsgaiii;

#endif
