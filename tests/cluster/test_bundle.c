/* Bundles: what is put in comes out; what no bundle is, is an error and never read past its end.
 * Room: cluster (tests). */
#include "unit.h"

#include "cluster/bundle.h"

static void put(bf_bytes *bytes, int64_t note, const char *text)
{
  size_t place = bf_bundle_open(bytes);
  bf_bytes_put(bytes, text, strlen(text));
  bf_bundle_close(bytes, place, note);
}

static void expect(bf_reader *reader, int64_t note, const char *text)
{
  bf_parcel parcel;
  assert_ok(bf_bundle_read(reader, &parcel));
  assert_int_equal(parcel.note, note);
  assert_int_equal(parcel.length, strlen(text));
  assert_memory_equal(parcel.data, text, parcel.length);
}

static void bundle_gives_back_what_was_put_in(void **state)
{
  (void)state;
  bf_bytes bytes = {0};
  size_t n = 0;
  put(&bytes, 1, "one");
  put(&bytes, -2, "");
  put(&bytes, INT64_MAX, "three, and longer");
  assert_ok(bf_bundle_count(bytes.data, bytes.length, &n));
  assert_int_equal(n, 3);
  bf_reader reader = bf_reader_view(bytes.data, bytes.length);
  expect(&reader, 1, "one");
  expect(&reader, -2, "");
  expect(&reader, INT64_MAX, "three, and longer");
  assert_int_equal(reader.at, reader.length);
  bf_bytes_release(&bytes);
}

static void bundle_without_parcels_has_none(void **state)
{
  (void)state;
  size_t n = 7;
  assert_ok(bf_bundle_count(NULL, 0, &n));
  assert_int_equal(n, 0);
}

static void parcel_that_is_dropped_leaves_no_trace(void **state)
{
  (void)state;
  bf_bytes bytes = {0};
  size_t n = 0;
  put(&bytes, 1, "kept");
  size_t length = bytes.length;
  size_t place = bf_bundle_open(&bytes);
  bf_bytes_put(&bytes, "not", 3);
  bf_bundle_drop(&bytes, place);
  assert_int_equal(bytes.length, length);
  assert_ok(bf_bundle_count(bytes.data, bytes.length, &n));
  assert_int_equal(n, 1);
  bf_bytes_release(&bytes);
}

/* Copied to a block of its own length, so that valgrind and the sanitizers see every step past it.
 */
static bf_status count(const bf_bytes *bytes, size_t length)
{
  size_t n = 0;
  uint8_t *copy = malloc(length > 0 ? length : 1);
  assert_non_null(copy);
  memcpy(copy, bytes->data, length);
  bf_status status = bf_bundle_count(copy, length, &n);
  free(copy);
  return status;
}

static void bundle_that_is_cut_off_is_an_error(void **state)
{
  (void)state;
  bf_bytes bytes = {0};
  put(&bytes, 1, "a task");
  size_t first = bytes.length;
  put(&bytes, 0, "another");
  for (size_t length = 1; length < bytes.length; length++)
    assert_int_equal(count(&bytes, length), length == first ? BF_OK : BF_ERR_DATA);
  bf_bytes_release(&bytes);
}

static void parcel_of_an_impossible_length_is_an_error(void **state)
{
  (void)state;
  static const int64_t lengths[] = {-1, INT64_MIN, 4, INT64_MAX, INT64_MAX - 15, 1LL << 32};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    bf_bytes bytes = {0};
    bf_parcel parcel = {.note = 5};
    bf_bytes_put_i64(&bytes, 0);
    bf_bytes_put_i64(&bytes, lengths[i]);
    bf_bytes_put(&bytes, "abc", 3);
    bf_reader reader = bf_reader_view(bytes.data, bytes.length);
    assert_int_equal(bf_bundle_read(&reader, &parcel), BF_ERR_DATA);
    assert_int_equal(reader.at, 0);
    assert_int_equal(parcel.note, 5);
    bf_bytes_release(&bytes);
  }
}

/* Any bytes: every parcel that is found lies within them. */
static void bundle_of_any_bytes_is_counted_or_refused(void **state)
{
  (void)state;
  uint64_t seed = 1;
  for (int round = 0; round < 20000; round++) {
    bf_bytes bytes = {0};
    put(&bytes, 1, "some task or other");
    put(&bytes, 0, "b");
    for (int i = 0; i < 3; i++) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      bytes.data[(seed >> 33) % bytes.length] = (uint8_t)(seed >> 56);
    }
    bf_status status = count(&bytes, bytes.length - (seed >> 20) % 3);
    assert_true(status == BF_OK || status == BF_ERR_DATA);
    bf_bytes_release(&bytes);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bundle_gives_back_what_was_put_in),
      cmocka_unit_test(bundle_without_parcels_has_none),
      cmocka_unit_test(parcel_that_is_dropped_leaves_no_trace),
      cmocka_unit_test(bundle_that_is_cut_off_is_an_error),
      cmocka_unit_test(parcel_of_an_impossible_length_is_an_error),
      cmocka_unit_test(bundle_of_any_bytes_is_counted_or_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
