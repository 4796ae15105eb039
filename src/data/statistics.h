/* The statistics of the JSC set: names for importers, a copula for the synthetic set.
 * Room: data. */
#ifndef BF_DATA_STATISTICS_H
#define BF_DATA_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/** How a feature comes about: drawn, or computed from earlier ones; then perhaps rounded. */
typedef enum bf_origin { BF_ORIGIN_DRAWN, BF_ORIGIN_COPY, BF_ORIGIN_RATIO } bf_origin;

typedef struct bf_identity {
  bf_origin origin;
  size_t a; /**< feature copied, or above the line */
  size_t b; /**< feature below the line */
  bool is_rounded;
} bf_identity;

typedef struct bf_statistics {
  size_t n_features;
  char **features;
  size_t n_classes;
  char **classes;
  double label_noise;
  bf_identity *identities; /**< (n_features) */
  size_t n_independent;
  size_t *independent; /**< (n_independent) feature indexes, in the order of the correlations */
  size_t n_probabilities;
  double *probabilities; /**< (n_probabilities) increasing from 0 to 1 */
  double *quantiles;     /**< (n_classes, n_independent, n_probabilities) */
  double *correlations;  /**< (n_classes, n_independent, n_independent) */
} bf_statistics;

/** @brief Reads a statistics file given as text. @param[out] out freed with bf_statistics_free.
 * @return BF_OK; BF_ERR_DATA; BF_ERR_NOMEM. */
bf_status bf_statistics_parse(const char *text, const char *source, bf_statistics **out);

/** @brief The statistics inside the program. @return as bf_statistics_parse. */
bf_status bf_statistics_load(bf_statistics **out);
void bf_statistics_free(bf_statistics *statistics);

#endif
