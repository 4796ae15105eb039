/* Tests of src/base/zip.c. What others write, and damage, is in tests/nn/test_torch.py.
 * Room: base. */
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/zip.h"
#include "scratch.h"

static int make_folder(void **state)
{
  (void)state;
  return scratch_make("a.zip");
}

static void write_archive(void)
{
  bf_zip_writer *writer = NULL;
  assert_ok(bf_zip_writer_create(&writer));
  assert_ok(bf_zip_writer_add(writer, "root/first", "12345", 5));
  assert_ok(bf_zip_writer_add(writer, "root/empty", NULL, 0));
  assert_ok(bf_zip_writer_add(writer,
                              "gr\xc3\xb6\xc3\x9f"
                              "e",
                              "x", 1));
  assert_ok(bf_zip_writer_save(writer, path));
  bf_zip_writer_free(writer);
}

static void assert_entry(const bf_zip *zip, const char *name, const char *expected)
{
  size_t entry = SIZE_MAX;
  uint8_t *data = NULL;
  size_t n = 0;
  assert_true(bf_zip_find(zip, name, &entry));
  assert_string_equal(bf_zip_name(zip, entry), name);
  assert_ok(bf_zip_read(zip, entry, strlen(expected), &data, &n));
  assert_int_equal(n, strlen(expected));
  assert_memory_equal(data, expected, n);
  free(data);
}

static void entries_are_read_as_they_were_written(void **state)
{
  (void)state;
  bf_zip *zip = NULL;
  write_archive();
  assert_ok(bf_zip_open(path, &zip));
  assert_int_equal(bf_zip_n_entries(zip), 3);
  assert_entry(zip, "root/first", "12345");
  assert_entry(zip, "root/empty", "");
  assert_entry(zip,
               "gr\xc3\xb6\xc3\x9f"
               "e",
               "x");
  assert_false(bf_zip_find(zip, "first", NULL));
  bf_zip_close(zip);
}

static void archives_of_equal_contents_are_equal(void **state)
{
  (void)state;
  uint64_t first;
  uint64_t second;
  write_archive();
  assert_ok(bf_file_hash(path, &first));
  unlink(path);
  assert_int_equal(setenv("TZ", "Pacific/Chatham", 1), 0);
  write_archive();
  assert_ok(bf_file_hash(path, &second));
  assert_true(first == second);
}

static void entry_longer_than_allowed_is_refused(void **state)
{
  (void)state;
  bf_zip *zip = NULL;
  uint8_t *data = NULL;
  size_t n = 77;
  write_archive();
  assert_ok(bf_zip_open(path, &zip));
  assert_fails(bf_zip_read(zip, 0, 4, &data, &n), BF_ERR_DATA,
               "it has 5 bytes, expected at most 4");
  assert_null(data);
  assert_int_equal(n, 77);
  bf_zip_close(zip);
}

static void damaged_entry_is_refused(void **state)
{
  (void)state;
  bf_zip *zip = NULL;
  bf_text text = {0};
  uint8_t *data = NULL;
  size_t n;
  write_archive();
  assert_ok(bf_file_read(path, &text));
  size_t at = 0;
  while (at + 5 < text.length && memcmp(text.data + at, "12345", 5) != 0)
    at++;
  text.data[at + 2] = '4';
  assert_ok(bf_file_write(path, text.data, text.length));
  assert_ok(bf_zip_open(path, &zip));
  assert_fails(bf_zip_read(zip, 0, 100, &data, &n), BF_ERR_DATA, "CRC");
  assert_null(data);
  bf_zip_close(zip);
  bf_text_release(&text);
}

static void what_is_no_archive_is_refused(void **state)
{
  (void)state;
  bf_zip *zip = NULL;
  assert_fails(bf_zip_open(path, &zip), BF_ERR_DATA, "No such file");
  assert_fails(bf_zip_open(folder, &zip), BF_ERR_DATA, "no regular file");
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_fails(bf_zip_open(path, &zip), BF_ERR_DATA, "no regular file");
  unlink(path);
  assert_ok(bf_file_write(path, "PK\3\4 but no more", 16));
  assert_fails(bf_zip_open(path, &zip), BF_ERR_DATA, "as a ZIP archive");
  assert_null(zip);
}

static void name_twice_is_refused(void **state)
{
  (void)state;
  bf_zip_writer *writer = NULL;
  assert_ok(bf_zip_writer_create(&writer));
  assert_ok(bf_zip_writer_add(writer, "a", "1", 1));
  assert_fails(bf_zip_writer_add(writer, "a", "2", 1), BF_ERR_USAGE, "two entries called 'a'");
  bf_zip_writer_free(writer);
}

/* Everything but what libzip takes itself. */
static bf_status try_to_write(void)
{
  bf_zip_writer *writer = NULL;
  bf_status status = bf_zip_writer_create(&writer);
  if (status == BF_OK)
    status = bf_zip_writer_add(writer, "a", "1", 1);
  if (status == BF_OK)
    status = bf_zip_writer_save(writer, path);
  bf_zip_writer_free(writer);
  return status;
}

static bf_status try_to_read(void)
{
  bf_zip *zip = NULL;
  uint8_t *data = NULL;
  size_t n;
  bf_status status = bf_zip_open(path, &zip);
  if (status == BF_OK)
    status = bf_zip_read(zip, 0, 1, &data, &n);
  free(data);
  bf_zip_close(zip);
  return status;
}

static void assert_survives(bf_status (*attempt)(void))
{
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status == BF_ERR_NOMEM && n < 100; n++) {
    bf_alloc_fail_after(n);
    status = attempt();
  }
  bf_alloc_fail_after(-1);
  assert_ok(status);
  assert_in_range(n, 3, 99);
}

static void memory_that_is_short_is_an_error(void **state)
{
  (void)state;
  assert_survives(try_to_write);
  assert_survives(try_to_read);
}

static void archive_that_cannot_be_written_leaves_the_old_one(void **state)
{
  (void)state;
  char missing[128];
  bf_zip_writer *writer = NULL;
  snprintf(missing, sizeof missing, "%s/none/a.zip", folder);
  assert_ok(bf_zip_writer_create(&writer));
  assert_ok(bf_zip_writer_add(writer, "a", "1", 1));
  assert_fails(bf_zip_writer_save(writer, missing), BF_ERR_IO, "No such file");
  bf_zip_writer_free(writer);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, scratch_remove)
  const struct CMUnitTest tests[] = {
      TEST(entries_are_read_as_they_were_written),
      TEST(archives_of_equal_contents_are_equal),
      TEST(entry_longer_than_allowed_is_refused),
      TEST(damaged_entry_is_refused),
      TEST(what_is_no_archive_is_refused),
      TEST(name_twice_is_refused),
      TEST(memory_that_is_short_is_an_error),
      TEST(archive_that_cannot_be_written_leaves_the_old_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
