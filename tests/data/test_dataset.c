/* Tests of data/dataset: layout, reading in parts, damaged shards.
 * Room: data. Deflated shards are written with HDF5 itself: the room's own writers make none. */
#include "unit.h"

#include "data/dataset.h"

#include <hdf5.h>
#include <math.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/h5.h"
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

static void joined_validation_rows_follow_the_training_rows(void **state)
{
  (void)state;
  bf_manifest *manifest = load();
  uint64_t hash = manifest->hash;
  /* As if the last two training rows were for validation. */
  manifest->shards[1].split = BF_VAL;
  manifest->shards[1].first_row = 0;
  manifest->n_rows[BF_TRAIN] = 5;
  manifest->n_rows[BF_VAL] = 2;
  bf_manifest_join_val(manifest);
  assert_int_equal(manifest->n_rows[BF_VAL], 0);
  assert_true(manifest->hash == hash);
  void *block = bf_alloc(bf_dataset_bytes(manifest), 1);
  assert_ok(bf_dataset_read(manifest, block, 0, 1));
  bf_dataset dataset = bf_dataset_view(manifest, block);
  assert_int_equal(dataset.split[BF_TRAIN].n, 7);
  assert_rows_are_as_written(&dataset);
  free(block);
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

/* How a shard is put on disk; its hash is noted. */
typedef void (*writer)(const bf_manifest *manifest, bf_shard *shard, const bf_rows *rows);

static void write_plain(const bf_manifest *manifest, bf_shard *shard, const bf_rows *rows)
{
  assert_ok(bf_shard_write(manifest, shard, rows));
}

static void write_deflated_values(hid_t file, const char *name, int rank, const hsize_t dims[2],
                                  hid_t type, const void *values)
{
  const hsize_t chunk[2] = {dims[0] < 1000 ? dims[0] : 1000, dims[1]};
  hid_t space = H5Screate_simple(rank, dims, NULL);
  hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(creation, rank, chunk);
  H5Pset_shuffle(creation);
  H5Pset_deflate(creation, 4);
  H5Pset_fletcher32(creation);
  hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
  H5Dclose(dataset);
  H5Pclose(creation);
  H5Sclose(space);
}

/* As shards were written before they were left plain, but for the seal. */
static void write_deflated(const bf_manifest *manifest, bf_shard *shard, const bf_rows *rows)
{
  char *path = bf_path_join(manifest->folder, shard->file);
  hid_t file = H5Fcreate(path, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t dims[2] = {rows->n, rows->n_features};
  write_deflated_values(file, "features", 2, dims, H5T_NATIVE_FLOAT, rows->features);
  write_deflated_values(file, "labels", 1, dims, H5T_NATIVE_UINT8, rows->labels);
  assert_true(H5Fclose(file) >= 0);
  assert_ok(bf_file_hash(path, &shard->hash));
  free(path);
}

static const writer writers[] = {write_plain, write_deflated};
enum { N_WRITERS = sizeof writers / sizeof *writers };

/* The set with shards of @p n_rows rows, of which the first two are the training split. */
static bf_manifest *load_sized(writer write, const size_t n_rows[SMALL_SHARDS])
{
  folder_remove(NULL);
  folder_make(NULL);
  bf_manifest *manifest = load();
  manifest->shards[1].first_row = n_rows[0];
  manifest->n_rows[BF_TRAIN] = n_rows[0] + n_rows[1];
  manifest->n_rows[BF_TEST] = n_rows[2];
  for (size_t s = 0; s < SMALL_SHARDS; s++) {
    bf_shard *shard = &manifest->shards[s];
    char *path = bf_path_join(manifest->folder, shard->file);
    float *features = bf_alloc(n_rows[s] * SMALL_FEATURES, sizeof *features);
    uint8_t *labels = bf_alloc(n_rows[s], 1);
    shard->n_rows = n_rows[s];
    for (size_t i = 0; i < n_rows[s]; i++) {
      for (size_t j = 0; j < SMALL_FEATURES; j++)
        features[i * SMALL_FEATURES + j] = small_set_value(shard->split, shard->first_row + i, j);
      labels[i] = small_set_label(shard->split, shard->first_row + i);
    }
    assert_int_equal(remove(path), 0);
    write(manifest, shard, &(bf_rows){n_rows[s], SMALL_FEATURES, features, labels});
    free(labels);
    free(features);
    free(path);
  }
  return manifest;
}

static void shards_of_sizes_around_a_piece_are_read_whole(void **state)
{
  (void)state;
  size_t piece = bf_h5_piece_rows(SMALL_FEATURES);
  const size_t sizes[][SMALL_SHARDS] = {{1, piece - 1, piece},
                                        {piece + 1, 2 * piece - 1, 2 * piece},
                                        {2 * piece + 1, 15, 3 * piece + 17}};
  for (size_t w = 0; w < N_WRITERS; w++)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      bf_manifest *manifest = load_sized(writers[w], sizes[i]);
      void *block = bf_alloc(bf_dataset_bytes(manifest), 1);
      for (size_t part = 0; part < 2; part++)
        assert_ok(bf_dataset_read(manifest, block, part, 2));
      bf_dataset dataset = bf_dataset_view(manifest, block);
      assert_rows_are_as_written(&dataset);
      assert_ok(bf_manifest_verify(manifest));
      free(block);
      bf_manifest_free(manifest);
    }
}

static void flipped_byte_is_found_in_any_piece(void **state)
{
  (void)state;
  size_t piece = bf_h5_piece_rows(SMALL_FEATURES);
  const size_t sizes[SMALL_SHARDS] = {5, 3 * piece, 4};
  for (size_t w = 0; w < N_WRITERS; w++) {
    size_t n = 0;
    bf_manifest *manifest = load_sized(writers[w], sizes);
    void *block = bf_alloc(bf_dataset_bytes(manifest), 1);
    const char *path = folder_file("set/train-00001.h5");
    unsigned char *bytes = folder_read(path, &n);
    for (size_t i = 0; i < n; i += n / 11) {
      bytes[i] ^= 0x40;
      folder_write_bytes(path, bytes, n);
      assert_fails(bf_dataset_read(manifest, block, 0, 1), BF_ERR_DATA, "the manifest says");
      assert_fails(bf_manifest_verify(manifest), BF_ERR_DATA, "the manifest says");
      bytes[i] ^= 0x40;
    }
    free(bytes);
    free(block);
    bf_manifest_free(manifest);
  }
}

static void bad_row_is_numbered_within_its_shard(void **state)
{
  (void)state;
  size_t piece = bf_h5_piece_rows(SMALL_FEATURES);
  const size_t sizes[SMALL_SHARDS] = {5, 2 * piece + 3, 4};
  const size_t bad_rows[] = {0, piece - 1, piece, 2 * piece, 2 * piece + 2};
  bf_manifest *manifest = load_sized(write_plain, sizes);
  void *block = bf_alloc(bf_dataset_bytes(manifest), 1);
  float *features = bf_alloc(sizes[1] * SMALL_FEATURES, sizeof *features);
  uint8_t *labels = bf_alloc(sizes[1], 1);
  bf_rows rows = {sizes[1], SMALL_FEATURES, features, labels};
  for (size_t i = 0; i < sizeof bad_rows / sizeof *bad_rows; i++) {
    char words[64];
    size_t bad = bad_rows[i];
    /* A bad label in front is told of only when all features are finite. */
    labels[bad / 2] = 2;
    features[bad * SMALL_FEATURES + 1] = i % 2 == 0 ? NAN : -INFINITY;
    replace_shard(manifest, &rows);
    snprintf(words, sizeof words, "row %zu: feature 'two' is not finite", bad);
    assert_fails(bf_dataset_read(manifest, block, 0, 1), BF_ERR_DATA, words);
    assert_fails(bf_manifest_verify(manifest), BF_ERR_DATA, words);
    features[bad * SMALL_FEATURES + 1] = 0;
    replace_shard(manifest, &rows);
    snprintf(words, sizeof words, "row %zu: label 2, expected 0 to 1", bad / 2);
    assert_fails(bf_dataset_read(manifest, block, 0, 1), BF_ERR_DATA, words);
    labels[bad / 2] = 0;
  }
  free(labels);
  free(features);
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
      TEST(block_splits_are_aligned_and_disjoint),
      TEST(read_parts_together_fill_the_block),
      TEST(joined_validation_rows_follow_the_training_rows),
      TEST(shard_absent_or_changed_is_named),
      TEST(shard_bad_content_is_refused),
      TEST(shards_of_sizes_around_a_piece_are_read_whole),
      TEST(flipped_byte_is_found_in_any_piece),
      TEST(bad_row_is_numbered_within_its_shard),
      TEST(read_without_memory_fails_cleanly),
  };
  return cmocka_run_group_tests_name("data.dataset", tests, NULL, NULL);
}
