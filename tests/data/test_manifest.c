/* Tests of data/manifest: what is loaded, what is refused, damage anywhere.
 * Room: data. */
#include "unit.h"

#include "data/manifest.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/dataset.h"
#include "data/h5.h"
#include "folder.h"
#include "small_set.h"

static void manifest_written_comes_back(void **state)
{
  (void)state;
  bf_manifest *manifest = NULL;
  assert_ok(bf_manifest_load(small_set_write(), &manifest));
  assert_int_equal(manifest->n_features, SMALL_FEATURES);
  assert_string_equal(manifest->features[2], "three");
  assert_int_equal(manifest->n_classes, SMALL_CLASSES);
  assert_string_equal(manifest->classes[1], "q");
  assert_true(manifest->scaler_mean[1] == 1.5 && manifest->scaler_scale[2] == 4);
  assert_string_equal(manifest->split, "60,0,40");
  assert_true(manifest->seed == -7 && manifest->source_hash == 0xfedcba9876543210U);
  assert_string_equal(manifest->source, "rows.csv");
  assert_string_equal(manifest->kind, "real");
  assert_int_equal(manifest->n_rows[BF_TRAIN], 7);
  assert_int_equal(manifest->n_rows[BF_VAL], 0);
  assert_int_equal(manifest->n_shards, SMALL_SHARDS);
  assert_string_equal(manifest->shards[1].file, "train-00001.h5");
  assert_int_equal(manifest->shards[1].first_row, 5);
  assert_int_equal(manifest->shards[2].split, BF_TEST);
  assert_ok(bf_manifest_verify(manifest));
  bf_manifest_free(manifest);
}

static void manifest_hash_depends_on_data_not_on_folder(void **state)
{
  (void)state;
  bf_manifest *first = NULL;
  bf_manifest *moved = NULL;
  assert_ok(bf_manifest_load(small_set_write(), &first));
  assert_int_equal(rename(folder_file("set"), folder_file("moved")), 0);
  assert_ok(bf_manifest_load(folder_file("moved"), &moved));
  assert_true(first->hash == moved->hash && first->hash != 0);
  assert_ok(bf_manifest_verify(moved));
  bf_manifest_free(first);
  bf_manifest_free(moved);
}

static void splits_have_names(void **state)
{
  (void)state;
  bf_split split = BF_TRAIN;
  assert_ok(bf_split_find("test", &split));
  assert_int_equal(split, BF_TEST);
  assert_string_equal(bf_split_name(BF_VAL), "val");
  assert_fails(bf_split_find("tests", &split), BF_ERR_USAGE, "did you mean 'test'");
  assert_fails(bf_split_find("x", &split), BF_ERR_USAGE, "known: train, val, test");
  assert_int_equal(split, BF_TEST);
}

static void manifest_absent_is_an_error_with_a_hint(void **state)
{
  (void)state;
  bf_manifest *manifest = NULL;
  assert_fails(bf_manifest_load(folder_path(), &manifest), BF_ERR_DATA, "bitfront data import");
  assert_fails(bf_manifest_load(folder_file("none"), &manifest), BF_ERR_DATA, "manifest.h5");
  assert_null(manifest);
}

/* A manifest with the right frame and one thing wrong. */
typedef struct flaw {
  int64_t version;
  const char *kind;
  size_t n_features;
  double scale;
  int64_t shard_rows;
  const char *shard_hash;
  size_t dataset_rows;
  const char *words;
} flaw;

static void write_split_of(bf_h5 *file, const char *group, const flaw *of)
{
  char path[32];
  bf_h5_piece piece = {"train-00000.h5", "/features", of->dataset_rows};
  assert_ok(bf_h5_make_group(file, group));
  assert_ok(bf_h5_set_i64s(file, group, "shard_rows", 1, &of->shard_rows));
  assert_ok(bf_h5_set_texts(file, group, "shard_xxh64", 1, &of->shard_hash));
  snprintf(path, sizeof path, "%s/features", group);
  assert_ok(bf_h5_write_virtual(file, path, of->n_features, 1, &piece));
  snprintf(path, sizeof path, "%s/labels", group);
  assert_ok(bf_h5_write_virtual(file, path, 0, 1, &piece));
}

static void write_flawed(const flaw *of)
{
  static const char *const names[] = {"a", "b", "c"};
  const double mean[] = {0, 0, 0};
  const double scale[] = {1, of->scale, 1};
  bf_h5 *file = NULL;
  remove(folder_file("manifest.h5"));
  assert_ok(bf_h5_create(folder_file("manifest.h5"), &file));
  assert_ok(bf_h5_set_i64(file, "/", "format", of->version));
  assert_ok(bf_h5_set_text(file, "/", "kind", of->kind));
  assert_ok(bf_h5_set_text(file, "/", "source", "x"));
  assert_ok(bf_h5_set_text(file, "/", "source_xxh64", "0000000000000000"));
  assert_ok(bf_h5_set_text(file, "/", "split", "100,0,0"));
  assert_ok(bf_h5_set_i64(file, "/", "seed", 0));
  assert_ok(bf_h5_set_texts(file, "/", "features", of->n_features, names));
  assert_ok(bf_h5_set_texts(file, "/", "classes", 2, names));
  assert_ok(bf_h5_set_doubles(file, "/", "scaler_mean", 3, mean));
  assert_ok(bf_h5_set_doubles(file, "/", "scaler_scale", 3, scale));
  write_split_of(file, "/train", of);
  write_split_of(file, "/val", of);
  write_split_of(file, "/test", of);
  assert_ok(bf_h5_close(file));
}

