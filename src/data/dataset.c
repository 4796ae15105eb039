/* A data set in memory: layout of the block and reading into it.
 * Room: data. */
#include "data/dataset.h"

#include <string.h>

#include "data/shard.h"

enum { ALIGNMENT = 64 };

/* Where the arrays of a split start in the block. */
typedef struct place {
  size_t values;
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
    size_t n_rows = bf_n_tiles(manifest->n_rows[s]) * BF_TILE;
    places[s].values = at;
    at += align(n_rows * manifest->n_features * sizeof(float));
    places[s].labels = at;
    at += align(n_rows);
  }
  return at;
}

size_t bf_dataset_bytes(const bf_manifest *manifest)
{
  place places[BF_N_SPLITS];
  return lay_out(manifest, places);
}

static float *values_at(void *block, const place *split)
{
  return (float *)(void *)((uint8_t *)block + split->values);
}

static uint8_t *labels_at(void *block, const place *split)
{
  return (uint8_t *)block + split->labels;
}

bf_dataset bf_dataset_view(const bf_manifest *manifest, void *block)
{
  place places[BF_N_SPLITS];
  bf_dataset dataset = {.n_classes = manifest->n_classes};
  lay_out(manifest, places);
  for (size_t s = 0; s < BF_N_SPLITS; s++)
    dataset.split[s] = (bf_tiles){.n = manifest->n_rows[s],
                                  .n_features = manifest->n_features,
                                  .values = values_at(block, &places[s]),
                                  .labels = labels_at(block, &places[s])};
  return dataset;
}

/* The lanes behind the last row. */
static void clear_padding(const bf_manifest *manifest, bf_split split, void *block,
                          const place *split_place)
{
  size_t n_rows = manifest->n_rows[split];
  size_t n_padded = bf_n_tiles(n_rows) * BF_TILE;
  float *values = values_at(block, split_place);
  for (size_t r = n_rows; r < n_padded; r++)
    for (size_t c = 0; c < manifest->n_features; c++)
      values[bf_tile_place(manifest->n_features, r, c)] = 0.0F;
  memset(labels_at(block, split_place) + n_rows, 0, n_padded - n_rows);
}

bf_status bf_dataset_read(const bf_manifest *manifest, void *block, size_t part, size_t n_parts)
{
  place places[BF_N_SPLITS];
  bf_status status = BF_OK;
  lay_out(manifest, places);
  for (size_t s = 0; part == 0 && s < BF_N_SPLITS; s++)
    clear_padding(manifest, (bf_split)s, block, &places[s]);
  for (size_t i = part; i < manifest->n_shards && status == BF_OK; i += n_parts) {
    const bf_shard *shard = &manifest->shards[i];
    const place *split = &places[shard->split];
    status = bf_shard_read(manifest, shard, values_at(block, split), labels_at(block, split));
  }
  return status;
}
