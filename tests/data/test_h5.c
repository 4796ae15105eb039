/* Tests of data/h5: attributes, datasets, seal, and files that are not what they should be.
 * Room: data. */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include "data/h5.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "folder.h"

static bf_h5 *create(const char *name)
{
  bf_h5 *file = NULL;
  assert_ok(bf_h5_create(folder_file(name), &file));
  return file;
}

static bf_h5 *open_again(const char *name)
{
  bf_h5 *file = NULL;
  assert_ok(bf_h5_open(folder_file(name), &file));
  return file;
}

static void write_sample(const char *name)
{
  static const char *const texts[] = {"zlogz", "", "größe"};
  static const int64_t integers[] = {1, -2, INT64_MAX};
  static const double doubles[] = {0.1, -1e300};
  static const float floats[] = {1, 2, 3, 4, 5, 6};
  static const uint8_t labels[] = {7, 255};
  bf_h5 *file = create(name);
  assert_ok(bf_h5_set_text(file, "/", "kind", "real"));
  assert_ok(bf_h5_set_i64(file, "/", "seed", INT64_MIN));
  assert_ok(bf_h5_make_group(file, "/train"));
  assert_ok(bf_h5_set_texts(file, "/train", "features", 3, texts));
  assert_ok(bf_h5_set_i64s(file, "/train", "rows", 3, integers));
  assert_ok(bf_h5_set_doubles(file, "/train", "mean", 2, doubles));
  assert_ok(bf_h5_write_floats(file, "/train/features", 2, 3, floats));
  assert_ok(bf_h5_write_floats(file, "/train/line", 6, 0, floats));
  assert_ok(bf_h5_write_u8(file, "/train/labels", 2, labels));
  assert_ok(bf_h5_close(file));
}

static void attributes_written_come_back(void **state)
{
  (void)state;
  char *text = NULL;
  char **texts = NULL;
  int64_t value = 0;
  int64_t *integers = NULL;
  double *doubles = NULL;
  size_t n = 0;
  write_sample("a.h5");
  bf_h5 *file = open_again("a.h5");
  assert_ok(bf_h5_get_text(file, "/", "kind", &text));
  assert_string_equal(text, "real");
  assert_ok(bf_h5_get_i64(file, "/", "seed", &value));
  assert_true(value == INT64_MIN);
  assert_ok(bf_h5_get_texts(file, "/train", "features", &n, &texts));
  assert_int_equal(n, 3);
  assert_string_equal(texts[0], "zlogz");
  assert_string_equal(texts[1], "");
  assert_string_equal(texts[2], "größe");
  bf_h5_free_texts(n, texts);
  assert_ok(bf_h5_get_i64s(file, "/train", "rows", &n, &integers));
  assert_int_equal(n, 3);
  assert_true(integers[1] == -2 && integers[2] == INT64_MAX);
  assert_ok(bf_h5_get_doubles(file, "/train", "mean", &n, &doubles));
  assert_int_equal(n, 2);
  assert_true(doubles[0] == 0.1 && doubles[1] == -1e300);
  free(text);
  free(integers);
  free(doubles);
  assert_ok(bf_h5_close(file));
}

static void datasets_written_come_back(void **state)
{
  (void)state;
  float floats[6] = {0};
  uint8_t labels[2] = {0};
  size_t dims[2] = {9, 9};
  write_sample("a.h5");
  bf_h5 *file = open_again("a.h5");
  assert_ok(bf_h5_shape(file, "/train/features", dims));
  assert_true(dims[0] == 2 && dims[1] == 3);
  assert_ok(bf_h5_shape(file, "/train/line", dims));
  assert_true(dims[0] == 6 && dims[1] == 0);
  assert_ok(bf_h5_read_floats(file, "/train/features", 2, 3, floats));
  assert_true(floats[0] == 1 && floats[5] == 6);
  assert_ok(bf_h5_read_floats(file, "/train/line", 6, 0, floats));
  assert_ok(bf_h5_read_u8(file, "/train/labels", 2, labels));
  assert_true(labels[0] == 7 && labels[1] == 255);
  assert_true(bf_h5_has(file, "/train/labels") && bf_h5_has(file, "/"));
  assert_false(bf_h5_has(file, "/train/none") || bf_h5_has(file, "/none/labels"));
  assert_true(bf_h5_has_attribute(file, "/train", "mean"));
  assert_false(bf_h5_has_attribute(file, "/train", "none"));
  assert_false(bf_h5_has_attribute(file, "/none", "mean"));
  assert_ok(bf_h5_close(file));
}

