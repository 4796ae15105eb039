/* What a sampler is made of: the frame that all kinds share and the functions a kind brings.
 * Room: search, private. */
#ifndef BF_SEARCH_SAMPLER_TABLE_H
#define BF_SEARCH_SAMPLER_TABLE_H

#include "search/sampler.h"

/** The functions of a kind. The frame (sampler.c) has checked order and arguments before it calls.
 */
typedef struct bf_sampler_kind {
  /** Makes sampler->state, which may stay NULL. @return BF_OK; BF_ERR_USAGE if the space does not
   * suit; BF_ERR_NOMEM. */
  bf_status (*create)(bf_sampler *sampler);
  /** Frees the state, which may be NULL. NULL: free() does. */
  void (*free_state)(void *state);
  /** As bf_sampler_ask; sampler->n_pending does not count this trial yet. */
  bf_status (*ask)(bf_sampler *sampler, uint64_t number, uint32_t *indexes, bool *exhausted);
  /** As bf_sampler_tell; the trial is pending until it returns BF_OK. NULL: results do not matter.
   */
  bf_status (*tell)(bf_sampler *sampler, uint64_t number, const uint32_t *indexes,
                    const double *objectives);
} bf_sampler_kind;

/** The frame. Trials asked and not told are kept here for the kinds that must know them. */
struct bf_sampler {
  const bf_sampler_kind *kind;
  const char *name;
  bf_space space;
  bf_sampler_options options;
  uint64_t next_number; /**< of the next ask */
  size_t n_pending;
  size_t pending_capacity;
  uint64_t *pending_numbers; /**< (n_pending), ascending */
  uint32_t *pending_indexes; /**< (n_pending, n_parameters) */
  void *state;               /**< the kind's own */
};

extern const bf_sampler_kind bf_sampler_brute_force;
extern const bf_sampler_kind bf_sampler_random;

#endif
