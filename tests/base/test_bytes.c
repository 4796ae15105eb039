/* Tests of src/base/bytes.c.
 * Room: base. */
#include "unit.h"

#include "base/bytes.h"
#include "base/memory.h"

static void put_everything(bf_bytes *bytes)
{
  const float floats[] = {1.5F, -0.0F, 3e38F};
  bf_bytes_put_i64(bytes, INT64_MIN);
  bf_bytes_put_f64(bytes, -2.5);
  bf_bytes_put_text(bytes, "");
  bf_bytes_put_text(bytes, "trial");
  bf_bytes_put_floats(bytes, floats, 3);
}

static void reader_returns_what_was_put(void **state)
{
  (void)state;
  bf_bytes bytes = {0};
  put_everything(&bytes);
  assert_ok(bf_bytes_status(&bytes));
  bf_reader reader = bf_reader_view(bytes.data, bytes.length);
  int64_t integer;
  double number;
  char *empty;
  char *text;
  float floats[3];
  assert_ok(bf_reader_i64(&reader, &integer));
  assert_ok(bf_reader_f64(&reader, &number));
  assert_ok(bf_reader_text(&reader, &empty));
  assert_ok(bf_reader_text(&reader, &text));
  assert_ok(bf_reader_floats(&reader, floats, 3));
  assert_true(integer == INT64_MIN);
  assert_true(number == -2.5);
  assert_string_equal(empty, "");
  assert_string_equal(text, "trial");
  assert_true(floats[0] == 1.5F && floats[1] == 0 && floats[2] == 3e38F);
  assert_int_equal(reader.at, reader.length);
  assert_fails(bf_reader_i64(&reader, &integer), BF_ERR_DATA, "message ends at byte");
  free(empty);
  free(text);
  bf_bytes_release(&bytes);
}

static void bytes_are_little_endian(void **state)
{
  (void)state;
  const uint8_t expected[] = {0x02, 0x01, 0, 0, 0, 0, 0, 0};
  bf_bytes bytes = {0};
  bf_bytes_put_i64(&bytes, 0x0102);
  assert_int_equal(bytes.length, 8);
  assert_memory_equal(bytes.data, expected, 8);
  bf_bytes_release(&bytes);
}

/* Every way of cutting a message must be noticed, with the position and the outputs untouched. */
static void reader_notices_every_cut(void **state)
{
  (void)state;
  bf_bytes bytes = {0};
  bf_bytes_put_text(&bytes, "abc");
  const float floats[] = {1, 2};
  bf_bytes floats_bytes = {0};
  bf_bytes_put_floats(&floats_bytes, floats, 2);
  char *text = NULL;
  for (size_t n = 0; n < bytes.length; n++) {
    bf_reader reader = bf_reader_view(bytes.data, n);
    assert_fails(bf_reader_text(&reader, &text), BF_ERR_DATA, "message ends at byte");
    assert_int_equal(reader.at, 0);
    assert_null(text);
  }
  for (size_t n = 0; n < floats_bytes.length; n++) {
    float out[2] = {7, 7};
    bf_reader reader = bf_reader_view(floats_bytes.data, n);
    assert_fails(bf_reader_floats(&reader, out, 2), BF_ERR_DATA, "message ends at byte");
    assert_int_equal(reader.at, 0);
    assert_true(out[0] == 7 && out[1] == 7);
  }
  bf_bytes_release(&bytes);
  bf_bytes_release(&floats_bytes);
}

static void reader_refuses_lengths_beyond_the_message(void **state)
{
  (void)state;
  const int64_t lengths[] = {-1, INT64_MIN, INT64_MAX, 9, (int64_t)1 << 62};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    bf_bytes bytes = {0};
    bf_bytes_put_i64(&bytes, lengths[i]);
    bf_bytes_put_i64(&bytes, 0);
    bf_reader reader = bf_reader_view(bytes.data, bytes.length);
    char *text = NULL;
    float out[1];
    assert_fails(bf_reader_text(&reader, &text), BF_ERR_DATA, "message ends at byte 16");
    assert_fails(bf_reader_floats(&reader, out, 1), BF_ERR_DATA, "message ends at byte 16");
    assert_int_equal(reader.at, 0);
    bf_bytes_release(&bytes);
  }
}

static void reader_refuses_another_number_of_floats(void **state)
{
  (void)state;
  const float floats[] = {1, 2};
  float out[3] = {0};
  bf_bytes bytes = {0};
  bf_bytes_put_floats(&bytes, floats, 2);
  bf_reader reader = bf_reader_view(bytes.data, bytes.length);
  assert_fails(bf_reader_floats(&reader, out, 3), BF_ERR_DATA, "holds 2 values, expected 3");
  assert_fails(bf_reader_floats(&reader, out, 1), BF_ERR_DATA, "holds 2 values, expected 1");
  assert_int_equal(reader.at, 0);
  bf_bytes_release(&bytes);
}

static void bytes_short_of_memory_stick(void **state)
{
  (void)state;
  bf_bytes bytes = {0};
  bf_alloc_fail_after(0);
  bf_bytes_put_i64(&bytes, 1);
  bf_bytes_put_i64(&bytes, 2);
  assert_fails(bf_bytes_status(&bytes), BF_ERR_NOMEM, "out of memory");
  bf_bytes_reset(&bytes);
  assert_ok(bf_bytes_status(&bytes));
  assert_int_equal(bytes.length, 0);
  bf_bytes_release(&bytes);
}

static void reader_text_without_memory_leaves_the_position(void **state)
{
  (void)state;
  bf_bytes bytes = {0};
  bf_bytes_put_text(&bytes, "abc");
  bf_reader reader = bf_reader_view(bytes.data, bytes.length);
  char *text = NULL;
  bf_alloc_fail_after(0);
  assert_fails(bf_reader_text(&reader, &text), BF_ERR_NOMEM, "out of memory");
  assert_int_equal(reader.at, 0);
  assert_null(text);
  bf_bytes_release(&bytes);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reader_returns_what_was_put),
      cmocka_unit_test(bytes_are_little_endian),
      cmocka_unit_test(reader_notices_every_cut),
      cmocka_unit_test(reader_refuses_lengths_beyond_the_message),
      cmocka_unit_test(reader_refuses_another_number_of_floats),
      cmocka_unit_test(bytes_short_of_memory_stick),
      cmocka_unit_test(reader_text_without_memory_leaves_the_position),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
