/* Safetensors files: round trips, the bytes written, hostile files, seeded damage (2000 files;
 * BITFRONT_LONG: 100000). Tests of src/nn/safetensors_*.c. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "nn/safetensors.h"
#include "scratch.h"

static int make_folder(void **state)
{
  (void)state;
  return scratch_make("net.safetensors");
}

/* Tensors of every type, of none to three dimensions, one of them empty. */
static bf_state *every_type(void)
{
  bf_state *tensors;
  assert_ok(bf_state_create("test", &tensors));
  for (int i = 0; i < BF_N_DTYPES; i++) {
    const size_t shape[] = {i == 4 ? 0 : 2, 3, (size_t)i + 1};
    char name[32];
    float *values;
    snprintf(name, sizeof name, "layer.%d.\xc3\xa4 \"%s\"", i, bf_dtype_name((bf_dtype)i));
    assert_ok(bf_state_add(tensors, name, (bf_dtype)i, (size_t)i % 4, shape, &values));
    for (size_t k = 0; k < tensors->tensors[i].n_values; k++)
      values[k] = i == BF_DTYPE_BOOL ? (float)(k % 2) : (float)k;
  }
  return tensors;
}

static void assert_same_tensors(const bf_state *a, const bf_state *b)
{
  assert_int_equal(a->n_tensors, b->n_tensors);
  for (size_t i = 0; i < a->n_tensors; i++) {
    const bf_state_tensor *one = &a->tensors[i], *other = &b->tensors[i];
    assert_string_equal(one->name, other->name);
    assert_int_equal(one->dtype, other->dtype);
    assert_int_equal(one->n_dims, other->n_dims);
    assert_memory_equal(one->shape, other->shape, sizeof one->shape);
    assert_int_equal(one->n_values, other->n_values);
    assert_memory_equal(one->values, other->values, one->n_values * sizeof(float));
  }
}

static void tensors_read_are_those_written(void **state)
{
  (void)state;
  bf_state *tensors = every_type(), *read;
  assert_ok(bf_safetensors_write(path, tensors));
  assert_true(bf_safetensors_applies(path));
  assert_ok(bf_safetensors_read(path, &read));
  assert_same_tensors(tensors, read);
  bf_state_free(tensors);
  bf_state_free(read);
}

static void file_without_tensors_is_read(void **state)
{
  (void)state;
  bf_state *tensors, *read;
  assert_ok(bf_state_create("test", &tensors));
  assert_ok(bf_safetensors_write(path, tensors));
  assert_ok(bf_safetensors_read(path, &read));
  assert_int_equal(read->n_tensors, 0);
  bf_state_free(tensors);
  bf_state_free(read);
}

/* The whole file by hand: the counter of 8 bytes comes before the float of 4, the header is padded.
 */
static void bytes_are_those_of_the_format(void **state)
{
  (void)state;
  static const char header[] =
      "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},"
      "\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]}}     ";
  const size_t shape[] = {1};
  bf_state *tensors;
  bf_text bytes = {0};
  float *values;
  assert_int_equal(strlen(header), 112);
  assert_ok(bf_state_create("test", &tensors));
  assert_ok(bf_state_add(tensors, "w", BF_DTYPE_F32, 1, shape, &values));
  values[0] = -1.5F;
  assert_ok(bf_state_add(tensors, "n", BF_DTYPE_I64, 0, NULL, &values));
  values[0] = 258;
  assert_ok(bf_safetensors_write(path, tensors));
  assert_ok(bf_file_read(path, &bytes));
  assert_int_equal(bytes.length, 8 + 112 + 12);
  assert_memory_equal(bytes.data, "\160\0\0\0\0\0\0\0", 8);
  assert_memory_equal(bytes.data + 8, header, 112);
  assert_memory_equal(bytes.data + 120, "\2\1\0\0\0\0\0\0\0\0\300\277", 12);
  bf_text_release(&bytes);
  bf_state_free(tensors);
}

