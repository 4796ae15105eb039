/* A net: a model with its weights and running statistics.
 * Room: nn. */
#ifndef BF_NN_NET_H
#define BF_NN_NET_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "nn/model.h"

/** Where a layer's numbers are inside bf_net.values; NULL where the layer has none. */
typedef struct bf_layer_values {
  float *weight;   /**< Linear: (n_out, n_in); BatchNorm: (n_in), gamma */
  float *bias;     /**< Linear: (n_out); BatchNorm: (n_in), beta */
  float *mean;     /**< BatchNorm: (n_in), running mean */
  float *variance; /**< BatchNorm: (n_in), running variance (unbiased) */
} bf_layer_values;

typedef struct bf_net {
  bf_model model;
  size_t n_trained; /**< numbers that an optimiser changes; they come first in values */
  size_t n_values;  /**< n_trained plus the running statistics */
  float *values; /**< (n_values), owned, 64-byte aligned; float32 master weights, never quantised in
                    place */
  bf_layer_values layers[BF_MAX_LAYERS];
} bf_net;

/** @brief A net of zeros with unit BatchNorm scale and variance. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_net_create(const bf_model *model, bf_net **out);
void bf_net_free(bf_net *net);

/**
 * @brief PyTorch's default initialisation: Linear weight and bias uniform in +-1/sqrt(n_in),
 * BatchNorm 1, 0, 0, 1.
 * @param seed the trial's; layer i draws from stream (seed, BF_PURPOSE_INIT, i).
 * Source: torch.nn.Linear.reset_parameters (kaiming_uniform with a = sqrt(5)).
 */
void bf_net_init(bf_net *net, uint64_t seed);

/** @brief A copy of @p net with another model of the same shapes (other number formats). @return
 * BF_OK; BF_ERR_NOMEM. */
bf_status bf_net_copy(const bf_net *net, const bf_model *model, bf_net **out);

#endif
