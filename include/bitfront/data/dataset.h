/* A data set in memory: one block per node, laid out by the manifest alone, filled shard by shard.
 * Room: data. MPI: nothing here is collective; the cluster room makes the memory shared. */
#ifndef BF_DATA_DATASET_H
#define BF_DATA_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/manifest.h"
#include "data/tiles.h"

/** A view over a block of bf_dataset_bytes() bytes. */
typedef struct bf_dataset {
  size_t n_classes;
  bf_tiles split[BF_N_SPLITS];
} bf_dataset;

/** Bytes of the block that holds the set (splits one after the other, each array 64-byte
 * aligned). */
size_t bf_dataset_bytes(const bf_manifest *manifest);

/** The view of @p block, 64-byte aligned, valid as long as the block. */
bf_dataset bf_dataset_view(const bf_manifest *manifest, void *block);

/**
 * @brief Reads shards part, part + n_parts, part + 2 n_parts, ... into their places in @p block.
 *
 * Every shard's hash is compared with the manifest before its rows count, so a flipped byte is
 * found here. The ranks of a node call it with their local rank and size on one shared block.
 * @return BF_OK; BF_ERR_DATA naming the shard; BF_ERR_NOMEM.
 */
bf_status bf_dataset_read(const bf_manifest *manifest, void *block, size_t part, size_t n_parts);

#endif
