/* The machine that reads pickles: its parts, for the opcodes.
 * Room: nn. */
#ifndef BF_NN_PICKLE_MACHINE_H
#define BF_NN_PICKLE_MACHINE_H

#include "nn/pickle.h"

typedef struct bf_pickle_values {
  bf_pickle_value **items;
  size_t n, capacity;
} bf_pickle_values;

typedef struct bf_pickle_machine {
  bf_pickle *pickle;
  const uint8_t *data;
  size_t n_bytes;
  size_t at;
  const bf_pickle_global *globals;
  bf_pickle_values stack;
  bf_pickle_values memo; /* with holes */
  size_t n_memoized;
  size_t *marks; /* how high the stack was */
  size_t n_marks, mark_capacity;
} bf_pickle_machine;

/** Memory that is freed with the pickle, aligned for pointers and numbers; NULL when it is short.
 */
void *bf_pickle_memory(bf_pickle *pickle, size_t n_bytes);

/** @brief Runs until the pickle's end; @p root gets what it leaves on the stack. @return BF_OK;
 * BF_ERR_DATA; BF_ERR_NOMEM. */
bf_status bf_pickle_run(bf_pickle_machine *m, const bf_pickle_value **root);

#endif
