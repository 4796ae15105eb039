/* A small data folder written through the private writers.
 * Room: data (tests). */
#include "unit.h"

#include "small_set.h"

#include "base/file.h"
#include "data/manifest_write.h"
#include "data/shard.h"
#include "folder.h"

float small_set_value(bf_split split, size_t i, size_t j)
{
  return 100.0F * (float)split + 10.0F * (float)i + (float)j + 0.5F;
}

uint8_t small_set_label(bf_split split, size_t i)
{
  return (uint8_t)((i + (size_t)split) % SMALL_CLASSES);
}

static void write_shard(const bf_manifest *manifest, bf_shard *shard)
{
  float features[8 * SMALL_FEATURES];
  uint8_t labels[8];
  assert_true(shard->n_rows <= 8);
  for (size_t i = 0; i < shard->n_rows; i++) {
    for (size_t j = 0; j < SMALL_FEATURES; j++)
      features[i * SMALL_FEATURES + j] = small_set_value(shard->split, shard->first_row + i, j);
    labels[i] = small_set_label(shard->split, shard->first_row + i);
  }
  bf_rows rows = {
      .n = shard->n_rows, .n_features = SMALL_FEATURES, .features = features, .labels = labels};
  assert_ok(bf_shard_write(manifest, shard, &rows));
}

const char *small_set_write(void)
{
  const char *folder = folder_file("set");
  char *features[] = {(char[]){"one"}, (char[]){"two"}, (char[]){"three"}};
  char *classes[] = {(char[]){"g"}, (char[]){"q"}};
  double mean[] = {0, 1.5, -2};
  double scale[] = {1, 0.5, 4};
  bf_shard shards[SMALL_SHARDS] = {
      {(char[]){"train-00000.h5"}, BF_TRAIN, 0, 5, 0},
      {(char[]){"train-00001.h5"}, BF_TRAIN, 5, 2, 0},
      {(char[]){"test-00000.h5"}, BF_TEST, 0, 4, 0},
  };
  bf_manifest manifest = {.folder = (char[512]){""},
                          .n_features = SMALL_FEATURES,
                          .features = features,
                          .n_classes = SMALL_CLASSES,
                          .classes = classes,
                          .scaler_mean = mean,
                          .scaler_scale = scale,
                          .split = (char[]){"60,0,40"},
                          .seed = -7,
                          .source = (char[]){"rows.csv"},
                          .source_hash = 0xfedcba9876543210U,
                          .kind = (char[]){"real"},
                          .n_rows = {7, 0, 4},
                          .n_shards = SMALL_SHARDS,
                          .shards = shards};
  snprintf(manifest.folder, 512, "%s", folder);
  assert_ok(bf_folder_create(folder));
  for (size_t i = 0; i < SMALL_SHARDS; i++)
    write_shard(&manifest, &shards[i]);
  assert_ok(bf_manifest_write(&manifest));
  return folder;
}
