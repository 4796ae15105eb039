/* What the bytes of an element mean, a type at a time.
 * Room: nn. */
#include "nn/dtype.h"

#include <math.h>

static uint64_t load(const uint8_t *bytes, size_t n, bool is_big_endian)
{
  uint64_t bits = 0;
  for (size_t i = 0; i < n; i++)
    bits |= (uint64_t)bytes[is_big_endian ? n - 1 - i : i] << (8 * i);
  return bits;
}

static void store(uint8_t *bytes, size_t n, uint64_t bits)
{
  for (size_t i = 0; i < n; i++)
    bytes[i] = (uint8_t)(bits >> (8 * i));
}

static float float_of(uint32_t bits)
{
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint32_t bits_of(float value)
{
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/* Source of the layouts: IEEE 754-2008, 3.6: sign, exponent of 5 bits with bias 15, 10 bits. */
static float read_f16(uint64_t bits)
{
  const int exponent = (int)(bits >> 10 & 31);
  const float fraction = (float)(bits & 1023);
  const uint32_t sign = (uint32_t)(bits >> 15) << 31;
  float size;
  if (exponent == 31)
    return float_of(sign | 0x7F800000U | (uint32_t)(bits & 1023) << 13);
  if (exponent == 0)
    size = ldexpf(fraction, -24);
  else
    size = ldexpf(1024.0F + fraction, exponent - 25);
  return float_of(sign | bits_of(size));
}

static uint64_t write_f16(float value)
{
  const uint32_t bits = bits_of(value);
  const uint64_t sign = bits >> 31 << 15;
  const float size = fabsf(value);
  if (isnan(value))
    return sign | 0x7E00U | (bits >> 13 & 1023);
  /* Half of a step above the largest, 65504, rounds to even, which is up. */
  if (size >= 65520.0F)
    return sign | 0x7C00U;
  if (size < 0x1p-14F)
    return sign | (uint64_t)lrintf(ldexpf(size, 24));
  int exponent;
  frexpf(size, &exponent);
  /* A fraction that rounds up to 2048 carries into the exponent, which is right. */
  return sign + ((uint64_t)(exponent + 13) << 10) + (uint64_t)lrintf(ldexpf(size, 11 - exponent));
}

static float read_bf16(uint64_t bits)
{
  return float_of((uint32_t)bits << 16);
}

static uint64_t write_bf16(float value)
{
  const uint32_t bits = bits_of(value);
  if (isnan(value))
    return bits >> 16 | 0x40U;
  return (bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16;
}

static float read_f32(uint64_t bits)
{
  return float_of((uint32_t)bits);
}

static uint64_t write_f32(float value)
{
  return bits_of(value);
}

static float read_f64(uint64_t bits)
{
  double value;
  memcpy(&value, &bits, sizeof value);
  return (float)value;
}

static uint64_t write_f64(float value)
{
  const double wide = (double)value;
  uint64_t bits;
  memcpy(&bits, &wide, sizeof bits);
  return bits;
}

static float read_u8(uint64_t bits)
{
  return (float)(uint8_t)bits;
}

static float read_i8(uint64_t bits)
{
  return (float)(int8_t)bits;
}

static float read_i16(uint64_t bits)
{
  return (float)(int16_t)bits;
}

static float read_i32(uint64_t bits)
{
  return (float)(int32_t)bits;
}

static float read_i64(uint64_t bits)
{
  return (float)(int64_t)bits;
}

static float read_bool(uint64_t bits)
{
  return bits != 0 ? 1.0F : 0.0F;
}

/* In double, which holds the bounds of all but I64; the upper one of that rounds to 2^63. */
static uint64_t write_whole(float value, int64_t lowest, int64_t highest)
{
  const double rounded = rint((double)value);
  if (isnan(value))
    return 0;
  if (rounded <= (double)lowest)
    return (uint64_t)lowest;
  return rounded >= (double)highest ? (uint64_t)highest : (uint64_t)(int64_t)rounded;
}

static uint64_t write_u8(float value)
{
  return write_whole(value, 0, UINT8_MAX);
}

static uint64_t write_i8(float value)
{
  return write_whole(value, INT8_MIN, INT8_MAX);
}

static uint64_t write_i16(float value)
{
  return write_whole(value, INT16_MIN, INT16_MAX);
}

static uint64_t write_i32(float value)
{
  return write_whole(value, INT32_MIN, INT32_MAX);
}

static uint64_t write_i64(float value)
{
  return write_whole(value, INT64_MIN, INT64_MAX);
}

static uint64_t write_bool(float value)
{
  return value != 0.0F ? 1 : 0;
}

static const struct dtype {
  const char *name;
  size_t n_bytes;
  float (*read)(uint64_t bits);
  uint64_t (*write)(float value);
} dtypes[BF_N_DTYPES] = {
    [BF_DTYPE_F16] = {"float16", 2, read_f16, write_f16},
    [BF_DTYPE_BF16] = {"bfloat16", 2, read_bf16, write_bf16},
    [BF_DTYPE_F32] = {"float32", 4, read_f32, write_f32},
    [BF_DTYPE_F64] = {"float64", 8, read_f64, write_f64},
    [BF_DTYPE_U8] = {"uint8", 1, read_u8, write_u8},
    [BF_DTYPE_I8] = {"int8", 1, read_i8, write_i8},
    [BF_DTYPE_I16] = {"int16", 2, read_i16, write_i16},
    [BF_DTYPE_I32] = {"int32", 4, read_i32, write_i32},
    [BF_DTYPE_I64] = {"int64", 8, read_i64, write_i64},
    [BF_DTYPE_BOOL] = {"bool", 1, read_bool, write_bool},
};

const char *bf_dtype_name(bf_dtype dtype)
{
  return dtypes[dtype].name;
}

size_t bf_dtype_bytes(bf_dtype dtype)
{
  return dtypes[dtype].n_bytes;
}

float bf_dtype_read(bf_dtype dtype, const uint8_t *bytes, bool is_big_endian)
{
  return dtypes[dtype].read(load(bytes, dtypes[dtype].n_bytes, is_big_endian));
}

void bf_dtype_write(bf_dtype dtype, float value, uint8_t *bytes)
{
  store(bytes, dtypes[dtype].n_bytes, dtypes[dtype].write(value));
}
