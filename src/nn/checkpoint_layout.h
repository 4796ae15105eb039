/* How a net lies in a checkpoint: what saving and loading must agree on.
 * Room: nn, private. File format: docs/formats.md, "Checkpoints". */
#ifndef BF_NN_CHECKPOINT_LAYOUT_H
#define BF_NN_CHECKPOINT_LAYOUT_H

#include "nn/layout.h"

enum { BF_CHECKPOINT_FORMAT = 1, BF_CHECKPOINT_PATH_BYTES = 64, BF_LAYER_ARRAYS = 4 };

/** The group of the input format; node names all have a number behind them. */
#define BF_CHECKPOINT_INPUT "/x"

/** A dataset of a layer's group; n_columns is 0 for one dimension, n_rows is 0 if there is none. */
typedef struct bf_checkpoint_array {
  const char *name;
  size_t n_rows;
  size_t n_columns;
} bf_checkpoint_array;

/** The four arrays of a layer, in the order of bf_layer_values. */
void bf_checkpoint_arrays(const bf_layer *layer, bf_checkpoint_array arrays[BF_LAYER_ARRAYS]);

/** The formats of a layer, with the names their attributes begin with. */
typedef struct bf_checkpoint_tensor {
  const char *name;
  bf_quantizer *quantizer;
} bf_checkpoint_tensor;

enum { BF_LAYER_TENSORS = 3 };

void bf_checkpoint_tensors(bf_layer *layer, bf_checkpoint_tensor tensors[BF_LAYER_TENSORS]);

#endif