static void manifest_inconsistent_is_refused(void **state)
{
  (void)state;
  static const char *const hash = "00112233aabbccdd";
  static const char *const bad_hash = "00112233aabbccdg";
  const flaw flaws[] = {
      {2, "real", 3, 1, 4, hash, 4, "its format is version 2, expected 1"},
      {1, "unreal", 3, 1, 4, hash, 4, "attribute 'kind' is 'unreal'"},
      {1, "real", 2, 1, 4, hash, 4, "'scaler_mean' has 3 elements, expected 2"},
      {1, "real", 3, 0, 4, hash, 4, "'scaler_scale' holds 0 for feature 'b'"},
      {1, "real", 3, 1, 0, hash, 4, "shard 0 of 'train' has 0 rows"},
      {1, "real", 3, 1, -4, hash, 4, "has -4 rows"},
      {1, "real", 3, 1, INT64_MAX, hash, 4, "has 9223372036854775807 rows"},
      {1, "real", 3, 1, 4, bad_hash, 4, "is no hash of 16 hexadecimal digits"},
      {1, "real", 3, 1, 4, hash, 5, "dataset '/train/features' is 5 x 3"},
  };
  for (size_t i = 0; i < sizeof flaws / sizeof flaws[0]; i++) {
    bf_manifest *manifest = NULL;
    write_flawed(&flaws[i]);
    assert_fails(bf_manifest_load(folder_path(), &manifest), BF_ERR_DATA, flaws[i].words);
    assert_fails(bf_manifest_load(folder_path(), &manifest), BF_ERR_DATA, "cannot load manifest");
    assert_null(manifest);
  }
}

static void manifest_without_seal_is_refused(void **state)
{
  (void)state;
  bf_manifest *manifest = NULL;
  size_t n = 0;
  const char *folder = small_set_write();
  unsigned char *bytes = folder_read(folder_file("set/manifest.h5"), &n);
  folder_write_bytes(folder_file("set/manifest.h5"), bytes, n - 1);
  assert_fails(bf_manifest_load(folder, &manifest), BF_ERR_DATA, "lacks its checksum line");
  free(bytes);
}

/* Flips a byte or cuts the file, as case @p i says. */
static void damage(const char *path, const unsigned char *bytes, size_t n, uint64_t i)
{
  bf_random random = bf_random_stream(i, BF_PURPOSE_SPLIT, 0);
  size_t at = (size_t)bf_random_below(&random, n);
  unsigned char *copy = malloc(n);
  assert_non_null(copy);
  memcpy(copy, bytes, n);
  if (i % 4 == 0) {
    folder_write_bytes(path, copy, at);
  } else {
    copy[at] ^= (unsigned char)(1 + bf_random_below(&random, 255));
    folder_write_bytes(path, copy, n);
  }
  free(copy);
}

enum { N_DAMAGES = 400 };

static void manifest_damaged_anywhere_is_refused(void **state)
{
  (void)state;
  size_t n = 0;
  const char *folder = small_set_write();
  char path[512];
  snprintf(path, sizeof path, "%s/manifest.h5", folder);
  unsigned char *bytes = folder_read(path, &n);
  for (uint64_t i = 0; i < N_DAMAGES; i++) {
    bf_manifest *manifest = NULL;
    damage(path, bytes, n, i);
    assert_fails(bf_manifest_load(folder, &manifest), BF_ERR_DATA, "cannot load manifest");
    assert_null(manifest);
  }
  free(bytes);
}

static void shard_damaged_anywhere_is_refused(void **state)
{
  (void)state;
  size_t n = 0;
  char path[512];
  bf_manifest *manifest = NULL;
  const char *folder = small_set_write();
  assert_ok(bf_manifest_load(folder, &manifest));
  snprintf(path, sizeof path, "%s/test-00000.h5", folder);
  unsigned char *bytes = folder_read(path, &n);
  void *block = bf_alloc(bf_dataset_bytes(manifest), 1);
  for (uint64_t i = 0; i < N_DAMAGES; i++) {
    damage(path, bytes, n, i);
    assert_fails(bf_manifest_verify(manifest), BF_ERR_DATA, "cannot read shard 'test-00000.h5'");
    assert_fails(bf_dataset_read(manifest, block, 0, 1), BF_ERR_DATA, "test-00000.h5");
  }
  free(block);
  free(bytes);
  bf_manifest_free(manifest);
}

static void load_without_memory_fails_cleanly(void **state)
{
  (void)state;
  bf_manifest *manifest = NULL;
  const char *folder = small_set_write();
  bf_status status = BF_ERR_NOMEM;
  for (long i = 0; status != BF_OK; i++) {
    bf_alloc_fail_after(i);
    status = bf_manifest_load(folder, &manifest);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || (status == BF_ERR_NOMEM && manifest == NULL));
  }
  status = BF_ERR_NOMEM;
  for (long i = 0; status != BF_OK; i++) {
    bf_alloc_fail_after(i);
    status = bf_manifest_verify(manifest);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
  }
  bf_manifest_free(manifest);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(manifest_written_comes_back),
      TEST(manifest_hash_depends_on_data_not_on_folder),
      TEST(splits_have_names),
      TEST(manifest_absent_is_an_error_with_a_hint),
      TEST(manifest_inconsistent_is_refused),
      TEST(manifest_without_seal_is_refused),
      TEST(manifest_damaged_anywhere_is_refused),
      TEST(shard_damaged_anywhere_is_refused),
      TEST(load_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests_name("data.manifest", tests, NULL, NULL);
}
