/* A data set on disk: loading and checking the manifest.
 * Room: data. */
#include "data/manifest.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/suggest.h"
#include "data/h5.h"
#include "data/manifest_write.h"
#include "data/shard.h"

static const char *const split_names[BF_N_SPLITS] = {"train", "val", "test"};
static const char *const kinds[] = {"real", "synthetic"};

const char *bf_split_name(bf_split split)
{
  return split_names[split];
}

bf_status bf_split_find(const char *name, bf_split *split)
{
  for (size_t s = 0; s < BF_N_SPLITS; s++)
    if (strcmp(name, split_names[s]) == 0) {
      *split = (bf_split)s;
      return BF_OK;
    }
  const char *nearest = bf_suggest(name, split_names, BF_N_SPLITS);
  return bf_fail(BF_ERR_USAGE, "unknown split '%s'; known: train, val, test%s%s%s", name,
                 nearest != NULL ? " (did you mean '" : "", nearest != NULL ? nearest : "",
                 nearest != NULL ? "'?)" : "");
}

static bf_status check_format(const bf_h5 *file)
{
  int64_t version = 0;
  bf_status status = bf_h5_get_i64(file, "/", "format", &version);
  if (status == BF_OK && version != BF_FORMAT_VERSION)
    status = bf_fail(BF_ERR_DATA,
                     "its format is version %" PRId64 ", expected %d; import the data again",
                     version, BF_FORMAT_VERSION);
  return status;
}

static bf_status parse_hash(const char *digits, uint64_t *hash)
{
  char *end = NULL;
  errno = 0;
  unsigned long long value = strtoull(digits, &end, 16);
  if (strlen(digits) != 16 || strspn(digits, "0123456789abcdef") != 16 || errno != 0)
    return bf_fail(BF_ERR_DATA, "'%s' is no hash of 16 hexadecimal digits", digits);
  *hash = value;
  return BF_OK;
}

static bf_status check_count(const char *what, size_t n, size_t lowest, size_t highest)
{
  if (n < lowest || n > highest)
    return bf_fail(BF_ERR_DATA, "attribute '%s' has %zu elements, expected %zu to %zu", what, n,
                   lowest, highest);
  return BF_OK;
}

/* (n_features) finite numbers, greater than @p lowest. */
static bf_status load_scaler(const bf_h5 *file, const char *name, const bf_manifest *manifest,
                             double lowest, double **values)
{
  size_t n = 0;
  bf_status status = bf_h5_get_doubles(file, "/", name, &n, values);
  if (status == BF_OK)
    status = check_count(name, n, manifest->n_features, manifest->n_features);
  for (size_t i = 0; i < n && status == BF_OK; i++)
    if (!isfinite((*values)[i]) || !((*values)[i] > lowest))
      status = bf_fail(BF_ERR_DATA, "attribute '%s' holds %g for feature '%s'", name, (*values)[i],
                       manifest->features[i]);
  return status;
}

static bf_status load_kind(const bf_h5 *file, bf_manifest *manifest)
{
  bf_status status = bf_h5_get_text(file, "/", "kind", &manifest->kind);
  if (status != BF_OK)
    return status;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (strcmp(manifest->kind, kinds[i]) == 0)
      return BF_OK;
  return bf_fail(BF_ERR_DATA, "attribute 'kind' is '%s', expected 'real' or 'synthetic'",
                 manifest->kind);
}

static bf_status load_attributes(const bf_h5 *file, bf_manifest *manifest)
{
  bf_status status = BF_OK;
  char *digits = NULL;
  BF_TRY(bf_h5_get_texts(file, "/", "features", &manifest->n_features, &manifest->features));
  BF_TRY(check_count("features", manifest->n_features, 1, BF_MAX_FEATURES));
  BF_TRY(bf_h5_get_texts(file, "/", "classes", &manifest->n_classes, &manifest->classes));
  BF_TRY(check_count("classes", manifest->n_classes, 2, BF_MAX_CLASSES));
  BF_TRY(load_scaler(file, "scaler_mean", manifest, -HUGE_VAL, &manifest->scaler_mean));
  BF_TRY(load_scaler(file, "scaler_scale", manifest, 0, &manifest->scaler_scale));
  BF_TRY(bf_h5_get_text(file, "/", "split", &manifest->split));
  BF_TRY(bf_h5_get_i64(file, "/", "seed", &manifest->seed));
  BF_TRY(bf_h5_get_text(file, "/", "source", &manifest->source));
  BF_TRY(load_kind(file, manifest));
  BF_TRY(bf_h5_get_text(file, "/", "source_xxh64", &digits));
  BF_TRY(parse_hash(digits, &manifest->source_hash));
done:
  free(digits);
  return status;
}

