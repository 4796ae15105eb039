/* Tests of src/base/volume.c.
 * Room: tests. */
#include "unit.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/volume.h"

static void volume_of_shared_memory_is_memory(void **state)
{
  (void)state;
  bf_volume volume;
  if (access("/dev/shm", R_OK) != 0)
    skip();
  assert_ok(bf_volume_look("/dev/shm", &volume));
  assert_string_equal(volume.kind, "tmpfs");
  assert_true(volume.is_memory && !volume.is_network);
}

static void volume_without_a_name_has_a_number(void **state)
{
  (void)state;
  bf_volume volume;
  assert_ok(bf_volume_look("/proc", &volume));
  assert_string_equal(volume.kind, "0x9fa0");
  assert_true(!volume.is_memory && !volume.is_network);
}

static void volume_of_no_folder_is_an_error(void **state)
{
  (void)state;
  bf_volume volume = {.kind = "old"};
  double seconds = -1;
  double worst_s = -1;
  assert_fails(bf_volume_look("/no/such/folder", &volume), BF_ERR_IO, "'/no/such/folder'");
  assert_string_equal(volume.kind, "old");
  assert_fails(bf_volume_time_sync("/no/such/folder", 4, &seconds, &worst_s), BF_ERR_IO,
               "cannot write '/no/such/folder/");
  assert_true(seconds == -1 && worst_s == -1);
}

static void volume_sync_is_timed_and_leaves_nothing(void **state)
{
  (void)state;
  char folder[] = "/tmp/bitfront-test-volume.XXXXXX";
  double seconds = -1;
  double worst_s = -1;
  assert_non_null(mkdtemp(folder));
  assert_ok(bf_volume_time_sync(folder, 5, &seconds, &worst_s));
  assert_true(seconds > 0 && worst_s >= seconds && worst_s < 60);
  /* Empty, or it could not be removed. */
  assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(volume_of_shared_memory_is_memory),
      cmocka_unit_test(volume_without_a_name_has_a_number),
      cmocka_unit_test(volume_of_no_folder_is_an_error),
      cmocka_unit_test(volume_sync_is_timed_and_leaves_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
