/* What was asked and told: the trials a sampler learns from, and the configurations it has seen.
 * Room: search, private. */
#ifndef BF_SEARCH_HISTORY_H
#define BF_SEARCH_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef enum bf_trial_state { BF_TRIAL_PENDING, BF_TRIAL_COMPLETE, BF_TRIAL_FAILED } bf_trial_state;

/** Trials by number. All zero but the two widths is a valid empty history. */
typedef struct bf_history {
  size_t n_parameters;
  size_t n_objectives;
  size_t n; /**< trials asked: numbers 0 .. n - 1 */
  size_t capacity;
  uint32_t *indexes;  /**< (n, n_parameters), canonical */
  uint8_t *states;    /**< (n) bf_trial_state */
  double *objectives; /**< (n, n_objectives) minimised; of complete trials */
  double *violations; /**< (n) 0: every constraint is met; of complete trials */
  size_t n_complete;
  uint32_t *complete; /**< (n_complete) their numbers in the order of telling */
  size_t n_pending;
  uint32_t *pending; /**< (n_pending) their numbers, ascending; inside of the next */
  uint32_t *places;  /**< (capacity) of `pending`, which moves on in it as trials end */
  size_t n_slots;    /**< of the hash table of configurations: 0 or a power of 2 */
  uint32_t *slots;   /**< (n_slots) number + 1; 0: free */
} bf_history;

void bf_history_release(bf_history *history);

/** The configuration, (n_parameters), and the objectives, (n_objectives), of a trial. Borrowed
 * until the next bf_history_add. */
const uint32_t *bf_history_indexes(const bf_history *history, size_t number);
const double *bf_history_objectives(const bf_history *history, size_t number);

/** Whether a trial has this canonical configuration. O(n_parameters). */
bool bf_history_has(const bf_history *history, const uint32_t *indexes);

/** @brief Makes room, so that the next bf_history_add needs no memory. @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_history_reserve(bf_history *history);

/** Adds trial number n, pending, with a configuration that no other trial has. */
void bf_history_add(bf_history *history, const uint32_t *indexes);

/** Ends a pending trial. @p objectives (n_objectives); NULL: it failed. */
void bf_history_end(bf_history *history, size_t number, const double *objectives, double violation);

#endif
