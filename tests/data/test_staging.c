/* Tests of data/staging: what is copied, what is kept, what is mended, what is refused.
 * Room: data. */
#include "unit.h"

#include "data/staging.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "folder.h"
#include "small_set.h"

/* A set, and a folder to stage it in. */
static bf_manifest *set_up(void)
{
  bf_manifest *manifest = NULL;
  assert_ok(bf_manifest_load(small_set_write(), &manifest));
  assert_ok(bf_folder_create(folder_file("tmp")));
  return manifest;
}

static char *stage(const bf_manifest *manifest)
{
  char *staged = NULL;
  assert_ok(bf_data_stage(manifest, folder_file("tmp"), &staged));
  return staged;
}

/* The inode of a staged shard: a copy has another one. */
static ino_t inode_of(const char *staged, const char *file)
{
  struct stat info;
  char *path = bf_path_join(staged, file);
  assert_int_equal(stat(path, &info), 0);
  free(path);
  return info.st_ino;
}

/* The shards in @p staged, and nothing else, hold the set. */
static void check(const bf_manifest *manifest, const char *staged)
{
  bf_manifest local = *manifest;
  char folder[512];
  snprintf(folder, sizeof folder, "%s", staged);
  local.folder = folder;
  assert_ok(bf_manifest_verify(&local));
  assert_int_equal(folder_count(staged), SMALL_SHARDS);
}

static void shards_are_copied_once(void **state)
{
  (void)state;
  char name[128];
  ino_t inodes[SMALL_SHARDS];
  bf_manifest *manifest = set_up();
  char *staged = stage(manifest);
  snprintf(name, sizeof name, "tmp/bitfront-%lu/%016" PRIx64, (unsigned long)geteuid(),
           manifest->hash);
  assert_string_equal(staged, folder_file(name));
  check(manifest, staged);
  for (size_t i = 0; i < SMALL_SHARDS; i++)
    inodes[i] = inode_of(staged, manifest->shards[i].file);
  free(staged);
  staged = stage(manifest);
  for (size_t i = 0; i < SMALL_SHARDS; i++)
    assert_true(inode_of(staged, manifest->shards[i].file) == inodes[i]);
  free(staged);
  bf_manifest_free(manifest);
}

/* Cut, flipped or gone: what is bad is copied again, what is good is not. */
static void shards_damaged_are_mended(void **state)
{
  (void)state;
  bf_manifest *manifest = set_up();
  char *staged = stage(manifest);
  ino_t kept = inode_of(staged, "train-00001.h5");
  for (int flaw = 0; flaw < 3; flaw++) {
    size_t n;
    char *path = bf_path_join(staged, "train-00000.h5");
    unsigned char *bytes = folder_read(path, &n);
    assert_int_equal(remove(path), 0);
    bytes[n / 2] ^= flaw == 0;
    if (flaw < 2)
      folder_write_bytes(path, bytes, flaw == 0 ? n : n / 2);
    free(bytes);
    free(path);
    free(staged);
    staged = stage(manifest);
    check(manifest, staged);
    assert_true(inode_of(staged, "train-00001.h5") == kept);
  }
  free(staged);
  bf_manifest_free(manifest);
}

static void original_damaged_is_not_staged(void **state)
{
  (void)state;
  size_t n;
  char *staged = NULL;
  bf_manifest *manifest = set_up();
  unsigned char *bytes = folder_read(folder_file("set/test-00000.h5"), &n);
  bytes[n / 2] ^= 1;
  folder_write_bytes(folder_file("set/test-00000.h5"), bytes, n);
  assert_fails(bf_data_stage(manifest, folder_file("tmp"), &staged), BF_ERR_DATA,
               "test-00000.h5': its XXH64 is");
  assert_null(staged);
  free(bytes);
  bf_manifest_free(manifest);
}

static void folder_of_others_is_not_used(void **state)
{
  (void)state;
  char name[64];
  char *staged = NULL;
  bf_manifest *manifest = set_up();
  snprintf(name, sizeof name, "tmp/bitfront-%lu", (unsigned long)geteuid());
  assert_int_equal(mkdir(folder_file("elsewhere"), 0700), 0);
  assert_int_equal(symlink("../elsewhere", folder_file(name)), 0);
  assert_fails(bf_data_stage(manifest, folder_file("tmp"), &staged), BF_ERR_IO,
               "is no folder that only this user may write to");
  assert_int_equal(folder_count(folder_file("elsewhere")), 0);
  assert_int_equal(unlink(folder_file(name)), 0);
  assert_int_equal(mkdir(folder_file(name), 0700), 0);
  assert_int_equal(chmod(folder_file(name), 0777), 0);
  assert_fails(bf_data_stage(manifest, folder_file("tmp"), &staged), BF_ERR_IO, "only this user");
  assert_fails(bf_data_stage(manifest, folder_file("none"), &staged), BF_ERR_IO, "No such file");
  assert_null(staged);
  bf_manifest_free(manifest);
}

static void staging_without_memory_leaves_no_part(void **state)
{
  (void)state;
  char *staged = NULL;
  bf_manifest *manifest = set_up();
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status != BF_OK; n++) {
    bf_alloc_fail_after(n);
    status = bf_data_stage(manifest, folder_file("tmp"), &staged);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || (status == BF_ERR_NOMEM && staged == NULL));
  }
  assert_true(n > 10);
  check(manifest, staged);
  free(staged);
  bf_manifest_free(manifest);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(shards_are_copied_once, folder_make, folder_remove),
      cmocka_unit_test_setup_teardown(shards_damaged_are_mended, folder_make, folder_remove),
      cmocka_unit_test_setup_teardown(original_damaged_is_not_staged, folder_make, folder_remove),
      cmocka_unit_test_setup_teardown(folder_of_others_is_not_used, folder_make, folder_remove),
      cmocka_unit_test_setup_teardown(staging_without_memory_leaves_no_part, folder_make,
                                      folder_remove),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
