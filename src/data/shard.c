/* One shard: a file of standardised rows.
 * Room: data. */
#include "data/shard.h"

#include <inttypes.h>
#include <math.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/h5.h"
#include "data/manifest_write.h"

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

/* The index of the first value that is NaN or infinite; @p n if there is none. */
static size_t find_not_finite(const float *values, size_t n)
{
  size_t i = 0;
  while (i < n && isfinite(values[i]))
    i++;
  return i;
}

static bf_status check_values(const bf_manifest *manifest, size_t n_rows, const float *features,
                              const uint8_t *labels)
{
  size_t bad = find_not_finite(features, n_rows * manifest->n_features);
  if (bad < n_rows * manifest->n_features)
    return bf_fail(BF_ERR_DATA, "row %zu: feature '%s' is not finite", bad / manifest->n_features,
                   manifest->features[bad % manifest->n_features]);
  for (size_t i = 0; i < n_rows; i++)
    if (labels[i] >= manifest->n_classes)
      return bf_fail(BF_ERR_DATA, "row %zu: label %u, expected 0 to %zu", i, (unsigned)labels[i],
                     manifest->n_classes - 1);
  return BF_OK;
}

bf_status bf_shard_read(const bf_manifest *manifest, const bf_shard *shard, float *features,
                        uint8_t *labels)
{
  bf_status status = BF_OK;
  bf_h5 *file = NULL;
  char *path = bf_path_join(manifest->folder, shard->file);
  BF_CHECK_MEMORY(path);
  BF_TRY(check_hash(path, shard->hash));
  BF_TRY(bf_h5_open(path, &file));
  BF_TRY(bf_h5_read_floats(file, "/features", shard->n_rows, manifest->n_features, features));
  BF_TRY(bf_h5_read_u8(file, "/labels", shard->n_rows, labels));
  BF_TRY(check_values(manifest, shard->n_rows, features, labels));
done:
  bf_h5_close(file);
  free(path);
  return status == BF_OK ? BF_OK : bf_because(status, "cannot read shard '%s'", shard->file);
}
