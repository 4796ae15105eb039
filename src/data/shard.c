/* One shard: a file of standardised rows.
 * Room: data. */
#include "data/shard.h"

#include <inttypes.h>
#include <math.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/h5.h"
#include "data/manifest_write.h"
#include "data/tiles.h"

bf_status bf_shard_write(const bf_manifest *manifest, bf_shard *shard, const bf_rows *rows)
{
  bf_status status = BF_OK;
  bf_h5 *file = NULL;
  char *path = bf_path_join(manifest->folder, shard->file);
  BF_CHECK_MEMORY(path);
  BF_TRY(bf_h5_create(path, &file));
  BF_TRY(bf_manifest_write_attributes(file, manifest));
  BF_TRY(bf_h5_write_floats(file, "/features", rows->n, rows->n_features, rows->features));
  BF_TRY(bf_h5_write_u8(file, "/labels", rows->n, rows->labels));
  status = bf_h5_close(file);
  file = NULL;
  BF_TRY(status);
  BF_TRY(bf_file_hash(path, &shard->hash));
done:
  bf_h5_close(file);
  free(path);
  return status;
}

static bf_status check_hash(const char *path, uint64_t expected)
{
  uint64_t found;
  bf_status status = bf_file_hash(path, &found);
  if (status == BF_OK && found != expected)
    status = bf_fail(BF_ERR_DATA,
                     "the file's XXH64 is %016" PRIx64 ", the manifest says %016" PRIx64
                     "; it was changed or cut: import again",
                     found, expected);
  return status;
}

/* All of them first: a loop that may end early cannot be vectorised. */
static bool are_finite(const float *values, size_t n)
{
  int n_bad = 0;
  for (size_t i = 0; i < n; i++)
    n_bad |= !isfinite(values[i]);
  return n_bad == 0;
}

static bf_status check_features(const bf_manifest *manifest, size_t first, size_t n,
                                const float *rows)
{
  size_t n_features = manifest->n_features;
  if (are_finite(rows, n * n_features))
    return BF_OK;
  size_t bad = 0;
  while (isfinite(rows[bad]))
    bad++;
  return bf_fail(BF_ERR_DATA, "row %zu: feature '%s' is not finite", first + bad / n_features,
                 manifest->features[bad % n_features]);
}

static bf_status check_labels(const bf_manifest *manifest, size_t n, const uint8_t *labels)
{
  for (size_t i = 0; i < n; i++)
    if (labels[i] >= manifest->n_classes)
      return bf_fail(BF_ERR_DATA, "row %zu: label %u, expected 0 to %zu", i, (unsigned)labels[i],
                     manifest->n_classes - 1);
  return BF_OK;
}

/* A shard and where its rows go. */
typedef struct target {
  const bf_manifest *manifest;
  const bf_shard *shard;
  float *tiles; /* of its split; NULL: the rows are only checked */
} target;

static bf_status take_rows(void *context, size_t first, size_t n, const float *rows)
{
  const target *to = context;
  bf_status status = check_features(to->manifest, first, n, rows);
  if (status == BF_OK && to->tiles != NULL)
    bf_tiles_put(to->shard->first_row + first, n, to->manifest->n_features, rows, to->tiles);
  return status;
}

/* @p labels are those of the shard alone. */
static bf_status read_shard(target *to, uint8_t *labels)
{
  bf_status status = BF_OK;
  bf_h5 *file = NULL;
  const bf_shard *shard = to->shard;
  char *path = bf_path_join(to->manifest->folder, shard->file);
  BF_CHECK_MEMORY(path);
  BF_TRY(check_hash(path, shard->hash));
  BF_TRY(bf_h5_open_known(path, &file));
  BF_TRY(bf_h5_visit_floats(file, "/features", shard->n_rows, to->manifest->n_features, take_rows,
                            to));
  BF_TRY(bf_h5_read_u8(file, "/labels", shard->n_rows, labels));
  BF_TRY(check_labels(to->manifest, shard->n_rows, labels));
done:
  bf_h5_close(file);
  free(path);
  return status == BF_OK ? BF_OK : bf_because(status, "cannot read shard '%s'", shard->file);
}

bf_status bf_shard_read(const bf_manifest *manifest, const bf_shard *shard, float *tiles,
                        uint8_t *labels)
{
  target to = {.manifest = manifest, .shard = shard, .tiles = tiles};
  return read_shard(&to, labels + shard->first_row);
}

bf_status bf_shard_check(const bf_manifest *manifest, const bf_shard *shard)
{
  bf_status status = BF_OK;
  target to = {.manifest = manifest, .shard = shard};
  uint8_t *labels = bf_alloc(shard->n_rows, 1);
  BF_CHECK_MEMORY(labels);
  BF_TRY(read_shard(&to, labels));
done:
  free(labels);
  return status;
}
