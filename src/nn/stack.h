/* All stages of a net with their buffers: what evaluation and training run rows through.
 * Room: nn, private. */
#ifndef BF_NN_STACK_H
#define BF_NN_STACK_H

#include "nn/stage.h"

/** Tiles of a chunk: few enough for its numbers to stay in the cache from layer to layer and back.
 */
enum { BF_CHUNK_TILES = 16 };

/** Rows of a batch; tile t of it is tile number order[t] of the data, from which labels come too.
 */
typedef struct bf_batch {
  const float *values;
  const uint8_t *labels;
  const uint32_t *order; /**< NULL: 0, 1, 2, ... */
  bf_span span;
  size_t n_ahead; /**< tiles behind these in order that the next batches will read */
} bf_batch;

/** A batch in runs of at most BF_CHUNK_TILES tiles: how many, and which rows the k-th has. */
size_t bf_batch_n_chunks(const bf_batch *batch);
bf_chunk bf_batch_chunk(const bf_batch *batch, size_t k);

/** All zero is a valid empty stack. The net is borrowed and must outlive it. */
typedef struct bf_stack {
  const bf_net *net;
  size_t n_tiles; /**< most tiles of a training batch */
  size_t n_stages;
  bf_stage *stages; /**< (n_stages) */
  float *used;      /**< (n_values), of the stages */
  float *gradient;  /**< (n_trained), of the stages; NULL without training */
  double *sums;     /**< of the BatchNorms */
  float *tiles;     /**< all buffers of the stages */
  float *slopes[2]; /**< inside tiles: dy and dx of a chunk take turns; training only */
} bf_stack;

/**
 * @brief Takes all memory that evaluating chunks needs.
 * @param in_integers Linears of at most 8-bit fixed point are computed in integers, with the
 * weights that the net has now.
 * @return BF_OK; BF_ERR_NOMEM.
 */
bf_status bf_stack_init_evaluation(bf_stack *stack, const bf_net *net, const bf_kernels *kernels,
                                   bool in_integers);

/** @brief Takes all memory that training with batches of @p n_tiles tiles needs. @return BF_OK;
 * BF_ERR_NOMEM. */
bf_status bf_stack_init_training(bf_stack *stack, const bf_net *net, const bf_kernels *kernels,
                                 size_t n_tiles);
void bf_stack_release(bf_stack *stack);

/** Quantises weights, folds BatchNorms: to be called after the net's numbers have changed. */
void bf_stack_prepare(bf_stack *stack);

/** Outputs (tiles, outputs, 16) of at most BF_CHUNK_TILES tiles in evaluation mode; borrowed until
 * the next pass. */
const float *bf_stack_evaluate(bf_stack *stack, const bf_slab *x, size_t n_tiles);

/** Forward alone in training mode (batch statistics, dropout; running statistics move), up to where
 * nothing waits for the whole batch any more. Then bf_stack_leave() makes the outputs of its
 * chunks, (tiles, outputs, 16), borrowed until the next pass. */
void bf_stack_enter(bf_stack *stack, const bf_batch *batch);
const float *bf_stack_leave(bf_stack *stack, const bf_batch *batch, const bf_chunk *chunk);

/** Forward and back in training mode (batch statistics, dropout; running statistics move): adds the
 * gradient of the batch's mean loss to `gradient`. Returns the sum of the rows' losses. */
double bf_stack_train(bf_stack *stack, const bf_batch *batch);

/** Names the random streams of dropout and of drawn weights: the run's seed and the batch's number
 * in it. Before bf_stack_prepare(), which draws the weights. */
void bf_stack_set_draws(bf_stack *stack, uint64_t seed, uint64_t batch);

#endif