static void dataset_empty_is_written_and_read(void **state)
{
  (void)state;
  float nothing = 5;
  bf_h5 *file = create("a.h5");
  assert_ok(bf_h5_write_floats(file, "/features", 0, 3, NULL));
  assert_ok(bf_h5_write_virtual(file, "/labels", 0, 0, NULL));
  assert_ok(bf_h5_close(file));
  file = open_again("a.h5");
  assert_ok(bf_h5_read_floats(file, "/features", 0, 3, &nothing));
  size_t dims[2];
  assert_ok(bf_h5_shape(file, "/labels", dims));
  assert_true(dims[0] == 0 && dims[1] == 0);
  assert_ok(bf_h5_close(file));
}

/* Rows so long that few of them are a piece. */
enum { LONG_ROW = 4096 };

/* What a visitor has met, and when it has enough. */
typedef struct met {
  size_t n_visits;
  size_t n_rows;
  size_t n_most;
} met;

static bf_status meet_rows(void *context, size_t first, size_t n, const float *rows)
{
  met *so_far = context;
  assert_true(first == so_far->n_rows && n > 0 && n <= bf_h5_piece_rows(LONG_ROW));
  for (size_t i = 0; i < n * LONG_ROW; i++)
    assert_true(rows[i] == (float)(first * LONG_ROW + i));
  so_far->n_visits++;
  so_far->n_rows += n;
  return so_far->n_rows < so_far->n_most ? BF_OK : bf_fail(BF_ERR_USAGE, "enough");
}

static void write_long_rows(const char *name, size_t n_rows)
{
  float *rows = bf_alloc(n_rows * LONG_ROW, sizeof *rows);
  assert_non_null(rows);
  for (size_t i = 0; i < n_rows * LONG_ROW; i++)
    rows[i] = (float)i;
  bf_h5 *file = create(name);
  assert_ok(bf_h5_write_floats(file, "/x", n_rows, LONG_ROW, rows));
  assert_ok(bf_h5_close(file));
  free(rows);
}

static void visit_of_any_length_meets_every_row_once(void **state)
{
  (void)state;
  size_t piece = bf_h5_piece_rows(LONG_ROW);
  const size_t lengths[] = {0, 1, piece - 1, piece, piece + 1, 2 * piece, 3 * piece - 1};
  const size_t n_visits[] = {0, 1, 1, 1, 2, 2, 3};
  assert_int_equal(piece, 8);
  assert_int_equal(bf_h5_piece_rows(1 << 20), 1);
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    char name[16];
    met so_far = {.n_most = SIZE_MAX};
    snprintf(name, sizeof name, "%zu.h5", i);
    write_long_rows(name, lengths[i]);
    bf_h5 *file = open_again(name);
    assert_ok(bf_h5_visit_floats(file, "/x", lengths[i], LONG_ROW, meet_rows, &so_far));
    assert_int_equal(so_far.n_rows, lengths[i]);
    assert_int_equal(so_far.n_visits, n_visits[i]);
    assert_ok(bf_h5_close(file));
  }
}

static void visit_ends_where_the_visitor_or_the_file_says(void **state)
{
  (void)state;
  size_t piece = bf_h5_piece_rows(LONG_ROW);
  met so_far = {.n_most = piece + 1};
  write_long_rows("a.h5", 3 * piece);
  bf_h5 *file = open_again("a.h5");
  assert_fails(bf_h5_visit_floats(file, "/x", 3 * piece, LONG_ROW, meet_rows, &so_far),
               BF_ERR_USAGE, "enough");
  assert_int_equal(so_far.n_visits, 2);
  assert_fails(bf_h5_visit_floats(file, "/x", 3 * piece, LONG_ROW - 1, meet_rows, &so_far),
               BF_ERR_DATA, "has 4096 columns, expected 4095");
  assert_fails(bf_h5_visit_floats(file, "/y", 3 * piece, LONG_ROW, meet_rows, &so_far), BF_ERR_DATA,
               "lacks dataset");
  bf_alloc_fail_after(0);
  assert_fails(bf_h5_visit_floats(file, "/x", 3 * piece, LONG_ROW, meet_rows, &so_far),
               BF_ERR_NOMEM, "memory");
  assert_int_equal(so_far.n_visits, 2);
  assert_ok(bf_h5_close(file));
}

