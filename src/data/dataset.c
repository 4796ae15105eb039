/* A data set in memory: layout of the block and reading into it.
 * Room: data. */
#include "data/dataset.h"

#include "data/shard.h"

enum { ALIGNMENT = 64 };

/* Where the arrays of a split start in the block. */
typedef struct place {
  size_t features;
  size_t labels;
} place;

static size_t align(size_t n_bytes)
{
  return (n_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The places of all splits; returns the size of the block. */
static size_t lay_out(const bf_manifest *manifest, place places[BF_N_SPLITS])
{
  size_t at = 0;
  for (size_t s = 0; s < BF_N_SPLITS; s++) {
    places[s].features = at;
    at += align(manifest->n_rows[s] * manifest->n_features * sizeof(float));
    places[s].labels = at;
    at += align(manifest->n_rows[s]);
  }
  return at;
}

size_t bf_dataset_bytes(const bf_manifest *manifest)
{
  place places[BF_N_SPLITS];
  return lay_out(manifest, places);
}

static float *features_at(void *block, const place *split)
{
  return (float *)(void *)((uint8_t *)block + split->features);
}

bf_dataset bf_dataset_view(const bf_manifest *manifest, void *block)
{
  place places[BF_N_SPLITS];
  bf_dataset dataset = {.n_classes = manifest->n_classes};
  lay_out(manifest, places);
  for (size_t s = 0; s < BF_N_SPLITS; s++)
    dataset.split[s] = (bf_rows){.n = manifest->n_rows[s],
                                 .n_features = manifest->n_features,
                                 .features = features_at(block, &places[s]),
                                 .labels = (uint8_t *)block + places[s].labels};
  return dataset;
}

bf_status bf_dataset_read(const bf_manifest *manifest, void *block, size_t part, size_t n_parts)
{
  place places[BF_N_SPLITS];
  bf_status status = BF_OK;
  lay_out(manifest, places);
  for (size_t i = part; i < manifest->n_shards && status == BF_OK; i += n_parts) {
    const bf_shard *shard = &manifest->shards[i];
    const place *split = &places[shard->split];
    status = bf_shard_read(manifest, shard,
                           features_at(block, split) + shard->first_row * manifest->n_features,
                           (uint8_t *)block + split->labels + shard->first_row);
  }
  return status;
}
