/* Safetensors files: named arrays behind a JSON header.
 * Room: nn. File format: docs/formats.md, "Foreign checkpoints". */
#ifndef BF_NN_SAFETENSORS_H
#define BF_NN_SAFETENSORS_H

#include <stdbool.h>

#include "base/status.h"
#include "nn/state.h"

/**
 * @brief Whether the file is one by its content: the length of a header, and a header that begins
 *        like JSON. False also for what cannot be read.
 */
bool bf_safetensors_applies(const char *path);

/**
 * @brief Reads all tensors of a file. Nothing in it is trusted: memory is taken for what the file
 * has bytes for (a header of at most 8 MiB, and four bytes of memory for each byte of data).
 * @param[out] out freed with bf_state_free; tensors in the header's order.
 * @return BF_OK; BF_ERR_DATA: no such file, a header that is cut off, too long or no JSON; an
 * element type without a meaning here; a shape that needs another number of bytes than there are;
 *         tensors that overlap, leave bytes between them or end before or after the file does;
 *         BF_ERR_NOMEM.
 * Oracle: tests/nn/safetensors.py.
 */
bf_status bf_safetensors_read(const char *path, bf_state **out);

/**
 * @brief Writes the tensors in their element types; the file appears at its path when it is whole
 *        (bf_file_writer).
 *
 * The header has the state's order and is padded to a multiple of 8 bytes; the data are ordered by
 * the size of their elements, large ones first, so that every tensor is aligned.
 * @return BF_OK; BF_ERR_USAGE if two tensors have one name, or a name is no UTF-8 or reserved;
 *         BF_ERR_IO; BF_ERR_NOMEM. What was at @p path is as it was then.
 * Oracle: tests/nn/safetensors.py.
 */
bf_status bf_safetensors_write(const char *path, const bf_state *state);

#endif
