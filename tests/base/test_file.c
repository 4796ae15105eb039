/* Tests of src/base/file.c.
 * Room: base. */
#include "unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

static char folder[64];

static int make_folder(void **state)
{
  (void)state;
  snprintf(folder, sizeof folder, "%s", "/tmp/bitfront-file-XXXXXX");
  return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
  (void)state;
  bf_folder_remove(folder);
  return bf_file_exists(folder);
}

/* "<folder>/<name>", valid until the next call. */
static const char *in_folder(const char *name)
{
  static char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void write_file(const char *name, const char *text)
{
  assert_ok(bf_file_write(in_folder(name), text, strlen(text)));
}

static void assert_holds(const char *name, const char *expected)
{
  bf_text text = {0};
  assert_ok(bf_file_read(in_folder(name), &text));
  assert_string_equal(bf_text_view(&text), expected);
  bf_text_release(&text);
}

/* Whether the temporary file of @p name is there. */
static bool has_temporary(const char *name)
{
  bf_text temporary = {0};
  bf_text_printf(&temporary, "%s.tmp.%ld", in_folder(name), (long)getpid());
  bool has = bf_file_exists(bf_text_view(&temporary));
  bf_text_release(&temporary);
  return has;
}

static void head_is_what_a_regular_file_has(void **state)
{
  (void)state;
  char bytes[4];
  write_file("head", "abcdef");
  assert_int_equal(bf_file_head(in_folder("head"), bytes, sizeof bytes), 4);
  assert_memory_equal(bytes, "abcd", 4);
  write_file("head", "xy");
  assert_int_equal(bf_file_head(in_folder("head"), bytes, sizeof bytes), 2);
  assert_int_equal(bf_file_head(in_folder("absent"), bytes, sizeof bytes), 0);
  assert_int_equal(bf_file_head(folder, bytes, sizeof bytes), 0);
  assert_int_equal(bf_file_head("/dev/zero", bytes, sizeof bytes), 0);
  /* Opening it would wait for a writer. */
  assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
  assert_int_equal(bf_file_head(in_folder("pipe"), bytes, sizeof bytes), 0);
  unlink(in_folder("pipe"));
}

static void write_replaces_the_whole_file(void **state)
{
  (void)state;
  write_file("a", "a longer text");
  write_file("a", "short");
  assert_holds("a", "short");
  write_file("a", "");
  assert_holds("a", "");
}

static void write_that_fails_leaves_the_old_file_and_no_other(void **state)
{
  (void)state;
  write_file("keep", "old");
  bf_alloc_fail_after(0);
  assert_fails(bf_file_write(in_folder("keep"), "new", 3), BF_ERR_NOMEM, "out of memory");
  assert_holds("keep", "old");
  assert_fails(bf_file_write(in_folder("absent/x"), "new", 3), BF_ERR_IO, "absent/x.tmp");
  /* A folder cannot be replaced by a file: the temporary one must go. */
  assert_ok(bf_folder_create(in_folder("taken")));
  assert_fails(bf_file_write(in_folder("taken"), "new", 3), BF_ERR_IO, "cannot rename");
  assert_false(has_temporary("taken"));
}

/* As /dev/null and /dev/stdout are. */
static void write_replaces_no_pipe_and_no_link(void **state)
{
  (void)state;
  struct stat info;
  assert_int_equal(mkfifo(in_folder("own-pipe"), 0600), 0);
  assert_fails(bf_file_write(in_folder("own-pipe"), "x", 1), BF_ERR_IO,
               "pipe': it is no regular file");
  assert_int_equal(lstat(in_folder("own-pipe"), &info), 0);
  assert_true(S_ISFIFO(info.st_mode));
  write_file("own-target", "old");
  assert_int_equal(symlink("own-target", in_folder("own-link")), 0);
  assert_fails(bf_file_write(in_folder("own-link"), "x", 1), BF_ERR_IO, "it is no regular file");
  assert_int_equal(lstat(in_folder("own-link"), &info), 0);
  assert_true(S_ISLNK(info.st_mode));
  assert_holds("own-target", "old");
}

static void write_to_a_full_disk_is_an_io_error(void **state)
{
  (void)state;
  if (symlink("/dev/full", in_folder("full")) != 0 || !bf_file_exists("/dev/full"))
    skip();
  bf_text temporary = {0};
  bf_text_printf(&temporary, "full2.tmp.%ld", (long)getpid());
  assert_int_equal(symlink("/dev/full", in_folder(temporary.data)), 0);
  assert_fails(bf_file_write(in_folder("full2"), "x", 1), BF_ERR_IO, "No space left");
  assert_false(bf_file_exists(in_folder(temporary.data)));
  assert_false(bf_file_exists(in_folder("full2")));
  bf_text_release(&temporary);
}

static void writer_replaces_the_file_when_it_is_published(void **state)
{
  (void)state;
  bf_file_writer *writer = NULL;
  write_file("parts", "old");
  assert_ok(bf_file_writer_create(in_folder("parts"), &writer));
  assert_ok(bf_file_writer_append(writer, "one, ", 5));
  assert_ok(bf_file_writer_append(writer, "", 0));
  assert_ok(bf_file_writer_append(writer, "two", 3));
  assert_holds("parts", "old");
  assert_true(has_temporary("parts"));
  assert_ok(bf_file_writer_publish(writer));
  assert_holds("parts", "one, two");
  assert_false(has_temporary("parts"));
  bf_file_writer_free(writer);
  assert_holds("parts", "one, two");
}

static void writer_freed_early_leaves_no_trace(void **state)
{
  (void)state;
  bf_file_writer *writer = NULL;
  write_file("early", "old");
  assert_ok(bf_file_writer_create(in_folder("early"), &writer));
  assert_ok(bf_file_writer_append(writer, "new", 3));
  bf_file_writer_free(writer);
  assert_holds("early", "old");
  assert_false(has_temporary("early"));
  bf_file_writer_free(NULL);
}

/* More than a buffer, so that the disk is asked before the end; publishing asks it for the rest. */
static void writer_on_a_full_disk_fails_and_leaves_no_trace(void **state)
{
  (void)state;
  static char block[1 << 16];
  bf_file_writer *writer = NULL;
  bf_text temporary = {0};
  if (!bf_file_exists("/dev/full"))
    skip();
  bf_text_printf(&temporary, "full3.tmp.%ld", (long)getpid());
  for (size_t n = 1; n <= sizeof block; n += sizeof block - 1) {
    assert_int_equal(symlink("/dev/full", in_folder(temporary.data)), 0);
    assert_ok(bf_file_writer_create(in_folder("full3"), &writer));
    if (n == 1)
      assert_ok(bf_file_writer_append(writer, block, n));
    assert_fails(n == 1 ? bf_file_writer_publish(writer) : bf_file_writer_append(writer, block, n),
                 BF_ERR_IO, "No space left");
    bf_file_writer_free(writer);
    assert_false(has_temporary("full3"));
    assert_false(bf_file_exists(in_folder("full3")));
  }
  bf_text_release(&temporary);
}

static void writer_without_memory_says_so(void **state)
{
  (void)state;
  bf_file_writer *writer = NULL;
  bf_status status = BF_ERR_NOMEM;
  write_file("short", "old");
  for (long n = 0; status == BF_ERR_NOMEM; n++) {
    assert_null(writer);
    assert_false(has_temporary("short"));
    bf_alloc_fail_after(n);
    status = bf_file_writer_create(in_folder("short"), &writer);
    bf_alloc_fail_after(-1);
  }
  assert_ok(status);
  bf_file_writer_free(writer);
  assert_holds("short", "old");
}

static void write_text_refuses_a_text_that_lost_its_end(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_alloc_fail_after(0);
  bf_text_append(&text, "x");
  assert_fails(bf_file_write_text(in_folder("lost"), &text), BF_ERR_NOMEM, "out of memory");
  assert_false(bf_file_exists(in_folder("lost")));
  bf_text_reset(&text);
  bf_text_append(&text, "x");
  assert_ok(bf_file_write_text(in_folder("lost"), &text));
  assert_holds("lost", "x");
  bf_text_release(&text);
}

static void read_appends_and_reports_what_it_cannot_read(void **state)
{
  (void)state;
  bf_text text = {0};
  bf_text_append(&text, "before ");
  write_file("b", "and after");
  assert_ok(bf_file_read(in_folder("b"), &text));
  assert_string_equal(text.data, "before and after");
  assert_fails(bf_file_read(in_folder("nothing"), &text), BF_ERR_USAGE, "No such file");
  assert_fails(bf_file_read(folder, &text), BF_ERR_USAGE, "Is a directory");
  assert_string_equal(text.data, "before and after");
  bf_text_release(&text);
}

static void read_without_memory_says_so(void **state)
{
  (void)state;
  bf_text text = {0};
  write_file("c", "abc");
  bf_alloc_fail_after(0);
  assert_fails(bf_file_read(in_folder("c"), &text), BF_ERR_NOMEM, "out of memory");
  bf_text_release(&text);
}

static void publish_renames_a_complete_file(void **state)
{
  (void)state;
  char from[128];
  write_file("draft", "done");
  snprintf(from, sizeof from, "%s", in_folder("draft"));
  assert_ok(bf_file_publish(from, in_folder("final")));
  assert_holds("final", "done");
  assert_false(bf_file_exists(from));
  assert_fails(bf_file_publish(from, in_folder("final")), BF_ERR_IO, "cannot open");
  assert_holds("final", "done");
}

static void path_join_puts_one_slash(void **state)
{
  (void)state;
  static const char *const cases[][3] = {
      {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"a//", "b", "a/b"}, {"/", "b", "//b"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *path = bf_path_join(cases[i][0], cases[i][1]);
    assert_string_equal(path, cases[i][2]);
    free(path);
  }
  bf_alloc_fail_after(0);
  assert_null(bf_path_join("a", "b"));
}

/* The values that xxhsum prints (xxHash 0.8). */
static void hashes_are_those_of_xxhash(void **state)
{
  (void)state;
  uint64_t hash;
  write_file("empty", "");
  write_file("abc", "abc");
  assert_ok(bf_file_hash(in_folder("empty"), &hash));
  assert_true(hash == 0xef46db3751d8e999);
  assert_ok(bf_file_hash(in_folder("abc"), &hash));
  assert_true(hash == 0x44bc2cf5ad770999);
  assert_true(bf_hash("abc", 3, 0) == hash);
  assert_true(bf_hash("abc", 3, 1) != hash);
  bf_hash128 wide = bf_hash_wide("", 0);
  assert_true(wide.high == 0x99aa06d3014798d8 && wide.low == 0x6001c324468d497f);
}

static void hash_head_stops_at_its_bytes(void **state)
{
  (void)state;
  uint64_t hash;
  write_file("abcd", "abcd");
  assert_ok(bf_file_hash_head(in_folder("abcd"), 3, &hash));
  assert_true(hash == 0x44bc2cf5ad770999);
  assert_ok(bf_file_hash_head(in_folder("abcd"), 0, &hash));
  assert_true(hash == 0xef46db3751d8e999);
  assert_ok(bf_file_hash_head(in_folder("abcd"), 100, &hash));
  assert_true(hash == bf_hash("abcd", 4, 0));
}

static void copy_with_the_hash_takes_the_place(void **state)
{
  (void)state;
  char from[128];
  write_file("abc", "abc");
  write_file("copy", "older");
  snprintf(from, sizeof from, "%s", in_folder("abc"));
  assert_ok(bf_file_copy(from, in_folder("copy"), 0x44bc2cf5ad770999));
  assert_holds("copy", "abc");
}

static void copy_with_another_hash_changes_nothing(void **state)
{
  (void)state;
  char from[128];
  write_file("abd", "abd");
  write_file("copy", "older");
  snprintf(from, sizeof from, "%s", in_folder("abd"));
  assert_fails(bf_file_copy(from, in_folder("copy"), 0x44bc2cf5ad770999), BF_ERR_DATA,
               "expected 44bc2cf5ad770999");
  assert_fails(bf_file_copy(from, in_folder("none/copy"), 0), BF_ERR_IO, "No such file");
  snprintf(from, sizeof from, "%s", in_folder("absent"));
  assert_fails(bf_file_copy(from, in_folder("copy"), 0), BF_ERR_DATA, "No such file");
  for (long n = 0; n < 3; n++) {
    bf_alloc_fail_after(n);
    assert_fails(bf_file_copy(in_folder("abd"), in_folder("copy"), 0), BF_ERR_NOMEM, "memory");
    bf_alloc_fail_after(-1);
  }
  assert_holds("copy", "older");
}

static void endless_files_are_refused(void **state)
{
  (void)state;
  bf_text text = {0};
  uint64_t hash = 3;
  assert_fails(bf_file_read("/dev/zero", &text), BF_ERR_USAGE, "longer than 256 MiB");
  assert_fails(bf_file_hash("/dev/zero", &hash), BF_ERR_DATA, "no regular file");
  assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
  assert_fails(bf_file_hash(in_folder("pipe"), &hash), BF_ERR_DATA, "no regular file");
  assert_int_equal(hash, 3);
  bf_text_release(&text);
}

static void hash_of_an_unreadable_file_leaves_the_output(void **state)
{
  (void)state;
  uint64_t hash = 7;
  assert_fails(bf_file_hash(in_folder("nothing"), &hash), BF_ERR_DATA, "No such file");
  assert_fails(bf_file_hash(folder, &hash), BF_ERR_DATA, "no regular file");
  bf_alloc_fail_after(0);
  assert_fails(bf_file_hash(BF_SOURCE "/README.md", &hash), BF_ERR_NOMEM, "out of memory");
  assert_true(hash == 7);
}

static void folder_create_refuses_one_that_exists(void **state)
{
  (void)state;
  assert_ok(bf_folder_create(in_folder("new")));
  assert_fails(bf_folder_create(in_folder("new")), BF_ERR_USAGE, "exists");
  assert_fails(bf_folder_create(in_folder("absent/new")), BF_ERR_IO, "No such file");
}

static void folder_remove_stays_within_the_folder(void **state)
{
  (void)state;
  char link[128];
  assert_ok(bf_folder_create(in_folder("other")));
  write_file("other/file", "kept");
  assert_ok(bf_folder_create(in_folder("ours")));
  assert_ok(bf_folder_create(in_folder("ours/inner")));
  write_file("ours/inner/file", "gone");
  snprintf(link, sizeof link, "%s", in_folder("ours/link"));
  assert_int_equal(symlink(in_folder("other"), link), 0);
  bf_folder_remove(in_folder("ours"));
  assert_false(bf_file_exists(in_folder("ours")));
  assert_holds("other/file", "kept");
  snprintf(link, sizeof link, "%s", in_folder("link"));
  assert_int_equal(symlink(in_folder("other"), link), 0);
  bf_folder_remove(link);
  assert_holds("other/file", "kept");
  assert_true(bf_file_exists(link));
}

static void exists_counts_a_dangling_link(void **state)
{
  (void)state;
  assert_int_equal(symlink("nowhere", in_folder("dangling")), 0);
  assert_true(bf_file_exists(in_folder("dangling")));
  assert_false(bf_file_exists(in_folder("nowhere")));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(head_is_what_a_regular_file_has),
      cmocka_unit_test(write_replaces_the_whole_file),
      cmocka_unit_test(write_that_fails_leaves_the_old_file_and_no_other),
      cmocka_unit_test(write_replaces_no_pipe_and_no_link),
      cmocka_unit_test(write_to_a_full_disk_is_an_io_error),
      cmocka_unit_test(writer_replaces_the_file_when_it_is_published),
      cmocka_unit_test(writer_freed_early_leaves_no_trace),
      cmocka_unit_test(writer_on_a_full_disk_fails_and_leaves_no_trace),
      cmocka_unit_test(writer_without_memory_says_so),
      cmocka_unit_test(write_text_refuses_a_text_that_lost_its_end),
      cmocka_unit_test(read_appends_and_reports_what_it_cannot_read),
      cmocka_unit_test(read_without_memory_says_so),
      cmocka_unit_test(publish_renames_a_complete_file),
      cmocka_unit_test(path_join_puts_one_slash),
      cmocka_unit_test(hashes_are_those_of_xxhash),
      cmocka_unit_test(hash_head_stops_at_its_bytes),
      cmocka_unit_test(copy_with_the_hash_takes_the_place),
      cmocka_unit_test(copy_with_another_hash_changes_nothing),
      cmocka_unit_test(endless_files_are_refused),
      cmocka_unit_test(hash_of_an_unreadable_file_leaves_the_output),
      cmocka_unit_test(folder_create_refuses_one_that_exists),
      cmocka_unit_test(folder_remove_stays_within_the_folder),
      cmocka_unit_test(exists_counts_a_dangling_link),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
