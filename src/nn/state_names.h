/* What the names of a state dict mean.
 * Room: nn, private. Rules: nn/state_net.h. */
#ifndef BF_NN_STATE_NAMES_H
#define BF_NN_STATE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/** BatchNorm's count of batches: part of every state dict, and of no use here. */
#define BF_STATE_COUNTER "num_batches_tracked"

/** An array of the layer at a place of the net. */
typedef struct bf_state_name {
  size_t index;
  const char *array; /**< "weight"; borrowed from the name */
} bf_state_name;

/** What @p name means; false if it is no name of a layer's array. */
bool bf_state_name_read(const char *name, bf_state_name *out);

/** The place that a node's name ends in: 2 of "seq_blocks_2"; false if it has none. */
bool bf_node_place(const char *node, size_t *index);

/** Appends PyTorch's name: "seq_blocks.2.weight" of node "seq_blocks_2". */
void bf_state_name_print(const char *node, const char *array, bf_text *text);

#endif
