/* Element types of the arrays in checkpoints of other programs, and their bytes.
 * Room: nn. */
#ifndef BF_NN_DTYPE_H
#define BF_NN_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** F16 and F32 and F64 are IEEE 754; BF16 is the upper half of an F32; BOOL is a byte, 0 or not. */
typedef enum bf_dtype {
  BF_DTYPE_F16,
  BF_DTYPE_BF16,
  BF_DTYPE_F32,
  BF_DTYPE_F64,
  BF_DTYPE_U8,
  BF_DTYPE_I8,
  BF_DTYPE_I16,
  BF_DTYPE_I32,
  BF_DTYPE_I64,
  BF_DTYPE_BOOL,
  BF_N_DTYPES
} bf_dtype;

/** PyTorch's name without its "torch.": "float32", "bfloat16", "int64", "bool". Never NULL. */
const char *bf_dtype_name(bf_dtype dtype);

/** Bytes of an element, 1 to 8. */
size_t bf_dtype_bytes(bf_dtype dtype);

/**
 * @brief The number that an element's bytes stand for, as float32.
 *
 * F64 and integers are rounded once, half to even; what is too large for float32 becomes infinite;
 * infinities and NaN stay what they are.
 *
 * @param[in] bytes         (bf_dtype_bytes) of any alignment.
 * @param     is_big_endian the order of the bytes.
 * Oracle: PyTorch's Tensor.to(torch.float32).
 */
float bf_dtype_read(bf_dtype dtype, const uint8_t *bytes, bool is_big_endian);

/**
 * @brief The little-endian bytes of @p value as an element.
 *
 * F16 and BF16 are rounded half to even and may overflow to infinity; integers are rounded half to
 * even and clamped to their range, NaN to 0. What bf_dtype_read gave is written back as it was, but
 * for F64, I32 and I64 of more digits than a float32 has.
 *
 * @param[out] bytes (bf_dtype_bytes) of any alignment.
 * Oracle: PyTorch's Tensor.to(dtype), where that is defined.
 */
void bf_dtype_write(bf_dtype dtype, float value, uint8_t *bytes);

#endif
