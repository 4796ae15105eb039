/* A packed layer, and the kernels that run it: a file each, around the loops of packed_loops.h.
 * Room: quant, private. */
#ifndef BF_QUANT_PACKED_KERNEL_H
#define BF_QUANT_PACKED_KERNEL_H

#include "quant/packed_linear.h"

/*
 * A word is 32 bits of one row: the codes of 4 inputs (bytes) or of 2 (16 bits), whichever the
 * kernel multiplies. Words of the 16 rows of a tile lie side by side, so lanes are rows and a word
 * of weights is broadcast to all of them. Codes of x are not negative: i + shift, so that bytes can
 * be the unsigned operand of vpmaddubsw and vpdpbusd. `start` takes the shift off again.
 */
typedef struct bf_packed_kernel {
  const char *name;
  bf_isa isa;
  bool needs_vnni;     /**< beyond what the ISA has */
  size_t codes_a_word; /**< 4 or 2 */
  bool has_narrow_sum; /**< adds in int16 for max_run words before it widens to int32 */
  void (*run)(bf_packed_linear *packed, size_t n_tiles, const float *x, float *y);
} bf_packed_kernel;

struct bf_packed_linear {
  const bf_packed_kernel *kernel;
  size_t n_in, n_out;
  size_t n_words;    /**< of a row; inputs behind the last have weights of 0 */
  size_t max_run;    /**< words that an int16 can sum up; n_words for kernels that add in int32 */
  float lo, hi;      /**< bounds of x: those of i times 2^-fx */
  float scale;       /**< 2^fx */
  float step;        /**< 2^-(fx + fw) */
  float floor;       /**< 0 with ReLU, -infinity without */
  uint32_t excess;   /**< what summed up bits of floats have more than codes (pack) */
  uint32_t *weights; /**< (n_out, n_words) */
  int32_t *start;    /**< (n_out), -shift times the sum of the integer weights */
  float *bias;       /**< (n_out); NaN where a weight is NaN */
  uint32_t *words;   /**< (n_words, 16), of one tile: scratch of run() */
};

/** X(name) for every kernel of this kind of machine; the first that suits is taken. */
#if defined(__x86_64__)
#define BF_PACKED_KERNEL_LIST(X)                                                                   \
  X(avx512_vnni)                                                                                   \
  X(avx2_bytes)                                                                                    \
  X(avx2)                                                                                          \
  X(base)
#else
#define BF_PACKED_KERNEL_LIST(X) X(base)
#endif

#define BF_PACKED_KERNEL(name) extern const bf_packed_kernel bf_packed_kernel_##name;
BF_PACKED_KERNEL_LIST(BF_PACKED_KERNEL)
#undef BF_PACKED_KERNEL

/** Adding this rounds a float of less than 2^22 to an integer, half to even, and leaves it in the
 * low bits. */
#define BF_PACKED_MAGIC      0x1.8p23F
#define BF_PACKED_MAGIC_BITS 0x4B400000U

#endif
