/* What reading and writing safetensors must agree on.
 * Room: nn, private. File format: docs/formats.md, "Foreign checkpoints". */
#ifndef BF_NN_SAFETENSORS_LAYOUT_H
#define BF_NN_SAFETENSORS_LAYOUT_H

#include "nn/dtype.h"

/** Bytes of the header's length, little-endian, and what the header is padded to a multiple of. */
enum { BF_SAFETENSORS_LENGTH = 8, BF_SAFETENSORS_ALIGNMENT = 8 };

/** The header's one key that is no tensor. */
#define BF_SAFETENSORS_METADATA "__metadata__"

/** What the header calls an element type: "F32". Borrowed. */
const char *bf_safetensors_code(bf_dtype dtype);

#endif
