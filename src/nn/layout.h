/* Where the numbers of a model's layers are in one block: trained ones first, in layer order, then
 * running statistics. Room: nn, private. */
#ifndef BF_NN_LAYOUT_H
#define BF_NN_LAYOUT_H

#include "nn/net.h"

/** How many numbers a layer has of each sort. */
typedef struct bf_layer_shape {
  size_t n_weight;
  size_t n_bias;
  size_t n_statistics; /**< means, and as many variances */
} bf_layer_shape;

bf_layer_shape bf_layer_shape_of(const bf_layer *layer);

/** Numbers that an optimiser changes. */
size_t bf_model_n_trained(const bf_model *model);
/** These and the running statistics. */
size_t bf_model_n_values(const bf_model *model);

/**
 * @brief Where each layer's numbers are in @p values.
 * @param values (bf_model_n_values), or (bf_model_n_trained) if means and variances are not used.
 * @param[out] layers (n_layers); NULL where a layer has none.
 */
void bf_model_lay_out(const bf_model *model, float *values, bf_layer_values *layers);

#endif
