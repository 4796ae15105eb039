/* One shard: a file of standardised rows.
 * Room: data. */
#ifndef BF_DATA_SHARD_H
#define BF_DATA_SHARD_H

#include "data/manifest.h"

enum { BF_FORMAT_VERSION = 1 };

/** Borrowed rows as files hold them. */
typedef struct bf_rows {
  size_t n;              /**< rows */
  size_t n_features;     /**< columns */
  const float *features; /**< (n, n_features) row-major, standardised */
  const uint8_t *labels; /**< (n), 0 .. n_classes - 1 */
} bf_rows;

/**
 * @brief Writes "<manifest->folder>/<shard->file>" with the manifest's attributes and the rows.
 * @param[in,out] shard its hash is set.
 * @return BF_OK; BF_ERR_IO; BF_ERR_NOMEM.
 */
bf_status bf_shard_write(const bf_manifest *manifest, bf_shard *shard, const bf_rows *rows);

/**
 * @brief Reads a shard whose hash, shapes, features (finite) and labels (below n_classes) are
 * right, a few rows at a time.
 * @param[out] tiles those of the shard's split: the rows from shard->first_row on are written.
 * @param[out] labels those of the shard's split.
 * @return BF_OK; BF_ERR_DATA naming the shard (outputs may be half written then); BF_ERR_NOMEM.
 */
bf_status bf_shard_read(const bf_manifest *manifest, const bf_shard *shard, float *tiles,
                        uint8_t *labels);

/** @brief As bf_shard_read, but keeps nothing. */
bf_status bf_shard_check(const bf_manifest *manifest, const bf_shard *shard);

#endif
