/* What the importer writes of a manifest, and what loading must agree with.
 * Room: data. */
#ifndef BF_DATA_MANIFEST_WRITE_H
#define BF_DATA_MANIFEST_WRITE_H

#include "data/h5.h"
#include "data/manifest.h"

/** Rows of a split cannot be more: orders of rows are 32 bits. */
#define BF_MAX_ROWS ((size_t)UINT32_MAX - 1)

/** "train-00003.h5"; NULL when memory is short. Freed with free(). */
char *bf_shard_name(bf_split split, size_t i);

/** XXH64 over everything in the manifest but the folder. @return BF_OK; BF_ERR_NOMEM. */
bf_status bf_manifest_hash(const bf_manifest *manifest, uint64_t *hash);

/** @brief The attributes that manifest and shards have in common, on the root of @p file.
 * @return BF_OK; BF_ERR_IO. */
bf_status bf_manifest_write_attributes(bf_h5 *file, const bf_manifest *manifest);

/** @brief Writes "<folder>/manifest.h5" over the shards, which exist. @return BF_OK; BF_ERR_IO;
 * BF_ERR_NOMEM. */
bf_status bf_manifest_write(const bf_manifest *manifest);

#endif