static void virtual_dataset_reads_its_pieces(void **state)
{
  (void)state;
  float floats[12] = {0};
  write_sample("a.h5");
  write_sample("b.h5");
  bf_h5_piece pieces[] = {{"a.h5", "/train/features", 2}, {"b.h5", "/train/features", 2}};
  bf_h5 *file = create("all.h5");
  assert_ok(bf_h5_write_virtual(file, "/features", 3, 2, pieces));
  assert_ok(bf_h5_close(file));
  file = open_again("all.h5");
  assert_ok(bf_h5_read_floats(file, "/features", 4, 3, floats));
  assert_true(floats[0] == 1 && floats[5] == 6 && floats[6] == 1 && floats[11] == 6);
  assert_ok(bf_h5_close(file));
}

static void file_same_content_has_same_bytes(void **state)
{
  (void)state;
  uint64_t a = 1;
  uint64_t b = 2;
  write_sample("a.h5");
  /* HDF5's time stamps count seconds. */
  bf_sleep(1.1);
  write_sample("b.h5");
  assert_ok(bf_file_hash(folder_file("a.h5"), &a));
  assert_ok(bf_file_hash(folder_file("b.h5"), &b));
  assert_true(a == b);
}

static void file_existing_is_not_overwritten(void **state)
{
  (void)state;
  bf_h5 *file = NULL;
  write_sample("a.h5");
  assert_fails(bf_h5_create(folder_file("a.h5"), &file), BF_ERR_IO, "a.h5");
  assert_null(file);
  assert_fails(bf_h5_create(folder_file("none/a.h5"), &file), BF_ERR_IO, "cannot create");
}

static void file_that_is_none_is_refused(void **state)
{
  (void)state;
  bf_h5 *file = NULL;
  assert_fails(bf_h5_open(folder_file("none.h5"), &file), BF_ERR_DATA, "none.h5");
  folder_write("text.h5", "this is no HDF5 file, but it is longer than a seal would be\n");
  assert_fails(bf_h5_open(folder_file("text.h5"), &file), BF_ERR_DATA, "cannot open HDF5 file");
  folder_write("empty.h5", "");
  assert_fails(bf_h5_open(folder_file("empty.h5"), &file), BF_ERR_DATA, "empty.h5");
  assert_null(file);
}

static void getter_wrong_kind_is_refused(void **state)
{
  (void)state;
  int64_t value = 3;
  char *text = NULL;
  double *doubles = NULL;
  size_t n = 0;
  write_sample("a.h5");
  bf_h5 *file = open_again("a.h5");
  assert_fails(bf_h5_get_i64(file, "/", "none", &value), BF_ERR_DATA, "lacks attribute 'none'");
  assert_fails(bf_h5_get_i64(file, "/none", "seed", &value), BF_ERR_DATA, "lacks attribute");
  assert_fails(bf_h5_get_i64(file, "/", "kind", &value), BF_ERR_DATA, "is text, expected integer");
  assert_fails(bf_h5_get_i64(file, "/train", "rows", &value), BF_ERR_DATA, "has 3 elements");
  assert_fails(bf_h5_get_text(file, "/", "seed", &text), BF_ERR_DATA, "expected text");
  assert_fails(bf_h5_get_text(file, "/train", "features", &text), BF_ERR_DATA, "has 3 elements");
  assert_fails(bf_h5_get_doubles(file, "/train", "rows", &n, &doubles), BF_ERR_DATA,
               "expected floating point");
  assert_true(value == 3 && text == NULL && doubles == NULL && n == 0);
  assert_ok(bf_h5_close(file));
}

static void reader_wrong_shape_or_type_is_refused(void **state)
{
  (void)state;
  float floats[12];
  uint8_t labels[6];
  size_t dims[2];
  write_sample("a.h5");
  bf_h5 *file = open_again("a.h5");
  assert_fails(bf_h5_read_floats(file, "/train/features", 2, 4, floats), BF_ERR_DATA,
               "dataset '/train/features' of");
  assert_fails(bf_h5_read_floats(file, "/train/features", 2, 4, floats), BF_ERR_DATA,
               "has 3 columns, expected 4");
  assert_fails(bf_h5_read_floats(file, "/train/features", 6, 0, floats), BF_ERR_DATA,
               "has shape 2 x 3, expected 6");
  assert_fails(bf_h5_read_floats(file, "/train/none", 2, 3, floats), BF_ERR_DATA, "lacks dataset");
  assert_fails(bf_h5_read_floats(file, "/train", 2, 3, floats), BF_ERR_DATA, "cannot open dataset");
  assert_fails(bf_h5_read_floats(file, "/train/labels", 2, 0, floats), BF_ERR_DATA,
               "does not hold floating point");
  assert_fails(bf_h5_read_u8(file, "/train/line", 6, labels), BF_ERR_DATA,
               "does not hold unsigned 8-bit");
  assert_fails(bf_h5_shape(file, "/train", dims), BF_ERR_DATA, "cannot open dataset");
  assert_ok(bf_h5_close(file));
}

