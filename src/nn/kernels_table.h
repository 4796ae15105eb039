/* What a back end of the engine computes: a table of kernels over tiles.
 * Room: nn, private. */
#ifndef BF_NN_KERNELS_TABLE_H
#define BF_NN_KERNELS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "data/tiles.h"
#include "nn/kernels.h"
#include "nn/tuning.h"
#include "quant/grid.h"

/*
 * Activations lie in tiles, tile[column][16] (data/tiles.h); weights are row-major (out, in). Every
 * kernel works on whole tiles; where lanes that are no rows would count, it takes a bf_span and
 * leaves them out or writes zeros there. Results depend on shapes, back end and ISA only.
 */

/** Tiles to be read; tile t is number order[t] of values. */
typedef struct bf_slab {
  const float *values;   /**< (tiles, width, 16) */
  const uint32_t *order; /**< NULL: 0, 1, 2, ... */
} bf_slab;

static inline const float *bf_slab_tile(const bf_slab *slab, size_t width, size_t t)
{
  return slab->values + (slab->order != NULL ? slab->order[t] : t) * width * BF_TILE;
}

/** Which lanes of a run of tiles are rows: n_rows from lane `first` of the first tile on. */
typedef struct bf_span {
  size_t n_tiles;
  size_t first; /**< below 16 */
  size_t n_rows;
} bf_span;

/** bf_span_lanes() of a tile whose lanes are all rows. */
#define BF_ALL_LANES 0xffffU

/** Bit l is set if lane l of tile t is a row. */
static inline uint32_t bf_span_lanes(const bf_span *span, size_t t)
{
  size_t end = span->first + span->n_rows - t * BF_TILE;
  uint32_t lanes = end < BF_TILE ? (1U << end) - 1 : BF_ALL_LANES;
  return t == 0 ? lanes & (BF_ALL_LANES << span->first) : lanes;
}

/** What follows a layer and is done while its values are in registers: the quantiser of a ReLU's
 * input, the ReLU, and the quantiser of the next Linear's input. */
typedef struct bf_tail {
  bool has_relu;
  bool has_relu_grid;
  bool has_grid;
  bf_grid relu_grid;
  bf_grid grid;
  float *y; /**< before `grid`; NULL: not wanted */
  float *q; /**< after `grid`; NULL: not wanted */
} bf_tail;

/** tail(W x + b): y[o] = sum over i of weight[o * out_step + i * in_step] x[i] + bias[o]. */
typedef struct bf_product {
  size_t n_tiles;
  size_t n_in;
  size_t n_out;
  bf_slab x;
  const float *weight;
  size_t out_step;
  size_t in_step;
  const float *bias; /**< (n_out); NULL: none */
  const float *gate; /**< (tiles, n_out, 16): 0 goes into the tail where this is not above 0; NULL:
                        none */
  bf_tail tail;
} bf_product;

/** dw[o, i] += sum over the lanes of dy[o] x[i]; db[o] += sum of dy[o]. */
typedef struct bf_outer {
  size_t n_tiles;
  size_t n_in;
  size_t n_out;
  bf_slab x;
  const float *dy;
  float *dw; /**< (n_out, n_in) */
  float *db; /**< (n_out); NULL: none */
} bf_outer;

/** tail(scale x + shift), a factor and a summand a column; without both, tail(x). */
typedef struct bf_affine {
  size_t n_tiles;
  size_t width;
  bf_slab x;
  const float *scale; /**< (width); NULL: 1, and shift is not read */
  const float *shift; /**< (width) */
  const float *gate;  /**< (tiles, width, 16): 0 goes into the tail where this is not above 0; NULL:
                         none */
  bf_tail tail;
} bf_affine;

/** Sums of x - shift and of its square over the rows of a span, a column c at a time. */
typedef struct bf_moments {
  bf_span span;
  size_t width;
  bf_slab x;
  const float *shift; /**< (width) */
  double *sum;        /**< (width): += */
  double *square;     /**< (width): += */
} bf_moments;

