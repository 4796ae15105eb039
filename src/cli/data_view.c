/* A data set's manifest as text for people and as JSON.
 * Room: cli. */
#include "cli/data_view.h"

#include <inttypes.h>

static void print_names(const char *label, size_t n, char *const *names, bf_text *text)
{
  bf_text_printf(text, "%-9s %zu:", label, n);
  for (size_t i = 0; i < n; i++)
    bf_text_printf(text, " %s", names[i]);
  bf_text_append(text, "\n");
}

void bf_data_print(const bf_manifest *manifest, bf_text *text)
{
  const size_t *n = manifest->n_rows;
  bf_text_printf(text, "%-9s %s (%s)\n", "set", manifest->folder, manifest->kind);
  bf_text_printf(text, "%-9s %zu: train %zu, val %zu, test %zu, in %zu shards\n", "rows",
                 n[BF_TRAIN] + n[BF_VAL] + n[BF_TEST], n[BF_TRAIN], n[BF_VAL], n[BF_TEST],
                 manifest->n_shards);
  print_names("features", manifest->n_features, manifest->features, text);
  print_names("classes", manifest->n_classes, manifest->classes, text);
  bf_text_printf(text, "%-9s %s, seed %" PRId64 "\n", "split", manifest->split, manifest->seed);
  bf_text_printf(text, "%-9s %s\n", "source", manifest->source);
  bf_text_printf(text, "%-9s %016" PRIx64 "\n", "hash", manifest->hash);
}

static bf_json *hash_json(uint64_t hash)
{
  char digits[17];
  snprintf(digits, sizeof digits, "%016" PRIx64, hash);
  return bf_json_string(digits);
}

static bf_json *names_json(size_t n, char *const *names)
{
  bf_json *array = bf_json_array();
  for (size_t i = 0; i < n; i++)
    bf_json_push(array, bf_json_string(names[i]));
  return array;
}

static bf_json *numbers_json(size_t n, const double *numbers)
{
  bf_json *array = bf_json_array();
  for (size_t i = 0; i < n; i++)
    bf_json_push(array, bf_json_number(numbers[i]));
  return array;
}

static bf_json *rows_json(const bf_manifest *manifest)
{
  bf_json *rows = bf_json_object();
  for (int split = 0; split < BF_N_SPLITS; split++)
    bf_json_set(rows, bf_split_name((bf_split)split),
                bf_json_integer((int64_t)manifest->n_rows[split]));
  return rows;
}

static bf_json *shards_json(const bf_manifest *manifest)
{
  bf_json *shards = bf_json_array();
  for (size_t i = 0; i < manifest->n_shards; i++) {
    const bf_shard *shard = &manifest->shards[i];
    bf_json *row = bf_json_object();
    bf_json_set(row, "file", bf_json_string(shard->file));
    bf_json_set(row, "split", bf_json_string(bf_split_name(shard->split)));
    bf_json_set(row, "rows", bf_json_integer((int64_t)shard->n_rows));
    bf_json_set(row, "xxh64", hash_json(shard->hash));
    bf_json_push(shards, row);
  }
  return shards;
}

bf_json *bf_data_json(const bf_manifest *manifest)
{
  bf_json *json = bf_json_object();
  bf_json_set(json, "dir", bf_json_string(manifest->folder));
  bf_json_set(json, "kind", bf_json_string(manifest->kind));
  bf_json_set(json, "rows", rows_json(manifest));
  bf_json_set(json, "features", names_json(manifest->n_features, manifest->features));
  bf_json_set(json, "classes", names_json(manifest->n_classes, manifest->classes));
  bf_json_set(json, "scaler_mean", numbers_json(manifest->n_features, manifest->scaler_mean));
  bf_json_set(json, "scaler_scale", numbers_json(manifest->n_features, manifest->scaler_scale));
  bf_json_set(json, "split", bf_json_string(manifest->split));
  bf_json_set(json, "seed", bf_json_integer(manifest->seed));
  bf_json_set(json, "source", bf_json_string(manifest->source));
  bf_json_set(json, "source_xxh64", hash_json(manifest->source_hash));
  bf_json_set(json, "hash", hash_json(manifest->hash));
  bf_json_set(json, "shards", shards_json(manifest));
  return json;
}
