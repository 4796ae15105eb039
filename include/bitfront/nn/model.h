/* What a net is, without its weights: layers, shapes, number formats; and the zoo of known nets.
 * Room: nn. */
#ifndef BF_NN_MODEL_H
#define BF_NN_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "quant/format.h"

enum { BF_MAX_LAYERS = 64, BF_MAX_WIDTH = 65536, BF_NODE_BYTES = 32, BF_MODEL_NAME_BYTES = 48 };

typedef enum bf_layer_kind {
  BF_LAYER_BATCHNORM,
  BF_LAYER_RELU,
  BF_LAYER_LINEAR,
  BF_LAYER_DROPOUT,
  BF_N_LAYER_KINDS
} bf_layer_kind;

/** One layer. Shapes are (rows, n_in) -> (rows, n_out); only a Linear changes the width. */
typedef struct bf_layer {
  bf_layer_kind kind;
  char node[BF_NODE_BYTES]; /**< name in job files and checkpoints: "seq_blocks_2" */
  size_t n_in;
  size_t n_out;
  bool has_bias;        /**< Linear */
  double drop;          /**< Dropout: chance that an activation is zeroed in training */
  bf_quantizer data_in; /**< Linear (signed), ReLU (unsigned) */
  bf_quantizer weight;  /**< Linear */
  bf_quantizer bias;    /**< Linear */
} bf_layer;

/** A plain value: copied by assignment, nothing to free. */
typedef struct bf_model {
  char name[BF_MODEL_NAME_BYTES]; /**< zoo name, or "layers" */
  size_t n_features;
  size_t n_classes;
  bf_quantizer input; /**< of the node "x", applied to the rows (signed) */
  size_t n_layers;
  bf_layer layers[BF_MAX_LAYERS];
} bf_model;

/** One line of a layer list. */
typedef struct bf_layer_line {
  bf_layer_kind kind;
  size_t out;   /**< Linear; 0: the number of classes */
  bool no_bias; /**< Linear */
  double drop;  /**< Dropout */
} bf_layer_line;

/** "batchnorm", "relu", "linear", "dropout": the types of layer lists and of `by = "type"`. */
const char *bf_layer_kind_name(bf_layer_kind kind);
/** @brief The kind of that name. @return BF_OK; BF_ERR_USAGE with a suggestion. */
bf_status bf_layer_kind_find(const char *name, bf_layer_kind *kind);

/**
 * @brief A net of the zoo for data of this shape, not quantised.
 * @return BF_OK; BF_ERR_USAGE for an unknown name (with a suggestion and the list).
 * Source of the nets: docs/architecture.md, "zoo".
 */
bf_status bf_model_zoo(const char *name, size_t n_features, size_t n_classes, bf_model *out);

/** Whether the zoo has a net of that name, however it is spelt. */
bool bf_model_zoo_has(const char *name);

/** Names of the zoo (aliases left out); *n of them. Borrowed. */
const char *const *bf_model_zoo_names(size_t *n);

/**
 * @brief A net from a layer list; nodes are called seq_blocks_0, seq_blocks_1, ...
 * @return BF_OK; BF_ERR_USAGE: no layers, more than BF_MAX_LAYERS, no Linear, a last width other
 * than n_classes, a width outside 1..BF_MAX_WIDTH, a dropout chance outside [0, 1).
 */
bf_status bf_model_from_layers(size_t n_lines, const bf_layer_line *lines, size_t n_features,
                               size_t n_classes, bf_model *out);

/**
 * @brief Multiplies the outputs of Linear layers; inputs and BatchNorms follow.
 * @param multipliers (model->n_layers), >= 1; 1 for layers that keep their width. The last Linear's
 *        outputs may be multiplied too: the net then has more outputs than classes.
 * @return BF_OK; BF_ERR_USAGE: multiplier < 1, or on a layer that is no Linear and not 1; width too
 * large. @p model is untouched then.
 */
bf_status bf_model_widen(bf_model *model, const size_t *multipliers);

/** Whether the layers are of the same kinds and shapes; names and number formats may differ. */
bool bf_model_fits(const bf_model *a, const bf_model *b);

/** The layer of that node; NULL if there is none. */
bf_layer *bf_model_layer(bf_model *model, const char *node);

/** Outputs of the last layer. */
size_t bf_model_n_outputs(const bf_model *model);

#endif