static void names_that_cannot_be_keys_are_refused(void **state)
{
  (void)state;
  static const struct {
    const char *names[2];
    const char *words;
  } cases[] = {
      {{"a", "a"}, "two tensors are called 'a'"},
      {{"a", "__metadata__"}, "no tensor can be called '__metadata__'"},
      {{"a", "\xff"}, "no UTF-8"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_state *tensors;
    assert_ok(bf_state_create("test", &tensors));
    for (size_t k = 0; k < 2; k++)
      assert_ok(bf_state_add(tensors, cases[i].names[k], BF_DTYPE_F32, 0, NULL, NULL));
    assert_fails(bf_safetensors_write(path, tensors), BF_ERR_USAGE, cases[i].words);
    bf_state_free(tensors);
  }
}

static void write_file(uint64_t n_header, const char *header, size_t n_data)
{
  bf_text bytes = {0};
  for (size_t i = 0; i < 8; i++) {
    char byte = (char)(n_header >> (8 * i) & 0xFF);
    bf_text_append_bytes(&bytes, &byte, 1);
  }
  bf_text_append(&bytes, header);
  for (size_t i = 0; i < n_data; i++)
    bf_text_append_bytes(&bytes, "", 1);
  assert_ok(bf_file_write(path, bytes.data, bytes.length));
  bf_text_release(&bytes);
}

#define F32(name, shape, begin, end)                                                               \
  "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"

static void hostile_headers_are_refused(void **state)
{
  (void)state;
  static const struct {
    const char *header;
    size_t n_data;
    const char *words;
  } cases[] = {
      {"{\"a\":", 0, "its header: column"},
      {"{\"a\":1}", 0, "tensor 'a': its dtype is 'none'"},
      {"{" F32("a", "[1]", "0", "4") "," F32("a", "[1]", "4", "8") "}", 8, "duplicate"},
      {"{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[],\"data_offsets\":[0,1]}}", 1, "'F8_E4M3'"},
      {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "it has no shape"},
      {"{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", 4, "no range of bytes"},
      {"{" F32("a", "[1]", "4", "0") "}", 4, "no range of bytes"},
      {"{" F32("a", "[1]", "-4", "0") "}", 4, "no range of bytes"},
      {"{" F32("a", "[1]", "0.0", "4") "}", 4, "no range of bytes"},
      {"{" F32("a", "[1]", "0", "9223372036854775807") "}", 4, "ends at byte 9223372036854775807"},
      {"{" F32("a", "[1]", "0", "9223372036854775808") "}", 4, "its header: column"},
      {"{" F32("a", "[-1]", "0", "4") "}", 4, "dimension 0"},
      {"{" F32("a", "[1.0]", "0", "4") "}", 4, "dimension 0"},
      {"{" F32("a", "[2]", "0", "4") "}", 4, "its shape does not fit its 4 bytes"},
      {"{" F32("a", "[1]", "0", "8") "}", 8, "its shape does not fit its 8 bytes"},
      {"{" F32("a", "[1]", "0", "3") "}", 3, "its shape does not fit its 3 bytes"},
      {"{" F32("a", "[0,7]", "0", "4") "}", 4, "its shape does not fit its 4 bytes"},
      {"{" F32("a", "[4294967296,4294967296]", "0", "0") "}", 0, "its shape does not fit"},
      {"{" F32("a", "[4611686018427387905,4]", "0", "16") "}", 16, "its shape does not fit"},
      {"{" F32("a", "[1]", "0", "4") "}", 3, "it ends at byte 4 of 3"},
      {"{" F32("a", "[1,1,1,1,1,1,1,1,1]", "0", "4") "}", 4, "9 dimensions"},
      {"{" F32("a", "[2]", "0", "8") "," F32("b", "[1]", "4", "8") "}", 8, "'b' begins at byte 4"},
      {"{" F32("a", "[1]", "0", "4") "," F32("b", "[1]", "8", "12") "}", 12,
       "'b' begins at byte 8"},
      {"{" F32("a", "[1]", "4", "8") "}", 8, "'a' begins at byte 4"},
      {"{" F32("a", "[1]", "0", "4") "}", 5, "end at byte 4 of 5"},
      {"{}", 1, "end at byte 0 of 1"},
      {"{\"__metadata__\":[]}", 0, "no object"},
      {"{\"__metadata__\":{\"a\":1}}", 0, "something else than texts"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_state *read = NULL;
    write_file(strlen(cases[i].header), cases[i].header, cases[i].n_data);
    assert_true(bf_safetensors_applies(path));
    assert_fails(bf_safetensors_read(path, &read), BF_ERR_DATA, cases[i].words);
    assert_null(read);
  }
}

static void hostile_lengths_are_refused(void **state)
{
  (void)state;
  static const struct {
    uint64_t n_header;
    const char *header;
    bool applies;
    const char *words;
  } cases[] = {
      {3, "{}", true, "should have 3 bytes, but the file has 10"},
      {(8 << 20) + 1, "{}", true, "at most 8388608"},
      {UINT64_MAX, "{}", false, "does not begin like safetensors"},
      {2, "[]", false, "does not begin like safetensors"},
      {0, "", false, "does not begin like safetensors"},
      {1, "{}", true, "its header: column"},
      {0, "{}", true, "its header: column"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bf_state *read = NULL;
    write_file(cases[i].n_header, cases[i].header, 0);
    assert_int_equal(bf_safetensors_applies(path), cases[i].applies);
    assert_fails(bf_safetensors_read(path, &read), BF_ERR_DATA, cases[i].words);
    assert_null(read);
  }
  assert_false(bf_safetensors_applies("/nonexistent"));
  assert_false(bf_safetensors_applies("/dev/zero"));
  assert_false(bf_safetensors_applies(folder));
}

static void metadata_are_passed_over(void **state)
{
  (void)state;
  static const char header[] =
      "{\"__metadata__\":{\"format\":\"pt\"}," F32("a", "[1]", "0", "4") "}   ";
  bf_state *read;
  write_file(strlen(header), header, 4);
  assert_ok(bf_safetensors_read(path, &read));
  assert_int_equal(read->n_tensors, 1);
  assert_string_equal(read->tensors[0].name, "a");
  bf_state_free(read);
}

/* A byte that is in the header or nearly so: there damage has a meaning. */
static void damage(bf_random *random, bf_text *bytes)
{
  static const char digits[] = "0123456789[]{},:\"-.eFI";
  size_t n_changes = 1 + (size_t)bf_random_below(random, 4);
  for (size_t i = 0; i < n_changes; i++) {
    size_t at = (size_t)bf_random_below(random, bytes->length);
    bool is_text = bf_random_below(random, 2) == 0;
    bytes->data[at] = is_text ? digits[bf_random_below(random, sizeof digits - 1)]
                              : (char)bf_random_below(random, 256);
  }
  if (bf_random_below(random, 4) == 0)
    bytes->length = (size_t)bf_random_below(random, bytes->length + 1);
}

/* Unsynced, since there are many. */
static void write_quickly(const bf_text *bytes)
{
  /* To write over a file would wait for the disk, too. */
  unlink(path);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes->data, 1, bytes->length, file), bytes->length);
  assert_int_equal(fclose(file), 0);
}

static void damaged_files_do_no_harm(void **state)
{
  (void)state;
  size_t n_rounds = getenv("BITFRONT_LONG") != NULL ? 100000 : 2000;
  size_t n_read = 0;
  bf_random random = bf_random_stream(7, BF_PURPOSE_SYNTH, 0);
  bf_state *tensors = every_type();
  bf_text whole = {0}, damaged = {0};
  assert_ok(bf_safetensors_write(path, tensors));
  assert_ok(bf_file_read(path, &whole));
  for (size_t i = 0; i < n_rounds; i++) {
    bf_state *read = NULL;
    bf_text_reset(&damaged);
    bf_text_append_bytes(&damaged, whole.data, whole.length);
    damage(&random, &damaged);
    write_quickly(&damaged);
    bf_status status = bf_safetensors_read(path, &read);
    assert_true(status == BF_OK || (status == BF_ERR_DATA && read == NULL));
    n_read += status == BF_OK ? 1 : 0;
    bf_state_free(read);
  }
  assert_true(n_read > 0 && n_read < n_rounds);
  bf_text_release(&whole);
  bf_text_release(&damaged);
  bf_state_free(tensors);
}

static void files_survive_lack_of_memory(void **state)
{
  (void)state;
  bf_state *tensors = every_type(), *read = NULL;
  bf_status status = BF_ERR_NOMEM;
  for (long n = 0; status != BF_OK; n++) {
    bf_alloc_fail_after(n);
    status = bf_safetensors_write(path, tensors);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
  }
  status = BF_ERR_NOMEM;
  for (long n = 0; status != BF_OK; n++) {
    assert_null(read);
    bf_alloc_fail_after(n);
    status = bf_safetensors_read(path, &read);
    bf_alloc_fail_after(-1);
    assert_true(status == BF_OK || status == BF_ERR_NOMEM);
  }
  assert_same_tensors(tensors, read);
  bf_state_free(tensors);
  bf_state_free(read);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tensors_read_are_those_written),
      cmocka_unit_test(file_without_tensors_is_read),
      cmocka_unit_test(bytes_are_those_of_the_format),
      cmocka_unit_test(names_that_cannot_be_keys_are_refused),
      cmocka_unit_test(hostile_headers_are_refused),
      cmocka_unit_test(hostile_lengths_are_refused),
      cmocka_unit_test(metadata_are_passed_over),
      cmocka_unit_test(damaged_files_do_no_harm),
      cmocka_unit_test(files_survive_lack_of_memory),
  };
  return cmocka_run_group_tests(tests, make_folder, scratch_remove);
}
