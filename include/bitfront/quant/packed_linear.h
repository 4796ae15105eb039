/* Linear layers in integers: what a fixed-point net costs when nothing is fake any more.
 * Room: quant. */
#ifndef BF_QUANT_PACKED_LINEAR_H
#define BF_QUANT_PACKED_LINEAR_H

#include "base/isa.h"
#include "quant/format.h"

/*
 * Fake quantisation computes y = Q(x) Q(w)^T + b in float32 with numbers that few bits could hold.
 * Here the few bits are real: Q(x) = i 2^-fx and Q(w) = j 2^-fw with integers i and j of at most 8
 * bits each, so y = (sum of i j) 2^-(fx + fw) + b, the sum in int32. Rows of x are quantised while
 * they are packed, weights once when the layer is made.
 *
 * No sum overflows and nothing saturates but Q itself, so results are the same on every CPU, bit
 * for bit. They are those of fake quantisation, too, wherever bf_packed_linear_is_exact(): with it,
 * float32 holds every partial sum in whatever order, so that a kernel which adds the bias last
 * gives the same bits (but for the sign of a zero). Beyond, each path rounds in its own way.
 *
 * A row with a NaN among its inputs has NaN for all its outputs, an output with a NaN among its
 * weights is NaN for all rows: fake quantisation does the same. Infinities saturate.
 */

/** Rows a tile: BF_TILE of data/tiles.h, which this room does not see. */
enum { BF_PACKED_TILE = 16 };

typedef struct bf_packed_linear bf_packed_linear;

/** A layer to pack; nothing of it is kept. */
typedef struct bf_packed_linear_options {
  size_t n_in, n_out;   /**< at least 1 */
  bf_quantizer data_in; /**< of x; signed or unsigned */
  bf_quantizer weight;
  const float *weights; /**< (n_out, n_in) row-major, float master weights: quantised here */
  const float *bias;    /**< (n_out), quantised already; NULL: none */
  bool has_relu;        /**< y = max(y, 0) */
} bf_packed_linear_options;

/**
 * @brief Whether a layer of @p n_in inputs can be computed here.
 *
 * Both formats are `integer` or `fixed` with at most 8 bits (wx, ww), the weights signed. int32
 * cannot overflow: n_in 2^(wx + ww) <= 2^31, which is 32768 inputs for 8 x 8 bits. The step of the
 * sum, 2^-(fx + fw), and the largest sum are normal float32 numbers: -96 <= fx + fw <= 126.
 */
bool bf_packed_linear_fits(const bf_quantizer *data_in, const bf_quantizer *weight, size_t n_in);

/**
 * @brief Whether it fits, and float32 could compute it exactly but for the last sum, with the bias.
 *
 * That is n_in max|i| max|j| <= 2^24. For 8 x 8 bits: 1024 inputs, 514 unsigned ones.
 */
bool bf_packed_linear_is_exact(const bf_quantizer *data_in, const bf_quantizer *weight,
                               size_t n_in);

/**
 * @brief Packs a layer for @p isa, which the CPU must have (bf_isa_detect). With avx512, VNNI is
 *        used if the CPU has that as well.
 * @return BF_OK; BF_ERR_USAGE if the layer does not fit; BF_ERR_NOMEM. @p out is untouched then.
 */
bf_status bf_packed_linear_create(const bf_packed_linear_options *options, bf_isa isa,
                                  bf_packed_linear **out);
void bf_packed_linear_free(bf_packed_linear *packed);

/** What the inner loop computes with, for reports: "base", "avx2, 8 bits", "avx2, 16 bits",
 * "avx512, vnni". Borrowed. */
const char *bf_packed_linear_kernel(const bf_packed_linear *packed);

/**
 * @brief y = Q(x) Q(w)^T + b, and ReLU if there is one.
 * @param[in]  x (n_tiles, n_in, 16) float, 64-byte aligned, not yet quantised
 * @param[out] y (n_tiles, n_out, 16) float, 64-byte aligned; not x. A lane depends on the same lane
 *               of x only, so those behind the last row do no harm.
 * Allocates nothing. Thread: one call at a time for each @p packed, which holds the packed rows.
 */
void bf_packed_linear_run(bf_packed_linear *packed, size_t n_tiles, const float *x, float *y);

#endif
