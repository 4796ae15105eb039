/* A data set on disk: the manifest over its shards.
 * Room: data. MPI: nothing here is collective. File format: docs/formats.md. */
#ifndef BF_DATA_MANIFEST_H
#define BF_DATA_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

typedef enum bf_split { BF_TRAIN, BF_VAL, BF_TEST, BF_N_SPLITS } bf_split;

/** "train", "val", "test". */
const char *bf_split_name(bf_split split);
/** @brief The split of that name. @return BF_OK; BF_ERR_USAGE. */
bf_status bf_split_find(const char *name, bf_split *split);

enum { BF_MAX_FEATURES = 4096, BF_MAX_CLASSES = 256 };

typedef struct bf_shard {
  char *file; /**< name inside the folder: "train-00003.h5" */
  bf_split split;
  size_t first_row; /**< inside its split */
  size_t n_rows;
  uint64_t hash; /**< XXH64 of the file */
} bf_shard;

typedef struct bf_manifest {
  char *folder;
  size_t n_features;
  char **features;
  size_t n_classes; /**< 2 .. BF_MAX_CLASSES; labels are 0 .. n_classes - 1 */
  char **classes;
  double *scaler_mean;  /**< (n_features), in the source's units; stored = (x - mean) / scale */
  double *scaler_scale; /**< (n_features) */
  char *split;          /**< how it was made: "64,16,20" or "sklearn:42" */
  int64_t seed;
  char *source;
  uint64_t source_hash; /**< XXH64 of the source file; 0 for the synthetic set */
  char *kind;           /**< "real" or "synthetic" */
  size_t n_rows[BF_N_SPLITS];
  size_t n_shards;
  bf_shard *shards; /**< train first, then val, test; in row order */
  uint64_t hash;    /**< of everything above but the folder: names the data in results */
} bf_manifest;

/**
 * @brief Reads "<folder>/manifest.h5".
 * @param[out] out freed with bf_manifest_free.
 * @return BF_OK; BF_ERR_DATA (absent, damaged, another format version, inconsistent); BF_ERR_NOMEM.
 */
bf_status bf_manifest_load(const char *folder, bf_manifest **out);

/** @brief The two halves of bf_manifest_load, for ranks that share what one of them reads: appends
 * the file to @p bytes. @return BF_OK; BF_ERR_DATA (absent, unreadable); BF_ERR_NOMEM. */
bf_status bf_manifest_read(const char *folder, bf_text *bytes);

/** @brief The second half; touches no file. @param bytes those of "<folder>/manifest.h5". @return
 * as bf_manifest_load. */
bf_status bf_manifest_parse(const char *folder, const bf_text *bytes, bf_manifest **out);

/** The validation rows become the last training rows: the set as it was before that part was taken
 * off, with its hash. Of a set made with split sklearn:S these are the rows of sklearn's training
 * part in their order. */
void bf_manifest_join_val(bf_manifest *manifest);

void bf_manifest_free(bf_manifest *manifest);

/**
 * @brief Checks every shard: presence, size, hash, checksums, finite features, labels in range.
 * @return BF_OK; BF_ERR_DATA naming the first bad shard.
 */
bf_status bf_manifest_verify(const bf_manifest *manifest);

#endif