/* The shard lists of the three groups as the file holds them. */
typedef struct shard_lists {
  size_t n[BF_N_SPLITS];
  size_t n_hashes[BF_N_SPLITS];
  int64_t *rows[BF_N_SPLITS];
  char **hashes[BF_N_SPLITS];
} shard_lists;

static void release_lists(shard_lists *lists)
{
  for (size_t s = 0; s < BF_N_SPLITS; s++) {
    free(lists->rows[s]);
    bf_h5_free_texts(lists->n_hashes[s], lists->hashes[s]);
  }
}

static bf_status load_lists(const bf_h5 *file, shard_lists *lists)
{
  bf_status status = BF_OK;
  for (size_t s = 0; s < BF_N_SPLITS; s++) {
    char group[16];
    snprintf(group, sizeof group, "/%s", split_names[s]);
    BF_TRY(bf_h5_get_i64s(file, group, "shard_rows", &lists->n[s], &lists->rows[s]));
    BF_TRY(bf_h5_get_texts(file, group, "shard_xxh64", &lists->n_hashes[s], &lists->hashes[s]));
    BF_CHECK(lists->n[s] == lists->n_hashes[s], BF_ERR_DATA,
             "group '%s' has %zu shard row counts and %zu hashes", group, lists->n[s],
             lists->n_hashes[s]);
  }
done:
  return status;
}

/* Appends the shards of one split to the manifest. */
static bf_status add_shards(bf_manifest *manifest, bf_split split, const shard_lists *lists)
{
  bf_status status = BF_OK;
  for (size_t i = 0; i < lists->n[split]; i++) {
    int64_t n_rows = lists->rows[split][i];
    BF_CHECK(n_rows > 0 && (uint64_t)n_rows <= BF_MAX_ROWS - manifest->n_rows[split], BF_ERR_DATA,
             "shard %zu of '%s' has %" PRId64 " rows", i, split_names[split], n_rows);
    bf_shard *shard = &manifest->shards[manifest->n_shards];
    shard->file = bf_shard_name(split, i);
    BF_CHECK_MEMORY(shard->file);
    manifest->n_shards++;
    shard->split = split;
    shard->first_row = manifest->n_rows[split];
    shard->n_rows = (size_t)n_rows;
    manifest->n_rows[split] += (size_t)n_rows;
    BF_TRY(parse_hash(lists->hashes[split][i], &shard->hash));
  }
done:
  return status;
}

static bf_status load_shards(const bf_h5 *file, bf_manifest *manifest)
{
  bf_status status = BF_OK;
  shard_lists lists = {0};
  BF_TRY(load_lists(file, &lists));
  manifest->shards =
      bf_alloc(lists.n[BF_TRAIN] + lists.n[BF_VAL] + lists.n[BF_TEST], sizeof *manifest->shards);
  BF_CHECK_MEMORY(manifest->shards);
  for (size_t s = 0; s < BF_N_SPLITS; s++)
    BF_TRY(add_shards(manifest, (bf_split)s, &lists));
  BF_CHECK(manifest->n_shards > 0, BF_ERR_DATA, "the set has no rows");
done:
  release_lists(&lists);
  return status;
}

static bf_status check_dataset(const bf_h5 *file, const char *group, const char *name,
                               size_t n_rows, size_t n_columns)
{
  size_t dims[2];
  char path[32];
  snprintf(path, sizeof path, "/%s/%s", group, name);
  bf_status status = bf_h5_shape(file, path, dims);
  if (status != BF_OK)
    return status;
  if (dims[0] != n_rows || dims[1] != n_columns)
    return bf_fail(BF_ERR_DATA, "dataset '%s' is %zu x %zu, its shards hold %zu x %zu", path,
                   dims[0], dims[1], n_rows, n_columns);
  return BF_OK;
}