/** Gradients of a BatchNorm over a span, a column c at a time. dy is 0 in lanes that are no rows.
 */
typedef struct bf_norm {
  bf_span span;
  size_t width;
  bf_slab x;
  const float *dy;
  const float *mean;    /**< (width) of the batch */
  const float *inverse; /**< (width) 1 / sqrt(variance + eps) */
  double *dy_sum;       /**< (width): += sum of dy */
  double *product_sum;  /**< (width): += sum of dy (x - mean) inverse */
} bf_norm;

/** dx = a dy + b x + c, a column at a time, 0 in lanes that are no rows and where gate is not
 * above 0. */
typedef struct bf_norm_input {
  bf_span span;
  size_t width;
  bf_slab x;
  const float *dy;
  const float *a; /**< (width) each */
  const float *b;
  const float *c;
  const float *gate; /**< (tiles, width, 16); NULL: none */
  float *dx;
} bf_norm_input;

/** Softmax and cross-entropy of a span. */
typedef struct bf_entropy {
  bf_span span;
  size_t n_outputs;
  const float *outputs; /**< (tiles, n_outputs, 16) */
  const uint8_t *labels;
  const uint32_t *order; /**< of the labels' tiles; NULL: 0, 1, 2, ... */
  double n_rows;         /**< of the whole batch: the gradient is of the mean over it */
  bool has_gate;         /**< the gradient is 0 where the output is not above 0 */
  float *gradient;       /**< (tiles, n_outputs, 16); 0 in lanes that are no rows */
} bf_entropy;

/** Adam's step of values; Kingma and Ba 2015, as PyTorch computes it. */
typedef struct bf_adam {
  float size;       /**< rate / (1 - beta1^t) */
  float correction; /**< 1 / sqrt(1 - beta2^t) */
  float decay;      /**< that many times the values is added to the gradient */
  float keep1;      /**< beta1 */
  float add1;       /**< 1 - beta1 */
  float keep2;      /**< beta2 */
  float add2;       /**< 1 - beta2 */
  float eps;
} bf_adam;

/** What evaluation counts. */
typedef struct bf_tally {
  size_t n_outputs;
  double loss;        /**< sum of -log softmax(outputs)[label] */
  bool is_finite;     /**< so far */
  size_t *n_confused; /**< (n_outputs, n_outputs): rows by label and prediction (first maximum) */
  uint8_t *is_alive;  /**< (n_outputs): was not 0 for some row */
} bf_tally;

/** The kernels themselves: the same table for the plain loops and for the tile kernels of each ISA.
 */
typedef struct bf_tile_kernels {
  void (*multiply)(const bf_product *product);
  void (*weight_gradient)(const bf_outer *outer);
  void (*affine)(const bf_affine *affine);
  void (*moments)(const bf_moments *moments);
  void (*norm_gradient)(const bf_norm *norm);
  void (*norm_input_gradient)(const bf_norm_input *norm);
  /** Returns the sum of -log softmax(outputs)[label] over the rows: NaN or infinite if an output
   * is, but for one of -infinity that is not the label's. */
  double (*cross_entropy)(const bf_entropy *entropy);
  void (*tally)(const bf_span *span, const float *outputs, const uint8_t *labels, bf_tally *tally);
  /** y = x on the grid; y may be x. */
  void (*round)(const bf_grid *grid, size_t n, const float *x, float *y);
  void (*adam)(const bf_adam *adam, size_t n, float *values, const float *gradient, float *first,
               float *second);
} bf_tile_kernels;

extern const bf_tile_kernels bf_reference_kernels;
extern const bf_tile_kernels bf_tile_kernels_base;
extern const bf_tile_kernels bf_tile_kernels_avx2;
extern const bf_tile_kernels bf_tile_kernels_avx512;

struct bf_kernels {
  const char *name;
  bf_isa isa;
  const bf_tile_kernels *tile;
  /** Whether BLIS computes this product of a Linear (n_in -> n_out). */
  bool (*is_blis)(bf_isa isa, bf_pass pass, size_t n_in, size_t n_out);
};

#endif
