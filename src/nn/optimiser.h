/* The table of optimisers.
 * Room: nn, private. */
#ifndef BF_NN_OPTIMISER_H
#define BF_NN_OPTIMISER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "nn/kernels_table.h"

/** What one step of the whole net is made with. */
typedef struct bf_update {
  double rate;
  double decay; /**< weight decay; 0 for biases */
  double momentum;
  bool nesterov;
  size_t n_done; /**< steps done before this one */
} bf_update;

/** Arrays of as many numbers. */
typedef struct bf_moving {
  float *values;
  const float *gradient;
  float *first; /**< moments, which start as zeros; sgd has the first one only */
  float *second;
} bf_moving;

typedef struct bf_optimiser {
  const char *name;
  bool has_momentum; /**< takes one from outside: those of adam are fixed */
  /** Changes @p n values. */
  void (*step)(const bf_kernels *kernels, const bf_update *update, size_t n,
               const bf_moving *moving);
} bf_optimiser;

/** @brief The optimiser of that name, borrowed. @return BF_OK; BF_ERR_USAGE with a suggestion. */
bf_status bf_optimiser_find(const char *name, const bf_optimiser **out);

#endif
