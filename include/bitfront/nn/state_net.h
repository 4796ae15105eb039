/* Nets and the named arrays that PyTorch keeps them as.
 * Room: nn. */
#ifndef BF_NN_STATE_NET_H
#define BF_NN_STATE_NET_H

#include <stddef.h>

#include "base/status.h"
#include "nn/net.h"
#include "nn/state.h"

/*
 * A net of torch.nn keeps its layers in a list, and the state dict calls the arrays of layer 2
 * "seq_blocks.2.weight" and so on: that is node seq_blocks_2 here. Names are read as the Python
 * tool and its users write them:
 *   - a name that contains "model." loses its first component (Lightning: "model.seq_blocks...");
 *   - "model.", "module." and "_orig_mod." in front of what is left are dropped (wrappers);
 *   - the list is "seq_blocks" or "module_list", or there is none (torch.nn.Sequential:
 * "2.weight"). The number is the layer's place in the model; layers without numbers (ReLU, Dropout)
 * count, too.
 */

/**
 * @brief A net of the model with the numbers of the state.
 *
 * BatchNorm: weight, bias, running_mean, running_var, each (n); num_batches_tracked may be there
 * and is not used. Linear: weight (n_out, n_in); bias (n_out) if the model's layer has one.
 * @param[out] out freed with bf_net_free.
 * @return BF_OK; BF_ERR_DATA: tensors that are missing, unexpected or of another shape (one line
 * lists them), tensors of whole numbers, numbers that are not finite, negative variances;
 *         BF_ERR_NOMEM.
 * MPI: not collective.
 */
bf_status bf_state_to_net(const bf_state *state, const bf_model *model, bf_net **out);

/**
 * @brief The net's numbers as float32 tensors under PyTorch's names, in the order of its state
 * dict; num_batches_tracked, which strict loading wants, is 0. Number formats are not part of it.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_state_of_net(const bf_net *net, bf_state **out);

/**
 * @brief The widths of the net that the tensors belong to: what the layer with the lowest number
 *        takes, and what the one with the highest gives.
 * @return BF_OK; BF_ERR_DATA if no tensor is called like a layer's weight and has its shape, or a
 * width is outside 1..BF_MAX_WIDTH.
 */
bf_status bf_state_widths(const bf_state *state, size_t *n_features, size_t *n_outputs);

/** The net of the zoo whose tensors these are, by names and shapes; NULL if there is none.
 * Borrowed. */
const char *bf_state_zoo_net(const bf_state *state);

/** @brief Asks for the net that the tensors are of, with the one of the zoo that fits. @return
 * BF_ERR_USAGE. */
bf_status bf_state_fail_unnamed(const bf_state *state);

#endif
