/* Tests of data/dataset: layout, reading in parts, damaged shards.
 * Room: data. */
#include "unit.h"

#include "data/dataset.h"

#include <math.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/manifest_write.h"
#include "data/shard.h"
#include "folder.h"
#include "small_set.h"

static bf_manifest *load(void)
{
  bf_manifest *manifest = NULL;
  assert_ok(bf_manifest_load(small_set_write(), &manifest));
  return manifest;
}

static void assert_rows_are_as_written(const bf_dataset *dataset)
{
  for (size_t s = 0; s < BF_N_SPLITS; s++) {
    const bf_tiles *rows = &dataset->split[s];
    for (size_t i = 0; i < rows->n; i++) {
      assert_int_equal(rows->labels[i], small_set_label((bf_split)s, i));
      for (size_t j = 0; j < rows->n_features; j++)
        assert_true(rows->values[bf_tile_place(rows->n_features, i, j)] ==
                    small_set_value((bf_split)s, i, j));
    }
  }
}

static void block_splits_are_aligned_and_disjoint(void **state)
{
  (void)state;
  bf_manifest *manifest = load();
  assert_int_equal(bf_dataset_bytes(manifest), 192 + 64 + 0 + 0 + 192 + 64);
  void *block = bf_alloc(bf_dataset_bytes(manifest), 1);
  bf_dataset dataset = bf_dataset_view(manifest, block);
  assert_int_equal(dataset.n_classes, SMALL_CLASSES);
  assert_int_equal(dataset.split[BF_TRAIN].n, 7);
  assert_int_equal(dataset.split[BF_VAL].n, 0);
  assert_int_equal(dataset.split[BF_TEST].n, 4);
  for (size_t s = 0; s < BF_N_SPLITS; s++) {
    assert_int_equal((uintptr_t)dataset.split[s].values % 64, 0);
    assert_int_equal((uintptr_t)dataset.split[s].labels % 64, 0);
  }
  free(block);
  bf_manifest_free(manifest);
}

static void read_parts_together_fill_the_block(void **state)
{
  (void)state;
  bf_manifest *manifest = load();
  for (size_t n_parts = 1; n_parts <= 5; n_parts++) {
    void *block = bf_alloc(bf_dataset_bytes(manifest), 1);
    for (size_t part = 0; part < n_parts; part++)
      assert_ok(bf_dataset_read(manifest, block, part, n_parts));
    bf_dataset dataset = bf_dataset_view(manifest, block);
    assert_rows_are_as_written(&dataset);
    free(block);
  }
  bf_manifest_free(manifest);
}

static void shard_absent_or_changed_is_named(void **state)
{
  (void)state;
  size_t n = 0;
  bf_manifest *manifest = load();
  void *block = bf_alloc(bf_dataset_bytes(manifest), 1);
  unsigned char *bytes = folder_read(folder_file("set/train-00001.h5"), &n);
  bytes[n / 2] ^= 1;
  folder_write_bytes(folder_file("set/train-00001.h5"), bytes, n);
  assert_fails(bf_dataset_read(manifest, block, 0, 1), BF_ERR_DATA,
               "cannot read shard 'train-00001.h5'");
  assert_fails(bf_dataset_read(manifest, block, 0, 1), BF_ERR_DATA, "the manifest says");
  assert_ok(bf_dataset_read(manifest, block, 0, 2));
  assert_int_equal(remove(folder_file("set/train-00001.h5")), 0);
  assert_fails(bf_dataset_read(manifest, block, 1, 3), BF_ERR_DATA, "No such file");
  free(bytes);
  free(block);
  bf_manifest_free(manifest);
}

/* Replaces the shard by one with these rows and makes the manifest in memory trust it. */
static void replace_shard(bf_manifest *manifest, const bf_rows *rows)
{
  bf_shard *shard = &manifest->shards[1];
  remove(folder_file("set/train-00001.h5"));
  assert_ok(bf_shard_write(manifest, shard, rows));
}

static void shard_bad_content_is_refused(void **state)
{
  (void)state;
  bf_manifest *manifest = load();
  void *block = bf_alloc(bf_dataset_bytes(manifest), 1);
  float features[16] = {0};
  uint8_t labels[4] = {0, 1, 0, 0};
  replace_shard(manifest, &(bf_rows){2, 2, features, labels});
  assert_fails(bf_dataset_read(manifest, block, 0, 1), BF_ERR_DATA, "has 2 columns, expected 3");
  replace_shard(manifest, &(bf_rows){4, 3, features, labels});
  assert_fails(bf_dataset_read(manifest, block, 0, 1), BF_ERR_DATA,
               "has shape 4 x 3, expected 2 x 3");
  features[4] = NAN;
  replace_shard(manifest, &(bf_rows){2, 3, features, labels});
  assert_fails(bf_dataset_read(manifest, block, 0, 1), BF_ERR_DATA,
               "row 1: feature 'two' is not finite");
  features[4] = 0;
  labels[1] = 2;
  replace_shard(manifest, &(bf_rows){2, 3, features, labels});
  assert_fails(bf_dataset_read(manifest, block, 0, 1), BF_ERR_DATA,
               "row 1: label 2, expected 0 to 1");
  labels[1] = 1;
  replace_shard(manifest, &(bf_rows){2, 3, features, labels});
  assert_ok(bf_dataset_read(manifest, block, 0, 1));
  free(block);
  bf_manifest_free(manifest);
}

static void read_without_memory_fails_cleanly(void **state)
{
  (void)state;
  bf_manifest *manifest = load();
  void *block = bf_alloc(bf_dataset_bytes(manifest), 1);
  bf_status status = BF_ERR_NOMEM;
  for (long i = 0; status != BF_OK; i++) {
    bf_alloc_fail_after(i);
    status = bf_dataset_read(manifest, block, 0, 1);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
  }
  free(block);
  bf_manifest_free(manifest);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(block_splits_are_aligned_and_disjoint), TEST(read_parts_together_fill_the_block),
      TEST(shard_absent_or_changed_is_named),      TEST(shard_bad_content_is_refused),
      TEST(read_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests_name("data.dataset", tests, NULL, NULL);
}
