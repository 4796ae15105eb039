/* Tests of src/nn/state.c, and of checkpoints of PyTorch that we write and read without it; what it
 * makes of them is in test_torch.py. Room: nn. */
#include "unit.h"

#include "base/file.h"
#include "base/memory.h"
#include "nn/state.h"
#include "scratch.h"

static int make_folder(void **state)
{
  (void)state;
  return scratch_make("a.pt");
}

/* Every type, no dimension to eight, nothing to something. */
static bf_status make_state(bf_state **out)
{
  bf_status status;
  bf_state *made = NULL;
  const size_t shape[BF_STATE_MAX_DIMS] = {2, 3, 1, 2, 1, 1, 1, 2};
  BF_TRY(bf_state_create("test", &made));
  for (size_t i = 0; i < BF_N_DTYPES; i++) {
    float *values = NULL;
    BF_TRY(bf_state_add(made, bf_dtype_name((bf_dtype)i), (bf_dtype)i, i % 9, shape, &values));
    for (size_t k = 0; k < made->tensors[i].n_values; k++)
      values[k] = (float)(i == BF_DTYPE_BOOL ? k % 2 : k);
  }
  BF_TRY(bf_state_add(made, "none", BF_DTYPE_F32, 2, (const size_t[]){0, 7}, NULL));
  BF_TRY(bf_state_add(made, "", BF_DTYPE_F32, 0, NULL, NULL));
  *out = made;
  made = NULL;
done:
  bf_state_free(made);
  return status;
}

static void assert_same(const bf_state *a, const bf_state *b)
{
  assert_int_equal(a->n_tensors, b->n_tensors);
  for (size_t i = 0; i < a->n_tensors; i++) {
    const bf_state_tensor *x = &a->tensors[i];
    const bf_state_tensor *y = &b->tensors[i];
    assert_string_equal(x->name, y->name);
    assert_int_equal(x->dtype, y->dtype);
    assert_int_equal(x->n_dims, y->n_dims);
    assert_memory_equal(x->shape, y->shape, sizeof x->shape);
    assert_int_equal(x->n_values, y->n_values);
    if (x->n_values > 0)
      assert_memory_equal(x->values, y->values, x->n_values * sizeof(float));
  }
}

static void state_is_read_as_it_was_written(void **unused)
{
  (void)unused;
  bf_state *made = NULL;
  bf_state *read = NULL;
  assert_ok(make_state(&made));
  assert_ok(bf_torch_write(path, made));
  assert_true(bf_torch_applies(path));
  assert_ok(bf_torch_read(path, &read));
  assert_string_equal(read->kind, "PyTorch state dict");
  assert_same(made, read);
  bf_state_free(made);
  bf_state_free(read);
}

static void tensor_is_found_by_its_name(void **unused)
{
  (void)unused;
  bf_state *made = NULL;
  assert_ok(make_state(&made));
  assert_ptr_equal(bf_state_find(made, "int64"), &made->tensors[BF_DTYPE_I64]);
  assert_null(bf_state_find(made, "int65"));
  bf_state_free(made);
}

static void tensor_that_cannot_be_is_refused(void **unused)
{
  (void)unused;
  const size_t shape[] = {SIZE_MAX / 2, 3};
  const size_t hollow[] = {SIZE_MAX, SIZE_MAX, 0};
  bf_state *made = NULL;
  assert_ok(bf_state_create("test", &made));
  assert_fails(bf_state_add(made, "a", BF_DTYPE_F32, 2, shape, NULL), BF_ERR_DATA, "more values");
  assert_fails(bf_state_add(made, "a", BF_DTYPE_F32, 9, shape, NULL), BF_ERR_DATA, "9 dimensions");
  assert_int_equal(made->n_tensors, 0);
  assert_ok(bf_state_add(made, "a", BF_DTYPE_F32, 3, hollow, NULL));
  assert_int_equal(made->tensors[0].n_values, 0);
  bf_state_free(made);
}

static void names_that_cannot_be_are_not_written(void **unused)
{
  (void)unused;
  const char *const bad[] = {"a\nb",    "a\x7f", "\xc3(", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                             "\xc0\x80"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    bf_state *made = NULL;
    assert_ok(bf_state_create("test", &made));
    assert_ok(bf_state_add(made, bad[i], BF_DTYPE_F32, 0, NULL, NULL));
    assert_fails(bf_torch_write(path, made), BF_ERR_DATA, "is no part of a text");
    bf_state_free(made);
  }
  bf_state *made = NULL;
  assert_ok(make_state(&made));
  assert_ok(bf_state_add(made, "int8", BF_DTYPE_F32, 0, NULL, NULL));
  assert_fails(bf_torch_write(path, made), BF_ERR_DATA, "two tensors are called 'int8'");
  bf_state_free(made);
  assert_false(bf_file_exists(path));
}

static void other_files_are_none_of_pytorch(void **unused)
{
  (void)unused;
  assert_false(bf_torch_applies(path));
  assert_false(bf_torch_applies(folder));
  assert_ok(bf_file_write(path, "", 0));
  assert_false(bf_torch_applies(path));
  assert_ok(bf_file_write(path, "\x89HDF\r\n\x1a\n and so on", 18));
  assert_false(bf_torch_applies(path));
  assert_ok(bf_file_write(path, "\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.and so on", 24));
  assert_true(bf_torch_applies(path));
}

static bf_status try_all(void)
{
  bf_state *made = NULL;
  bf_state *read = NULL;
  bf_status status = make_state(&made);
  if (status == BF_OK)
    status = bf_torch_write(path, made);
  if (status == BF_OK)
    status = bf_torch_read(path, &read);
  bf_state_free(made);
  bf_state_free(read);
  return status;
}

static void memory_that_is_short_is_an_error(void **unused)
{
  (void)unused;
  bf_status status = BF_ERR_NOMEM;
  long n = 0;
  for (; status == BF_ERR_NOMEM && n < 1000; n++) {
    bf_alloc_fail_after(n);
    status = try_all();
  }
  bf_alloc_fail_after(-1);
  assert_ok(status);
  assert_in_range(n, 50, 999);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, scratch_remove)
  const struct CMUnitTest tests[] = {
      TEST(state_is_read_as_it_was_written),  TEST(tensor_is_found_by_its_name),
      TEST(tensor_that_cannot_be_is_refused), TEST(names_that_cannot_be_are_not_written),
      TEST(other_files_are_none_of_pytorch),  TEST(memory_that_is_short_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