/* The virtual datasets are for other programs, but they must tell the same. */
static bf_status check_datasets(const bf_h5 *file, const bf_manifest *manifest)
{
  bf_status status = BF_OK;
  for (size_t s = 0; s < BF_N_SPLITS; s++) {
    BF_TRY(
        check_dataset(file, split_names[s], "features", manifest->n_rows[s], manifest->n_features));
    BF_TRY(check_dataset(file, split_names[s], "labels", manifest->n_rows[s], 0));
  }
done:
  return status;
}

static bf_status parse(const char *path, const bf_text *bytes, bf_manifest *manifest)
{
  bf_status status = BF_OK;
  bf_h5 *file = NULL;
  BF_TRY(bf_h5_open_bytes(path, bf_text_view(bytes), bytes->length, &file));
  BF_TRY(check_format(file));
  BF_TRY(load_attributes(file, manifest));
  BF_TRY(load_shards(file, manifest));
  BF_TRY(check_datasets(file, manifest));
  BF_CHECK(bf_h5_is_sealed(file), BF_ERR_DATA,
           "it lacks its checksum line, so another program changed or cut it; import again");
  BF_TRY(bf_manifest_hash(manifest, &manifest->hash));
done:
  bf_h5_close(file);
  return status;
}

static bf_status read(const char *path, bf_text *bytes)
{
  if (!bf_file_exists(path))
    return bf_fail(BF_ERR_DATA,
                   "it is absent; make a set with 'bitfront data import' or 'bitfront data synth'");
  bf_status status = bf_file_read(path, bytes);
  return status == BF_ERR_USAGE ? BF_ERR_DATA : status;
}

bf_status bf_manifest_read(const char *folder, bf_text *bytes)
{
  bf_status status = BF_OK;
  char *path = bf_path_join(folder, "manifest.h5");
  BF_CHECK_MEMORY(path);
  status = read(path, bytes);
  if (status != BF_OK)
    bf_because(status, "cannot load manifest '%s'", path);
done:
  free(path);
  return status;
}

bf_status bf_manifest_parse(const char *folder, const bf_text *bytes, bf_manifest **out)
{
  bf_status status = BF_OK;
  char *path = bf_path_join(folder, "manifest.h5");
  bf_manifest *manifest = bf_alloc(1, sizeof *manifest);
  BF_CHECK_MEMORY(path);
  BF_CHECK_MEMORY(manifest);
  manifest->folder = bf_copy_text(folder);
  BF_CHECK_MEMORY(manifest->folder);
  status = parse(path, bytes, manifest);
  if (status != BF_OK) {
    bf_because(status, "cannot load manifest '%s'", path);
    goto done;
  }
  *out = manifest;
  manifest = NULL;
done:
  bf_manifest_free(manifest);
  free(path);
  return status;
}

bf_status bf_manifest_load(const char *folder, bf_manifest **out)
{
  bf_text bytes = {0};
  bf_status status = bf_manifest_read(folder, &bytes);
  if (status == BF_OK)
    status = bf_manifest_parse(folder, &bytes, out);
  bf_text_release(&bytes);
  return status;
}

void bf_manifest_join_val(bf_manifest *manifest)
{
  for (size_t i = 0; i < manifest->n_shards; i++) {
    bf_shard *shard = &manifest->shards[i];
    if (shard->split != BF_VAL)
      continue;
    shard->split = BF_TRAIN;
    shard->first_row += manifest->n_rows[BF_TRAIN];
  }
  manifest->n_rows[BF_TRAIN] += manifest->n_rows[BF_VAL];
  manifest->n_rows[BF_VAL] = 0;
}

void bf_manifest_free(bf_manifest *manifest)
{
  if (manifest == NULL)
    return;
  for (size_t i = 0; i < manifest->n_shards; i++)
    free(manifest->shards[i].file);
  free(manifest->shards);
  bf_h5_free_texts(manifest->n_features, manifest->features);
  bf_h5_free_texts(manifest->n_classes, manifest->classes);
  free(manifest->scaler_mean);
  free(manifest->scaler_scale);
  free(manifest->split);
  free(manifest->source);
  free(manifest->kind);
  free(manifest->folder);
  free(manifest);
}

bf_status bf_manifest_verify(const bf_manifest *manifest)
{
  bf_status status = BF_OK;
  for (size_t i = 0; i < manifest->n_shards && status == BF_OK; i++)
    status = bf_shard_check(manifest, &manifest->shards[i]);
  return status;
}