static void seal_finds_every_flipped_byte(void **state)
{
  (void)state;
  size_t n = 0;
  bf_h5 *file = NULL;
  write_sample("a.h5");
  unsigned char *bytes = folder_read(folder_file("a.h5"), &n);
  file = open_again("a.h5");
  assert_true(bf_h5_is_sealed(file));
  assert_ok(bf_h5_close(file));
  for (size_t i = 0; i < n - 32; i += 97) {
    bytes[i] ^= 0x10;
    folder_write_bytes(folder_file("b.h5"), bytes, n);
    assert_fails(bf_h5_open(folder_file("b.h5"), &file), BF_ERR_DATA, "is damaged");
    bytes[i] ^= 0x10;
  }
  folder_write_bytes(folder_file("b.h5"), bytes, n - 32);
  assert_ok(bf_h5_open(folder_file("b.h5"), &file));
  assert_false(bf_h5_is_sealed(file));
  assert_ok(bf_h5_close(file));
  free(bytes);
}

static void open_without_memory_fails_cleanly(void **state)
{
  (void)state;
  bf_h5 *file = NULL;
  char **texts = NULL;
  size_t n = 0;
  write_sample("a.h5");
  bf_status status = BF_ERR_NOMEM;
  for (long i = 0; status != BF_OK; i++) {
    bf_alloc_fail_after(i);
    status = bf_h5_open(folder_file("a.h5"), &file);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || (status == BF_ERR_NOMEM && file == NULL));
  }
  status = BF_ERR_NOMEM;
  for (long i = 0; status != BF_OK; i++) {
    bf_alloc_fail_after(i);
    status = bf_h5_get_texts(file, "/train", "features", &n, &texts);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || (status == BF_ERR_NOMEM && texts == NULL && n == 0));
  }
  bf_h5_free_texts(n, texts);
  assert_ok(bf_h5_close(file));
}

static void create_without_memory_leaves_no_file(void **state)
{
  (void)state;
  bf_h5 *file = NULL;
  for (long n = 0; n < 3; n++) {
    bf_alloc_fail_after(n);
    assert_fails(bf_h5_create(folder_file("a.h5"), &file), BF_ERR_NOMEM, "memory");
    assert_null(file);
    assert_int_equal(folder_count(folder_path()), 0);
  }
  bf_alloc_fail_after(-1);
}

/* As on a full disk. The library keeps no file that it could not write, and the process ends well.
 */
static void file_that_does_not_fit_fails_when_it_is_closed(void **state)
{
  (void)state;
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small = {.rlim_cur = 1000, .rlim_max = before.rlim_max};
  static const float rows[1000] = {0};
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  for (int i = 0; i < 2; i++) {
    bf_h5 *file = create(i == 0 ? "a.h5" : "b.h5");
    assert_ok(bf_h5_write_floats(file, "/rows", 1000, 0, rows));
    assert_fails(bf_h5_close(file), BF_ERR_IO, ".h5': File too large");
  }
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, SIG_DFL);
  write_sample("c.h5");
  bf_h5_close(open_again("c.h5"));
}

/* Held as HDF5 1.10 does that has a file open for writing; a descriptor of its own conflicts. */
static int hold(const char *name)
{
  int fd = open(folder_file(name), O_RDWR | O_CLOEXEC);
  assert_true(fd >= 0);
  assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
  return fd;
}

/* Copies the file without its seal, as one that another program made. */
static void unseal(const char *from, const char *to)
{
  size_t n = 0;
  unsigned char *bytes = folder_read(folder_file(from), &n);
  folder_write_bytes(folder_file(to), bytes, n - 32);
  free(bytes);
}

