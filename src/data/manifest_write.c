/* Writing a manifest: attributes, virtual datasets over the shards, shard hashes.
 * Room: data. */
#include "data/manifest_write.h"

#include <inttypes.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/shard.h"

enum { HASH_DIGITS = 17, PATH_BYTES = 32 };

char *bf_shard_name(bf_split split, size_t i)
{
  bf_text name = {0};
  bf_text_printf(&name, "%s-%05zu.h5", bf_split_name(split), i);
  return name.data;
}

static void put_texts(bf_bytes *bytes, size_t n, char *const *texts)
{
  bf_bytes_put_i64(bytes, (int64_t)n);
  for (size_t i = 0; i < n; i++)
    bf_bytes_put_text(bytes, texts[i]);
}

static void put_shards(bf_bytes *bytes, const bf_manifest *manifest)
{
  bf_bytes_put_i64(bytes, (int64_t)manifest->n_shards);
  for (size_t i = 0; i < manifest->n_shards; i++) {
    bf_bytes_put_i64(bytes, manifest->shards[i].split);
    bf_bytes_put_i64(bytes, (int64_t)manifest->shards[i].n_rows);
    bf_bytes_put_i64(bytes, (int64_t)manifest->shards[i].hash);
  }
}

bf_status bf_manifest_hash(const bf_manifest *manifest, uint64_t *hash)
{
  bf_bytes bytes = {0};
  put_texts(&bytes, manifest->n_features, manifest->features);
  put_texts(&bytes, manifest->n_classes, manifest->classes);
  bf_bytes_put(&bytes, manifest->scaler_mean, manifest->n_features * sizeof(double));
  bf_bytes_put(&bytes, manifest->scaler_scale, manifest->n_features * sizeof(double));
  bf_bytes_put_text(&bytes, manifest->split);
  bf_bytes_put_i64(&bytes, manifest->seed);
  bf_bytes_put_text(&bytes, manifest->source);
  bf_bytes_put_i64(&bytes, (int64_t)manifest->source_hash);
  bf_bytes_put_text(&bytes, manifest->kind);
  put_shards(&bytes, manifest);
  bf_status status = bf_bytes_status(&bytes);
  if (status == BF_OK)
    *hash = bf_hash(bytes.data, bytes.length, 0);
  bf_bytes_release(&bytes);
  return status;
}

bf_status bf_manifest_write_attributes(bf_h5 *file, const bf_manifest *manifest)
{
  bf_status status = BF_OK;
  char digits[HASH_DIGITS];
  size_t n_features = manifest->n_features;
  snprintf(digits, sizeof digits, "%016" PRIx64, manifest->source_hash);
  BF_TRY(bf_h5_set_i64(file, "/", "format", BF_FORMAT_VERSION));
  BF_TRY(bf_h5_set_text(file, "/", "kind", manifest->kind));
  BF_TRY(bf_h5_set_text(file, "/", "source", manifest->source));
  BF_TRY(bf_h5_set_text(file, "/", "source_xxh64", digits));
  BF_TRY(bf_h5_set_text(file, "/", "split", manifest->split));
  BF_TRY(bf_h5_set_i64(file, "/", "seed", manifest->seed));
  BF_TRY(
      bf_h5_set_texts(file, "/", "features", n_features, (const char *const *)manifest->features));
  BF_TRY(bf_h5_set_texts(file, "/", "classes", manifest->n_classes,
                         (const char *const *)manifest->classes));
  BF_TRY(bf_h5_set_doubles(file, "/", "scaler_mean", n_features, manifest->scaler_mean));
  BF_TRY(bf_h5_set_doubles(file, "/", "scaler_scale", n_features, manifest->scaler_scale));
done:
  return status;
}

/* The shards of one split, which stand together in the manifest. */
typedef struct part {
  const char *name;
  size_t n_rows;
  size_t n_shards;
  const bf_shard *shards;
} part;

static part part_of(const bf_manifest *manifest, bf_split split)
{
  size_t first = 0;
  while (first < manifest->n_shards && manifest->shards[first].split < split)
    first++;
  size_t end = first;
  while (end < manifest->n_shards && manifest->shards[end].split == split)
    end++;
  return (part){.name = bf_split_name(split),
                .n_rows = manifest->n_rows[split],
                .n_shards = end - first,
                .shards = manifest->shards + first};
}

/* Row counts and hashes of the shards, as attributes of the split's group. */
static bf_status write_shard_list(bf_h5 *file, const char *group, const part *split)
{
  bf_status status = BF_OK;
  size_t n = split->n_shards;
  int64_t *n_rows = bf_alloc(n, sizeof *n_rows);
  char(*digits)[HASH_DIGITS] = bf_alloc(n, sizeof *digits);
  const char **texts = bf_alloc(n, sizeof *texts);
  BF_CHECK_MEMORY(n_rows);
  BF_CHECK_MEMORY(digits);
  BF_CHECK_MEMORY(texts);
  for (size_t i = 0; i < n; i++) {
    n_rows[i] = (int64_t)split->shards[i].n_rows;
    snprintf(digits[i], HASH_DIGITS, "%016" PRIx64, split->shards[i].hash);
    texts[i] = digits[i];
  }
  BF_TRY(bf_h5_set_i64s(file, group, "shard_rows", n, n_rows));
  BF_TRY(bf_h5_set_texts(file, group, "shard_xxh64", n, texts));
done:
  free(texts);
  free(digits);
  free(n_rows);
  return status;
}

/* The virtual dataset @p name of the split; @p n_columns 0: one dimension. */
static bf_status write_virtual(bf_h5 *file, const part *split, const char *name, size_t n_columns)
{
  bf_status status = BF_OK;
  char inner[PATH_BYTES];
  char path[PATH_BYTES];
  bf_h5_piece *pieces = bf_alloc(split->n_shards, sizeof *pieces);
  BF_CHECK_MEMORY(pieces);
  snprintf(inner, sizeof inner, "/%s", name);
  snprintf(path, sizeof path, "/%s/%s", split->name, name);
  for (size_t i = 0; i < split->n_shards; i++)
    pieces[i] = (bf_h5_piece){
        .file = split->shards[i].file, .dataset = inner, .n_rows = split->shards[i].n_rows};
  BF_TRY(bf_h5_write_virtual(file, path, n_columns, split->n_shards, pieces));
done:
  free(pieces);
  return status;
}

static bf_status write_split(bf_h5 *file, const bf_manifest *manifest, bf_split which)
{
  bf_status status = BF_OK;
  char group[PATH_BYTES];
  part split = part_of(manifest, which);
  snprintf(group, sizeof group, "/%s", split.name);
  BF_TRY(bf_h5_make_group(file, group));
  BF_TRY(write_shard_list(file, group, &split));
  BF_TRY(write_virtual(file, &split, "features", manifest->n_features));
  BF_TRY(write_virtual(file, &split, "labels", 0));
done:
  return status;
}

bf_status bf_manifest_write(const bf_manifest *manifest)
{
  bf_status status = BF_OK;
  bf_h5 *file = NULL;
  char *path = bf_path_join(manifest->folder, "manifest.h5");
  BF_CHECK_MEMORY(path);
  BF_TRY(bf_h5_create(path, &file));
  BF_TRY(bf_manifest_write_attributes(file, manifest));
  for (size_t s = 0; s < BF_N_SPLITS; s++)
    BF_TRY(write_split(file, manifest, (bf_split)s));
  status = bf_h5_close(file);
  file = NULL;
done:
  bf_h5_close(file);
  free(path);
  return status;
}
