/* All stages of a net with their buffers: what evaluation and training run rows through.
 * Room: nn, private. */
#ifndef BF_NN_STACK_H
#define BF_NN_STACK_H

#include "nn/stage.h"

/** All zero is a valid empty stack. The net is borrowed and must outlive it. */
typedef struct bf_stack {
  const bf_net *net;
  size_t n_rows; /**< most rows of a pass */
  bf_stage stages[BF_MAX_LAYERS];
  float *used;     /**< (n_values), of the stages */
  float *gradient; /**< (n_trained), of the stages; NULL without training */
  float *rows;  /**< buffers of the stages and, if there is an input format, the quantised rows */
  float *input; /**< (n_rows, n_features), inside rows; NULL without an input format */
  float *slopes[2]; /**< (n_rows, widest layer), inside rows: dy and dx take turns; training only */
} bf_stack;

/** @brief Takes all memory that passes of at most @p n_rows rows need. @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_stack_init(bf_stack *stack, const bf_net *net, const bf_kernels *kernels,
                        size_t n_rows, bool is_training);
void bf_stack_release(bf_stack *stack);

/** Quantises weights, folds BatchNorms: to be called after the net's numbers have changed. */
void bf_stack_prepare(bf_stack *stack);

/** Outputs (n, outputs) of @p n rows in evaluation mode; borrowed until the next pass. */
const float *bf_stack_evaluate(bf_stack *stack, size_t n, const float *features);

/** Outputs in training mode: batch statistics, dropout; running statistics move. @p features must
 * stay until bf_stack_backward. */
const float *bf_stack_forward(bf_stack *stack, size_t n, const float *features);

/** Where the caller puts the gradient of the loss by the outputs, (n, outputs). */
float *bf_stack_output_gradient(bf_stack *stack);

/** Adds the gradient of the last bf_stack_forward to `gradient`. */
void bf_stack_backward(bf_stack *stack, size_t n);

/** Names the random streams of dropout: the run's seed and the batch's number in it. */
void bf_stack_set_draws(bf_stack *stack, uint64_t seed, uint64_t batch);

#endif