static void file_of_ours_is_read_whoever_has_locked_it(void **state)
{
  (void)state;
  bf_h5 *file = NULL;
  write_sample("a.h5");
  int fd = hold("a.h5");
  bf_h5_close(open_again("a.h5"));
  assert_ok(bf_h5_open_known(folder_file("a.h5"), &file));
  assert_false(bf_h5_is_sealed(file));
  assert_ok(bf_h5_close(file));
  close(fd);
}

static void file_of_others_is_refused_while_it_is_written(void **state)
{
  (void)state;
  bf_h5 *file = NULL;
  write_sample("a.h5");
  unseal("a.h5", "b.h5");
  unsetenv("HDF5_USE_FILE_LOCKING");
  int fd = hold("b.h5");
  assert_fails(bf_h5_open(folder_file("b.h5"), &file), BF_ERR_DATA,
               "b.h5' is locked: another program has it open for writing; wait for its end, or set "
               "HDF5_USE_FILE_LOCKING=FALSE");
  assert_null(file);
  assert_int_equal(setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1), 0);
  assert_ok(bf_h5_open(folder_file("b.h5"), &file));
  assert_ok(bf_h5_close(file));
  unsetenv("HDF5_USE_FILE_LOCKING");
  close(fd);
  bf_h5_close(open_again("b.h5"));
  /* Other readers are nobody's trouble. */
  fd = open(folder_file("b.h5"), O_RDONLY | O_CLOEXEC);
  assert_int_equal(flock(fd, LOCK_SH), 0);
  bf_h5_close(open_again("b.h5"));
  close(fd);
}

static void bytes_are_read_as_the_file_would_be(void **state)
{
  (void)state;
  size_t n = 0;
  bf_h5 *file = NULL;
  bf_h5 *other = NULL;
  float floats[6] = {0};
  char *text = NULL;
  write_sample("a.h5");
  unsigned char *bytes = folder_read(folder_file("a.h5"), &n);
  assert_ok(bf_h5_open_bytes("/none/a.h5", bytes, n, &file));
  assert_ok(bf_h5_open_bytes("/none/b.h5", bytes, n - 32, &other));
  assert_true(bf_h5_is_sealed(file) && !bf_h5_is_sealed(other));
  assert_ok(bf_h5_close(other));
  other = NULL;
  bytes[n / 2] ^= 1;
  assert_fails(bf_h5_open_bytes("/none/a.h5", bytes, n, &other), BF_ERR_DATA,
               "'/none/a.h5' is damaged");
  assert_fails(bf_h5_open_bytes("/none/a.h5", "text", 4, &other), BF_ERR_DATA,
               "cannot open HDF5 file '/none/a.h5'");
  assert_fails(bf_h5_open_bytes("/none/a.h5", "", 0, &other), BF_ERR_DATA, "cannot open HDF5");
  assert_null(other);
  /* They were copied. */
  memset(bytes, 0, n);
  assert_ok(bf_h5_get_text(file, "/", "kind", &text));
  assert_string_equal(text, "real");
  assert_ok(bf_h5_read_floats(file, "/train/features", 2, 3, floats));
  assert_true(floats[0] == 1 && floats[5] == 6);
  assert_ok(bf_h5_close(file));
  free(text);
  free(bytes);
}

static void version_names_library(void **state)
{
  (void)state;
  assert_non_null(strstr(bf_h5_version(), "(linked 1."));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(attributes_written_come_back),
      TEST(datasets_written_come_back),
      TEST(dataset_empty_is_written_and_read),
      TEST(visit_of_any_length_meets_every_row_once),
      TEST(visit_ends_where_the_visitor_or_the_file_says),
      TEST(virtual_dataset_reads_its_pieces),
      TEST(file_same_content_has_same_bytes),
      TEST(file_existing_is_not_overwritten),
      TEST(file_that_is_none_is_refused),
      TEST(getter_wrong_kind_is_refused),
      TEST(reader_wrong_shape_or_type_is_refused),
      TEST(seal_finds_every_flipped_byte),
      TEST(open_without_memory_fails_cleanly),
      TEST(create_without_memory_leaves_no_file),
      TEST(file_that_does_not_fit_fails_when_it_is_closed),
      TEST(file_of_ours_is_read_whoever_has_locked_it),
      TEST(file_of_others_is_refused_while_it_is_written),
      TEST(bytes_are_read_as_the_file_would_be),
      TEST(version_names_library),
  };
  return cmocka_run_group_tests_name("data.h5", tests, NULL, NULL);
}
