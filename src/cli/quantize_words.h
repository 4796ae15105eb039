/* The words of bitfront quantize: settings of the format, values, and how these lie.
 * Room: cli. */
#ifndef BF_CLI_QUANTIZE_WORDS_H
#define BF_CLI_QUANTIZE_WORDS_H

#include "quant/format.h"

/** What the values are: blocks of weights are tiles, data and biases are quantised row by row. */
typedef enum bf_value_role { BF_ROLE_WEIGHT, BF_ROLE_DATA_IN, BF_ROLE_BIAS } bf_value_role;

enum { BF_MAX_QUANTIZE_SETTINGS = 16 };

typedef struct bf_quantize_words {
  size_t n_settings;
  bf_setting settings[BF_MAX_QUANTIZE_SETTINGS]; /**< keys point into the words */
  bool is_unsigned;
  bool wants_json;
  bf_value_role role;
  size_t n_rows; /**< 1 and all values unless a shape is given */
  size_t n_columns;
  size_t n;      /**< of values */
  char **texts;  /**< (n) the values as they were given, owned */
  float *values; /**< (n_rows, n_columns) row-major, owned */
} bf_quantize_words;

/**
 * @brief Reads the words behind the format's name; "-" stands for the lines of standard input.
 * @param words (n) are cut into keys and values in place.
 * @param[out] out to be released in any case.
 * @return BF_OK; BF_ERR_USAGE; BF_ERR_NOMEM.
 */
bf_status bf_quantize_words_read(size_t n, char **words, bf_quantize_words *out);
void bf_quantize_words_release(bf_quantize_words *words);

#endif
