/* Tests of src/nn/dtype.c. All numbers of 16 bits are compared with PyTorch in test_torch.py.
 * Room: nn. */
#include "unit.h"

#include <math.h>

#include "nn/dtype.h"

static uint32_t bits_of(float value)
{
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/* Reads @p bits, stored in either order. */
static float read(bf_dtype dtype, uint64_t bits)
{
  uint8_t little[8];
  uint8_t big[8];
  const size_t n = bf_dtype_bytes(dtype);
  for (size_t i = 0; i < n; i++) {
    little[i] = (uint8_t)(bits >> (8 * i));
    big[n - 1 - i] = little[i];
  }
  const float value = bf_dtype_read(dtype, little, false);
  assert_int_equal(bits_of(value), bits_of(bf_dtype_read(dtype, big, true)));
  return value;
}

static uint64_t written(bf_dtype dtype, float value)
{
  uint8_t bytes[8] = {0};
  uint64_t bits = 0;
  bf_dtype_write(dtype, value, bytes);
  for (size_t i = 0; i < bf_dtype_bytes(dtype); i++)
    bits |= (uint64_t)bytes[i] << (8 * i);
  return bits;
}

static void sixteen_bits_are_written_as_they_were_read(void **state)
{
  (void)state;
  const bf_dtype dtypes[] = {BF_DTYPE_F16, BF_DTYPE_BF16, BF_DTYPE_I16};
  for (size_t d = 0; d < 3; d++)
    for (uint64_t bits = 0; bits < 65536; bits++) {
      const float value = read(dtypes[d], bits);
      if (!isnan(value))
        assert_int_equal(written(dtypes[d], value), bits);
      else
        assert_true(isnan(read(dtypes[d], written(dtypes[d], value))));
    }
}

static void half_rounds_to_even(void **state)
{
  (void)state;
  assert_int_equal(written(BF_DTYPE_F16, 0.1F), 0x2e66);
  assert_int_equal(written(BF_DTYPE_F16, 2049.0F), 0x6800);  /* 2048 */
  assert_int_equal(written(BF_DTYPE_F16, 2051.0F), 0x6802);  /* 2052 */
  assert_int_equal(written(BF_DTYPE_F16, 4095.9F), 0x6c00);  /* 4096: into the exponent */
  assert_int_equal(written(BF_DTYPE_F16, 65519.0F), 0x7bff); /* 65504 */
  assert_int_equal(written(BF_DTYPE_F16, 65520.0F), 0x7c00);
  assert_int_equal(written(BF_DTYPE_F16, -1e30F), 0xfc00);
  assert_int_equal(written(BF_DTYPE_F16, 0x1p-24F), 1);
  assert_int_equal(written(BF_DTYPE_F16, 0x1p-25F), 0);
  assert_int_equal(written(BF_DTYPE_F16, 0x1.8p-24F), 2);
  assert_int_equal(written(BF_DTYPE_F16, 0x1.ffep-15F), 0x0400); /* the least normal */
  assert_int_equal(written(BF_DTYPE_F16, -0.0F), 0x8000);
}

static void bfloat_rounds_to_even(void **state)
{
  (void)state;
  assert_int_equal(written(BF_DTYPE_BF16, 1.0F), 0x3f80);
  assert_int_equal(written(BF_DTYPE_BF16, 0x1.01p0F), 0x3f80);
  assert_int_equal(written(BF_DTYPE_BF16, 0x1.03p0F), 0x3f82);
  assert_int_equal(written(BF_DTYPE_BF16, 0x1.010002p0F), 0x3f81);
  assert_int_equal(written(BF_DTYPE_BF16, 0x1.fffffep127F), 0x7f80);
}

static void double_rounds_once(void **state)
{
  (void)state;
  assert_true(read(BF_DTYPE_F64, 0x3ff0000010000000U) == 1.0F);          /* 1 + 2^-24 */
  assert_true(read(BF_DTYPE_F64, 0x3ff0000010000001U) == 0x1.000002p0F); /* a little more */
  assert_true(isinf(read(BF_DTYPE_F64, 0x7e37e43c8800759cU)));           /* 1e300 */
  assert_true(isnan(read(BF_DTYPE_F64, 0x7ff8000000000000U)));
  assert_int_equal(written(BF_DTYPE_F64, 0.1F), 0x3fb99999a0000000U);
}

static void whole_numbers_are_clamped(void **state)
{
  (void)state;
  assert_true(read(BF_DTYPE_I64, UINT64_MAX) == -1.0F);
  assert_true(read(BF_DTYPE_I64, 0x8000000000000000U) == -0x1p63F);
  assert_true(read(BF_DTYPE_U8, 255) == 255.0F);
  assert_true(read(BF_DTYPE_I8, 255) == -1.0F);
  assert_int_equal(written(BF_DTYPE_U8, 300.0F), 255);
  assert_int_equal(written(BF_DTYPE_U8, -3.0F), 0);
  assert_int_equal(written(BF_DTYPE_I8, -300.0F), 0x80);
  assert_int_equal(written(BF_DTYPE_I32, 3e9F), 0x7fffffff);
  assert_int_equal(written(BF_DTYPE_I64, HUGE_VALF), INT64_MAX);
  assert_int_equal(written(BF_DTYPE_I64, -HUGE_VALF), 0x8000000000000000U);
  assert_int_equal(written(BF_DTYPE_I64, 2.5F), 2);
  assert_int_equal(written(BF_DTYPE_I64, (float)NAN), 0);
}

static void truth_is_not_zero(void **state)
{
  (void)state;
  assert_true(read(BF_DTYPE_BOOL, 0) == 0.0F);
  assert_true(read(BF_DTYPE_BOOL, 2) == 1.0F);
  assert_int_equal(written(BF_DTYPE_BOOL, -0.5F), 1);
  assert_int_equal(written(BF_DTYPE_BOOL, -0.0F), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sixteen_bits_are_written_as_they_were_read),
      cmocka_unit_test(half_rounds_to_even),
      cmocka_unit_test(bfloat_rounds_to_even),
      cmocka_unit_test(double_rounds_once),
      cmocka_unit_test(whole_numbers_are_clamped),
      cmocka_unit_test(truth_is_not_zero),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
