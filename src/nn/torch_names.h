/* The names that the pickles of PyTorch's checkpoints may hold, and what they mean.
 * Room: nn. */
#ifndef BF_NN_TORCH_NAMES_H
#define BF_NN_TORCH_NAMES_H

#include "nn/pickle.h"

typedef enum bf_torch_role {
  BF_TORCH_OTHER,   /* beside the tensors */
  BF_TORCH_STORAGE, /* a class; detail: bf_dtype */
  BF_TORCH_DTYPE,   /* detail: bf_dtype */
  BF_TORCH_TENSOR,  /* a function: storage, offset, shape, strides, ...; detail: how many arguments
                     */
  BF_TORCH_PARAMETER, /* a function whose first argument is the tensor */
} bf_torch_role;

/** Ended by a NULL name. */
extern const bf_pickle_global bf_torch_names[];

/** The detail of the one BF_TORCH_TENSOR whose storage has no type, so that an argument has. */
enum { BF_TORCH_TYPED_ARGUMENTS = 7 };

#endif
