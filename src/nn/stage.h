/* A stage: a layer in motion, with what follows it fused into it, its numbers and its buffers.
 * Room: nn, private. */
#ifndef BF_NN_STAGE_H
#define BF_NN_STAGE_H

#include <stdint.h>

#include "base/random.h"
#include "nn/kernels_table.h"
#include "nn/layout.h"
#include "quant/packed_linear.h"

/** Rows on their way: a run of a batch's tiles. */
typedef struct bf_chunk {
  bf_span span;
  size_t first_tile; /**< of the batch */
} bf_chunk;

/** What a backward pass of a stage is given and what it makes. */
typedef struct bf_slopes {
  const float *dy;   /**< (tiles, n_out, 16) by the stage's values before its tail; 0 in lanes that
                        are no rows */
  float *dx;         /**< (tiles, n_in, 16) likewise by the stage before; NULL: nobody asks */
  const float *gate; /**< where dx passes the ReLU of the stage before; NULL: it has none */
} bf_slopes;

/** What BatchNorm keeps of a batch, a number a column each. */
typedef struct bf_norm_state {
  double *sum;     /**< of x; then of dy */
  double *product; /**< of squares; then of dy times the normalised x */
  float *a;        /**< coefficients of the input gradient */
  float *b;
  float *c;
} bf_norm_state;

struct bf_stage_operations;

/**
 * `used` is laid out as `values` and holds what a pass computes with. Linear: quantised weight and
 * bias. BatchNorm: factor and summand of each column in weight and bias, mean and 1 / sqrt(variance
 * + eps) of the batch in mean and variance.
 */
typedef struct bf_stage {
  const struct bf_stage_operations *operations;
  const bf_layer *layer;         /**< NULL: the stage belongs to no layer */
  const bf_quantizer *quantizer; /**< of a quantise stage */
  const bf_kernels *kernels;
  size_t n_in;
  size_t n_out;
  bf_layer_values values;   /**< the net's own */
  bf_layer_values used;     /**< see above */
  bf_layer_values gradient; /**< in training: added to by backward(); weight and bias only */
  bf_tail tail;             /**< its y and q are set chunk by chunk */
  bool is_whole; /**< buffers hold a batch, not a chunk: a BatchNorm waits for all of it */
  float *y;      /**< (tiles, n_out, 16) before the tail's last quantiser; NULL: unused */
  float *q;      /**< (tiles, n_out, 16) after it; NULL: there is none */
  float *dy;     /**< (tiles, n_out, 16) of a BatchNorm behind other layers: a whole batch */
  float *kept;   /**< Dropout: (tiles, n_out, 16) factors */
  float *work;   /**< scratch of a chunk, shared by the stages */
  bf_packed_linear *packed; /**< of a packed stage, owned by the stack */
  bf_norm_state norm;       /**< BatchNorm */
  bf_random random;         /**< Dropout: of this batch */
  uint64_t seed;            /**< what is drawn: of the run */
  uint64_t draw;            /**< what is drawn: index of the batch's stream */
} bf_stage;

/** What a kind of stage does; NULL: nothing to do. */
typedef struct bf_stage_operations {
  /** Makes `used` from `values` after these have changed. */
  void (*prepare)(bf_stage *stage);
  /** Evaluation: outputs of a chunk. */
  void (*evaluate)(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x);
  /** Training: outputs of a chunk, keeping what backward() needs. */
  void (*forward)(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x);
  /** Adds to `gradient` and makes dx. @p x is that of forward(). */
  void (*backward)(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x,
                   const bf_slopes *slopes);
} bf_stage_operations;

extern const bf_stage_operations bf_pass_stage;     /**< its tail alone: ReLU, quantiser */
extern const bf_stage_operations bf_quantise_stage; /**< a format that kernels do not fuse */
extern const bf_stage_operations bf_linear_stage;
extern const bf_stage_operations bf_packed_stage; /**< a Linear in integers; evaluation only */
extern const bf_stage_operations bf_norm_stage;
extern const bf_stage_operations bf_dropout_stage;

/** Where the numbers of a chunk are in the stage's buffer @p values. */
static inline float *bf_stage_place(const bf_stage *stage, const bf_chunk *chunk, float *values)
{
  size_t first = stage->is_whole ? chunk->first_tile : 0;
  return values != NULL ? values + first * stage->n_out * BF_TILE : NULL;
}

/** The stage's tail, writing the chunk's outputs. */
bf_tail bf_stage_tail(const bf_stage *stage, const bf_chunk *chunk);

/** What the next stage reads. */
bf_slab bf_stage_output(const bf_stage *stage, const bf_chunk *chunk);

/** Where raw values are put for bf_stage_finish(): what the tail writes first. */
static inline float *bf_tail_raw(const bf_tail *tail)
{
  return tail->y != NULL ? tail->y : tail->q;
}

/** Applies the tail to the raw values at bf_tail_raw(). */
void bf_stage_finish(const bf_stage *stage, const bf_chunk *chunk, const bf_tail *tail);

/** dx = dy where the gate lets it pass. */
void bf_stage_pass_slopes(const bf_stage *stage, const bf_chunk *chunk, const bf_slopes *slopes);

/** Packs the weights of a packed stage. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_stage_pack(bf_stage *stage);

/** BatchNorm in training: moments of the whole batch from sums over its chunks, before forward();
 * gradients and the coefficients of dx after backward() of all of them. */
void bf_norm_start(bf_stage *stage, const bf_span *span, const bf_slab *x);
void bf_norm_add_moments(bf_stage *stage, const bf_span *span, const bf_slab *x);
void bf_norm_find_scale(bf_stage *stage, size_t n_rows);
void bf_norm_finish(bf_stage *stage, size_t n_rows);
/** dx of a chunk after bf_norm_finish(). */
void bf_norm_input_slopes(bf_stage *stage, const bf_chunk *chunk, const bf_slab *x,
                          const bf_slopes *slopes);

#endif
