/* The names that the pickles of PyTorch's checkpoints may hold: all others are refused.
 * Room: nn. */
#include "nn/torch_names.h"

#include "nn/dtype.h"

#define STORAGE(class, dtype)                                                                      \
  {                                                                                                \
    "torch." class "Storage", false, BF_TORCH_STORAGE, dtype                                       \
  }
#define DTYPE(name, dtype)                                                                         \
  {                                                                                                \
    "torch." name, false, BF_TORCH_DTYPE, dtype                                                    \
  }

/* Source: torch/_utils.py and torch/storage.py, PyTorch 1.13, and 2.5 for _rebuild_tensor_v3 and
 * _rebuild_parameter_with_state; what else Lightning keeps that is plain data. */
const bf_pickle_global bf_torch_names[] = {
    {"torch._utils._rebuild_tensor", false, BF_TORCH_TENSOR, 4},
    {"torch._utils._rebuild_tensor_v2", false, BF_TORCH_TENSOR, 6},
    {"torch._utils._rebuild_tensor_v3", false, BF_TORCH_TENSOR, BF_TORCH_TYPED_ARGUMENTS},
    {"torch._utils._rebuild_parameter", false, BF_TORCH_PARAMETER, 0},
    {"torch._utils._rebuild_parameter_with_state", false, BF_TORCH_PARAMETER, 0},
    STORAGE("Half", BF_DTYPE_F16),
    STORAGE("BFloat16", BF_DTYPE_BF16),
    STORAGE("Float", BF_DTYPE_F32),
    STORAGE("Double", BF_DTYPE_F64),
    STORAGE("Byte", BF_DTYPE_U8),
    STORAGE("Char", BF_DTYPE_I8),
    STORAGE("Short", BF_DTYPE_I16),
    STORAGE("Int", BF_DTYPE_I32),
    STORAGE("Long", BF_DTYPE_I64),
    STORAGE("Bool", BF_DTYPE_BOOL),
    STORAGE("Untyped", BF_DTYPE_U8),
    STORAGE("storage.Untyped", BF_DTYPE_U8),
    DTYPE("float16", BF_DTYPE_F16),
    DTYPE("bfloat16", BF_DTYPE_BF16),
    DTYPE("float32", BF_DTYPE_F32),
    DTYPE("float64", BF_DTYPE_F64),
    DTYPE("uint8", BF_DTYPE_U8),
    DTYPE("int8", BF_DTYPE_I8),
    DTYPE("int16", BF_DTYPE_I16),
    DTYPE("int32", BF_DTYPE_I32),
    DTYPE("int64", BF_DTYPE_I64),
    DTYPE("bool", BF_DTYPE_BOOL),
    {"torch.device", false, BF_TORCH_OTHER, 0},
    {"torch.Size", false, BF_TORCH_OTHER, 0},
    {"collections.OrderedDict", true, BF_TORCH_OTHER, 0},
    {"collections.defaultdict", true, BF_TORCH_OTHER, 0},
    /* What a defaultdict makes; as Python 2 called it, and protocol 2 does. */
    {"__builtin__.dict", true, BF_TORCH_OTHER, 0},
    {"builtins.dict", true, BF_TORCH_OTHER, 0},
    {"__builtin__.list", false, BF_TORCH_OTHER, 0},
    {"builtins.list", false, BF_TORCH_OTHER, 0},
    {NULL, false, BF_TORCH_OTHER, 0},
};
