/* Tensors in the pickles of PyTorch's checkpoints: from calls that were not made to numbers.
 * Room: nn. */
#ifndef BF_NN_TORCH_TENSOR_H
#define BF_NN_TORCH_TENSOR_H

#include <stdbool.h>

#include "nn/pickle.h"
#include "nn/state.h"
#include "nn/torch_archive.h"

/** Whether @p value is a tensor or a parameter. */
bool bf_torch_is_tensor(const bf_pickle_value *value);

/**
 * @brief Appends a tensor to a state.
 * @param           value  bf_torch_is_tensor.
 * @param[in,out]   n_left values that may still be taken into memory; less those of this tensor.
 * @return BF_OK; BF_ERR_DATA if it is not inside its storage, has more values or dimensions than
 *         may be, or is described in another way than PyTorch's; BF_ERR_NOMEM. The state is as it
 * was then.
 */
bf_status bf_torch_tensor_add(bf_state *state, bf_torch_archive *archive, const char *name,
                              const bf_pickle_value *value, size_t *n_left);

#endif
