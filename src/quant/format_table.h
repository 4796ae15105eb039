/* What a number format is made of: a row of the table in format.c.
 * Room: quant, private. */
#ifndef BF_QUANT_FORMAT_TABLE_H
#define BF_QUANT_FORMAT_TABLE_H

#include "base/random.h"
#include "quant/facts.h"
#include "quant/format.h"
#include "quant/grid.h"

typedef struct bf_parameter {
  const char *name;
  bf_value_kind kind;
  bool is_nullable; /**< may be null or missing; check() fills it in. What is unused always may */
} bf_parameter;

struct bf_format {
  const char *name;
  bool is_for_weights; /**< as bf_format_is_for_weights */
  size_t n_parameters;
  bf_parameter parameters[BF_MAX_FORMAT_PARAMETERS];
  /** Resolves the parameters that are null, blocks excepted, and checks ranges. @return BF_OK;
   * BF_ERR_USAGE. */
  bf_status (*check)(bf_quantizer *quantizer, const bool is_null[BF_MAX_FORMAT_PARAMETERS]);
  /** As bf_quantizer_width; NULL: the first parameter, which is "width". */
  int64_t (*width)(const bf_quantizer *quantizer);
  /** As bf_quantizer_shared_bits; NULL: every value stands alone. */
  int64_t (*shared_bits)(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns);
  /** As bf_quantizer_grid; NULL: the format's numbers are not evenly spaced. */
  bool (*grid)(const bf_quantizer *quantizer, bf_grid *grid);
  /** As bf_quantize. */
  void (*apply)(const bf_quantizer *quantizer, size_t n_rows, size_t n_columns, const float *x,
                float *y);
  /** As bf_quantize_drawn, of @p n values; NULL: the format draws nothing. */
  void (*draw)(const bf_quantizer *quantizer, size_t n, const float *x, bf_random *random,
               float *y);
  /** As bf_quantizer_is_stochastic; NULL: never. */
  bool (*is_stochastic)(const bf_quantizer *quantizer);
  /** As bf_quantizer_facts but for what all formats have. @return how many. */
  size_t (*facts)(const bf_quantizer *quantizer, bf_fact *facts);
  /** As bf_quantizer_hls; NULL: there is no such type. */
  void (*hls)(const bf_quantizer *quantizer, char text[BF_HLS_BYTES]);
};

/** X(name) for every format; its row is bf_format_<name>, in format_<...>.c. */
#define BF_FORMAT_LIST(X)                                                                          \
  X(integer)                                                                                       \
  X(fixed)                                                                                         \
  X(minifloat_denorm)                                                                              \
  X(minifloat_ieee)                                                                                \
  X(log)                                                                                           \
  X(block_fp)                                                                                      \
  X(block_minifloat)                                                                               \
  X(block_log)                                                                                     \
  X(binary)                                                                                        \
  X(ternary)

#define BF_FORMAT_ROW(name) extern const bf_format bf_format_##name;
BF_FORMAT_LIST(BF_FORMAT_ROW)
#undef BF_FORMAT_ROW

/** @brief Whether parameter @p i lies in @p lowest .. @p highest. @return BF_OK; BF_ERR_USAGE
 * "width is 33, expected 1..32". */
bf_status bf_quantizer_check_range(const bf_quantizer *quantizer, size_t i, int64_t lowest,
                                   int64_t highest);

#endif
