/* Names that must be free.
 * Room: cli (tests). */
#include "unit.h"

#include "cli/output.h"
#include "cli_folder.h"

static void output_that_is_free_passes(void **state)
{
  (void)state;
  assert_ok(bf_output_check(in_folder("new")));
  assert_ok(bf_output_check(in_folder("new/")));
  assert_ok(bf_output_check("bf-surely-no-such-name"));
}

static void output_that_exists_is_a_usage_error(void **state)
{
  (void)state;
  assert_fails(bf_output_check(folder), BF_ERR_USAGE, "exists");
  assert_fails(bf_output_check("/"), BF_ERR_USAGE, "exists");
}

static void output_without_a_folder_is_not_writable(void **state)
{
  (void)state;
  assert_fails(bf_output_check(in_folder("a/b")), BF_ERR_IO, "No such file");
  assert_ok(bf_file_write(in_folder("job.toml"), "", 0));
  assert_fails(bf_output_check(in_folder("job.toml/b")), BF_ERR_IO, "is no folder");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(output_that_is_free_passes),
      cmocka_unit_test(output_that_exists_is_a_usage_error),
      cmocka_unit_test(output_without_a_folder_is_not_writable),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
