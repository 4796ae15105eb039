/* A layer in motion: its numbers, its buffers, and what its kind does with rows.
 * Room: nn, private. */
#ifndef BF_NN_STAGE_H
#define BF_NN_STAGE_H

#include <stdint.h>

#include "nn/kernels.h"
#include "nn/layout.h"

/**
 * Arrays are row-major; `kept` and `y` hold as many rows as the stack was made for.
 *
 * `used` is laid out as `values` and holds what a pass computes with. Linear: quantised weight and
 * bias. BatchNorm: scale and shift of evaluation in weight and bias; mean and 1 / sqrt(variance +
 * eps) of the batch in mean and variance.
 */
typedef struct bf_stage {
  const bf_layer *layer;
  const bf_kernels *kernels;
  bf_layer_values values;   /**< the net's own */
  bf_layer_values used;     /**< see above */
  bf_layer_values gradient; /**< in training: added to by backward(); weight and bias only */
  const float *x;           /**< (n, n_in) of the last forward(), borrowed */
  float *kept;              /**< (n, n_in) what forward() keeps for backward() */
  float *y;                 /**< (n, n_out) */
  uint64_t seed;            /**< Dropout: of the run */
  uint64_t draw;            /**< Dropout: index of the batch's stream */
} bf_stage;

/** What a kind of layer does; a new kind is one file and one row in layer_kinds.c. */
typedef struct bf_layer_operations {
  const char *name; /**< in layer lists */
  /** How many numbers the layer has; NULL: none. */
  bf_layer_shape (*shape)(const bf_layer *layer);
  /** Makes `used` from `values` after these have changed; NULL: nothing to make. */
  void (*prepare)(bf_stage *stage);
  /** Evaluation: y from n rows of x. */
  void (*evaluate)(bf_stage *stage, size_t n, const float *x);
  /** Training: y from n rows of x, keeping what backward() needs. */
  void (*forward)(bf_stage *stage, size_t n, const float *x);
  /** From dy (n, n_out): adds to `gradient` and, unless dx is NULL, writes dx (n, n_in). */
  void (*backward)(bf_stage *stage, size_t n, const float *dy, float *dx);
} bf_layer_operations;

extern const bf_layer_operations bf_batchnorm_operations;
extern const bf_layer_operations bf_dropout_operations;
extern const bf_layer_operations bf_linear_operations;
extern const bf_layer_operations bf_relu_operations;

/** The row of a kind. */
const bf_layer_operations *bf_layer_operations_of(bf_layer_kind kind);

#endif
